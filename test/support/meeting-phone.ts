// Phones in meetings: they invite, answer and call off by what their version has for it, and tests look at what came of it.
import { setImmediate as turn } from 'node:timers/promises'
import { folderType, type FolderType } from '../../src/model/folder.ts'
import { emailOf } from '../../src/model/item.ts'
import { readMeetingMail, type ReadMeetingMail } from './itip.ts'
import { addEvent, compact, properties, type Added } from './phone-events.ts'
import type { Phone, Reply } from './phone.ts'
import type { TestServer } from './server.ts'
import { all, el, textAt, type Node } from './wire.ts'

export interface MeetingFields {
  readonly subject?: string
  readonly start?: string
  readonly end?: string
  readonly guests: readonly string[]
  /** Further elements of the event. */
  readonly more?: Readonly<Record<string, string | number | null | readonly Node[]>>
}

/** `Attendees`, as a phone sends them. */
export function attendees(addresses: readonly string[]): Node[] {
  return addresses.map((address) =>
    el('Calendar:Attendee', [
      el('Calendar:Email', address),
      el('Calendar:Name', address.split('@')[0] ?? ''),
      el('Calendar:AttendeeType', 1),
    ]),
  )
}

/** A phone of 16.x makes a meeting: the server tells everybody. */
export function meet(phone: Phone, { subject = 'Tea', start, end, guests, more = {} }: MeetingFields): Promise<Added> {
  return addEvent(
    phone,
    properties({
      AllDayEvent: 0,
      BusyStatus: 2,
      StartTime: compact(start ?? '2026-03-03T09:00:00Z'),
      EndTime: compact(end ?? '2026-03-03T10:00:00Z'),
      Subject: subject,
      Sensitivity: 0,
      MeetingStatus: 1,
      Attendees: attendees(guests),
      ...more,
    }),
  )
}

export interface AnswerFields {
  readonly instance?: string
  readonly longId?: string
  /** 16.x: the server is to send the answer, with this in it. */
  readonly send?: readonly Node[]
  readonly collection?: string
}

/** One Request of MeetingResponse. */
export function answerNode(id: string | null, response: number, { instance, longId, send, collection }: AnswerFields = {}): Node {
  return el('MeetingResponse:Request', [
    el('MeetingResponse:UserResponse', response),
    id !== null && el('MeetingResponse:CollectionId', collection ?? id.split(':')[0] ?? ''),
    id !== null && el('MeetingResponse:RequestId', id),
    longId !== undefined && el('Search:LongId', longId),
    instance !== undefined && el('MeetingResponse:InstanceId', instance),
    send !== undefined && el('MeetingResponse:SendResponse', send.length === 0 ? undefined : send),
  ])
}

export interface Answered {
  readonly status: number
  readonly requestId: string | null
  readonly calendarId: string | null
}

export function answersIn(reply: Reply): Answered[] {
  return all(reply.node, 'Result').map((node) => ({
    status: Number(textAt(node, 'Status')),
    requestId: textAt(node, 'RequestId'),
    calendarId: textAt(node, 'CalendarId'),
  }))
}

/** Sends MeetingResponse with these Requests. */
export async function respond(phone: Phone, requests: readonly Node[]): Promise<Answered[]> {
  return answersIn(await phone.post('MeetingResponse', el('MeetingResponse:MeetingResponse', requests)))
}

/** Answers one invitation: 1 accepts, 2 tentatively, 3 declines. */
export async function answer(phone: Phone, id: string | null, response: number, fields: AnswerFields = {}): Promise<Answered> {
  const [answered] = await respond(phone, [answerNode(id, response, fields)])
  if (answered === undefined) throw new Error('no Result')
  return answered
}

/** The text of a SendResponse. */
export function saying(text: string): Node {
  return el('AirSyncBase:Body', [el('AirSyncBase:Type', 1), el('AirSyncBase:Data', text)])
}

/** Resolves when everything that left for somebody here has come. */
export async function settled(server: TestServer): Promise<void> {
  while ((await server.store.outbox.list()).length > 0) await turn()
}

/** The meeting mails in a folder of an account, oldest first, read by other implementations. */
export async function meetingMails(server: TestServer, address: string, type: FolderType = folderType.inbox): Promise<ReadMeetingMail[]> {
  const mailbox = await server.mailbox(address)
  const feed = mailbox.items((await mailbox.defaultFolder(type)).id, 'Email')
  const { changes } = await feed.newestFirst(null, null, 1000)
  const items = [...(await feed.read(changes.map(({ id }) => id))).values()].sort((one, other) => one.modseq - other.modseq)
  const mails: ReadMeetingMail[] = []
  for (const item of items) {
    if (!emailOf(item).envelope.messageClass.startsWith('IPM.Schedule.Meeting')) continue
    const source = await mailbox.source(item.id)
    if (source !== null) mails.push(await readMeetingMail(await source.read(0, source.bytes)))
  }
  return mails
}

/** `REQUEST Tea`, `REPLY Accepted: Tea` … */
export function titles(mails: readonly ReadMeetingMail[]): string[] {
  return mails.map(({ method, subject }) => `${method} ${subject}`)
}

/** The id of the invitation with this subject in the phone's inbox. */
export async function invitationOn(phone: Phone, subject = 'Tea'): Promise<string> {
  await phone.syncAll('Inbox')
  return phone.mail('Inbox', subject).id
}
