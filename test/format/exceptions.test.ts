// A series with its exceptions: what takes place when, which occurrence a client means, and when it is over.
import { describe, expect, it } from 'vitest'
import { eventOccurrences, isOccurrence, lastEnd, occasionAt, originalOf } from '../../src/format/recurrence.ts'
import type { CalendarEvent } from '../../src/model/event.ts'
import { at, date, day, deleted, event, iso, moved, recurrence, ruled, zone } from './series.ts'

// Mondays at ten in Berlin.
const weekly = (fields: Partial<CalendarEvent> = {}) => event('2026-03-02T09:00Z', { recurrence: recurrence(1), ...fields })
const told = (series: CalendarEvent, from: string | null, to: string | null, limit = 20) =>
  eventOccurrences(series, from === null ? null : at(from), to === null ? null : at(to), limit).map(
    ({ original, occasion, isException }) => `${iso(occasion.start)}${isException ? ` for ${iso(original)}` : ''}`,
  )

describe('the occurrences of an event', () => {
  it('are those of its recurrence, without the deleted and with the moved', () => {
    const series = weekly({
      exceptions: [deleted('2026-03-09T09:00Z'), moved('2026-03-16T09:00Z', '2026-03-17T14:00Z', '2026-03-17T16:00Z')],
    })
    expect(told(series, null, '2026-04-01')).toEqual([
      '2026-03-02T09:00Z',
      '2026-03-17T14:00Z for 2026-03-16T09:00Z',
      '2026-03-23T09:00Z',
      '2026-03-30T08:00Z',
    ])
  })

  it('come in the order in which they take place, also where one moved past others', () => {
    const series = weekly({ exceptions: [moved('2026-03-02T09:00Z', '2026-03-20T09:00Z', '2026-03-20T10:00Z')] })
    expect(told(series, null, null, 3)).toEqual(['2026-03-09T09:00Z', '2026-03-16T09:00Z', '2026-03-20T09:00Z for 2026-03-02T09:00Z'])
  })

  it('are found where they moved to, and not where they moved from', () => {
    const series = weekly({ exceptions: [moved('2026-03-02T09:00Z', '2027-01-08T09:00Z', '2027-01-08T10:00Z')] })
    expect(told(series, '2026-03-01', '2026-03-05')).toEqual([])
    expect(told(series, '2027-01-08', '2027-01-09')).toEqual(['2027-01-08T09:00Z for 2026-03-02T09:00Z'])
  })

  it('inherit what they have not of their own, and nothing that belongs to the series', () => {
    const series = weekly({
      exceptions: [{ original: at('2026-03-09T09:00Z'), deleted: false, changes: { subject: 'Monthly', reminder: null } }],
    })
    const [, second] = eventOccurrences(series, null, null, 2)
    expect(second).toMatchObject({
      isException: true,
      occasion: { subject: 'Monthly', reminder: null, start: at('2026-03-09T09:00Z'), end: at('2026-03-09T10:00Z'), busyStatus: 2 },
    })
    expect(second?.occasion).not.toHaveProperty('recurrence')
    expect(second?.occasion).not.toHaveProperty('uid')
  })

  it('may last all day where the series does not, from midnight in its zone', () => {
    const whole = {
      original: at('2026-03-09T09:00Z'),
      deleted: false,
      changes: { allDay: true, start: at('2026-03-10'), end: at('2026-03-11') },
    }
    const series = weekly({ exceptions: [whole] })
    expect(told(series, '2026-03-09T22:00Z', '2026-03-09T23:00Z')).toEqual([])
    expect(told(series, '2026-03-09T23:00Z', '2026-03-09T23:01Z')).toEqual(['2026-03-10T00:00Z for 2026-03-09T09:00Z'])
    expect(lastEnd({ ...series, recurrence: recurrence(1, { occurrences: 2 }) })).toBe(at('2026-03-10T23:00Z'))
  })

  it('may take an hour where the series lasts all day', () => {
    const series = event('2026-03-02', {
      allDay: true,
      recurrence: recurrence(0),
      exceptions: [moved('2026-03-03', '2026-03-03T22:30Z', '2026-03-03T23:30Z')],
    })
    const found = eventOccurrences(series, at('2026-03-03'), at('2026-03-05'), 9).map(({ original }) => date(original))
    expect(found).toEqual(['2026-03-03', '2026-03-04'])
  })

  it('can be more than the recurrence has: other programs add dates', () => {
    const series = weekly({
      recurrence: recurrence(1, { occurrences: 1 }),
      exceptions: [{ original: at('2026-03-05T09:00Z'), deleted: false, changes: {} }],
    })
    expect(told(series, null, null)).toEqual(['2026-03-02T09:00Z', '2026-03-05T09:00Z for 2026-03-05T09:00Z'])
    expect(occasionAt(series, at('2026-03-05T09:00Z'))).toMatchObject({ end: at('2026-03-05T10:00Z') })
    expect(lastEnd(series)).toBe(at('2026-03-05T10:00Z'))
  })

  it('of an event that does not repeat are the event', () => {
    expect(told(event('2026-03-02T09:00Z'), null, null)).toEqual(['2026-03-02T09:00Z'])
    expect(occasionAt(event('2026-03-02T09:00Z'), at('2026-03-02T09:00Z'))?.subject).toBe('Weekly')
    expect(occasionAt(event('2026-03-02T09:00Z'), at('2026-03-09T09:00Z'))).toBeNull()
  })

  it('are as many as were asked for, whatever was deleted', () => {
    const daily = weekly({ zone: zone('UTC'), recurrence: recurrence(0) })
    const exceptions = Array.from({ length: 50 }, (_, index) => ({ original: daily.start + index * day, deleted: true, changes: {} }))
    const series = { ...daily, exceptions }
    expect(eventOccurrences(series, null, null, 3)).toHaveLength(3)
    expect(eventOccurrences(series, null, null, 0)).toEqual([])
  })
})

