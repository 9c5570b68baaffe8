// Replays recorded sessions: each line is one exchange with what the client of that line needs as an answer.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as xpath from 'xpath'
import { allTags } from '../../src/wbxml/pages.ts'
import { fromXml, toDocument, toXml } from '../../src/wbxml/xml.ts'
import { commandCodes, type CommandName } from '../../src/protocol/command.ts'
import type { Reply } from './phone.ts'

interface Fields {
  readonly protocolVersion: number
  readonly command: string
  readonly locale: number
  readonly deviceId: string
  readonly deviceIdEncoding: 'hex' | 'ascii'
  readonly policyKey: number | string
  readonly deviceType: string
  readonly params: readonly { readonly tag: number; readonly hex: string }[]
}

export interface Expectation {
  readonly status?: number | readonly number[]
  readonly required?: readonly string[]
  readonly forbid?: readonly string[]
  readonly forbidHttp?: readonly number[]
  readonly xmlContains?: readonly string[]
  readonly capture?: Readonly<Record<string, string>>
  readonly emptyBodyAllowed?: boolean
  readonly emptyBodyRule?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly oneOf?: readonly Expectation[]
}

export interface Exchange {
  readonly n: number
  readonly note: string
  readonly request: {
    readonly method: string
    readonly path: string
    readonly query:
      | null
      | { readonly form: 'plain'; readonly value: string }
      | { readonly form: 'base64'; readonly value: string | null; readonly fields: Fields }
    readonly headers: Readonly<Record<string, string>>
    readonly body: null | { readonly xml?: string; readonly opaque?: readonly string[]; readonly mime?: string; readonly text?: string }
  }
  readonly expect: 'any' | Expectation
}

/** The exchanges of a session file. */
export function exchanges(file: string): Exchange[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Exchange)
}

const select = xpath.useNamespaces(Object.fromEntries(allTags().map((tag) => [tag.namespace, `${tag.namespace}:`])))

/** What earlier answers gave, filled into later requests. */
export class Captures {
  readonly values = new Map<string, string>()

  /** The names of the placeholders in a text that nothing has filled yet. */
  missing(text: string): string[] {
    return [...text.matchAll(/\{\{([^}]+)\}\}/g)]
      .map(([, name = '']) => name)
      .filter((name) => !name.startsWith('uuid:') && !this.values.has(name))
  }

  fill(text: string): string {
    return text.replaceAll(/\{\{([^}]+)\}\}/g, (_, name: string) => {
      const known = this.values.get(name)
      if (known !== undefined) return known
      if (!name.startsWith('uuid:')) throw new Error(`nothing has given ${name} yet`)
      const made = randomUUID().toUpperCase()
      this.values.set(name, made)
      return made
    })
  }

  take(reply: Reply, capture: Readonly<Record<string, string>>): void {
    if (reply.node === null) return
    const document = toDocument(reply.bytes, { namespaces: 'prefixed' })
    for (const [name, path] of Object.entries(capture)) {
      const found = select(`string(${path})`, document as unknown as globalThis.Node)
      if (typeof found === 'string' && found !== '') this.values.set(name, found)
    }
  }
}

/** The command an exchange sends; null for OPTIONS and Autodiscover. */
export function commandOf({ request }: Exchange): string | null {
  if (request.query === null) return null
  if (request.query.form === 'base64') return request.query.fields.command
  return new URLSearchParams(request.query.value).get('Cmd')
}

/** The DeviceId an exchange names, as the server writes it. */
export function deviceOf({ request }: Exchange): string | null {
  if (request.query === null) return null
  if (request.query.form === 'plain') return new URLSearchParams(request.query.value).get('DeviceId')
  const { deviceId, deviceIdEncoding } = request.query.fields
  return deviceIdEncoding === 'hex' ? deviceId.toUpperCase() : deviceId
}

/** Everything of an exchange that holds placeholders, as one text. */
export function placeholders({ request }: Exchange): string {
  return JSON.stringify([request.query, request.body, request.headers['X-MS-PolicyKey'] ?? ''])
}

