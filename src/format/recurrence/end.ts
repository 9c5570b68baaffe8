// UNTIL in its three forms, as the instant that the model keeps and as the local time that expansion goes by.
import type { Instant } from '../../model/id.ts'
import { instantOfLocal, offsetAt } from '../time-zone/clock.ts'
import { day } from '../time-zone/rules.ts'
import type { Beginning } from './pattern.ts'
import type { RuleUntil } from './rule.ts'

/** The local time at or before which the last occurrence starts; never before the first. */
export function untilLocal(until: RuleUntil, beginning: Beginning): number {
  return Math.max(beginning.local, writtenLocal(until, beginning))
}

function writtenLocal({ form, at }: RuleUntil, { zone, allDay }: Beginning): number {
  if (form === 'utc') return at + offsetAt(zone, at)
  // RFC 5545 asks for a date only where the start is one; elsewhere programs mean the whole day.
  return form === 'date' && !allDay ? at + day - 1000 : at
}

/** `Recurrence.until`: of an all-day series midnight UTC of the date. */
export function untilInstant(until: RuleUntil, beginning: Beginning): Instant {
  const local = writtenLocal(until, beginning)
  if (beginning.allDay) return Math.floor(local / day) * day
  return until.form === 'utc' ? until.at : instantOfLocal(beginning.zone, local)
}
