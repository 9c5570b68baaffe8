// What went wrong at the console: a status, and a sentence that may be shown; a defect of ours shows an id that finds it in the log.
import { randomBytes } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Logger } from 'pino'
import { z } from 'zod'
import { sentence } from '../../admin/action.ts'
import { NotThere, Refusal } from '../../admin/house.ts'
import { NotAllowed } from '../../admin/perform.ts'
import { StoreFailure, type StoreReason } from '../../store/failure.ts'
import { BodyTooLarge } from '../body.ts'

/** A refusal in HTTP's own terms. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

export interface Trouble {
  readonly status: number
  readonly title: string
  /** A sentence for whoever asked. */
  readonly detail: string
  readonly headers: Readonly<Record<string, string>>
  /** Which parts of the input are wrong. */
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
}

const byReason: Readonly<Partial<Record<StoreReason, number>>> = {
  'item-not-found': 404,
  'folder-not-found': 404,
  'account-not-found': 404,
  conflict: 409,
  'name-taken': 409,
  'address-taken': 409,
  full: 507,
  unavailable: 503,
}

/** Logs what has to be known, with `about`, and says what may be told. */
export function troubleOf(error: unknown, log: Logger, about: Readonly<Record<string, unknown>>): Trouble {
  const status = statusOf(error)
  if (status === null) {
    const id = randomBytes(8).toString('hex')
    log.error({ err: error, ...about, id }, 'the console failed')
    return trouble(500, `The server failed. Its log says why, under ${id}.`)
  }
  log.info({ ...about, status }, 'refused at the console')
  if (error instanceof HttpRefusal) return { ...trouble(status, error.message), headers: error.headers }
  const detail = sentence(error) ?? detailOf(status)
  if (error instanceof z.ZodError) {
    const errors = error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
    return { ...trouble(status, detail), errors }
  }
  if (status === 503) return { ...trouble(status, detail), headers: { 'Retry-After': '30' } }
  return status === 413 ? { ...trouble(status, detail), headers: { Connection: 'close' } } : trouble(status, detail)
}

function statusOf(error: unknown): number | null {
  if (error instanceof HttpRefusal) return error.status
  if (error instanceof z.ZodError) return 400
  if (error instanceof NotAllowed) return 403
  if (error instanceof NotThere) return 404
  if (error instanceof Refusal) return 422
  if (error instanceof BodyTooLarge) return 413
  if (error instanceof StoreFailure) return byReason[error.reason] ?? 422
  // Fastify's own refusals carry their status.
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return null
  return error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : null
}

function trouble(status: number, detail: string): Trouble {
  return { status, title: STATUS_CODES[status] ?? 'Trouble', detail, headers: {} }
}

function detailOf(status: number): string {
  switch (status) {
    case 413:
      return 'That is more than is taken here.'
    case 404:
      return 'There is nothing here.'
    default:
      return 'The request cannot be understood.'
  }
}
