// The client certificate of a request: from our own TLS, or as a declared proxy hands it over; from nobody else.
import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Logger } from 'pino'
import type { PresentedCertificate } from '../auth/authenticator.ts'
import { Recent } from '../auth/recent.ts'
import { CertificatePresence } from './certificate-presence.ts'
import { certificateForms, type CertificateForm } from './certificate-forms.ts'
import { plainAddress, type Peers } from './peers.ts'
import { isPassedOn } from './proxied-connections.ts'

/** How a proxy hands a certificate over. */
export interface HandedOver {
  readonly form: CertificateForm
  /** Lower case. */
  readonly header: string
  /** Where the certificates above it are; null where they do not come along. */
  readonly chainHeader: string | null
  /** Where the proxy says what its own look at it found; null where it does not. */
  readonly verifyHeader: string | null
}

export interface ClientCertificatePorts {
  readonly peers: Peers
  readonly log: Logger
  /** Null where no proxy does. */
  readonly handedOver: HandedOver | null
}

/** A proxy's header holds something, but no certificate: the request cannot be judged, and whoever runs the proxy has to know. */
export class BadCertificateHeader extends Error {
  override readonly name = 'BadCertificateHeader'
}

/** Base64 of a certificate of RSA 4096 has 3 kB, PEM with its escapes 4 kB; all headers of a request together have 16 kB. */
const headerLengthMax = 12 * 1024
const chainMax = 8
const strangersMax = 1000
/** nginx and Apache write SUCCESS, HAProxy the number of the error it found. */
const verified = /^(SUCCESS|0)$/i
/** What Apache writes for nothing, and Caddy: the name of what there is none of. */
const nothing = /^(\(null\)|\{http\.request\.tls\.client\.\w+\})?$/

export class ClientCertificates {
  readonly #ports: ClientCertificatePorts
  /** Whatever the handshake brought is the same for every request of a connection. */
  readonly #shown = new WeakMap<Socket, PresentedCertificate | 'none'>()
  readonly #handed = new WeakMap<IncomingMessage, PresentedCertificate>()
  readonly #strangers = new Recent<true>(strangersMax)
  readonly presence = new CertificatePresence()

  constructor(ports: ClientCertificatePorts) {
    this.#ports = ports
  }

  /** Null if none was presented. Throws BadCertificateHeader. */
  of(request: IncomingMessage): PresentedCertificate | null {
    const { peers, handedOver } = this.#ports
    // What a proxy shows us in its own handshake is its own.
    if (handedOver !== null && !isPassedOn(request.socket) && peers.trusts(request.socket.remoteAddress)) {
      const known = this.#handed.get(request) ?? this.#handedOver(request, handedOver)
      if (known !== null) this.#handed.set(request, known)
      return known
    }
    this.#noticeForgery(request)
    if (this.#isOfProxy(request)) return null
    return this.#ownHandshake(request.socket)
  }

  /** The request was let in, and lasts as long as its certificate is good: see `presence`. */
  hold(request: IncomingMessage, response: ServerResponse): void {
    const presented = this.of(request)
    if (presented === null) return
    // A phone's connection is its own; that of a proxy carries others after it.
    this.presence.enter(presented, this.#handed.has(request) ? response : request.socket)
  }

  /** Behind it stand many people; its certificate means none of them. Proxies that pass bytes on untouched write no such header. */
  #isOfProxy({ headers, socket }: IncomingMessage): boolean {
    const writes = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined
    return writes && !isPassedOn(socket) && this.#ports.peers.trusts(socket.remoteAddress)
  }

  #ownHandshake(socket: Socket): PresentedCertificate | null {
    if (!(socket instanceof TLSSocket)) return null
    const known = this.#shown.get(socket) ?? read(socket) ?? 'none'
    this.#shown.set(socket, known)
    return known === 'none' ? null : known
  }

  #handedOver(request: IncomingMessage, { form, header, chainHeader, verifyHeader }: HandedOver): PresentedCertificate | null {
    const { certificate, chain } = certificateForms[form]
    const text = textOf(request, header)
    if (nothing.test(text)) return null
    if (verifyHeader !== null && !verified.test(textOf(request, verifyHeader))) return null
    const above = chainHeader === null ? '' : textOf(request, chainHeader)
    const [leaf, ...others] = text.length > headerLengthMax ? [] : certificate(text)
    const named = nothing.test(above) ? [] : chain(above)
    if (leaf === undefined || (named.length === 0 && !nothing.test(above))) {
      const address = request.socket.remoteAddress
      this.#ports.log.warn({ address, header, form }, 'the header of a proxy holds no client certificate of this form: request refused')
      throw new BadCertificateHeader(`${header} holds no certificate of the form ${form}`)
    }
    return presentedOf(leaf, [...others, ...named])
  }

  /** Once for each of them: it may be a proxy that nobody declared, or somebody who tries. */
  #noticeForgery({ headers, socket }: IncomingMessage): void {
    const { handedOver, log } = this.#ports
    if (handedOver === null || headers[handedOver.header] === undefined) return
    const address = plainAddress(socket.remoteAddress ?? '')
    if (this.#strangers.find(address) !== null) return
    this.#strangers.keep(address, true)
    log.warn({ address, header: handedOver.header }, 'a client certificate in a header, from somebody who is no declared proxy: ignored')
  }
}

function textOf({ headers }: IncomingMessage, name: string): string {
  const value = headers[name]
  return (Array.isArray(value) ? value.join(', ') : (value ?? '')).trim()
}

/** Whether the handshake's certificate is good is for the front desk to say: here it is only read. */
function read(socket: TLSSocket): PresentedCertificate | null {
  const leaf = socket.getPeerX509Certificate()
  if (leaf === undefined) return null
  const chain: Uint8Array[] = []
  // The last of a whole chain is its own issuer.
  for (let each = leaf.issuerCertificate; each !== undefined && chain.length < chainMax; each = each.issuerCertificate) {
    chain.push(each.raw)
    if (each.issuerCertificate?.fingerprint256 === each.fingerprint256) break
  }
  return presentedOf(leaf.raw, chain)
}

function presentedOf(leaf: Uint8Array, chain: readonly Uint8Array[]): PresentedCertificate {
  return { leaf, chain: chain.slice(0, chainMax), fingerprint: hash('sha256', leaf, 'hex') }
}
