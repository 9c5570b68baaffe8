// Events and tasks by the dice, as odd as phones and calendars can make them, and what they mean.
import fc from 'fast-check'
import type { VEvent } from '../../src/format/icalendar.ts'
import { eventOccurrences, occurrences } from '../../src/format/recurrence.ts'
import { localOf, zoneOfRules } from '../../src/format/time-zone.ts'
import type { Attendee, CalendarEvent, Exception, Occasion, Place } from '../../src/model/event.ts'
import type { RecordFile } from '../../src/model/record.ts'
import type { Recurrence } from '../../src/model/recurrence.ts'
import type { Task } from '../../src/model/task.ts'
import type { ZoneId } from '../../src/model/zone.ts'

const day = 86_400_000
const minute = 60_000

const own = zoneOfRules({
  standard: -257,
  daylight: {
    offset: -197,
    begins: { month: 3, weekday: 2, week: 4, timeOfDay: 2 * 3_600_000 },
    ends: { month: 10, weekday: 6, week: 5, timeOfDay: 86_399_999 },
  },
})
const zones = [
  'UTC',
  'Europe/Berlin',
  'Europe/Dublin',
  'Australia/Lord_Howe',
  'America/New_York',
  'Africa/Casablanca',
  'America/Santiago',
  'Asia/Kolkata',
  'Pacific/Chatham',
  own,
] as ZoneId[]

/** Text without what no calendar may hold; the rest as odd as it gets. */
const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    'a;b,c\\d',
    '\\n',
    'line\nline',
    '"quoted" ^ \' ^n',
    'x'.repeat(200),
    'ü'.repeat(80),
    '🎉'.repeat(40),
    ' a ',
    'END:VEVENT',
    ':;,',
    '\\',
    '\\\\,',
    'C:\\temp\\new',
  ),
)
const clean = (text: string) => text.replace(/\r\n?/g, '\n').replace(/[\0-\x08\v\f\x0e-\x1f\x7f]/g, '')
const text = odd.map(clean)
const name = text.map((value) => value.trim())
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
const instant = fc.integer({ min: Date.UTC(1995, 0) / minute, max: Date.UTC(2035, 0) / minute }).map((minutes) => minutes * minute)
const address = fc.constantFrom('a@example.com', 'B.C+d@example.com', '', "o'x@example.org", '100%25@example.com', 'ünï@example.com')

const place: fc.Arbitrary<Place> = fc
  .record({
    name: name.filter((value) => value !== ''),
    annotation: maybe(name.filter((value) => value !== '')),
    street: maybe(fc.constantFrom('Main St. 1, "rear"', 'ü;ä')),
    city: maybe(fc.constant('Köln')),
    state: maybe(fc.constant('NRW')),
    country: maybe(fc.constant('DE')),
    postalCode: maybe(fc.constant('50667')),
    latitude: fc.constantFrom(48.85, -0.5, 0),
    longitude: fc.constantFrom(2.29, -122.03),
    accuracy: maybe(fc.constant(10)),
    altitude: maybe(fc.constant(-3.5)),
    altitudeAccuracy: maybe(fc.constant(1)),
    uri: maybe(fc.constant('https://example.com/?a=1,2;3')),
    located: fc.boolean(),
  })
  .map(({ located, ...place }) => (located ? place : { ...place, latitude: null, longitude: null }))

const attendee: fc.Arbitrary<Attendee> = fc.record({
  name,
  address,
  type: fc.constantFrom(1, 2, 3),
  status: fc.constantFrom(0, 2, 3, 4, 5),
  repliedAt: maybe(instant),
  proposed: maybe(instant.map((start) => ({ start, end: start + 30 * minute }))),
  responseRequested: maybe(fc.boolean()),
  parameters: fc.constantFrom(
    {},
    { 'x-odd': 'a;b:c' },
    { 'delegated-to': ['mailto:x@example.com', 'mailto:y@example.com'] },
    { language: 'de' },
  ),
})

