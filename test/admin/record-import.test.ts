// A file that is imported again, after a phone wrote to what came of it the first time.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { exportedText } from '../../src/admin/record-export.ts'
import { recordsInFile } from '../../src/admin/record-file.ts'
import { findRecordFolder } from '../../src/admin/record-folder.ts'
import { importRecords, type RecordCounts } from '../../src/admin/record-import.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import { answer, invitationOn, meet, settled } from '../support/meeting-phone.ts'
import type { Phone } from '../support/phone.ts'
import { changeEvent, deleteEvent, textsAt } from '../support/phone-events.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { el } from '../support/wire.ts'

const before = '2020-01-01T00:00:00Z'
const hour = 3_600_000

let server: TestServer
let accounts = 0
let address: string
let phone: Phone
beforeAll(async () => {
  server = await startTestServer()
  // No file tells fractions of a second.
  await server.clock.advance(123)
})
afterAll(() => server.close())
beforeEach(async () => {
  address = `alice-${++accounts}@example.test`
  await server.account(address)
  phone = await server.phone(address, { version: '14.1' })
})

interface Case {
  readonly itemClass: 'Calendar' | 'Contacts' | 'Tasks'
  /** Where a phone says what the file is about. */
  readonly element: string
  /** A file that says `subject`, as written at `stamp`, which is the form of its kind; without one it does not say when. */
  readonly file: (subject: string, stamp: string | null) => string
}

const compact = (at: string) => `${at.replaceAll(/[-:]/g, '').slice(0, 15)}Z`
const calendar = (kind: string, subject: string, ...lines: readonly string[]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', `BEGIN:${kind}`, 'UID:one', `SUMMARY:${subject}`, ...lines, `END:${kind}`, 'END:VCALENDAR', ''].join(
    '\r\n',
  )

const cases: readonly Case[] = [
  {
    itemClass: 'Calendar',
    element: 'Calendar:Subject',
    file: (subject, stamp) =>
      calendar('VEVENT', subject, 'DTSTART:20260303T090000Z', 'DURATION:PT1H', ...(stamp === null ? [] : [`DTSTAMP:${compact(stamp)}`])),
  },
  {
    itemClass: 'Tasks',
    element: 'Tasks:Subject',
    file: (subject, stamp) => calendar('VTODO', subject, ...(stamp === null ? [] : [`LAST-MODIFIED:${compact(stamp)}`])),
  },
  {
    itemClass: 'Contacts',
    element: 'Contacts:LastName',
    file: (subject, stamp) =>
      ['BEGIN:VCARD', 'VERSION:3.0', 'UID:one', `N:${subject}`, ...(stamp === null ? [] : [`REV:${stamp}`]), 'END:VCARD', ''].join('\r\n'),
  },
]

/** Imports a file that was last written at `stamp`, by the clock of `zone` where it names none. */
async function bring(text: string, stamp = Date.parse(before), zone = 'Europe/Berlin'): Promise<RecordCounts> {
  const { records } = recordsInFile(Buffer.from(text), zone as ZoneId, stamp)
  const options = { folder: null, itemClass: records[0]?.content.class ?? 'Calendar' } as const
  return importRecords(server.store, await server.accountOf(address), records, options, () => {})
}

async function exported({ itemClass }: Case): Promise<string> {
  const mailbox = await server.mailbox(address)
  const folder = await findRecordFolder(mailbox, itemClass, null)
  return (await exportedText(mailbox, folder!, itemClass, server.clock.now(), () => {})).text
}

/** What the phone shows after it has synced; with `written`, after it has written that. */
async function shown({ itemClass, element }: Case, written?: string): Promise<string | undefined> {
  await phone.syncAll(itemClass)
  const [item] = phone.items(itemClass)
  if (written === undefined || item === undefined) return item?.properties.get(element)
  const nodes = [...item.nodes.values()].filter(({ name }) => name !== element && !name.endsWith(':NativeBodyType'))
  expect((await phone.change(itemClass, item.id, [...nodes, el(element, written)], { whole: true })).status).toBe(1)
  return written
}

