// Whom the server tells of a client's change to a meeting: from 16.0 on it mails what the phone mailed before.
import type { Filed } from '../../../format/event-files.ts'
import { announcements, revised } from '../../../mail/meeting/announce.ts'
import { guestsOf } from '../../../mail/meeting/guests.ts'
import { isOwn } from '../../../mail/meeting/standing.ts'
import { submit } from '../../../mail/submission.ts'
import type { CalendarEvent } from '../../../model/event.ts'
import type { Unit } from '../../../store/store.ts'
import type { Call } from '../../command.ts'
import { dated } from './stored.ts'

/** Lives for one change of one event. */
export class MeetingPost {
  readonly #call: Call
  #hasMail = false

  constructor(call: Call) {
    this.#call = call
  }

  /** `after` with DTSTAMP and SEQUENCE as they belong to it; where the server mails, with the answers that still hold. */
  revise(before: CalendarEvent | null, after: CalendarEvent): CalendarEvent {
    const { account, house } = this.#call
    const now = house.clock.now()
    return this.#tells(before, after) ? revised(before, after, account, now) : dated(before, after, now)
  }

  /** Queues what guests have to hear, in the unit that writes the event; `after` is null where it is gone. */
  async send(unit: Unit, before: CalendarEvent | null, after: Filed | null): Promise<void> {
    if (!this.#tells(before, after?.event ?? null)) return
    const { account, house, trace } = this.#call
    const options = { account, now: house.clock.now(), limits: house.limits, source: after?.source ?? new Uint8Array(0) }
    const mails = announcements(before, after?.event ?? null, options)
    for (const mail of mails) await submit(unit, account, mail, false)
    this.#hasMail ||= mails.length > 0
    if (mails.length > 0) trace.note('meeting mail', { mails: mails.length })
  }

  /** After the commit. */
  readonly committed = (): void => {
    if (this.#hasMail) this.#call.house.submitter.kick()
  }

  /** Whether it is the server's to tell, and there is somebody to be told. */
  #tells(before: CalendarEvent | null, after: CalendarEvent | null): boolean {
    const { account, dialect, house } = this.#call
    // A device in quarantine writes into a calendar of its own, of which nobody hears.
    if (house.store.waitingRoom === house.store) return false
    const events = [before, after].filter((event) => event !== null)
    if (!dialect.meetingMail || !events.every((event) => isOwn(event, account))) return false
    return events.some(({ attendees, exceptions }) =>
      [attendees, ...exceptions.map(({ changes }) => changes.attendees ?? [])].some((people) => guestsOf(people, account).size > 0),
    )
  }
}
