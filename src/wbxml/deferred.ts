// Content whose schema is not known yet: remembered as it came, or bound to the schema that will write it.
import type { Codec, Schema } from './field.ts'
import type { Tag } from './pages.ts'
import { close, empty, finish, opaque, open, Reader, text } from './reader.ts'
import type { Writer } from './writer.ts'

/** Content that came in, as a view of the request. */
export interface Captured {
  readonly tag: Tag
  /** Behind the tag, END included; no bytes at all if the tag came without content. */
  readonly content: Uint8Array
  /** How the document had to be read; see forgiving.ts. */
  readonly missingNul: boolean
}

/** A value and its schema. */
export interface Bound {
  readonly schema: Schema
  readonly value: unknown
}

/** `resolve` decodes it; a deferred field encodes it. */
export type Deferred = Captured | Bound

/** A reader inside the element that was remembered. */
export function readerOf({ tag, content, missingNul }: Captured): Reader {
  return Reader.inside(tag.key, content, missingNul)
}

export class DeferredCodec implements Codec {
  readonly #tag: Tag

  constructor(tag: Tag) {
    this.#tag = tag
  }

  nullable(): Codec {
    return this
  }

  read(reader: Reader, hollow: boolean): Captured {
    const { missingNul, position } = reader
    if (!hollow) reader.skip()
    return { tag: this.#tag, content: reader.bytes.subarray(position, reader.position), missingNul }
  }

  write(writer: Writer, value: unknown, version: number): void {
    const deferred = value as Deferred
    const { tag } = 'schema' in deferred ? deferred.schema : deferred
    if (tag.key !== this.#tag.key) throw new TypeError(`${writer.path()}: ${tag.name} stands for ${this.#tag.name}`)
    if ('schema' in deferred) {
      deferred.schema.codec.write(writer, deferred.value, version)
      return
    }
    writer.open(tag.key)
    copyContent(readerOf(deferred), writer)
    writer.close()
  }
}

/** Token by token, so that what goes out obeys the writer whatever came in. */
function copyContent(reader: Reader, writer: Writer): void {
  while (reader.depth > 0) {
    switch (reader.next()) {
      case open:
        writer.open(reader.key)
        break
      case empty:
        writer.open(reader.key)
        writer.close()
        break
      case close:
        if (reader.depth > 0) writer.close()
        break
      case text:
        writer.text(reader.content())
        break
      case opaque:
        writer.opaque(reader.content())
        break
      case finish:
        return
    }
  }
}
