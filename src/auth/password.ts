// Passwords at rest: argon2id, its parameters kept beside the hash, and never more than two at work.
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(argon2)

interface Cost {
  /** KiB. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

/** RFC 9106 and OWASP's smallest recommendation: 30 ms. After a restart every phone of a company comes at once. */
const cost: Cost = { memory: 19_456, passes: 2, parallelism: 1 }
const saltBytes = 16
const hashBytes = 32
/** A hash from elsewhere must not make one login cost seconds. */
const costMax: Cost = { memory: 1_048_576, passes: 16, parallelism: 16 }
/** Derivations at work; a burst of logins must leave the thread pool to files and compression. */
const atOnce = 2

interface Parsed {
  readonly cost: Cost
  readonly salt: Buffer
  readonly hash: Buffer
}

/** The hash of a password in PHC form: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  // An administrator waits for this one.
  const hash = await turn(() => run(password, salt, cost, hashBytes), true)
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${unpadded(salt)}$${unpadded(hash)}`
}

/**
 * Whether `password` belongs to `stored`. Null stands for an account that is not there or has no password: it takes the
 * same time and is never right. Urgent checks (a device we know) go before those of strangers.
 */
export async function verifyPassword(stored: string | null, password: string, urgent = false): Promise<boolean> {
  const parsed = stored === null ? null : parse(stored)
  const { cost: each, salt, hash } = parsed ?? nobody
  const derived = await turn(() => run(password, salt, each, hash.length), urgent)
  return timingSafeEqual(derived, hash) && parsed !== null
}

/** How many checks wait for their turn. */
export function passwordsWaiting(): number {
  return urgentQueue.length + queue.length
}

const nobody: Parsed = { cost, salt: randomBytes(saltBytes), hash: randomBytes(hashBytes) }

function run(password: string, nonce: Buffer, { memory, passes, parallelism }: Cost, tagLength: number): Promise<Buffer> {
  // NFC: keyboards differ in how they put an accent on a letter.
  const message = Buffer.from(password.normalize('NFC'), 'utf8')
  return derive('argon2id', { message, nonce, memory, passes, parallelism, tagLength })
}

function parse(stored: string): Parsed | null {
  const match = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([0-9A-Za-z+/]{11,86})\$([0-9A-Za-z+/]{22,86})$/.exec(stored)
  if (match === null) return null
  const [, memory, passes, parallelism, salt = '', hash = ''] = match
  const own: Cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  const isBearable = own.memory <= costMax.memory && own.passes <= costMax.passes && own.parallelism <= costMax.parallelism
  const isPossible = own.parallelism >= 1 && own.passes >= 1 && own.memory >= 8 * own.parallelism
  return isBearable && isPossible ? { cost: own, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') } : null
}

const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')

let working = 0
const urgentQueue: (() => void)[] = []
const queue: (() => void)[] = []

/** Runs `work` once fewer than `atOnce` others are at it. Whoever ends hands his place to the next. */
async function turn<T>(work: () => Promise<T>, urgent: boolean): Promise<T> {
  if (working < atOnce) working++
  else await new Promise<void>((resolve) => (urgent ? urgentQueue : queue).push(resolve))
  try {
    return await work()
  } finally {
    const next = urgentQueue.shift() ?? queue.shift()
    if (next === undefined) working--
    else next()
  }
}
