// Meetings that their organizer takes away otherwise than by Delete: guests hear that they are called off all the same, once.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { meet, meetingMails, settled, titles } from './support/meeting-phone.ts'
import type { FolderId } from '../src/model/id.ts'
import { eventOf, eventsOf, ownMeeting, putEvent, weekly } from './support/meetings.ts'
import type { Phone } from './support/phone.ts'
import { calendarName } from './support/phone-events.ts'
import { TestServer } from './support/server.ts'
import { el, textAt } from './support/wire.ts'

const alice = 'alice@example.test'
const bob = 'bob@example.test'
let server: TestServer

beforeEach(async () => {
  server = await TestServer.start({ accounts: [alice, bob] })
})
afterEach(() => server.close())

const told = async () => {
  await settled(server)
  return titles(await meetingMails(server, bob))
}

/** MS-ASCMD 2.2.3.58. */
async function empty(phone: Phone, folder: string, deep = false): Promise<string | null> {
  const { id } = phone.folder(folder)
  const options = deep ? [el('ItemOperations:Options', [el('ItemOperations:DeleteSubFolders')])] : []
  const one = el('ItemOperations:EmptyFolderContents', [el('AirSync:CollectionId', id), ...options])
  const { node } = await phone.post('ItemOperations', el('ItemOperations:ItemOperations', [one]))
  return textAt(node, 'Response/EmptyFolderContents/Status')
}

async function folderCommand(phone: Phone, command: 'FolderCreate' | 'FolderDelete', fields: Readonly<Record<string, string>>) {
  const nodes = Object.entries({ SyncKey: phone.folderKey, ...fields }).map(([name, text]) => el(`FolderHierarchy:${name}`, text))
  const { node } = await phone.post(command, el(`FolderHierarchy:${command}`, nodes))
  await phone.folderSync()
  return { status: textAt(node, 'Status'), id: textAt(node, 'ServerId') ?? '' }
}

const newCalendar = async (phone: Phone, parent = '0') =>
  (await folderCommand(phone, 'FolderCreate', { ParentId: parent, DisplayName: 'Club', Type: '13' })).id

describe('a meeting that its organizer', () => {
  test('moves to Deleted Items is called off, once, whoever hears of it', async () => {
    const phone = await server.phone(alice)
    const { id } = await meet(phone, { guests: [bob] })
    const [moved] = await phone.move(calendarName, [id], 'Deleted Items')
    // The reply was lost.
    expect(await phone.move(calendarName, [id], 'Deleted Items')).toEqual([moved])
    expect(moved?.status).toBe(3)
    expect(await told()).toEqual(['REQUEST Tea', 'CANCEL Canceled: Tea'])
    expect(await eventsOf(server, alice)).toEqual([])
    expect((await eventOf(server, bob)).meetingStatus).toBe(7)
    // What lies in Deleted Items was called off already.
    expect(await empty(phone, 'Deleted Items')).toBe('1')
    expect(await told()).toHaveLength(2)
  })

  test('moves to another calendar of his stands', async () => {
    const phone = await server.phone(alice)
    const { id } = await meet(phone, { guests: [bob] })
    expect((await phone.move(calendarName, [id], await newCalendar(phone)))[0]?.status).toBe(3)
    expect(await told()).toEqual(['REQUEST Tea'])
  })

  test('empties out of his calendar is called off, and nothing else is told of', async () => {
    const phone = await server.phone(alice)
    await meet(phone, { guests: [bob] })
    await meet(phone, { guests: [], subject: 'Alone' })
    const over = { uid: 'over', subject: 'Over', start: Date.UTC(2020, 2, 3, 9), end: Date.UTC(2020, 2, 3, 10) }
    await putEvent(server, alice, ownMeeting(alice, [bob], over))
    await putEvent(server, alice, ownMeeting('carol@example.net', [alice, bob], { uid: 'theirs', subject: 'Theirs', meetingStatus: 3 }))
    expect(await empty(phone, calendarName)).toBe('1')
    expect(await told()).toEqual(['REQUEST Tea', 'CANCEL Canceled: Tea'])
    expect(await eventsOf(server, alice)).toEqual([])
  })

  test('takes away with a calendar of his own is called off', async () => {
    const phone = await server.phone(alice)
    const club = await newCalendar(phone)
    const { id } = await meet(phone, { guests: [bob] })
    await phone.move(calendarName, [id], club)
    const refused = await folderCommand(phone, 'FolderDelete', { SyncKey: '{nonsense}1', ServerId: club })
    expect(refused.status).toBe('9')
    expect(await told()).toEqual(['REQUEST Tea'])
    expect((await folderCommand(phone, 'FolderDelete', { ServerId: club })).status).toBe('1')
    expect(await told()).toEqual(['REQUEST Tea', 'CANCEL Canceled: Tea'])
  })

  test('takes away with a calendar below the folder that goes is called off', async () => {
    const phone = await server.phone(alice)
    const outer = await newCalendar(phone)
    const { id } = await meet(phone, { guests: [bob] })
    await phone.move(calendarName, [id], await newCalendar(phone, outer))
    expect(await empty(phone, outer)).toBe('1')
    expect(await told()).toEqual(['REQUEST Tea'])
    expect(await empty(phone, outer, true)).toBe('1')
    expect(await told()).toEqual(['REQUEST Tea', 'CANCEL Canceled: Tea'])
  })

  test('takes away stays, and its folder with it, where each of a crowd would have to hear something else', async () => {
    const phone = await server.phone(alice)
    const club = await newCalendar(phone)
    const start = Date.UTC(2026, 2, 3, 9)
    const exceptions = Array.from({ length: 201 }, (_, week) => ({
      original: start + week * 7 * 86_400_000,
      deleted: false,
      changes: { attendees: ownMeeting(alice, [`guest${week}@else.test`]).attendees },
    }))
    const id = await putEvent(server, alice, ownMeeting(alice, [], { recurrence: { ...weekly!, occurrences: 300 }, exceptions }))
    const mailbox = await server.mailbox(alice)
    expect(await phone.move(calendarName, [id], 'Deleted Items')).toEqual([{ status: 5, id: null }])
    const moved = await mailbox.move(id, club as FolderId)
    expect((await folderCommand(phone, 'FolderDelete', { ServerId: club })).status).toBe('6')
    expect((await mailbox.read([moved.id])).size).toBe(1)
    expect(await server.store.outbox.list()).toEqual([])
  })

  test('takes away up to 14.1 is called off by his phone alone', async () => {
    const late = await server.phone(alice)
    const { id } = await meet(late, { guests: [bob] })
    await meet(late, { guests: [bob], subject: 'Coffee' })
    const phone = await server.phone(alice, { version: '14.1' })
    expect((await phone.move(calendarName, [id], 'Deleted Items'))[0]?.status).toBe(3)
    expect(await empty(phone, calendarName)).toBe('1')
    expect(await told()).toEqual(['REQUEST Tea', 'REQUEST Coffee'])
  })
})
