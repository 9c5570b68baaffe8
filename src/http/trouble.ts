// What went wrong, as an HTTP answer: the right code, and for a defect of ours an id that finds it in the log.
import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { StoreFailure } from '../store/failure.ts'
import { BodyTooLarge } from './body.ts'
import { BadCertificateHeader } from './client-certificate.ts'
import { busy, type Refused } from './credentials.ts'
import { BadQuery } from './query.ts'

/** An answer, and what is remembered of it. */
export interface TroubleAnswer extends Refused {
  readonly failure: string
  readonly detail: string
}

/** The answer never holds a message or a stack: those go to the log, with `about`. */
export function troubleAnswer(error: unknown, log: Logger, about: Readonly<Record<string, unknown>>): TroubleAnswer {
  const expected = expectedTrouble(error)
  if (expected !== null) {
    const { name: failure, message: detail } = error instanceof Error ? error : { name: 'ServerError', message: '' }
    log.info({ ...about, status: expected.status, reason: detail }, 'refused')
    return { ...expected, failure, detail }
  }
  // MS-ASHTTP 2.2.2.1.2.16: request-id is ours to fill.
  const id = randomBytes(8).toString('hex')
  log.error({ err: error, ...about, id }, 'request failed')
  return {
    status: 500,
    headers: { 'request-id': id },
    failure: 'ServerError',
    detail: `a defect of the server: its log has it under ${id}`,
  }
}

function expectedTrouble(error: unknown): Refused | null {
  if (error instanceof BadQuery || error instanceof BadCertificateHeader) return { status: 400, headers: {} }
  // No client knows 413. Of 400 MS-ASHTTP says that the same request will fail again (R177): the phone keeps the message
  // and tells its user, where 500 makes iOS reload the folder and 507 speaks of the mailbox.
  if (error instanceof BodyTooLarge) return { status: 400, headers: { Connection: 'close' } }
  if (error instanceof StoreFailure) {
    if (error.reason === 'full') return { status: 507, headers: {} }
    if (error.reason === 'unavailable') return busy(30)
  }
  return fastifyTrouble(error)
}

/** Fastify's own refusals carry their status. */
function fastifyTrouble(error: unknown): Refused | null {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return null
  return error.statusCode >= 400 && error.statusCode < 500 ? { status: error.statusCode, headers: {} } : null
}
