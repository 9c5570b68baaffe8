// What can be wrong with a document that came in: its bytes, or what they say.

/** Malformed WBXML, or WBXML beyond the limits. MS-ASCMD 2.2.2: Status 102, HTTP 400 before 14.0. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

/** `missing`: a required element is not there. `value`: out of range, no number … `dateTime`: no date. `root`: another document. */
export type SchemaErrorKind = 'missing' | 'value' | 'dateTime' | 'root'

/** A well-formed document that its schema does not allow. Status 103, or 104 for a date; HTTP 400 before 14.0. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError'
  /** The element in question, from the root: `Sync/Collections/Collection/WindowSize`. */
  readonly path: string
  readonly kind: SchemaErrorKind
  /** `message` goes to logs: it holds no value that came in. */
  constructor(path: string, kind: SchemaErrorKind, message: string) {
    super(`${path}: ${message}`)
    this.path = path
    this.kind = kind
  }
}