const occasion = fc.record({
  subject: text,
  place: maybe(place),
  text: maybe(
    fc.oneof(
      text.filter((value) => value !== '').map((value) => ({ type: 1 as const, text: value })),
      text.map((value) => ({ type: 2 as const, text: `<p>${value.replaceAll('<', '&lt;')}</p><b>x</b>` })),
    ),
  ),
  busyStatus: fc.constantFrom(0, 1, 2, 3, 4),
  sensitivity: fc.constantFrom(0, 1, 2, 3),
  reminder: maybe(fc.constantFrom(0, 15, 1440, 10_080)),
  categories: fc.uniqueArray(
    name.filter((value) => value !== ''),
    { maxLength: 3 },
  ),
  attendees: fc.array(attendee, { maxLength: 3 }),
  onlineMeetingLink: maybe(fc.constant('conf:sip:a@example.com;gruu')),
  onlineMeetingExternalLink: maybe(fc.constant('https://meet.example.com/a,b')),
  stamp: instant,
  sequence: fc.nat(100),
}) satisfies fc.Arbitrary<Partial<Occasion>>

const none: Recurrence = {
  type: 0,
  interval: 1,
  daysOfWeek: null,
  dayOfMonth: null,
  weekOfMonth: null,
  monthOfYear: null,
  until: null,
  occurrences: null,
  firstDayOfWeek: null,
  calendarType: 0,
  isLeapMonth: false,
  rule: null,
}

/** A recurrence that begins with its own start. */
function recurrence(
  kind: number,
  interval: number,
  end: 'count' | 'until' | null,
  start: number,
  zone: ZoneId,
  allDay: boolean,
): Recurrence {
  const local = localOf(allDay ? ('UTC' as ZoneId) : zone, start)
  const weekday = 1 << (local.dayOfWeek % 7)
  const weekOfMonth = Math.min(5, Math.ceil(local.day / 7))
  const ends = end === 'count' ? { occurrences: 7 } : end === 'until' ? { until: start + 400 * day } : {}
  const base = { ...none, interval, ...ends }
  switch (kind) {
    case 1:
      return { ...base, type: 1, daysOfWeek: weekday | 2 | 32, firstDayOfWeek: 1 }
    case 2:
      return { ...base, type: 2, dayOfMonth: local.day }
    case 3:
      return { ...base, type: 3, daysOfWeek: weekday, weekOfMonth }
    case 5:
      return { ...base, type: 5, dayOfMonth: local.day, monthOfYear: local.month }
    case 6:
      return { ...base, type: 6, daysOfWeek: weekday, weekOfMonth, monthOfYear: local.month }
    default:
      return base
  }
}

