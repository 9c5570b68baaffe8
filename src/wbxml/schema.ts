// The spine: a document declared once, from which come its TypeScript type, its decoder, its encoder and its checks.
import type { Instant } from '../model/id.ts'
import type { ProtocolVersion } from '../model/version.ts'
import { ContainerCodec, FlagCodec } from './container.ts'
import { DeferredCodec, readerOf, type Bound, type Deferred } from './deferred.ts'
import { SchemaError, WireError } from './error.ts'
import {
  altered,
  field,
  versionIndex,
  type Decoded,
  type Encodable,
  type Field,
  type Given,
  type Infer,
  type Presence,
  type Schema,
} from './field.ts'
import { forgiving } from './forgiving.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { tagOf, type Tag } from './pages.ts'
import { empty, finish, Reader } from './reader.ts'
import { base64Codec, booleanCodec, bytesCodec, choiceCodec, dateTimeCodec, integerCodec, numberChoiceCodec, textCodec } from './scalar.ts'
import { Writer } from './writer.ts'

export { SchemaError } from './error.ts'
export type { Bound, Deferred } from './deferred.ts'
export type { Encodable, Field, Infer, Schema } from './field.ts'

type Required<Name extends string, Out, In = Out> = Field<Name, Out, In, 'required'>

/**
 * An object: one property per field, named by the field's element. The order of the fields is the order in which they are
 * written, across code pages too; they are read in any order. Elements that no field names are passed over, and of an element
 * that should stand once the first counts. An element is never written in a version that does not know it (`Tag.since`, `until`).
 */
export function container<Name extends string, const Fields extends readonly Field[]>(
  tag: Tag<Name>,
  fields: Fields,
): Schema<Decoded<Fields>, Given<Fields>, Name> {
  return { ...field<Name, Decoded<Fields>, Given<Fields>>(tag, new ContainerCodec(tag, fields)), fields }
}

/** Text. Encoding takes a Uint8Array of UTF-8 too; decoding takes OPAQUE for text. An empty element is ''. */
export function text<Name extends string>(tag: Tag<Name>): Required<Name, string, string | Uint8Array> {
  return field(tag, textCodec(tag))
}

