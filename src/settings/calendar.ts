// Settings of calendars.
import { z } from 'zod'
import type { Account } from '../model/account.ts'
import type { ZoneId } from '../model/zone.ts'
import { flag, group, text, word } from '../setting.ts'

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
  freeBusy: word(['everybody', 'domain', 'nobody'], 'everybody', {
    environment: 'EASEL_FREE_BUSY',
    description:
      'Who is told when somebody else is free or busy, and nothing more: `everybody` who finds him in the address book, people of his mail `domain`, or `nobody`.',
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

/** Where the house is: where the configuration says, else where the machine is. */
export function houseZone({ timeZone }: { readonly timeZone: string | null }): ZoneId {
  return (timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone) as ZoneId
}

/** Where an account's owner is: where he says, else where the house is. */
export function zonesBy(calendar: { readonly timeZone: string | null }): (account: Pick<Account, 'timeZone'>) => ZoneId {
  const house = houseZone(calendar)
  return (account) => account.timeZone ?? house
}
