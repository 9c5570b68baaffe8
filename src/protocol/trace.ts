// Per-device traces: what a phone asked, what it was told and why, for the minutes an administrator asked for it.
import { appendFile, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Clock } from '../model/clock.ts'
import type { Device } from '../model/device.ts'
import type { AccountId, DeviceId, Instant } from '../model/id.ts'
import type { Store } from '../store/store.ts'
import { toXml } from '../wbxml/xml.ts'
import { mask } from '../log.ts'
import type { Trace, Traces } from './command.ts'

/** One device under observation. */
export interface TraceEntry {
  readonly account: AccountId
  readonly device: DeviceId
  readonly until: Instant
  readonly file: string
}

/** The traces that run, kept in the store so that a restart in the middle loses none. */
export interface TraceBook extends Traces {
  /** Begins a trace, or gives a running one a new end; the same file goes on. */
  start(account: AccountId, device: DeviceId, until: Instant): Promise<TraceEntry>
  /** Ends the traces of a device, or all of them; tells which ones ended. */
  stop(account: AccountId | null, device: DeviceId | null): Promise<readonly TraceEntry[]>
  running(): readonly TraceEntry[]
  /** The last lines of a trace that runs, oldest first: what was noted since it began or the server started, as masked as its file. */
  lines(account: AccountId, device: DeviceId): readonly string[]
  /** Resolves when everything noted so far is in its file. */
  flushed(): Promise<void>
}

/** A phone in a loop writes a few kilobytes a second; a forgotten trace must not fill the disk. */
const fileBytesMax = 64 * 1024 * 1024
/** Beyond this a document is noted by its size: nobody reads it, and XML costs milliseconds per megabyte. */
const documentBytesMax = 1024 * 1024
/** What is kept in memory for whoever watches: so many lines, of so many letters, and no more than this of one document. */
const linesMax = 300
const lineLettersMax = 400
const documentLinesMax = 60
const setting = 'traces'

const silent: Trace = Object.freeze({ on: false, note: () => undefined, document: () => undefined })

const saved = z.array(z.object({ account: z.string(), device: z.string(), until: z.number(), file: z.string() }))

const keyOf = (account: string, device: string) => `${account}/${device}`

class Book implements TraceBook {
  readonly #entries = new Map<string, TraceEntry>()
  readonly #house: { readonly store: Store; readonly clock: Clock; readonly log: Logger; readonly folder: string }
  readonly #lines = new Map<string, string[]>()
  /** One line after the other, in the order they were noted. */
  #writing: Promise<void> = Promise.resolve()

  constructor(house: { store: Store; clock: Clock; log: Logger; folder: string }, entries: readonly TraceEntry[]) {
    this.#house = house
    for (const entry of entries) this.#entries.set(keyOf(entry.account, entry.device), entry)
  }

  of(device: Device): Trace {
    if (this.#entries.size === 0) return silent
    const entry = this.#entries.get(keyOf(device.account, device.id))
    if (entry === undefined || entry.until <= this.#house.clock.now()) return silent
    return {
      on: true,
      note: (event, fields = {}) => this.#write(entry, `${event} ${JSON.stringify(mask(fields))}\n`),
      document: (direction, bytes) => this.#write(entry, `${direction}, ${bytes.length} bytes\n${readable(bytes)}\n`),
    }
  }

  async start(account: AccountId, device: DeviceId, until: Instant): Promise<TraceEntry> {
    const key = keyOf(account, device)
    const file = this.#entries.get(key)?.file ?? join(this.#house.folder, `${device}-${stamp(this.#house.clock.now())}.log`)
    const entry = { account, device, until, file }
    if (this.lines(account, device).length === 0) this.#lines.delete(key)
    await mkdir(this.#house.folder, { recursive: true, mode: 0o700 })
    this.#entries.set(key, entry)
    await this.#save()
    this.#write(entry, `trace until ${new Date(until).toISOString()}; subjects, bodies, names, addresses and secrets are masked\n`)
    return entry
  }

  async stop(account: AccountId | null, device: DeviceId | null): Promise<readonly TraceEntry[]> {
    const ended = this.running().filter(
      (entry) => (account === null || entry.account === account) && (device === null || entry.device === device),
    )
    for (const entry of ended) {
      this.#write(entry, 'trace stopped\n')
      this.#entries.delete(keyOf(entry.account, entry.device))
      this.#lines.delete(keyOf(entry.account, entry.device))
    }
    await this.#save()
    await this.flushed()
    return ended
  }

  running(): readonly TraceEntry[] {
    const now = this.#house.clock.now()
    return [...this.#entries.values()].filter(({ until }) => until > now)
  }

  lines(account: AccountId, device: DeviceId): readonly string[] {
    const isRunning = this.running().some((entry) => entry.account === account && entry.device === device)
    return isRunning ? [...(this.#lines.get(keyOf(account, device)) ?? [])] : []
  }

  flushed(): Promise<void> {
    return this.#writing
  }

  #save(): Promise<void> {
    return this.#house.store.setSetting(setting, JSON.stringify(this.running()))
  }

  #show(key: string, text: string): void {
    // A trace that ended by itself leaves its lines behind until another one notes something.
    const running = new Set(this.running().map(({ account, device }) => keyOf(account, device)))
    for (const known of this.#lines.keys()) if (!running.has(known)) this.#lines.delete(known)
    this.#lines.set(key, [...(this.#lines.get(key) ?? []), ...shown(text)].slice(-linesMax))
  }

  #write(entry: TraceEntry, text: string): void {
    const line = `${new Date(this.#house.clock.now()).toISOString()} ${text}`
    this.#show(keyOf(entry.account, entry.device), line)
    this.#writing = this.#writing
      .then(() => append(entry.file, line))
      .catch((error: unknown) => {
        // A trace that cannot be written must not cost the phone its answer.
        this.#house.log.warn({ err: error, device: entry.device }, 'trace not written')
      })
  }
}

/** The lines of one event as they are shown. */
function shown(text: string): string[] {
  const lines = text.trimEnd().split('\n', documentLinesMax + 1)
  const cut = lines.slice(0, documentLinesMax).map((line) => (line.length > lineLettersMax ? `${line.slice(0, lineLettersMax)}…` : line))
  return lines.length > documentLinesMax ? [...cut, '… (the file has the rest)'] : cut
}

async function append(file: string, line: string): Promise<void> {
  const size = await stat(file).then(
    ({ size }) => size,
    () => 0,
  )
  if (size < fileBytesMax) await appendFile(file, line, { mode: 0o600 })
}

function readable(bytes: Uint8Array): string {
  if (bytes.length > documentBytesMax) return '(too long to be shown)'
  try {
    return toXml(bytes, { mask: true, pretty: true }).replace(/^<\?xml.*\?>\s*/, '')
  } catch (error) {
    // What cannot be decoded may be anything: a body, a password. Its error is all that is shown.
    return `(not WBXML: ${error instanceof Error ? error.message : 'unknown'})`
  }
}

const stamp = (at: Instant) => new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')

/** Opens the book: traces that ran when the server stopped go on. Files go to `folder`, readable by the server's user only. */
export async function openTraces(house: { store: Store; clock: Clock; log: Logger; folder: string }): Promise<TraceBook> {
  const text = await house.store.setting(setting)
  const entries = text === null ? [] : saved.parse(JSON.parse(text))
  const now = house.clock.now()
  return new Book(
    house,
    (entries as TraceEntry[]).filter(({ until }) => until > now),
  )
}
