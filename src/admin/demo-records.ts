// The calendar, contacts, tasks and notes of the demo: a few weeks around today. Everything about them is invented.
import { emptyContact } from '../format/contact.ts'
import { readCalendar } from '../format/icalendar.ts'
import { dayOf, localOf } from '../format/time-zone.ts'
import type { Contact } from '../model/contact.ts'
import type { Instant } from '../model/id.ts'
import type { RecordContent } from '../model/item.ts'
import type { ZoneId } from '../model/zone.ts'

/** A record, and by what it is known to have been made. */
export interface DemoRecord {
  readonly key: string
  readonly content: RecordContent
}

const day = 86_400_000

/** Monday of this week, as a date. */
function mondayOf(now: Instant, zone: ZoneId): Instant {
  const weekday = localOf(zone, now).dayOfWeek
  return dayOf(zone, now) - (weekday - 1) * day
}

/** So many days after Monday, as iCalendar writes a date. */
const dated = (monday: Instant, days: number) => new Date(monday + days * day).toISOString().slice(0, 10).replaceAll('-', '')

/** Events and tasks as iCalendar has them. `$7` stands for the date seven days after this week's Monday. */
const calendar = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Easel//Demo//EN
BEGIN:VEVENT
UID:round@demo.example
SUMMARY:Team round
LOCATION:Room 2
DTSTART;TZID=ZONE:$-21T093000
DTEND;TZID=ZONE:$-21T100000
RRULE:FREQ=WEEKLY;BYDAY=MO
EXDATE;TZID=ZONE:$-14T093000
CATEGORIES:Work
END:VEVENT
BEGIN:VEVENT
UID:pilot@demo.example
SUMMARY:Pilot: hand out the phones
LOCATION:Reception
DESCRIPTION:Twelve phones\\, twelve names. Carol brings the list.
DTSTART;TZID=ZONE:$8T140000
DTEND;TZID=ZONE:$8T160000
CATEGORIES:Work
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT30M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:dentist@demo.example
SUMMARY:Dentist
CLASS:PRIVATE
DTSTART;TZID=ZONE:$3T081500
DTEND;TZID=ZONE:$3T090000
END:VEVENT
BEGIN:VEVENT
UID:margate@demo.example
SUMMARY:Margate
DTSTART;VALUE=DATE:$11
DTEND;VALUE=DATE:$14
TRANSP:TRANSPARENT
CATEGORIES:Holiday
END:VEVENT
BEGIN:VTODO
UID:list@demo.example
SUMMARY:Ask Carol for the list of names
DUE;VALUE=DATE:$4
PRIORITY:1
CATEGORIES:Work
END:VTODO
BEGIN:VTODO
UID:plants@demo.example
SUMMARY:Water the plants
DTSTART;VALUE=DATE:$2
DUE;VALUE=DATE:$2
RRULE:FREQ=WEEKLY;BYDAY=WE
END:VTODO
BEGIN:VTODO
UID:minutes@demo.example
SUMMARY:Send the minutes
STATUS:COMPLETED
COMPLETED:$-3T150000Z
END:VTODO
END:VCALENDAR
`

const { phones: noPhones } = emptyContact('')

function contact(firstName: string, lastName: string, email: string, rest: Partial<Contact>): Contact {
  const fileAs = lastName === '' ? firstName : `${lastName}, ${firstName}`
  return { ...emptyContact(`${email}.contact`), fileAs, firstName, lastName, emails: [email, '', ''], ...rest }
}

const contacts: readonly Contact[] = [
  contact('Carol', 'Meyer', 'carol.meyer@northwind.example', {
    companyName: 'Northwind',
    jobTitle: 'Head of purchasing',
    phones: { ...noPhones, mobile: '+1 555 0110', business: '+1 555 0111' },
    categories: ['Work'],
  }),
  contact('David', 'Okafor', 'd.okafor@fabrikam.example', {
    companyName: 'Fabrikam',
    phones: { ...noPhones, business: '+44 20 7946 0118' },
  }),
  contact('Elena', 'Petrović', 'elena@adatum.example', {
    phones: { ...noPhones, mobile: '+49 151 5550120' },
    home: { street: 'Am Mühlbach 3', city: 'Altenmühl', state: '', postalCode: '91000', country: 'Germany' },
    text: { type: 1, text: 'Knows every footpath to the mill.' },
  }),
  contact('恵', '田中', 'tanaka@tailspin.example', { yomiFirstName: 'めぐみ', yomiLastName: 'たなか', companyName: 'Tailspin' }),
]

const note = {
  subject: 'Summer party',
  text: { type: 1, text: 'Summer party\nBoats? Ask the club.\nNo speeches.' },
  categories: ['Work'],
  messageClass: 'IPM.StickyNote',
} as const

/** What the owner of the demo finds besides mail, with `now` as today. */
export function demoRecords(now: Instant, zone: ZoneId): DemoRecord[] {
  const monday = mondayOf(now, zone)
  const text = calendar.replaceAll('ZONE', zone).replaceAll(/\$(-?\d+)/g, (_, days: string) => dated(monday, Number(days)))
  const { events, tasks } = readCalendar(text, zone, now)
  return [
    ...events.map(({ event }) => ({ key: event.uid, content: { class: 'Calendar', record: event } as const })),
    ...tasks.map((task) => ({ key: task.uid, content: { class: 'Tasks', record: task } as const })),
    ...contacts.map((record) => ({ key: record.uid, content: { class: 'Contacts', record } as const })),
    { key: 'note', content: { class: 'Notes', record: { ...note, modified: now } } },
  ]
}
