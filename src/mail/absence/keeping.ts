// What somebody says of his absence, judged and kept: from a phone, the console or the shell alike.
import { htmlToText } from '../../format/html-text.ts'
import { safeHtml } from '../../format/safe-html.ts'
import { speakable } from '../../format/text.ts'
import { audiences, isAnother, isOver, noAbsence, type Absence, type AbsenceReply, type Audience } from '../../model/absence.ts'
import type { AccountId, Instant } from '../../model/id.ts'
import type { RecordText } from '../../model/record.ts'
import type { Store, Unit } from '../../store/store.ts'

/** What is left out stays as it is. */
export interface AbsenceChange {
  readonly state?: Absence['state'] | undefined
  /** Both or neither; of no account unless the state is 2. */
  readonly start?: Instant | undefined
  readonly end?: Instant | undefined
  readonly replies?: Partial<Record<Audience, Partial<AbsenceReply>>>
}

/** An absence that cannot be kept, in a sentence. */
export class AbsenceRefusal extends Error {
  override readonly name = 'AbsenceRefusal'
}

/** Characters of one reply: what people write of their holidays, with the markup of a phone around it. */
export const replyCharactersMax = 32_768

/** The absence as it stands; one that is over is none, with its texts at hand for the next. */
export async function absenceOf({ absences }: Pick<Unit, 'absences'>, account: AccountId, now: Instant): Promise<Absence> {
  const absence = (await absences.of(account))?.absence ?? noAbsence
  return isOver(absence, now) ? { ...absence, state: 0, start: null, end: null } : absence
}

/** Keeps a change. Rejects with AbsenceRefusal, or as the store does. */
export function changeAbsence(store: Pick<Store, 'unit'>, account: AccountId, change: AbsenceChange, now: Instant): Promise<Absence> {
  return store.unit(async (unit) => {
    // Held: of two phones that change it at once, the second changes what the first left.
    await unit.accounts.byId(account)
    const kept = await unit.absences.of(account)
    const before = kept?.absence ?? noAbsence
    const after = changed(before, change)
    const isNext = kept === null || (after.state !== 0 && isAnother(before, after, now))
    // An instant that no absence of this account had before.
    await unit.absences.keep(account, after, isNext ? Math.max(now, (kept?.since ?? 0) + 1) : kept.since)
    return after
  })
}

function changed(before: Absence, { state = before.state, replies = {}, ...times }: AbsenceChange): Absence {
  const { start = before.start, end = before.end } = times
  const texts = audiences.map((audience) => [audience, changedReply(before.replies[audience], replies[audience] ?? {})] as const)
  const after = { replies: Object.fromEntries(texts) as Absence['replies'] }
  // MS-ASCMD 2.2.3.124: times that come with another state are taken, and not stored.
  if (state !== 2) return { state, start: null, end: null, ...after }
  if (start === null || end === null) throw new AbsenceRefusal('An absence for a time needs its begin and its end.')
  if (end <= start) throw new AbsenceRefusal('An absence has to end after it begins.')
  return { state, start, end, ...after }
}

function changedReply(before: AbsenceReply, { enabled = before.enabled, text }: Partial<AbsenceReply>): AbsenceReply {
  return { enabled, text: text === undefined ? before.text : readable(text) }
}

function readable({ type, text }: RecordText): RecordText {
  if (text.length > replyCharactersMax) throw new AbsenceRefusal(`A reply has at most ${replyCharactersMax} characters.`)
  if (type === 1) return { type, text: speakable(text).replaceAll(/\r\n?/g, '\n') }
  const safe = safeHtml(text)
  // Markup around nothing says nothing.
  return { type, text: htmlToText(safe).trim() === '' ? '' : safe }
}
