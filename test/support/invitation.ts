// Mail about meetings, as calendars write it: short sources with what a test wants to see again.

export interface InvitationFields {
  readonly method?: string
  readonly uid?: string
  readonly sequence?: number
  /** `20260302T080000Z`. */
  readonly stamp?: string
  /** A whole property, DTSTART included; null for none. */
  readonly start?: string | null
  readonly end?: string | null
  readonly summary?: string
  readonly location?: string
  /** An address; null for no ORGANIZER. */
  readonly organizer?: string | null
  /** Whole properties, or addresses of people who have not answered. */
  readonly attendees?: readonly string[]
  /** Further properties of the event. */
  readonly lines?: readonly string[]
  /** Further components beside the event, each a list of lines. */
  readonly components?: readonly (readonly string[])[]
  readonly from?: string
  readonly to?: string
  readonly subject?: string
  /** Further fields of the mail. */
  readonly headers?: readonly string[]
}

/** The calendar of a mail. */
export function calendar(fields: InvitationFields = {}): string {
  const { method = 'REQUEST', uid = 'tea@example.test', sequence = 0, stamp = '20260302T080000Z', organizer = 'bob@example.test' } = fields
  const { start = 'DTSTART:20260303T090000Z', end = 'DTEND:20260303T100000Z', summary = 'Tea', attendees = ['alice@example.test'] } = fields
  const person = (attendee: string) =>
    /^ATTENDEE/i.test(attendee) ? attendee : `ATTENDEE;CN=Guest;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:${attendee}`
  return [
    'BEGIN:VCALENDAR',
    'PRODID:-//Example//Tests//EN',
    'VERSION:2.0',
    `METHOD:${method}`,
    'BEGIN:VEVENT',
    `UID:${uid}`,
    `SEQUENCE:${sequence}`,
    `DTSTAMP:${stamp}`,
    ...(start === null ? [] : [start]),
    ...(end === null ? [] : [end]),
    `SUMMARY:${summary}`,
    ...(fields.location === undefined ? [] : [`LOCATION:${fields.location}`]),
    ...(organizer === null ? [] : [`ORGANIZER;CN=Bob:mailto:${organizer}`]),
    ...attendees.map(person),
    ...(fields.lines ?? []),
    'END:VEVENT',
    ...(fields.components ?? []).flat(),
    'END:VCALENDAR',
    '',
  ].join('\r\n')
}

let counter = 0

/** A mail around a calendar: a text beside it, as most programs write it. */
export function invitation(fields: InvitationFields = {}): string {
  const { method = 'REQUEST', from = 'Bob <bob@example.test>', to = 'alice@example.test', summary = 'Tea' } = fields
  return [
    `From: ${from}`,
    `To: ${to}`,
    `Subject: ${fields.subject ?? summary}`,
    'Date: Mon, 2 Mar 2026 08:00:00 +0000',
    `Message-ID: <meeting-${++counter}@example.test>`,
    ...(fields.headers ?? []),
    'MIME-Version: 1.0',
    'Content-Type: multipart/alternative; boundary=m',
    '',
    '--m',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Will you come?',
    '--m',
    `Content-Type: text/calendar; charset=utf-8; method=${method}`,
    '',
    calendar(fields),
    '--m--',
    '',
  ].join('\r\n')
}

/** The answer of an attendee. */
export function reply(attendee: string, answer: string, fields: InvitationFields = {}): string {
  return invitation({
    method: 'REPLY',
    from: attendee,
    to: 'bob@example.test',
    stamp: '20260302T100000Z',
    attendees: [`ATTENDEE;PARTSTAT=${answer}:mailto:${attendee}`],
    ...fields,
  })
}
