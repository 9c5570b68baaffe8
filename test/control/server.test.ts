// The control socket from both ends: what it answers, what it refuses, and how it ends.
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AdminHouse } from '../../src/admin/house.ts'
import { callServer } from '../../src/control/client.ts'
import { controlPath } from '../../src/control/path.ts'
import { serveControl, type ControlServer } from '../../src/control/server.ts'
import { systemClock } from '../../src/model/clock.ts'
import { openTraces } from '../../src/protocol/trace.ts'
import { openStore } from '../../src/store/sql/open.ts'
import { adminHouse } from '../support/admin.ts'

const log = pino({ level: 'silent' })
const quietly = () => undefined

let folder: string
let house: AdminHouse
let control: ControlServer

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'easel-control-'))
  const store = await openStore({ database: { kind: 'sqlite', path: join(folder, 'easel.db') }, clock: systemClock })
  const traces = await openTraces({ store, clock: systemClock, log, folder })
  house = await adminHouse({ store, traces, dataFolder: folder })
  control = await serveControl(house, folder, log)
})
afterEach(async () => {
  await control.close()
  await house.store.close()
  rmSync(folder, { recursive: true, force: true })
})

async function post(path: string, body: string, method = 'POST'): Promise<{ status: number | undefined; text: string }> {
  const call = request({ socketPath: controlPath(folder), path, method, agent: false })
  call.end(body)
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  let text = ''
  for await (const piece of response) text += String(piece)
  return { status: response.statusCode, text }
}

test('answers an action with one line of JSON', async () => {
  expect(await post('/actions/account.list', '{}')).toEqual({ status: 200, text: '{"result":[]}\n' })
})

test.each([
  ['an action nobody knows', '/actions/account.burn', 'POST', 404],
  ['another method', '/actions/account.list', 'GET', 404],
  ['another path', '/', 'POST', 404],
])('refuses %s', async (_what, path, method, status) => {
  expect((await post(path, '{}', method)).status).toBe(status)
})

test('says what is wrong with an input, and hides what is wrong with itself', async () => {
  expect((await post('/actions/account.disable', '{"address":"x"}')).text).toContain('an address looks like name@example.com')
  expect(JSON.parse((await post('/actions/account.list', 'no JSON')).text)).toEqual({
    error: 'The server failed; its log says why.',
    expected: false,
  })
})

test('reads no more than an action can need', async () => {
  const { text } = await post('/actions/account.disable', JSON.stringify({ address: 'x'.repeat(100_000) }))
  expect(text).toContain('The request is too long.')
})

test('a second server on the same folder is refused', async () => {
  await expect(serveControl(house, folder, log)).rejects.toThrow('Another Easel serves the data folder')
})

test('without a server, a call says so', async () => {
  await control.close()
  expect(await callServer(folder, 'account.list', {}, quietly)).toEqual({ kind: 'unreachable' })
})

test('a server that stops ends a long action at its next step, and the next run goes on from there', async () => {
  await house.store.accounts.create({ addresses: ['alice@example.com'], displayName: 'Alice', passwordHash: null })
  const path = join(folder, 'archive')
  mkdirSync(path)
  const total = 300
  for (let number = 0; number < total; number++) {
    writeFileSync(join(path, `${number}.eml`), `Subject: ${number}\r\nMessage-ID: <${number}@example.com>\r\n\r\nText\r\n`)
  }
  const input = { path, account: 'alice@example.com', folder: 'Inbox' }
  const closing: Promise<void>[] = []
  const interrupted = callServer(folder, 'mail.import', input, () => {
    if (closing.length === 0) closing.push(control.close())
  })
  await expect(interrupted).rejects.toThrow('The server stopped before it was done.')
  await Promise.all(closing)
  control = await serveControl(house, folder, log)
  const again = await callServer(folder, 'mail.import', input, quietly)
  if (again.kind === 'unreachable') throw new Error('the server is back')
  expect(again.result.known).toBeGreaterThan(0)
  expect(again.result.imported).toBeGreaterThan(0)
  expect(again.result.known + again.result.imported).toBe(total)
})
