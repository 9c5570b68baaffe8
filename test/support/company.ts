// The authority of a company that has one already, on an elliptic curve: it signs the requests of ours.
import '../../src/enroll/reflection.ts'
import { webcrypto } from 'node:crypto'
import { parsed } from '../../src/enroll/signing.ts'
import * as x509 from '@peculiar/x509'
import type { Clock } from '../../src/model/clock.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const day = 86_400_000
const { keyCertSign, cRLSign, digitalSignature, keyEncipherment } = x509.KeyUsageFlags

/** What an intermediate authority for clients is given. */
export const fitting: readonly x509.Extension[] = [
  new x509.BasicConstraintsExtension(true, 0, true),
  new x509.KeyUsagesExtension(keyCertSign | cRLSign | digitalSignature | keyEncipherment, true),
]

/** A key pair for a request, as WebCrypto makes it. */
export async function curveKeys(): Promise<CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as unknown as CryptoKeyPair
}

export class Company {
  /** PEM. */
  readonly root: string
  readonly #keys: CryptoKeyPair
  readonly #clock: Clock

  private constructor(root: string, keys: CryptoKeyPair, clock: Clock) {
    this.root = root
    this.#keys = keys
    this.#clock = clock
  }

  static async found(clock: Clock): Promise<Company> {
    const keys = await curveKeys()
    const root = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '01',
      name: 'CN=Root, O=Company',
      notBefore: new Date(clock.now() - day),
      notAfter: new Date(clock.now() + 4000 * day),
      keys,
      signingAlgorithm: algorithm,
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true), new x509.KeyUsagesExtension(keyCertSign | cRLSign, true)],
    })
    return new Company(`${root.toString('pem')}\n`, keys, clock)
  }

  /** Signs a request (PEM): a certificate in PEM, with whatever extensions, and a key identifier of the company's own choice. */
  async sign(request: string, extensions: readonly x509.Extension[] = fitting, days = 3000): Promise<string> {
    const { subjectName, publicKey } = new x509.Pkcs10CertificateRequest(request)
    const signed = await x509.X509CertificateGenerator.create({
      serialNumber: '02',
      subject: subjectName,
      issuer: parsed(new Uint8Array(new x509.X509Certificate(this.root).rawData)).subjectName,
      notBefore: new Date(this.#clock.now() - day),
      notAfter: new Date(this.#clock.now() + days * day),
      publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [...extensions, new x509.SubjectKeyIdentifierExtension('0badcafe')],
    })
    return `${signed.toString('pem')}\n`
  }
}
