// Phones after a restore: who heard nothing since the backup goes on, the others start anew, each in its turn.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { message } from '../support/message.ts'
import type { Phone } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { TestShell } from '../support/shell.ts'
import { textAt } from '../support/wire.ts'

const address = 'alice@example.test'
let server: TestServer
let shell: TestShell

beforeEach(async () => {
  server = await startTestServer()
  shell = new TestShell(server.data, server.clock)
})
afterEach(async () => {
  await server.close()
  shell.remove()
})

const subjects = (phone: Phone) =>
  phone
    .items('Inbox')
    .map((item) => item.properties.get('Email:Subject'))
    .sort()

async function restore(): Promise<void> {
  await server.restart(() => shell.ask(['restore', 'copy']))
}

test('a phone that heard nothing since the backup goes on where it was', async () => {
  await server.deliver(address, message({ subject: 'before' }))
  const phone = await server.phone(address)
  await phone.syncAll('Inbox')
  await shell.ask(['backup', 'copy'])
  await server.deliver(address, message({ subject: 'lost' }))
  await restore()
  await server.deliver(address, message({ subject: 'after' }))
  await phone.syncAll('Inbox')
  expect(subjects(phone)).toEqual(['after', 'before'])
  expect(phone.violations).toEqual([])
})

test('phones that moved on are told to come later, each until its own turn, and then start anew, with the reason on record', async () => {
  await server.deliver(address, message({ subject: 'before' }))
  const phones = await Promise.all(Array.from({ length: 4 }, () => server.phone(address)))
  for (const phone of phones) await phone.syncAll('Inbox')
  await shell.ask(['backup', 'copy'])
  await server.deliver(address, message({ subject: 'lost' }))
  for (const phone of phones) await phone.syncAll('Inbox')
  await restore()
  await server.deliver(address, message({ subject: 'after' }))

  // Four devices are given eight seconds; not one of them has passed yet.
  const early = await Promise.all(phones.map((phone) => phone.sync('Inbox')))
  expect(early.map(({ status }) => status)).toEqual([111, 111, 111, 111])
  await server.clock.advance(8)
  for (const phone of phones) await phone.syncAll('Inbox')
  expect(phones.map(subjects)).toEqual(phones.map(() => ['after', 'before']))
  expect(phones.flatMap(({ violations }) => violations)).toEqual([])

  const { resets } = await shell.ask<{ resets: { reason: string }[] }>(['device', 'show', phones[0]!.options.deviceId])
  expect(resets.map(({ reason }) => reason)).toContain(
    'the key was given out before a restore from backup, and the backup does not know it',
  )
})

test('a phone of an old version is told so by HTTP, and keeps its key', async () => {
  const phone = await server.phone(address, { version: '12.1' })
  await shell.ask(['backup', 'copy'])
  await server.deliver(address, message({ subject: 'lost' }))
  await phone.syncAll('Inbox')
  const { key } = phone.collection('Inbox')
  await restore()
  const told = await phone.sync('Inbox')
  expect(told.reply.status).toBe(503)
  expect(told.reply.headers['retry-after']).toMatch(/^\d+$/)
  expect(phone.collection('Inbox').key).toBe(key)
  // The turn of an only device comes within two seconds.
  await server.clock.advance(2)
  await phone.syncAll('Inbox')
  expect(subjects(phone)).toEqual([])
})

test('a key nobody ever gave out is refused at once, restore or not', async () => {
  const phone = await server.phone(address)
  await phone.syncAll('Inbox')
  await shell.ask(['backup', 'copy'])
  await restore()
  phone.collection('Inbox').key = 'zzzzzz.nonsense'
  const { reply } = await phone.sync('Inbox')
  expect(textAt(reply.node, 'Collections/Collection/Status')).toBe('3')
})
