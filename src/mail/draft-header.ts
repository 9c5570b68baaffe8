// The header of a draft: the fields a phone sent in place of those that were there.
import { randomUUID } from 'node:crypto'
import { formatAddress, parseAddresses } from '../format/address.ts'
import { readEnvelope } from '../format/envelope.ts'
import { addHeaders, encodeHeader, normaliseLineEnds, stripHeaders } from '../format/header-out.ts'
import type { Account } from '../model/account.ts'
import type { Envelope } from '../model/email.ts'
import type { Instant } from '../model/id.ts'
import { headerDate } from './header-date.ts'
import { splitAddress } from './local-address.ts'
import { contentFields } from './mime-copy.ts'

/** What a phone sent of a draft's header; what it left out stays as it is, what it sent empty goes. */
export interface DraftHeader {
  readonly from?: string
  readonly to?: string
  readonly cc?: string
  readonly bcc?: string
  readonly replyTo?: string
  readonly subject?: string
  /** MS-ASEMAIL 2.2.2.38: 0 low, 1 normal, 2 high. */
  readonly importance?: 0 | 1 | 2
}

export interface Writer {
  readonly account: Account
  readonly now: Instant
}

type Fields = (readonly [name: string, value: string])[]

const importanceFields = ['importance', 'x-priority', 'x-msmail-priority', 'priority']

/** `Name: value` of a list of addresses. Names without an address stand there as they are, so that sending can refuse them. */
function addressLine(name: string, value: string): string {
  const members = parseAddresses(value).map((member) => {
    const text = member.address === '' ? member.name : formatAddress(member)
    // A field of another kind where there is no address: as an address it would become an empty group.
    const line = encodeHeader(member.address === '' ? 'Subject' : name, text)
    return line.slice(line.indexOf(':') + 2)
  })
  return `${name}: ${members.join(',\r\n ')}\r\n`
}

function importanceOf(importance: DraftHeader['importance']): Fields {
  if (importance === 0)
    return [
      ['Importance', 'Low'],
      ['X-Priority', '5'],
    ]
  return importance === 2
    ? [
        ['Importance', 'High'],
        ['X-Priority', '1'],
      ]
    : []
}

function newMessageId({ account }: Writer): string {
  return `<${randomUUID()}@${splitAddress(account.address)?.domain ?? 'localhost'}>`
}

/**
 * The header of a draft without its content fields and without a blank line at its end. `before` is the header block it had,
 * empty for a new one; `envelope` what was read of it.
 */
export function draftHeader(fields: DraftHeader, before: Uint8Array, envelope: Envelope | null, writer: Writer): Uint8Array {
  const own = formatAddress({ name: writer.account.displayName, address: writer.account.address })
  const people = {
    From: fields.from ?? ((envelope?.from.length ?? 0) === 0 ? own : undefined),
    To: fields.to,
    Cc: fields.cc,
    Bcc: fields.bcc,
    'Reply-To': fields.replyTo,
  }
  const sent = Object.entries(people).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const plain: Fields = [['Date', headerDate(writer.now)]]
  if (fields.subject !== undefined) plain.push(['Subject', fields.subject])
  if ((envelope?.messageId ?? null) === null) plain.push(['Message-ID', newMessageId(writer)])
  plain.push(...importanceOf(fields.importance))

  const replaced = [...sent, ...plain].map(([name]) => name)
  const gone = [...contentFields, 'mime-version', ...replaced, ...(fields.importance === undefined ? [] : importanceFields)]
  const kept = Buffer.from(stripHeaders(before, gone)).toString('latin1').trimEnd()
  const lines = sent.filter(([, value]) => value.trim() !== '').map(([name, value]) => addressLine(name, value))
  const rest = Buffer.from(`${kept}${kept === '' ? '' : '\r\n'}MIME-Version: 1.0\r\n`, 'latin1')
  return addHeaders(Buffer.concat([Buffer.from(lines.join(''), 'utf8'), rest]), plain)
}

/** A draft that came as a whole message, with what it lacks to be one. */
export function wholeDraft(data: Uint8Array, importance: DraftHeader['importance'], writer: Writer): Uint8Array {
  const message = normaliseLineEnds(data)
  const envelope = readEnvelope(message)
  const own = formatAddress({ name: writer.account.displayName, address: writer.account.address })
  const fields: Fields = []
  if (envelope.from.length === 0) fields.push(['From', own])
  if (envelope.date === null) fields.push(['Date', headerDate(writer.now)])
  if (envelope.messageId === null) fields.push(['Message-ID', newMessageId(writer)])
  const isOther = importance !== undefined && importance !== envelope.importance
  const gone = [...fields.map(([name]) => name), ...(isOther ? importanceFields : [])]
  return addHeaders(stripHeaders(message, gone), [...fields, ...(isOther ? importanceOf(importance) : [])])
}
