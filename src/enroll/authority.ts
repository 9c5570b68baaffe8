// Our own small certificate authority: for servers that nobody gave a certificate.
import './reflection.ts'
import { createPrivateKey, generateKeyPairSync, randomBytes, webcrypto, X509Certificate, type KeyObject } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import type { Clock } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'

/** The authority: what phones install and trust. */
export interface Authority {
  /** PEM. */
  readonly certificate: string
  readonly der: Uint8Array
  readonly name: string
  /** SHA-256, upper-case hex in pairs: for people to compare. */
  readonly fingerprint: string
  readonly key: KeyObject
}

export interface ServerCertificate {
  /** PEM. */
  readonly key: string
  /** PEM: the server's certificate and those above it. */
  readonly cert: string
  readonly until: Instant
  readonly names: readonly string[]
}

/** Where a server keeps its authority and certificate. */
export function authorityFolder(dataFolder: string): string {
  return join(dataFolder, 'tls')
}

/** The files' names within the folder. */
const files = { authorityKey: 'authority.key', authority: 'authority.crt', serverKey: 'server.key', server: 'server.crt' } as const

const day = 86_400_000
const authorityYears = 10
/** iOS takes at most 825 days from a private authority and 398 from a public one; a shorter life never hurts. */
const serverDays = 397
const renewDays = 30
/** Phones' clocks go wrong by hours. */
const backdated = day / 2
const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

x509.cryptoProvider.set(webcrypto as unknown as Crypto)

/** The authority kept in `folder`, or null if none was made there. Throws if its files do not belong together. */
export function readAuthority(folder: string): Authority | null {
  const certificate = read(join(folder, files.authority))
  const key = read(join(folder, files.authorityKey))
  if (certificate === null && key === null) return null
  if (certificate === null || key === null)
    throw new Error(`${folder} holds half an authority: restore the other half, or remove ${files.authority} and ${files.authorityKey}`)
  return authorityOf(certificate, createPrivateKey(key))
}

/** The authority kept in `folder`; made on first use, with keys that only the server's user may read. */
export async function openAuthority(folder: string, hostName: string, clock: Clock): Promise<Authority> {
  const known = readAuthority(folder)
  if (known !== null) return known
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const from = clock.now() - backdated
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    // The host's name and a random part: two servers' authorities on one phone can be told apart.
    name: [{ CN: [`Easel ${hostName.slice(0, 40)} ${randomBytes(3).toString('hex')}`] }, { O: ['Easel'] }],
    notBefore: new Date(from),
    notAfter: new Date(from + authorityYears * 365 * day),
    keys: { privateKey: forSigning(privateKey), publicKey: forVerifying(publicKey) },
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(forVerifying(publicKey)),
    ],
  })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // The key first: a certificate whose key was lost could never be used again.
  write(join(folder, files.authorityKey), pemOf(privateKey), 0o600)
  write(join(folder, files.authority), certificate.toString('pem') + '\n', 0o644)
  return authorityOf(certificate.toString('pem') + '\n', privateKey)
}

/**
 * The server's certificate kept in `folder`, made anew if it does not bear all of `names`, is of another authority, or has
 * less than 30 days left.
 */
export async function openServerCertificate(
  authority: Authority,
  folder: string,
  names: readonly string[],
  clock: Clock,
): Promise<ServerCertificate> {
  const known = readServerCertificate(authority, folder, names, clock)
  if (known !== null) return known
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = new x509.X509Certificate(authority.certificate)
  const from = clock.now() - backdated
  const [first = 'localhost'] = names
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    // RFC 5280: a common name has at most 64 characters. Clients read the alternative names.
    subject: [{ CN: [first.slice(0, 64)] }],
    issuer: issuer.subject,
    notBefore: new Date(from),
    notAfter: new Date(from + serverDays * day),
    publicKey: forVerifying(publicKey),
    signingKey: forSigning(authority.key),
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(forVerifying(publicKey)),
    ],
  })
  const chain = `${certificate.toString('pem')}\n${authority.certificate}`
  write(join(folder, files.serverKey), pemOf(privateKey), 0o600)
  write(join(folder, files.server), chain, 0o644)
  return { key: pemOf(privateKey), cert: chain, until: certificate.notAfter.getTime(), names }
}

/** A certificate and key that somebody else made. Throws a sentence if they do not belong together. */
export function loadServerCertificate(certificatePath: string, keyPath: string): ServerCertificate {
  const cert = readFileSync(certificatePath, 'utf8')
  const key = readFileSync(keyPath, 'utf8')
  let leaf: X509Certificate
  try {
    leaf = new X509Certificate(cert)
  } catch (error) {
    throw new Error(`${certificatePath} holds no PEM certificate: give the file with the full chain`, { cause: error })
  }
  if (!leaf.checkPrivateKey(createPrivateKey(key)))
    throw new Error(`${keyPath} is not the key of the first certificate in ${certificatePath}`)
  const names = (leaf.subjectAltName ?? '').split(', ').map((each) => each.replace(/^(DNS|IP Address):/, ''))
  return { key, cert, until: Date.parse(leaf.validTo), names }
}

/** Whether it is time for another one. */
export function isDue({ until }: ServerCertificate, now: Instant): boolean {
  return until - now < renewDays * day
}

function readServerCertificate(authority: Authority, folder: string, names: readonly string[], clock: Clock): ServerCertificate | null {
  const cert = read(join(folder, files.server))
  const key = read(join(folder, files.serverKey))
  if (cert === null || key === null) return null
  let leaf: X509Certificate
  let isOurs: boolean
  try {
    leaf = new X509Certificate(cert)
    isOurs = leaf.verify(new X509Certificate(authority.certificate).publicKey) && leaf.checkPrivateKey(createPrivateKey(key))
  } catch {
    // Half written, or not ours to understand: a new one costs nothing.
    return null
  }
  const hasAll = names.every((name) => (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) !== undefined)
  const found = { key, cert, until: Date.parse(leaf.validTo), names }
  return isOurs && hasAll && !isDue(found, clock.now()) ? found : null
}

function authorityOf(certificate: string, key: KeyObject): Authority {
  const parsed = new X509Certificate(certificate)
  if (!parsed.checkPrivateKey(key)) throw new Error("the authority's key is not the key of its certificate")
  const name = /CN=([^\n]+)/.exec(parsed.subject)?.[1] ?? 'Easel'
  return { certificate, der: parsed.raw, name, fingerprint: parsed.fingerprint256, key }
}

const serial = () => `7f${randomBytes(15).toString('hex')}` // positive, and long enough never to come twice

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

// Node's keys and those of the library are the same objects under two declarations.
const forSigning = (key: KeyObject) => key.toCryptoKey(signing, false, ['sign']) as unknown as CryptoKey
const forVerifying = (key: KeyObject) => key.toCryptoKey(signing, true, ['verify']) as unknown as CryptoKey

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** Whole or not at all, and never readable by others for a moment. */
function write(path: string, content: string, mode: number): void {
  const draft = `${path}.new`
  writeFileSync(draft, content, { mode })
  chmodSync(draft, mode)
  renameSync(draft, path)
}
