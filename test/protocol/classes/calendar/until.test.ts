// The end of a series as Android's clients write it: the day alone, whatever the time.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addEvent,
  anHour,
  changeEvent,
  compact,
  oldVersions,
  properties,
  property,
  textsAt,
  toldEvent,
  twoPhones,
  zoneText,
} from '../../../support/phone-events.ts'
import { eventOf, ownMeeting, putEvent, weekly } from '../../../support/meetings.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { el } from '../../../support/wire.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const hour = 3_600_000

interface Series {
  readonly zone: string
  readonly start: string
  readonly allDay?: boolean
}

/** A daily series of this start, for an Add or a Change of a phone. */
function daily(version: string, uid: string, { zone, start, allDay = false }: Series, Until: string) {
  return anHour(version, {
    UID: uid,
    Timezone: zoneText(zone, start),
    AllDayEvent: allDay ? 1 : 0,
    StartTime: compact(start),
    EndTime: compact(Date.parse(start) + (allDay ? 24 : 1) * hour),
    Recurrence: properties({ Type: 0, Interval: 1, Until }),
  })
}

/** The day alone, as it is in UTC, or by the clock of a zone. */
const utcDay = (at: string) => `${at.slice(0, 8)}T000000Z`
const localDay = (at: string, zone: string) => {
  const instant = at.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z')
  return `${Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDate().toString().replaceAll('-', '')}T000000Z`
}

const berlin: Series = { zone: 'Europe/Berlin', start: '2026-03-03T09:00:00Z' }
const cases: readonly (readonly [string, Series, sent: string, told: string])[] = [
  ['a series of the morning', berlin, '20260305T000000Z', '20260305T090000Z'],
  ['a series over the change to summer time', berlin, '20260405T000000Z', '20260405T080000Z'],
  [
    'one of a late evening in New York',
    { zone: 'America/New_York', start: '2026-01-05T03:00:00Z' },
    '20260106T000000Z',
    '20260107T030000Z',
  ],
  [
    'one at midnight in UTC, which says its time',
    { zone: 'America/New_York', start: '2026-01-05T00:00:00Z' },
    '20260108T000000Z',
    '20260108T000000Z',
  ],
  ['one of a day only', berlin, '20260303T000000Z', '20260303T090000Z'],
  ['days in New York', { zone: 'America/New_York', start: '2026-01-05T05:00:00Z', allDay: true }, '20260108T000000Z', '20260108T050000Z'],
  ['days in Tokyo', { zone: 'Asia/Tokyo', start: '2026-01-04T15:00:00Z', allDay: true }, '20260108T000000Z', '20260108T000000Z'],
  ['days in London', { zone: 'Europe/London', start: '2026-01-05T00:00:00Z', allDay: true }, '20260108T000000Z', '20260108T000000Z'],
]

describe.each(oldVersions)('in %s', (version) => {
  test.each(cases)('%s goes on to the end of that day', async (_, series, sent, told) => {
    const { phone, other } = await twoPhones(server, version)
    expect((await addEvent(phone, daily(version, 'one', series, sent))).status).toBe(1)
    expect(textsAt(await toldEvent(other, 'Review'), 'Recurrence/Until')).toEqual([told])
  })
})

const ends: readonly (readonly [string, Series, until: string])[] = [
  ['of the morning', berlin, '20260312T090000Z'],
  ['of the evening in New York', { zone: 'America/New_York', start: '2026-01-05T03:00:00Z' }, '20260115T030000Z'],
  ['of the early morning in Tokyo', { zone: 'Asia/Tokyo', start: '2026-01-04T22:00:00Z' }, '20260114T220000Z'],
  ['that ends with a second of the day', berlin, '20260312T225959Z'],
  ['of days in Tokyo', { zone: 'Asia/Tokyo', start: '2026-01-04T15:00:00Z', allDay: true }, '20260115T000000Z'],
  ['of days in New York', { zone: 'America/New_York', start: '2026-01-05T05:00:00Z', allDay: true }, '20260115T050000Z'],
]

describe.each([
  ['in UTC', (until: string) => utcDay(until)],
  ['by its own clock', localDay],
] as const)('whoever edits a series and cuts its end to the day %s', (_, cut) => {
  test.each(ends)('%s takes no occurrence away, and leaves its exceptions', async (__, series, until) => {
    const { phone, other } = await twoPhones(server, '14.1')
    const named = compact(Date.parse(series.start) + 24 * hour)
    const exception = el('Calendar:Exception', properties({ ExceptionStartTime: named, Subject: 'Other' }))
    const nodes = daily('14.1', 'one', series, until)
    const { id } = await addEvent(phone, [...nodes, el('Calendar:Exceptions', [exception])])
    const edited = daily('14.1', 'one', series, cut(until, series.zone)).map((node) =>
      node.name === 'Calendar:Subject' ? el(node.name, 'Renamed') : node,
    )
    expect((await changeEvent(phone, id, edited)).status).toBe(1)
    const item = await toldEvent(other, 'Renamed')
    expect(textsAt(item, 'Recurrence/Until')).toEqual([until])
    expect(textsAt(item, 'Exceptions/Exception/ExceptionStartTime')).toEqual([named])
    expect(property(item, 'StartTime')).toBe(compact(series.start))
  })
})

test.each(['14.1', '16.1'])('whoever repeats in %s an end that another program put at midnight leaves it there', async (version) => {
  const { phone, address } = await twoPhones(server, version)
  const until = Date.UTC(2026, 2, 17)
  const exceptions = [{ original: Date.UTC(2026, 2, 10, 9), deleted: false, changes: { subject: 'Other' } }]
  const event = ownMeeting(address, [], { recurrence: { ...weekly!, occurrences: null, until }, exceptions })
  const id = await putEvent(server, address, event)
  const told = await toldEvent(phone, 'Tea')
  const times = ['Timezone', 'AllDayEvent', 'StartTime', 'EndTime', 'Recurrence'].map((name) => told.nodes.get(`Calendar:${name}`)!)
  expect((await changeEvent(phone, id, [...times, ...properties({ Subject: 'Renamed' })])).status).toBe(1)
  expect(await eventOf(server, address)).toMatchObject({ subject: 'Renamed', recurrence: { until }, exceptions })
})

test('whoever moves a series that ends at midnight in UTC within its evening takes no occurrence away', async () => {
  const { phone, other } = await twoPhones(server, '14.1')
  const evening: Series = { zone: 'America/New_York', start: '2026-01-05T00:00:00Z' }
  const { id } = await addEvent(phone, daily('14.1', 'one', evening, '20260108T000000Z'))
  const later = { ...evening, start: '2026-01-05T01:00:00Z' }
  expect((await changeEvent(phone, id, daily('14.1', 'one', later, '20260108T000000Z'))).status).toBe(1)
  expect(textsAt(await toldEvent(other, 'Review'), 'Recurrence/Until')).toEqual(['20260108T010000Z'])
})
