// Files of events (16.x): added, listed, fetched, taken away (MS-ASAIRS 2.2.2.2, 2.2.2.7, 2.2.2.21).
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addEvent,
  anHour,
  changeEvent,
  lateVersions,
  properties,
  property,
  textsAt,
  toldEvent,
  twoPhones,
} from '../../../support/phone-events.ts'
import type { Phone } from '../../../support/phone.ts'
import { TestServer } from '../../../support/server.ts'
import { all, el, textAt, type Node } from '../../../support/wire.ts'

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start({ accounts: [], environment: { EASEL_MESSAGE_MEGABYTES: '1' } })
})
afterAll(() => server.close())

const remove = (reference: string) => el('AirSyncBase:Delete', [el('AirSyncBase:FileReference', reference)])
const add = (clientId: string, name: string, content: string | Buffer | null, more: Node[] = []) =>
  el('AirSyncBase:Add', [
    el('AirSyncBase:ClientId', clientId),
    content === null ? null : el('AirSyncBase:Content', Buffer.from(content)),
    el('AirSyncBase:Method', '1'),
    el('AirSyncBase:DisplayName', name),
    ...more,
  ])
const attachments = (...children: Node[]) => ({ 'AirSyncBase:Attachments': children })

function referencesOf(data: Node | null): Record<string, string> {
  const files = all(data, 'AirSyncBase:Attachments/Attachment')
  return Object.fromEntries(files.map((file) => [textAt(file, 'ClientId') ?? '', textAt(file, 'FileReference') ?? '']))
}

async function fetched(phone: Phone, reference: string): Promise<string | null> {
  const fetch = el('ItemOperations:Fetch', [el('ItemOperations:Store', 'Mailbox'), el('AirSyncBase:FileReference', reference)])
  const { node } = await phone.post('ItemOperations', el('ItemOperations:ItemOperations', [fetch]))
  const data = textAt(node, 'Response/Fetch/Properties/Data')
  return data === null ? null : Buffer.from(data, 'base64').toString()
}

