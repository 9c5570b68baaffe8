// An mbox, read as a stream: messages split at their `From ` lines, quoting undone, flags taken from the fields mail readers leave.
import { parseDate } from '../format/date.ts'
import type { Instant } from '../model/id.ts'
import { type ArchiveOptions, type ImportedMessage, kept } from './imported.ts'

/** RFC 4155: `From `, a sender, a date in the manner of asctime. Bodies hold lines that begin like this; they have no date. */
export function isMboxSeparator(line: string): boolean {
  return /^From \S.*\b\d{1,2}:\d{2}(?::\d{2})?\b.*\b\d{4}\b/.test(line) || /^From \S.*\b\d{4}\b.*\b\d{1,2}:\d{2}/.test(line)
}

const lineFeed = 0x0a
/** `From `, or the same behind any number of `>`. */
const quotedFrom = /^>+From /

/** The date of a separator. */
function separatorDate(line: string): Instant | null {
  return parseDate(line.replace(/^From \S+\s*/, ''))
}

/** What mutt, Thunderbird and Gmail's export note in a message's header. */
function stateOf(head: string): Pick<ImportedMessage, 'read' | 'flagged' | 'verb' | 'deleted'> {
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(head)?.[1]?.trim() ?? null
  const status = field('Status')
  const extra = field('X-Status') ?? ''
  const mozilla = Number.parseInt(field('X-Mozilla-Status') ?? '', 16) || 0
  const labels = (field('X-Gmail-Labels') ?? '').split(',').map((label) => label.trim().toLowerCase())
  const knowsRead = status !== null || field('X-Mozilla-Status') !== null
  return {
    read: knowsRead ? (status?.includes('R') ?? false) || (mozilla & 0x1) !== 0 : !labels.includes('unread'),
    flagged: extra.includes('F') || (mozilla & 0x4) !== 0 || labels.includes('starred'),
    verb: extra.includes('A') || (mozilla & 0x2) !== 0 ? 1 : (mozilla & 0x1000) !== 0 ? 3 : null,
    deleted: extra.includes('D') || (mozilla & 0x8) !== 0,
  }
}

/** A message while its lines come in. */
class Collector {
  readonly #received: Instant | null
  readonly #bytesMax: number
  #lines: Uint8Array[] = []
  #bytes = 0
  #archiveBytes: number

  constructor(separator: string, archiveBytes: number, bytesMax: number) {
    this.#received = separatorDate(separator)
    this.#archiveBytes = archiveBytes
    this.#bytesMax = bytesMax
  }

  /** A line as it stands in the archive, of which the first `skipped` bytes are the archive's own. */
  add(whole: Uint8Array, skipped: number): void {
    this.#archiveBytes += whole.byteLength
    const line = whole.subarray(skipped)
    this.#bytes += line.byteLength
    if (this.#bytes > this.#bytesMax) this.#lines = []
    else this.#lines.push(line)
  }

  finish(): ImportedMessage {
    const known = { ...kept, received: this.#received, archiveBytes: this.#archiveBytes }
    if (this.#bytes > this.#bytesMax) return { ...known, source: null }
    const whole = Buffer.concat(this.#lines)
    // The blank line before the next separator belongs to the format.
    const blank = /\n(\r?\n)$/.exec(whole.toString('latin1', Math.max(0, whole.length - 3)))?.[1] ?? ''
    const source = whole.subarray(0, whole.length - blank.length)
    const head = source.toString('latin1', 0, 64 * 1024).split(/\n\r?\n/, 1)[0] ?? ''
    return { ...known, ...stateOf(head), source }
  }
}

/** Lines with their ends; a line that never ends is cut into pieces, so that no input fills the memory. */
async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  const pieceMax = 1024 * 1024
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of stream) {
    const bytes: Buffer = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
    let at = 0
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, at)) {
      yield bytes.subarray(at, end + 1)
      at = end + 1
    }
    rest = bytes.subarray(at)
    if (rest.length > pieceMax) {
      yield rest
      rest = Buffer.alloc(0)
    }
  }
  if (rest.length > 0) yield rest
}

/**
 * The messages of an mbox. A separator counts only at the beginning or after a blank line; one `>` goes before every quoted
 * `From ` (mboxrd, and right for the mboxo that most programs write).
 */
export async function* readMbox(stream: AsyncIterable<Uint8Array>, { messageBytesMax }: ArchiveOptions): AsyncIterable<ImportedMessage> {
  let current: Collector | null = null
  let afterBlank = true
  for await (const line of linesOf(stream)) {
    const start = line.toString('latin1', 0, 200)
    if (afterBlank && start.startsWith('From ') && isMboxSeparator(start)) {
      if (current !== null) yield current.finish()
      current = new Collector(start.trimEnd(), line.length, messageBytesMax)
      afterBlank = false
      continue
    }
    current?.add(line, quotedFrom.test(start) ? 1 : 0)
    afterBlank = start === '\n' || start === '\r\n'
  }
  if (current !== null) yield current.finish()
}
