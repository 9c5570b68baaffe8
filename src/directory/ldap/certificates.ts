// The certificates of somebody's entry: single ones, and those Outlook publishes as PKCS #7.
import { X509Certificate } from 'node:crypto'
import * as pkijs from 'pkijs'

const certificatesMax = 20

/** DER, those that are valid longest first; what cannot be read is left out. */
export function mailCertificates(values: readonly Buffer[]): readonly Uint8Array[] {
  const read = values.slice(0, certificatesMax).flatMap((value) => (parsed(value) === null ? bundled(value) : [value]))
  const known = new Map(
    read.flatMap((der) => {
      const certificate = parsed(der)
      return certificate === null ? [] : [[certificate.fingerprint256, certificate] as const]
    }),
  )
  return [...known.values()]
    .toSorted((one, other) => other.validToDate.getTime() - one.validToDate.getTime())
    .map(({ raw }) => new Uint8Array(raw))
}

function parsed(der: Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(der)
  } catch {
    return null
  }
}

/** userSMIMECertificate holds SignedData without a signature over content (RFC 2798 2.8): the certificates in it are what counts. */
function bundled(value: Buffer): readonly Uint8Array[] {
  try {
    const { content } = pkijs.ContentInfo.fromBER(new Uint8Array(value))
    const held = new pkijs.SignedData({ schema: content }).certificates ?? []
    return held
      .filter((each) => each instanceof pkijs.Certificate)
      .slice(0, certificatesMax)
      .map((each) => new Uint8Array(each.toSchema().toBER()))
  } catch {
    return []
  }
}
