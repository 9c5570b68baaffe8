// What an organizer's change makes necessary to say (RFC 5546 3.2.2, 3.2.5): who is invited, told or uninvited, by which mail.
import assert from 'node:assert/strict'
import type { Account } from '../../model/account.ts'
import type { Attendee, CalendarEvent, Occasion } from '../../model/event.ts'
import type { Instant } from '../../model/id.ts'
import type { Prepared, SubmissionLimits } from '../submission.ts'
import { exceptionsOf, gist, guestsOf, isCancelled, occasionOf, takesPlace, timing } from './guests.ts'
import { isOwn } from './standing.ts'
import { callOff, invite, lettersOf, type Letter } from './letter.ts'
import { isOver } from './revision.ts'

export { revised } from './revision.ts'

export interface Announcing {
  readonly account: Account
  readonly now: Instant
  readonly limits: SubmissionLimits
  /** The files of `after`; nothing where it is null. */
  readonly source: Uint8Array
}

/**
 * The mails that go out when the account's event turns from `before` (null: it is new) into `after` (null: it is gone), which was
 * `revised`. None where it is not his to tell of, where nothing changed for anybody, and of what is over. Submit them with
 * `submit(unit, account, mail, true)` in the unit that writes the event, and kick the outbound queue after the commit.
 */
export function announcements(before: CalendarEvent | null, after: CalendarEvent | null, options: Announcing): readonly Prepared[] {
  const { account, now } = options
  const theirs = [before, after].some((event) => event !== null && !isOwn(event, account))
  if (theirs || [before, after].every((event) => event === null || isOver(event, now))) return []
  const change = { was: sideOf(before, account), is: sideOf(after, account) }
  const groups = Map.groupBy(noticesOf(change, changedOccurrences(change, now)), ({ notice }) => JSON.stringify(notice))
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    const guests = group.map(({ guest }) => guest)
    return first === undefined ? [] : lettersOf(letterOf(first.notice, guests, before, after, options), options)
  })
}

/** The letter that says `notice` to `guests`. */
function letterOf(
  notice: Notice,
  guests: readonly Attendee[],
  before: CalendarEvent | null,
  after: CalendarEvent | null,
  { source, now }: Announcing,
): Letter {
  if (notice.say === 'come' || notice.say === 'come-once') {
    assert(after !== null, 'nobody is invited to what is gone')
    return invite(after, notice.say === 'come' ? { without: notice.without } : { only: notice.originals }, guests, source)
  }
  assert(before !== null, 'nobody is uninvited from what never was')
  return callOff(before, after, notice.say === 'stay-away' ? null : notice.originals, guests, now)
}

/** A meeting as its guests see it; one that was called off has none. */
interface Side {
  readonly event: CalendarEvent
  readonly guests: ReadonlyMap<string, Attendee>
  /** What departs from the series: who comes, and to what. Null for what does not take place. */
  readonly departures: ReadonlyMap<Instant, Departure | null>
}

interface Departure {
  readonly occasion: Occasion
  readonly guests: ReadonlyMap<string, Attendee>
}

interface Change {
  readonly was: Side | null
  readonly is: Side | null
}

function sideOf(event: CalendarEvent | null, account: Account): Side | null {
  if (event === null || isCancelled(event)) return null
  const departures = [...exceptionsOf(event)].map(([original, exception]): [Instant, Departure | null] => {
    if (!takesPlace(exception)) return [original, null]
    const occasion = occasionOf(event, exception)
    return [original, { occasion, guests: guestsOf(occasion.attendees, account) }]
  })
  return { event, guests: guestsOf(event.attendees, account), departures: new Map(departures) }
}

/** What takes place at `original`, by the series or in departing from it; null for nothing. */
function departureAt(side: Side | null, original: Instant): Departure | null {
  if (side === null) return null
  const departure = side.departures.get(original)
  if (departure !== undefined) return departure
  return { occasion: occasionOf(side.event, { original, deleted: false, changes: {} }), guests: side.guests }
}

/** The occurrences that are not any more what they were, and not over either. */
function changedOccurrences({ was, is }: Change, now: Instant): readonly Instant[] {
  const originals = new Set([...(was?.departures.keys() ?? []), ...(is?.departures.keys() ?? [])])
  return [...originals]
    .filter((original) => {
      const [old, next] = [departureAt(was, original), departureAt(is, original)]
      const isPast = [old, next].every((departure) => departure === null || departure.occasion.end <= now)
      return !isPast && (old === null ? '' : gist(old.occasion)) !== (next === null ? '' : gist(next.occasion))
    })
    .toSorted((one, other) => one - other)
}

/** What one guest is to be told. Guests of whom the same is to be told share a mail. */
type Notice =
  /** The whole, but for occurrences that he is not asked to. */
  | { readonly say: 'come'; readonly without: readonly Instant[] }
  | { readonly say: 'come-once'; readonly originals: readonly Instant[] }
  | { readonly say: 'stay-away' }
  | { readonly say: 'stay-away-once'; readonly originals: readonly Instant[] }

interface Addressed {
  readonly guest: Attendee
  readonly notice: Notice
}

function noticesOf(change: Change, changed: readonly Instant[]): Addressed[] {
  const { was, is } = change
  const everybody = new Map<string, Attendee>()
  for (const side of [is, was]) {
    const departed = [...(side?.departures.values() ?? [])].flatMap((departure) => [...(departure?.guests ?? [])])
    for (const [key, guest] of [...(side?.guests ?? []), ...departed]) if (!everybody.has(key)) everybody.set(key, guest)
  }
  const isRetold = was !== null && is !== null && (gist(was.event) !== gist(is.event) || timing(was.event) !== timing(is.event))
  return [...everybody].flatMap(([key, guest]) => noticesFor(key, change, changed, isRetold).map((notice) => ({ guest, notice })))
}

function noticesFor(key: string, { was, is }: Change, changed: readonly Instant[], isRetold: boolean): Notice[] {
  const [came, comes] = [was?.guests.has(key) ?? false, is?.guests.has(key) ?? false]
  if (comes && (!came || isRetold)) return [{ say: 'come', without: missedBy(key, is) }]
  if (came && !comes) {
    const left = [...(is?.departures ?? [])].filter(([, departure]) => departure?.guests.has(key)).map(([original]) => original)
    return [{ say: 'stay-away' }, ...(left.length === 0 ? [] : [{ say: 'come-once', originals: left } as const])]
  }
  const sits = (side: Side | null, original: Instant) => departureAt(side, original)?.guests.has(key) ?? false
  const invited = changed.filter((original) => sits(is, original))
  const uninvited = changed.filter((original) => sits(was, original) && !sits(is, original))
  return [
    ...(invited.length === 0 ? [] : [{ say: 'come-once', originals: invited } as const]),
    ...(uninvited.length === 0 ? [] : [{ say: 'stay-away-once', originals: uninvited } as const]),
  ]
}

/** The occurrences that take place without him. */
function missedBy(key: string, side: Side | null): Instant[] {
  return [...(side?.departures ?? [])].flatMap(([original, departure]) =>
    departure !== null && !departure.guests.has(key) ? [original] : [],
  )
}
