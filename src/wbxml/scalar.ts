// The simple types of MS-ASDTYPE: how a value stands in an element.
import type { Instant } from '../model/id.ts'
import { SchemaError, type SchemaErrorKind } from './error.ts'
import type { Codec } from './field.ts'
import type { Tag } from './pages.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** Why a value cannot be read. */
class Unreadable {
  readonly kind: SchemaErrorKind
  readonly message: string
  constructor(kind: SchemaErrorKind, message: string) {
    this.kind = kind
    this.message = message
  }
}

/** One simple type. */
interface Scalar<Value> {
  /** What an empty element says; undefined for nothing. */
  readonly hollow: Value | null | undefined
  /** Reads content that is not empty. */
  readonly read: (reader: Reader) => Value | Unreadable
  /** Writes the content. Throws a plain Error on a value that the type does not allow. */
  readonly write: (writer: Writer, value: Value) => void
}

class ScalarCodec<Value> implements Codec {
  readonly #tag: Tag
  readonly #key: number
  readonly #scalar: Scalar<Value>

  constructor(tag: Tag, scalar: Scalar<Value>) {
    this.#tag = tag
    this.#key = tag.key
    this.#scalar = scalar
  }

  read(reader: Reader, hollow: boolean): unknown {
    if (hollow) return this.#scalar.hollow
    reader.leaf()
    if (reader.from === reader.to) return this.#scalar.hollow
    const value = this.#scalar.read(reader)
    if (value instanceof Unreadable) throw new SchemaError(elementPath(reader, this.#tag), value.kind, value.message)
    return value
  }

  write(writer: Writer, value: Value | null): void {
    writer.open(this.#key)
    if (value !== null) this.#scalar.write(writer, value)
    writer.close()
  }

  nullable(): Codec {
    return new ScalarCodec(this.#tag, { ...this.#scalar, hollow: null })
  }
}

/** The path of an element that has just been left. */
export function elementPath(place: { path(): string }, tag: Tag): string {
  const above = place.path()
  return above === '' ? tag.name : `${above}/${tag.name}`
}

const noBytes = new Uint8Array(0)

/** Text; the codec takes bytes of UTF-8 as well. */
export function textCodec(tag: Tag): Codec {
  return new ScalarCodec<string | Uint8Array>(tag, {
    hollow: '',
    read: (reader) => reader.text(),
    write: (writer, value) => writer.text(value),
  })
}

/** A whole number from `min` to `max`. */
export function integerCodec(tag: Tag, min: number, max: number): Codec {
  return new ScalarCodec<number>(tag, {
    hollow: undefined,
    read: (reader) => {
      const value = reader.integer()
      return value >= min && value <= max ? value : new Unreadable('value', `no integer from ${min} to ${max}`)
    },
    write: (writer, value) => {
      if (!Number.isSafeInteger(value) || value < min || value > max) {
        throw new RangeError(`${elementName(tag)}: ${value} is no integer from ${min} to ${max}`)
      }
      writer.text(`${value}`)
    },
  })
}

/** One text of several. */
export function choiceCodec(tag: Tag, choices: readonly string[]): Codec {
  const allowed = new Set(choices)
  return new ScalarCodec<string>(tag, {
    hollow: undefined,
    read: (reader) => {
      const value = reader.text()
      return allowed.has(value) ? value : new Unreadable('value', `none of ${choices.join(', ')}`)
    },
    write: (writer, value) => {
      if (!allowed.has(value)) throw new RangeError(`${elementName(tag)}: "${value}" is none of ${choices.join(', ')}`)
      writer.text(value)
    },
  })
}

/** One number of several. */
export function numberChoiceCodec(tag: Tag, choices: readonly number[]): Codec {
  const allowed = new Set(choices)
  return new ScalarCodec<number>(tag, {
    hollow: undefined,
    read: (reader) => {
      const value = reader.integer()
      return allowed.has(value) ? value : new Unreadable('value', `none of ${choices.join(', ')}`)
    },
    write: (writer, value) => {
      if (!allowed.has(value)) throw new RangeError(`${elementName(tag)}: ${value} is none of ${choices.join(', ')}`)
      writer.text(`${value}`)
    },
  })
}

/** MS-ASDTYPE 2.1: 0 or 1; MS-ASCMD's schemas say xs:boolean, so "true" and "false" are read too. An empty element is true. */
export function booleanCodec(tag: Tag): Codec {
  return new ScalarCodec<boolean>(tag, {
    hollow: true,
    read: (reader) => {
      const value = reader.text().trim()
      if (value === '1' || value === 'true') return true
      return value === '0' || value === 'false' ? false : new Unreadable('value', 'neither 0 nor 1')
    },
    write: (writer, value) => writer.text(value ? '1' : '0'),
  })
}

/** MS-ASDTYPE 2.6.5: bytes as base64 in a string. */
export function base64Codec(tag: Tag): Codec {
  return new ScalarCodec<Uint8Array>(tag, {
    hollow: noBytes,
    read: (reader) => {
      const value = reader.text()
      return /[^A-Za-z0-9+/=\s]/.test(value) ? new Unreadable('value', 'no base64') : Buffer.from(value, 'base64')
    },
    write: (writer, value) => writer.text(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')),
  })
}

/** MS-ASDTYPE 2.7.1 Byte Array: OPAQUE. What comes as an inline string is taken as the bytes of its UTF-8. */
export function bytesCodec(tag: Tag): Codec {
  return new ScalarCodec<Uint8Array>(tag, {
    hollow: noBytes,
    read: (reader) => reader.content(),
    write: (writer, value) => writer.opaque(value),
  })
}

/** MS-ASDTYPE 2.3 dateTime, `2026-03-03T09:00:00.000Z`, or 2.7.2 Compact DateTime, `20260303T090000Z`: both are read, one is written. */
export function dateTimeCodec(tag: Tag, form: 'full' | 'compact'): Codec {
  return new ScalarCodec<Instant>(tag, {
    hollow: undefined,
    read: (reader) => parseDateTime(reader.text()) ?? new Unreadable('dateTime', 'no date and time'),
    write: (writer, value) => writer.text(formatDateTime(value, form, tag)),
  })
}

const full = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?Z?)?$/
const compact = /^\d{8}(?:T\d{6}(?:\.\d+)?Z?)?$/

/** An instant from either form; milliseconds, time of day and Z may be missing, the time is UTC. Null if there is no such instant. */
export function parseDateTime(value: string): Instant | null {
  const text = value.trim()
  const gap = full.test(text) ? 1 : 0
  if (gap === 0 && !compact.test(text)) return null
  const year = digits(text, 0, 4)
  const month = digits(text, 4 + gap, 2)
  const day = digits(text, 6 + 2 * gap, 2)
  const hour = digits(text, 9 + 2 * gap, 2)
  const minute = digits(text, 11 + 3 * gap, 2)
  const second = digits(text, 13 + 4 * gap, 2)
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month) || hour > 23 || minute > 59 || second > 59) return null
  const thousandths =
    text.charAt(15 + 4 * gap) === '.'
      ? Number.parseInt(
          text
            .slice(16 + 4 * gap, 19 + 4 * gap)
            .replace('Z', '')
            .padEnd(3, '0'),
        )
      : 0
  // Date.UTC takes the years 0 to 99 for those of the last century; the calendar repeats after 400 years.
  return Date.UTC(year + 400, month - 1, day, hour, minute, second, thousandths) - fourCenturies
}

const fourCenturies = Date.UTC(2400, 0, 1) - Date.UTC(2000, 0, 1)
const monthDays: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function daysOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && leap ? 29 : (monthDays[month - 1] ?? 0)
}

/** The number that `count` digits make; 0 where the text is shorter. */
function digits(text: string, from: number, count: number): number {
  let value = 0
  for (let at = from; at < from + count && at < text.length; at++) value = value * 10 + text.charCodeAt(at) - 0x30
  return value
}

const earliest = Date.UTC(-1, 11, 31, 24)
const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

function formatDateTime(value: Instant, form: 'full' | 'compact', tag: Tag): string {
  if (!(value >= earliest && value <= latest)) throw new RangeError(`${elementName(tag)}: ${value} is no instant of the years 0 to 9999`)
  const text = new Date(value).toISOString()
  return form === 'full' ? text : `${text.slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

function elementName(tag: Tag): string {
  return `${tag.namespace}:${tag.name}`
}
