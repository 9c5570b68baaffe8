// Pictures and keys within a card: base64 in 2.1 and 3.0, data: addresses in 4.0.
import { Buffer } from 'node:buffer'
import type { CardLine } from './line.ts'

export interface Binary {
  /** `type/subtype`; '' where nobody said. */
  readonly type: string
  readonly bytes: Uint8Array
}

/** What the TYPE of an earlier version means for a property. */
const families: Readonly<Record<string, string>> = { photo: 'image', logo: 'image', sound: 'audio' }
const keyTypes: Readonly<Record<string, string>> = { x509: 'application/pkix-cert', pgp: 'application/pgp-keys' }

function typeOf({ name, parameters }: CardLine): string {
  const [media] = parameters.get('mediatype') ?? []
  if (media !== undefined) return media.toLowerCase()
  const type = (parameters.get('type') ?? []).map((one) => one.toLowerCase()).find((one) => !['home', 'work', 'pref'].includes(one))
  if (type === undefined) return ''
  if (type.includes('/')) return type
  const family = families[name]
  return family === undefined ? (keyTypes[type] ?? '') : `${family}/${type === 'jpg' ? 'jpeg' : type}`
}

/** The bytes that stand in a line itself; null where it only says where they are. */
export function binaryOf(line: CardLine): Binary | null {
  const encoding = line.parameters.get('encoding')?.[0]?.toLowerCase()
  if (encoding === 'b' || encoding === 'base64') return { type: typeOf(line), bytes: Buffer.from(line.value, 'base64') }
  const data = /^data:([^;,]*)[^,]{0,200}?;base64,/i.exec(line.value.slice(0, 500).replaceAll('\\,', ',').replaceAll('\\;', ';'))
  if (data === null) return null
  const comma = line.value.indexOf(',')
  return { type: data[1]?.toLowerCase() ?? '', bytes: Buffer.from(line.value.slice(comma + 1), 'base64') }
}

const beginnings: readonly (readonly [string, string])[] = [
  ['ffd8ff', 'image/jpeg'],
  ['89504e47', 'image/png'],
  ['47494638', 'image/gif'],
  ['52494646', 'image/webp'],
  ['424d', 'image/bmp'],
]

/** The type of a picture by how it begins; JPEG where that says nothing, which is what phones take. */
export function pictureType(bytes: Uint8Array): string {
  const begin = Buffer.from(bytes.subarray(0, 4)).toString('hex')
  return beginnings.find(([digits]) => begin.startsWith(digits))?.[1] ?? 'image/jpeg'
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

/** A data: address. */
export function dataAddress({ type, bytes }: Binary): string {
  return `data:${type};base64,${base64(bytes)}`
}

/** Value and parameters of bytes in a version. */
export function writeBinary(
  binary: Binary,
  version: '3.0' | '4.0',
): { readonly value: string; readonly parameters: readonly [string, string][] } {
  if (version === '4.0') return { value: dataAddress(binary), parameters: [] }
  const [family, subtype = ''] = binary.type.split('/')
  const type = family === 'image' || family === 'audio' ? subtype.toUpperCase() : ''
  const parameters: [string, string][] = [['ENCODING', 'b']]
  return { value: base64(binary.bytes), parameters: type === '' ? parameters : [...parameters, ['TYPE', type]] }
}
