// Content lines of vCard: unfolded, decoded, taken apart into group, name, parameters and value, in all three versions.
import { Buffer } from 'node:buffer'
import { decodeText } from '../charset.ts'

/** Parameters by their names in lower case; what stands without a name (2.1) is a type. */
export type Parameters = ReadonlyMap<string, readonly string[]>

export interface CardLine {
  /** As it was written; null for none. */
  readonly group: string | null
  /** In lower case. */
  readonly name: string
  readonly parameters: Parameters
  /** With the escapes of 3.0 and 4.0, whatever the version. */
  readonly value: string
}

/** A card, taken apart. */
export interface RawCard {
  /** `2.1`, `3.0` or `4.0`, or whatever else it says. */
  readonly version: string
  readonly lines: readonly CardLine[]
}

/** More properties than any address book writes for one person. */
const linesMax = 5000

const encodings: ReadonlySet<string> = new Set(['quoted-printable', 'base64', '7bit', '8bit', 'b', 'q'])

/** RFC 6868: what cannot stand between quotation marks. */
function uncareted(text: string): string {
  return text.includes('^') ? text.replaceAll(/\^([n'^])/g, (_, letter: string) => ({ n: '\n', "'": '"' })[letter] ?? '^') : text
}

/** Where the value begins: behind the first colon outside of quotation marks. -1 where there is none. */
function colonOf(line: string): number {
  let isQuoted = false
  for (let at = 0; at < line.length; at++) {
    const letter = line[at]
    if (letter === '"') isQuoted = !isQuoted
    else if (letter === ':' && !isQuoted) return at
  }
  // A quotation mark that never ends.
  return isQuoted ? line.indexOf(':') : -1
}

function* quotedParts(text: string, divider: string): Generator<string> {
  let from = 0
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') isQuoted = !isQuoted
    else if (text[at] === divider && !isQuoted) {
      yield text.slice(from, at)
      from = at + 1
    }
  }
  yield text.slice(from)
}

function parametersOf(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const part of quotedParts(text, ';')) {
    const equals = part.indexOf('=')
    const bare = part.trim().toLowerCase()
    if (bare === '') continue
    const name = equals === -1 ? (encodings.has(bare) ? 'encoding' : 'type') : part.slice(0, equals).trim().toLowerCase()
    const values = [...quotedParts(equals === -1 ? part : part.slice(equals + 1), ',')].map((value) =>
      uncareted(value.trim().replaceAll('"', '')),
    )
    // TYPE="work,voice" is a list all the same.
    const each = name === 'type' ? values.flatMap((value) => value.split(',')).filter((value) => value !== '') : values
    found.set(name, [...(found.get(name) ?? []), ...each])
  }
  return found
}

function takeApart(line: string): CardLine | null {
  const colon = colonOf(line)
  if (colon === -1) return null
  const head = line.slice(0, colon)
  const semicolon = head.indexOf(';')
  const path = (semicolon === -1 ? head : head.slice(0, semicolon)).trim()
  const dot = path.lastIndexOf('.')
  const name = path.slice(dot + 1).toLowerCase()
  if (!/^[a-z0-9_-]{1,200}$/.test(name)) return null
  const parameters = parametersOf(semicolon === -1 ? '' : head.slice(semicolon + 1))
  return { group: dot === -1 ? null : path.slice(0, dot), name, parameters, value: line.slice(colon + 1) }
}

function isEncoded(line: CardLine, ...names: readonly string[]): boolean {
  return (line.parameters.get('encoding') ?? []).some((one) => names.includes(one.toLowerCase()))
}

function unquoted(value: string, charset: string | null): string {
  const bytes: number[] = []
  const source = Buffer.from(value.replaceAll(/[ \t]+$/gm, ''), 'utf8')
  for (let at = 0; at < source.length; at++) {
    const code = source[at] === 0x3d ? Number.parseInt(source.toString('latin1', at + 1, at + 3), 16) : Number.NaN
    if (Number.isNaN(code)) bytes.push(source[at] ?? 0)
    else {
      bytes.push(code)
      at += 2
    }
  }
  return decodeText(Buffer.from(bytes), charset ?? 'utf-8')
}

/** Values of 2.1 know one escape, of the semicolon, and no lists: the others are written as the later versions would. */
function modernised(line: CardLine): CardLine {
  const clean = line.value.replaceAll(/\\(?![;,nN\\])/g, '\\\\').replaceAll(/\r\n?|\n/g, '\\n')
  return { ...line, value: line.name === 'categories' ? clean : clean.replaceAll(/(?<!\\),/g, '\\,') }
}

function decoded(line: CardLine, version: string): CardLine {
  const plain = isEncoded(line, 'quoted-printable', 'q')
    ? { ...line, value: unquoted(line.value, line.parameters.get('charset')?.[0] ?? null) }
    : line
  return version === '2.1' ? modernised(plain) : plain
}

function isSoftBroken(line: string): boolean {
  return line.endsWith('=') && line.slice(0, line.indexOf(':')).toLowerCase().includes('quoted-printable')
}

/** The lines of a text, one at a time, with what belongs to each pulled out of those that follow. */
class Unfolding {
  readonly #lines: readonly string[]
  #at = 0

  constructor(text: string) {
    this.#lines = text.split(/\r\n|\n|\r/)
  }

  get #next(): string | undefined {
    return this.#lines[this.#at]
  }

  /** The next line, folded ones joined; null at the end. `kept`: the blank at the fold is part of the text (2.1). */
  take(kept: boolean): CardLine | 'noise' | null {
    if (this.#next === undefined) return null
    const pieces = [this.#next]
    this.#at += 1
    // What goes on behind a soft break may begin with a blank of its own.
    const isSoft = isSoftBroken(pieces[0] ?? '')
    for (; !isSoft && this.#next !== undefined && /^[ \t]/.test(this.#next); this.#at++)
      pieces.push(kept ? this.#next : this.#next.slice(1))
    const line = takeApart(pieces.join(''))
    if (line === null) return 'noise'
    if (isEncoded(line, 'quoted-printable', 'q')) return { ...line, value: this.#softened(line.value) }
    if (isEncoded(line, 'base64', 'b')) return { ...line, value: this.#gathered(line.value) }
    return line
  }

  /** Quoted-printable goes on behind an equals sign at the end of its line. */
  #softened(first: string): string {
    let value = first
    for (; value.endsWith('=') && this.#next !== undefined; this.#at++) value = value.slice(0, -1) + this.#next
    return value
  }

  /** Some write base64 without blanks in front of its lines. */
  #gathered(first: string): string {
    const pieces = [first]
    for (; this.#next !== undefined && /^[A-Za-z0-9+/]{4,}={0,2}$/.test(this.#next); this.#at++) pieces.push(this.#next)
    return pieces.join('').replaceAll(/\s/g, '')
  }
}

const isBegin = (line: CardLine) => line.name === 'begin' && line.value.trim().toLowerCase() === 'vcard'
const isEnd = (line: CardLine) => line.name === 'end' && line.value.trim().toLowerCase() === 'vcard'

/**
 * The cards of a text. One within another (AGENT of 2.1) is passed over, and so is whatever is no content line. Where the end of one was
 * lost it ends with the next, or with the text.
 */
export function* cardsIn(text: string): Generator<RawCard> {
  const unfolding = new Unfolding(text.startsWith('\uFEFF') ? text.slice(1) : text)
  let lines: CardLine[] = []
  let depth = 0
  let version = ''
  for (let line = unfolding.take(false); line !== null; line = unfolding.take(version === '2.1')) {
    if (line === 'noise') continue
    if (isBegin(line)) {
      const isWithin = depth > 1 || (depth === 1 && lines.at(-1)?.name === 'agent')
      if (depth === 1 && !isWithin) yield { version, lines }
      depth = isWithin ? depth + 1 : 1
      if (!isWithin) [lines, version] = [[], '']
    } else if (isEnd(line)) {
      if (depth === 1) yield { version, lines }
      depth = Math.max(0, depth - 1)
      if (depth === 0) version = ''
    } else if (depth === 1) {
      if (line.name === 'version') version = line.value.trim()
      else if (lines.length < linesMax) lines.push(decoded(line, version))
    }
  }
  if (depth > 0 && lines.length > 0) yield { version, lines }
}
