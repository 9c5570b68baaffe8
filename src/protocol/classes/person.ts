// A person of the address book as Search and Find show him (code page Gal): every property that is not empty.
import type { DirectoryEntry } from '../../directory/directory.ts'
import type { Given } from '../../wbxml/field.ts'
import { Gal } from '../../wbxml/pages.ts'
import { bytes, container, integer, optional, text } from '../../wbxml/schema.ts'
import type { Picture } from '../pictures.ts'

const Photo = container(Gal.Picture, [integer(Gal.Status), optional(bytes(Gal.Data))])

/** MS-ASCMD 2.2.3.139.3: the fields of Properties. */
export const personFields = [
  text(Gal.DisplayName),
  optional(text(Gal.Phone)),
  optional(text(Gal.Office)),
  optional(text(Gal.Title)),
  optional(text(Gal.Company)),
  optional(text(Gal.Alias)),
  optional(text(Gal.FirstName)),
  optional(text(Gal.LastName)),
  optional(text(Gal.HomePhone)),
  optional(text(Gal.MobilePhone)),
  optional(text(Gal.EmailAddress)),
  // Of 14.1, as its element says.
  optional(Photo),
] as const

export type Person = Given<typeof personFields>

/** `picture`: undefined where none was asked for. */
export function personOf(entry: DirectoryEntry, picture: Picture | undefined): Person {
  return {
    DisplayName: entry.displayName,
    Phone: entry.phone ?? undefined,
    Office: entry.office ?? undefined,
    Title: entry.title ?? undefined,
    Company: entry.company ?? undefined,
    Alias: entry.alias ?? undefined,
    FirstName: entry.firstName ?? undefined,
    LastName: entry.lastName ?? undefined,
    HomePhone: entry.homePhone ?? undefined,
    MobilePhone: entry.mobilePhone ?? undefined,
    EmailAddress: entry.address ?? undefined,
    Picture: picture,
  }
}
