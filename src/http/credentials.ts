// Credentials as HTTP carries them, and what a refusal looks like.
import type { IncomingMessage } from 'node:http'
import type { Credentials, Origin, Outcome, Presented } from '../auth/authenticator.ts'
import type { FrontDesk } from '../auth/front-desk.ts'
import type { Metrics } from '../metrics.ts'
import type { Principal } from '../model/account.ts'
import type { ClientCertificates } from './client-certificate.ts'
import { challenges } from './challenge.ts'

/** The longest Authorization header we decode; a name has at most 256 letters, a password 1024, and tokens with many groups 6 kB. */
const headerLengthMax = 8192

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads an Authorization header. Null if there is none, or none that can be right: it is answered with a challenge.
 * Phones encode Basic in UTF-8, Outlook in Latin-1: what is no UTF-8 is read as that.
 */
export function parseAuthorization(header: string | undefined): Credentials | null {
  if (header === undefined || header.length > headerLengthMax) return null
  // RFC 6750 2.1. An empty one asks where to go for a token, and is answered with the challenge.
  const token = /^bearer +([0-9a-z._~+/-]+=*) *$/i.exec(header)?.[1]
  if (token !== undefined) return { kind: 'bearer', token }
  const encoded = /^basic +([0-9a-z+/_-]+=*) *$/i.exec(header)?.[1]
  if (encoded === undefined) return null
  const bytes = Buffer.from(encoded, 'base64')
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    text = bytes.toString('latin1')
  }
  const colon = text.indexOf(':')
  if (colon < 1) return null
  return { kind: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** What a request presents. Throws BadCertificateHeader. */
function presentedBy(request: IncomingMessage, certificates: ClientCertificates | null): Presented {
  return { credentials: parseAuthorization(request.headers.authorization), certificate: certificates?.of(request) ?? null }
}

/** A refusal before the protocol is asked: a bare answer. */
export interface Refused {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[]>>
}

export type Admission = { readonly principal: Principal } | { readonly refused: Refused }

export interface Gate {
  readonly desk: FrontDesk
  /** What a phone shows beside the question for the password. */
  readonly realm: string
  readonly metrics: Metrics
  /** Null where certificates are no login. */
  readonly certificates: ClientCertificates | null
}

/**
 * MS-ASHTTP 2.2.2.1.1: 401 comes with a challenge every time. Where there is nothing to ask for, only a certificate opens, and its
 * lack is a 403 as it is at IIS (403.7).
 */
function challenge({ desk, realm }: Gate, outcome: Outcome & { readonly kind: 'denied' }): Refused {
  const asked = challenges(desk, realm, outcome)
  return asked.length === 0 ? { status: 403, headers: {} } : { status: 401, headers: { 'WWW-Authenticate': asked } }
}

/** Come back later: phones without Retry-After back off by themselves. */
export function busy(retryAfterSeconds: number): Refused {
  return { status: 503, headers: { 'Retry-After': String(Math.max(1, Math.ceil(retryAfterSeconds))) } }
}

/** Lets a request in, or says how it is refused. Rejects if the store does, and with BadCertificateHeader. */
export async function admit(gate: Gate, request: IncomingMessage, origin: Origin): Promise<Admission> {
  const outcome = await gate.desk.admit(presentedBy(request, gate.certificates), origin)
  gate.metrics.login(outcome.kind === 'granted' && outcome.principal.reach === 'wipe' ? 'wipe' : outcome.kind)
  switch (outcome.kind) {
    case 'granted':
      return { principal: outcome.principal }
    case 'denied':
      return { refused: challenge(gate, outcome) }
    case 'throttled':
    case 'unavailable':
      return { refused: busy(outcome.retryAfterSeconds) }
    case 'uncertified':
    case 'disabled':
      // A challenge would have the user asked for a password that cannot help.
      // 403 is for a real block and nothing else: AOSP reads it as "needs provisioning".
      return { refused: { status: 403, headers: {} } }
  }
}
