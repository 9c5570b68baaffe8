// Out of office: when somebody is away, and what his mail is answered with (MS-ASCMD 2.2.3.122).
import type { Instant } from './id.ts'
import type { RecordText } from './record.ts'

/** MS-ASCMD 2.2.3.123: people of one's own organization, people outside of it whom one has among one's contacts, and all others. */
export const audiences = ['internal', 'known', 'unknown'] as const
export type Audience = (typeof audiences)[number]

/** What one audience is answered. */
export interface AbsenceReply {
  /** Whether anybody of it is answered at all. */
  readonly enabled: boolean
  /** Kept while it is switched off. */
  readonly text: RecordText
}

export interface Absence {
  /** MS-ASCMD 2.2.3.124: 0 not away, 1 away until further notice, 2 away from `start` to `end`. */
  readonly state: 0 | 1 | 2
  /** In state 2 only. */
  readonly start: Instant | null
  readonly end: Instant | null
  readonly replies: Readonly<Record<Audience, AbsenceReply>>
}

const silence: AbsenceReply = { enabled: false, text: { type: 1, text: '' } }

/** Of somebody who never said anything about it. */
export const noAbsence: Absence = {
  state: 0,
  start: null,
  end: null,
  replies: { internal: silence, known: silence, unknown: silence },
}

/** Whether its time has passed. */
export function isOver({ state, end }: Absence, now: Instant): boolean {
  return state === 2 && end !== null && end <= now
}

/** Whether mail is answered now: an absence begins and ends by itself. */
export function isAway(absence: Absence, now: Instant): boolean {
  if (absence.state !== 2) return absence.state === 1
  return absence.start !== null && absence.start <= now && !isOver(absence, now)
}

/** Whether `after` is another absence than `before`, in which whoever was answered once is answered again. */
export function isAnother(before: Absence, after: Absence, now: Instant): boolean {
  if (before.state === 0 || isOver(before, now)) return true
  return before.end !== null && after.start !== null && after.start >= before.end
}
