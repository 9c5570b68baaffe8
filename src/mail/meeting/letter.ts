// Letters of an organizer: what a REQUEST or a CANCEL tells, to whom, as mail that may leave.
import { createHash } from 'node:crypto'
import type { VEvent } from '../../format/icalendar.ts'
import type { Account } from '../../model/account.ts'
import type { Attendee, CalendarEvent, Exception, Occasion, Person } from '../../model/event.ts'
import type { Instant, SubmissionId } from '../../model/id.ts'
import { addressKey } from '../local-address.ts'
import { prepare, SubmissionFailure, type Prepared, type SubmissionLimits } from '../submission.ts'
import { exceptionsOf, isCancelled, meetingBit, occasionOf, organizerOf, takesPlace } from './guests.ts'
import { meetingMessage, type MeetingMail } from './message.ts'
import { highestSequence, nextStamp } from './revision.ts'

export interface Letter {
  readonly method: 'REQUEST' | 'CANCEL'
  readonly told: readonly [VEvent, ...VEvent[]]
  readonly guests: readonly Person[]
}

/** What somebody is invited to: the whole without some occurrences, or some occurrences alone (one at least). */
export type Part = { readonly without: readonly Instant[] } | { readonly only: readonly Instant[] }

/** An invitation, or news of what somebody is invited to. */
export function invite(event: CalendarEvent, part: Part, guests: readonly Person[], source: Uint8Array): Letter {
  if ('only' in part) return { method: 'REQUEST', told: occurrencesOf(event, part.only, source), guests }
  const missed = new Set(part.without)
  const exceptions = event.exceptions.map((exception): Exception => {
    // A cancelled occurrence is none to those who are told of it for the first time.
    const isMissed = missed.has(exception.original) || !takesPlace(exception)
    return isMissed ? { original: exception.original, deleted: true, changes: {} } : exception
  })
  return { method: 'REQUEST', told: [{ event: { ...event, exceptions }, instance: null, source }], guests }
}

/**
 * Calls off what `guests` were invited to: all of it, or some occurrences. Where it goes on without them the letter names nobody else, and
 * does not say that it is cancelled (RFC 5546 3.2.5).
 */
export function callOff(
  before: CalendarEvent,
  after: CalendarEvent | null,
  originals: readonly Instant[] | null,
  guests: readonly Attendee[],
  now: Instant,
): Letter {
  const standing = after === null || isCancelled(after) ? null : after
  const { sequence, stamp } = after ?? { sequence: highestSequence(before) + 1, stamp: nextStamp(before, now) }
  if (originals === null) {
    const event = { ...before, ...calledOff(standing === null ? null : guests, before), sequence, stamp, exceptions: [] }
    return { method: 'CANCEL', told: [{ event, instance: null, source: nothing }], guests }
  }
  const known = standing === null ? new Map<Instant, Exception>() : exceptionsOf(standing)
  const told = occurrencesOf(before, originals, nothing).map(({ event, instance }): VEvent => {
    const exception = instance === null ? undefined : known.get(instance)
    const isGone = standing === null || (exception !== undefined && !takesPlace(exception))
    // What was deleted keeps no number of its own: it gets one above all that was told of it.
    const raised = { sequence: Math.max(event.sequence, standing?.sequence ?? sequence - 1) + 1, stamp: nextStamp(event, now) }
    const revision = isGone || exception === undefined ? raised : revisionOf(occasionOf(standing, exception))
    return { event: { ...event, ...calledOff(isGone ? null : guests, event), ...revision }, instance, source: nothing }
  })
  const [first, ...others] = told
  if (first === undefined) throw new TypeError('a letter tells something')
  return { method: 'CANCEL', told: [first, ...others], guests }
}

const nothing = new Uint8Array(0)

function revisionOf({ sequence, stamp }: Occasion): Pick<Occasion, 'sequence' | 'stamp'> {
  return { sequence, stamp }
}

/** `uninvited`: those that it goes on without; null where it takes place for nobody. */
function calledOff(uninvited: readonly Attendee[] | null, { attendees }: Occasion): Pick<Occasion, 'meetingStatus' | 'attendees'> {
  if (uninvited !== null) return { meetingStatus: meetingBit.meeting, attendees: uninvited }
  return { meetingStatus: meetingBit.meeting | meetingBit.cancelled, attendees }
}

