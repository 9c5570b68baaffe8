// What a client does to a message that is no draft: Read, Flag and Categories, each of which merges on its own.
import type { Email, Flag, MailState } from '../../model/email.ts'
import type { Folder } from '../../model/folder.ts'
import { parseServerId, type Instant, type Modseq, type ServerId } from '../../model/id.ts'
import { emailOf, type Item } from '../../model/item.ts'
import type { Mailbox } from '../../store/mailbox.ts'
import { Failure } from '../error.ts'
import { cleanCategories } from './categories.ts'
import type { ClientChange } from './class.ts'
import type { FlagIn, MailChange } from './email-schema.ts'

/** What any client shows of the texts of a flag; the message's own subject is kept as long. */
const flagCharsMax = 2048

/** An email of this folder as it lies in the store now. Rejects with ObjectNotFound. */
export async function findMail(
  mailbox: Mailbox,
  folder: Folder,
  id: ServerId,
): Promise<{ readonly item: Item; readonly email: Email; readonly modseq: Modseq }> {
  if (parseServerId(id)?.folder !== folder.id) throw new Failure('ObjectNotFound', 'not an item of this folder')
  const item = (await mailbox.read([id])).get(id)
  if (item?.content.class !== 'Email') throw new Failure('ObjectNotFound')
  return { item, email: emailOf(item), modseq: item.modseq }
}

/**
 * The rules that MS-ASEMAIL 2.2.2.31, 2.2.2.65 and 2.2.2.72 answer with Status 6: the four dates come together or not at all, nothing
 * is due before it starts, and a reminder has a time.
 */
export function checkFlag(flag: FlagIn | null | undefined): void {
  if (flag === null || flag === undefined) return
  const { StartDate, DueDate, UtcStartDate, UtcDueDate, ReminderSet, ReminderTime } = flag
  const dates = [StartDate, DueDate, UtcStartDate, UtcDueDate].filter((date) => date !== undefined)
  if (dates.length !== 0 && dates.length !== 4) throw new Failure('ItemMalformed', 'a flag with some of its dates')
  if ((DueDate ?? 0) < (StartDate ?? 0) || (UtcDueDate ?? 0) < (UtcStartDate ?? 0))
    throw new Failure('ItemMalformed', 'a flag due before it starts')
  if (ReminderSet === true && ReminderTime === undefined) throw new Failure('ItemMalformed', 'a reminder without a time')
}

/** Texts of a flag are read with every look at the message: one of megabytes would come along each time. */
function flagText(text: string | undefined): string | undefined {
  return text?.slice(0, flagCharsMax).toWellFormed()
}

/** Leaves out what was not sent. */
function sent(flag: FlagIn): Omit<Flag, 'status'> {
  const all = {
    type: flagText(flag.FlagType),
    subject: flagText(flag.Subject),
    completed: flag.CompleteTime,
    dateCompleted: flag.DateCompleted,
    start: flag.StartDate,
    utcStart: flag.UtcStartDate,
    due: flag.DueDate,
    utcDue: flag.UtcDueDate,
    reminderSet: flag.ReminderSet,
    reminder: flag.ReminderTime,
    ordinal: flag.OrdinalDate,
    subOrdinal: flagText(flag.SubOrdinalDate),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/**
 * The flag after a client's Flag element (MS-ASEMAIL 3.2.5.4.2): empty or Status 0 clears it, 1 completes it, 2 sets it; what is not
 * sent of a flag that stands stays as it is. A completion without its times happened now: some phones send the Status alone.
 */
export function mergeFlag(before: Flag | null, change: FlagIn | null, subject: string, now: Instant): Flag | null {
  if (change === null || change.Status === 0) return null
  const status = change.Status ?? before?.status ?? 2
  const { completed, dateCompleted, ...standing } = before ?? { status, subject }
  const merged = { ...standing, ...sent(change), status }
  if (status !== 1) return merged
  return { ...merged, completed: merged.completed ?? completed ?? now, dateCompleted: merged.dateCompleted ?? dateCompleted ?? now }
}

/** The fields of the state that a Change sets. */
export function stateChange(email: Email, change: MailChange, now: Instant): Partial<MailState> {
  const { Read, Flag: flag, Categories } = change
  return {
    ...(Read === undefined ? {} : { read: Read }),
    ...(flag === undefined ? {} : { flag: mergeFlag(email.state.flag, flag, email.envelope.subject, now) }),
    ...(Categories === undefined ? {} : { categories: cleanCategories(Categories.Category) }),
  }
}

/** A Change of Read, Flag or Categories. It cannot conflict: each field replaces its own, whoever wrote last. */
export function mailChange(id: ServerId, change: MailChange, folder: Folder, now: Instant): ClientChange {
  checkFlag(change.Flag)
  return {
    async apply(_unit, mailbox, arbiter) {
      const { item, email, modseq } = await findMail(mailbox, folder, id)
      const stored = await mailbox.change(id, { class: 'Email', state: stateChange(email, change, now) }, null)
      await arbiter.changed(id, modseq, stored.modseq, item.date)
      return { id }
    },
  }
}
