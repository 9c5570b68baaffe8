// The message class of a mail (MS-ASEMAIL 2.2.2.49), by which phones tell meetings, reports and S/MIME from plain mail.
import type { Buffer } from 'node:buffer'
import type { Envelope, MimePart } from '../model/email.ts'
import { calendarHead, calendarMethod, calendarParts } from './calendar-part.ts'
import { decodePrefix } from './transfer.ts'

// Status fields stand at the front of their part.
const readCharsMax = 64 * 1024

function textOf(source: Buffer, part: MimePart): string {
  return decodePrefix(source.subarray(part.body, part.end), part.encoding, readCharsMax).toString('latin1')
}

function find(part: MimePart, matches: (part: MimePart) => boolean): MimePart | null {
  if (part.parts.length === 0) return matches(part) ? part : null
  for (const child of part.parts) {
    const found = find(child, matches)
    if (found !== null) return found
  }
  return null
}

const isEncrypted = (part: MimePart) =>
  /^application\/(?:x-)?pkcs7-mime$/.test(part.type) || (part.type === 'application/octet-stream' && /\.p7m$/i.test(part.name ?? ''))

const isSignature = (part: MimePart) => /^application\/(?:x-)?pkcs7-signature$/.test(part.type) || /\.p7s$/i.test(part.name ?? '')

/** Whether the message is S/MIME as a whole. PGP is not: a phone can neither check nor open it, and reads it as plain mail. */
export function smimeOf(root: MimePart): Envelope['smime'] {
  if (root.type === 'multipart/signed') return root.parts.slice(1).some(isSignature) ? 'signed' : null
  return root.parts.length === 0 && isEncrypted(root) ? 'encrypted' : null
}

function reportClass(source: Buffer, root: MimePart): string | null {
  const status = find(root, (part) => part.type === 'message/delivery-status' || part.type === 'message/global-delivery-status')
  if (status !== null) {
    const text = textOf(source, status)
    if (/^Action:\s*failed/im.test(text)) return 'REPORT.IPM.Note.NDR'
    if (/^Action:\s*delayed/im.test(text)) return 'REPORT.IPM.Note.DELAYED'
    return /^Action:\s*(?:delivered|relayed|expanded)/im.test(text) ? 'REPORT.IPM.Note.DR' : 'REPORT.IPM.Note.NDR'
  }
  const receipt = find(root, (part) => part.type.endsWith('disposition-notification'))
  if (receipt === null) return null
  return /^Disposition:[^;\n]*;\s*deleted/im.test(textOf(source, receipt)) ? 'REPORT.IPM.Note.IPNNRN' : 'REPORT.IPM.Note.IPNRN'
}

const answers: Readonly<Record<string, string>> = { ACCEPTED: 'Pos', DECLINED: 'Neg', TENTATIVE: 'Tent' }

/** What an attendee answers, by the ending of its class; null for no answer. */
function answerIn(head: string): string | null {
  return answers[/^ATTENDEE\b[^\r\n]*?;PARTSTAT="?(\w+)/im.exec(head)?.[1]?.toUpperCase() ?? ''] ?? null
}

/** A calendar part with a method is a meeting message (RFC 6047 2.4). The methods that are missing here are read as plain mail. */
function meetingClass(source: Buffer, root: MimePart): string | null {
  for (const part of calendarParts(root)) {
    const bytes = source.subarray(part.start, part.end)
    const method = calendarMethod(bytes, part)
    if (method === null) continue
    if (method === 'REQUEST') return 'IPM.Schedule.Meeting.Request'
    if (method === 'CANCEL') return 'IPM.Schedule.Meeting.Canceled'
    const answer = method === 'REPLY' || method === 'COUNTER' ? answerIn(calendarHead(bytes, part)) : null
    if (answer !== null) return `IPM.Schedule.Meeting.Resp.${answer}`
    // Who would rather have another time may come, at least.
    return method === 'COUNTER' ? 'IPM.Schedule.Meeting.Resp.Tent' : null
  }
  return null
}

/** The class of a message whose structure is known; `IPM.Note` for all that is nothing special. */
export function messageClassOf(source: Buffer, root: MimePart): string {
  if (root.type === 'multipart/report') return reportClass(source, root) ?? 'IPM.Note'
  const smime = smimeOf(root)
  if (smime === 'signed') return 'IPM.Note.SMIME.MultipartSigned'
  if (smime === 'encrypted') return 'IPM.Note.SMIME'
  return meetingClass(source, root) ?? 'IPM.Note'
}