describe('the occurrence that a client means', () => {
  it('is the one that starts then, in summer too', () => {
    expect(isOccurrence(weekly(), at('2026-03-30T08:00Z'))).toBe(true)
    expect(isOccurrence(weekly(), at('2026-03-30T09:00Z'))).toBe(false)
    expect(originalOf(weekly(), at('2026-03-30T08:00Z'))).toBe(at('2026-03-30T08:00Z'))
    expect(originalOf(weekly(), at('2026-03-31T08:00Z'))).toBeNull()
  })

  it('is the one of the same minute where seconds were lost', () => {
    const series = event('2026-03-02T09:00:31Z', { recurrence: recurrence(1) })
    expect(originalOf(series, at('2026-03-09T09:00Z'))).toBe(at('2026-03-09T09:00:31Z'))
    expect(occasionAt({ ...series, exceptions: [deleted('2026-03-09T09:00Z')] }, at('2026-03-09T09:00:31Z'))).toBeNull()
  })

  it('is the one an hour off where winter time was reckoned through the summer', () => {
    expect(originalOf(weekly(), at('2026-03-30T09:00Z'))).toBe(at('2026-03-30T08:00Z'))
    expect(originalOf(weekly(), at('2026-03-30T08:30Z'))).toBeNull()
    const tokyo = weekly({ zone: zone('Asia/Tokyo') })
    expect(originalOf(tokyo, at('2026-03-30T10:00Z'))).toBeNull()
  })

  it('is the half hour off on Lord Howe', () => {
    const series = weekly({ zone: zone('Australia/Lord_Howe') })
    expect(originalOf(series, at('2026-04-13T09:30Z'))).toBe(at('2026-04-13T09:30Z'))
    expect(originalOf(series, at('2026-04-13T09:00Z'))).toBe(at('2026-04-13T09:30Z'))
  })

  it('is no other where two are as near', () => {
    const hourly = weekly({ recurrence: ruled('FREQ=HOURLY') })
    expect(originalOf(hourly, at('2026-03-30T09:30Z'))).toBeNull()
  })

  it('is the date of an all-day series that begins then where its owner lives', () => {
    const series = event('2026-03-02', { allDay: true, recurrence: recurrence(0) })
    expect(originalOf(series, at('2026-03-09'))).toBe(at('2026-03-09'))
    expect(originalOf(series, at('2026-03-08T23:00Z'))).toBe(at('2026-03-09'))
    expect(originalOf(series, at('2026-07-08T22:00Z'))).toBe(at('2026-07-09'))
    expect(originalOf({ ...series, zone: zone('America/New_York') }, at('2026-03-09T04:00Z'))).toBe(at('2026-03-09'))
  })

  it('has its exception, however the client called it', () => {
    const series = weekly({ exceptions: [moved('2026-03-30T09:00Z', '2026-03-31T09:00Z', '2026-03-31T10:00Z')] })
    expect(told(series, '2026-03-29', '2026-04-01')).toEqual(['2026-03-31T09:00Z for 2026-03-30T08:00Z'])
    expect(occasionAt(series, at('2026-03-30T08:00Z'))?.start).toBe(at('2026-03-31T09:00Z'))
  })
})

