// The text/calendar of a message that is about a meeting (RFC 6047 2.4): which part it is, what it wants, and its text.
import type { Buffer } from 'node:buffer'
import type { MimePart } from '../model/email.ts'
import { decodeText } from './charset.ts'
import { parseParameters } from './content.ts'
import { lineEnd, readHeaders } from './headers.ts'
import { isOfMeetings } from './meeting-measure.ts'
import { decodePrefix, decodeTransfer } from './transfer.ts'

/** The head of a calendar stands at the front of its part. */
const headBytesMax = 64 * 1024
/** Files of a meeting come beside its calendar, seldom inside. What is longer would hold up everybody else while it is read. */
const calendarBytesMax = 5 * 1024 * 1024
/** Real mail holds two at most: one to be read, and the same again as a file. */
const partsMax = 10

/** The parts that may be it, in order. Those of messages inside the message are none, and so are those beyond the measure of a meeting. */
export function calendarParts(root: MimePart): readonly MimePart[] {
  const found: MimePart[] = []
  const collect = (part: MimePart) => {
    if (part.parts.length > 0) for (const child of part.parts) collect(child)
    else if (part.type === 'text/calendar' && part.end - part.start <= calendarBytesMax && found.length < partsMax) found.push(part)
  }
  collect(root)
  return found
}

/**
 * What a calendar part is sent for, in capitals: the parameter of its type says so, or else it says itself. Null for one that is only a
 * file. `bytes` begin with the headers of the part.
 */
export function calendarMethod(bytes: Buffer, part: MimePart): string | null {
  const { headers } = readHeaders(bytes, 0, part.body - part.start, lineEnd(bytes))
  const named = parseParameters(headers.get('content-type') ?? '').parameters['method']
  const method = (named ?? /^METHOD[ \t]*(?:;[^:\r\n]*)?:[ \t]*([\w-]+)/im.exec(calendarHead(bytes, part))?.[1] ?? '').trim().toUpperCase()
  return method === '' ? null : method
}

/** The first characters of a calendar part, unfolded, so that a fold inside of a parameter hides nothing. */
export function calendarHead(bytes: Buffer, part: MimePart): string {
  const body = bytes.subarray(part.body - part.start, part.end - part.start)
  return decodePrefix(body, part.encoding, headBytesMax)
    .toString('latin1')
    .replace(/\r?\n[ \t]/g, '')
}

/** The text of a calendar part; null where it is not of the measure of one. `bytes` begin with the headers of the part. */
export function meetingText(bytes: Buffer, part: MimePart): string | null {
  const body = bytes.subarray(part.body - part.start, part.end - part.start)
  const text = decodeText(decodeTransfer(body, part.encoding), part.charset)
  return isOfMeetings(text) ? text : null
}
