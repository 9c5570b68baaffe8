// `easel import` and `easel export`, the same against a running server and a stopped one.
import { readFileSync, writeFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { holdFolder } from '../../src/control/lock.ts'
import { serveControl } from '../../src/control/server.ts'
import type { CalendarEvent } from '../../src/model/event.ts'
import type { FolderType } from '../../src/model/folder.ts'
import { systemClock } from '../../src/model/clock.ts'
import { type ItemContent } from '../../src/model/item.ts'
import { openTraces } from '../../src/protocol/trace.ts'
import { openStore } from '../../src/store/sql/open.ts'
import { recordDraft } from '../../src/store/record.ts'
import type { Store } from '../../src/store/store.ts'
import { adminHouse } from '../support/admin.ts'
import { TestShell } from '../support/shell.ts'

const log = pino({ level: 'silent' })
const mine = ['--account', 'alice@example.com']
const berlin = ['--time-zone', 'Europe/Berlin']

let shell: TestShell
beforeEach(() => {
  shell = new TestShell()
})
afterEach(() => shell.remove())

/** Works on the store of the data folder; the control socket is open meanwhile if asked. */
async function house<T>(serving: boolean, work: (store: Store) => Promise<T>): Promise<T> {
  const release = await holdFolder(shell.data)
  const store = await openStore({ database: { kind: 'sqlite', path: join(shell.data, 'easel.db') }, clock: systemClock })
  const traces = await openTraces({ store, clock: systemClock, log, folder: join(shell.data, 'traces') })
  const control = serving ? await serveControl(await adminHouse({ store, traces, dataFolder: shell.data }), shell.data, log) : null
  try {
    return await work(store)
  } finally {
    await control?.close()
    await store.close()
    release()
  }
}

const populate = (store: Store) => store.accounts.create({ addresses: ['alice@example.com'], displayName: 'Alice', passwordHash: null })

/** What lies in the default folder of a type. */
async function lying(store: Store, type: FolderType, itemClass: 'Calendar' | 'Tasks' | 'Contacts'): Promise<ItemContent[]> {
  const account = (await store.accounts.byAddress('alice@example.com'))!
  const mailbox = await store.mailbox(account.id)
  const feed = mailbox.items((await mailbox.defaultFolder(type)).id, itemClass)
  const { changes } = await feed.newestFirst(null, null, 100)
  const items = await feed.read(changes.map(({ id }) => id))
  return changes.map(({ id }) => items.get(id)!.content)
}

const events = (store: Store) =>
  lying(store, 8, 'Calendar').then((all) => all.map((content) => (content as { record: CalendarEvent }).record))

/** A phone changes the event of this name. */
async function change(store: Store, uid: string, changes: (record: CalendarEvent) => Partial<CalendarEvent>): Promise<void> {
  const account = (await store.accounts.byAddress('alice@example.com'))!
  const mailbox = await store.mailbox(account.id)
  const [id] = await mailbox.withUid('Calendar', uid)
  const record = (await events(store)).find((each) => each.uid === uid)!
  const replace = recordDraft({ class: 'Calendar', record: { ...record, ...changes(record) } })
  await mailbox.change(id!, { class: 'Calendar', replace }, null)
}

/** The same story against a stopped and a running server; `look` opens the store in either. */
function both(title: string, story: (look: <T>(work: (store: Store) => Promise<T>) => Promise<T>) => Promise<void>): void {
  test(`${title} (stopped)`, async () => {
    await house(false, populate)
    await story((work) => house(false, work))
  })
  test(`${title} (running)`, () =>
    house(true, async (store) => {
      await populate(store)
      await story((work) => work(store))
    }))
}

const calendar = (...lines: readonly string[]) => ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n')
const event = (uid: string, ...lines: readonly string[]) => [
  'BEGIN:VEVENT',
  `UID:${uid}`,
  'DTSTART:20260201T100000',
  ...lines,
  'END:VEVENT',
]
const put = (name: string, text: string) => writeFileSync(join(shell.folder, name), text)

describe('easel import', () => {
  both('brings events and tasks in once, and what has changed a second time', async (look) => {
    put('a.ics', calendar(...event('one', 'SUMMARY:a'), ...event('two', 'SUMMARY:b'), 'BEGIN:VTODO', 'UID:t', 'SUMMARY:do', 'END:VTODO'))
    expect(await shell.ask(['import', 'a.ics', ...mine, ...berlin])).toEqual({ imported: 3, changed: 0, known: 0, skipped: 0, refused: [] })
    expect(await shell.ask(['import', 'a.ics', ...mine, ...berlin])).toMatchObject({ imported: 0, changed: 0, known: 3 })
    put('b.ics', calendar(...event('one', 'SUMMARY:new'), ...event('three')))
    expect(await shell.ask(['import', 'b.ics', ...mine, ...berlin])).toMatchObject({ imported: 1, changed: 1, known: 0 })
    const { subject, start } = (await look(events)).find(({ uid }) => uid === 'one')!
    expect([subject, start]).toEqual(['new', Date.UTC(2026, 1, 1, 9)])
    expect(await look((store) => lying(store, 7, 'Tasks'))).toMatchObject([{ record: { uid: 't', subject: 'do' } }])
  })

  both('leaves what is newer here', async (look) => {
    put('a.ics', calendar(...event('one', 'SUMMARY:second', 'SEQUENCE:2')))
    put('b.ics', calendar(...event('one', 'SUMMARY:first', 'SEQUENCE:1')))
    await shell.ask(['import', 'a.ics', ...mine])
    expect(await shell.ask(['import', 'b.ics', ...mine])).toMatchObject({ known: 1, changed: 0 })
    expect((await look(events)).map(({ subject }) => subject)).toEqual(['second'])
  })

  both('leaves what was changed here since the file was written, and takes its own export for the same', async (look) => {
    put('a.ics', calendar(...event('one', 'SUMMARY:first', 'DTSTAMP:20260101T000000Z'), ...event('two', 'DTSTAMP:20260101T000000Z')))
    await shell.ask(['import', 'a.ics', ...mine])
    // Phones stamp to the millisecond, iCalendar to the second.
    await look((store) => change(store, 'one', () => ({ subject: 'mine', stamp: Date.UTC(2026, 0, 2) + 250 })))
    expect(await shell.ask(['import', 'a.ics', ...mine])).toMatchObject({ known: 2, changed: 0 })
    await shell.run(['export', ...mine, '--output', 'own.ics'])
    expect(await shell.ask(['import', 'own.ics', ...mine])).toMatchObject({ known: 2, changed: 0 })
    put('b.ics', calendar(...event('one', 'SUMMARY:second', 'DTSTAMP:20260103T000000Z')))
    expect(await shell.ask(['import', 'b.ics', ...mine])).toMatchObject({ known: 0, changed: 1 })
  })

  both('keeps when an invitation was answered', async (look) => {
    const guest = 'ATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@example.com'
    put('a.ics', calendar(...event('one', 'DTSTAMP:20260101T000000Z', 'ORGANIZER:mailto:bob@example.com', guest)))
    await shell.ask(['import', 'a.ics', ...mine])
    const repliedAt = Date.UTC(2026, 0, 2) + 250
    await look((store) =>
      change(store, 'one', (record) => ({ repliedAt, attendees: record.attendees.map((one) => ({ ...one, repliedAt })) })),
    )
    await shell.run(['export', ...mine, '--output', 'own.ics'])
    expect(await shell.ask(['import', 'own.ics', ...mine])).toMatchObject({ known: 1, changed: 0 })
    put('b.ics', calendar(...event('one', 'SUMMARY:new', 'DTSTAMP:20260102T000000Z', 'ORGANIZER:mailto:bob@example.com', guest)))
    expect(await shell.ask(['import', 'b.ics', ...mine])).toMatchObject({ changed: 1 })
    expect(await look(events)).toMatchObject([{ subject: 'new', responseType: 3, repliedAt }])
  })

  both('takes for the same what another program stamped anew', async () => {
    const written = (stamp: string) =>
      calendar(
        ...event('one', 'RRULE:FREQ=DAILY', stamp),
        ...event('one', 'RECURRENCE-ID:20260202T100000', 'SUMMARY:other', stamp),
      ).replace('END:VCALENDAR', `BEGIN:VTODO\r\nUID:t\r\n${stamp}\r\nSUMMARY:do\r\nEND:VTODO\r\nEND:VCALENDAR`)
    put('a.ics', written('DTSTAMP:20260101T000000Z'))
    put('b.ics', written('DTSTAMP:20260102T000000Z'))
    expect(await shell.ask(['import', 'a.ics', ...mine])).toMatchObject({ imported: 2 })
    expect(await shell.ask(['import', 'b.ics', ...mine])).toMatchObject({ known: 2, changed: 0 })
  })

  both('adds an occurrence that is told alone to its series, whichever comes first', async (look) => {
    put('series.ics', calendar(...event('one', 'DTEND:20260201T110000', 'RRULE:FREQ=DAILY;COUNT=3')))
    put('alone.ics', calendar(...event('one', 'RECURRENCE-ID:20260202T100000', 'SUMMARY:other')))
    put('stray.ics', calendar(...event('lost', 'RECURRENCE-ID:20260202T100000', 'SUMMARY:stray')))
    await shell.ask(['import', 'series.ics', ...mine, ...berlin])
    expect(await shell.ask(['import', 'alone.ics', ...mine, ...berlin])).toMatchObject({ changed: 1 })
    expect(await shell.ask(['import', 'alone.ics', ...mine, ...berlin])).toMatchObject({ known: 1 })
    expect(await shell.ask(['import', 'stray.ics', ...mine])).toMatchObject({ imported: 1 })
    expect(await shell.ask(['import', 'stray.ics', ...mine])).toMatchObject({ known: 1 })
    const series = (await look(events)).find(({ uid }) => uid === 'one')
    expect(series?.exceptions).toMatchObject([{ original: Date.UTC(2026, 1, 2, 9), changes: { subject: 'other' } }])
  })

  both('knows whose meeting it is', async (look) => {
    const guest = 'ATTENDEE;PARTSTAT=ACCEPTED:mailto:Alice@example.com'
    put(
      'a.ics',
      calendar(...event('own', 'ORGANIZER:mailto:alice@example.com'), ...event('other', 'ORGANIZER:mailto:bob@example.com', guest)),
    )
    await shell.ask(['import', 'a.ics', ...mine])
    const found = await look(events)
    expect(found.find(({ uid }) => uid === 'own')).toMatchObject({ meetingStatus: 1, responseType: 1 })
    expect(found.find(({ uid }) => uid === 'other')).toMatchObject({ meetingStatus: 3, responseType: 3 })
  })

  both('says what it cannot take, by its number, and takes the rest', async () => {
    put('a.ics', calendar('BEGIN:VEVENT', 'SUMMARY:When?', 'END:VEVENT', ...event('one')))
    const { code, stdout } = await shell.run(['import', 'a.ics', ...mine])
    expect(stdout).toBe(
      'Imported 1; 0 were brought up to date, 0 were there already, 1 could not be taken.\n' +
        '  number 1: the event "When?" cannot be taken: it does not say when it begins\n',
    )
    expect(code).toBe(0)
  })

  both('refuses what is no calendar, and folders and zones that are none', async () => {
    put('a.ics', 'milk, bread\n')
    put('b.ics', calendar(...event('one')))
    put('c.ics', calendar('METHOD:REPLY', ...event('one')))
    const refusal = async (...args: string[]) => (await shell.run(['import', ...args, ...mine])).stderr
    expect(await refusal('a.ics')).toBe(
      'easel: That cannot be imported: neither a calendar (BEGIN:VCALENDAR) nor a card (BEGIN:VCARD) is in it.\n',
    )
    expect(await refusal('.')).toMatch(/^easel: .* is a folder\.\n$/)
    expect(await refusal('nowhere.ics')).toMatch(/^easel: .*nowhere\.ics does not exist\.\n$/)
    expect(await refusal('b.ics', '--folder', 'Inbox')).toBe('easel: The folder "Inbox" holds Email.\n')
    expect(await refusal('b.ics', '--folder', 'Nowhere/Else')).toBe('easel: There is no folder "Nowhere" to make another in.\n')
    expect(await refusal('b.ics', '--time-zone', 'Mars/Olympus')).toContain('a time zone has a name such as Europe/Berlin')
    expect(await refusal('c.ics')).toBe('easel: That is an answer to an invitation, and no event to import.\n')
  })

  both('makes no folder for what lies elsewhere already', async (look) => {
    put('a.ics', calendar(...event('one')))
    await shell.ask(['import', 'a.ics', ...mine])
    expect((await shell.run(['import', 'a.ics', ...mine, '--folder', 'Second'])).stdout).toContain('1 were there already')
    expect((await shell.run(['export', ...mine, '--folder', 'Second'])).stderr).toContain('has no folder "Second"')
    expect(await look(events)).toHaveLength(1)
  })

  both('makes a folder of its own, and reads times where it is told', async (look) => {
    put('a.ics', calendar(...event('one')))
    await shell.ask(['import', 'a.ics', ...mine, '--folder', 'Rowing', '--time-zone', 'America/New_York'])
    const text = (await shell.run(['export', ...mine, '--folder', 'rowing'])).stdout
    expect(text).toContain('X-WR-CALNAME:Rowing\r\n')
    expect(text).toContain('DTSTART:20260201T100000\r\n')
    expect(await look(events)).toEqual([])
  })

  both('brings cards in once', async (look) => {
    put(
      'a.vcf',
      'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c\r\nN:Doe;Jane;;;\r\nFN:Jane Doe\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:Nobody\r\nN:Nobody;;;;\r\nEND:VCARD\r\n',
    )
    expect(await shell.ask(['import', 'a.vcf', ...mine])).toMatchObject({ imported: 2 })
    expect(await shell.ask(['import', 'a.vcf', ...mine])).toMatchObject({ imported: 0, known: 2 })
    expect(await look((store) => lying(store, 9, 'Contacts'))).toHaveLength(2)
  })
})

describe('easel export', () => {
  both('writes what was imported, to a file nobody else reads or to standard output', async () => {
    put(
      'a.ics',
      calendar(...event('one', 'SUMMARY:a', 'DTSTAMP:20260101T000000Z', 'X-ODD:kept'), 'BEGIN:VTODO', 'UID:t', 'SUMMARY:do', 'END:VTODO'),
    )
    await shell.ask(['import', 'a.ics', ...mine])
    const { stdout } = await shell.run(['export', ...mine])
    expect(stdout.split('\r\n')).toEqual(expect.arrayContaining(['UID:one', 'SUMMARY:a', 'X-ODD:kept', 'DTSTART:20260201T100000']))
    const { stdout: said } = await shell.run(['export', ...mine, '--output', 'out.ics'])
    const path = join(shell.folder, 'out.ics')
    expect(said).toBe(`Exported 1 to ${path}.\n`)
    expect(readFileSync(path, 'utf8')).toBe(stdout)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect((await shell.run(['export', ...mine, '--output', 'out.ics'])).stderr).toBe(`easel: ${path} exists already.\n`)
    expect((await shell.run(['export', ...mine, '--kind', 'tasks'])).stdout).toContain('SUMMARY:do\r\n')
    expect((await shell.run(['export', ...mine, '--folder', 'Nowhere'])).stderr).toBe('easel: alice@example.com has no folder "Nowhere".\n')
  })

  both('writes cards', async () => {
    put('a.vcf', 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c\r\nN:Doe;Jane;;;\r\nFN:Jane Doe\r\nEND:VCARD\r\n')
    await shell.ask(['import', 'a.vcf', ...mine])
    await shell.run(['export', ...mine, '--output', 'out.vcf'])
    expect(readFileSync(join(shell.folder, 'out.vcf'), 'utf8')).toContain('FN:Jane Doe\r\n')
  })

  both('stands in the audit log', async (look) => {
    await shell.run(['export', ...mine])
    const entries = await look((store) => store.audit.list({ action: 'records.export' }, 10))
    expect(entries).toMatchObject([{ target: 'alice@example.com', detail: { kind: 'calendar' } }])
  })
})