describe.each(cases)('$itemClass', (one) => {
  test.each([before, null])('that a phone changed since (the file says %s) stays as the phone left it', async (stamp) => {
    await bring(one.file('First', stamp))
    await shown(one, 'Second')
    expect(await bring(one.file('First', stamp))).toMatchObject({ changed: 0, known: 1 })
    expect(await shown(one)).toBe('Second')
  })

  test('that was changed in the file since is brought up to date, and then an older file changes nothing', async () => {
    await bring(one.file('First', before))
    await shown(one, 'Second')
    await server.clock.advance(hour)
    const later = new Date(server.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z')
    expect(await bring(one.file('Third', later))).toMatchObject({ changed: 1 })
    expect(await shown(one)).toBe('Third')
    expect(await bring(one.file('First', before))).toMatchObject({ changed: 0, known: 1 })
  })

  test('that a phone wrote is known in what was just exported, and what was edited there by hand comes in', async () => {
    await bring(one.file('First', before))
    await shown(one, 'Second')
    const text = await exported(one)
    expect(await bring(text)).toMatchObject({ changed: 0, known: 1 })
    expect(await bring(text.replaceAll('Second', 'Third'))).toMatchObject({ changed: 1 })
    expect(await shown(one)).toBe('Third')
  })
})

test('one occurrence that a phone changed, or deleted, since its file was imported stays as the phone left it', async () => {
  const daily = calendar('VEVENT', 'Daily', 'DTSTART:20260303T090000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY', `DTSTAMP:${compact(before)}`)
  const lone = (day: number) =>
    calendar(
      'VEVENT',
      'Once',
      `RECURRENCE-ID:2026030${day}T090000Z`,
      `DTSTART:2026030${day}T100000Z`,
      'DURATION:PT1H',
      `DTSTAMP:${compact(before)}`,
    )
  await bring(daily)
  expect(await bring(lone(4))).toMatchObject({ changed: 1 })
  const late = await server.phone(address, { version: '16.1' })
  await late.syncAll('Calendar')
  const [item] = late.items('Calendar')
  await changeEvent(late, item!.id, [el('Calendar:Subject', 'Twice')], { instance: '20260304T090000Z' })
  await deleteEvent(late, item!.id, '20260305T090000Z')
  expect(await bring(lone(4))).toMatchObject({ changed: 0, known: 1 })
  expect(await bring(lone(5))).toMatchObject({ changed: 0, known: 1 })
  expect(await bring(lone(6))).toMatchObject({ changed: 1, known: 0 })
  await phone.syncAll('Calendar')
  const said = textsAt(phone.items('Calendar')[0]!, 'Exceptions/Exception/Subject')
  expect(said).toEqual(['Twice', 'Once'])
})

test('a meeting that guests answered is known in what was just exported, and goes on to know what it knew', async () => {
  const guest = `bob-${accounts}@example.test`
  await server.account(guest)
  const tablet = await server.phone(guest, { version: '16.1' })
  const late = await server.phone(address, { version: '16.1' })
  const { id } = await meet(late, { guests: [guest], start: '2027-03-03T09:00:00Z', end: '2027-03-03T10:00:00Z' })
  await settled(server)
  expect((await answer(tablet, await invitationOn(tablet), 1, { send: [] })).status).toBe(1)
  await settled(server)
  const text = await exported(cases[0]!)
  expect(text).not.toContain('x-easel')
  expect(await bring(text)).toMatchObject({ changed: 0, known: 1 })
  // The answer is no conflict still.
  expect((await changeEvent(late, id, [el('Calendar:Subject', 'Coffee')], { conflict: 1 })).status).toBe(1)
})

test.each([
  ['once', []],
  ['each year', ['RRULE:FREQ=YEARLY']],
])('whole days, %s, are known wherever their owner is by now', async (_, rule) => {
  const text = calendar('VEVENT', 'Christmas', 'DTSTART;VALUE=DATE:20261224', 'DTEND;VALUE=DATE:20261227', ...rule)
  await bring(text)
  expect(await bring(await exported(cases[0]!), Date.parse(before), 'Europe/Lisbon')).toMatchObject({ changed: 0, known: 1 })
  expect(await bring(text, Date.parse(before), 'America/New_York')).toMatchObject({ changed: 0, known: 1 })
})

test('a time without a zone is known in the same file', async () => {
  const text = calendar('VEVENT', 'Breakfast', 'DTSTART:20260303T090000', 'DURATION:PT1H')
  await bring(text)
  expect(await bring(text)).toMatchObject({ changed: 0, known: 1 })
})
