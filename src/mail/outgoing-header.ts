// The header of a message from a phone, judged before the message may leave: well formed, from its owner, to somebody.
import { addressesIn, formatAddress, parseAddresses } from '../format/address.ts'
import { parseDate } from '../format/date.ts'
import { addHeaders, stripHeaders } from '../format/header-out.ts'
import { type Headers, readHeaders } from '../format/headers.ts'
import type { Account } from '../model/account.ts'
import type { Address } from '../model/email.ts'
import type { Instant } from '../model/id.ts'
import { headerDate } from './header-date.ts'
import { addressKey, isSendable, ownsAddress } from './local-address.ts'

/** Why a message is not taken. */
export type SubmissionProblem =
  /** Not a message: MS-ASCMD 2.2.2 Status 107. */
  | 'invalid-mime'
  /** From or Sender is somebody else, or several. */
  | 'foreign-from'
  /** Status 119. */
  | 'no-recipient'
  /** None of the recipients is an address. */
  | 'invalid-recipient'
  | 'too-many-recipients'
  | 'too-large'

export class SubmissionFailure extends Error {
  override readonly name = 'SubmissionFailure'
  readonly problem: SubmissionProblem
  constructor(problem: SubmissionProblem, detail = '') {
    super(detail === '' ? problem : `${problem}: ${detail}`)
    this.problem = problem
  }
}

/** A thousand recipients need 60 kB; what is larger is no header any more. */
const headerBytesMax = 1024 * 1024

/** A name as long as this occurs nowhere; readers differ on how long it may be. */
const fieldLine = /^[!-9;-~]{1,76}[ \t]{0,8}:/

/**
 * Reads the header field by field. Readers that differ on where a broken header ends could be shown different senders, so
 * every line must be a field or its fold; lines of nothing but white space, which some take for the end, are taken out.
 * Throws invalid-mime.
 */
function strictHeaders(message: Uint8Array): { readonly headers: Headers; readonly message: Uint8Array } {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  const blank = bytes.subarray(0, headerBytesMax).indexOf('\r\n\r\n')
  const end = blank === -1 ? bytes.length : blank
  if (end > headerBytesMax) throw new SubmissionFailure('invalid-mime', 'the header never ends')
  const block = bytes.toString('latin1', 0, end)
  if (block.includes('\0')) throw new SubmissionFailure('invalid-mime', 'the header holds a NUL')
  const lines = block
    .replace(/\r\n$/, '')
    .split('\r\n')
    .filter((line) => !/^[ \t]+$/.test(line))
  for (const [index, line] of lines.entries()) {
    const isFold = index > 0 && /^[ \t]/.test(line)
    if (!isFold && !fieldLine.test(line)) throw new SubmissionFailure('invalid-mime', `line ${index + 1} of the header is no field`)
  }
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  const clean = Buffer.concat([head, bytes.subarray(blank === -1 ? bytes.length : blank + 4)])
  const { headers, body } = readHeaders(clean, 0, clean.length, 0x0a, () => false, Number.POSITIVE_INFINITY)
  // Whatever else the reader is lenient about, here it must have seen what stands there.
  if (body !== head.length) throw new SubmissionFailure('invalid-mime', 'the header can be read in two ways')
  return { headers, message: clean }
}

/** Fields that only servers write, or that a signature covered before this server touched the header. */
const serverFields =
  /^(?:return-path|received|received-spf|x-received|delivered-to|x-original-to|x-envelope-(?:from|to)|(?:x-)?apparently-to|authentication-results|arc-.*|dkim-signature|domainkey-signature|x-spam-.*|x-ms-exchange-.*|x-forefront-.*|status|x-status|x-mozilla-.*|x-uid|x-uidl)$/

/** The one sender: the account's own address as the phone wrote it, or its primary one. Throws foreign-from. */
function senderOf(headers: Headers, account: Account): Address {
  const named = (field: string) => headers.all(field).flatMap(parseAddresses)
  const from = named('from').filter(({ address }) => address.includes('@'))
  const others = [...from, ...named('sender').filter(({ address }) => address !== '')]
  if (from.length > 1 || !others.every(({ address }) => ownsAddress(account, address) && isSendable(address))) {
    throw new SubmissionFailure('foreign-from')
  }
  // AOSP writes neither From nor Sender.
  return from[0] ?? { name: account.displayName, address: account.address }
}

/** Everybody the message goes to, each once. Throws no-recipient, invalid-recipient, too-many-recipients. */
function recipientsOf(headers: Headers, { recipientsMax, strict }: Pick<HeaderOptions, 'recipientsMax' | 'strict'>): string[] {
  const recipients = new Map<string, string>()
  for (const field of ['to', 'cc', 'bcc'].flatMap((name) => headers.all(name))) {
    for (const { name, address } of addressesIn(field)) {
      if (address === '' && /^undisclosed.recipients?$/i.test(name)) continue
      // What is no address stays in the list: the queue tells the sender that it could not be delivered.
      const recipient = (address === '' ? name : address).replace(/\p{Cc}+/gu, ' ').slice(0, 320)
      const key = addressKey(recipient)
      if (!recipients.has(key)) recipients.set(key, recipient)
      if (recipients.size > recipientsMax) throw new SubmissionFailure('too-many-recipients', `more than ${recipientsMax}`)
    }
  }
  if (recipients.size === 0) throw new SubmissionFailure('no-recipient')
  const sendable = [...recipients.values()].filter(isSendable).length
  if (sendable === 0 || (strict && sendable < recipients.size)) throw new SubmissionFailure('invalid-recipient')
  return [...recipients.values()]
}

export interface OutgoingHeader {
  /** Envelope sender. */
  readonly from: string
  readonly recipients: readonly string[]
  /** The message with its header put right; Bcc is still in it. */
  readonly message: Uint8Array
}

export interface HeaderOptions {
  readonly account: Account
  readonly now: Instant
  readonly recipientsMax: number
  /** One recipient that is no address is enough to refuse the message. */
  readonly strict: boolean
  /** Without brackets, for a message that has no Message-ID of its own. */
  readonly messageId: string
}

/**
 * Puts the header of a message right: one From written by us, a Date, a Message-ID, no trace of other servers. `raw` has
 * CRLF line ends. Throws a SubmissionFailure.
 */
export function putHeaderRight(raw: Uint8Array, { account, now, recipientsMax, strict, messageId }: HeaderOptions): OutgoingHeader {
  const { headers, message } = strictHeaders(raw)
  const sender = senderOf(headers, account)
  const recipients = recipientsOf(headers, { recipientsMax, strict })
  const hasDate = parseDate(headers.get('date') ?? '') !== null
  const hasId = /^<[^\s<>]+@[^\s<>]+>$/.test(headers.get('message-id') ?? '')
  const unwanted = headers.fields.map(({ name }) => name).filter((name) => serverFields.test(name))
  const stripped = stripHeaders(message, [...unwanted, 'from', 'sender', ...(hasDate ? [] : ['date']), ...(hasId ? [] : ['message-id'])])
  return {
    from: sender.address,
    recipients,
    message: addHeaders(stripped, [
      // Written anew: what we judged is what every reader sees.
      ['From', formatAddress(sender)],
      ...(hasDate ? [] : [['Date', headerDate(now)] as const]),
      ...(hasId ? [] : [['Message-ID', `<${messageId}>`] as const]),
      ...(headers.get('mime-version') === null ? [['MIME-Version', '1.0'] as const] : []),
    ]),
  }
}
