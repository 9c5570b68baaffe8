// Character sets of mail: any label to text, never an exception.
import { Buffer } from 'node:buffer'
import { DecodeStream, decode as decodeByLibrary } from 'libmime/lib/charset.js'
import { decodeUtf7 } from './utf7.ts'

type Decode = (bytes: Uint8Array) => string

/** Labels that mail uses and the Encoding Standard does not know. */
const aliases: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  ms932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  ks_c_5601: 'euc-kr',
  cp950: 'big5',
  cp20127: 'windows-1252',
  cp50220: 'iso-2022-jp',
  cp50221: 'iso-2022-jp',
  cp50222: 'iso-2022-jp',
  'iso-2022-jp-1': 'iso-2022-jp',
  'iso-2022-jp-2': 'iso-2022-jp',
  'iso-2022-jp-3': 'iso-2022-jp',
  'iso-2022-jp-ms': 'iso-2022-jp',
  cp65001: 'utf-8',
  utf8mb4: 'utf-8',
  unicode: 'utf-16le',
  ascii8bit: 'windows-1252',
}

const decoders = new Map<string, Decode | null>()
// A peer chooses labels; those beyond are looked up each time instead of remembered.
const rememberedLabels = 200

/** `utf-8` for " UTF-8", `"utf8"` and the like: lower case, unquoted, without a language tag. */
function normaliseLabel(label: string): string {
  const bare = label
    .trim()
    .replace(/^["'=\s]+|["';\s]+$/g, '')
    .toLowerCase()
    .replace(/\*.*$/, '')
    .slice(0, 40)
  const alias = Object.hasOwn(aliases, bare) ? aliases[bare] : undefined
  if (alias !== undefined) return alias
  return bare
    .replace(/^(?:win|windows|cp|cswindows|x-cp)[-_]?(125\d)$/, 'windows-$1')
    .replace(/^latin[-_](\d+)$/, 'latin$1')
    .replace(/^iso[-_ ]?8859[-_ ]?(\d+)(?:[-_](?:windows.*|[ie]))?$/, 'iso-8859-$1')
    .replace(/^utf[-_ ]?(\d+)/, 'utf-$1')
}

/** ISO-2022-KR and HZ shift between ASCII and a double-byte set in 7 bits: the same set as in 8 bits, without its high bit. */
function shifted(bytes: Uint8Array, into: readonly [number, number], out: readonly [number, number], label: string): string {
  const wide: number[] = []
  let high = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    const next = bytes[at + 1] ?? 0
    const step = into[1] === -1 ? 0 : 1
    if (byte === into[0] && (step === 0 || next === into[1])) {
      high = 0x80
      at += step
    } else if (byte === out[0] && (step === 0 || next === out[1])) {
      high = 0
      at += step
    } else {
      wide.push(byte > 0x20 ? byte | high : byte)
    }
  }
  return new TextDecoder(label).decode(Uint8Array.from(wide))
}

const iso2022jp = new TextDecoder('iso-2022-jp')

/** The Encoding Standard calls two escapes in a row an error, and joined encoded words have them. */
function decodeIso2022jp(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  // oxlint-disable-next-line no-control-regex
  return iso2022jp.decode(Buffer.from(text.replace(/\u001b\([BJ](?=\u001b)/g, ''), 'latin1'))
}

const sevenBit: Readonly<Record<string, Decode>> = {
  'utf-7': decodeUtf7,
  'unicode-1-1-utf-7': decodeUtf7,
  csunicode11utf7: decodeUtf7,
  'iso-2022-jp': decodeIso2022jp,
  'iso-2022-kr': (bytes) => shifted(bytes, [0x0e, -1], [0x0f, -1], 'euc-kr').replaceAll('\u001b$)C', ''),
  'hz-gb-2312': (bytes) =>
    shifted(bytes, [0x7e, 0x7b], [0x7e, 0x7d], 'gb18030')
      .replaceAll('~~', '~')
      .replace(/~\r?\n/g, ''),
}

function decoderOf(label: string): Decode | null {
  const known = decoders.get(label)
  if (known !== undefined) return known
  const found = findDecoder(label)
  if (decoders.size < rememberedLabels) decoders.set(label, found)
  return found
}

function findDecoder(label: string): Decode | null {
  const special = Object.hasOwn(sevenBit, label) ? sevenBit[label] : undefined
  if (special !== undefined) return special
  try {
    const decoder = new TextDecoder(label)
    return (bytes) => decoder.decode(bytes)
  } catch {
    // Not in the Encoding Standard: DOS code pages and other old ones that the library's tables hold.
  }
  const { supported, charset } = new DecodeStream(label)
  return supported ? (bytes) => decodeByLibrary(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), charset) : null
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })
const windows1252 = new TextDecoder('windows-1252')

