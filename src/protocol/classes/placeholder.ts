// What stands in for a message that cannot be shown: its subject, a sentence that says so, and the message itself as a file.
import { encodeHeader } from '../../format/header-out.ts'
import { cleanName } from '../../format/name.ts'
import { cutUtf8, utf8Bytes } from '../../format/text.ts'
import type { CollectionOptions } from '../../model/collection.ts'
import type { Email } from '../../model/email.ts'
import type { Instant, ServerId } from '../../model/id.ts'
import { wholeAsAttachment } from './attachments.ts'
import { preferencesFor } from './body.ts'
import type { Body, MailData } from './email-schema.ts'

const subjectCharsMax = 256
const fallbackSubject = 'A message that cannot be shown'
const explanation =
  'This message cannot be shown: it is damaged or built in a way that the server does not understand. ' +
  'The original is attached, just as it arrived.'

/** The same sentence in each type a client may insist on. */
function bodyOf(type: number, subject: string): string {
  switch (type) {
    case 4:
      return `${encodeHeader('Subject', subject)}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${explanation}\r\n`
    case 2:
      return `<html><body><p>${explanation}</p></body></html>`
    default:
      return explanation
  }
}

function body(email: Email, options: CollectionOptions, subject: string): Body {
  const [preference] = preferencesFor(options, email.envelope)
  const type = preference?.type ?? 1
  const text = bodyOf(type, subject)
  const data = cutUtf8(text, preference?.truncationSize ?? Number.MAX_SAFE_INTEGER)
  const truncated = data.length < text.length ? { Truncated: true } : {}
  return { Type: type, EstimatedDataSize: utf8Bytes(text), ...truncated, ...(data === '' ? {} : { Data: data }) }
}

/** The placeholder of a message. Reads nothing of its source and so cannot fail for what lies in it. */
export function placeholder(id: ServerId, email: Email, date: Instant, options: CollectionOptions): MailData {
  const known = email.envelope.subject.slice(0, subjectCharsMax).toWellFormed()
  const subject = known === '' ? fallbackSubject : known
  const { read } = email.state
  return {
    Subject: subject,
    DateReceived: date,
    Importance: 1,
    Read: read,
    Attachments: { Attachment: [wholeAsAttachment(id, `${cleanName(subject) ?? 'message'}.eml`, email.bytes)] },
    Body: body(email, options, subject),
    MessageClass: 'IPM.Note',
    InternetCPID: '65001',
    Flag: null,
    ContentClass: 'urn:content-classes:message',
    NativeBodyType: 1,
    Categories: {},
    IsDraft: false,
  }
}
