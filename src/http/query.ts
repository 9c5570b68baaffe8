// The query of a request line: the plain and the base64 form, in one shape.
import { commandCodes, type CommandName, type RequestLine } from '../protocol/command.ts'
import type { DeviceId, PolicyKey } from '../model/id.ts'
import { versionOfByte, type ProtocolVersion } from '../model/version.ts'

/** The request line cannot be understood: HTTP 400 (MS-ASHTTP 2.2.2.1.1). The message goes to the log only. */
export class BadQuery extends Error {
  override readonly name = 'BadQuery'
}

const deviceTypeLengthMax = 128 // real ones are below 40; it is kept in the device's record
const parameterLengthMax = 1024 // an AttachmentName or LongId of ours has at most 256
const deviceIdForm = /^[0-9A-Za-z_.-]{1,64}$/
const plainForm = /(?:^|&)(?:cmd|user|deviceid|devicetype)=/i

const commandOfCode: ReadonlyMap<number, CommandName> = new Map(
  Object.entries(commandCodes).map(([name, code]) => [code, name as CommandName]),
)
const commandOfName: ReadonlyMap<string, CommandName> = new Map(
  Object.keys(commandCodes).map((name) => [name.toLowerCase(), name as CommandName]),
)

/** A request line as far as the query says it. */
export interface Said extends Omit<RequestLine, 'version'> {
  /** Null in the plain form: the headers say it, the policy key and the locale. */
  readonly version: ProtocolVersion | null
}

/**
 * Reads what stands behind the question mark. Throws a BadQuery if Cmd, DeviceId or DeviceType is missing or the bytes
 * of the base64 form do not add up.
 */
export function readQuery(query: string): Said {
  return plainForm.test(query) ? readPlain(query) : readBase64(query)
}

/** The DeviceId of a query that need not be a whole request line (OPTIONS, a request about to be refused); null if it has none. */
export function deviceOf(query: string): DeviceId | null {
  try {
    if (!plainForm.test(query)) return readBase64(query).device
    const id = plainParameters(query).get('deviceid')
    return id === undefined ? null : deviceId(id)
  } catch (error) {
    if (error instanceof BadQuery) return null
    throw error
  }
}

/** MS-ASHTTP 2.2.1.1.1.2. Clients order the parameters as they like, and some write the names in other letters. */
function readPlain(query: string): Said {
  const parameters = plainParameters(query)
  const text = (name: string) => parameters.get(name) || null
  const command = text('cmd')
  if (command === null) throw new BadQuery('the query names no Cmd')
  const device = text('deviceid')
  if (device === null) throw new BadQuery('the query names no DeviceId')
  return {
    version: null,
    // One Samsung model writes Cmd=_Sync.
    command: commandOfName.get(command.toLowerCase().replace(/^_/, '')) ?? null,
    device: deviceId(device),
    deviceType: deviceType(text('devicetype') ?? ''),
    user: text('user'),
    policyKey: null,
    locale: null,
    saveInSent: text('saveinsent')?.toUpperCase() === 'T',
    acceptMultiPart: false,
    attachmentName: text('attachmentname'),
    collectionId: text('collectionid'),
    itemId: text('itemid'),
    longId: text('longid'),
    occurrence: text('occurrence'),
  }
}

/** Names in lower case; of a name that comes twice the first counts. */
function plainParameters(query: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=')
    if (at < 1) continue
    const name = pair.slice(0, at).toLowerCase()
    if (parameters.has(name)) continue
    const value = unescapeText(pair.slice(at + 1).replaceAll('+', ' '))
    if (value.length > parameterLengthMax) throw new BadQuery(`the parameter ${name} is too long`)
    parameters.set(name, value)
  }
  return parameters
}

/** %XX as UTF-8, else as Latin-1 (Outlook); a lone % stays what it is. */
function unescapeText(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
}

