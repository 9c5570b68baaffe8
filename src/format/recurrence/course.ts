// When a series takes place, in local time written as if it were UTC: what every way of reckoning comes to.

/** When a series takes place. The start always belongs to it, and counts (RFC 5545 3.8.5.3), also where the rule would pass it over. */
export interface Course {
  /** Those within [from, to], ascending; null where a bound was reached before one was found. */
  within(from: number, to: number): readonly number[] | null
  /** The last at or before `to`; null if there is none. */
  lastUntil(to: number): number | null
  readonly isEndless: boolean
  /** A length of time in which there are about as many as this, or fewer. */
  span(limit: number): number
}

/** Compact dates have four digits for the year. */
export const horizon = Date.UTC(9999, 11, 31)

/** The start alone: what nobody can reckon. */
export function courseOfOne(start: number): Course {
  return {
    within: (from, to) => (from <= start && start <= to ? [start] : []),
    lastUntil: (to) => (start <= to ? start : null),
    isEndless: false,
    span: () => horizon,
  }
}
