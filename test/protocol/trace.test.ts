// Traces: off, per device, for a time, and without what is private.
import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Device } from '../../src/model/device.ts'
import { noPolicyKey, type AccountId, type DeviceId } from '../../src/model/id.ts'
import { openTraces, type TraceBook } from '../../src/protocol/trace.ts'
import { openStore } from '../../src/store/sql/open.ts'
import type { Store } from '../../src/store/store.ts'
import { fromXml } from '../../src/wbxml/xml.ts'
import { VirtualClock } from '../support/clock.ts'

const minute = 60_000
const log = pino({ level: 'silent' })
const account = 'a' as AccountId

let folder: string
let store: Store
let clock: VirtualClock
let book: TraceBook

const device = (id: string): Device => ({
  account,
  id: id as DeviceId,
  type: 'iPhone',
  userAgent: null,
  version: '16.1',
  information: {},
  access: 'allowed',
  accessBasis: null,
  provision: { key: noPolicyKey, offered: noPolicyKey, hash: null, offeredHash: null, acknowledgedAt: null, outcome: null },
  label: null,
  wipe: null,
  verifier: null,
  firstSeen: 0,
  lastSeen: 0,
  lastAddress: null,
})

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'easel-trace-'))
  clock = new VirtualClock()
  store = await openStore({ database: { kind: 'sqlite', path: join(folder, 'easel.db') }, clock })
  book = await openTraces({ store, clock, log, folder: join(folder, 'traces') })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const mail = fromXml(
  '<Sync xmlns="AirSync" xmlns:Email="Email"><Collections><Collection><SyncKey>k1</SyncKey><CollectionId>2</CollectionId><Commands><Change>' +
    '<ServerId>2:7</ServerId><ApplicationData><Email:Subject>merger with Acme</Email:Subject><Email:From>boss@example.com</Email:From>' +
    '<Email:Read>1</Email:Read></ApplicationData></Change></Commands></Collection></Collections></Sync>',
)

test('a device nobody observes has a trace that does nothing', async () => {
  const trace = book.of(device('PHONE'))
  trace.note('request')
  trace.document('request', mail)
  await book.flushed()
  expect(trace.on).toBe(false)
  expect(existsSync(join(folder, 'traces'))).toBe(false)
})

test('an observed device leaves documents and decisions, without what is private', async () => {
  const { file } = await book.start(account, 'PHONE' as DeviceId, clock.now() + 10 * minute)
  const trace = book.of(device('PHONE'))
  trace.document('request', mail)
  trace.note('key refused', { reason: 'of another generation' })
  book.of(device('OTHER')).note('not observed')
  await book.flushed()
  const text = readFileSync(file, 'utf8')
  expect(text).toMatch(/request, \d+ bytes/)
  expect(text).toContain('2:7')
  expect(text).toContain('key refused {"reason":"of another generation"}')
  expect(text).not.toMatch(/merger|Acme|boss|not observed/)
})

test('what is no WBXML is not shown at all', async () => {
  const { file } = await book.start(account, 'PHONE' as DeviceId, clock.now() + minute)
  book.of(device('PHONE')).document('request', Buffer.from('Subject: merger with Acme'))
  await book.flushed()
  expect(readFileSync(file, 'utf8')).toContain('not WBXML')
  expect(readFileSync(file, 'utf8')).not.toContain('merger')
})

test('a trace ends by itself', async () => {
  await book.start(account, 'PHONE' as DeviceId, clock.now() + 10 * minute)
  await clock.advance(11 * 60)
  expect(book.of(device('PHONE')).on).toBe(false)
  expect(book.running()).toEqual([])
})

test('a trace goes on after a restart, into the same file', async () => {
  const started = await book.start(account, 'PHONE' as DeviceId, clock.now() + 10 * minute)
  const again = await openTraces({ store, clock, log, folder: join(folder, 'traces') })
  expect(again.running()).toEqual([started])
  again.of(device('PHONE')).note('after the restart')
  await again.flushed()
  expect(readFileSync(started.file, 'utf8')).toContain('after the restart')
})

test('a stopped trace stays stopped after a restart', async () => {
  await book.start(account, 'PHONE' as DeviceId, clock.now() + 10 * minute)
  expect(await book.stop(null, null)).toHaveLength(1)
  expect((await openTraces({ store, clock, log, folder })).running()).toEqual([])
})

test('a trace that cannot be written costs the phone nothing', async () => {
  await book.start(account, 'PHONE' as DeviceId, clock.now() + 10 * minute)
  rmSync(join(folder, 'traces'), { recursive: true })
  book.of(device('PHONE')).note('into the void')
  await expect(book.flushed()).resolves.toBeUndefined()
})

test('the last lines of a running trace can be watched, as masked as its file', async () => {
  const id = 'PHONE' as DeviceId
  await book.start(account, id, clock.now() + 10 * minute)
  const trace = book.of(device('PHONE'))
  trace.document('request', mail)
  trace.note('key refused', { reason: 'of another generation', subject: 'merger with Acme' })
  const lines = book.lines(account, id)
  expect(lines[0]).toContain('trace until')
  expect(lines.join('\n')).toContain('2:7')
  expect(lines.at(-1)).toBe('2026-03-02T08:00:00.000Z key refused {"reason":"of another generation","subject":"[hidden]"}')
  expect(lines.join('\n')).not.toMatch(/merger|Acme|boss/)
  expect(book.lines(account, 'OTHER' as DeviceId)).toEqual([])
})

test('of what a trace notes three hundred lines are watched, and of a document sixty', async () => {
  const id = 'PHONE' as DeviceId
  await book.start(account, id, clock.now() + 10 * minute)
  const trace = book.of(device('PHONE'))
  const items = Array.from({ length: 100 }, (_, index) => `<Fetch><ServerId>2:${index}</ServerId></Fetch>`).join('')
  trace.document(
    'request',
    fromXml(`<Sync xmlns="AirSync"><Collections><Collection><Commands>${items}</Commands></Collection></Collections></Sync>`),
  )
  expect(book.lines(account, id)).toHaveLength(62)
  expect(book.lines(account, id).at(-1)).toBe('… (the file has the rest)')
  for (let number = 0; number < 400; number++) trace.note(`event ${number}`, { why: 'x'.repeat(1000) })
  const lines = book.lines(account, id)
  expect([lines.length, lines[0]?.slice(25, 34), lines[0]?.length]).toEqual([300, 'event 100', 401])
})

test('nothing is watched once the trace has ended', async () => {
  const id = 'PHONE' as DeviceId
  await book.start(account, id, clock.now() + 10 * minute)
  await clock.advance(11 * 60)
  expect(book.lines(account, id)).toEqual([])
  await book.start(account, id, clock.now() + 10 * minute)
  expect(book.lines(account, id)).toHaveLength(1)
  await book.stop(account, id)
  expect(book.lines(account, id)).toEqual([])
})
