// What bounds a document that comes in; the reader holds it to them.

/** What bounds a document, whatever its length. A caller may be stricter. */
export interface Limits {
  /** Elements within elements. Sync nests 12 deep. */
  readonly depth: number
  /** Tags, ends, strings, opaques and page switches together. A Sync of 512 full contacts has about 100,000. */
  readonly tokens: number
  readonly pageSwitches: number
  /** Bytes of one inline string. */
  readonly stringBytes: number
  /** Bytes of all inline strings together. */
  readonly textBytes: number
  /** Bytes of one opaque. */
  readonly opaqueBytes: number
  /** Bytes of the string table, which nothing uses and which is skipped. */
  readonly tableBytes: number
}

export const defaultLimits: Limits = Object.freeze({
  depth: 32,
  tokens: 250_000,
  pageSwitches: 100_000,
  stringBytes: 32 << 20,
  textBytes: 64 << 20,
  opaqueBytes: 128 << 20,
  tableBytes: 4096,
})
