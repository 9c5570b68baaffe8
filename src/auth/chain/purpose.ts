// What a mail certificate may be used for: encrypting to its owner.
import type { Instant } from '../../model/id.ts'
import { MalformedCertificate, readCertificate } from './certificate.ts'
import { isFor } from './path.ts'

/** Whether mail may be encrypted with this certificate (DER) at `now`. Who issued it is for the phone to judge, or ValidateCert. */
export function isForEncryption(der: Uint8Array, now: Instant): boolean {
  try {
    const certificate = readCertificate(der)
    const { keyUsage, notBefore, notAfter } = certificate
    // RFC 8550 4.4.2: RSA keys encipher, EC keys agree.
    const mayEncrypt = keyUsage === null || keyUsage.has('keyEncipherment') || keyUsage.has('keyAgreement')
    return now >= notBefore && now <= notAfter && mayEncrypt && isFor(certificate, 'emailProtection')
  } catch (error) {
    if (error instanceof MalformedCertificate) return false
    throw error
  }
}
