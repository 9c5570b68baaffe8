// A client's Add or Change of an event, as a function of what was there and what came.
import { speakable } from '../../../format/text.ts'
import { withGuestsOf } from '../../../mail/meeting/only-answers.ts'
import type { CalendarEvent, Occasion } from '../../../model/event.ts'
import { Failure } from '../../error.ts'
import { isKnownInPart } from '../record-body.ts'
import { exceptionsIn, movedAlong, surviving } from './exceptions.ts'
import { toldIn } from './occasion.ts'
import { attendeesIn, partIn } from './people.ts'
import { changedRecurrence, recurrenceIn } from './recurrence.ts'
import type { EventChange } from './schema.ts'
import { faceOf, type Terms } from './terms.ts'
import { changedSpan, isSameSpan, newSpan, timeOut } from './times.ts'
import { momentOf, zoneIn } from './zone.ts'

/** MS-ASCAL 2.2.2.46 says 300; the model leaves room for foreign ones. */
const uidCharsMax = 1024

/** What an event is of which nothing was said: busy for half an hour of no name. */
const blank: Occasion = {
  allDay: false,
  start: 0,
  end: 0,
  subject: '',
  place: null,
  text: null,
  busyStatus: 2,
  sensitivity: 0,
  reminder: null,
  categories: [],
  attendees: [],
  files: [],
  meetingStatus: 0,
  responseType: 0,
  repliedAt: null,
  onlineMeetingLink: null,
  onlineMeetingExternalLink: null,
  stamp: 0,
  sequence: 0,
  foreign: null,
}

/** A name that a client gave, without the NUL that iOS puts behind it. */
export function nameIn(name: string): string {
  const clean = speakable(name).trim()
  if (clean.length > uidCharsMax) throw new Failure('ItemMalformed', `a name of ${clean.length} characters`)
  return clean
}

/** 32 hexadecimal digits as the UUID they are; any other name as it is. */
export function asUuid(name: string): string {
  const digits = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i.exec(name)
  return digits === null ? name : digits.slice(1).join('-')
}

/** The event that a client's Add makes, under `uid`. */
export function addedEvent(sent: EventChange, uid: string, terms: Terms): CalendarEvent {
  const { account, now, dialect } = terms
  const zone = zoneIn(sent.Timezone, momentOf(sent.StartTime ?? now, (sent.Recurrence ?? null) !== null, now), null, terms) ?? terms.zone
  const face = faceOf({ zone }, dialect)
  const span = newSpan(sent, face, now)
  const told = toldIn(sent, blank, terms)
  const attendees = attendeesIn(sent.Attendees?.Attendee ?? [], [])
  const event: CalendarEvent = {
    ...blank,
    stamp: now,
    ...told,
    ...span,
    ...partIn(sent, attendees, null, account),
    uid,
    zone,
    recurrence: recurrenceIn(sent.Recurrence ?? null, span, face),
    exceptions: [],
    responseRequested: sent.ResponseRequested ?? attendees.length > 0,
    disallowNewTimeProposal: sent.DisallowNewTimeProposal ?? false,
    clientUid: sent.ClientUid === undefined ? null : speakable(sent.ClientUid),
    lastFile: 0,
  }
  return { ...event, exceptions: exceptionsIn(sent.Exceptions?.Exception ?? null, event, [], terms) }
}

/** Elements that a Change takes away by leaving them out, and what is left then. Times, zone and name are never taken away. */
type Clearable = 'Subject' | 'LocationName' | 'Body' | 'BusyStatus' | 'Sensitivity' | 'Reminder' | 'Categories' | 'Attendees'

const elementOf: Readonly<Record<Clearable | 'Recurrence' | 'ResponseRequested' | 'DisallowNewTimeProposal', string>> = {
  Subject: 'Calendar:Subject',
  LocationName: 'Calendar:Location',
  Body: 'AirSyncBase:Body',
  BusyStatus: 'Calendar:BusyStatus',
  Sensitivity: 'Calendar:Sensitivity',
  Reminder: 'Calendar:Reminder',
  Categories: 'Calendar:Categories',
  Attendees: 'Calendar:Attendees',
  Recurrence: 'Calendar:Recurrence',
  ResponseRequested: 'Calendar:ResponseRequested',
  DisallowNewTimeProposal: 'Calendar:DisallowNewTimeProposal',
}

/** MS-ASCMD 2.2.3.179, MS-ASCAL 2.2.2.27: whether to leave this element out takes away what it says. */
function isTakenAway(name: keyof typeof elementOf, sent: EventChange, before: CalendarEvent, terms: Terms): boolean {
  const { dialect, supported, options, categoriesStay } = terms
  if (sent[name] !== undefined || dialect.eventsGhosted) return false
  if (name === 'Body' && isKnownInPart(before.text, options)) return false
  if (name === 'Categories' && categoriesStay) return false
  if ((name === 'ResponseRequested' || name === 'DisallowNewTimeProposal') && !dialect.meetingAnswers) return false
  return name === 'LocationName' || supported === null || supported.includes(elementOf[name])
}

