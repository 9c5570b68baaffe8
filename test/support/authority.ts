// A certificate authority for tests: it issues what a phone holds, good or bad, and the lists of what it revoked.
import '../../src/enroll/reflection.ts'
import { createHash, generateKeyPairSync, randomBytes, webcrypto, X509Certificate, type KeyObject } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Instant } from '../../src/model/id.ts'

/** From here alone: it wants what `reflection` gives before it is loaded. */
export { x509 }

x509.cryptoProvider.set(webcrypto as unknown as Crypto)

const day = 86_400_000

/** What a phone holds. */
export interface Identity {
  /** PEM. */
  readonly key: string
  /** PEM: the certificate and those above it, but the root. */
  readonly cert: string
  readonly der: Buffer
  /** Lower-case hex. */
  readonly serial: string
  readonly fingerprint: string
}

type Names = readonly { readonly type: 'email' | 'upn' | 'dns' | 'url'; readonly value: string }[]

export interface IssueOptions {
  readonly name?: string
  readonly names?: Names
  readonly from?: Instant
  readonly until?: Instant
  /** Null leaves the extension out. */
  readonly usages?: readonly string[] | null
  readonly keyUsage?: x509.KeyUsageFlags
  readonly extensions?: readonly x509.Extension[]
  readonly keys?: Kind
  readonly serial?: string
}

export interface AuthorityOptions extends Omit<IssueOptions, 'names' | 'usages'> {
  readonly parent?: TestAuthority
  readonly pathLength?: number
  readonly isAuthority?: boolean
}

const kinds = {
  ec: { make: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }), signing: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } },
  rsa: {
    make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
    signing: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  },
  'rsa-4096': {
    make: () => generateKeyPairSync('rsa', { modulusLength: 4096 }),
    signing: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  },
  pss: { make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }), signing: { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 } },
  'rsa-sha1': { make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }), signing: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' } },
  'rsa-1024': { make: () => generateKeyPairSync('rsa', { modulusLength: 1024 }), signing: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } },
} as const
type Kind = keyof typeof kinds

const publicOf = (key: KeyObject, kind: Kind) => key.toCryptoKey(kinds[kind].signing, true, ['verify']) as unknown as CryptoKey
const privateOf = (key: KeyObject, kind: Kind) => key.toCryptoKey(kinds[kind].signing, false, ['sign']) as unknown as CryptoKey
const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

export class TestAuthority {
  readonly certificate: x509.X509Certificate
  readonly parent: TestAuthority | null
  readonly key: KeyObject
  readonly #kind: Kind
  readonly #now: Instant

  private constructor(certificate: x509.X509Certificate, parent: TestAuthority | null, key: KeyObject, kind: Kind, now: Instant) {
    this.certificate = certificate
    this.parent = parent
    this.key = key
    this.#kind = kind
    this.#now = now
  }

  static async make(now: Instant, options: AuthorityOptions = {}): Promise<TestAuthority> {
    const {
      parent = null,
      name = parent === null ? 'Example Root' : 'Example Issuing',
      keys = 'ec',
      pathLength,
      isAuthority = true,
    } = options
    const { privateKey, publicKey } = kinds[keys].make()
    const usage = options.keyUsage ?? x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: options.serial ?? serial(),
      subject: `CN=${name}`,
      issuer: parent?.certificate.subject ?? `CN=${name}`,
      notBefore: new Date(options.from ?? now - day),
      notAfter: new Date(options.until ?? now + 3650 * day),
      publicKey: publicOf(publicKey, keys),
      signingKey: parent === null ? privateOf(privateKey, keys) : privateOf(parent.key, parent.#kind),
      signingAlgorithm: kinds[parent === null ? keys : parent.#kind].signing,
      extensions: [
        new x509.BasicConstraintsExtension(isAuthority, pathLength, true),
        new x509.KeyUsagesExtension(usage, true),
        await x509.SubjectKeyIdentifierExtension.create(publicOf(publicKey, keys)),
        ...(options.extensions ?? []),
      ],
    })
    return new TestAuthority(certificate, parent, privateKey, keys, now)
  }

  /** Somebody who got hold of an authority's key. */
  static thief(der: Uint8Array, key: KeyObject, now: Instant): TestAuthority {
    return new TestAuthority(new x509.X509Certificate(Buffer.from(der).toString('base64')), null, key, 'rsa', now)
  }

  get pem(): string {
    return `${this.certificate.toString('pem')}\n`
  }

  get der(): Buffer {
    return Buffer.from(this.certificate.rawData)
  }

  /** A certificate for a client: Alice's, as long as nothing else is said. */
  async issue(options: IssueOptions = {}): Promise<Identity> {
    const { name = 'alice', names = [{ type: 'email', value: 'alice@example.test' }], keys = 'ec' } = options
    const { privateKey, publicKey } = kinds[keys].make()
    const usages = options.usages === undefined ? [x509.ExtendedKeyUsage.clientAuth] : options.usages
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: options.serial ?? serial(),
      subject: `CN=${name}`,
      issuer: this.certificate.subject,
      notBefore: new Date(options.from ?? this.#now - day),
      notAfter: new Date(options.until ?? this.#now + 365 * day),
      publicKey: publicOf(publicKey, keys),
      signingKey: privateOf(this.key, this.#kind),
      signingAlgorithm: kinds[this.#kind].signing,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(options.keyUsage ?? x509.KeyUsageFlags.digitalSignature, true),
        ...(usages === null ? [] : [new x509.ExtendedKeyUsageExtension([...usages])]),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension([...names])]),
        await x509.AuthorityKeyIdentifierExtension.create(this.certificate),
        ...(options.extensions ?? []),
      ],
    })
    const der = Buffer.from(certificate.rawData)
    const chain = [certificate.toString('pem'), ...this.#above()]
    return {
      key: pemOf(privateKey),
      cert: `${chain.join('\n')}\n`,
      der,
      serial: new X509Certificate(der).serialNumber.toLowerCase(),
      fingerprint: createHash('sha256').update(der).digest('hex'),
    }
  }

  #above(): string[] {
    return this.parent === null ? [] : [this.certificate.toString('pem'), ...this.parent.#above()]
  }

  /** What it revoked, DER. */
  async list(
    serials: readonly string[],
    {
      from = this.#now,
      until = this.#now + day,
      extensions = [],
    }: { from?: Instant; until?: Instant; extensions?: readonly x509.Extension[] } = {},
  ): Promise<Buffer> {
    const list = await x509.X509CrlGenerator.create({
      issuer: this.certificate.subject,
      thisUpdate: new Date(from),
      nextUpdate: new Date(until),
      signingKey: privateOf(this.key, this.#kind),
      signingAlgorithm: kinds[this.#kind].signing,
      entries: serials.map((serialNumber) => ({ serialNumber, revocationDate: new Date(from) })),
      extensions: [...extensions],
    })
    return Buffer.from(list.rawData)
  }
}

/** A key, and a request for a certificate for it (PKCS#10, DER). */
export async function certificateRequest(name: string): Promise<{ key: string; request: Uint8Array }> {
  const { privateKey, publicKey } = kinds.ec.make()
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${name}`,
    keys: { privateKey: privateOf(privateKey, 'ec'), publicKey: publicOf(publicKey, 'ec') },
    signingAlgorithm: kinds.ec.signing,
  })
  return { key: pemOf(privateKey), request: new Uint8Array(request.rawData) }
}

const serial = () => `7f${randomBytes(15).toString('hex')}`
