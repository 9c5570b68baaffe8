// What a life of phones may not lose of a record: what none of them can say, or has any wish to change.
import { expect } from 'vitest'
import { isOccurrence } from '../../src/format/recurrence.ts'
import type { Contact } from '../../src/model/contact.ts'
import type { CalendarEvent } from '../../src/model/event.ts'
import type { RecordText } from '../../src/model/record.ts'
import type { Task } from '../../src/model/task.ts'
import type { Source } from '../../src/model/item.ts'
import { keptOfEvent, ownOfException } from './event-habits.ts'
import { longText, mark, ownText, richText } from './habit.ts'
import { face } from './record-habits.ts'

/** A text is what somebody wrote, whole: the server's, or what a phone put in its place. */
export function checkText(text: RecordText | null): void {
  if (text === null || [longText, richText, ownText].some((whole) => whole.text === text.text)) return
  expect(text.text.replaceAll(/<[^>]*>/g, '').trim()).toMatch(/^(?:Name \d+|Milk\nBread)$/)
}

export function checkEvent(event: CalendarEvent): void {
  const { foreign, text, place, categories, onlineMeetingLink, sensitivity, exceptions, uid, zone } = event
  checkText(text)
  expect(exceptions.every(({ original }) => isOccurrence({ ...event, exceptions: [] }, original))).toBe(true)
  for (const { deleted, changes } of exceptions) {
    if (deleted) continue
    checkText(changes.text ?? null)
    if (changes.subject === ownOfException.subject) expect(changes).toMatchObject(ownOfException)
  }
  if (foreign === null) return
  expect({ foreign, place, categories, onlineMeetingLink, sensitivity }, uid).toEqual(keptOfEvent)
  expect(zone).toBe('Europe/Berlin')
}

export function checkTask({ foreign, text, sensitivity, ordinal, subOrdinal, categories, recurrence, uid }: Task): void {
  checkText(text)
  if (foreign === null) return
  const kept = { sensitivity: 2, ordinal: Date.parse('2026-03-03T00:00:00Z'), subOrdinal: '5', categories: ['Kept'], foreign: mark }
  expect({ sensitivity, ordinal, subOrdinal, categories, foreign }, `${uid} ${JSON.stringify(recurrence)}`).toEqual(kept)
}

export async function checkContact(contact: Contact, source: Source | null): Promise<void> {
  const { foreign, text, managerName, birthday, anniversary, categories, uid, picture } = contact
  checkText(text)
  if (foreign === null) return
  const kept = { managerName: uid, birthday: '1980-02-29', anniversary: '1931-07-01', categories: ['Kept'] }
  expect({ managerName, birthday, anniversary, categories }).toEqual(kept)
  if (picture !== null) expect(Buffer.from((await source?.read(picture.start, picture.end)) ?? []).equals(face)).toBe(true)
}
