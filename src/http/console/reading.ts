// What a request brings along: a form or a JSON document, bounded, and nothing else.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { readBody } from '../body.ts'
import { HttpRefusal } from './trouble.ts'

/** Two hundred access rules, or a policy with every rule, are a few ten thousand bytes. */
const bodyBytesMax = 256 * 1024

const utf8 = new TextDecoder('utf-8', { fatal: true })

async function text(request: FastifyRequest, reply: FastifyReply): Promise<string> {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') throw new HttpRefusal(415, 'Bodies are taken as they are, without an encoding.')
  const bytes = await readBody(request.raw, reply.raw, { bytesMax: bodyBytesMax })
  try {
    return utf8.decode(bytes)
  } catch {
    throw new HttpRefusal(400, 'The body is no UTF-8.')
  }
}

const typeOf = (request: FastifyRequest) => request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''

/** The fields of a form. */
export async function readForm(request: FastifyRequest, reply: FastifyReply): Promise<URLSearchParams> {
  if (typeOf(request) !== 'application/x-www-form-urlencoded')
    throw new HttpRefusal(415, 'A form is sent as application/x-www-form-urlencoded.')
  return new URLSearchParams(await text(request, reply))
}

/** The JSON object of a body; an empty one where there is no body. */
export async function readJson(request: FastifyRequest, reply: FastifyReply): Promise<Readonly<Record<string, unknown>>> {
  const type = typeOf(request)
  // A page elsewhere can send forms and plain text without asking; JSON it cannot.
  if (type !== '' && type !== 'application/json') throw new HttpRefusal(415, 'The body has to be application/json.')
  const source = await text(request, reply)
  if (source === '') return {}
  if (type === '') throw new HttpRefusal(415, 'The body has to be application/json, and say so.')
  let document: unknown
  try {
    document = JSON.parse(source)
  } catch {
    throw new HttpRefusal(400, 'The body is no JSON.')
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new HttpRefusal(400, 'The body has to be a JSON object.')
  return document as Record<string, unknown>
}