describe('the end of a series', () => {
  const ten = recurrence(1, { occurrences: 10 })

  it('is that of its last occurrence', () => {
    expect(lastEnd(weekly({ recurrence: ten }))).toBe(at('2026-05-04T09:00Z'))
    expect(lastEnd(weekly({ recurrence: recurrence(1, { until: at('2026-05-06') }) }))).toBe(at('2026-05-04T09:00Z'))
    expect(lastEnd(weekly({ recurrence: recurrence(0, { occurrences: 999 }) }))).toBe(at('2026-03-02T10:00Z') + 998 * day)
    expect(lastEnd(weekly({ recurrence: null }))).toBe(at('2026-03-02T10:00Z'))
  })

  it('comes with the moon', () => {
    const newYear = { monthOfYear: 1, dayOfMonth: 1, calendarType: 15 } as const
    const series = event('1990-01-27', { allDay: true, recurrence: recurrence(5, { ...newYear, until: at('2026-06-01') }) })
    expect(lastEnd(series)).toBe(at('2026-02-18'))
    expect(lastEnd({ ...series, recurrence: recurrence(5, { ...newYear, occurrences: 2 }) })).toBe(at('1991-02-16'))
    expect(lastEnd({ ...series, recurrence: recurrence(5, { ...newYear, interval: 30, until: at('2049-01-01') }) })).toBe(at('2020-01-26'))
  })

  it('never comes where there is none', () => {
    expect(lastEnd(weekly())).toBeNull()
    expect(lastEnd(weekly({ recurrence: ruled('FREQ=YEARLY') }))).toBeNull()
  })

  it('comes later where one moved beyond it', () => {
    const series = weekly({ recurrence: ten, exceptions: [moved('2026-03-09T09:00Z', '2026-08-01T09:00Z', '2026-08-01T12:00Z')] })
    expect(lastEnd(series)).toBe(at('2026-08-01T12:00Z'))
  })

  it('comes earlier where the last ones were deleted or moved to before', () => {
    const exceptions = [deleted('2026-05-04T08:00Z'), moved('2026-04-27T08:00Z', '2026-04-26T08:00Z', '2026-04-26T09:00Z')]
    expect(lastEnd(weekly({ recurrence: ten, exceptions }))).toBe(at('2026-04-26T09:00Z'))
    expect(lastEnd(weekly({ recurrence: recurrence(1, { until: at('2026-05-04T08:00Z') }), exceptions }))).toBe(at('2026-04-26T09:00Z'))
  })

  it('is that of the first where all were deleted', () => {
    const two = recurrence(1, { occurrences: 2 })
    expect(lastEnd(weekly({ recurrence: two, exceptions: [deleted('2026-03-02T09:00Z'), deleted('2026-03-09T09:00Z')] }))).toBe(
      at('2026-03-02T10:00Z'),
    )
  })

  it('of an all-day series is a date', () => {
    expect(lastEnd(event('2026-03-02', { allDay: true, recurrence: recurrence(0, { occurrences: 3 }) }))).toBe(at('2026-03-05'))
  })

  it('of a rule that never comes true is that of the start', () => {
    expect(lastEnd(weekly({ recurrence: ruled('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=3') }))).toBe(at('2026-03-02T10:00Z'))
  })
})
