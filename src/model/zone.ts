// Time zones and dates without a time.
declare const brand: unique symbol

/**
 * A time zone: an IANA name in the spelling of the runtime (`Europe/Berlin`), or `rules:` and the base64 of the 172 bytes (MS-DTYP
 * TIME_ZONE_INFORMATION, MS-ASDTYPE 2.7.6) of one that no IANA zone behaves like.
 */
export type ZoneId = string & { readonly [brand]: 'ZoneId' }

/** A day without a time or zone, `yyyy-mm-dd`: a birthday. */
export type PlainDay = string & { readonly [brand]: 'PlainDay' }
