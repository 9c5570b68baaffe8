// Where people are who work with this server.
import type { Config } from '../config.ts'
import type { Account } from '../model/account.ts'
import type { ZoneId } from '../model/zone.ts'

/** Tells where the owner of an account is: where the configuration says, else where the machine stands. */
export function openZones({ calendar }: Pick<Config, 'calendar'>): (account: Account) => ZoneId {
  const zone = (calendar.timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone) as ZoneId
  return () => zone
}
