// Meeting mail as another implementation reads it: mailparser for the mail, ical.js for what it says.
import ICAL from 'ical.js'
import { simpleParser, type AddressObject } from 'mailparser'

export interface ReadEvent {
  readonly uid: string
  /** Null for a whole meeting. */
  readonly recurrenceId: string | null
  readonly sequence: number
  readonly stamp: string
  /** As instants, or dates of all-day events. */
  readonly start: string
  readonly end: string
  readonly zone: string
  readonly summary: string
  readonly location: string
  readonly status: string | null
  readonly rule: string | null
  /** Starts of occurrences that do not take place. */
  readonly exdates: readonly string[]
  readonly organizer: string | null
  /** `address PARTSTAT`, and ` RSVP` where an answer is wanted. */
  readonly attendees: readonly string[]
  /** Names of all its properties, in lower case. */
  readonly names: readonly string[]
}

export interface ReadMeetingMail {
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly messageId: string
  readonly date: string
  readonly contentClass: string
  readonly text: string
  readonly html: string | null
  readonly method: string
  /** METHOD inside of the calendar. */
  readonly innerMethod: string
  readonly events: readonly ReadEvent[]
  /** Names and contents of its files. */
  readonly files: readonly string[]
}

const bare = (value: unknown) =>
  String(value)
    .replace(/^mailto:/i, '')
    .toLowerCase()

function timeOf(property: ICAL.Property | null): string {
  const value = property?.getFirstValue()
  if (!(value instanceof ICAL.Time)) return ''
  return value.isDate ? value.toString() : value.toJSDate().toISOString()
}

function eventIn(component: ICAL.Component): ReadEvent {
  const first = (name: string) => component.getFirstProperty(name)
  const text = (name: string) => first(name)?.getFirstValue()?.toString() ?? null
  return {
    uid: text('uid') ?? '',
    recurrenceId: first('recurrence-id') === null ? null : timeOf(first('recurrence-id')),
    sequence: Number(text('sequence') ?? '0'),
    stamp: timeOf(first('dtstamp')),
    start: timeOf(first('dtstart')),
    end: timeOf(first('dtend')),
    zone: String(first('dtstart')?.getFirstParameter('tzid') ?? ''),
    summary: text('summary') ?? '',
    location: text('location') ?? '',
    status: text('status'),
    rule: text('rrule'),
    exdates: component
      .getAllProperties('exdate')
      .flatMap((property) => property.getValues().map((value) => (value as ICAL.Time).toJSDate().toISOString())),
    organizer: first('organizer') === null ? null : bare(text('organizer')),
    attendees: component.getAllProperties('attendee').map((attendee) => {
      const wanted = String(attendee.getFirstParameter('rsvp')).toUpperCase() === 'TRUE' ? ' RSVP' : ''
      return `${bare(attendee.getFirstValue())} ${attendee.getFirstParameter('partstat')}${wanted}`
    }),
    names: component.getAllProperties().map(({ name }) => name),
  }
}

const addresses = (field: AddressObject | AddressObject[] | undefined) =>
  [field ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address ?? ''))

/** The events of a calendar, with their time zones told to ical.js. */
export function readEvents(text: string): { readonly method: string; readonly events: readonly ReadEvent[] } {
  const root = new ICAL.Component(ICAL.parse(text) as unknown[])
  for (const zone of root.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone)
  return { method: String(root.getFirstPropertyValue('method')), events: root.getAllSubcomponents('vevent').map(eventIn) }
}

export async function readMeetingMail(message: Uint8Array): Promise<ReadMeetingMail> {
  const mail = await simpleParser(Buffer.from(message), { skipTextToHtml: true, skipHtmlToText: true, skipTextLinks: true })
  const raw = Buffer.from(message)
    .toString('latin1')
    .replaceAll(/\r\n[ \t]/g, ' ')
  const method = /^Content-Type: text\/calendar;.*?method="?([A-Z]+)/im.exec(raw)?.[1] ?? ''
  const calendar = mail.attachments.find(({ contentType }) => contentType === 'text/calendar')
  const { method: innerMethod, events } = readEvents(calendar?.content.toString('utf8') ?? 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n')
  return {
    from: addresses(mail.from)[0] ?? '',
    to: addresses(mail.to),
    subject: mail.subject ?? '',
    messageId: mail.messageId ?? '',
    date: mail.date?.toISOString() ?? '',
    contentClass: /^Content-Class: (.*)$/im.exec(raw)?.[1]?.trim() ?? '',
    text: mail.text ?? '',
    html: typeof mail.html === 'string' ? mail.html : null,
    method,
    innerMethod,
    events,
    files: mail.attachments.filter((one) => one !== calendar).map(({ filename, content }) => `${filename}: ${content.toString('utf8')}`),
  }
}
