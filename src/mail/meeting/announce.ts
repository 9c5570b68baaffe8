// What an organizer's change makes necessary to say (RFC 5546 2.1.4, 3.2): who is invited, told or uninvited, by which mail.
import type { Account } from '../../model/account.ts'
import type { CalendarEvent } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import type { Prepared, SubmissionLimits } from '../submission.ts'

/** Whether the account organizes the event and others take part, or took part. */
export function organizes(_event: CalendarEvent, _account: Account): boolean {
  throw new Error('not written yet')
}

/**
 * `after` as it is to be stored by a server that mails: SEQUENCE and DTSTAMP raised where attendees have to hear of the change (RFC 5546
 * 2.1.4), of the series or of the occurrences that changed, and answers forgotten where the time changed. What changed nothing for
 * attendees, and what the account does not organize, comes back as it is. `before` is null for a new event.
 */
export function revised(_before: CalendarEvent | null, _after: CalendarEvent, _account: Account, _now: Instant): CalendarEvent {
  throw new Error('not written yet')
}

export interface Announcing {
  readonly account: Account
  readonly now: Instant
  readonly limits: SubmissionLimits
  /** The files of `after`; nothing where it is null. */
  readonly source: Uint8Array
}

/**
 * The mails that go out when the account's event turns from `before` (null: it is new) into `after` (null: it is gone), which was
 * `revised`; none where it is not his to tell of. Submit them with `submit(unit, account, mail, false)` in the unit that writes the event,
 * and kick the outbound queue after the commit.
 */
export function announcements(_before: CalendarEvent | null, _after: CalendarEvent | null, _options: Announcing): readonly Prepared[] {
  throw new Error('not written yet')
}
