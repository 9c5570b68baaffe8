// The request line: what the query says, and the headers beside it.
import { keepLatest } from '../model/bounded.ts'
import { dialects } from '../model/dialect.ts'
import { noPolicyKey, type PolicyKey } from '../model/id.ts'
import { parseVersion, protocolVersions, type ProtocolVersion } from '../model/version.ts'
import type { RequestLine } from '../protocol/command.ts'
import { readQuery, type Said } from './query.ts'

/** The request headers that the plain form needs beside the query, in lower case as Node gives them. */
export interface LineHeaders {
  readonly [name: string]: string | readonly string[] | undefined
}

/** The version of a plain request that names none we know: the oldest we serve asks the least of the client. */
const assumedVersion: ProtocolVersion = protocolVersions.find((version) => dialects[version].served) ?? '12.1'

/** The queries that came last: a phone has a handful, and sends each of them a thousand times. */
const lately = new Map<string, Said>()
const latelyMax = 10_000
/** Longer ones name attachments, and do not come again. */
const latelyLengthMax = 256

/** The line of a request with this query and these headers. Throws a BadQuery, as `readQuery` does. */
export function requestLine(query: string, headers: LineHeaders): RequestLine {
  const said = lately.get(query) ?? readAnew(query)
  const acceptMultiPart = said.acceptMultiPart || acceptsMultiPart(headers)
  if (said.version !== null) return { ...said, version: said.version, acceptMultiPart }
  return {
    ...said,
    version: headerVersion(header(headers, 'ms-asprotocolversion')),
    policyKey: headerPolicyKey(header(headers, 'x-ms-policykey')),
    locale: acceptedLanguage(headers),
    acceptMultiPart,
  }
}

function readAnew(query: string): Said {
  const said = readQuery(query)
  if (query.length <= latelyLengthMax) keepLatest(lately, query, said, latelyMax)
  return said
}

function header(headers: LineHeaders, name: string): string | null {
  const value = headers[name]
  return typeof value === 'string' ? value : null
}

/** MS-ASHTTP 2.2.1.1.2.6: needed with the plain form; what to do without it is not said. */
function headerVersion(value: string | null): ProtocolVersion {
  if (value === null) return assumedVersion
  // AOSP keeps the version as a floating point number.
  return parseVersion(value) ?? parseVersion(Number(value).toFixed(1)) ?? assumedVersion
}

/** An unsigned 32-bit integer as text. A key that is none counts as one we never gave: 0. */
function headerPolicyKey(value: string | null): PolicyKey | null {
  if (value === null) return null
  const key = /^\s*\d{1,10}\s*$/.test(value) ? Number(value) : 0
  return key > 0xffffffff ? noPolicyKey : (key as PolicyKey)
}

function acceptsMultiPart(headers: LineHeaders): boolean {
  return header(headers, 'ms-asacceptmultipart')?.trim().toUpperCase() === 'T'
}

/** The language the client likes best: the first tag of Accept-Language (2.2.1.1.2.1). */
function acceptedLanguage(headers: LineHeaders): string | null {
  const value = header(headers, 'accept-language')
  return value === null ? null : (/^\s*([A-Za-z]{1,8}(?:-[0-9A-Za-z]{1,8})*)/.exec(value)?.[1] ?? null)
}
