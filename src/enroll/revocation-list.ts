// The list of revoked certificates (RFC 5280 5) as our authority signs it, for whoever is not asked by us.
import { sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { Certificate, RevocationReason } from '../model/certificate.ts'
import type { Instant } from '../model/id.ts'
import type { RevocationList } from '../store/certificates.ts'
import type { ClientAuthority } from './certificate-desk.ts'
import { issuerKeyExtension, parsed } from './signing.ts'

/** RFC 5280 5.3.1. */
const reasonCodes: Readonly<Record<RevocationReason, number>> = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  privilegeWithdrawn: 9,
}

const tags = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  enumerated: 0x0a,
  utcTime: 0x17,
  time: 0x18,
  sequence: 0x30,
  extensions: 0xa0,
} as const
const hex = (text: string) => Buffer.from(text, 'hex')
/** Constants of DER: sha256WithRSAEncryption with its NULL, and the names of the extensions that number a list and give a reason. */
const rsaWithSha256 = hex('300d06092a864886f70d01010b0500')
const listNumber = hex('0603551d14')
const reasonCode = hex('0603551d15')

const signRsa = promisify<string, Uint8Array, Parameters<typeof sign>[2], Buffer>(sign)

/**
 * Signs a list. Written by hand: `@peculiar/x509` compares each entry with each, and pkijs takes more than a second for ten thousand,
 * in which nobody would be answered.
 */
export async function signList(
  { id, chain: [own], key }: ClientAuthority,
  revoked: readonly Certificate[],
  { number, from, until }: Pick<RevocationList, 'number' | 'from' | 'until'>,
): Promise<RevocationList> {
  if (own === undefined) throw new Error('an authority has a certificate')
  const issuer = parsed(own)
  const issuerKey = await issuerKeyExtension(issuer)
  const content = der(
    tags.sequence,
    der(tags.integer, hex('01')), // version 2
    rsaWithSha256,
    new Uint8Array(issuer.subjectName.toArrayBuffer()),
    time(from),
    time(until),
    // 5.1.2.6: an empty sequence is none.
    ...(revoked.length === 0 ? [] : [der(tags.sequence, ...revoked.map(entry))]),
    der(tags.extensions, der(tags.sequence, new Uint8Array(issuerKey.rawData), extension(listNumber, unsigned(number.toString(16))))),
  )
  const signature = await signRsa('sha256', content, key)
  const list = der(tags.sequence, content, rsaWithSha256, der(tags.bits, hex('00'), signature))
  return { issuer: id, number, from, until, content: list }
}

function entry({ serial, revoked }: Certificate): Buffer {
  const code = reasonCodes[revoked?.reason ?? 'unspecified']
  // 5.3.1: no reason rather than an unspecified one.
  const reason = code === 0 ? [] : [der(tags.sequence, extension(reasonCode, der(tags.enumerated, Uint8Array.of(code))))]
  return der(tags.sequence, unsigned(serial), time(revoked?.at ?? 0), ...reason)
}

const extension = (name: Uint8Array, value: Uint8Array) => der(tags.sequence, name, der(tags.octets, value))

/** A positive INTEGER, from hex. */
function unsigned(digits: string): Buffer {
  const bytes = hex(digits.length % 2 === 0 ? digits : `0${digits}`)
  return der(tags.integer, ...((bytes[0] ?? 0) >= 0x80 ? [hex('00')] : []), bytes)
}

/** RFC 5280 5.1.2.4: two digits of a year up to 2049, four from 2050 on. */
function time(at: Instant): Buffer {
  const text = `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
  return text < '2050' ? der(tags.utcTime, Buffer.from(text.slice(2))) : der(tags.time, Buffer.from(text))
}

/** X.690 8.1: tag, length, content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.byteLength, 0)
  const digits = length.toString(16)
  const bytes = hex(digits.length % 2 === 0 ? digits : `0${digits}`)
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 | bytes.length, ...bytes]
  return Buffer.concat([Uint8Array.from(head), ...parts])
}
