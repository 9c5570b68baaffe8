// GlobalObjId: how Exchange names a meeting, or one occurrence of it (MS-ASEMAIL 2.2.2.37, MS-OXOCAL 2.2.1.27), from and to the UID of iCalendar.
import { Buffer } from 'node:buffer'

/** What every GlobalObjId begins with. */
const classId = Buffer.from('040000008200e00074c5b7101a82e008', 'hex')
/** Class id, date of the occurrence, time of creation, reserved, length of what follows. */
const headBytes = 16 + 4 + 8 + 8 + 4
const dateAt = 16
const lengthAt = 36
/** What stands before a UID that is not of Outlook's making. */
const foreign = Buffer.from('vCal-Uid\u0001\0\0\0', 'latin1')

/** What a GlobalObjId names. */
export interface MeetingName {
  readonly uid: string
  /** The date on which the one occurrence was to take place, where it takes place; null for the meeting itself. */
  readonly instance: Temporal.PlainDate | null
}

/** A GlobalObjId without the date of an occurrence, as it stands behind a UID that Outlook made; null for any other text. */
function outlookId(uid: string): Buffer | null {
  if (uid.length < headBytes * 2 || uid.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(uid)) return null
  const bytes = Buffer.from(uid, 'hex')
  if (!isGlobalObjectId(bytes)) return null
  bytes.fill(0, dateAt, dateAt + 4)
  return bytes
}

/** Whether bytes are a GlobalObjId, with data as long as it says. */
function isGlobalObjectId(bytes: Buffer): boolean {
  if (bytes.length < headBytes || !bytes.subarray(0, classId.length).equals(classId)) return false
  return bytes.readUInt32LE(lengthAt) === bytes.length - headBytes
}

/** The GlobalObjId of the meeting with this UID, or of its occurrence on a date. A UID that is a GlobalObjId in hexadecimal is that one. */
export function globalObjectIdOf(uid: string, instance: Temporal.PlainDate | null): Uint8Array {
  const bytes = outlookId(uid) ?? wrapped(uid)
  if (instance !== null) {
    bytes.writeUInt16BE(instance.year, dateAt)
    bytes.writeUInt8(instance.month, dateAt + 2)
    bytes.writeUInt8(instance.day, dateAt + 3)
  }
  return Uint8Array.from(bytes)
}

/** MS-ASEMAIL 2.2.2.37: VCALID, whatever the length of the UID: one that is cut would be that of another meeting. */
function wrapped(uid: string): Buffer {
  const data = Buffer.concat([foreign, Buffer.from(uid, 'utf8'), Buffer.from([0])])
  const head = Buffer.alloc(headBytes)
  classId.copy(head)
  head.writeUInt32LE(data.length, lengthAt)
  return Buffer.concat([head, data])
}

/** What the bytes name (MS-ASEMAIL 3.1.4.7): a UID of Outlook's making comes in capitals. Throws RangeError where they are no GlobalObjId. */
export function uidOfGlobalObjectId(bytes: Uint8Array): MeetingName {
  const all = Buffer.from(bytes)
  if (!isGlobalObjectId(all)) throw new RangeError('this is no GlobalObjId')
  const instance = dateOf(all)
  const data = all.subarray(headBytes)
  // MS-ASEMAIL 3.1.4.7: 12 bytes of marker, and one behind.
  if (data.length >= foreign.length + 1 && data.subarray(0, foreign.length).equals(foreign))
    return { uid: data.toString('utf8', foreign.length, data.length - 1), instance }
  all.fill(0, dateAt, dateAt + 4)
  return { uid: all.toString('hex').toUpperCase(), instance }
}

function dateOf(bytes: Buffer): Temporal.PlainDate | null {
  const year = bytes.readUInt16BE(dateAt)
  const month = bytes.readUInt8(dateAt + 2)
  const day = bytes.readUInt8(dateAt + 3)
  // All of them are 0 for the meeting itself; other nonsense says nothing either.
  if (month < 1 || month > 12 || day < 1 || day > Temporal.PlainYearMonth.from({ year, month }).daysInMonth) return null
  return Temporal.PlainDate.from({ year, month, day })
}

/**
 * The UID that a client means: some write the GlobalObjId in its place, in hexadecimal or base64, and a foreign UID inside of it is the
 * one that everybody else knows.
 */
export function uidMeant(text: string): string {
  for (const encoding of ['hex', 'base64'] as const) {
    if (!(encoding === 'hex' ? /^[0-9a-f]+$/i : /^[A-Za-z0-9+/]+=*$/).test(text)) continue
    const bytes = Buffer.from(text, encoding)
    if (isGlobalObjectId(bytes)) return uidOfGlobalObjectId(bytes).uid
  }
  return text
}
