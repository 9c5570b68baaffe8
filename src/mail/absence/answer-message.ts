// The message that says somebody is away (RFC 3834 3).
import { readEnvelope } from '../../format/envelope.ts'
import { addHeaders } from '../../format/header-out.ts'
import { htmlToText } from '../../format/html-text.ts'
import { document } from '../../format/html-wrap.ts'
import type { Account } from '../../model/account.ts'
import type { Envelope } from '../../model/email.ts'
import type { Instant } from '../../model/id.ts'
import type { RecordText } from '../../model/record.ts'
import { formatAddress } from '../../format/address.ts'
import { headerDate } from '../header-date.ts'
import { addressKey, withoutTag } from '../local-address.ts'
import { assemble, multipart, textEntity, type Entity } from '../mime-writer.ts'
import { threadFields } from '../threading.ts'

export interface AnswerOptions {
  readonly account: Account
  /** Whom it answers. */
  readonly to: string
  readonly original: Envelope
  readonly text: RecordText
  readonly at: Instant
  /** Without brackets. */
  readonly messageId: string
}

/** What is kept has a limit of its own; this is what it may become. */
const answerBytesMax = 2 * 1024 * 1024
const subjectCharactersMax = 250

/** The address of the account that the mail was sent to, as the account spells it. */
function ownAddress({ address: primary, addresses }: Account, { to, cc }: Envelope): string {
  const asked = new Set([...to, ...cc].map(({ address }) => addressKey(address)).flatMap((key) => [key, withoutTag(key)]))
  return addresses.find((own) => asked.has(addressKey(own))) ?? primary
}

function body({ type, text }: RecordText): Entity {
  if (type === 1) return textEntity('plain', text)
  return multipart('alternative', [textEntity('plain', htmlToText(text)), textEntity('html', document(text))])
}

/** The whole message. */
export async function answerMessage({ account, to, original, text, at, messageId }: AnswerOptions): Promise<Uint8Array> {
  const message = await assemble(body(text), answerBytesMax)
  return addHeaders(message, [
    ['From', formatAddress({ name: account.displayName, address: ownAddress(account, original) })],
    ['To', to],
    ['Subject', `Automatic reply: ${original.subject.slice(0, subjectCharactersMax)}`.toWellFormed()],
    ['Date', headerDate(at)],
    ['Message-ID', `<${messageId}>`],
    ...threadFields(readEnvelope(message), original, 'reply', at),
    ['Auto-Submitted', 'auto-replied'],
    // For answering programs that are older than RFC 3834, or do not read it.
    ['Precedence', 'bulk'],
    ['X-Auto-Response-Suppress', 'All'],
    ['MIME-Version', '1.0'],
  ])
}
