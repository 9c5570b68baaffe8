// The door for arriving mail: LMTP (RFC 2033), answered recipient by recipient, each only after its copy is committed.
import { chmod, lstat, unlink } from 'node:fs/promises'
import { BlockList, connect, isIPv6, type AddressInfo } from 'node:net'
import { callbackify } from 'node:util'
import type { Logger } from 'pino'
import { SMTPServer, type SMTPServerAddress, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import type { Delivered, Delivery } from './delivery.ts'

export interface LmtpLimits {
  readonly messageBytesMax: number
  readonly recipientsMax: number
  /** Each may hold one message in memory while it arrives. */
  readonly connectionsMax: number
}

export interface LmtpOptions {
  /** A TCP port on `host`, 0 for any free one; or the path of a UNIX socket. */
  readonly listen: { readonly port: number; readonly host?: string } | { readonly path: string }
  /** What the server calls itself. */
  readonly hostName: string
  /** Networks (`10.0.0.0/8`, `192.0.2.7`) that may connect besides this machine. */
  readonly clients?: readonly string[]
  readonly delivery: Delivery
  readonly limits: LmtpLimits
  readonly log: Logger
}

export interface Lmtp {
  /** Null on a UNIX socket. */
  readonly port: number | null
  /** Takes no more connections; resolves when the open ones are gone, at the latest after two seconds. */
  close(): Promise<void>
}

/** How long a client may be silent; MTAs keep a connection a while for the next message. */
const idleMilliseconds = 60_000
const closeMilliseconds = 2_000

class Refusal extends Error {
  readonly responseCode: number
  constructor(responseCode: number, message: string) {
    super(message)
    this.responseCode = responseCode
  }
}

/** The reply for each outcome; the enhanced code (RFC 3463) that belongs to the number is added by smtp-server. */
const replies: Readonly<Record<Exclude<Delivered, 'delivered'>, readonly [number, string]>> = {
  unknown: [550, 'No such mailbox here'],
  disabled: [450, 'The mailbox is disabled'],
  full: [452, 'No space left for this mailbox'],
  later: [451, 'Could not store the message, try again later'],
}

function refusal(outcome: Exclude<Delivered, 'delivered'>): Refusal {
  const [code, text] = replies[outcome]
  return new Refusal(code, text)
}

/** The networks that may connect. Throws a RangeError that names the entry it cannot read. */
export function allowedClients(networks: readonly string[]): BlockList {
  const list = new BlockList()
  list.addSubnet('127.0.0.0', 8, 'ipv4')
  list.addAddress('::1', 'ipv6')
  for (const network of networks) {
    const [address = '', prefix] = network.trim().split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    try {
      if (prefix === undefined) list.addAddress(address, family)
      else list.addSubnet(address, /^\d+$/.test(prefix) ? Number(prefix) : -1, family)
    } catch (error) {
      throw new RangeError(`"${network}" is not a network: write 192.0.2.0/24, 2001:db8::/32 or a single address`, { cause: error })
    }
  }
  return list
}

/** Collects a message; null if it outgrew the limit (the rest is read and dropped). Rejects if the client left in its middle. */
async function collect(stream: SMTPServerDataStream): Promise<Uint8Array | null> {
  let chunks: Uint8Array[] = []
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    if (stream.sizeExceeded) chunks = []
    else chunks.push(chunk)
  }
  return stream.sizeExceeded ? null : Buffer.concat(chunks)
}

/** `from client (address) by us with LMTP id …`: what stands in the Received header before the date. */
function trace(session: SMTPServerSession, hostName: string): string {
  const greeting = session.hostNameAppearsAs.replace(/[^\w.:[\]-]/g, '') || 'unknown'
  const peer = session.remoteAddress === '' ? 'local socket' : `[${session.remoteAddress}]`
  return `from ${greeting} (${peer}) by ${hostName} with LMTP id ${session.id}`
}

