// What a device wants to hold of a collection: how far back, how much at once.
import type { Instant } from '../model/id.ts'

const day = 86_400_000

/** MS-ASCMD 2.2.3.68.2: days of a FilterType; the others have no bound in time. */
const filterDays: Readonly<Record<number, number>> = { 1: 1, 2: 3, 3: 7, 4: 14, 5: 30, 6: 90, 7: 180 }

/**
 * The oldest date inside the window of a FilterType; null where there is no limit. Whole days, so that the cut moves
 * once a day and not with every request. 8 (incomplete tasks) cuts at the first instant: a completed task's date is 0.
 */
export function cutOf(filterType: number, now: Instant): Instant | null {
  if (filterType === 8) return 1
  const days = filterDays[filterType]
  return days === undefined ? null : Math.floor(now / day) * day - days * day
}

/** Whether an item with this date is inside the window. */
export function isInside(date: Instant | null, cut: Instant | null): boolean {
  return date === null || cut === null || date >= cut
}

/** MS-ASCMD 2.2.3.199: 1 to 512, 100 when missing; 0 and what lies above count as 512. */
export function windowSize(asked: number | undefined, max: number): number {
  if (asked === undefined) return Math.min(100, max)
  return asked < 1 || asked > max ? max : asked
}

/** What one proposal may hold. */
export interface Budget {
  /** Items of the window still free; the caller lowers it over several collections. */
  readonly items: number
  /** Bytes of item content, estimated; the first item always fits. */
  readonly bytes: number
  /** What one item can cost at most after truncation. */
  readonly itemBytesMax: number
  /** When to stop looking, by the clock. */
  readonly deadline: Instant
}
