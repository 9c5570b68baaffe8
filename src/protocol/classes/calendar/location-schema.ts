// A place on the wire (MS-ASAIRS 2.2.2.28), in events and in mail about them.
import { AirSyncBase } from '../../../wbxml/pages.ts'
import { container, optional, text, type Infer } from '../../../wbxml/schema.ts'

/** Numbers are doubles, which travel as text. */
export const Location = container(AirSyncBase.Location, [
  optional(text(AirSyncBase.DisplayName)),
  optional(text(AirSyncBase.Annotation)),
  optional(text(AirSyncBase.Street)),
  optional(text(AirSyncBase.City)),
  optional(text(AirSyncBase.State)),
  optional(text(AirSyncBase.Country)),
  optional(text(AirSyncBase.PostalCode)),
  optional(text(AirSyncBase.Latitude)),
  optional(text(AirSyncBase.Longitude)),
  optional(text(AirSyncBase.Accuracy)),
  optional(text(AirSyncBase.Altitude)),
  optional(text(AirSyncBase.AltitudeAccuracy)),
  optional(text(AirSyncBase.LocationUri)),
])
export type LocationIn = Infer<typeof Location>
