// How a setting is declared, read from a document or the environment, and documented: one declaration serves all three.
import { resolve } from 'node:path'
import { z } from 'zod'

/** What a person reads about a setting. */
interface About {
  /** The environment variable that overrides the file. */
  readonly environment: string
  readonly description: string
  /** The default as the table shows it, where the value itself says little. */
  readonly shown?: string
  /** Where its value names files: the value with `absolute` applied to each of their paths. */
  readonly paths?: Paths
}

/** Is given what stands in the file, before it is checked. */
export type Paths = (value: unknown, absolute: (path: string) => string) => unknown

type Reader = (text: string) => unknown

interface Entry extends About {
  readonly default: unknown
  /** Turns the text of an environment variable into what the file would hold; undefined if it cannot. */
  readonly read: Reader
}

const registry = z.registry<Entry>()

/** The configuration cannot be used; the message is one sentence per trouble, each saying what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

function declare<S extends z.ZodType>(schema: S, fallback: z.input<S>, about: About, read: Reader) {
  const declared = schema.prefault(fallback as never)
  registry.add(declared, { ...about, default: fallback, read })
  return declared
}

const asText: Reader = (text) => text
const asNumber: Reader = (text) => (/^\s*-?\d+\s*$/.test(text) ? Number(text) : undefined)
const asFlag: Reader = (text) => ({ '1': true, true: true, yes: true, '0': false, false: false, no: false })[text.trim().toLowerCase()]
const asList: Reader = (text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** Of a setting whose value is the path of a file or folder. */
export const namesFile: Paths = (value, absolute) => (typeof value === 'string' && value !== '' ? absolute(value) : value)

/** Text of some form. */
export function text<S extends z.ZodType>(schema: S, fallback: z.input<S>, about: About) {
  return declare(schema, fallback, about, asText)
}

/** One of a few words. */
export function word<const W extends readonly [string, ...string[]]>(words: W, fallback: W[number], about: About) {
  return declare(z.enum(words, `must be one of ${words.join(', ')}`), fallback as never, about, asText)
}

/** A whole number within a range. */
export function number(fallback: number, range: readonly [least: number, most: number], about: About) {
  const sentence = `must be a whole number from ${range[0]} to ${range[1]}`
  return declare(z.int(sentence).min(range[0], sentence).max(range[1], sentence), fallback, about, asNumber)
}

/** On, off, or (null) left to the server. */
export function flag<F extends boolean | null>(fallback: F, about: About) {
  const schema = z.union([z.boolean(), z.literal(fallback)], 'must be true or false')
  return declare(schema as z.ZodType<boolean | F, boolean | F>, fallback, about, asFlag)
}

/** A TCP port; null for none, 0 for any that is free. */
export function port(fallback: number | null, about: About) {
  const sentence = 'must be a port from 0 to 65535, or off'
  const schema = z
    .union([z.int(sentence).min(0, sentence).max(65535, sentence), z.literal('off'), z.null()], sentence)
    .transform((value) => (value === 'off' ? null : value))
  return declare(schema, fallback, { shown: fallback === null ? 'off' : String(fallback), ...about }, (given) =>
    given.trim().toLowerCase() === 'off' ? 'off' : asNumber(given),
  )
}

/** Several texts; in the environment, separated by commas. */
export function list(about: About, each: z.ZodType<string> = z.string('must be text').min(1)) {
  return declare(z.array(each, 'must be a list'), [] as string[], about, asList)
}

/** Several groups, in the file; in the environment, texts that each stand for one, separated by commas. */
export function rows<S extends z.ZodType>(each: S, about: About) {
  return declare(z.array(each, 'must be a list'), [] as never, about, asList)
}

/** A group of settings: left out, each has its default; a key that is not in it is refused. */
export function group<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, 'must hold settings, each on a line of its own').prefault({} as never)
}

export interface TableRow {
  readonly key: string
  readonly environment: string
  readonly default: string
  readonly description: string
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodPrefault && !registry.has(schema) ? schema.unwrap() : schema
}

function* leaves(schema: unknown, path: readonly string[] = []): Generator<{ path: readonly string[]; entry: Entry }> {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodObject) {
    for (const [name, child] of Object.entries(inner.shape)) yield* leaves(child, [...path, name])
    return
  }
  const entry = inner instanceof z.ZodType ? registry.get(inner) : undefined
  if (entry !== undefined) yield { path, entry }
}

