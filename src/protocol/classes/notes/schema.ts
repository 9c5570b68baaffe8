// The documents of the Notes class (MS-ASNOTE 2.2.2), which came with 14.0.
import { AirSync, Notes } from '../../../wbxml/pages.ts'
import { compactDateTime, container, many, optional, text, type Encodable, type Infer } from '../../../wbxml/schema.ts'
import { Body } from '../email-schema.ts'
import { RecordBody } from '../record-body.ts'

const Categories = container(Notes.Categories, [many(text(Notes.Category))])

/** A note in an answer. */
export const NoteData = container(AirSync.ApplicationData, [
  optional(text(Notes.Subject)),
  optional(Body),
  optional(text(Notes.MessageClass)),
  // MS-ASNOTE 2.2.2.4: without separators.
  optional(compactDateTime(Notes.LastModifiedDate)),
  optional(Categories),
])
export type NoteData = Encodable<typeof NoteData>

/** A note as a client adds or changes it. What it says of LastModifiedDate is passed over (MS-ASNOTE 3.1.5.3.1). */
export const NoteChange = container(AirSync.ApplicationData, [
  optional(text(Notes.Subject)),
  optional(RecordBody),
  optional(text(Notes.MessageClass)),
  optional(Categories),
])
export type NoteChange = Infer<typeof NoteChange>