/** MS-ASHTTP 2.2.1.1.1.1. Little-endian, every length checked against what is there. */
function readBase64(query: string): Said {
  const reader = new ByteReader(base64Bytes(query))
  const version = versionOfByte(reader.byte())
  if (version === null) throw new BadQuery('the version byte is none of ours')
  const command = commandOfCode.get(reader.byte()) ?? null
  const locale = reader.bytes(2).readUInt16LE(0)
  const device = deviceIdOfBytes(reader.counted())
  const key = reader.counted()
  // R38: the only valid lengths are 0 and 4.
  if (key.length !== 0 && key.length !== 4) throw new BadQuery('the policy key has neither 0 nor 4 bytes')
  const type = deviceType(reader.counted().toString('utf8'))
  const parameters = new Map<number, string>()
  let options = 0
  while (!reader.atEnd) {
    const tag = reader.byte()
    const length = reader.byte()
    if (tag === parameterTag.options) {
      // The field is one byte; some clients say its length is zero and send the byte all the same.
      options = length === 0 ? (reader.atEnd ? 0 : reader.byte()) : (reader.bytes(length)[0] ?? 0)
    } else parameters.set(tag, reader.bytes(length).toString('utf8'))
  }
  const text = (tag: number) => parameters.get(tag) || null
  return {
    version,
    command,
    device,
    deviceType: type,
    user: text(parameterTag.user),
    policyKey: key.length === 0 ? null : (key.readUInt32LE(0) as PolicyKey),
    locale: locale === 0 ? null : String(locale),
    saveInSent: (options & optionBit.saveInSent) !== 0,
    acceptMultiPart: (options & optionBit.acceptMultiPart) !== 0,
    attachmentName: text(parameterTag.attachmentName),
    collectionId: text(parameterTag.collectionId),
    itemId: text(parameterTag.itemId),
    longId: text(parameterTag.longId),
    occurrence: text(parameterTag.occurrence),
  }
}

/** MS-ASHTTP 2.2.1.1.1.1.3. Tags 2 and 5 are of older documents: read and left alone, like any other. */
const parameterTag = { attachmentName: 0, collectionId: 1, itemId: 3, longId: 4, occurrence: 6, options: 7, user: 8 } as const
const optionBit = { saveInSent: 0x01, acceptMultiPart: 0x02 } as const

function base64Bytes(query: string): Buffer {
  const text = unescapeText(query)
  if (!/^[0-9A-Za-z+/_-]+={0,2}$/.test(text)) throw new BadQuery('the query is neither plain nor base64')
  // Node reads both alphabets and does not insist on the padding.
  return Buffer.from(text, 'base64')
}

class ByteReader {
  readonly #bytes: Buffer
  #at = 0
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }
  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }
  byte(): number {
    return this.bytes(1)[0] ?? 0
  }
  bytes(count: number): Buffer {
    const end = this.#at + count
    if (end > this.#bytes.length) throw new BadQuery('a length runs past the end of the query')
    const part = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return part
  }
  counted(): Buffer {
    return this.bytes(this.byte())
  }
}

/** MS-ASHTTP 2.2.1.1.1.2.3: no commas or special characters. */
function deviceId(text: string): DeviceId {
  // Sixteen bytes travel raw in the base64 form and as hex in the plain one: both must name one device.
  if (/^[0-9A-Fa-f]{32}$/.test(text)) return deviceIdOfBytes(Buffer.from(text, 'hex'))
  if (!deviceIdForm.test(text)) throw new BadQuery('the DeviceId has a form no device uses')
  return text as DeviceId
}

function deviceIdOfBytes(bytes: Buffer): DeviceId {
  const text = bytes.toString('latin1')
  if (deviceIdForm.test(text)) return /^[0-9A-Fa-f]{32}$/.test(text) ? deviceId(text) : (text as DeviceId)
  const hex = bytes.toString('hex').toUpperCase()
  if (!deviceIdForm.test(hex)) throw new BadQuery('the DeviceId is empty or too long')
  return hex as DeviceId
}

function deviceType(text: string): string {
  // What a record or a log line cannot show is no part of a name.
  const shown = text.replace(/\p{C}/gu, '')
  if (shown === '' || shown.length > deviceTypeLengthMax) throw new BadQuery('the query names no DeviceType')
  return shown
}
