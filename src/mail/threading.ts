// The fields that tie an answer to what it answers (RFC 5322 3.6.4, MS-OXOMSG 2.2.1.2 and 2.2.1.3).
import type { Envelope } from '../model/email.ts'
import type { Instant } from '../model/id.ts'
import type { Purpose } from './quote.ts'

/** The first, on which threads hang, and the nearest; RFC 5537 3.4.4 suggests some twenty. */
const referencesMax = 20

const ticksTo1970 = 116_444_736_000_000_000n

/** The original's Thread-Index with five bytes for one more answer; null if it is none. */
export function childThreadIndex(parent: string, now: Instant): string | null {
  const bytes = Buffer.from(parent, 'base64')
  if (bytes.length < 22 || bytes.length > 1000) return null
  const begin = bytes.readUIntBE(1, 5)
  const ticks = BigInt(Math.trunc(now)) * 10_000n + ticksTo1970 - BigInt(begin) * 65_536n
  const passed = ticks < 0n ? 0n : ticks
  // A distance below 1.7 years counts in steps of 26 milliseconds, a longer one in steps of 0.8 seconds.
  const isFar = passed >> 49n !== 0n
  const delta = (passed >> (isFar ? 23n : 18n)) & 0x7fff_ffffn
  const level = Buffer.alloc(5)
  level.writeUInt32BE(Number(isFar ? delta | 0x8000_0000n : delta))
  // The last byte tells answers of one instant apart; a hash of the parent is as good as dice.
  level.writeUInt8((bytes.reduce((sum, byte) => sum + byte, 0) & 0x0f) << 4, 4)
  return Buffer.concat([bytes, level]).toString('base64')
}

/** Identifiers that can stand in a header as they are. */
function plainIds(ids: readonly string[]): string[] {
  return ids.filter((id) => /^[\x21-\x7e]+$/.test(id) && !/[<>]/.test(id))
}

/** What the new message lacks of the fields that tie it to the original; those the phone wrote stay. */
export function threadFields(message: Envelope, original: Envelope, purpose: Purpose, now: Instant): (readonly [string, string])[] {
  const [parent] = plainIds(original.messageId === null ? [] : [original.messageId])
  const before = plainIds(original.references.length > 0 ? original.references : original.inReplyTo.slice(0, 1))
  const chain = parent === undefined ? before : [...before.filter((id) => id !== parent), parent]
  const references = chain.length > referencesMax ? [...chain.slice(0, 1), ...chain.slice(1 - referencesMax)] : chain
  const index = original.threadIndex === null || message.threadIndex !== null ? null : childThreadIndex(original.threadIndex, now)
  const fields: (readonly [string, string])[] = []
  // A forwarded message answers nothing, but belongs to the conversation.
  if (purpose === 'reply' && parent !== undefined && message.inReplyTo.length === 0) fields.push(['In-Reply-To', `<${parent}>`])
  if (references.length > 0 && message.references.length === 0) fields.push(['References', references.map((id) => `<${id}>`).join(' ')])
  if (index !== null) fields.push(['Thread-Topic', original.threadTopic], ['Thread-Index', index])
  return fields
}
