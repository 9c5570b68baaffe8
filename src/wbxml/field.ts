// What a schema is made of: an element, the property it becomes, how it is read and written, the versions in which it is spoken.
import { protocolVersions, type ProtocolVersion } from '../model/version.ts'
import type { Tag } from './pages.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** How an element's content is read and written. `version` is an index into `protocolVersions`. */
export interface Codec {
  /** Called behind the tag (`hollow`: it has no content, else all of it is to be read). undefined: the element says nothing. */
  read(reader: Reader, hollow: boolean, version: number): unknown
  /** Writes the whole element. */
  write(writer: Writer, value: unknown, version: number): void
  /** The same codec, for an element that may come empty: null. */
  nullable(): Codec
}

export type Presence = 'required' | 'optional' | 'many'

declare const types: unique symbol

/** One entry of a container. `Out` is what decoding gives, `In` what encoding takes; neither exists at run time. */
export interface Field<Name extends string = string, Out = unknown, In = unknown, Present extends Presence = Presence> {
  /** The property's name. */
  readonly name: Name
  readonly tag: Tag
  readonly codec: Codec
  /** Of the element, in the versions that speak it; `many` decodes to an array in any case. */
  readonly presence: Presence
  /** Whether the property is an array of what the codec reads. */
  readonly repeated: boolean
  /** Indexes into `protocolVersions`, both included. */
  readonly since: number
  readonly until: number
  readonly [types]?: { readonly out: Out; readonly in: In; readonly present: Present }
}

/** A container: a field, and a document if it is a root. */
export interface Schema<Out = unknown, In = unknown, Name extends string = string> extends Field<Name, Out, In, 'required'> {
  readonly fields: readonly Field[]
}

/** The type of what `decode` gives: `type PingRequest = Infer<typeof PingRequest>`. */
export type Infer<Any extends Field> = Any extends Field<string, infer Out, unknown> ? Out : never

/** The type of what `encode` takes; every `Infer` fits, and bytes may stand for text, repeated elements may be left out. */
export type Encodable<Any extends Field> = Any extends Field<string, unknown, infer In> ? In : never

type Of<Fields extends readonly Field[], Present extends Presence> = Extract<
  Fields[number],
  { readonly [types]?: { readonly present: Present } }
>
type Flat<Shape> = { [Key in keyof Shape]: Shape[Key] }

/** The object that a container with these fields decodes to. */
export type Decoded<Fields extends readonly Field[]> = Flat<
  { readonly [Each in Of<Fields, 'required' | 'many'> as Each['name']]: Infer<Each> } & {
    readonly [Each in Of<Fields, 'optional'> as Each['name']]?: Infer<Each> | undefined
  }
>

/** The object from which a container with these fields is encoded. */
export type Given<Fields extends readonly Field[]> = Flat<
  { readonly [Each in Of<Fields, 'required'> as Each['name']]: Encodable<Each> } & {
    readonly [Each in Of<Fields, 'optional' | 'many'> as Each['name']]?: Encodable<Each> | undefined
  }
>

/** A required field of every version, named by its element. */
export function field<Name extends string, Out, In = Out>(tag: Tag<Name>, codec: Codec): Field<Name, Out, In, 'required'> {
  return { name: tag.name, tag, codec, presence: 'required', repeated: false, since: 0, until: protocolVersions.length - 1 }
}

type Changes = Partial<Pick<Field, 'name' | 'codec' | 'presence' | 'repeated' | 'since' | 'until'>>

/** A field with some of its traits changed; the caller knows what type it has then. */
export function altered<Name extends string, Out, In, Present extends Presence>(
  inner: Field,
  changes: Changes,
): Field<Name, Out, In, Present> {
  return { ...inner, ...changes } as Field<Name, Out, In, Present>
}

/** The place of a version in `protocolVersions`. */
export function versionIndex(version: ProtocolVersion): number {
  return protocolVersions.indexOf(version)
}
