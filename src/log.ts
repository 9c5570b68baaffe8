// The log: how a line looks, and what it must never hold.
import { pino, type DestinationStream, type Logger } from 'pino'

/**
 * A value that no log line, error message or JSON ever shows. Secrets carry this type from the moment they are read,
 * so that nothing depends on a filter knowing their name.
 */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  /** The value itself, for the one place that needs it. */
  reveal(): string {
    return this.#value
  }
  toString(): string {
    return hidden
  }
  toJSON(): string {
    return hidden
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return hidden
  }
}

const hidden = '[hidden]'

/** Names whose values are hidden wherever they stand; the second line of defence behind `Secret`. */
const hiddenNames = new Set(
  [
    ['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'password', 'passwordhash', 'credentials', 'token', 'secret'],
    ['subject', 'body', 'mime', 'preview', 'content', 'text', 'html'],
  ].flat(),
)
const depthMax = 4 // deeper objects are ours to flatten, not the log's to print

/** The fields of a line with everything hidden that must be; the same object if there was nothing to hide. */
export function mask(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  let masked: Record<string, unknown> | null = null
  for (const name in fields) {
    const value = fields[name]
    const shown = hiddenNames.has(name.toLowerCase()) ? hidden : maskValue(value, depth)
    if (shown === value) continue
    masked ??= { ...fields }
    masked[name] = shown
  }
  return masked ?? fields
}

function maskValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || value instanceof Secret) return value
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  if (depth >= depthMax) return '…'
  if (Array.isArray(value)) return value.map((each: unknown) => maskValue(each, depth + 1))
  return mask(value as Record<string, unknown>, depth + 1)
}

/** An error without the extra properties libraries hang on it: a database driver's `detail` may hold a row's values. */
function errorFields(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'object' ? undefined : error
  const { name, message, stack, cause } = error
  return {
    type: name,
    message,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    stack,
    ...(cause === undefined || depth > 2 ? {} : { cause: errorFields(cause, depth + 1) }),
  }
}

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

type Child = (this: Logger, bindings: Record<string, unknown>, options?: object) => Logger

export interface LogOptions {
  readonly level: LogLevel
  /** Lines for people instead of JSON. */
  readonly pretty: boolean
  /** Where lines go; standard output if left out. */
  readonly destination?: DestinationStream
}

/** The logger every part of the server gets a child of. */
export function createLog({ level, pretty, destination }: LogOptions): Logger {
  // Lines are written in the background: a request never waits for the terminal. pino flushes them when the process ends.
  const lines = destination ?? pino.destination({ dest: 1, sync: pretty })
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error: unknown) => errorFields(error) },
      formatters: { level: (label) => ({ level: label }), log: mask },
    },
    pretty ? { write: (line: string) => lines.write(prettyLine(line)) } : lines,
  )
  // What a child carries in each of its lines passes no formatter of pino's.
  const child = Reflect.get(log, 'child') as unknown as Child
  const masking: Child = function (bindings, options) {
    return child.call(this, mask(bindings), options)
  }
  return Object.assign<Logger, { readonly child: unknown }>(log, { child: masking })
}

const colours: Readonly<Record<string, number>> = { fatal: 31, error: 31, warn: 33, info: 32, debug: 36, trace: 90 }

/** One JSON line as a person reads it: time, level, sentence, fields. */
export function prettyLine(line: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>
  const colour = colours[String(level)] ?? 0
  const pairs = Object.entries(fields).map(([name, value]) => `\x1b[90m${name}=\x1b[0m${inline(value)}`)
  const head = `\x1b[90m${String(time).slice(11, 19)}\x1b[0m \x1b[${colour}m${String(level).padEnd(5)}\x1b[0m ${typeof msg === 'string' ? msg : ''}`
  const trouble = typeof err === 'object' && err !== null && 'stack' in err ? `\n${String(err.stack)}` : ''
  return `${[head, ...pairs].join(' ')}${trouble}\n`
}

function inline(value: unknown): string {
  return typeof value === 'string' && !/[\s"]/.test(value) ? value : JSON.stringify(value)
}
