// Autodiscover: where a phone finds this server, as XML (v1) for the account's owner and as JSON (v2) for anybody.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DOMParser, XMLSerializer, type Document, type Element } from '@xmldom/xmldom'
import type { Logger } from 'pino'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import { endpointPath } from './active-sync.ts'
import { BodyTooLarge, ClientGone, readBody } from './body.ts'
import { admit, type Gate, type Refused } from './credentials.ts'
import { plainAddress, type Peers } from './peers.ts'

export interface AutodiscoverPorts extends Gate {
  readonly peers: Peers
  readonly clock: Clock
  readonly log: Logger
  /** `https://mail.example.com`, given the Host header of the request. */
  readonly origin: (host: string | undefined) => string
}

const xmlPath = '/autodiscover/autodiscover.xml'
const jsonPath = '/autodiscover/autodiscover.json'
const requestBytesMax = 8 * 1024

const responseNamespace = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006'
const mobileNamespace = 'http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006'

/** MS-ASCMD 2.2.3.64. */
const failures = {
  invalidRequest: { code: 600, message: 'Invalid Request' },
  noProvider: { code: 601, message: 'Provider is not available' },
} as const
type FailureKind = keyof typeof failures

/** What a request asks for. */
type Asked = { readonly kind: 'address'; readonly address: string } | { readonly kind: 'own' } | { readonly kind: FailureKind }

/** Mounts the paths, which match in any letter case: iOS writes /Autodiscover/Autodiscover.xml. */
export function mountAutodiscover(app: FastifyInstance, ports: AutodiscoverPorts): void {
  app.route({ method: ['POST', 'GET'], url: xmlPath, handler: (request, reply) => answerXml(ports, request, reply) })
  app.get(jsonPath, (request, reply) => answerJson(ports, request, reply))
  app.get(`${jsonPath}/v1.0/:address`, (request, reply) => answerJson(ports, request, reply))
}

async function answerXml(ports: AutodiscoverPorts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const refuse = ({ status, headers }: Refused) => reply.code(status).headers(headers).send()
  if (ports.peers.cameInTheClear(request.raw)) return refuse({ status: 403, headers: {} })
  const admission = await admit(ports, request.raw, { address: plainAddress(request.ip), device: null })
  if ('refused' in admission) return refuse(admission.refused)
  const { account } = admission.principal
  // Monitors ask by GET whether the service lives, and know the 600 of an empty request.
  const asked = request.method === 'GET' ? { kind: 'invalidRequest' as const } : await readAsked(request, reply)
  const document = xmlAnswer(ports, account, asked, request.headers.host)
  ports.log.info({ account: account.id, asked: asked.kind, address: plainAddress(request.ip) }, 'Autodiscover')
  return reply.code(200).type('text/xml; charset=utf-8').header('Cache-Control', 'private').send(document)
}

async function readAsked(request: FastifyRequest, reply: FastifyReply): Promise<Asked> {
  try {
    return parseRequest(Buffer.from(await readBody(request.raw, reply.raw, { bytesMax: requestBytesMax })).toString('utf8'))
  } catch (error) {
    if (!(error instanceof BodyTooLarge) && !(error instanceof ClientGone)) throw error
    reply.header('Connection', 'close')
    return { kind: 'invalidRequest' }
  }
}

/** Reads the request document. Some Android builds send none at all and mean the user of the credentials. */
export function parseRequest(source: string): Asked {
  if (source.trim() === '') return { kind: 'own' }
  // No document type, so no entity can be declared, let alone expanded.
  if (/<!(DOCTYPE|ENTITY)/i.test(source)) return { kind: 'invalidRequest' }
  const root = parseXml(source)
  if (root === null || root.localName !== 'Autodiscover') return { kind: 'invalidRequest' }
  const requests = [...children(root, 'Request')]
  const [request] = requests
  // MS-ASCMD R3799: more than one is 600.
  if (request === undefined || requests.length > 1) return { kind: 'invalidRequest' }
  const schema = textOf(request, 'AcceptableResponseSchema')
  if (schema !== null && schema !== mobileNamespace) return { kind: 'noProvider' }
  const address = textOf(request, 'EMailAddress')
  return address === null || schema === null ? { kind: 'invalidRequest' } : { kind: 'address', address: address.toLowerCase() }
}

