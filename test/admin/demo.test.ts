// The demo: what somebody finds on the first phone, and what a second start finds again.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDemo, openDemoAdministrator } from '../../src/admin/demo.ts'
import { demoMessages } from '../../src/admin/demo-mail.ts'
import { attachments } from '../../src/format/body.ts'
import { hashPassword, verifyPassword } from '../../src/auth/password.ts'
import { localOf } from '../../src/format/time-zone.ts'
import { folderType, type FolderType } from '../../src/model/folder.ts'
import { openStore } from '../../src/store/sql/open.ts'
import type { Store } from '../../src/store/store.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import { VirtualClock } from '../support/clock.ts'
import { startTestServer } from '../support/server.ts'
import { emailOf, recordOf, type RecordClass } from '../../src/model/item.ts'

const zone = 'Europe/Berlin' as ZoneId
let clock: VirtualClock
let store: Store
beforeEach(async () => {
  clock = new VirtualClock()
  store = await openStore({ database: { kind: 'sqlite', path: ':memory:' }, clock })
})
afterEach(() => store.close())

async function mails(address: string, type: (typeof folderType)[keyof typeof folderType]) {
  const account = await store.accounts.byAddress(address)
  if (account === null) throw new Error(`there is no ${address}`)
  const mailbox = await store.mailbox(account.id)
  const folder = await mailbox.defaultFolder(type)
  const { changes } = await mailbox.items(folder.id, 'Email').newestFirst(null, null, 500)
  const items = await mailbox.items(folder.id, 'Email').read(changes.map(({ id }) => id))
  return [...items.values()].map(emailOf)
}

test('an empty store gets two accounts with passwords that work and a few dozen messages', async () => {
  const accounts = await openDemo(store, clock, zone)
  expect(accounts.map(({ address }) => address)).toEqual(['alice@demo.example', 'bob@demo.example'])
  for (const { address, password } of accounts) {
    expect(password).toMatch(/^[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}$/)
    const account = await store.accounts.byAddress(address)
    expect(account && (await verifyPassword(await store.accounts.passwordHash(account.id), password))).toBe(true)
  }
  const inbox = await mails('alice@demo.example', folderType.inbox)
  const sent = await mails('alice@demo.example', folderType.sentItems)
  expect(inbox.length + sent.length).toBe(
    demoMessages.filter(({ from, to, cc = [] }) => [from, ...to, ...cc].join().includes('alice@')).length,
  )
  expect(inbox.length).toBeGreaterThan(20)
  expect((await mails('bob@demo.example', folderType.inbox)).length).toBeGreaterThan(5)
})

test('its messages read as their writers meant them', async () => {
  await openDemo(store, clock, zone)
  const inbox = await mails('alice@demo.example', folderType.inbox)
  const bySubject = new Map(inbox.map((item) => [item.envelope.subject, item]))
  expect(inbox.filter(({ envelope }) => envelope.broken !== undefined)).toEqual([])
  expect(bySubject.get('Angebot für zwölf Geräte')?.envelope.from).toMatchObject([
    { name: 'Frank Müller', address: 'f.mueller@contoso.example' },
  ])
  expect(bySubject.get('Café na uglu – 18:00?')).toBeDefined()
  expect(inbox.some(({ state }) => !state.read)).toBe(true)
  expect(inbox.some(({ state }) => state.flag?.status === 2)).toBe(true)
  expect(inbox.every(({ received }) => received <= clock.now())).toBe(true)
  const thread = inbox.filter(({ envelope }) => /Figures for April/.test(envelope.subject))
  expect(new Set(thread.map(({ conversation }) => conversation)).size).toBe(1)
  expect(thread.length).toBe(3)
})

test('its messages come in the charsets of the world, with a picture, and in a thread that is one', async () => {
  await openDemo(store, clock, zone)
  const inbox = await mails('alice@demo.example', folderType.inbox)
  const previewOf = (subject: string) => inbox.find(({ envelope }) => envelope.subject === subject)?.envelope.preview
  for (const { subject, text } of demoMessages.filter(({ encoded }) => encoded !== undefined)) {
    expect(previewOf(subject)).toBe(text.replace(/\s+/g, ' ').trim())
  }
  const walk = inbox.filter(({ envelope }) => /Sunday walk/.test(envelope.subject))
  expect(new Set(walk.map(({ conversation }) => conversation)).size).toBe(1)
  expect(walk.length).toBeGreaterThan(4)
  const files = walk.flatMap(({ envelope }) => attachments(envelope.structure))
  expect(files).toMatchObject([{ type: 'image/png', contentId: 'mill@adatum.example', disposition: 'inline', name: 'mill.png' }])
})

test('a second start finds it again, and adds nothing', async () => {
  const first = await openDemo(store, clock, zone)
  const before = (await mails('alice@demo.example', folderType.inbox)).length
  await clock.advance(86_400)
  expect(await openDemo(store, clock, zone)).toEqual(first)
  expect(await mails('alice@demo.example', folderType.inbox)).toHaveLength(before)
})

