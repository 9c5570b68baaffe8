// Free and busy times as digits: the specification's own examples, all-day events where their owner is, working hours over a change of clocks.
import { describe, expect, test } from 'vitest'
import { busyTimes, mergedFreeBusy, timesOff, type BusyTime, type Digit } from '../../src/format/free-busy.ts'
import type { CalendarEvent } from '../../src/model/event.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import { anEvent } from '../support/records.ts'

const at = (text: string) => Date.parse(`2026-03-03T${text}Z`)
const busy = (start: string, end: string, digit: Digit = 2): BusyTime => ({ start: at(start), end: at(end), digit })
const berlin = 'Europe/Berlin' as ZoneId

describe('half hours', () => {
  const away = [busy('12:00:00', '12:05:00', 3)]
  test.each([
    // MS-ASCMD 2.2.3.107.
    ['12:00:00', '13:00:00', '30'],
    ['12:04:59', '13:00:00', '30'],
    ['12:05:00', '13:00:00', '00'],
    ['13:00:00', '13:30:00', '0'],
    ['12:59:59', '13:30:00', '00'],
    ['13:00:00', '13:30:01', '00'],
    ['11:30:00', '12:00:00', '0'],
    ['11:30:01', '12:00:01', '3'],
  ])('from %s to %s are %s', (from, to, digits) => {
    expect(mergedFreeBusy(away, at(from), at(to))).toBe(digits)
  })

  test('have the highest digit of what touches them', () => {
    const times = [busy('09:25:00', '09:30:00'), busy('09:00:00', '10:00:00', 1), busy('10:29:59', '11:00:00', 3)]
    expect(mergedFreeBusy(times, at('09:00:00'), at('11:30:00'))).toBe('21330')
  })

  test('are 2016 of 42 days, whatever reaches beyond them', () => {
    const times = [busy('00:00:00', '00:00:01'), { start: 0, end: Number.MAX_SAFE_INTEGER, digit: 1 } as const]
    const digits = mergedFreeBusy(times, at('00:00:00'), at('00:00:00') + 42 * 86_400_000)
    expect([digits.length, digits.slice(0, 3), new Set(digits.slice(1)).size]).toEqual([2016, '211', 1])
  })
})

describe('an event', () => {
  const digits = (changes: Partial<CalendarEvent>, zone = berlin) =>
    mergedFreeBusy(busyTimes(anEvent(changes), zone, at('08:00:00'), at('11:00:00')), at('08:00:00'), at('11:00:00'))

  test.each<[string, Partial<CalendarEvent>, string]>([
    ['that is busy', {}, '002200'],
    ['that is tentative', { busyStatus: 1 }, '001100'],
    ['out of office', { busyStatus: 3 }, '003300'],
    ['that takes no time', { busyStatus: 0 }, '000000'],
    ['elsewhere, where he can be met', { busyStatus: 4 }, '000000'],
    ['that is private', { sensitivity: 2 }, '002200'],
    ['that was cancelled', { meetingStatus: 5 }, '000000'],
    ['that he declined', { responseType: 4 }, '000000'],
    ['that he has not answered', { responseType: 5, busyStatus: 1 }, '001100'],
    ['without a length', { end: at('09:00:00') }, '000000'],
    ['on another day', { start: at('09:00:00') + 86_400_000, end: at('10:00:00') + 86_400_000 }, '000000'],
  ])('%s', (_what, changes, expected) => {
    expect(digits(changes)).toBe(expected)
  })

  test('of a whole day takes the day of its owner', () => {
    const day = { allDay: true, start: at('00:00:00'), end: at('00:00:00') + 86_400_000 }
    const from = at('00:00:00') - 86_400_000
    const whole = (zone: string) => {
      const text = mergedFreeBusy(busyTimes(anEvent(day), zone as ZoneId, from, from + 3 * 86_400_000), from, from + 3 * 86_400_000)
      return [text.indexOf('2') / 2, (text.lastIndexOf('2') + 1) / 2]
    }
    expect(whole('Europe/Berlin')).toEqual([23, 47])
    expect(whole('America/Los_Angeles')).toEqual([32, 56])
    expect(whole('Pacific/Kiritimati')).toEqual([10, 34])
    expect(whole('Etc/GMT+12')).toEqual([36, 60])
  })
})

describe('working hours', () => {
  const weekdays = { days: [1, 2, 3, 4, 5], start: 9 * 60, end: 17 * 60 }
  const shown = (times: readonly BusyTime[]) =>
    times.map(({ start, end }) => [start, end].map((time) => new Date(time).toISOString().slice(5, 16)))

  test('leave the rest of the time off, by the clock of their owner, over a change of clocks', () => {
    // Saturday to Monday: clocks go forward on Sunday.
    const times = timesOff(weekdays, berlin, Date.parse('2026-03-27T00:00Z'), Date.parse('2026-03-31T00:00Z'))
    expect(shown(times)).toEqual([
      ['03-27T00:00', '03-27T08:00'],
      ['03-27T16:00', '03-30T07:00'],
      ['03-30T15:00', '03-31T00:00'],
    ])
  })

  test('hide nothing of a question that lies within them, and all of one that lies outside', () => {
    expect(timesOff(weekdays, berlin, at('08:00:00'), at('16:00:00'))).toEqual([])
    expect(timesOff(weekdays, berlin, at('16:00:00'), at('17:00:00'))).toEqual([busy('16:00:00', '17:00:00', 3)])
    expect(timesOff({ ...weekdays, days: [0] }, berlin, at('08:00:00'), at('16:00:00'))).toEqual([busy('08:00:00', '16:00:00', 3)])
  })

  test('may last the whole day, and all days', () => {
    const always = { days: [0, 1, 2, 3, 4, 5, 6], start: 0, end: 1440 }
    expect(timesOff(always, 'Australia/Lord_Howe' as ZoneId, at('00:00:00'), at('00:00:00') + 42 * 86_400_000)).toEqual([])
  })
})