/** UTF-8 in which at most the last character is cut off; null if it is something else. */
function decodeUtf8(bytes: Uint8Array): string | null {
  let text: string
  try {
    text = strictUtf8.decode(bytes, { stream: true })
  } catch {
    return null
  }
  try {
    strictUtf8.decode()
    return text
  } catch {
    // A lone high byte at the end tells nothing, unless there were others before it.
    return /[^\0-\x7f]/.test(text) ? text : null
  }
}

/** Bytes nobody named a charset for: UTF-8 if they can be, else windows-1252. */
function guess(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? windows1252.decode(bytes)
}

/** A byte order mark outvotes the label, as in browsers. */
function byteOrderMark(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return null
}

/**
 * Bytes as text. `charset` is whatever a header claims, null if it claims nothing. ASCII is read like no claim, since
 * mail that says so and holds 8-bit bytes is UTF-8 more often than not; an unknown label likewise.
 */
export function decodeText(bytes: Uint8Array, charset: string | null): string {
  const mark = byteOrderMark(bytes)
  const label = mark ?? (charset === null ? '' : normaliseLabel(charset))
  if (label === '' || label === 'us-ascii' || label === 'ascii' || label === 'ansi_x3.4-1968') return guess(bytes)
  const decode = decoderOf(label)
  if (decode === null) return guess(bytes)
  try {
    return decode(bytes)
  } catch {
    return guess(bytes)
  }
}

const codepages: Readonly<Record<string, number>> = {
  'utf-8': 65001,
  'utf-16le': 1200,
  'utf-16be': 1201,
  'utf-7': 65000,
  'windows-874': 874,
  shift_jis: 932,
  gbk: 936,
  gb18030: 54936,
  'euc-kr': 949,
  big5: 950,
  'iso-2022-jp': 50220,
  'iso-2022-kr': 50225,
  'hz-gb-2312': 52936,
  'euc-jp': 51932,
  'koi8-r': 20866,
  'koi8-u': 21866,
  ibm866: 866,
  macintosh: 10000,
  'x-mac-cyrillic': 10007,
}

/** The Windows code page of a charset, for InternetCPID (MS-ASEMAIL 2.2.2.40); UTF-8's where there is none or it is unknown. */
export function codepageOf(charset: string | null): number {
  const fallback = 65001
  if (charset === null) return fallback
  const label = normaliseLabel(charset)
  if (label === 'us-ascii' || label === 'ascii') return 20127
  // Asked before the Encoding Standard, which folds these into Windows code pages.
  const iso = /^iso-8859-(\d+)$/.exec(label === 'latin1' ? 'iso-8859-1' : label)
  if (iso !== null) return 28590 + Number(iso[1])
  const dos = /^(?:cp|ibm)[-_]?(437|720|737|775|85\d|86\d)$/.exec(label)
  if (dos !== null) return Number(dos[1])
  let name = label
  try {
    name = new TextDecoder(label).encoding
  } catch {
    // Labels of our own table, or unknown ones.
  }
  const windows = /^windows-(125\d)$/.exec(name)
  if (windows !== null) return Number(windows[1])
  return (Object.hasOwn(codepages, name) ? codepages[name] : undefined) ?? fallback
}
