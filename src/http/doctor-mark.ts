// Requests of the doctor: whoever carries a mark that this server gave out is shown, afterwards, how he arrived.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Mirror } from '../admin/mirror.ts'
import type { ClientCertificates } from './client-certificate.ts'
import { plainAddress } from './peers.ts'

const markHeader = 'x-easel-doctor'
const textLengthMax = 500

/** Looks at every request before anybody is asked who it is. */
export function mountMirror(app: FastifyInstance, mirror: Mirror, certificates: ClientCertificates | null): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const mark = request.headers[markHeader]
    if (typeof mark === 'string' && mirror.knows(mark)) mirror.keep(mark, arrivalOf(request, certificates))
    done()
  })
}

function arrivalOf(request: FastifyRequest, certificates: ClientCertificates | null) {
  const { headers, raw } = request
  const text = (name: string) => {
    const value = headers[name]
    return value === undefined ? null : String(value).slice(0, textLengthMax)
  }
  return {
    method: request.method,
    path: (raw.url ?? '').split('?', 1)[0]?.slice(0, textLengthMax) ?? '',
    peer: plainAddress(raw.socket.remoteAddress ?? ''),
    address: plainAddress(request.ip),
    authorization: text('authorization')?.split(' ', 1)[0] ?? null,
    certificate: fingerprintOf(request, certificates),
    forwardedFor: text('x-forwarded-for'),
    forwardedProto: text('x-forwarded-proto'),
    host: text('host'),
  }
}

/** What cannot be read is nobody's here; the endpoint refuses it. */
function fingerprintOf({ raw }: FastifyRequest, certificates: ClientCertificates | null): string | null {
  try {
    return certificates?.of(raw)?.fingerprint ?? null
  } catch {
    return null
  }
}
