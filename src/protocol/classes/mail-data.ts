// A stored message as an answer tells it (MS-ASEMAIL 2.2.2): everything at first, afterwards what can have changed.
import { formatAddress } from '../../format/address.ts'
import { codepageOf } from '../../format/charset.ts'
import { conversationIndex } from '../../format/envelope.ts'
import { readableBodies } from '../../format/body.ts'
import { cutUtf8 } from '../../format/text.ts'
import type { CollectionOptions } from '../../model/collection.ts'
import type { Address, Email, Envelope, Flag, MailState } from '../../model/email.ts'
import { fileReference, type Instant } from '../../model/id.ts'
import type { Item, Source } from '../../model/item.ts'
import { attachmentsOf } from './attachments.ts'
import { bodyOf, bodyPartOf } from './body.ts'
import type { FlagOut, MailData } from './email-schema.ts'
import type { Meeting } from './meeting-request.ts'
import { bodyOut } from './record-body.ts'

/** MS-ASEMAIL 2.2.2.36, 2.2.2.79: To and From hold at most 32,768 characters; the other lists are kept as short. */
const addressCharsMax = 32_768
/** RFC 5322 sets no limit; phones that lay a subject out in one line do. */
const subjectBytesMax = 4096

/** As many addresses as fit, none of them cut. */
function list(addresses: readonly Address[], separator: string, write: (address: Address) => string): string {
  let text = ''
  for (const address of addresses) {
    const next = write(address)
    if (next === '') continue
    if (text.length + separator.length + next.length > addressCharsMax) break
    text += text === '' ? next : separator + next
  }
  return text
}

const nameOf = ({ name, address }: Address): string => (name === '' ? address : name).replaceAll(';', ',')

/** Names of recipients as a list shows them, separated by semicolons (MS-ASEMAIL 2.2.2.29). */
export function displayNames(addresses: readonly Address[]): string {
  return list(addresses, '; ', nameOf)
}

/** Addresses separated by commas (MS-ASEMAIL 2.2.2.79). */
export function addressList(addresses: readonly Address[]): string {
  return list(addresses, ', ', formatAddress)
}

/** The properties of `all` that say something. */
function present<const All extends Readonly<Record<string, string>>>(all: All): { readonly [Key in keyof All]?: string } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')) as { [Key in keyof All]?: string }
}

/** MS-ASEMAIL 2.2.2.70: only where it is somebody else than From. */
function senderOf({ from, sender }: Envelope): string {
  const [first] = sender
  if (first === undefined || from.some((one) => one.address.toLowerCase() === first.address.toLowerCase())) return ''
  return formatAddress(first)
}

/** A flag as it travels; null is the empty element that stands where there is none (MS-ASEMAIL 2.2.2.34). */
export function flagOut(flag: Flag | null): FlagOut | null {
  if (flag === null || flag.status === 0) return null
  const { status, type, subject, completed, dateCompleted, start, utcStart, due, utcDue, reminderSet, reminder, ordinal, subOrdinal } = flag
  return {
    Status: status,
    Subject: subject,
    FlagType: type,
    CompleteTime: completed,
    DateCompleted: dateCompleted,
    StartDate: start,
    UtcStartDate: utcStart,
    DueDate: due,
    UtcDueDate: utcDue,
    ReminderSet: reminderSet,
    ReminderTime: reminder,
    OrdinalDate: ordinal,
    SubOrdinalDate: subOrdinal,
  }
}

/** What the owner can have done with a message since the device got it. */
export function stateData(state: MailState): MailData {
  const { read, flag, categories, lastVerb } = state
  return {
    Read: read,
    Flag: flagOut(flag),
    Categories: { Category: categories },
    ...(lastVerb === null ? {} : { LastVerbExecuted: lastVerb.verb, LastVerbExecutionTime: lastVerb.at }),
  }
}

/** A meeting message is one only together with its MeetingRequest. */
function messageClassOf({ messageClass }: Envelope, meeting: Meeting | null): string {
  return meeting === null && messageClass.startsWith('IPM.Schedule.') ? 'IPM.Note' : messageClass
}

function codepage({ structure }: Envelope): string {
  const { plain, html, native } = readableBodies(structure)
  const [part] = native === 2 ? html : plain
  return String(codepageOf(part?.charset ?? structure.charset))
}

/** MS-ASEMAIL 2.2.2.21, 2.2.2.22: opaque, and left out where there is no conversation (Android hides messages with an empty id). */
export function conversationData({ conversation, envelope, received }: Email): Pick<MailData, 'ConversationId' | 'ConversationIndex'> {
  if (conversation === null) return {}
  return { ConversationId: Buffer.from(conversation, 'hex'), ConversationIndex: conversationIndex(envelope, received) }
}

/** The years 0 to 9999 are all that a dateTime can say; a message from elsewhere costs its date, not its folder. */
function tellable(at: Instant): Instant {
  return at >= -62_167_219_200_000 && at <= 253_402_300_799_999 ? Math.trunc(at) : 0
}

/** Everything a client gets to know of a message, and of the meeting it is about, if any. */
export async function wholeMail(
  item: Item,
  email: Email,
  source: Source,
  options: CollectionOptions,
  meeting: Meeting | null,
): Promise<MailData> {
  const { envelope, state, received } = email
  const { bodyPart = null } = options
  const readable = readableBodies(envelope.structure)
  // Lotus Notes and others send nothing but the calendar: what is to be read stands in there.
  const text = readable.plain.length === 0 ? (meeting?.text ?? null) : null
  const calendar = meeting === null ? null : fileReference(item.id, meeting.part)
  const files = attachmentsOf(item.id, envelope).filter(({ FileReference }) => FileReference !== calendar)
  return {
    ...present({
      To: addressList(envelope.to),
      Cc: addressList(envelope.cc),
      From: addressList(envelope.from),
      ReplyTo: list(envelope.replyTo, '; ', formatAddress),
      DisplayTo: displayNames(envelope.to),
      ThreadTopic: cutUtf8(envelope.threadTopic, subjectBytesMax),
      Sender: senderOf(envelope),
      Bcc: addressList(envelope.bcc),
    }),
    Subject: cutUtf8(envelope.subject, subjectBytesMax),
    DateReceived: tellable(received),
    // Android takes a missing one for low.
    Importance: envelope.importance,
    ...(files.length === 0 ? {} : { Attachments: { Attachment: files } }),
    Body: text === null ? await bodyOf(email, source, options) : bodyOut(text, options, 'add'),
    ...(bodyPart === null ? {} : { BodyPart: await bodyPartOf(email, source, bodyPart) }),
    MessageClass: messageClassOf(envelope, meeting),
    ...(meeting === null ? {} : { MeetingRequest: meeting.request }),
    InternetCPID: codepage(envelope),
    ContentClass: `urn:content-classes:${meeting === null ? 'message' : 'calendarmessage'}`,
    NativeBodyType: text?.type ?? readable.native,
    ...conversationData(email),
    ...stateData(state),
    ...(state.receivedAsBcc ? { ReceivedAsBcc: true } : {}),
    IsDraft: state.draft,
  }
}
