// The report that tells a sender whom his message could not reach, and why (RFC 3464 in RFC 6522).
import { createHash } from 'node:crypto'
import type { Instant } from '../model/id.ts'
import { headerDate } from './header-date.ts'
import { isSendable } from './local-address.ts'
import { assemble, multipart, textEntity } from './mime-writer.ts'

export interface FailedRecipient {
  readonly address: string
  /** RFC 3463, such as `5.1.1`. */
  readonly status: string
  /** A sentence for the sender. */
  readonly reason: string
  /** The reply of the server that refused it; null if it never came to that. */
  readonly reply: string | null
}

export interface BounceOptions {
  /** Whose message it was: the address the report goes to. */
  readonly sender: string
  readonly failed: readonly FailedRecipient[]
  /** The header block of the message, or its beginning. */
  readonly header: Uint8Array
  /** What makes the report's Message-ID: the same failure gives the same report. */
  readonly identity: string
  readonly hostName: string
  readonly queuedAt: Instant
  readonly at: Instant
}

/** As much of the original's header as is sent back. */
export const bounceHeaderBytes = 64 * 1024

/** One line of printable ASCII: what stands in a field of a report must not begin another. */
function fieldText(text: string): string {
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 600)
}

function notice(failed: readonly FailedRecipient[]): string {
  const lines = failed.flatMap(({ address, reason, reply }) => [
    `  ${address.replace(/\p{Cc}+/gu, ' ')}`,
    `    ${reason}`,
    ...(reply === null ? [] : [`    The other server said: ${reply.replace(/\p{Cc}+/gu, ' ')}`]),
    '',
  ])
  return [
    failed.length === 1
      ? 'Your message could not be delivered to this recipient:'
      : 'Your message could not be delivered to these recipients:',
    '',
    ...lines,
    'A copy of your message lies in Sent Items if your device keeps one there. The technical details follow for your administrator.',
    '',
  ].join('\r\n')
}

/** The fields of RFC 3464 2: one group for the message, one for each recipient. */
function deliveryStatus({ failed, hostName, queuedAt }: BounceOptions): string {
  const recipients = failed.map(({ address, status, reason, reply }) => [
    '',
    // RFC 3464 2.3.2: a recipient that is no address has no other name either.
    `Final-Recipient: rfc822; ${isSendable(address) ? fieldText(address) : 'unknown'}`,
    'Action: failed',
    `Status: ${status}`,
    `Diagnostic-Code: ${reply === null ? `x-easel; ${fieldText(reason)}` : `smtp; ${fieldText(reply)}`}`,
  ])
  return [`Reporting-MTA: dns; ${hostName}`, `Arrival-Date: ${headerDate(queuedAt)}`, ...recipients.flat(), ''].join('\r\n')
}

/** Up to and without the blank line that ends the header. */
function headerText(header: Uint8Array): string {
  const text = Buffer.from(header.buffer, header.byteOffset, header.byteLength).toString('utf8')
  const end = /\r?\n\r?\n/.exec(text)
  return (end === null ? text : text.slice(0, end.index)).replace(/^bcc:.*(?:\r?\n[ \t].*)*\r?\n?/gim, '')
}

/** The report as a message, ready to be stored. */
export async function bounceMessage(options: BounceOptions): Promise<Uint8Array> {
  const { sender, failed, header, identity, hostName, at } = options
  const id = createHash('sha256').update(`bounce\n${identity}`).digest('hex').slice(0, 32)
  const lines = [
    'Return-Path: <>',
    `Date: ${headerDate(at)}`,
    `From: Mail Delivery System <MAILER-DAEMON@${hostName}>`,
    `To: ${isSendable(sender) ? sender : 'undisclosed-recipients:;'}`,
    'Subject: Undelivered Mail Returned to Sender',
    `Message-ID: <${id}@${hostName}>`,
    // RFC 3834 5: no vacation notice may answer it.
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    '',
  ]
  const report = multipart(
    'report',
    [
      textEntity('plain', notice(failed)),
      [Buffer.from(`Content-Type: message/delivery-status\r\n\r\n${deliveryStatus(options)}`, 'latin1')],
      [
        Buffer.from(
          `Content-Type: text/rfc822-headers; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${headerText(header)}\r\n`,
          'utf8',
        ),
      ],
    ],
    '; report-type=delivery-status',
  )
  return await assemble([Buffer.from(lines.join('\r\n'), 'utf8'), ...report], Number.MAX_SAFE_INTEGER)
}
