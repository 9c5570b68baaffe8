// A client's certificate as our authority writes it: what it says, and for how long.
import './reflection.ts'
import { createHash, type KeyObject } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Account } from '../model/account.ts'
import { serialNumber } from '../model/certificate.ts'
import type { Instant } from '../model/id.ts'
import type { IssuedCertificate } from '../store/certificates.ts'
import { CertificateRefused, type ClientAuthority, type Wanted } from './certificate-desk.ts'
import { backdated, issuerKeyExtension, parsed, publicKeyOf, randomSerial, rsaSigner, rsaSigning } from './signing.ts'

const day = 86_400_000
/** RFC 5280, upper bounds. */
const nameCharactersMax = 64

export interface Terms {
  readonly now: Instant
  /** How long it lives where nobody says otherwise. */
  readonly days: number
  /** Where the list of revoked certificates is fetched. */
  readonly listUrl: string
}

/** Signs a certificate for this public key; nothing of it was written down yet. */
export async function signCertificate(
  authority: ClientAuthority,
  publicKey: KeyObject,
  wanted: Wanted,
  terms: Terms,
): Promise<IssuedCertificate> {
  const { account, device, way, by, days = terms.days } = wanted
  if (authority.until <= terms.now)
    throw new CertificateRefused('The certificate of our own authority has ended: make another with `easel ca init`.')
  const [own] = authority.chain
  if (own === undefined) throw new Error('an authority has a certificate')
  const issuer = parsed(own)
  const names = alternativeNames(account)
  const serial = randomSerial()
  const from = Math.max(terms.now - backdated, issuer.notBefore.getTime())
  // To the second, as certificates have it.
  const notBefore = from - (from % 1000)
  const until = Math.min(terms.now + days * day, authority.until)
  const notAfter = until - (until % 1000)
  const library = publicKeyOf(publicKey)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: [{ CN: [Array.from(account.address).slice(0, nameCharactersMax).join('')] }],
    // As the issuer's certificate spells it, byte by byte: clients compare.
    issuer: issuer.subjectName,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    publicKey: library,
    signingKey: rsaSigner(authority.key),
    signingAlgorithm: rsaSigning,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(usagesOf(publicKey), true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension([...names]),
      new x509.CRLDistributionPointsExtension([terms.listUrl]),
      await issuerKeyExtension(issuer),
      await x509.SubjectKeyIdentifierExtension.create(library),
    ],
  })
  const content = new Uint8Array(certificate.rawData)
  return {
    issuer: authority.id,
    serial: serialNumber(serial),
    account: account.id,
    device,
    subject: certificate.subject,
    names: [...new Set(names.map(({ value }) => value))],
    notBefore,
    notAfter,
    issuedAt: terms.now,
    issuedBy: by,
    way,
    fingerprint: createHash('sha256').update(content).digest('hex'),
    content,
  }
}

/** The UPN is text of any script; an address for mail is ASCII there (RFC 5280 4.2.1.6), and left out where it is not. */
function alternativeNames({ address }: Account): readonly { readonly type: 'upn' | 'email'; readonly value: string }[] {
  const upn = { type: 'upn', value: address } as const
  return /^[\u0021-\u007e]+$/.test(address) ? [upn, { type: 'email', value: address }] : [upn]
}

/** SCEP's answers are enveloped for the client's key where it is RSA. */
function usagesOf({ asymmetricKeyType }: KeyObject): x509.KeyUsageFlags {
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags
  return asymmetricKeyType === 'rsa' ? digitalSignature | keyEncipherment : digitalSignature
}
