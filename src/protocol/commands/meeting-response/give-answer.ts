// Gives an answer to an invitation: the owner's copy, the mail that asked, and the mail that tells the organizer, in one unit of work.
import { occasionAt } from '../../../format/recurrence.ts'
import { afterAnswer, afterAnswerOnce, isAnswered, replyMail, wantsAnswer, type Answer } from '../../../mail/meeting/answer.ts'
import { asOrphan, compareRevisions, isSameSpan, orphanOriginal, originalOf, standing, type Entry } from '../../../mail/meeting/entry.ts'
import { isCancelled, occasionOf } from '../../../mail/meeting/guests.ts'
import { intendedStatus } from '../../../mail/meeting/intended-status.ts'
import { isOfSame, received } from '../../../mail/meeting/request.ts'
import { isOwn, isSamePerson } from '../../../mail/meeting/standing.ts'
import { submit, type Prepared } from '../../../mail/submission.ts'
import type { CalendarEvent, Occasion } from '../../../model/event.ts'
import { folderType } from '../../../model/folder.ts'
import type { Instant, ServerId } from '../../../model/id.ts'
import type { RecordText } from '../../../model/record.ts'
import type { Mailbox } from '../../../store/mailbox.ts'
import type { Unit } from '../../../store/store.ts'
import { recordDraft } from '../../../store/record.ts'
import type { Call } from '../../command.ts'
import { Failure } from '../../error.ts'
import { originalNamed } from '../../meeting-source.ts'
import { entriesFor, type Invitation } from './invitation.ts'

export interface Given {
  readonly response: Answer['response']
  readonly proposed: Answer['proposed']
  readonly text: RecordText | null
  /** Whether it is the server that mails the answer, if the organizer wants one. */
  readonly mailed: boolean
}

/** The owner's copy of what is answered. */
interface Copy {
  /** Null where it is not in the calendar yet. */
  readonly id: ServerId | null
  readonly event: CalendarEvent
  readonly source: Uint8Array
  readonly trashed: boolean
  /** The occurrence of a series that is meant; null for all of it. */
  readonly original: Instant | null
}

/**
 * Answers all of them; gives the event in the calendar, or null where there is none any more. Rejects with ItemMalformed for what cannot
 * be answered.
 */
export async function giveAnswer(invitations: readonly Invitation[], given: Given, call: Call): Promise<ServerId | null> {
  const { account, house } = call
  const outcomes = await house.store.unit(async (unit) => {
    const mailbox = await unit.mailbox(account.id)
    const all: Outcome[] = []
    for (const invitation of invitations) all.push(await answerOne(invitation, given, unit, mailbox, call))
    for (const id of new Set(invitations.flatMap(({ mail }) => mail?.id ?? []))) await putAway(id, mailbox)
    return all
  })
  const isMailed = outcomes.some((outcome) => outcome.isMailed)
  if (isMailed) house.submitter.kick()
  call.trace.note('answered', { response: given.response, mailed: isMailed })
  return outcomes.find(({ id }) => id !== null)?.id ?? null
}

interface Outcome {
  readonly id: ServerId | null
  readonly isMailed: boolean
}

async function answerOne(invitation: Invitation, given: Given, unit: Unit, mailbox: Mailbox, call: Call): Promise<Outcome> {
  const { account, house } = call
  const copy = copyOf(invitation, await entriesFor(invitation, mailbox), call)
  const occasion = occasionIn(copy)
  checkProposal(copy.event, given)
  const attempt: Answer = { response: given.response, proposed: given.proposed, at: house.clock.now() }
  // The first answer counts: what is said again was said then.
  const at = isAnswered(occasion, attempt, account) ? (occasion.repliedAt ?? attempt.at) : attempt.at
  const answer = { ...attempt, at }
  const reply = replyTo(copy, occasion, answer, given, call)
  const id = await keep(copy, answered(copy, answer, intended(invitation, occasion), call), answer, mailbox)
  const isMailed = reply !== null && (await submit(unit, account, reply, true)).outcome === 'queued'
  return { id, isMailed }
}

/** What the calendar has of the invitation, or what it will have. Throws ItemMalformed for what is cancelled or out of date. */
function copyOf(invitation: Invitation, all: readonly Entry[], call: Call): Copy {
  const { instance, mail, named } = invitation
  // What somebody threw away that only bears the name is none of it.
  const entries = all.filter(({ trashed, event }) => !trashed || mail === null || event === null || isOfSame(event, mail.told.event))
  if (mail !== null && entries.some(({ event }) => event !== null && isStranger(mail.told.event, event, call)))
    throw new Failure('ItemMalformed', 'the name of another meeting')
  const held = heldCopy(invitation, entries, call)
  if (held === null && mail === null) throw new Failure('ItemMalformed', 'no such occurrence')
  if (held !== null && mail !== null && !held.trashed && isOutdated(held, mail.told.event))
    throw new Failure('ItemMalformed', 'out of date')
  if (held !== null && (mail === null || named !== null || !isNewer(mail.told.event, held))) return held
  if (mail === null) throw new Failure('ItemMalformed', 'no invitation')
  const { event, source } = mail.told
  const lone = instance === null ? {} : { foreign: asOrphan(event.foreign, instance), recurrence: null, exceptions: [] }
  const id = held?.trashed === true ? held.id : null
  if (held !== null && !held.trashed) return held
  return { id, event: { ...received(event, call.account), ...lone }, source, trashed: id !== null, original: null }
}

