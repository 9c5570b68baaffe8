// What a driver's error means to the store: no room, no connection, another try, or a fault of ours.
import { StoreFailure } from '../failure.ts'

/** A driver's error as far as it is looked at. */
interface DriverError {
  /** node:sqlite: the extended result code. */
  readonly errcode?: unknown
  /** PostgreSQL: the SQLSTATE; node:net: ECONNREFUSED and its kin. */
  readonly code?: unknown
  readonly message?: unknown
}

const sqliteBusy = 5
const sqliteLocked = 6
const sqliteCorrupt = 11
const sqliteFull = 13
const sqliteNotDatabase = 26

/** SQLSTATEs after which the same transaction may succeed: serialization failure, deadlock. */
const contention = new Set(['40001', '40P01'])
/** The server goes, comes, takes no more connections, or is the one that no longer leads. */
const offline = new Set(['57P01', '57P02', '57P03', '53300', '25006'])
const network = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
])
/** pg gives these no code. */
const lostMessage =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout)/

/** Whether the connection is gone, or never came about. */
export function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, message } = error as DriverError
  if (typeof code === 'string') return offline.has(code) || network.has(code) || code.startsWith('08')
  return typeof message === 'string' && lostMessage.test(message)
}

/** Whether the same work, run again, may well succeed. */
export function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof StoreFailure) return false
  const { code } = error as DriverError
  return isLost(error) || (typeof code === 'string' && contention.has(code))
}

/** Whether the file is damaged, or no database at all. */
export function isDamage(error: unknown): boolean {
  const errcode = error instanceof Error ? (error as DriverError).errcode : null
  return typeof errcode === 'number' && [sqliteCorrupt, sqliteNotDatabase].includes(errcode & 0xff)
}

/** A StoreFailure for what the database refuses on purpose; anything else comes back as it was. */
export function asFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreFailure) return error
  const { errcode, code } = error as DriverError
  const cause = { cause: error }
  if (typeof errcode === 'number') {
    const primary = errcode & 0xff
    if (primary === sqliteFull) return new StoreFailure('full', 'the database has no room left', cause)
    if (primary === sqliteBusy || primary === sqliteLocked)
      return new StoreFailure('unavailable', 'another process holds the database', cause)
    return error
  }
  // SQLSTATE 53100: disk full.
  if (code === '53100') return new StoreFailure('full', 'the database has no room left', cause)
  if (isWorthRetrying(error)) return new StoreFailure('unavailable', 'the database does not answer', cause)
  return error
}
