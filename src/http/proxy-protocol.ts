// The header of the PROXY protocol, versions 1 and 2: a proxy that passes bytes on untouched says before them for whom it does.
// https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
import { isIP } from 'node:net'
import { plainAddress } from './peers.ts'

/** Who is at the far end of the proxy. */
export interface Source {
  readonly address: string
  readonly port: number
}

export interface ProxyHeader {
  /** How long the header is. */
  readonly bytes: number
  /** Null where the proxy speaks for itself (health checks), or does not know. */
  readonly source: Source | null
}

/** Section 2.1: the longest line, its end included. */
const lineBytesMax = 107
/** Section 2.2: 16 bytes and what they announce. Certificates that some proxies add stay below this. */
const fixedBytes = 16
const announcedBytesMax = 8192
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const linePrefix = Buffer.from('PROXY ', 'latin1')

/** Reads a header at the beginning of what has come so far. */
export function parseProxyHeader(bytes: Buffer): ProxyHeader | 'incomplete' | 'malformed' {
  if (bytes.length === 0) return 'incomplete'
  return bytes[0] === signature[0] ? parseBinary(bytes) : parseLine(bytes)
}

function beginsLike(bytes: Buffer, expected: Buffer): boolean {
  const length = Math.min(bytes.length, expected.length)
  return bytes.subarray(0, length).equals(expected.subarray(0, length))
}

function parseLine(bytes: Buffer): ProxyHeader | 'incomplete' | 'malformed' {
  if (!beginsLike(bytes, linePrefix)) return 'malformed'
  const end = bytes.subarray(0, lineBytesMax).indexOf('\r\n')
  if (end === -1) return bytes.length >= lineBytesMax ? 'malformed' : 'incomplete'
  const line = bytes.toString('latin1', 0, end)
  // "The receiver must ignore anything presented before the CRLF" behind UNKNOWN.
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { bytes: end + 2, source: null }
  const [, family, address = '', target = '', port = '', targetPort = ''] =
    /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})$/.exec(line) ?? []
  const version = Number(family)
  if (isIP(address) !== version || isIP(target) !== version || Number(port) > 65_535 || Number(targetPort) > 65_535) return 'malformed'
  return { bytes: end + 2, source: { address: plainAddress(address), port: Number(port) } }
}

const families: Readonly<Record<number, { readonly addressBytes: number; readonly read: (bytes: Buffer) => string }>> = {
  1: { addressBytes: 4, read: (bytes) => bytes.join('.') },
  2: { addressBytes: 16, read: (bytes) => plainAddress(ipv6(bytes)) },
}

function parseBinary(bytes: Buffer): ProxyHeader | 'incomplete' | 'malformed' {
  if (!beginsLike(bytes, signature)) return 'malformed'
  if (bytes.length < fixedBytes) return 'incomplete'
  const [kind, protocol, announced] = [bytes.readUInt8(12), bytes.readUInt8(13), bytes.readUInt16BE(14)]
  if (announced > announcedBytesMax || (kind !== 0x20 && kind !== 0x21)) return 'malformed'
  const length = fixedBytes + announced
  if (bytes.length < length) return 'incomplete'
  // LOCAL: the connection is the proxy's own, whatever the rest says.
  if (kind === 0x20) return { bytes: length, source: null }
  // Unspecified, or a UNIX socket: there is no address to tell.
  if (protocol === 0x00 || protocol === 0x31) return { bytes: length, source: null }
  const family = families[protocol >> 4]
  if (family === undefined || (protocol & 0x0f) !== 1) return 'malformed'
  const { addressBytes, read } = family
  const body = bytes.subarray(fixedBytes, length)
  const portAt = 2 * addressBytes
  if (body.length < portAt + 4 || !isWellFormed(body.subarray(portAt + 4))) return 'malformed'
  return { bytes: length, source: { address: read(body.subarray(0, addressBytes)), port: body.readUInt16BE(portAt) } }
}

function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(':')
  // As every other address is written: shortened, with IPv4 inside as dots.
  const short = new URL(`http://[${groups}]`).hostname.slice(1, -1)
  const wrapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short)
  return wrapped === null ? short : `::ffff:${bytes.subarray(12).join('.')}`
}

/** Section 2.2.7: type, length and value, to the last byte. What they say is not needed here. */
function isWellFormed(extensions: Buffer): boolean {
  let at = 0
  while (at + 3 <= extensions.length) at += 3 + extensions.readUInt16BE(at + 1)
  return at === extensions.length
}
