// The doctor's instruments: a handshake and a request, as a phone would make them.
import { X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { checkServerIdentity, connect, rootCertificates, type TLSSocket } from 'node:tls'
import type { Presented } from './certificate.ts'
import { systemNetwork, type Network, type Target } from './network.ts'

/** A client certificate with its key: what a phone has installed. */
export type Identity = { readonly pfx: Buffer; readonly passphrase: string } | { readonly cert: string; readonly key: string }

/** What the doctor goes out with. */
export interface Outfit {
  readonly network: Network
  /** Shown to whoever asks for one; null for none. */
  readonly identity: Identity | null
}

const plainOutfit: Outfit = { network: systemNetwork, identity: null }

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

export interface HttpQuestion {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  /** How long the whole answer may take. */
  readonly timeoutSeconds: number
  /** A body is announced of this length, and only its beginning sent. */
  readonly announcedBytes?: number
}

const handshakeSeconds = 10
const answerBytesMax = 1024 * 1024

function handshake(target: Target, authorities: readonly string[], { network }: Outfit): Promise<TLSSocket> {
  const { host } = target
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...network.route(target),
      // RFC 6066 3: no literal addresses in server_name.
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      ca: [...authorities],
      // The doctor reports what is wrong with a certificate instead of hanging up; nothing secret has been said yet.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      timeout: handshakeSeconds * 1000,
    })
    socket.once('secureConnect', () => resolve(socket))
    socket.once('timeout', () => socket.destroy(new Error(`no answer within ${handshakeSeconds} seconds`)))
    socket.once('error', reject)
  })
}

/** Shakes hands, and finds out who vouches for the certificate. Rejects if there is no TLS to speak with. */
export async function present(target: Target, authorities: readonly string[], outfit = plainOutfit): Promise<Presented> {
  const socket = await handshake(target, rootCertificates, outfit)
  const peer = socket.getPeerCertificate()
  const certificate = new X509Certificate(peer.raw)
  const { publicKey } = certificate
  const protocol = socket.getProtocol() ?? 'an unknown protocol'
  const reason = socket.authorized ? null : String(socket.authorizationError)
  socket.destroy()
  return {
    host: target.host,
    names: certificate.subjectAltName ?? null,
    fits: checkServerIdentity(target.host, peer) === undefined,
    from: certificate.validFromDate.getTime(),
    to: certificate.validToDate.getTime(),
    // Node calls the extended key usage `keyUsage`, and leaves it undefined where there is none.
    usage: certificate.keyUsage ?? [],
    key: { type: publicKey.asymmetricKeyType ?? 'of an unknown kind', bits: publicKey.asymmetricKeyDetails?.modulusLength ?? null },
    trust:
      reason === null
        ? { kind: 'public' }
        : (await isPrivate(target, authorities, outfit, certificate.fingerprint256))
          ? { kind: 'private' }
          : { kind: 'none', reason },
    protocol,
    fingerprint: certificate.fingerprint256,
  }
}

/** Of the same certificate: whoever stands on the way may show his own first, and let the second handshake through. */
async function isPrivate(target: Target, authorities: readonly string[], outfit: Outfit, fingerprint: string): Promise<boolean> {
  if (authorities.length === 0) return false
  const socket = await handshake(target, authorities, outfit)
  const isSame = socket.getPeerX509Certificate()?.fingerprint256 === fingerprint
  socket.destroy()
  return isSame && socket.authorized
}

/**
 * Asks over TLS. `pin` is the fingerprint of the certificate seen before: whatever is asked, it is asked of the same server, so that a
 * password goes nowhere else even where nobody vouches for the certificate.
 */
export function ask(target: Target, question: HttpQuestion, pin: string, outfit = plainOutfit): Promise<HttpAnswer> {
  const { host, port } = target
  const length = question.announcedBytes ?? (question.body === undefined ? null : Buffer.byteLength(question.body))
  return new Promise((resolve, reject) => {
    const call = request({
      ...outfit.network.route(target),
      ...outfit.identity,
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      method: question.method,
      path: question.path,
      headers: {
        host: port === 443 ? hostInUrl(host) : `${hostInUrl(host)}:${port}`,
        ...question.headers,
        ...(length === null ? {} : { 'content-length': length }),
      },
      agent: false,
      rejectUnauthorized: false,
      signal: AbortSignal.timeout(question.timeoutSeconds * 1000),
    })
    call.once('error', reject)
    call.once('response', (response) => {
      const pieces: Buffer[] = []
      let bytes = 0
      response.on('data', (piece: Buffer) => {
        bytes += piece.length
        if (bytes > answerBytesMax) response.destroy(new Error('the answer is too long'))
        pieces.push(piece)
      })
      response.once('error', reject)
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers as HttpAnswer['headers'], body: Buffer.concat(pieces) })
        // The rest of what was announced will never come.
        if (question.announcedBytes !== undefined) call.destroy()
      })
    })
    call.once('socket', (socket) => {
      const secure = socket as TLSSocket
      secure.once('secureConnect', () => {
        const shown = secure.getPeerX509Certificate()
        if (shown?.fingerprint256 !== pin) return void call.destroy(new Error('another certificate was presented'))
        // Nothing of the request has left before this: it waits here for the handshake.
        if (question.announcedBytes === undefined) call.end(question.body)
        else call.write(question.body ?? '')
      })
    })
  })
}

/** A name or an address as it stands in a URL and a Host header. */
export function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** Why a connection failed, in words. */
export function trouble(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the name has no address'
    case 'ECONNREFUSED':
      return 'nothing listens there'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'there is no way to it from here'
    case 'ETIMEDOUT':
      return 'no answer; a firewall may swallow the packets'
    case 'ECONNRESET':
      return 'the connection was cut'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