describe.each(lateVersions)('in %s', (version) => {
  test('files come with an event, are named by the answer, listed to other phones, and fetched', async () => {
    const { phone, other } = await twoPhones(server, version)
    const type = el('AirSyncBase:ContentType', 'text/plain')
    const { status, data } = await addEvent(
      phone,
      anHour(version, attachments(add('f1', 'agenda.txt', 'One. Two.', [type]), add('f2', 'plan.txt', 'Plan'))),
    )
    expect(status).toBe(1)
    const references = referencesOf(data)
    expect(Object.keys(references)).toEqual(['f1', 'f2'])
    const told = await toldEvent(other, 'Review')
    const path = 'AirSyncBase:Attachments/Attachment'
    expect(textsAt(told, `${path}/DisplayName`)).toEqual(['agenda.txt', 'plan.txt'])
    expect(textsAt(told, `${path}/FileReference`)).toEqual(Object.values(references))
    expect(textsAt(told, `${path}/EstimatedDataSize`)).toEqual(['9', '4'])
    expect(await fetched(other, references['f1'] ?? '')).toBe('One. Two.')
    expect(await fetched(other, references['f2'] ?? '')).toBe('Plan')
  })

  test('a Change adds one file and takes another away; numbers are never given twice', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id, data } = await addEvent(phone, anHour(version, attachments(add('f1', 'a.txt', 'A'), add('f2', 'b.txt', 'B'))))
    const { f1 = '', f2 = '' } = referencesOf(data)
    const changed = await changeEvent(phone, id, properties(attachments(remove(f2), add('f3', 'c.txt', 'CC'))))
    expect(changed.status).toBe(1)
    const { f3 = '' } = referencesOf(changed.data)
    expect(new Set([f1, f2, f3]).size).toBe(3)
    expect(textsAt(await toldEvent(other, 'Review'), 'AirSyncBase:Attachments/Attachment/FileReference')).toEqual([f1, f3])
    expect([await fetched(other, f1), await fetched(other, f2), await fetched(other, f3)]).toEqual(['A', null, 'CC'])
  })

  test('a Change of something else leaves the files as they are', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id, data } = await addEvent(phone, anHour(version, attachments(add('f1', 'a.txt', 'A'))))
    await changeEvent(phone, id, properties({ Subject: 'Renamed' }))
    expect(textsAt(await toldEvent(other, 'Renamed'), 'AirSyncBase:Attachments/Attachment/DisplayName')).toEqual(['a.txt'])
    expect(await fetched(other, referencesOf(data)['f1'] ?? '')).toBe('A')
  })

  test('an Add of a file without content is ignored (iOS)', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { status } = await addEvent(phone, anHour(version, attachments(add('f1', 'a.txt', null))))
    expect(status).toBe(1)
    expect(property(await toldEvent(other, 'Review'), 'AirSyncBase:Attachments')).toBe(null)
  })

  test('the same file again is the one that is there: a lost answer makes no second copy', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id } = await addEvent(phone, anHour(version))
    const first = await changeEvent(phone, id, properties(attachments(add('f1', 'a.txt', 'A'))))
    const second = await changeEvent(phone, id, properties(attachments(add('f1', 'a.txt', 'A'))))
    expect(referencesOf(second.data)).toEqual(referencesOf(first.data))
    expect(textsAt(await toldEvent(other, 'Review'), 'AirSyncBase:Attachments/Attachment/DisplayName')).toEqual(['a.txt'])
  })

  test('an occurrence has files of its own', async () => {
    const { phone, other } = await twoPhones(server, version)
    const series = { Recurrence: properties({ Type: 0, Interval: 1 }), ...attachments(add('f1', 'a.txt', 'A')) }
    const { id } = await addEvent(phone, anHour(version, series))
    const changed = await changeEvent(phone, id, properties(attachments(add('f2', 'b.txt', 'B'))), { instance: '20260305T090000Z' })
    expect(changed.status).toBe(1)
    const told = await toldEvent(other, 'Review')
    expect(textsAt(told, 'AirSyncBase:Attachments/Attachment/DisplayName')).toEqual(['a.txt'])
    expect(textsAt(told, 'Exceptions/Exception/AirSyncBase:Attachments/Attachment/DisplayName')).toEqual(['a.txt', 'b.txt'])
    expect(await fetched(other, referencesOf(changed.data)['f2'] ?? '')).toBe('B')
  })

  test('an occurrence whose files are taken away is told that it has none, and inherits none', async () => {
    const { phone, other } = await twoPhones(server, version)
    const series = { Recurrence: properties({ Type: 0, Interval: 1 }), ...attachments(add('f1', 'a.txt', 'A')) }
    const { id, data } = await addEvent(phone, anHour(version, series))
    const gone = attachments(remove(referencesOf(data)['f1'] ?? ''))
    expect((await changeEvent(phone, id, properties(gone), { instance: '20260305T090000Z' })).status).toBe(1)
    const told = await toldEvent(other, 'Review')
    expect(textsAt(told, 'AirSyncBase:Attachments/Attachment/DisplayName')).toEqual(['a.txt'])
    expect(textsAt(told, 'Exceptions/Exception/AirSyncBase:Attachments')).toEqual([''])
  })

  test('files beyond the size of a message are refused with Status 9, and nothing is kept of them', async () => {
    const { phone, other } = await twoPhones(server, version)
    const big = Buffer.alloc(700 * 1024, 'x')
    const { id, status } = await addEvent(phone, anHour(version, attachments(add('f1', 'a.bin', big))))
    expect(status).toBe(1)
    expect((await changeEvent(phone, id, properties(attachments(add('f2', 'b.bin', Buffer.alloc(700 * 1024, 'y')))))).status).toBe(9)
    expect(textsAt(await toldEvent(other, 'Review'), 'AirSyncBase:Attachments/Attachment/DisplayName')).toEqual(['a.bin'])
  })

  test('a reference to somebody else’s file is not obeyed, and finds nothing', async () => {
    const { phone } = await twoPhones(server, version)
    const { data } = await addEvent(phone, anHour(version, attachments(add('f1', 'a.txt', 'A'))))
    const stranger = await twoPhones(server, version)
    expect(await fetched(stranger.phone, referencesOf(data)['f1'] ?? '')).toBe(null)
  })
})

test('up to 14.1 an event has no files', async () => {
  const { phone, address } = await twoPhones(server, '16.1')
  await addEvent(phone, anHour('16.1', attachments(add('f1', 'a.txt', 'A'))))
  const old = await toldEvent(await server.phone(address, { version: '14.1' }), 'Review')
  expect(property(old, 'AirSyncBase:Attachments')).toBe(null)
})