/** What came, with what was left out of it put in as empty where that takes it away. */
function completed(sent: EventChange, before: CalendarEvent, terms: Terms): EventChange {
  const gone = (name: keyof typeof elementOf) => isTakenAway(name, sent, before, terms)
  return {
    ...sent,
    ...(gone('Subject') ? { Subject: '' } : {}),
    ...(gone('LocationName') ? { LocationName: '' } : {}),
    ...(gone('Body') ? { Body: {} } : {}),
    ...(gone('BusyStatus') ? { BusyStatus: blank.busyStatus } : {}),
    ...(gone('Sensitivity') ? { Sensitivity: blank.sensitivity } : {}),
    ...(gone('Reminder') ? { Reminder: null } : {}),
    ...(gone('Categories') ? { Categories: null } : {}),
    ...(gone('Attendees') ? { Attendees: null } : {}),
    ...(gone('Recurrence') ? { Recurrence: null } : {}),
    ...(gone('ResponseRequested') ? { ResponseRequested: false } : {}),
    ...(gone('DisallowNewTimeProposal') ? { DisallowNewTimeProposal: false } : {}),
  }
}

/** The exceptions of a series after its Change. */
function exceptionsAfter(sent: EventChange, series: CalendarEvent, before: CalendarEvent, terms: Terms): CalendarEvent['exceptions'] {
  const { Exceptions } = sent
  const isMoved = !isSameSpan(series, before) || series.recurrence !== before.recurrence
  const isElsewhere = isMoved || series.zone !== before.zone
  // MS-ASCAL 2.2.2.22: from 16.0 on another pattern, start or end deletes them.
  const stood =
    isMoved && terms.dialect.eventsGhosted ? [] : isElsewhere ? surviving(series, before, faceOf(series, terms.dialect)) : before.exceptions
  const left = withGuestsOf(before.attendees, series.attendees, stood)
  // MS-ASCAL 3.2.5.3.1: left out, they stay, whatever Supported said.
  if (Exceptions === undefined) return left
  const listed = movedAlong(Exceptions?.Exception ?? [], before, faceOf(before, terms.dialect))
  return exceptionsIn(listed, { ...series, exceptions: left }, left, terms)
}

/** Whether a client sends back the days that it was told of, though perhaps with the zone it is in now: they do not move with it. */
function isSameDays({ AllDayEvent: allDay = true, StartTime, EndTime }: EventChange, before: CalendarEvent, { dialect }: Terms): boolean {
  const face = faceOf(before, dialect)
  if (!before.allDay || !allDay || StartTime !== timeOut(before.start, true, face)) return false
  return EndTime === undefined || EndTime === timeOut(before.end, true, face)
}

/** The event after a client's Change of the whole. */
export function changedEvent(before: CalendarEvent, change: EventChange, terms: Terms): CalendarEvent {
  const { account, now, dialect } = terms
  const sent = completed(change, before, terms)
  const repeats = (sent.Recurrence === undefined ? before.recurrence : sent.Recurrence) !== null
  const told = zoneIn(sent.Timezone, momentOf(sent.StartTime ?? before.start, repeats, now), before, terms)
  const zone = told === null || isSameDays(sent, before, terms) ? before.zone : told
  const face = faceOf({ zone }, dialect)
  const span = changedSpan(sent, before, face) ?? { allDay: before.allDay, start: before.start, end: before.end }
  const { stamp, ...own } = toldIn(sent, before, terms)
  const attendees = sent.Attendees === undefined ? before.attendees : attendeesIn(sent.Attendees?.Attendee ?? [], before.attendees)
  const part = partIn(sent, attendees, before, account)
  const isOwn = part.responseType === 1 || part.meetingStatus === 0
  const series: CalendarEvent = {
    ...before,
    ...own,
    ...span,
    ...part,
    zone,
    ...(isOwn && stamp !== undefined ? { stamp } : {}),
    recurrence: sent.Recurrence === undefined ? before.recurrence : changedRecurrence(sent.Recurrence, span, before, face),
    ...(isOwn && sent.ResponseRequested !== undefined ? { responseRequested: sent.ResponseRequested } : {}),
    ...(isOwn && sent.DisallowNewTimeProposal !== undefined ? { disallowNewTimeProposal: sent.DisallowNewTimeProposal } : {}),
  }
  return { ...series, exceptions: exceptionsAfter(sent, series, before, terms) }
}