/** A mail that bears the name of a meeting of the account's own, or of somebody else's, answers for neither. */
function isStranger({ organizer }: CalendarEvent, held: CalendarEvent, { account }: Call): boolean {
  return isOwn(held, account) || (held.organizer !== null && organizer !== null && !isSamePerson(held.organizer, organizer))
}

/** The copy that is there, in the calendar or thrown away. */
function heldCopy({ instance, named }: Invitation, entries: readonly Entry[], call: Call): Copy | null {
  for (const { id, event, source, trashed } of [...standing(entries), ...entries.filter((entry) => entry.trashed)]) {
    if (event === null || (named !== null && id !== named)) continue
    if (instance === null || orphanOriginal(event) === instance) return { id, event, source, trashed, original: null }
    if (event.recurrence === null || trashed) continue
    const original = named === null ? originalOf(event, instance) : originalNamed(event, instance, call)
    if (original !== null) return { id, event, source, trashed, original }
  }
  return null
}

/** Something newer stands in the calendar, at another time: who answers has not seen it. */
function isOutdated(held: Copy, told: CalendarEvent): boolean {
  const occasion = occasionIn(held)
  return compareRevisions(told, occasion) < 0 && !isSameSpan(told, occasion)
}

function isNewer(told: CalendarEvent, { event }: Copy): boolean {
  return compareRevisions(told, event) > 0
}

/** What is answered. Throws ItemMalformed where it does not take place any more. */
function occasionIn({ event, original }: Copy): Occasion {
  if (original === null) {
    if (isCancelled(event)) throw new Failure('ItemMalformed', 'it was cancelled')
    return event
  }
  const exception = event.exceptions.find((one) => one.original === original)
  // Declined before: that is what the answer may be about.
  const occasion =
    exception?.deleted === true ? { ...occasionOf(event, { original, deleted: false, changes: {} }) } : occasionAt(event, original)
  if (occasion === null) throw new Failure('ItemMalformed', 'no such occurrence')
  if (isCancelled(occasion)) throw new Failure('ItemMalformed', 'it was cancelled')
  return occasion
}

/** MS-ASCAL 2.2.2.17. */
function checkProposal({ disallowNewTimeProposal }: CalendarEvent, { proposed }: Given): void {
  if (proposed !== null && disallowNewTimeProposal) throw new Failure('ItemMalformed', 'the organizer takes no proposals')
}

/** How busy the organizer wants those who come; where his mail is gone, whoever was not free is busy. */
function intended({ mail }: Invitation, { busyStatus, foreign }: Occasion): Occasion['busyStatus'] {
  return intendedStatus(mail?.told.event ?? { busyStatus: busyStatus === 0 ? 0 : 2, foreign })
}

function answered({ event, original }: Copy, answer: Answer, busyStatus: Occasion['busyStatus'], { account }: Call): CalendarEvent {
  return original === null ? afterAnswer(event, answer, account, busyStatus) : afterAnswerOnce(event, original, answer, account, busyStatus)
}

function replyTo(copy: Copy, occasion: Occasion, answer: Answer, { text, mailed }: Given, call: Call): Prepared | null {
  const { account, house } = call
  const isWanted = wantsAnswer(occasion, account) || text !== null || answer.proposed !== null
  if (!mailed || !isWanted) return null
  const { event, original } = copy
  const told = original === null ? event : { ...event, ...occasion, recurrence: null, exceptions: [] }
  const instance = original ?? orphanOriginal(event)
  return replyMail({ event: told, instance, answer, text }, { account, now: house.clock.now(), limits: house.limits })
}

/** Writes the copy to where it belongs: what is declined goes to Deleted Items, where later news of it finds it. */
async function keep(copy: Copy, event: CalendarEvent, { response }: Answer, mailbox: Mailbox): Promise<ServerId | null> {
  const { id, source, trashed, original } = copy
  const isGone = response === 'declined' && original === null
  const place = await mailbox.defaultFolder(isGone ? folderType.deletedItems : folderType.calendar)
  const draft = recordDraft({ class: 'Calendar', record: event }, source)
  if (id === null) {
    const { id: made } = await mailbox.create(place.id, draft, null)
    return isGone ? null : made
  }
  await mailbox.change(id, { class: 'Calendar', replace: draft }, null)
  // What lies in Deleted Items would be gone for good.
  if (isGone && !trashed) await mailbox.remove(id, 'trash')
  if (response === 'declined') return null
  return trashed ? (await mailbox.move(id, place.id)).id : id
}

/** The mail that asked leaves the inbox: it was answered. */
async function putAway(id: ServerId, mailbox: Mailbox): Promise<void> {
  const trash = await mailbox.defaultFolder(folderType.deletedItems)
  const mail = (await mailbox.read([id])).get(id)
  // Somebody may have deleted it meanwhile, which is all that is wanted; what lies in Deleted Items would be gone for good.
  if (mail !== undefined && mail.folder !== trash.id) await mailbox.remove(id, 'trash')
}
