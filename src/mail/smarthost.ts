// Connections to the smarthost: opened with TLS and a login, kept a while for the next message, dropped at the first doubt.
import type { SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { Secret } from '../log.ts'
import type { Clock } from '../model/clock.ts'

export interface Smarthost {
  readonly host: string
  readonly port: number
  /** `starttls` and `implicit` insist on TLS and on a certificate for `host`; `none` never encrypts. */
  readonly tls: 'starttls' | 'implicit' | 'none'
  /** PEM of a private authority that signed the smarthost's certificate; null for the public ones. */
  readonly ca: string | null
  readonly credentials: { readonly user: string; readonly password: Secret } | null
  /** The name to expect in the certificate where it is not `host`. */
  readonly certificateName?: string
}

/** One open session. Whoever takes it gives it back with `release` or `drop`. */
export interface Line {
  readonly connection: SMTPConnection
  alive: boolean
  messages: number
  /** Stops the timer that closes the line when nobody needs it. */
  idle: AbortController | null
}

export interface Lines {
  /** A line that waits from an earlier message; null if there is none. It may have died unseen. */
  takeWaiting(): Line | null
  /** A new line; rejects with what stood in the way. */
  connect(signal: AbortSignal): Promise<Line>
  /** The line waits for the next message. */
  release(line: Line): void
  /** Says goodbye. */
  retire(line: Line): void
  /** Closes it without a word. */
  drop(line: Line): void
  close(): void
  readonly closed: boolean
}

const connectSeconds = 30
/** RFC 5321 4.5.3.2.6: the reply to the end of a message may take ten minutes. */
const silenceSeconds = 600
/** Shorter than the five minutes after which servers hang up (RFC 5321 4.5.3.2.7). */
const idleSeconds = 60
/** Some smarthosts end a session after a number of messages; go before they do. */
const messagesPerLine = 50

function settingsOf(smarthost: Smarthost, hostName: string): SMTPConnectionOptions {
  const isLoopback = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(smarthost.host)
  if (smarthost.tls === 'none' && smarthost.credentials !== null && !isLoopback) {
    throw new Error(`the smarthost ${smarthost.host} has a login but no TLS: the password would travel in the clear`)
  }
  return {
    host: smarthost.host,
    port: smarthost.port,
    secure: smarthost.tls === 'implicit',
    requireTLS: smarthost.tls === 'starttls',
    ignoreTLS: smarthost.tls === 'none',
    name: hostName,
    connectionTimeout: connectSeconds * 1000,
    greetingTimeout: connectSeconds * 1000,
    socketTimeout: silenceSeconds * 1000,
    logger: false,
    tls: {
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      ...(smarthost.ca === null ? {} : { ca: smarthost.ca }),
      ...(smarthost.certificateName === undefined ? {} : { servername: smarthost.certificateName }),
    },
  }
}

/** The lines to one smarthost. Throws if a password would travel in the clear. */
export function openLines({ smarthost, hostName, clock }: { smarthost: Smarthost; hostName: string; clock: Clock }): Lines {
  const settings = settingsOf(smarthost, hostName)
  const open = new Set<Line>()
  const waiting: Line[] = []
  let closed = false

  function drop(line: Line): void {
    line.alive = false
    line.idle?.abort()
    open.delete(line)
    const at = waiting.indexOf(line)
    if (at >= 0) waiting.splice(at, 1)
    line.connection.close()
  }

  function retire(line: Line): void {
    line.connection.quit()
    drop(line)
  }

  return {
    get closed() {
      return closed
    },
    drop,
    retire,
    takeWaiting() {
      const line = waiting.pop() ?? null
      line?.idle?.abort()
      return line
    },
    connect(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted || closed) return reject(new Error('the server is stopping'))
        const line: Line = { connection: new SMTPConnection(settings), alive: true, messages: 0, idle: null }
        const { connection } = line
        open.add(line)
        const abort = () => fail(new Error('the server is stopping'))
        const fail = (error: Error) => {
          signal.removeEventListener('abort', abort)
          // Before `drop`, which closes the connection and so comes back here.
          reject(error)
          drop(line)
        }
        const ready = () => {
          signal.removeEventListener('abort', abort)
          resolve(line)
        }
        signal.addEventListener('abort', abort, { once: true })
        // These two stay for the life of the line: a connection that waits may break at any time.
        connection.on('error', fail)
        connection.once('end', () => fail(new Error('the smarthost closed the connection')))
        connection.connect((error) => {
          if (error) return fail(error)
          const { credentials } = smarthost
          if (credentials === null) return ready()
          if (!connection.allowsAuth) return fail(new Error('the smarthost offers no login'))
          const login = { user: credentials.user, pass: credentials.password.reveal() }
          connection.login(login, (refused) => (refused ? fail(refused) : ready()))
        })
      })
    },
    release(line) {
      if (!line.alive) return
      if (closed || line.messages >= messagesPerLine) return retire(line)
      const timer = new AbortController()
      line.idle = timer
      waiting.push(line)
      clock.after(idleSeconds, timer.signal).then(
        () => retire(line),
        () => {
          // Somebody took the line, or it broke.
        },
      )
    },
    close() {
      closed = true
      for (const line of open) drop(line)
    },
  }
}
