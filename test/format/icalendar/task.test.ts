// Tasks of calendars (VTODO), and what phones make of them.
import { describe, expect, test } from 'vitest'
import type { Task } from '../../../src/model/task.ts'
import type { ZoneId } from '../../../src/model/zone.ts'
import { berlin, calendar, read, rewritten, written } from './support.ts'

const vtodo = (...lines: readonly string[]) => ['BEGIN:VTODO', 'UID:one', 'DTSTAMP:20260101T000000Z', ...lines, 'END:VTODO']
const task = (...lines: readonly string[]): Task => read(calendar(...vtodo(...lines))).calendar.tasks[0]!
const day = Date.UTC(2026, 1, 1)

describe('a task', () => {
  test('is due on a day, told by the user’s clock and in UTC', () => {
    expect(task('DTSTART;VALUE=DATE:20260201', 'DUE;VALUE=DATE:20260203')).toMatchObject({
      start: day,
      startUtc: day - 3_600_000,
      due: day + 2 * 86_400_000,
      dueUtc: day + 2 * 86_400_000 - 3_600_000,
    })
    expect(task('DUE:20260201T120000Z')).toMatchObject({ start: null, due: Date.UTC(2026, 1, 1, 13), dueUtc: Date.UTC(2026, 1, 1, 12) })
    expect(task('DTSTART:20260201T100000', 'DURATION:PT2H').due).toBe(Date.UTC(2026, 1, 1, 12))
  })

  test('goes out with its day as it came, and with another if it was put off', () => {
    const due = 'DUE;TZID=America/New_York:20260131T180000'
    const text = calendar(...vtodo(due, 'DTSTART:20260115T090000'))
    expect(rewritten(text)).toEqual(expect.arrayContaining([due, 'DTSTART:20260115T090000', 'TZID:America/New_York']))
    const later = { ...task(due), due: day + 86_400_000, dueUtc: day + 86_400_000 - 3_600_000 }
    expect(written({ tasks: [later] })).toContain('DUE;VALUE=DATE:20260202')
  })

  test('is done, half done, important, private', () => {
    expect(task('STATUS:COMPLETED', 'COMPLETED:20260201T120000Z', 'PRIORITY:2', 'CLASS:PRIVATE')).toMatchObject({
      complete: true,
      completedAt: Date.UTC(2026, 1, 1, 12),
      importance: 2,
      sensitivity: 2,
    })
    expect(task('PERCENT-COMPLETE:100').complete).toBe(true)
    expect(task('PERCENT-COMPLETE:40', 'STATUS:IN-PROCESS', 'PRIORITY:7')).toMatchObject({ complete: false, importance: 0 })
    expect(rewritten(calendar(...vtodo('PERCENT-COMPLETE:40', 'STATUS:IN-PROCESS', 'PRIORITY:7')))).toEqual(
      expect.arrayContaining(['PERCENT-COMPLETE:40', 'STATUS:IN-PROCESS', 'PRIORITY:7']),
    )
  })

  test('that is done on the phone goes out done', () => {
    const half = task('PERCENT-COMPLETE:40', 'STATUS:IN-PROCESS')
    const out = written({ tasks: [{ ...half, complete: true, completedAt: day }] })
    expect(out).toEqual(expect.arrayContaining(['STATUS:COMPLETED', 'PERCENT-COMPLETE:100', 'COMPLETED:20260201T000000Z']))
    expect(out).not.toContain('STATUS:IN-PROCESS')
  })

  test('reminds at a time, or before it begins or is due', () => {
    const alarm = (trigger: string) => ['BEGIN:VALARM', 'ACTION:DISPLAY', trigger, 'END:VALARM']
    expect(task(...alarm('TRIGGER;VALUE=DATE-TIME:20260201T080000Z')).reminder).toBe(Date.UTC(2026, 1, 1, 8))
    expect(task('DUE:20260201T120000Z', ...alarm('TRIGGER;RELATED=END:-PT30M')).reminder).toBe(Date.UTC(2026, 1, 1, 11, 30))
    expect(rewritten(calendar(...vtodo('DUE:20260201T120000Z', ...alarm('TRIGGER;RELATED=END:-PT30M'))))).toContain(
      'TRIGGER;VALUE=DATE-TIME:20260201T113000Z',
    )
  })

  test('repeats', () => {
    const text = calendar(...vtodo('DTSTART;VALUE=DATE:20260202', 'DUE;VALUE=DATE:20260203', 'RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=5'))
    expect(read(text).calendar.tasks[0]!.recurrence).toMatchObject({
      type: 1,
      daysOfWeek: 2,
      occurrences: 5,
      start: Date.UTC(2026, 1, 2),
      regenerate: false,
    })
    expect(rewritten(text)).toEqual(expect.arrayContaining([expect.stringMatching(/^RRULE:FREQ=WEEKLY;.*COUNT=5/)]))
  })

  test('keeps what nobody here knows', () => {
    const lines = ['CREATED:20200101T000000Z', 'RELATED-TO:two', 'X-APPLE-SORT-ORDER:7', 'LOCATION:Attic', 'SUMMARY;LANGUAGE=de:Aufräumen']
    expect(rewritten(calendar(...vtodo(...lines)))).toEqual(expect.arrayContaining(lines))
  })

  test('that is one of a series is a task of its own', () => {
    const text = calendar(
      ...vtodo('DTSTART;VALUE=DATE:20260202', 'RRULE:FREQ=DAILY'),
      ...vtodo('RECURRENCE-ID;VALUE=DATE:20260203', 'SUMMARY:that one'),
    )
    expect(read(text).calendar.tasks.map(({ uid }) => uid)).toEqual(['one', 'one/20260203'])
  })

  test('is read in the zone that is asked for', () => {
    const { tasks } = read(calendar(...vtodo('DUE;VALUE=DATE:20260201')), 'Asia/Tokyo' as ZoneId).calendar
    expect([tasks[0]!.due, tasks[0]!.dueUtc]).toEqual([day, day - 9 * 3_600_000])
    expect(berlin).toBe('Europe/Berlin')
  })
})