/** Single occurrences, each as an event of its own. */
function occurrencesOf(event: CalendarEvent, originals: readonly Instant[], source: Uint8Array): [VEvent, ...VEvent[]] {
  const exceptions = exceptionsOf(event)
  const [first, ...others] = originals.map((original): VEvent => {
    const exception = exceptions.get(original) ?? { original, deleted: false, changes: {} }
    const occasion = occasionOf(event, exception)
    return { event: { ...event, ...occasion, recurrence: null, exceptions: [] }, instance: original, source }
  })
  if (first === undefined) throw new TypeError('a letter tells something')
  return [first, ...others]
}

/** What is not for others: how the owner is reminded, what he files it under, what somebody proposed to him. */
function asTold<Told extends Partial<Occasion>>(told: Told, responseRequested: boolean): Told {
  const { attendees, foreign } = told
  const people = attendees?.filter(({ address }) => address.includes('@')).map((one) => ({ ...one, responseRequested, proposed: null }))
  return {
    ...told,
    ...('reminder' in told ? { reminder: null } : {}),
    ...('categories' in told ? { categories: [] } : {}),
    ...(people === undefined ? {} : { attendees: people }),
    ...(foreign === undefined || foreign === null ? {} : { foreign: { ...foreign, components: [] } }),
  }
}

/** The event as others are to see it. */
export function eventAsTold(event: CalendarEvent, organizer: Person): CalendarEvent {
  const { responseRequested } = event
  const exceptions = event.exceptions.map((one) => ({ ...one, changes: asTold(one.changes, responseRequested) }))
  return { ...asTold(event, responseRequested), organizer, exceptions }
}

/** Names a mail of a meeting: the same again for the same state of it to the same people. */
function submissionOf({ method, told, to }: MeetingMail): SubmissionId {
  const states = told.map(({ event, instance }) => [event.uid, instance, event.sequence, event.stamp])
  const whole = JSON.stringify(['meeting', method, states, to.map(({ address }) => addressKey(address))])
  return createHash('sha256').update(whole).digest('base64url') as SubmissionId
}

export interface LetterOptions {
  readonly account: Account
  readonly now: Instant
  readonly limits: SubmissionLimits
}

/** A letter as mail: several where there are more guests than one mail may have. */
export function lettersOf({ method, told, guests }: Letter, options: LetterOptions): Prepared[] {
  const { account, now, limits } = options
  const [first, ...others] = told
  const from = organizerOf(first.event, account)
  const seen = (one: VEvent): VEvent => ({ ...one, event: eventAsTold(one.event, from) })
  const { subject, text } = first.event
  const title = method === 'CANCEL' ? `Canceled: ${subject}`.trimEnd() : subject
  const mail = { method, told: [seen(first), ...others.map(seen)], from, subject: title, text, at: now } as const
  const mails: Prepared[] = []
  for (let at = 0; at < guests.length; at += limits.recipientsMax) {
    mails.push(mailOf({ ...mail, to: guests.slice(at, at + limits.recipientsMax) }, options))
  }
  return mails
}

function without(field: 'files' | 'text', { event, ...told }: VEvent): VEvent {
  const empty = field === 'files' ? { files: [] } : { text: null }
  const exceptions = event.exceptions.map((one): Exception => {
    const { [field]: _, ...changes } = one.changes
    return { ...one, changes }
  })
  return { ...told, event: { ...event, ...empty, exceptions } }
}

/** Makes a mail ready to leave; what would be too large goes without its files, and at last without its text. */
export function mailOf(mail: MeetingMail, { account, now, limits }: LetterOptions): Prepared {
  const id = submissionOf(mail)
  const [first, ...others] = mail.told
  const bare = { ...mail, told: [without('files', first), ...others.map((one) => without('files', one))] } as const
  const [head, ...rest] = bare.told
  const mute = { ...bare, text: null, told: [without('text', head), ...rest.map((one) => without('text', one))] } as const
  for (const attempt of [mail, bare]) {
    try {
      return prepare(meetingMessage(attempt), { id, account, now, limits })
    } catch (thrown) {
      if (!(thrown instanceof SubmissionFailure) || thrown.problem !== 'too-large') throw thrown
    }
  }
  return prepare(meetingMessage(mute), { id, account, now, limits })
}
