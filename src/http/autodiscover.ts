// Autodiscover: where a phone finds this server, as XML (v1) for the account's owner and as JSON (v2) for anybody.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Account } from '../model/account.ts'
import type { Clock } from '../model/clock.ts'
import { domainOf, type Elsewhere, type Residences } from '../policy/residence.ts'
import { endpointPath } from '../protocol/command.ts'
import { answerDocument, failureDocument, parseRequest, type Asked } from './autodiscover-documents.ts'
import { BodyTooLarge, ClientGone, readBody } from './body.ts'
import { admit, type Gate, type Refused } from './credentials.ts'
import { hostOf } from './origin.ts'
import type { OwnDomains } from './own-domains.ts'
import { plainAddress, type Peers } from './peers.ts'

export interface AutodiscoverPorts extends Gate {
  readonly peers: Peers
  readonly clock: Clock
  readonly log: Logger
  /** `https://mail.example.com`, given the Host header of the request. */
  readonly origin: (host: string | undefined) => string
  readonly domains: OwnDomains
  readonly residences: Residences
}

const xmlPath = '/autodiscover/autodiscover.xml'
const jsonPath = '/autodiscover/autodiscover.json'
const requestBytesMax = 8 * 1024
/** Clients count their way, and so two servers that send them to one another come to an end. */
const redirectsMax = 10

/** Mounts the paths, which match in any letter case: iOS writes /Autodiscover/Autodiscover.xml. */
export function mountAutodiscover(app: FastifyInstance, ports: AutodiscoverPorts): void {
  app.route({ method: ['POST', 'GET'], url: xmlPath, handler: (request, reply) => answerXml(ports, request, reply) })
  app.get(jsonPath, (request, reply) => answerJson(ports, request, reply))
  app.get<{ Params: { address: string } }>(`${jsonPath}/v1.0/:address`, (request, reply) =>
    answerJson(ports, request, reply, request.params.address),
  )
}

async function answerXml(ports: AutodiscoverPorts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const refuse = ({ status, headers }: Refused) => reply.code(status).headers(headers).send()
  if (ports.peers.cameInTheClear(request.raw)) return refuse({ status: 403, headers: {} })
  const moved = movedHost(ports.residences, request.headers.host)
  // MS-OXDISCO 3.1.5.4. Nobody of the domain needs to be known here any more.
  if (moved !== null) return refuse({ status: 302, headers: { Location: autodiscoverAt(moved) + xmlPath } })
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

/** Where a whole domain went, as the name the phone used says it: `autodiscover.example.com`, or `example.com` itself. */
function movedHost(residences: Residences, host: string | undefined): Elsewhere | null {
  const name = hostOf(host)?.name ?? ''
  return residences.ofStranger(name) ?? residences.ofStranger(name.replace(/^autodiscover\./, ''))
}

/** The Autodiscover of somebody else. */
function autodiscoverAt(place: Elsewhere): string {
  return place.kind === 'server' ? place.origin : `https://autodiscover.${domainOf(place.address)}`
}

/**
 * The answer for the account that logged in. Another address, ours or not, there or not, gets the answer of a request that
 * makes no sense: nobody learns which addresses exist.
 */
function xmlAnswer(ports: AutodiscoverPorts, account: Account, asked: Asked, host: string | undefined): string {
  if (asked.kind === 'address' && !account.addresses.includes(asked.address)) return failureDocument('invalidRequest', ports.clock)
  if (asked.kind !== 'address' && asked.kind !== 'own') return failureDocument(asked.kind, ports.clock)
  const address = asked.kind === 'address' ? asked.address : account.address
  const place = ports.residences.of(account, address)
  if (place?.kind === 'address') return answerDocument(account, address, place)
  // Nothing is gained by asking the other server for its own name.
  return answerDocument(account, address, { kind: 'server', url: (place?.origin ?? ports.origin(host)) + endpointPath })
}

/** Version 2 needs no credentials, so it says the same for any address of a domain, and nothing for domains of others. */
async function answerJson(ports: AutodiscoverPorts, request: FastifyRequest, reply: FastifyReply, inPath?: string): Promise<FastifyReply> {
  const asked = parameter(request.query, 'protocol')
  const address = parameter(request.query, 'email') ?? inPath ?? null
  const place = address === null ? null : ports.residences.ofStranger(address)
  const origin = place?.kind === 'server' ? place.origin : ports.origin(request.headers.host)
  const protocols = [
    ['ActiveSync', origin + endpointPath],
    ['AutodiscoverV1', origin + xmlPath],
  ] as const
  const found = protocols.find(([name]) => name.toLowerCase() === asked?.toLowerCase())
  if (asked === null) {
    return reply
      .code(400)
      .send({ ErrorCode: 'MandatoryParameterMissing', ErrorMessage: "A valid value must be provided for the query parameter 'Protocol'" })
  }
  if (found === undefined) {
    const supported = protocols.map(([name]) => name)
    return reply.code(400).send({
      ErrorCode: 'InvalidProtocol',
      ErrorMessage: `The given protocol value '${asked.slice(0, 64)}' is invalid. Supported values are '${supported.join(',')}'`,
    })
  }
  const hops = Number(parameter(request.query, 'redirectcount') ?? 0) || 0
  if (place?.kind === 'address' && hops < redirectsMax) {
    const query = new URLSearchParams({ Email: place.address, Protocol: found[0], RedirectCount: String(hops + 1) })
    return reply.redirect(`${autodiscoverAt(place)}${jsonPath}?${query}`, 302)
  }
  if (place?.kind === 'address' || (address !== null && place === null && !(await ports.domains.has(domainOf(address))))) {
    return reply.code(404).send({ ErrorCode: 'UserNotFound', ErrorMessage: 'The given user is not found.' })
  }
  return reply.code(200).send({ Protocol: found[0], Url: found[1] })
}

/** A query parameter by its name in any letter case. */
function parameter(query: unknown, name: string): string | null {
  if (typeof query !== 'object' || query === null) return null
  const found = Object.entries(query).find(([key]) => key.toLowerCase() === name)?.[1]
  return typeof found === 'string' ? found : null
}
