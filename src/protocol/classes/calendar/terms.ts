// On whose terms a client writes to a calendar: its version, its account, what it said it knows.
import type { Account } from '../../../model/account.ts'
import type { CollectionOptions, Supported } from '../../../model/collection.ts'
import type { Dialect } from '../../../model/dialect.ts'
import type { CalendarEvent } from '../../../model/event.ts'
import type { Instant } from '../../../model/id.ts'
import type { ZoneId } from '../../../model/zone.ts'
import type { Call } from '../../command.ts'
import { quirksOf } from '../../quirks.ts'
import type { ClockFace } from './times.ts'

export interface Terms {
  readonly dialect: Dialect
  readonly account: Account
  /** Where the account's owner is. */
  readonly zone: ZoneId
  readonly now: Instant
  readonly supported: Supported
  readonly options: CollectionOptions
  /** Categories that a Change leaves out stay. */
  readonly categoriesStay: boolean
}

/** The terms of a call. */
export function termsOf({ dialect, account, house, device }: Call, supported: Supported, options: CollectionOptions): Terms {
  const { categoriesStay } = quirksOf(device)
  return { dialect, account, zone: house.zoneOf(account), now: house.clock.now(), supported, options, categoriesStay }
}

/** The clock by which an event's times are told. */
export function faceOf({ zone }: Pick<CalendarEvent, 'zone'>, { floatingDays }: Dialect): ClockFace {
  return { zone, floating: floatingDays }
}
