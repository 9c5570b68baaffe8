// Settings of calendars.
import { z } from 'zod'
import { flag, group, text } from '../setting.ts'

const zone = z
  .string('must be text')
  .refine(isZone, 'must be a time zone such as Europe/Berlin')
  .transform((name) => new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone)
  .nullable()

export const calendarSettings = group({
  timeZone: text(zone, null, {
    environment: 'EASEL_TIME_ZONE',
    shown: "the machine's",
    description:
      'Where people are who have no time zone of their own: all-day events of older phones and times without a zone are read in it.',
  }),
  tentative: flag<boolean>(true, {
    environment: 'EASEL_TENTATIVE_MEETINGS',
    description: 'Whether invitations stand in the calendar, tentatively, before they are answered.',
  }),
})

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