function shownDefault({ shown, default: fallback }: Entry): string {
  if (shown !== undefined) return shown
  if (fallback === null || (Array.isArray(fallback) && fallback.length === 0)) return '(none)'
  return typeof fallback === 'string' ? fallback : JSON.stringify(fallback)
}

/** One row per setting, in the order of their declaration. */
export function tableOf(schema: z.ZodType): TableRow[] {
  return [...leaves(schema)].map(({ path, entry }) => ({
    key: path.join('.'),
    environment: entry.environment,
    default: shownDefault(entry),
    description: entry.description,
  }))
}

/** How many letters have to be changed, added or taken away to get from one word to the other. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

function nearest(word: string, known: readonly string[]): { name: string; distance: number } {
  const ranked = known.map((name) => ({ name, distance: distance(word.toLowerCase(), name.toLowerCase()) }))
  return ranked.sort((one, other) => one.distance - other.distance)[0] ?? { name: '', distance: Infinity }
}

/** The document of a file in `folder`, its relative paths made absolute: they go by that folder, wherever the server is started. */
export function anchor(schema: z.ZodType, document: Readonly<Record<string, unknown>>, folder: string): Record<string, unknown> {
  const anchored: Record<string, unknown> = { ...document }
  for (const { path, entry } of leaves(schema)) {
    const value = path.reduce<unknown>((within, name) => (isGroup(within) ? within[name] : undefined), anchored)
    if (entry.paths !== undefined && value !== undefined)
      assign(
        anchored,
        path,
        entry.paths(value, (given) => resolve(folder, given)),
      )
  }
  return anchored
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function assign(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path
  if (rest.length === 0) {
    target[name] = value
    return
  }
  const existing = target[name]
  // A group that is not one in the file stays as it is: validation says so.
  if (existing !== undefined && existing !== null && (typeof existing !== 'object' || Array.isArray(existing))) return
  const child: Record<string, unknown> = { ...existing }
  target[name] = child
  assign(child, rest, value)
}

/** Variables with our prefix that are no settings: those that say where to look, and what container platforms set by themselves. */
const foreignVariable = /^EASEL_(CONFIG|REFERENCE|SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_\d+_.*)?)$/

/**
 * Lays the environment over the file's document. Throws a ConfigError for variables that look like a misspelt setting; others with our prefix are returned as strangers, for a warning.
 */
export function overlay(
  schema: z.ZodType,
  document: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): { document: Record<string, unknown>; strangers: string[] } {
  const settings = [...leaves(schema)]
  const merged: Record<string, unknown> = { ...document }
  const troubles: string[] = []
  const strangers: string[] = []
  const names = settings.map(({ entry }) => entry.environment)
  for (const { path, entry } of settings) {
    const given = environment[entry.environment]
    // Compose files and unit files pass on empty variables: they are not set.
    if (given === undefined || given === '') continue
    // What cannot be read goes on as it is, and validation says what it must be.
    assign(merged, path, entry.read(given) ?? given)
  }
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('EASEL_') || names.includes(name) || foreignVariable.test(name)) continue
    const near = nearest(name, names)
    if (near.distance <= 2) troubles.push(`${name} is not a setting: did you mean ${near.name}?`)
    else strangers.push(name)
  }
  if (troubles.length > 0) throw new ConfigError(troubles.join('\n'))
  return { document: merged, strangers }
}

function sentences(schema: z.ZodType, issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const known = [...leaves(schema)].map((leaf) => leaf.path)
    return issue.keys.map((key) => {
      const full = [...path, key].join('.')
      const near = nearest(full, [
        ...new Set(known.flatMap((each) => [each.join('.'), ...(each.length > 1 ? [each.slice(0, -1).join('.')] : [])])),
      ])
      return near.distance * 2 <= full.length
        ? `There is no setting ${full}: did you mean ${near.name}?`
        : `There is no setting ${full}: the README lists those there are.`
    })
  }
  const leaf = [...leaves(schema)].find((each) => path.join('.').startsWith(each.path.join('.')))
  return [`${path.join('.')}${leaf === undefined ? '' : ` (${leaf.entry.environment})`} ${issue.message}.`]
}

/** Checks a document against the declarations. Throws a ConfigError that names every trouble. */
export function settle<S extends z.ZodType>(schema: S, document: Record<string, unknown>): z.output<S> {
  const result = schema.safeParse(document)
  if (result.success) return result.data
  throw new ConfigError(result.error.issues.flatMap((issue) => sentences(schema, issue)).join('\n'))
}
