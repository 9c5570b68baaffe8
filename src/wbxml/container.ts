// Containers and flags: an object's fields to and from the elements inside one element, by one table per version.
import { protocolVersions } from '../model/version.ts'
import { SchemaError } from './error.ts'
import { versionIndex, type Codec, type Field } from './field.ts'
import type { Tag } from './pages.ts'
import { close, empty, open, type Reader } from './reader.ts'
import { elementPath } from './scalar.ts'
import type { Writer } from './writer.ts'

/** What a container is in one version. */
interface Table {
  /** In the order of writing. */
  readonly written: readonly Field[]
  /** By `page << 8 | token`. */
  readonly read: ReadonlyMap<number, Field>
  readonly required: readonly Field[]
}

export class ContainerCodec implements Codec {
  readonly #tag: Tag
  readonly #fields: readonly Field[]
  readonly #nullable: boolean
  /** The properties that are arrays whatever comes. */
  readonly #arrays: readonly string[]
  /** By version, each made when it is first needed. */
  readonly #tables: (Table | undefined)[] = protocolVersions.map(() => undefined)

  constructor(tag: Tag, fields: readonly Field[], nullable = false) {
    this.#tag = tag
    this.#fields = fields
    this.#nullable = nullable
    this.#arrays = fields.filter((field) => field.presence === 'many').map((field) => field.name)
    assertDistinct(tag, fields)
  }

  nullable(): Codec {
    return new ContainerCodec(this.#tag, this.#fields, true)
  }

  read(reader: Reader, hollow: boolean, version: number): unknown {
    const table = this.#table(version)
    const object: Record<string, unknown> = {}
    let children = 0
    while (!hollow) {
      const token = reader.next()
      if (token === close) break
      if (token !== open && token !== empty) continue
      children += 1
      const field = table.read.get(reader.key)
      // Of an element that stands once the first counts.
      if (field === undefined || (!field.repeated && object[field.name] !== undefined)) {
        if (token === open) reader.skip()
        continue
      }
      const value = field.codec.read(reader, token === empty, version)
      if (value === undefined) continue
      if (field.repeated) append(object, field.name, value)
      else object[field.name] = value
    }
    if (children === 0 && this.#nullable) return null
    for (const { name, tag } of table.required) {
      if (object[name] === undefined)
        throw new SchemaError(`${elementPath(reader, this.#tag)}/${tag.name}`, 'missing', 'is missing or empty')
    }
    for (const name of this.#arrays) object[name] ??= []
    return object
  }

  write(writer: Writer, value: unknown, version: number): void {
    writer.open(this.#tag.key)
    if (value !== null) this.#content(writer, value as Readonly<Record<string, unknown>>, version)
    writer.close()
  }

  #content(writer: Writer, object: Readonly<Record<string, unknown>>, version: number): void {
    for (const field of this.#table(version).written) {
      const value = object[field.name]
      if (value === undefined) {
        if (field.presence === 'required') throw new TypeError(`${writer.path()}: ${field.name} is missing`)
      } else if (field.repeated) {
        for (const each of value as readonly unknown[]) field.codec.write(writer, each, version)
      } else {
        field.codec.write(writer, value, version)
      }
    }
  }

  #table(version: number): Table {
    return (this.#tables[version] ??= tableOf(this.#fields, version))
  }
}

/** What is read goes by the schema; what is written must also be an element of the version (MS-ASWBXML 2.1.2.1). */
function tableOf(fields: readonly Field[], version: number): Table {
  const spoken = fields.filter((field) => field.since <= version && version <= field.until)
  return {
    written: spoken.filter(({ tag }) => versionIndex(tag.since) <= version && (tag.until === null || version <= versionIndex(tag.until))),
    read: new Map(spoken.map((field) => [field.tag.key, field])),
    required: spoken.filter((field) => field.presence === 'required'),
  }
}

function append(object: Record<string, unknown>, name: string, value: unknown): void {
  const array = object[name]
  if (Array.isArray(array)) array.push(value)
  else object[name] = [value]
}

/** Two fields of one property or one element would hide each other. */
function assertDistinct(tag: Tag, fields: readonly Field[]): void {
  for (let version = 0; version < protocolVersions.length; version++) {
    const spoken = fields.filter((field) => field.since <= version && version <= field.until)
    const names = new Set(spoken.map((field) => field.name))
    const keys = new Set(spoken.map((field) => field.tag.key))
    if (names.size < spoken.length || keys.size < spoken.length) throw new TypeError(`${tag.name} names a property or an element twice`)
  }
}

export class FlagCodec implements Codec {
  readonly #tag: Tag

  constructor(tag: Tag) {
    this.#tag = tag
  }

  nullable(): Codec {
    return this
  }

  read(reader: Reader, hollow: boolean): unknown {
    if (!hollow) reader.skip()
    return true
  }

  write(writer: Writer, value: unknown): void {
    if (value !== true) return
    writer.open(this.#tag.key)
    writer.close()
  }
}
