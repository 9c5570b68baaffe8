// Rules of a zone that repeat every year, and what the clocks do by them.
import type { Instant } from '../../model/id.ts'

/** When a clock is put forward or back each year, told in the clock that holds until then. */
export interface ZoneTurn {
  /** 1 to 12. */
  readonly month: number
  /** 0 Sunday … 6 Saturday. */
  readonly weekday: number
  /** 1 to 4; 5 the last of the month. */
  readonly week: number
  /** Milliseconds since midnight; 86,399,999 stands for the midnight that follows. */
  readonly timeOfDay: number
}

/** The rules of a zone that repeat every year. Offsets are minutes east of Greenwich (Berlin in winter: 60). */
export interface ZoneRules {
  readonly standard: number
  /** Null where the clocks are never changed. */
  readonly daylight: { readonly offset: number; readonly begins: ZoneTurn; readonly ends: ZoneTurn } | null
}

/** A stretch of time over which the clocks of a zone are not changed. */
export interface Stretch {
  /** The first instant; minus infinity where nothing went before. */
  readonly from: Instant
  /** One past the last; infinity where nothing follows. */
  readonly to: Instant
  /** Milliseconds east of Greenwich. */
  readonly offset: number
}

export const minute = 60_000
export const day = 86_400_000

/** The millisecond before midnight, with which Windows says midnight: at 0:00 a day would belong to the week before. */
export const lastOfDay = day - 1

/** The stretch of the rules that `instant` lies in. */
export function stretchOfRules(rules: ZoneRules, instant: Instant): Stretch {
  const standard = rules.standard * minute
  if (rules.daylight === null) return { from: -Infinity, to: Infinity, offset: standard }
  const daylight = rules.daylight.offset * minute
  const year = new Date(instant + standard).getUTCFullYear()
  const turns: { at: Instant; offset: number }[] = []
  for (let near = year - 1; near <= year + 1; near++) {
    turns.push({ at: turnOf(rules.daylight.begins, near, standard), offset: daylight })
    turns.push({ at: turnOf(rules.daylight.ends, near, daylight), offset: standard })
  }
  turns.sort((a, b) => a.at - b.at)
  const next = turns.findIndex(({ at }) => at > instant)
  const last = turns[next - 1]
  const following = turns[next]
  if (last === undefined || following === undefined) return { from: instant, to: instant + day, offset: standard }
  return { from: last.at, to: following.at, offset: last.offset }
}

/** When the clocks, `offset` milliseconds east until then, are changed in `year`. */
export function turnOf(turn: ZoneTurn, year: number, offset: number): Instant {
  const monthLength = new Date(Date.UTC(year, turn.month, 0)).getUTCDate()
  const first = 1 + ((turn.weekday - new Date(Date.UTC(year, turn.month - 1, 1)).getUTCDay() + 7) % 7)
  const date = first + 7 * (turn.week - 1)
  const midnight = Date.UTC(year, turn.month - 1, date > monthLength ? date - 7 : date)
  return midnight + (turn.timeOfDay === lastOfDay ? day : turn.timeOfDay) - offset
}

/** Whether two sets of rules say the same in the same words. */
export function sameRules(a: ZoneRules, b: ZoneRules): boolean {
  if (a.standard !== b.standard) return false
  if (a.daylight === null || b.daylight === null) return a.daylight === b.daylight
  return (
    a.daylight.offset === b.daylight.offset && sameTurn(a.daylight.begins, b.daylight.begins) && sameTurn(a.daylight.ends, b.daylight.ends)
  )
}

function sameTurn(a: ZoneTurn, b: ZoneTurn): boolean {
  return a.month === b.month && a.weekday === b.weekday && a.week === b.week && a.timeOfDay === b.timeOfDay
}
