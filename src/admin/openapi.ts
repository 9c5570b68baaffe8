// The description of the REST interface in OpenAPI 3.1, made of the table of routes and of what each action takes.
import { STATUS_CODES } from 'node:http'
import type { Action } from './action.ts'
import { actions } from './actions.ts'
import { fieldsOf, restRoutes, type RestAction, type RestRoute } from './rest.ts'
import { schemaOf, type Schema } from './rest-input.ts'

/** Where the interface lies. */
export const restPath = '/api/v1'

const refusals = [400, 401, 403, 404, 409, 413, 415, 422, 429, 503]

const problem = {
  description: 'Why nothing came of it (RFC 9457).',
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'A sentence for people.' },
    errors: {
      type: 'array',
      description: 'What is wrong with the input.',
      items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
    },
  },
}

/** The whole document. */
export function openApi(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {
    '/openapi.json': { get: { operationId: 'openapi', summary: 'This description.', responses: { '200': { description: 'OK' } } } },
  }
  for (const [name, route] of Object.entries(restRoutes) as [RestAction, RestRoute][]) {
    const methods = (paths[route.path] ??= {})
    methods[route.method.toLowerCase()] = operation(name, route, actions[name])
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Easel',
      // Of the interface, not of the program: what it promises stays as long as its path.
      version: '1',
      description:
        'What an administrator can do, for programs. Numbers and booleans in a query are written as in JSON; unknown fields are refused.',
    },
    servers: [{ url: restPath }],
    security: [{ token: [] }, { session: [], csrf: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Made by token.create or `easel token create`.' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-easel', description: 'A session of the console.' },
        csrf: { type: 'apiKey', in: 'header', name: 'X-CSRF-Token', description: "The session's token, with everything but GET." },
      },
      schemas: { Problem: problem },
      responses: Object.fromEntries(
        refusals.map((status) => [
          `Refused${status}`,
          {
            description: STATUS_CODES[status] ?? 'Refused',
            content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          },
        ]),
      ),
    },
  }
}

function operation(name: RestAction, route: RestRoute, action: Action): Record<string, unknown> {
  const { properties = {}, required = [] } = schemaOf(action)
  const inPath = fieldsOf(route.path)
  const others = Object.keys(properties).filter((field) => !inPath.includes(field))
  const inQuery = takesBody(route) ? [] : others
  const inBody = takesBody(route) ? others : []
  const parameter = (place: 'path' | 'query') => (field: string) => ({
    name: field,
    in: place,
    required: place === 'path' || required.includes(field),
    schema: properties[field] ?? {},
  })
  const parameters = [...inPath.map(parameter('path')), ...inQuery.map(parameter('query'))]
  return {
    operationId: name,
    summary: action.about,
    tags: [name.slice(0, name.indexOf('.'))],
    'x-roles': action.roles,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(inBody.length === 0 ? {} : { requestBody: requestBody(properties, inBody, required) }),
    responses: {
      [route.creates === true ? '201' : '200']: {
        description: route.lines === undefined ? 'What came of it.' : 'One JSON object a line.',
        content: { [route.lines === undefined ? 'application/json' : 'application/x-ndjson']: { schema: {} } },
      },
      ...Object.fromEntries(refusals.map((status) => [String(status), { $ref: `#/components/responses/Refused${status}` }])),
    },
  }
}

/** A GET and a DELETE have none. */
export function takesBody({ method }: RestRoute): boolean {
  return method !== 'GET' && method !== 'DELETE'
}

function requestBody(properties: Readonly<Record<string, Schema>>, fields: readonly string[], required: readonly string[]) {
  const needed = fields.filter((field) => required.includes(field))
  const schema = {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field, properties[field] ?? {}])),
    ...(needed.length === 0 ? {} : { required: needed }),
    additionalProperties: false,
  }
  return { required: needed.length > 0, content: { 'application/json': { schema } } }
}
