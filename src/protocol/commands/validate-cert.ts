// ValidateCert (MS-ASCMD 2.2.1.22): whether the certificates behind signed mail are good.
import { setImmediate as turn } from 'node:timers/promises'
import type { ChainFault } from '../../auth/chain/chain.ts'
import { ValidateCert } from '../../wbxml/pages.ts'
import { base64, bool, container, integer, many, optional } from '../../wbxml/schema.ts'
import { command, reply } from '../define.ts'
import { Failure } from '../error.ts'

const certificate = many(base64(ValidateCert.Certificate))

const ValidateCertRequest = container(ValidateCert.ValidateCert, [
  optional(container(ValidateCert.CertificateChain, [certificate])),
  container(ValidateCert.Certificates, [certificate]),
  optional(bool(ValidateCert.CheckCRL)),
])

const ValidateCertResponse = container(ValidateCert.ValidateCert, [
  integer(ValidateCert.Status),
  many(container(ValidateCert.Certificate, [integer(ValidateCert.Status)])),
])

/** MS-ASCMD 3.1.5.10: Status 2 beyond it. */
const certificatesMax = 100

const good = 1
/** MS-ASCMD 2.2.3.177.18. 12, another address, is for the phone to find: it does not say whose certificate it asks about. */
const statusOf: Readonly<Record<ChainFault, number>> = {
  signature: 3,
  untrusted: 4,
  incomplete: 5,
  purpose: 6,
  expired: 7,
  'expired-above': 8,
  extension: 9,
  malformed: 10,
  authority: 11,
  revoked: 13,
  'revocation-unreachable': 14,
  'revoked-above': 15,
  'revocation-unknown': 16,
}

export const validateCert = command({
  name: 'ValidateCert',
  request: ValidateCertRequest,
  response: ValidateCertResponse,
  statuses: { ProtocolError: 2, CommandServerError: 17 },
  failed: (number) => ({ Status: number }),
  run: async (request, call) => {
    const certificates = request?.Certificates.Certificate ?? []
    if (certificates.length === 0) throw new Failure('ProtocolError', 'no certificate')
    if (certificates.length > certificatesMax) throw new Failure('ProtocolError', `${certificates.length} certificates`)
    const chain = request?.CertificateChain?.Certificate ?? []
    if (chain.length > certificatesMax) throw new Failure('ProtocolError', `a chain of ${chain.length}`)
    // MS-ASCMD 2.2.3.26: 0 by itself. One that is known to be revoked is bad in any case.
    const strict = request?.CheckCRL ?? false
    const judge = async (each: Uint8Array) => {
      const verdict = await call.house.mailTrust.judge(each, chain, strict)
      if (verdict.kind === 'bad') call.trace.note('certificate', { fault: verdict.fault, why: verdict.why })
      return { Status: verdict.kind === 'good' ? good : statusOf[verdict.fault] }
    }
    // Whoever tells of revocations is asked about all at once; a long path costs dozens of signatures, and others come in between.
    let start: Promise<void> = Promise.resolve()
    const answers = certificates.map((each) => {
      const answer = start.then(() => judge(each))
      start = start.then(() => turn())
      return answer
    })
    return reply({ Status: good, Certificate: await Promise.all(answers) })
  },
})
