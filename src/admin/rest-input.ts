// From a request to an action's input: path, query and body are one object, and texts become what the schema says.
import { z } from 'zod'
import type { Action } from './action.ts'

/** JSON Schema, as far as it is looked at here. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

const known = new WeakMap<Action, Schema>()

/** What an action takes, as JSON Schema 2020-12. */
export function schemaOf(action: Action): Schema {
  const found = known.get(action)
  if (found !== undefined) return found
  const { $schema: _, ...schema } = z.toJSONSchema(action.input, { io: 'input', unrepresentable: 'any' })
  known.set(action, schema as Schema)
  return schema as Schema
}

export interface RequestParts {
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * The input, not yet validated. Throws a ZodError where something is said twice, is no field of the action, or holds a NUL, which
 * no database takes.
 */
export function inputOf(action: Action, { path, query, body }: RequestParts): Record<string, unknown> {
  const schema = schemaOf(action)
  const input = new Map<string, unknown>()
  const put = (name: string, value: unknown) => {
    if (!isField(schema, name)) throw wrong(name, 'there is no such field')
    if (input.has(name)) throw wrong(name, 'is said twice')
    if (hasNul(value)) throw wrong(name, 'must not hold a NUL')
    input.set(name, value)
  }
  for (const [name, text] of Object.entries(path)) put(name, valueOf(schema.properties?.[name], [text]))
  for (const name of new Set(query.keys())) put(name, valueOf(schema.properties?.[name], query.getAll(name)))
  for (const [name, value] of Object.entries(body)) put(name, value)
  return Object.fromEntries(input)
}

function isField({ properties }: Schema, name: string): boolean {
  return properties === undefined || Object.hasOwn(properties, name)
}

const hasNul = (value: unknown) => JSON.stringify(value)?.includes('\\u0000') === true

function wrong(name: string, message: string): z.ZodError {
  return new z.ZodError([{ code: 'custom', path: [name], message, input: undefined }])
}

/** What no schema expects stays as it came, and validation says what it must be. */
function valueOf(schema: Schema | undefined, texts: readonly string[]): unknown {
  const types = schema === undefined ? [] : typesOf(schema)
  if (types.includes('array')) return texts.map((text) => valueOf(schema?.items, [text]))
  const [text = '', second] = texts
  if (second !== undefined) return texts
  if (types.includes('boolean') && /^(true|false)$/.test(text)) return text === 'true'
  if ((types.includes('integer') || types.includes('number')) && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text)
  return text
}

function typesOf({ type, anyOf = [] }: Schema): readonly string[] {
  return [...(type === undefined ? [] : [type].flat()), ...anyOf.flatMap(typesOf)]
}
