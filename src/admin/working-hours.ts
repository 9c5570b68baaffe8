// Where somebody is and when he works, as programs see it and say it.
import { z } from 'zod'
import { zoneNamed } from '../format/time-zone.ts'
import type { Account } from '../model/account.ts'
import type { WorkingHours } from '../model/working-hours.ts'
import type { ZoneId } from '../model/zone.ts'

/** In the order of their numbers. */
export const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const
export type Weekday = (typeof weekdays)[number]

export interface WorkingHoursView {
  readonly days: readonly Weekday[]
  /** `hh:mm`. */
  readonly start: string
  /** `hh:mm`, at most `24:00`. */
  readonly end: string
}

const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
const timeOf = (minutes: number) => [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')

const timeInput = z.string().regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time of the day looks like 09:00')

/** Working hours as they are said; the model's come out. */
export const workingHoursInput = z
  .object({ days: z.array(z.enum(weekdays)).min(1, 'there must be a day').max(7), start: timeInput, end: timeInput })
  .refine(({ start, end }) => minutesOf(start) < minutesOf(end), 'work begins before it ends')
  .transform(({ days, start, end }): WorkingHours => {
    const numbers = [...new Set(days.map((day) => weekdays.indexOf(day)))]
    return { days: numbers.toSorted((a, b) => a - b), start: minutesOf(start), end: minutesOf(end) }
  })

/** A time zone by any of its names; the id of the one we know by it comes out. */
export const zoneInput = z
  .string()
  .trim()
  .max(64, 'a time zone has at most 64 characters')
  .transform((name, context): ZoneId => {
    const zone = zoneNamed(name)
    if (zone !== null) return zone
    context.addIssue({ code: 'custom', message: 'must be a time zone such as Europe/Berlin' })
    return z.NEVER
  })

/** Fields left out stay; null takes back what was said. */
export const whereaboutsInput = z.object({
  timeZone: zoneInput.nullable().optional(),
  workingHours: workingHoursInput.nullable().optional(),
})

export interface WhereaboutsView {
  /** Null where the server's is his. */
  readonly timeZone: ZoneId | null
  readonly workingHours: WorkingHoursView | null
}

/** Of an account. */
export function whereaboutsView({ timeZone, workingHours }: Account): WhereaboutsView {
  if (workingHours === null) return { timeZone, workingHours }
  const { days, start, end } = workingHours
  return { timeZone, workingHours: { days: days.flatMap((day) => weekdays[day] ?? []), start: timeOf(start), end: timeOf(end) } }
}
