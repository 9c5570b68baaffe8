// What the header fields of one part say of its content.
import libmime from 'libmime'
import { decodeText } from './charset.ts'
import type { Headers } from './headers.ts'
import type { MimePart } from '../model/email.ts'
import { cleanName } from './name.ts'
import { speakable } from './text.ts'
import { decodeWords } from './words.ts'

/** A part's content fields, and the boundary if it is a multipart that names one. */
export interface Content extends Pick<
  MimePart,
  'type' | 'charset' | 'disposition' | 'name' | 'contentId' | 'contentLocation' | 'encoding'
> {
  readonly flowed: 'flowed' | 'delsp' | null
  readonly boundary: string | null
}

/** A header value with its parameters; names are lower case. */
export interface Parameters {
  readonly value: string
  readonly parameters: Readonly<Record<string, string>>
  /** Names of those that came by RFC 2231 and hold no encoded words any more. */
  readonly decoded: readonly string[]
}

// No real header with parameters comes near; what is longer is read up to here.
const parameterCharsMax = 16 * 1024

/** Splits `text/plain; charset=utf-8`, RFC 2231 continuations and all. */
export function parseParameters(header: string): Parameters {
  // `;;`, and the colon that some senders put for a semicolon, would become names.
  const { value, params, decodedParams } = libmime.parseHeaderValue(header.slice(0, parameterCharsMax), { stripComments: true })
  return { value: value.trim(), parameters: params, decoded: decodedParams }
}

function typeOf(value: string, fallback: string): string {
  const match = /^["'\s]*([a-z0-9!#$&^_.+-]{1,127}\/[a-z0-9!#$&^_.+*-]{1,127})/i.exec(value)
  return match?.[1]?.toLowerCase() ?? fallback
}

function encodingOf(header: string | null): MimePart['encoding'] {
  const value = (header ?? '').toLowerCase()
  if (value.includes('base64')) return 'base64'
  if (/quoted[-_ ]?printable/.test(value)) return 'quoted-printable'
  return /\b(?:x-)?uu(?:e|encode)\b/.test(value) ? 'uuencode' : 'identity'
}

function dispositionOf(value: string): MimePart['disposition'] {
  const kind = value.toLowerCase()
  if (kind === '') return null
  // RFC 2183 2.8: an unknown disposition is to be treated as an attachment.
  return kind.startsWith('inline') ? 'inline' : 'attachment'
}

/** A name in its own words: parameters should hold no encoded words, yet names of files do, and percent signs with a charset too. */
function decodedName({ parameters, decoded }: Parameters, parameter: string): string | null {
  const raw = parameters[parameter]
  if (raw === undefined || raw === '') return null
  // Not twice: a scanner for viruses that decodes once would see another name.
  if (decoded.includes(parameter)) return raw
  const extended = /^([\w-]{1,40})'[\w-]{0,20}'((?:[^%]|%[0-9A-Fa-f]{2})+)$/.exec(raw)
  if (extended === null) return decodeWords(raw)
  const [, charset = '', encoded = ''] = extended
  const latin1 = encoded.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return decodeText(
    Uint8Array.from(latin1, (unit) => unit.charCodeAt(0)),
    charset,
  )
}

function nameOf(disposition: Parameters, type: Parameters): string | null {
  const name =
    decodedName(disposition, 'filename') ?? decodedName(disposition, 'name') ?? decodedName(type, 'name') ?? decodedName(type, 'filename')
  return name === null ? null : cleanName(name)
}

function angles(value: string | null): string | null {
  const text = speakable(value ?? '')
    .trim()
    .replace(/^<\s*/, '')
  const end = text.indexOf('>')
  const inner = (end === -1 ? text : text.slice(0, end)).trimEnd()
  return inner === '' ? null : inner.slice(0, 998)
}

const absent: Parameters = { value: '', parameters: {}, decoded: [] }

/** Reads the content fields; `fallback` is the type of a part that names none (RFC 2046 5.1.5 for digests). */
export function readContent(headers: Headers, fallback: string): Content {
  const typeHeader = headers.all('content-type').find((value) => value !== '')
  const dispositionHeader = headers.get('content-disposition')
  const type = typeHeader === undefined ? absent : parseParameters(typeHeader)
  const disposition = dispositionHeader === null ? absent : parseParameters(dispositionHeader)
  const { charset, format, delsp, boundary } = type.parameters
  const isFlowed = format?.toLowerCase() === 'flowed'
  const location = headers.get('content-location')
  return {
    type: typeOf(type.value, fallback),
    charset: charset === undefined || charset.trim() === '' ? null : charset.trim().toLowerCase().slice(0, 64),
    flowed: isFlowed ? (delsp?.toLowerCase() === 'yes' ? 'delsp' : 'flowed') : null,
    disposition: dispositionOf(disposition.value),
    name: nameOf(disposition, type),
    contentId: angles(headers.get('content-id')),
    contentLocation: location === null ? null : speakable(decodeWords(location)).replace(/\s+/g, '').slice(0, 2048) || null,
    encoding: encodingOf(headers.get('content-transfer-encoding')),
    boundary: boundary === undefined || boundary.trim() === '' ? null : boundary.trimEnd(),
  }
}
