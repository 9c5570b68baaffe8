// What is left of a recurring task when its present occurrence is done.
import { describe, expect, it } from 'vitest'
import { taskOccurrenceAfter } from '../../src/format/recurrence.ts'
import { at, date, iso, recurrence, task, zone } from './series.ts'

const berlin = zone('Europe/Berlin')

describe('a task that recurs by its pattern', () => {
  it('comes again on the next date of the pattern, however late it was done', () => {
    const next = taskOccurrenceAfter(task({}, { type: 1, daysOfWeek: 2 }))
    expect(next).toMatchObject({
      complete: false,
      completedAt: null,
      start: at('2026-03-09'),
      due: at('2026-03-10'),
      reminder: at('2026-03-09T07:30Z'),
    })
    expect(next?.recurrence).toEqual(task({}, { type: 1, daysOfWeek: 2 }).recurrence)
  })

  it('keeps its local midnight through summer time where the zone is known', () => {
    const weekly = task(
      { start: at('2026-03-23'), startUtc: at('2026-03-22T23:00Z'), reminder: at('2026-03-23T07:30Z') },
      { type: 1, daysOfWeek: 2 },
    )
    const next = taskOccurrenceAfter(weekly, berlin)
    expect(next?.startUtc).toBe(at('2026-03-29T22:00Z'))
    expect(next?.reminder).toBe(at('2026-03-30T06:30Z'))
    expect(taskOccurrenceAfter(weekly)?.startUtc).toBe(at('2026-03-29T23:00Z'))
  })

  it('goes by its due date where it has no other', () => {
    const next = taskOccurrenceAfter(
      task({ start: null, startUtc: null, due: at('2026-03-31') }, { type: 2, dayOfMonth: 31, start: at('2026-01-31') }),
    )
    expect(next).toMatchObject({ start: null, startUtc: null, due: at('2026-05-31') })
  })

  it('goes by the start of the recurrence where it has no dates', () => {
    const next = taskOccurrenceAfter(task({ start: null, startUtc: null, due: null, dueUtc: null }, { type: 0, interval: 2 }))
    expect(next).toMatchObject({ start: null, due: null, reminder: at('2026-03-04T07:30Z') })
  })

  it('ends with the number of occurrences or the last date', () => {
    const last = task({ start: at('2026-03-04'), due: null }, { type: 0, occurrences: 3 })
    expect(taskOccurrenceAfter(last)).toBeNull()
    expect(taskOccurrenceAfter({ ...last, start: at('2026-03-03') })?.start).toBe(at('2026-03-04'))
    expect(taskOccurrenceAfter(task({}, { type: 0, until: at('2026-03-02') }))).toBeNull()
  })

  it('of the month in the Chinese calendar comes with the moon', () => {
    const next = taskOccurrenceAfter(
      task({ start: at('2026-03-03'), due: null }, { ...recurrence(2, { dayOfMonth: 15, calendarType: 15 }), start: at('2026-03-03') }),
    )
    expect(next?.start).toBe(at('2026-04-02'))
  })
})

describe('a task that regenerates', () => {
  it.each([
    ['days', 0, '2026-03-07'],
    ['weeks', 1, '2026-03-19'],
    ['months', 2, '2026-05-05'],
    ['years', 5, '2028-03-05'],
  ] as const)('comes again so many %s after it was done', (_, type, expected) => {
    const next = taskOccurrenceAfter(task({}, { type, interval: 2, regenerate: true }))
    expect(next?.start === null || next === null ? null : date(next.start)).toBe(expected)
    expect(next?.recurrence?.start).toBe(next?.start)
  })

  it('was done on the day that its owner had', () => {
    const late = task({ completedAt: at('2026-03-05T23:30Z') }, { type: 0, regenerate: true })
    expect(taskOccurrenceAfter(late, berlin)?.start).toBe(at('2026-03-07'))
    expect(taskOccurrenceAfter(late)?.start).toBe(at('2026-03-06'))
  })

  it('keeps what lies between start and due date, and its time of day', () => {
    const next = taskOccurrenceAfter(task({ start: at('2026-03-02T08:00Z'), due: at('2026-03-04T08:00Z') }, { type: 0, regenerate: true }))
    expect([next?.start, next?.due].map((each) => iso(each ?? 0))).toEqual(['2026-03-06T08:00Z', '2026-03-08T08:00Z'])
  })

  it('is done one time less each time', () => {
    expect(taskOccurrenceAfter(task({}, { type: 0, regenerate: true, occurrences: 3 }))?.recurrence?.occurrences).toBe(2)
    expect(taskOccurrenceAfter(task({}, { type: 0, regenerate: true, occurrences: 1 }))).toBeNull()
    expect(taskOccurrenceAfter(task({}, { type: 0, regenerate: true, until: at('2026-03-05') }))).toBeNull()
  })
})

describe('a task that comes no more', () => {
  it('is one that never recurred, and one that is dead', () => {
    expect(taskOccurrenceAfter(task({}, null))).toBeNull()
    expect(taskOccurrenceAfter(task({}, { type: 0, dead: true }))).toBeNull()
  })
})
