// What the endpoint says to phones that ask what it speaks, and to those without a password.
import { bad, good, warning, type Finding } from './finding.ts'
import type { HttpAnswer } from './probe.ts'

/** Where phones ask. */
export const endpoint = '/Microsoft-Server-ActiveSync'

export interface Means {
  readonly byPassword: boolean
  readonly byCertificate: boolean
}

/** HTTP 403 of Easel's own, and not of a proxy. */
export function isShut(answer: HttpAnswer): boolean {
  return answer.status === 403 && answer.headers['ms-server-activesync'] !== undefined
}

/** What became of an OPTIONS. */
export function judgeOptions(answer: HttpAnswer, { byPassword, byCertificate }: Means): Finding {
  const versions = answer.headers['ms-asprotocolversions']
  if (answer.status === 401 && byPassword) return bad('OPTIONS', 'The server does not accept the password.')
  if (answer.status === 401 && byCertificate) return bad('OPTIONS', 'The server does not accept the certificate.')
  if (answer.status === 401) return good('OPTIONS', 'The endpoint answers, and asks for a password.')
  if (answer.status === 403 && byCertificate) {
    return bad('OPTIONS', 'The server refuses the certificate (expired, revoked, or of nobody who may come in): its log says why.')
  }
  if (!byPassword && isShut(answer)) return good('OPTIONS', 'The endpoint answers, and lets nobody in without a certificate or a token.')
  if (byPassword && isShut(answer)) {
    return bad(
      'OPTIONS',
      'The password is right or not looked at, and Easel lets nobody in by it: `easel directory test`, `easel account list` and its log say why.',
    )
  }
  if (answer.status !== 200)
    return bad('OPTIONS', `The endpoint answers OPTIONS with HTTP ${answer.status}: a proxy in front may not pass ${endpoint} on.`)
  if (versions === undefined)
    return bad('OPTIONS', 'The answer lacks MS-ASProtocolVersions: a proxy in front answers by itself, or strips headers.')
  return good('OPTIONS', `The server speaks ${versions.replaceAll(',', ', ')}.`)
}

/** What somebody without a password is told. */
export function judgeChallenge(answer: HttpAnswer, subject = 'login'): Finding {
  const challenge = answer.headers['www-authenticate'] ?? ''
  if (answer.status === 401 && /^basic\b/i.test(challenge))
    return good(subject, 'Without a password the server answers 401 with a Basic challenge.')
  if (isShut(answer)) {
    return warning(
      subject,
      'Easel asks nobody for a password here (certificates.mode, login.basic); --certificate looks on as a phone with one.',
    )
  }
  if (answer.status === 401) return bad(subject, 'The 401 lacks a Basic challenge: phones stop asking for the password.')
  return bad(subject, `Without a password the answer is HTTP ${answer.status}, where phones need 401.`)
}
