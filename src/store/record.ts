// Turns a record into what the store keeps of it beside: when it is over, its name, and what it is found by.
import { htmlToText } from '../format/html-text.ts'
import { lastEnd } from '../format/recurrence.ts'
import type { Contact } from '../model/contact.ts'
import type { CalendarEvent } from '../model/event.ts'
import type { Instant } from '../model/id.ts'
import type { RecordContent } from '../model/item.ts'
import type { Note } from '../model/note.ts'
import type { RecordText } from '../model/record.ts'
import type { Task } from '../model/task.ts'
import type { RecordDraft } from './mailbox.ts'

/** A record with its picture and files, as the mailbox takes it. */
export function recordDraft(content: RecordContent, source: Uint8Array = new Uint8Array(0)): RecordDraft {
  switch (content.class) {
    case 'Calendar':
      return { ...content, source, date: lastEnd(content.record), uid: content.record.uid, searchText: eventWords(content.record) }
    case 'Contacts':
      return { ...content, source, date: null, uid: content.record.uid, searchText: contactWords(content.record) }
    case 'Tasks':
      return { ...content, source, date: taskDate(content.record), uid: content.record.uid, searchText: taskWords(content.record) }
    case 'Notes':
      return { ...content, source, date: null, uid: null, searchText: noteWords(content.record) }
  }
}

/** MS-ASCMD 2.2.3.68.2: FilterType 8 leaves out what is done. */
function taskDate({ complete }: Task): Instant | null {
  return complete ? 0 : null
}

const lines = (...parts: readonly (string | readonly string[])[]) =>
  parts
    .flat()
    .filter((part) => part !== '')
    .join('\n')

function plain(text: RecordText | null | undefined): string {
  if (text === null || text === undefined) return ''
  return text.type === 2 ? htmlToText(text.text) : text.text
}

function eventWords({ subject, place, text, organizer, attendees, categories, files, exceptions }: CalendarEvent): string {
  const people = [organizer, ...attendees].flatMap((person) => (person === null ? [] : [person.name, person.address]))
  const own = exceptions.flatMap(({ changes }) => [changes.subject ?? '', changes.place?.name ?? '', plain(changes.text)])
  return lines(
    subject,
    place?.name ?? '',
    people,
    categories,
    files.map(({ name }) => name),
    plain(text),
    own,
  )
}

function contactWords(contact: Contact): string {
  const { fileAs, title, firstName, middleName, lastName, suffix, nickName, companyName, department, jobTitle } = contact
  const { emails, instantMessages, phones, business, home, other, categories, text } = contact
  const places = [business, home, other].flatMap(({ street, city, state, postalCode, country }) => [
    street,
    city,
    state,
    postalCode,
    country,
  ])
  const name = [title, firstName, middleName, lastName, suffix].filter((part) => part !== '').join(' ')
  const work = [companyName, department, jobTitle]
  return lines(name, fileAs, nickName, work, emails, instantMessages, Object.values(phones), places, categories, plain(text))
}

function taskWords({ subject, categories, text }: Task): string {
  return lines(subject, categories, plain(text))
}

function noteWords({ subject, categories, text }: Note): string {
  return lines(subject, categories, plain(text))
}
