// A folder as one device syncs it: the options the device asked for, which stay until it sends others.

/** MS-ASAIRS 2.2.2.12 BodyPreference. */
export interface BodyPreference {
  /** 1 plain text, 2 HTML, 4 MIME. */
  readonly type: 1 | 2 | 3 | 4
  /** Bytes of UTF-8; null for the whole body. */
  readonly truncationSize: number | null
  readonly allOrNone: boolean
  /** Characters of preview asked for, at most 255; null for none. */
  readonly preview: number | null
}

/** The Options of a Sync collection and what else of the request is remembered. */
export interface CollectionOptions {
  /** MS-ASCMD 2.2.3.68: 0 to 8. */
  readonly filterType: number
  /** 0 the client wins, 1 the server wins. */
  readonly conflict: 0 | 1
  /** 0 never, 1 S/MIME only, 2 always. */
  readonly mimeSupport: 0 | 1 | 2
  /** MS-ASCMD 2.2.3.114: 0 to 8. */
  readonly mimeTruncation: number
  /** As the client ordered them; empty if it named none. */
  readonly bodyPreferences: readonly BodyPreference[]
  /** MS-ASAIRS 2.2.2.11 BodyPartPreference (14.1 and later), always of HTML; missing or null if none was named. */
  readonly bodyPart?: BodyPreference | null
  /** Other preferences that cut, by which the device was told items before it named these; missing if there were none. */
  readonly formerly?: readonly BodyPreference[]
  /** Whether the device wants whole conversations in the window (14.0 and later). */
  readonly conversationMode: boolean
}

export const defaultOptions: CollectionOptions = Object.freeze({
  filterType: 0,
  conflict: 1,
  mimeSupport: 0,
  mimeTruncation: 8,
  bodyPreferences: [],
  conversationMode: false,
})

/** MS-ASCMD 2.2.3.179 Supported: `null` not sent, else the names `Page:Element` that are not ghosted (may be none). */
export type Supported = readonly string[] | null
