// The authority that signs clients' certificates: one of our own making, or one that the company's authority signed.
import './reflection.ts'
import { createPublicKey, generateKeyPair, X509Certificate, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import * as x509 from '@peculiar/x509'
import { issuerOf } from '../auth/own-certificates.ts'
import type { Instant } from '../model/id.ts'
import { CertificateRefused, type ClientAuthority } from './certificate-desk.ts'
import { backdated, publicKeyOf, randomSerial, rsaSigner, rsaSigning } from './signing.ts'

const day = 86_400_000
/** RSA, because SCEP's messages are enveloped for the authority's key (RFC 8894 2.3); 3072 bits hold for its ten years. */
const keyBits = 3072
const years = 10
/** RFC 5280, upper bounds: a common name has at most 64 characters. */
const nameCharactersMax = 64

const makePair = promisify(generateKeyPair)

/** A key for an authority: made beside the server's own thread, in a second or so. */
export async function makeAuthorityKey(): Promise<KeyObject> {
  return (await makePair('rsa', { modulusLength: keyBits })).privateKey
}

const distinguishedName = (name: string): x509.JsonName => [
  { CN: [Array.from(name).slice(0, nameCharactersMax).join('')] },
  { O: ['Easel'] },
]

/** The last two are for SCEP: it signs its answers with this key, and is sent messages enveloped for it. */
const usages =
  x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment

/** An authority of our own making, good for ten years. */
export async function selfSigned(name: string, key: KeyObject, now: Instant): Promise<ClientAuthority> {
  const subject = distinguishedName(name)
  const publicKey = publicKeyOf(createPublicKey(key))
  const from = now - backdated
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject,
    issuer: subject,
    notBefore: new Date(from),
    notAfter: new Date(from + years * 365 * day),
    publicKey,
    signingKey: rsaSigner(key),
    signingAlgorithm: rsaSigning,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(usages, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  })
  return clientAuthority([new Uint8Array(certificate.rawData)], key)
}

/** PEM of a request (PKCS#10) for the company's authority to sign. */
export async function authorityRequest(name: string, key: KeyObject): Promise<string> {
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: distinguishedName(name),
    keys: {
      privateKey: rsaSigner(key),
      publicKey: createPublicKey(key).toCryptoKey(rsaSigning, true, ['verify']) as unknown as CryptoKey,
    },
    signingAlgorithm: rsaSigning,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(usages, true)],
  })
  return `${request.toString('pem')}\n`
}

/** Puts together what is kept. `chain`: its own certificate first. Throws an Error if the key is another's. */
export function clientAuthority(chain: readonly Uint8Array[], key: KeyObject): ClientAuthority {
  const [own] = chain
  if (own === undefined) throw new Error('an authority has a certificate')
  const certificate = new X509Certificate(own)
  if (!certificate.checkPrivateKey(key)) throw new Error("the authority's key is not the key of its certificate")
  const name = /(?:^|\n)CN=([^\n]+)/.exec(certificate.subject)?.[1] ?? certificate.subject.replaceAll('\n', ', ')
  return { id: issuerOf(key), name, chain, key, until: Date.parse(certificate.validTo), fingerprint: certificate.fingerprint256 }
}

/** More than any company stacks up, and few enough to try each against each. */
const chainMax = 10

/**
 * Reads what the company's authority gave back: PEM with the certificate of one of `keys` and those above it up to the root, in any
 * order. Rejects with CertificateRefused, in words, whatever could not sign clients' certificates.
 */
export function importedAuthority(pem: string, keys: readonly KeyObject[], now: Instant): ClientAuthority {
  const certificates = certificatesOf(pem)
  const owned = certificates.flatMap((certificate) => {
    const key = keys.find((each) => certificate.checkPrivateKey(each))
    return key === undefined ? [] : [{ certificate, key }]
  })
  const [own] = owned
  if (own === undefined)
    throw new CertificateRefused('None of these certificates is for a key of ours: sign the request of `easel ca init --csr`.')
  const chain = chainOf(own.certificate, certificates)
  for (const [above, certificate] of chain.entries()) refuseUnfit(certificate, above, now)
  return clientAuthority(
    chain.map((certificate) => certificate.raw),
    own.key,
  )
}

function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new CertificateRefused('There is no PEM certificate in it.')
  if (blocks.length > chainMax) throw new CertificateRefused(`There are more than ${chainMax} certificates in it.`)
  return blocks.map((block) => {
    try {
      return new X509Certificate(block)
    } catch (error) {
      throw new CertificateRefused('One of the certificates cannot be read.', { cause: error })
    }
  })
}

/** From the lowest to the root, which signed itself. */
function chainOf(lowest: X509Certificate, all: readonly X509Certificate[]): X509Certificate[] {
  const chain = [lowest]
  for (let top = lowest; !isSignedBy(top, top);) {
    const issuer = all.find((each) => !chain.includes(each) && isSignedBy(top, each))
    if (issuer === undefined) {
      throw new CertificateRefused(
        `The certificate that signed "${oneLine(top.subject)}" is missing: give the whole chain, up to the root.`,
      )
    }
    chain.push(issuer)
    top = issuer
  }
  return chain
}

const isSignedBy = (certificate: X509Certificate, issuer: X509Certificate) =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)

const oneLine = (name: string) => name.replaceAll('\n', ', ')
const clientAuth: string = x509.ExtendedKeyUsage.clientAuth
const anyUsage = '2.5.29.37.0'

/** `below`: how many authorities stand between this one and the clients' certificates. */
function refuseUnfit(certificate: X509Certificate, below: number, now: Instant): void {
  const parsed = new x509.X509Certificate(certificate.raw)
  const name = `"${oneLine(certificate.subject)}"`
  const usage = parsed.getExtension(x509.KeyUsagesExtension)?.usages
  const extended = parsed.getExtension(x509.ExtendedKeyUsageExtension)?.usages.map(String)
  const constraints = parsed.getExtension(x509.BasicConstraintsExtension)
  const complaints: readonly (readonly [boolean, string])[] = [
    [constraints?.ca !== true, `${name} is not the certificate of an authority (basicConstraints CA).`],
    [usage !== undefined && (usage & x509.KeyUsageFlags.keyCertSign) === 0, `${name} may not sign certificates (keyUsage keyCertSign).`],
    [
      below === 0 && usage !== undefined && (usage & x509.KeyUsageFlags.cRLSign) === 0,
      `${name} may not sign lists of revoked certificates (keyUsage cRLSign).`,
    ],
    [
      extended !== undefined && !extended.includes(clientAuth) && !extended.includes(anyUsage),
      `${name} is not for clients' certificates (extendedKeyUsage clientAuth).`,
    ],
    [(constraints?.pathLength ?? below) < below, `${name} does not allow ${below} authorities below it (pathLenConstraint).`],
    [Date.parse(certificate.validTo) <= now, `${name} has ended.`],
    [Date.parse(certificate.validFrom) > now, `${name} is not valid yet: look at the clocks.`],
  ]
  const found = complaints.find(([isSo]) => isSo)
  if (found !== undefined) throw new CertificateRefused(found[1])
}