function parseXml(source: string): Element | null {
  try {
    const parser = new DOMParser({
      onError: (level, message) => {
        if (level !== 'warning') throw new Error(message)
      },
    })
    return parser.parseFromString(source.replace(/^\uFEFF/, ''), 'text/xml').documentElement
  } catch {
    return null
  }
}

function* children(parent: Element, name: string): Generator<Element> {
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === node.ELEMENT_NODE && (node as Element).localName === name) yield node as Element
  }
}

function textOf(parent: Element, name: string): string | null {
  const [element] = children(parent, name)
  const text = element?.textContent?.trim() ?? ''
  return text === '' ? null : text
}

/**
 * The answer for the account that logged in. Another address, ours or not, there or not, gets the answer of a request that
 * makes no sense: nobody learns which addresses exist.
 */
function xmlAnswer(ports: AutodiscoverPorts, account: Account, asked: Asked, host: string | undefined): string {
  if (asked.kind === 'address' && !account.addresses.includes(asked.address)) return failureDocument('invalidRequest', ports.clock)
  if (asked.kind !== 'address' && asked.kind !== 'own') return failureDocument(asked.kind, ports.clock)
  const address = asked.kind === 'address' ? asked.address : account.address
  const url = ports.origin(host) + endpointPath
  return build(mobileNamespace, (response, append) => {
    append(response, 'Culture', 'en:us')
    const user = append(response, 'User')
    append(user, 'DisplayName', account.displayName)
    append(user, 'EMailAddress', address)
    const server = append(append(append(response, 'Action'), 'Settings'), 'Server')
    append(server, 'Type', 'MobileSync')
    append(server, 'Url', url)
    append(server, 'Name', url)
  })
}

function failureDocument(kind: FailureKind, clock: Clock): string {
  const { code, message } = failures[kind]
  return build(responseNamespace, (response, append) => {
    const error = append(response, 'Error')
    // A time of day with seven digits of a second, as .NET writes it.
    error.setAttribute('Time', `${new Date(clock.now()).toISOString().slice(11, 23)}0000`)
    error.setAttribute('Id', '1')
    append(error, 'ErrorCode', String(code))
    append(error, 'Message', message)
    append(error, 'DebugData')
  })
}

type Append = (parent: Element, name: string, text?: string) => Element

/** The outer namespace has no `mobilesync`; the inner one is the kind of answer. */
function build(namespace: string, fill: (response: Element, append: Append) => void): string {
  const document: Document = new DOMParser().parseFromString(`<Autodiscover xmlns="${responseNamespace}"/>`, 'text/xml')
  const append: Append = (parent, name, text) => {
    const child = document.createElementNS(namespace, name)
    if (text !== undefined) child.appendChild(document.createTextNode(text.replace(/\p{Cc}/gu, ' ')))
    parent.appendChild(child)
    return child
  }
  const root = document.documentElement
  if (root === null) throw new Error('the root was just written')
  fill(append(root, 'Response'), append)
  return `<?xml version="1.0" encoding="utf-8"?>\n${new XMLSerializer().serializeToString(document)}`
}

/** Version 2 needs no credentials, so it says the same for any address. */
function answerJson(ports: AutodiscoverPorts, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const asked = parameter(request.query, 'protocol')
  const origin = ports.origin(request.headers.host)
  const protocols = [
    ['ActiveSync', origin + endpointPath],
    ['AutodiscoverV1', origin + xmlPath],
  ] as const
  const found = protocols.find(([name]) => name.toLowerCase() === asked?.toLowerCase())
  if (found !== undefined) return reply.code(200).send({ Protocol: found[0], Url: found[1] })
  if (asked === null) {
    return reply
      .code(400)
      .send({ ErrorCode: 'MandatoryParameterMissing', ErrorMessage: "A valid value must be provided for the query parameter 'Protocol'" })
  }
  const supported = protocols.map(([name]) => name)
  return reply.code(400).send({
    ErrorCode: 'InvalidProtocol',
    ErrorMessage: `The given protocol value '${asked.slice(0, 64)}' is invalid. Supported values are '${supported.join(',')}'`,
  })
}

/** A query parameter by its name in any letter case. */
function parameter(query: unknown, name: string): string | null {
  if (typeof query !== 'object' || query === null) return null
  const found = Object.entries(query).find(([key]) => key.toLowerCase() === name)?.[1]
  return typeof found === 'string' ? found : null
}
