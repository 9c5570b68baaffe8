// Puts events, tasks and contacts of a file into a mailbox: by their UID, so that a second import brings what has changed and no second copy.
import { setImmediate as turn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { isTimeMark, nameOfLone, withOccurrence } from '../format/icalendar.ts'
import type { Account } from '../model/account.ts'
import type { Contact } from '../model/contact.ts'
import type { CalendarEvent, Occasion, Person } from '../model/event.ts'
import { folderType } from '../model/folder.ts'
import type { FolderId, Instant, ServerId } from '../model/id.ts'
import { type Item, type ItemContent, type RecordClass, type RecordContent, recordOf } from '../model/item.ts'
import type { Foreign } from '../model/record.ts'
import type { Task } from '../model/task.ts'
import type { Mailbox } from '../store/mailbox.ts'
import { recordDraft } from '../store/record.ts'
import type { Store } from '../store/store.ts'
import type { FiledRecord } from './record-file.ts'
import { findRecordFolder, recordFolder } from './record-folder.ts'

export interface RecordCounts {
  readonly imported: number
  readonly changed: number
  /** Was there as it is in the file, or newer. */
  readonly known: number
}

/** One unit of work holds no more than this, so that phones get their turn in between. */
const batchRecords = 50

type Outcome = keyof RecordCounts

/** Where a record goes that is new here. */
type Place = () => Promise<FolderId>

/** Imports records of the class `itemClass` into the folder, others into the default one of theirs. `progress` is told how many are done. */
export async function importRecords(
  store: Store,
  account: Account,
  records: readonly FiledRecord[],
  { folder, itemClass }: { readonly folder: string | null; readonly itemClass: RecordClass },
  progress: (done: number) => void,
): Promise<RecordCounts> {
  const counts = { imported: 0, changed: 0, known: 0 }
  // Whatever goes in, one that holds something else is refused.
  if (records.length > 0) await findRecordFolder(await store.mailbox(account.id), itemClass, folder)
  for (let at = 0; at < records.length; at += batchRecords) {
    const outcomes = await store.unit(async (unit) => {
      const mailbox = await unit.mailbox(account.id)
      const outcomes: Outcome[] = []
      const folderOf = foldersIn(mailbox, (own) => (own === itemClass ? folder : null))
      for (const record of records.slice(at, at + batchRecords)) {
        outcomes.push(await importRecord(mailbox, () => folderOf(record.content.class), account, record))
      }
      return outcomes
    })
    for (const outcome of outcomes) counts[outcome] += 1
    progress(Math.min(at + batchRecords, records.length))
    await turn()
  }
  return counts
}

/** The folder of each class, looked for or made when something goes in, and not before. */
function foldersIn(mailbox: Mailbox, pathOf: (itemClass: RecordClass) => string | null): (itemClass: RecordClass) => Promise<FolderId> {
  const known = new Map<RecordClass, FolderId>()
  return async (itemClass) => {
    const id = known.get(itemClass) ?? (await recordFolder(mailbox, itemClass, pathOf(itemClass))).id
    known.set(itemClass, id)
    return id
  }
}

async function importRecord(mailbox: Mailbox, folder: Place, account: Account, filed: FiledRecord): Promise<Outcome> {
  const { content, source } = filed
  switch (content.class) {
    case 'Calendar':
      return importEvent(mailbox, folder, ownView(content.record, account), filed)
    case 'Contacts':
    case 'Tasks': {
      const [known] = await livingItems(mailbox, content.class, content.record.uid)
      if (known !== undefined && isWrittenBefore(content.record, recordOf(known, content.class))) return 'known'
      return put(mailbox, folder, known ?? null, content, source)
    }
    case 'Notes':
      return put(mailbox, folder, null, content, source)
  }
}

/** Items of this name that nobody threw away. */
async function livingItems(mailbox: Mailbox, itemClass: RecordClass, uid: string): Promise<Item[]> {
  const ids = await mailbox.withUid(itemClass, uid)
  if (ids.length === 0) return []
  const trash = await mailbox.defaultFolder(folderType.deletedItems)
  const items = await mailbox.read(ids)
  return ids.flatMap((id) => items.get(id) ?? []).filter((item) => item.folder !== trash.id)
}

async function importEvent(mailbox: Mailbox, folder: Place, event: CalendarEvent, { source, instance }: FiledRecord): Promise<Outcome> {
  const items = await livingItems(mailbox, 'Calendar', event.uid)
  const named = nameOfLone(event)
  const same = items.find((item) => nameOfLone(recordOf(item, 'Calendar')) === named)
  const series = instance === null ? undefined : items.find((item) => recordOf(item, 'Calendar').recurrence !== null)
  if (instance !== null && series !== undefined) {
    const whole = recordOf(series, 'Calendar')
    const own = whole.exceptions.find(({ original }) => original === instance)
    // What a phone does to an occurrence shows in the stamp of the series.
    if (own !== undefined && isOutOfDate(event, { sequence: own.changes.sequence ?? whole.sequence, stamp: whole.stamp })) return 'known'
    const held = await sourceOf(mailbox, series.id)
    const merged = withOccurrence({ event: whole, source: held, instance: null }, { event, source, instance }, instance)
    return put(mailbox, folder, series, { class: 'Calendar', record: merged.event }, merged.source)
  }
  if (same === undefined) return put(mailbox, folder, null, { class: 'Calendar', record: event }, source)
  const held = recordOf(same, 'Calendar')
  if (isOutOfDate(event, held)) return 'known'
  return put(mailbox, folder, same, { class: 'Calendar', record: remembering(event, held) }, source)
}

type Revision = Pick<CalendarEvent, 'sequence' | 'stamp'>

/** RFC 5546 2.1.5: the lower sequence, then the earlier stamp. So what a phone changed since is not taken back by the file of before. */
function isOutOfDate(event: Revision, held: Revision): boolean {
  return event.sequence < held.sequence || (event.sequence === held.sequence && seconds(event.stamp) < seconds(held.stamp))
}

/** The same for what has no sequence: cards and tasks that a phone has written to since. */
function isWrittenBefore({ modified }: Contact | Task, held: Contact | Task): boolean {
  return modified !== undefined && held.modified !== undefined && seconds(modified) < seconds(held.modified)
}

/** Files count seconds: what was edited by hand in one that was just written is not older than what it was written from. */
const seconds = (at: Instant) => Math.floor(at / 1000)

async function sourceOf(mailbox: Mailbox, id: ServerId): Promise<Uint8Array> {
  const source = await mailbox.source(id)
  return source === null ? new Uint8Array(0) : source.read(0, source.bytes)
}

/** Stores a record, or replaces what was known under its name, wherever that lies by now. */
async function put(mailbox: Mailbox, folder: Place, known: Item | null, content: RecordContent, source: Uint8Array): Promise<Outcome> {
  const draft = recordDraft(content, source)
  if (known === null) {
    await mailbox.create(await folder(), draft, null)
    return 'imported'
  }
  const isSame =
    isDeepStrictEqual(unstamped(known.content), unstamped(content)) && Buffer.compare(source, await sourceOf(mailbox, known.id)) === 0
  if (isSame) return 'known'
  await mailbox.change(known.id, { class: content.class, replace: draft }, null)
  return 'changed'
}

/**
 * The event with what no file says of one that is here already: how its phone called it, when its owner gave the same answer, and what
 * the server noted of it for itself.
 */
function remembering(event: CalendarEvent, held: CalendarEvent): CalendarEvent {
  const exceptions = event.exceptions.map((exception) => {
    const { responseType, repliedAt = null } = held.exceptions.find(({ original }) => original === exception.original)?.changes ?? {}
    if (repliedAt === null || responseType !== exception.changes.responseType) return exception
    return { ...exception, changes: { ...exception.changes, repliedAt } }
  })
  const repliedAt = event.responseType === held.responseType ? held.repliedAt : event.repliedAt
  const foreign = withOwnNotes(event.foreign, held.foreign)
  // Dates name no zone: that their owner is elsewhere by now changes nothing of them.
  const zone = isOfDates(event) && isOfDates(held) ? held.zone : event.zone
  return { ...event, zone, foreign, exceptions, repliedAt, clientUid: held.clientUid, lastFile: Math.max(event.lastFile, held.lastFile) }
}

const isOfDates = ({ allDay, exceptions }: CalendarEvent) => allDay && exceptions.every(({ changes }) => changes.allDay !== false)

function withOwnNotes(foreign: Foreign | null, held: Foreign | null): Foreign | null {
  const notes = (held?.properties ?? []).filter(([name]) => name.startsWith('x-easel-') && !isTimeMark(name))
  if (notes.length === 0) return foreign
  return { properties: [...(foreign?.properties ?? []), ...notes], components: foreign?.components ?? [] }
}

/** What a record says, without when it was written: many programs stamp everything anew in each export. */
function unstamped(content: ItemContent): ItemContent {
  switch (content.class) {
    case 'Calendar': {
      const { record } = content
      const exceptions = record.exceptions.map((exception) => ({ ...exception, changes: unstampedOccasion(exception.changes) }))
      return { class: 'Calendar', record: { ...record, ...unstampedOccasion(record), exceptions } }
    }
    case 'Tasks': {
      const { properties = [], components = [] } = content.record.foreign ?? {}
      const foreign = { properties: properties.filter(([name]) => name !== 'dtstamp' && name !== 'last-modified'), components }
      return { class: 'Tasks', record: { ...content.record, foreign, modified: 0 } }
    }
    case 'Contacts':
      return { class: 'Contacts', record: { ...content.record, modified: 0 } }
    default:
      return content
  }
}

/** iCalendar counts seconds, also of answers. */
function unstampedOccasion({ attendees, ...occasion }: Partial<Occasion>): Partial<Occasion> {
  const answered = attendees?.map((attendee) => ({ ...attendee, repliedAt: attendee.repliedAt && seconds(attendee.repliedAt) }))
  return { ...occasion, stamp: 0, ...(answered === undefined ? {} : { attendees: answered }) }
}

/** Whose meeting it is, and what the owner answered: a file says so only by who stands where in it. */
function ownView(event: CalendarEvent, { addresses }: Account): CalendarEvent {
  const own = new Set(addresses.map((address) => address.toLowerCase()))
  const isOwn = ({ address }: Person) => own.has(address.toLowerCase())
  if ((event.meetingStatus & 1) === 0 || event.organizer === null) return event
  if (isOwn(event.organizer)) return { ...event, responseType: 1 }
  const seen = ({ meetingStatus, attendees }: Partial<Occasion>): Partial<Occasion> => {
    const answer = attendees?.find(isOwn)?.status
    return {
      ...(meetingStatus === undefined ? {} : { meetingStatus: meetingStatus | 2 }),
      ...(answer === undefined ? {} : { responseType: answer === 0 ? 5 : answer }),
    }
  }
  const exceptions = event.exceptions.map((exception) => ({ ...exception, changes: { ...exception.changes, ...seen(exception.changes) } }))
  return { ...event, ...seen(event), exceptions }
}