/** A whole number; `min` and `max` are included. An empty element says nothing. */
export function integer<Name extends string>(
  tag: Tag<Name>,
  { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {},
): Required<Name, number> {
  return field(tag, integerCodec(tag, min, max))
}

/** One of these texts. An empty element says nothing. */
export function oneOf<Name extends string, const Choice extends string>(
  tag: Tag<Name>,
  choices: readonly Choice[],
): Required<Name, Choice> {
  return field(tag, choiceCodec(tag, choices))
}

/** One of these numbers. An empty element says nothing. */
export function oneOfNumbers<Name extends string, const Choice extends number>(
  tag: Tag<Name>,
  choices: readonly Choice[],
): Required<Name, Choice> {
  return field(tag, numberChoiceCodec(tag, choices))
}

/** 0 or 1. An empty element is true. */
export function bool<Name extends string>(tag: Tag<Name>): Required<Name, boolean> {
  return field(tag, booleanCodec(tag))
}

/** True if the element is there, whatever is in it; it is written empty, and not at all for false. */
export function flag<Name extends string>(tag: Tag<Name>): Field<Name, boolean, boolean, 'optional'> {
  return altered(field(tag, new FlagCodec(tag)), { presence: 'optional' })
}

/** An instant as `2026-03-03T09:00:00.000Z`; both forms are read. An empty element says nothing. */
export function dateTime<Name extends string>(tag: Tag<Name>): Required<Name, Instant> {
  return field(tag, dateTimeCodec(tag, 'full'))
}

/** An instant as `20260303T090000Z`; both forms are read. An empty element says nothing. */
export function compactDateTime<Name extends string>(tag: Tag<Name>): Required<Name, Instant> {
  return field(tag, dateTimeCodec(tag, 'compact'))
}

/** OPAQUE bytes; decoded, they are a view of the request, not a copy. */
export function bytes<Name extends string>(tag: Tag<Name>): Required<Name, Uint8Array> {
  return field(tag, bytesCodec(tag))
}

/** Bytes as base64 in an inline string. */
export function base64<Name extends string>(tag: Tag<Name>): Required<Name, Uint8Array> {
  return field(tag, base64Codec(tag))
}

/** A field that may be missing; around `many`, an array that may. */
export function optional<Name extends string, Out, In>(inner: Field<Name, Out, In>): Field<Name, Out, In, 'optional'> {
  return altered(inner, { presence: 'optional' })
}

/** An element that stands as often as it likes, not at all included: an array. */
export function many<Name extends string, Out, In>(
  inner: Field<Name, Out, In, 'required'>,
): Field<Name, readonly Out[], readonly In[], 'many'> {
  return altered(inner, { presence: 'many', repeated: true })
}

type Bounded<Present extends Presence> = Present extends 'required' ? 'optional' : Present

/** A field spoken from this version on: before, it is neither written nor read. */
export function since<Name extends string, Out, In, Present extends Presence>(
  version: ProtocolVersion,
  inner: Field<Name, Out, In, Present>,
): Field<Name, Out, In, Bounded<Present>> {
  return altered(inner, { since: Math.max(inner.since, versionIndex(version)) })
}

/** A field spoken up to this version, itself included: later, it is neither written nor read. */
export function until<Name extends string, Out, In, Present extends Presence>(
  version: ProtocolVersion,
  inner: Field<Name, Out, In, Present>,
): Field<Name, Out, In, Bounded<Present>> {
  return altered(inner, { until: Math.min(inner.until, versionIndex(version)) })
}

/** The same field under another property: for elements of one name on two pages. */
export function as<const Name extends string, Out, In, Present extends Presence>(
  name: Name,
  inner: Field<string, Out, In, Present>,
): Field<Name, Out, In, Present> {
  return altered(inner, { name })
}

/** A container that may come as an empty element: null. */
export function emptyOr<Name extends string, Out, In, Present extends Presence>(
  inner: Field<Name, Out, In, Present>,
): Field<Name, Out | null, In | null, Present> {
  return altered(inner, { codec: inner.codec.nullable() })
}

/** A simple type that may come as an empty element: null. */
export function nullable<Name extends string, Out, In, Present extends Presence>(
  inner: Field<Name, Out, In, Present>,
): Field<Name, Out | null, In | null, Present> {
  return emptyOr(inner)
}

/** Content that is decoded by `resolve`, once the schema is known (ApplicationData, by its class), and encoded from what `bind` gives. */
export function deferred<Name extends string>(tag: Tag<Name>): Required<Name, Deferred> {
  return field(tag, new DeferredCodec(tag))
}

/** A value for a deferred field, with the schema that writes it. */
export function bind<Of extends Schema>(schema: Of, value: Encodable<Of>): Bound {
  return { schema, value }
}

/** A value with its schema, to be written as another element: what Sync tells as ApplicationData, Search tells as Properties. */
export function boundAs({ schema, value }: Bound, tag: Tag): Bound {
  return { schema: schemaAs(schema, tag), value }
}

const renamed = new WeakMap<Schema, Map<number, Schema>>()

/** A schema's fields inside another element; made once. */
function schemaAs(schema: Schema, tag: Tag): Schema {
  if (schema.tag.key === tag.key) return schema
  let known = renamed.get(schema)
  if (known === undefined) renamed.set(schema, (known = new Map()))
  let made = known.get(tag.key)
  if (made === undefined) known.set(tag.key, (made = container(tag, schema.fields)))
  return made
}

/** Decodes what a deferred field remembered, which may be a simple type. Throws SchemaError as `decode` does. */
export function resolve<Of extends Field>(deferred: Deferred, schema: Of, version: ProtocolVersion): Infer<Of> {
  if ('schema' in deferred) return decode(schema, encode(deferred.schema, deferred.value, version), version)
  if (deferred.tag.key !== schema.tag.key) throw new SchemaError(deferred.tag.name, 'root', `is not ${schema.tag.name}`)
  return schema.codec.read(readerOf(deferred), deferred.content.length === 0, versionIndex(version)) as Infer<Of>
}

/** The bytes of a whole document in this version. Throws RangeError or TypeError if `value` breaks the schema. */
export function encode<Of extends Schema>(schema: Of, value: Encodable<Of>, version: ProtocolVersion): Uint8Array {
  const writer = new Writer()
  try {
    schema.codec.write(writer, value, versionIndex(version))
    return writer.finish()
  } finally {
    writer.release()
  }
}

/**
 * Reads a whole document in this version. Throws WireError if the bytes are no WBXML of ActiveSync, SchemaError if the schema
 * does not allow what they say, and nothing else whatever the bytes are.
 */
export function decode<Of extends Field>(
  schema: Of,
  bytes: Uint8Array,
  version: ProtocolVersion,
  limits: Limits = defaultLimits,
): Infer<Of> {
  return forgiving(bytes, limits, (reader) => {
    const token = reader.next()
    if (token === finish) throw new WireError('a document without an element')
    if (reader.key !== schema.tag.key) throw new SchemaError(tagOf(reader.key)?.name ?? '', 'root', `is not ${schema.tag.name}`)
    const value = schema.codec.read(reader, token === empty, versionIndex(version))
    if (reader.next() !== finish) throw new WireError('something stands behind the document')
    return value as Infer<Of>
  })
}

/** The root element: which document this is. Null if the bytes do not begin like one. */
export function rootTag(bytes: Uint8Array): Tag | null {
  try {
    const reader = Reader.document(bytes)
    return reader.next() === finish ? null : (tagOf(reader.key) ?? null)
  } catch (error) {
    if (error instanceof WireError) return null
    throw error
  }
}
