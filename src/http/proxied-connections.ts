// Connections that begin with a header of the PROXY protocol: whoever listens hears of them without it, with the phone's address.
import { isIP, type Server, type Socket } from 'node:net'
import type { Logger } from 'pino'
import type { Peers } from './peers.ts'
import { parseProxyHeader, type ProxyHeader, type Source } from './proxy-protocol.ts'

export interface ProxyHeaderPorts {
  readonly peers: Peers
  readonly log: Logger
  /** How long a proxy may take to send it. */
  readonly seconds: number
}

/**
 * From now on each connection of `server` has to begin with a header, and to come from a declared proxy; the others are closed. Call it
 * when everybody who listens for connections does: they hear of one once its header is read, and see the phone's address as the remote
 * one. What it returns cuts off those whose header has not come yet.
 */
export function requireProxyHeader(server: Server, { peers, log, seconds }: ProxyHeaderPorts): () => void {
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  const announced = new Map<string, Source | null>()
  const waiting = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    const proxy = socket.remoteAddress
    if (!peers.trusts(proxy)) {
      log.warn({ address: proxy }, 'a connection from somebody who is no declared proxy was closed: this port wants the PROXY protocol')
      socket.destroy()
      return
    }
    waiting.add(socket)
    readHeader(socket, seconds, (outcome) => {
      waiting.delete(socket)
      if (typeof outcome === 'string') {
        log.warn({ address: proxy, why: outcome }, 'a connection without a good PROXY header was closed')
        socket.destroy()
        return
      }
      announce(socket, outcome.source, announced)
      for (const listener of listeners) listener.call(server, socket)
    })
  })
  // TLS makes a socket of its own over the one whose header was read. Before all others who listen for it.
  server.prependListener('secureConnection', (socket: Socket) => {
    const source = announced.get(connectionOf(socket))
    if (source !== undefined) mark(socket, source)
  })
  return () => {
    for (const socket of waiting) socket.destroy()
  }
}

/** Sockets that began with a header. */
const passedOn = new WeakSet<Socket>()

/**
 * Whether the bytes of a connection are those of whoever is at the far end, as the proxy got them: what they say of themselves is not
 * the proxy's word, though the address may be the proxy's, where it does not know another.
 */
export function isPassedOn(socket: Socket): boolean {
  return passedOn.has(socket)
}

function announce(socket: Socket, source: Source | null, announced: Map<string, Source | null>): void {
  const connection = connectionOf(socket)
  announced.set(connection, source)
  socket.once('close', () => announced.delete(connection))
  mark(socket, source)
}

function mark(socket: Socket, source: Source | null): void {
  passedOn.add(socket)
  if (source !== null) disguise(socket, source)
}

/** The four numbers that make a TCP connection what it is. */
function connectionOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}

function disguise(socket: Socket, { address, port }: Source): void {
  Object.defineProperties(socket, {
    remoteAddress: { value: address },
    remotePort: { value: port },
    remoteFamily: { value: `IPv${isIP(address)}` },
  })
}

/** Calls back once: with the header, what follows it being left in the socket, or with why there is none. */
function readHeader(socket: Socket, seconds: number, done: (outcome: ProxyHeader | string) => void): void {
  let bytes = Buffer.alloc(0)
  const settle = (outcome: ProxyHeader | string) => {
    clearTimeout(patience)
    socket.off('readable', read).off('end', lost).off('error', lost).off('close', lost)
    done(outcome)
  }
  const read = () => {
    for (let piece: Buffer | null = socket.read(); piece !== null; piece = socket.read()) bytes = Buffer.concat([bytes, piece])
    const header = parseProxyHeader(bytes)
    if (header === 'incomplete') return
    if (header === 'malformed') return settle(header)
    const rest = bytes.subarray(header.bytes)
    if (rest.length > 0) socket.unshift(rest)
    settle(header)
  }
  const lost = () => settle('lost')
  const patience = setTimeout(() => settle('late'), seconds * 1000)
  patience.unref()
  socket.on('readable', read).on('end', lost).on('error', lost).on('close', lost)
}