/** A socket file that nobody listens on is left over from a crash; one that answers belongs to somebody else. */
async function clearStaleSocket(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => null)
  if (stat === null) return
  if (!stat.isSocket()) throw new Error(`${path} is in the way of the LMTP socket: it is not a socket`)
  const inUse = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
  if (inUse) throw new Error(`another process already listens on ${path}`)
  await unlink(path)
}

/** Starts listening; rejects if the port is taken or a network cannot be read. */
export async function startLmtp({ listen, hostName, clients = [], delivery, limits, log }: LmtpOptions): Promise<Lmtp> {
  const allowed = allowedClients(clients)

  /** Judges one recipient; rejects with the refusal. */
  async function admit({ address, args }: SMTPServerAddress, { envelope: { rcptTo } }: SMTPServerSession): Promise<void> {
    const answer = await delivery.accepts(address).catch((error: unknown) => {
      log.error({ err: error }, 'a recipient could not be looked up')
      return 'later' as const
    })
    if (answer !== 'yes') throw refusal(answer)
    // RFC 2033 4.2: a recipient named twice is owed two replies, but smtp-server would keep one entry.
    if (rcptTo.some((earlier) => earlier.address.toLowerCase() === address.toLowerCase())) rcptTo.push({ address, args })
  }

  /** Takes one message in; a reply for every recipient, in their order. Rejects with the refusal that holds for all. */
  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<(string | Refusal)[]> {
    const message = await collect(stream).catch((error: unknown) => {
      log.warn({ err: error }, 'a message did not arrive in full')
      throw refusal('later')
    })
    // smtp-server answers 552 itself (rejectOversized); nothing is delivered.
    if (message === null) return []
    const recipients = session.envelope.rcptTo.map(({ address }) => address)
    const sender = session.envelope.mailFrom
    const outcomes = await delivery.deliver(message, [...new Set(recipients)], {
      returnPath: sender === false ? '' : sender.address,
      identity: null,
      received: trace(session, hostName),
    })
    return recipients.map((recipient) => {
      const outcome = outcomes.get(recipient) ?? 'later'
      return outcome === 'delivered' ? 'Delivered' : refusal(outcome)
    })
  }

  const server = new SMTPServer({
    lmtp: true,
    name: hostName,
    banner: 'Easel',
    size: limits.messageBytesMax,
    rejectOversized: true,
    maxClients: limits.connectionsMax,
    maxRecipients: limits.recipientsMax,
    // RFC 2033 5: an LMTP server must speak PIPELINING and ENHANCEDSTATUSCODES.
    hideENHANCEDSTATUSCODES: false,
    disabledCommands: ['AUTH', 'STARTTLS', 'WIZ', 'SHELL', 'KILL'],
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    socketTimeout: idleMilliseconds,
    closeTimeout: closeMilliseconds,
    onConnect(session, callback) {
      const address = session.remoteAddress
      if (address === '' || allowed.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')) return callback()
      log.warn({ address }, 'LMTP refused to a client outside the allowed networks')
      callback(new Refusal(554, 'This server takes no mail from your address'))
    },
    onRcptTo: (recipient, session, callback) => callbackify(admit)(recipient, session, callback),
    onData: (stream, session, callback) => callbackify(receive)(stream, session, callback),
  })
  // Until it listens, what goes wrong is the caller's to tell.
  server.on('error', (error) => {
    if (server.server.listening) log.warn({ err: error }, 'LMTP connection failed')
  })

  if ('path' in listen) await clearStaleSocket(listen.path)
  await new Promise<void>((resolve, reject) => {
    const listening = () => resolve()
    server.server.once('error', reject)
    if ('path' in listen) server.listen(listen.path, listening)
    else server.listen(listen.port, listen.host ?? '127.0.0.1', listening)
  })
  // The socket's group decides who may deliver; nobody else on the machine does.
  if ('path' in listen) await chmod(listen.path, 0o660)
  const address = server.server.address()
  return {
    port: address === null || typeof address === 'string' ? null : (address satisfies AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