/** Events as odd as phones and calendars can make them. */
export const event: fc.Arbitrary<VEvent> = fc
  .record({
    uid: name.filter((value) => value !== ''),
    zone: fc.constantFrom(...zones),
    allDay: fc.boolean(),
    at: instant,
    minutes: fc.constantFrom(0, 30, 60, 1440, 3000),
    kind: fc.constantFrom(null, 0, 1, 2, 3, 5, 6),
    interval: fc.constantFrom(1, 2, 3),
    end: fc.constantFrom('count' as const, 'until' as const, null),
    occasion,
    organizer: maybe(fc.record({ name, address: address.filter((value) => value !== '') })),
    responseRequested: fc.boolean(),
    disallowNewTimeProposal: fc.boolean(),
    cancelled: fc.boolean(),
    exceptions: fc.array(
      fc.record({
        index: fc.nat(6),
        deleted: fc.boolean(),
        moved: fc.constantFrom(0, 0, 90),
        allDay: fc.boolean(),
        changes: occasion,
        keep: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
    hasFile: fc.boolean(),
  })
  .map((given) => {
    const allDay = given.allDay
    const start = allDay ? Math.floor(given.at / day) * day : given.at
    const end = allDay ? start + day * (1 + (given.minutes > 1000 ? 1 : 0)) : start + given.minutes * minute
    const file: RecordFile = {
      number: 1,
      name: 'a,b "c".txt',
      type: 'text/plain',
      inline: false,
      contentId: null,
      contentLocation: null,
      start: 0,
      end: 4,
    }
    const meeting = (attendees: readonly Attendee[]) =>
      (given.organizer !== null || attendees.length > 0 ? 1 : 0) + (given.cancelled ? 4 : 0)
    const single: CalendarEvent = {
      ...given.occasion,
      uid: given.uid,
      zone: given.zone,
      allDay,
      start,
      end,
      files: given.hasFile ? [file] : [],
      meetingStatus: meeting(given.occasion.attendees),
      responseType: 0,
      repliedAt: null,
      foreign: null,
      organizer: given.organizer,
      recurrence: null,
      exceptions: [],
      responseRequested: given.responseRequested,
      disallowNewTimeProposal: given.disallowNewTimeProposal,
      clientUid: null,
      lastFile: given.hasFile ? 1 : 0,
    }
    const source = new Uint8Array(Buffer.from(given.hasFile ? 'file' : ''))
    if (given.kind === null) return { event: single, instance: null, source }
    const whole = { ...single, recurrence: recurrence(given.kind, given.interval, given.end, start, given.zone, allDay) }
    const starts = occurrences(whole, null, null, 8)
    const exceptions = new Map<number, Exception>()
    for (const { index, deleted, moved, allDay: isDay, changes, keep } of given.exceptions) {
      const original = starts[index]
      if (original === undefined) continue
      const begins = allDay ? original : original + moved * minute
      const span =
        isDay && !allDay
          ? { allDay: true, start: Math.floor(begins / day) * day, end: Math.floor(begins / day) * day + day }
          : { allDay, start: begins, end: begins + end - start }
      const told = keep ? span : { ...span, ...changes, meetingStatus: meeting(changes.attendees) }
      exceptions.set(original, { original, deleted, changes: deleted ? {} : told })
    }
    return {
      event: { ...whole, exceptions: [...exceptions.values()].toSorted((one, other) => one.original - other.original) },
      instance: null,
      source,
    }
  })

/** Everything that takes place, as it takes place: what an event means, however it is put. */
export function meaning({ event, instance, source }: VEvent) {
  const { recurrence: _, exceptions: __, foreign: ___, lastFile: ____, zone, ...rest } = event
  const seen = eventOccurrences(event, null, Date.UTC(2040, 0), 40).map(({ original, occasion: { foreign: _, files, ...occasion } }) => ({
    original,
    ...occasion,
    files: files.map(({ start, end, ...file }) => ({ ...file, content: Buffer.from(source.subarray(start, end)).toString() })),
  }))
  const { files: _____, ...whole } = rest
  // A zone is what its clocks show.
  const clocks = [0, 90, 180, 270].map((days) => (event.allDay ? '' : localOf(zone, event.start + days * day).toString()))
  return { ...whole, seen, instance, clocks: event.recurrence === null ? [] : clocks }
}

/** Times that the clocks show twice have no name in the zone; they go out in UTC. */
const isTwice = ({ zone, start, allDay }: CalendarEvent) => !allDay && localOf(zone, start - 3_600_000).equals(localOf(zone, start))
export const isSecond = (event: CalendarEvent) =>
  isTwice(event) ||
  [1_800_000, 3_600_000].some(
    (shift) => !event.allDay && localOf(event.zone, event.start - shift).toString() === localOf(event.zone, event.start).toString(),
  )

const berlin = 'Europe/Berlin' as ZoneId

/** Tasks of somebody in Berlin. */
export const task: fc.Arbitrary<Task> = fc
  .record({
    uid: name.filter((value) => value !== ''),
    subject: text,
    text: maybe(text.filter((value) => value !== '').map((value) => ({ type: 1 as const, text: value }))),
    importance: fc.constantFrom(0, 1, 2),
    sensitivity: fc.constantFrom(0, 1, 2, 3),
    complete: fc.boolean(),
    completedAt: instant,
    startDay: maybe(instant),
    dueDay: maybe(instant),
    reminder: maybe(instant),
    kind: fc.constantFrom(null, 0, 1, 2, 3),
    regenerate: fc.boolean(),
    categories: fc.uniqueArray(
      name.filter((value) => value !== ''),
      { maxLength: 2 },
    ),
    ordinal: maybe(instant),
    subOrdinal: maybe(fc.constant('5;5')),
  })
  .map(({ startDay, dueDay, kind, regenerate, ...given }) => {
    const start = startDay === null ? null : Math.floor(startDay / day) * day
    const due = dueDay === null ? null : Math.floor(dueDay / day) * day
    const inUtc = (local: number | null) =>
      local === null ? null : localOf('UTC' as ZoneId, local).toZonedDateTime('Europe/Berlin').epochMilliseconds
    const first = start ?? due
    const repeats =
      kind === null || first === null
        ? null
        : { ...recurrence(kind, 2, 'count', first, berlin, true), start: first, regenerate, dead: false }
    return {
      ...given,
      completedAt: given.complete ? given.completedAt : null,
      start,
      startUtc: inUtc(start),
      due,
      dueUtc: inUtc(due),
      recurrence: repeats,
      foreign: null,
    }
  })
