// Which mail an absence never answers (RFC 3834 2, RFC 5230 4.6).
import type { Headers } from '../../format/headers.ts'
import type { Account } from '../../model/account.ts'
import type { Envelope } from '../../model/email.ts'
import { isSendable, ownsAddress, splitAddress } from '../local-address.ts'

/** Local parts behind which nobody reads: owners of lists, their robots, and machines that say so. */
const machine =
  /^(?:owner-.*|.*-(?:owner|request|errors|bounces?|confirm|subscribe|unsubscribe)(?:[+=].*)?|bounces?(?:[+=._-].*)?|mailer-daemon|mail-daemon|postmaster|hostmaster|abuse|daemon|root|nobody|listserv|listproc|majordomo|sympa|mailman|notifications?|no-?_?reply(?:[+._-].*)?|.*[._-]no-?_?reply|do-?_?not-?_?reply(?:[+._-].*)?|(?:auto|news)-?(?:reply|responder|mailer|letters?))$/i

/** Fields that only lists and programs write. */
const programFields = [
  ...['list-id', 'list-post', 'list-unsubscribe', 'list-subscribe', 'list-owner', 'list-archive', 'list-help', 'mailing-list', 'x-loop'],
  ...['x-autoreply', 'x-autorespond', 'x-autoresponse', 'x-mail-autoreply', 'feedback-id', 'x-campaign-id', 'x-failed-recipients'],
]

export interface Arrival {
  readonly headers: Headers
  readonly envelope: Envelope
  /** Envelope sender; empty for reports. */
  readonly returnPath: string
}

const says = (headers: Headers, name: string, pattern: RegExp) => headers.all(name).some((value) => pattern.test(value))

/** Why this mail to this account gets no automatic answer, for the log; null where it may get one. */
export function whyUnanswerable(account: Account, { headers, envelope, returnPath }: Arrival): string | null {
  const local = splitAddress(returnPath)?.local ?? ''
  const named = [...envelope.to, ...envelope.cc].some(({ address }) => ownsAddress(account, address))
  const checks: readonly (readonly [holds: boolean, reason: string])[] = [
    [returnPath === '' || !isSendable(returnPath), 'nobody to answer'],
    [ownsAddress(account, returnPath), 'from the account itself'],
    [machine.test(local), 'from a machine'],
    [envelope.broken !== undefined, 'unreadable'],
    // RFC 3834 2: what was sent to many, or by way of a list, was not sent to him.
    [!named, 'not addressed to the account'],
    [headers.all('auto-submitted').some((value) => !/^\s*no\b/i.test(value)), 'automatic'],
    [says(headers, 'precedence', /^\s*(?:bulk|list|junk)\b/i), 'bulk'],
    [programFields.some((name) => headers.get(name) !== null), 'by a list or program'],
    // MS-OXCMAIL 2.2.3.2.14: what its sender does not want to be answered so.
    [says(headers, 'x-auto-response-suppress', /\b(?:all|oof|autoreply)\b/i), 'its sender wants no answer'],
    [says(headers, 'x-spam-flag', /^\s*yes\b/i) || says(headers, 'x-spam-status', /^\s*yes\b/i), 'spam'],
    [/^REPORT\.|\.Meeting\.Resp\./.test(envelope.messageClass), 'a report or an answer'],
    [envelope.structure.type === 'multipart/report', 'a report'],
  ]
  return checks.find(([holds]) => holds)?.[1] ?? null
}
