// Meeting mail read back by Python: its email package, icalendar and vobject, which share no line with us or with ical.js.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { eventOccurrences } from '../../src/format/recurrence.ts'
import { replyMail } from '../../src/mail/meeting/answer.ts'
import { placeNamed } from '../../src/format/place.ts'
import { announcements, revised } from '../../src/mail/meeting/announce.ts'
import type { Prepared } from '../../src/mail/submission.ts'
import type { CalendarEvent } from '../../src/model/event.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import { anAccount } from '../support/meeting-account.ts'
import { ownMeeting, weekly } from '../support/meetings.ts'
import { describeWith } from './support/daemon.ts'

const script = fileURLToPath(new URL('./support/read-meeting-mail.py', import.meta.url))
/** Debian's own, which has Debian's modules, whatever else is installed. */
const python = '/usr/bin/python3'
const hasModules = spawnSync(python, ['-c', 'import icalendar, vobject']).status === 0

interface Read {
  readonly subject: string
  readonly from: string
  readonly to: readonly string[]
  readonly defects: readonly string[]
  readonly method: string
  readonly body: string
  readonly icalendar: { readonly method: string; readonly events: readonly Record<string, unknown>[] }
  readonly vobject: { readonly method: string; readonly events: readonly { readonly start: string; readonly starts: readonly string[] }[] }
}

function readBack(mails: readonly (Prepared | null)[]): Read[] {
  const lines = mails.map((mail) => Buffer.from(mail?.wire ?? []).toString('base64'))
  const { status, stdout, stderr } = spawnSync(python, [script], { input: `${lines.join('\n')}\n`, encoding: 'utf8', timeout: 60_000 })
  if (status !== 0) throw new Error(stderr)
  const read = stdout
    .trim()
    .split('\n')
    .map((line): Read => JSON.parse(line))
  for (const { defects } of read) expect(defects).toEqual([])
  return read
}

const account = anAccount('alice@example.test', 'Alice Ärmel')
const now = Date.UTC(2026, 2, 1, 12)
const options = { account, now, limits: { recipientsMax: 100, messageBytesMax: 1 << 20 }, source: new Uint8Array(0) }
const guests = ['bob@example.test', 'carol@example.test']

const meeting = (change: Partial<CalendarEvent> = {}) => ownMeeting('alice@example.test', guests, change)
const told = (event: CalendarEvent) => revised(null, event, account, now)
const said = (before: CalendarEvent | null, after: CalendarEvent | null) =>
  announcements(before, after === null ? null : revised(before, after, account, now), options)
const instant = (text: unknown) => Date.parse(String(text))

describeWith(hasModules ? ['python3'] : ['python3-icalendar', 'python3-vobject'], 'meeting mail, in Python', () => {
  test('says what was meant, in any script', () => {
    const event = meeting({
      subject: 'Tee & Kuchen — “für alle”; 茶, \\ and so on',
      text: { type: 1, text: `Zeile eins,\nZeile zwei; ${'sehr lang '.repeat(40)}😀` },
      place: placeNamed('Grüner Saal, 2. Stock'),
    })
    const [read] = readBack(said(null, event))
    expect(read).toMatchObject({ subject: event.subject, from: 'alice@example.test', to: guests, method: 'REQUEST' })
    expect(read?.icalendar).toMatchObject({
      method: 'REQUEST',
      events: [
        {
          uid: event.uid,
          sequence: 0,
          recurrenceId: null,
          summary: event.subject,
          description: event.text?.text,
          location: 'Grüner Saal, 2. Stock',
          organizer: 'mailto:alice@example.test',
          attendees: guests.map((address) => [`mailto:${address}`, 'NEEDS-ACTION', address]),
        },
      ],
    })
    expect(instant(read?.icalendar.events[0]?.['start'])).toBe(event.start)
    expect(instant(read?.icalendar.events[0]?.['end'])).toBe(event.end)
    expect(read?.body).toContain('Grüner Saal, 2. Stock')
  })

  test.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'America/Santiago', 'UTC'])(
    'of a series in %s comes to the same occurrences',
    (zone) => {
      const start = Date.UTC(2026, 2, 3, 9)
      const event = told(
        meeting({ zone: zone as ZoneId, start, end: start + 3_600_000, recurrence: { ...weekly!, daysOfWeek: 8 | 4, occurrences: 20 } }),
      )
      const [read] = readBack(said(null, event))
      const starts = eventOccurrences(event, null, null, 20).map(({ occasion }) => occasion.start)
      expect(read?.vobject.events[0]?.starts.map(instant)).toEqual(starts)
    },
  )

  test('of all days has dates, and is one whoever reads it', () => {
    const [read] = readBack(said(null, meeting({ allDay: true, start: Date.UTC(2026, 4, 1), end: Date.UTC(2026, 4, 3) })))
    expect(read?.icalendar.events).toMatchObject([{ start: '2026-05-01', end: '2026-05-03' }])
    expect(read?.vobject.events).toMatchObject([{ start: '2026-05-01' }])
  })

  test('names the occurrence that changed, or does not take place', () => {
    const event = told(meeting({ recurrence: weekly }))
    const original = event.start + 7 * 86_400_000
    const moved = { original, deleted: false, changes: { allDay: false, start: original + 3_600_000, end: original + 7_200_000 } }
    const gone = { original, deleted: true, changes: {} }
    const [update, cancel, whole] = readBack([
      ...said(event, { ...event, exceptions: [moved] }),
      ...said(event, { ...event, exceptions: [gone] }),
      ...said(null, { ...event, exceptions: [gone] }),
    ])
    expect(update).toMatchObject({ method: 'REQUEST', icalendar: { events: [{ sequence: 1 }] } })
    expect(instant(update?.icalendar.events[0]?.['recurrenceId'])).toBe(original)
    expect(instant(update?.icalendar.events[0]?.['start'])).toBe(original + 3_600_000)
    expect(cancel).toMatchObject({ method: 'CANCEL', icalendar: { method: 'CANCEL', events: [{ status: 'CANCELLED' }] } })
    expect(instant(cancel?.icalendar.events[0]?.['recurrenceId'])).toBe(original)
    expect([whole?.icalendar.events[0]?.['exdates'] ?? []].flat().map(instant)).toEqual([original])
    expect(whole?.vobject.events[0]?.starts.map(instant)).not.toContain(original)
  })

  test('of a guest who answers, and of one who proposes another time', () => {
    const bob = anAccount('bob@example.test', 'Bob')
    const event = { ...told(meeting()), meetingStatus: 3 }
    const proposed = { start: event.start + 3_600_000, end: event.end + 3_600_000 }
    const replied = (response: 'accepted' | 'declined', other: typeof proposed | null) =>
      replyMail(
        { event, instance: null, answer: { response, proposed: other, at: now }, text: { type: 1, text: 'Später, bitte.' } },
        { account: bob, now, limits: options.limits },
      )
    const [reply, counter] = readBack([replied('accepted', null), replied('declined', proposed)])
    expect(reply).toMatchObject({
      subject: `Accepted: ${event.subject}`,
      from: 'bob@example.test',
      to: ['alice@example.test'],
      method: 'REPLY',
    })
    expect(reply?.icalendar.events).toMatchObject([{ attendees: [['mailto:bob@example.test', 'ACCEPTED', 'bob@example.test']] }])
    expect(counter).toMatchObject({ method: 'COUNTER', icalendar: { method: 'COUNTER' } })
    expect(instant(counter?.icalendar.events[0]?.['start'])).toBe(proposed.start)
    expect(counter?.body).toContain('Später, bitte.')
  })
})
