// What an arriving mail about a meeting does to the calendar of whom it came to.
import type { VEvent } from '../../format/icalendar.ts'
import type { Envelope, MeetingUpdate } from '../../model/email.ts'
import { folderType } from '../../model/folder.ts'
import type { Instant } from '../../model/id.ts'
import { recordOf } from '../../model/item.ts'
import type { Mailbox } from '../../store/mailbox.ts'
import { recordDraft } from '../../store/record.ts'
import { cancelled } from './cancel.ts'
import type { Entry } from './entry.ts'
import type { MeetingNews } from './itip.ts'
import { withAnswersNoted } from './only-answers.ts'
import { answered } from './reply.ts'
import { requested, type Outcome } from './request.ts'
import type { Hearing } from './standing.ts'

export interface Arriving {
  readonly news: MeetingNews
  readonly hearing: Hearing
  readonly from: Envelope['from']
  /** Whether who is invited has the meeting in his calendar before he answered. */
  readonly tentative: boolean
  readonly now: Instant
}

/** What the calendar made of a mail, not written yet. */
export interface Arrival {
  /** What the mail means to whom it came to; null where the calendar had no say. */
  readonly update: MeetingUpdate | null
  readonly entries: readonly Entry[]
  readonly refused: Outcome['refused']
}

/** Everything in the calendar that has this name, in whatever folder. */
export async function entriesOf(mailbox: Mailbox, uid: string): Promise<readonly Entry[]> {
  const items = await mailbox.read(await mailbox.withUid('Calendar', uid))
  const trash = await mailbox.defaultFolder(folderType.deletedItems)
  const entries: Entry[] = []
  for (const item of items.values()) {
    const event = recordOf(item, 'Calendar')
    const stored = hasFiles(event) ? await mailbox.source(item.id) : null
    const source = stored === null ? new Uint8Array(0) : await stored.read(0, stored.bytes)
    entries.push({ id: item.id, event, source, trashed: item.folder === trash.id, changed: false })
  }
  return entries
}

function hasFiles({ files, exceptions }: VEvent['event']): boolean {
  return files.length > 0 || exceptions.some(({ changes }) => (changes.files ?? []).length > 0)
}

/** A meeting of words beyond all measure stays in the mail: the calendar is read with every look at it. */
const eventCharsMax = 1024 * 1024

function isReasonable({ event }: VEvent): boolean {
  return JSON.stringify(event).length <= eventCharsMax
}

/** Where a calendar names no organizer, whoever sent it is. */
function withOrganizer(told: VEvent, { news, from: [author] }: Arriving): VEvent {
  if (told.event.organizer !== null || author === undefined || news.method === 'REPLY' || news.method === 'COUNTER') return told
  return { ...told, event: { ...told.event, organizer: author } }
}

function outcomeOf(told: VEvent, entries: readonly Entry[], { news, hearing, tentative, now }: Arriving): Outcome {
  switch (news.method) {
    case 'REQUEST':
      // RFC 5546 3.2.2: STATUS CANCELLED of a request is what some programs send for a cancellation.
      return (told.event.meetingStatus & 4) !== 0 ? cancelled(told, entries, hearing) : requested(told, entries, hearing, tentative)
    case 'CANCEL':
      return cancelled(told, entries, hearing)
    case 'REPLY':
      return answered(told, entries, hearing, { isCounter: false, now })
    case 'COUNTER':
      return answered(told, entries, hearing, { isCounter: true, now })
  }
}

/** What a mail makes of the calendar. Reads only: the mail has to be stored first, or a repetition would count twice. */
export async function weighMeeting(mailbox: Mailbox, arriving: Arriving): Promise<Arrival> {
  const calendar = new Map<string, readonly Entry[]>()
  let update: MeetingUpdate | null = null
  let refused: Arrival['refused'] = null
  for (const [index, each] of arriving.news.events.entries()) {
    if (!isReasonable(each)) continue
    const told = withOrganizer(each, arriving)
    const { uid } = told.event
    const outcome = outcomeOf(told, calendar.get(uid) ?? (await entriesOf(mailbox, uid)), arriving)
    calendar.set(uid, outcome.entries)
    if (index === 0) update = outcome.update
    refused ??= outcome.refused
  }
  return { update, entries: [...calendar.values()].flat().filter(({ changed }) => changed), refused }
}

/** Writes what was weighed, in the unit that weighed it. */
export async function enterMeeting(mailbox: Mailbox, { entries }: Pick<Arrival, 'entries'>): Promise<void> {
  const calendar = await mailbox.defaultFolder(folderType.calendar)
  for (const { id, event, source } of entries) {
    if (event === null) {
      if (id !== null) await mailbox.remove(id, 'forever')
      continue
    }
    const held = id === null ? undefined : (await mailbox.read([id])).get(id)
    const record = held === undefined ? event : withAnswersNoted(recordOf(held, 'Calendar'), held.modseq, event)
    const draft = recordDraft({ class: 'Calendar', record }, source)
    await (id === null ? mailbox.create(calendar.id, draft, null) : mailbox.change(id, { class: 'Calendar', replace: draft }, null))
  }
}