test('a start that was killed in the middle is completed, without doubles', async () => {
  const first = await openDemo(store, clock, zone)
  const before = (await mails('alice@demo.example', folderType.inbox)).length
  await store.setSetting('demo', String(clock.now()))
  await clock.advance(60)
  expect(await openDemo(store, clock, zone)).toEqual(first)
  expect(await mails('alice@demo.example', folderType.inbox)).toHaveLength(before)
})

test('a password that was changed is told to nobody', async () => {
  await openDemo(store, clock, zone)
  const alice = await store.accounts.byAddress('alice@demo.example')
  if (alice === null) throw new Error('alice is not there')
  await store.accounts.change(alice.id, { passwordHash: await hashPassword('my own') })
  expect((await openDemo(store, clock, zone)).map(({ address }) => address)).toEqual(['bob@demo.example'])
})

test('a store with accounts of its own is left alone', async () => {
  await store.accounts.create({ addresses: ['carol@example.com'], displayName: 'Carol', passwordHash: null })
  expect(await openDemo(store, clock, zone)).toEqual([])
  expect(await store.accounts.list()).toHaveLength(1)
})

test('its administrator is made once, told as long as his password is that one, and not made again once removed', async () => {
  const made = await openDemoAdministrator(store, clock)
  expect(made?.name).toBe('admin')
  expect(await verifyPassword(await store.administrators.passwordHash('admin'), made?.password ?? '')).toBe(true)
  expect(await openDemoAdministrator(store, clock)).toEqual(made)
  await store.administrators.change('admin', { passwordHash: await hashPassword('another') })
  expect(await openDemoAdministrator(store, clock)).toBeNull()
  await store.administrators.remove('admin')
  expect(await openDemoAdministrator(store, clock)).toBeNull()
  expect(await store.administrators.list()).toEqual([])
})

test('where somebody administers already there is no administrator of the demo', async () => {
  await store.administrators.add({ name: 'ada', role: 'administrator', passwordHash: 'x', at: 1 })
  expect(await openDemoAdministrator(store, clock)).toBeNull()
  expect((await store.administrators.list()).map(({ name }) => name)).toEqual(['ada'])
})

test('each finds a calendar around today, contacts, tasks and a note', async () => {
  await openDemo(store, clock, zone)
  const account = await store.accounts.byAddress('bob@demo.example')
  if (account === null) throw new Error('there is no bob')
  const mailbox = await store.mailbox(account.id)
  const records = async (type: FolderType, itemClass: RecordClass) => {
    const feed = mailbox.items((await mailbox.defaultFolder(type)).id, itemClass)
    const { changes } = await feed.newestFirst(null, null, 500)
    return [...(await feed.read(changes.map(({ id }) => id))).values()]
  }
  const events = (await records(folderType.calendar, 'Calendar')).map((item) => recordOf(item, 'Calendar'))
  expect(events.map(({ subject }) => subject).sort()).toEqual(['Dentist', 'Margate', 'Pilot: hand out the phones', 'Team round'])
  const round = events.find(({ subject }) => subject === 'Team round')
  expect(round).toMatchObject({ zone, recurrence: { type: 1, daysOfWeek: 2 }, exceptions: [{ deleted: true }] })
  expect(localOf(zone, round?.start ?? 0).toString()).toMatch(/T09:30:00$/)
  expect(events.find(({ subject }) => subject === 'Margate')).toMatchObject({ allDay: true, busyStatus: 0 })
  const tasks = (await records(folderType.tasks, 'Tasks')).map((item) => recordOf(item, 'Tasks'))
  expect(tasks.map(({ complete }) => complete).sort()).toEqual([false, false, true])
  expect(await records(folderType.contacts, 'Contacts')).toHaveLength(4)
  expect(await records(folderType.notes, 'Notes')).toHaveLength(1)
})

test.each(['12.1', '14.1', '16.1'])('a phone of %s shows all of it', async (version) => {
  const server = await startTestServer({ accounts: [], environment: { EASEL_DEMO: '1', EASEL_TIME_ZONE: zone } })
  try {
    const [alice] = server.running.demo
    const phone = await server.phone(alice?.address ?? '', { version, password: alice?.password ?? '' })
    const counts: [string, number][] = []
    for (const { name, type } of phone.folders.values()) {
      if (![folderType.calendar, folderType.contacts, folderType.tasks, folderType.notes].some((one) => one === type)) continue
      await phone.syncAll(name, { body: [{ type: 1 }] })
      counts.push([name, phone.items(name).length])
    }
    const notes: [string, number][] = version === '12.1' ? [] : [['Notes', 1]]
    expect(new Map(counts)).toEqual(new Map([['Calendar', 4], ['Contacts', 4], ['Tasks', 3], ...notes]))
  } finally {
    await server.close()
  }
})
