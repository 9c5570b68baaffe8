// The transport over SMTP: one smarthost takes all mail for the world; each recipient gets his own verdict.
import { Readable } from 'node:stream'
import type { Logger } from 'pino'
import type { Clock } from '../model/clock.ts'
import { domainKey, isSendable, splitAddress } from './local-address.ts'
import { type Line, openLines, type Smarthost } from './smarthost.ts'
import type { DeliveryReport, OutboundMessage, Transport } from './transport.ts'

export type { Smarthost } from './smarthost.ts'

export interface SmtpTransport extends Transport {
  /** Connects and logs in, for `doctor`; rejects with what went wrong. */
  verify(): Promise<void>
  /** Drops every connection; what is under way ends as `later`. */
  close(): void
}

type Entry = { readonly outcome: 'sent' | 'refused' | 'later'; readonly reply: string }

/** What nodemailer says of a failure. */
interface SmtpError extends Error {
  readonly code?: string
  readonly response?: string
  readonly responseCode?: number
  readonly recipient?: string
  readonly rejectedErrors?: readonly SmtpError[]
}

const replyLengthMax = 500

/** One line of printable text, whatever the server said. */
function oneLine(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, replyLengthMax)
}

/** Replies that complain of the session, not of the message (no login, no TLS): somebody must mend the configuration. */
const sessionFaults = new Set([503, 530, 534, 535, 538])

/** What a failure means for the recipients it speaks of. */
function entryOf(error: SmtpError): Entry {
  const code = error.responseCode
  const reply = oneLine(error.response ?? error.message)
  // Anything but a reply to MAIL, RCPT or DATA lies with the connection or the login.
  if (error.code !== 'EENVELOPE' && error.code !== 'EMESSAGE') return { outcome: 'later', reply }
  // RFC 1870 6.1: the smarthost named its limit in EHLO and the message is above it; nothing was sent.
  if (code === undefined && error.code === 'EMESSAGE') {
    return { outcome: 'refused', reply: '552 5.3.4 The message is larger than the smarthost takes' }
  }
  return { outcome: code !== undefined && code >= 500 && !sessionFaults.has(code) ? 'refused' : 'later', reply }
}

/** What may stand in the log: of a reply that concerns a message its numbers alone, since it may quote it or name whom it is for. */
function loggable({ code }: SmtpError, { reply }: Entry): string {
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return reply
  return /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?/.exec(reply)?.[0] ?? 'no number'
}

/** The address as it goes over the wire: an international domain in its ASCII form. */
function wireAddress(address: string): string {
  const parts = splitAddress(address)
  return parts === null ? address : `${parts.local}@${domainKey(parts.domain)}`
}

/** Sends over one line; rejects with an SmtpError. `begun` is called before the first byte of the message leaves. */
function transmit(line: Line, message: OutboundMessage, signal: AbortSignal, begun: () => void): Promise<Map<string, Entry>> {
  return new Promise((resolve, reject) => {
    // A generator that was never started leaves the source untouched when nodemailer throws the stream away.
    const content = async function* () {
      begun()
      yield* message.source
    }
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', abort)
      line.connection.removeListener('end', lost)
      finish()
    }
    const abort = () => settle(() => reject(new Error('the server stopped before the smarthost had answered')))
    // The callback of `send` knows more where it is called at all; it comes in the same turn.
    const lost = () => setImmediate(() => settle(() => reject(new Error('the smarthost closed the connection'))))
    signal.addEventListener('abort', abort, { once: true })
    line.connection.once('end', lost)
    line.messages += 1
    const envelope = { from: message.from, to: [...message.recipients], size: message.bytes, use8BitMime: true }
    line.connection.send(envelope, Readable.from(content(), { objectMode: false }), (error, info) => {
      settle(() => {
        if (error || info === undefined) return reject(error ?? new Error('the smarthost gave no answer'))
        const report = new Map<string, Entry>()
        for (const recipient of info.accepted) report.set(recipient, { outcome: 'sent', reply: oneLine(info.response) })
        for (const refused of (info.rejectedErrors ?? []) as readonly SmtpError[]) report.set(refused.recipient ?? '', entryOf(refused))
        resolve(report)
      })
    })
  })
}

export interface SmtpOptions {
  readonly smarthost: Smarthost
  /** Name in EHLO. */
  readonly hostName: string
  readonly clock: Clock
  readonly log: Logger
}

/**
 * The transport to one smarthost. Throws if it would send a password in the clear. If the connection dies between the end
 * of a message and its reply, nobody knows whether the smarthost took it: the report says `later`, and the second try may
 * arrive as a second copy. SMTP offers no way out (RFC 5321 4.5.3.2.6 asks servers to be quick at this point).
 */
export function createSmtpTransport({ smarthost, hostName, clock, log }: SmtpOptions): SmtpTransport {
  const lines = openLines({ smarthost, hostName, clock })

  /** Keeps the line for the next message if the session is still in order. */
  function recover(line: Line, error: SmtpError): void {
    const isOrderly = (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') && error.responseCode !== 421
    if (!line.alive || !isOrderly) return lines.drop(line)
    line.connection.reset((broken) => (broken ? lines.drop(line) : lines.release(line)))
  }

  async function sendOver(message: OutboundMessage, signal: AbortSignal): Promise<Map<string, Entry>> {
    for (;;) {
      const waiting = lines.takeWaiting()
      const line = waiting ?? (await lines.connect(signal))
      let hasBegun = false
      try {
        const report = await transmit(line, message, signal, () => (hasBegun = true))
        lines.release(line)
        return report
      } catch (error) {
        const trouble = error as SmtpError
        recover(line, trouble)
        const hadHungUp = waiting !== null && !hasBegun && trouble.code !== 'EENVELOPE' && trouble.code !== 'EMESSAGE'
        // The smarthost had left a line that waited: nothing was sent, a fresh one will do.
        if (hadHungUp && !signal.aborted && !lines.closed) continue
        throw error
      }
    }
  }

  return {
    async send(message, signal): Promise<DeliveryReport> {
      const report = new Map<string, Entry>()
      /** Wire spelling to the spellings it was asked for. */
      const wanted = new Map<string, string[]>()
      for (const recipient of message.recipients) {
        if (!isSendable(recipient)) report.set(recipient, { outcome: 'refused', reply: '553 5.1.3 Not a valid address' })
        else wanted.set(wireAddress(recipient), [...(wanted.get(wireAddress(recipient)) ?? []), recipient])
      }
      if (wanted.size === 0) return report

      let answers: ReadonlyMap<string, Entry>
      try {
        answers = await sendOver({ ...message, from: wireAddress(message.from), recipients: [...wanted.keys()] }, signal)
      } catch (error) {
        const trouble = error as SmtpError
        const overall = entryOf(trouble)
        log.warn({ code: trouble.code, reply: loggable(trouble, overall) }, 'the smarthost did not take a message')
        const own = new Map((trouble.rejectedErrors ?? []).map((refused) => [refused.recipient, entryOf(refused)]))
        answers = new Map([...wanted.keys()].map((wire) => [wire, own.get(wire) ?? overall]))
      }
      for (const [wire, recipients] of wanted) {
        const entry = answers.get(wire) ?? { outcome: 'later', reply: 'the smarthost said nothing about this recipient' }
        for (const recipient of recipients) report.set(recipient, entry)
      }
      return report
    },
    async verify() {
      lines.retire(await lines.connect(new AbortController().signal))
    },
    close: () => lines.close(),
  }
}
