// What records of several classes have in common: their text, their files, and what a foreign format said that we do not know.

/** The text of an event, a contact, a task or a note (MS-ASAIRS 2.2.2.9). */
export interface RecordText {
  /** 1 plain text with line feeds, 2 HTML. */
  readonly type: 1 | 2
  readonly text: string
}

/** A stretch of bytes of the item's source. */
export interface Stretch {
  readonly start: number
  /** One past the last byte. */
  readonly end: number
}

/** A file of an event (MS-ASAIRS 2.2.2.7). Its FileReference is `<ServerId>:<number>`. */
export interface RecordFile extends Stretch {
  /** Names it within the item for as long as it is there: 1, 2 …, never given out twice. */
  readonly number: number
  readonly name: string
  /** `type/subtype`. */
  readonly type: string
  readonly inline: boolean
  readonly contentId: string | null
  readonly contentLocation: string | null
}

/**
 * A property of iCalendar or vCard that no field of ours holds, kept as it came, in the shape of jCal (RFC 7265 3.4) and jCard (RFC
 * 7095 3.3): name in lower case, parameters, type, values.
 */
export type ForeignProperty = readonly [
  name: string,
  parameters: Readonly<Record<string, string | readonly string[]>>,
  type: string,
  ...values: unknown[],
]

/** A component of iCalendar that no field of ours holds (jCal, RFC 7265 3.3): an alarm beyond the first, for one. */
export type ForeignComponent = readonly [name: string, properties: readonly ForeignProperty[], components: readonly ForeignComponent[]]

/** What a foreign format said and ActiveSync has no word for; goes out again as it came. */
export interface Foreign {
  readonly properties: readonly ForeignProperty[]
  readonly components: readonly ForeignComponent[]
}
