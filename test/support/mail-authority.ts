// An authority that issues mail certificates, good ones and others, and lists of those it revoked.
import '../../src/enroll/reflection.ts'
import { randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Instant } from '../../src/model/id.ts'

x509.cryptoProvider.set(webcrypto as unknown as Crypto)

const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const day = 86_400_000
const emailProtection = '1.3.6.1.5.5.7.3.4'
const { digitalSignature, keyAgreement, keyCertSign, cRLSign } = x509.KeyUsageFlags

export interface Issued {
  /** Days from now. */
  readonly from?: number
  readonly until?: number
  /** `both`: for signatures and encryption. */
  readonly usages?: 'both' | 'signing'
  /** OIDs; null for none. */
  readonly purposes?: readonly string[] | null
  /** Where its list of revoked certificates lies. */
  readonly listUrl?: string
}

export class MailAuthority {
  readonly certificate: x509.X509Certificate
  readonly #keys: CryptoKeyPair
  readonly #now: Instant

  private constructor(certificate: x509.X509Certificate, keys: CryptoKeyPair, now: Instant) {
    this.certificate = certificate
    this.#keys = keys
    this.#now = now
  }

  static async root(name: string, now: Instant): Promise<MailAuthority> {
    const keys = await newKeys()
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serial(),
      name: [{ CN: [name] }],
      ...dates(now, -1000, 3650),
      keys,
      signingAlgorithm: signing,
      extensions: ofAuthority(),
    })
    return new MailAuthority(certificate, keys, now)
  }

  get der(): Uint8Array {
    return new Uint8Array(this.certificate.rawData)
  }

  get pem(): string {
    return this.certificate.toString('pem')
  }

  /** An authority below this one. */
  async below(name: string, issued: Issued = {}): Promise<MailAuthority> {
    const keys = await newKeys()
    const extensions = [...ofAuthority(), ...listPoint(issued)]
    return new MailAuthority(await this.#sign(`CN=${name}`, keys.publicKey, issued, extensions), keys, this.#now)
  }

  /** A certificate for mail of this address (DER). */
  async issue(address: string, issued: Issued = {}): Promise<Uint8Array> {
    const { usages = 'both', purposes = [emailProtection] } = issued
    const { publicKey } = await newKeys()
    const certificate = await this.#sign(`CN=${address}`, publicKey, issued, [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(usages === 'both' ? digitalSignature | keyAgreement : digitalSignature, true),
      ...(purposes === null ? [] : [new x509.ExtendedKeyUsageExtension([...purposes])]),
      new x509.SubjectAlternativeNameExtension([{ type: 'email', value: address }]),
      ...listPoint(issued),
    ])
    return new Uint8Array(certificate.rawData)
  }

  /** The list of those it revoked (DER). */
  async revoked(certificates: readonly Uint8Array[]): Promise<Uint8Array> {
    const list = await x509.X509CrlGenerator.create({
      issuer: this.certificate.subject,
      thisUpdate: new Date(this.#now - day),
      nextUpdate: new Date(this.#now + 7 * day),
      signingAlgorithm: signing,
      signingKey: this.#keys.privateKey,
      entries: certificates.map((der) => ({
        serialNumber: new x509.X509Certificate(Buffer.from(der)).serialNumber,
        revocationDate: new Date(this.#now - day),
      })),
    })
    return new Uint8Array(list.rawData)
  }

  #sign(subject: string, publicKey: CryptoKey, { from = -30, until = 365 }: Issued, extensions: x509.Extension[]) {
    return x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject,
      issuer: this.certificate.subject,
      ...dates(this.#now, from, until),
      publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: signing,
      extensions,
    })
  }
}

const newKeys = () => webcrypto.subtle.generateKey(signing, true, ['sign', 'verify']) as Promise<CryptoKeyPair>
const serial = () => `4${randomBytes(15).toString('hex').slice(1)}`
const dates = (now: Instant, from: number, until: number) => ({
  notBefore: new Date(now + from * day),
  notAfter: new Date(now + until * day),
})
const ofAuthority = () => [
  new x509.BasicConstraintsExtension(true, undefined, true),
  new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
]
const listPoint = ({ listUrl }: Issued) => (listUrl === undefined ? [] : [new x509.CRLDistributionPointsExtension([listUrl])])