function queryOf(request: Exchange['request'], captures: Captures): string {
  const { query } = request
  if (query === null) return ''
  if (query.value !== null) return `?${captures.fill(query.value)}`
  const { fields } = query as { readonly fields: Fields }
  const sized = (bytes: Buffer) => Buffer.concat([Buffer.from([bytes.length]), bytes])
  const head = Buffer.alloc(4)
  head[0] = fields.protocolVersion
  head[1] = commandCodes[fields.command as CommandName]
  head.writeUInt16LE(fields.locale, 2)
  const key = Buffer.alloc(4)
  key.writeUInt32LE(Number(captures.fill(String(fields.policyKey))))
  const parameters = fields.params.map(({ tag, hex }) => Buffer.concat([Buffer.from([tag]), sized(Buffer.from(hex, 'hex'))]))
  const id = Buffer.from(fields.deviceId, fields.deviceIdEncoding)
  return `?${Buffer.concat([head, sized(id), sized(key), sized(Buffer.from(fields.deviceType)), ...parameters]).toString('base64')}`
}

/** The bytes of an exchange's body. */
function bodyOf({ body }: Exchange['request'], captures: Captures): Buffer | null {
  if (body === null) return null
  if (body.xml !== undefined) return Buffer.from(fromXml(captures.fill(body.xml), body.opaque === undefined ? {} : { opaque: body.opaque }))
  return Buffer.from(captures.fill(body.mime ?? body.text ?? ''))
}

/** An exchange ready to be sent. */
export function prepare({ request }: Exchange, captures: Captures): { path: string; body: Buffer | null; headers: Record<string, string> } {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, captures.fill(value)]))
  const body = bodyOf(request, captures)
  return {
    path: `${request.path}${queryOf(request, captures)}`,
    body,
    headers: { ...headers, ...(body === null ? {} : { 'Content-Length': String(body.length) }) },
  }
}

/** What an answer lacks of what the exchange expects; empty if nothing. */
export function complaints(expect: Exchange['expect'], reply: Reply): string[] {
  if (expect === 'any') return []
  if (expect.oneOf !== undefined) {
    const { oneOf, ...rest } = expect
    const each = oneOf.map((one) => complaints(one, reply))
    return [
      ...complaints(rest, reply),
      ...(each.some((found) => found.length === 0) ? [] : [`none of: ${each.map((found) => found.join('; ')).join(' | ')}`]),
    ]
  }
  const found: string[] = []
  const { status } = expect
  if (status !== undefined && !(typeof status === 'number' ? [status] : status).includes(reply.status))
    found.push(`HTTP ${reply.status}, not ${String(status)}`)
  if (expect.forbidHttp?.includes(reply.status) === true) found.push(`HTTP ${reply.status}`)
  if (expect.body === 'empty' && reply.bytes.length > 0) found.push('a body where none may be')
  if (expect.body === 'attachment bytes' && reply.bytes.length === 0) found.push('no attachment bytes')
  for (const [name, rule] of Object.entries(expect.headers ?? {})) found.push(...headerComplaints(name, rule, reply))
  const xml = reply.node === null ? reply.bytes.toString('utf8') : toXml(reply.bytes, { namespaces: 'prefixed' })
  for (const part of expect.xmlContains ?? []) {
    if (!xml.includes(part) && !new RegExp(part).test(xml)) found.push(`no ${part} in the answer`)
  }
  if (reply.bytes.length === 0) {
    if (expect.required !== undefined && expect.emptyBodyAllowed !== true) found.push('an empty answer')
    return found
  }
  return [...found, ...pathComplaints(expect, reply)]
}

function headerComplaints(name: string, rule: string, reply: Reply): string[] {
  const value = reply.headers[name.toLowerCase()]
  if (value === undefined) return [`no header ${name}`]
  return name === 'WWW-Authenticate' && !String(value).startsWith(rule) ? [`${name}: ${String(value)}`] : []
}

function pathComplaints(expect: Expectation, reply: Reply): string[] {
  if (expect.required === undefined && expect.forbid === undefined) return []
  if (reply.node === null) return ['an answer that is no document']
  const document = toDocument(reply.bytes, { namespaces: 'prefixed' }) as unknown as globalThis.Node
  const holds = (path: string) => select(`boolean(${path})`, document) === true
  return [
    ...(expect.required ?? []).filter((path) => !holds(path)).map((path) => `lacks ${path}`),
    ...(expect.forbid ?? []).filter(holds).map((path) => `has ${path}`),
  ]
}
