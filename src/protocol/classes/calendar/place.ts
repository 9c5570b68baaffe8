// Where an event takes place: a name up to 14.1, from 16.0 on with an address and coordinates (MS-ASAIRS 2.2.2.28).
import { placeNamed } from '../../../format/place.ts'
import { speakable } from '../../../format/text.ts'
import type { Place } from '../../../model/event.ts'
import { Failure } from '../../error.ts'
import type { LocationIn } from './location-schema.ts'

/** More than any client shows of a name, a street or an annotation. */
const textCharsMax = 4096

const text = (value: string | undefined): string | null => {
  const clean = speakable(value ?? '').slice(0, textCharsMax)
  return clean.trim() === '' ? null : clean.toWellFormed()
}

/** MS-ASDTYPE 2.4: a double, as text. */
function double(value: string | undefined): number | null {
  const clean = value?.trim() ?? ''
  if (clean === '') return null
  const number = Number(clean)
  if (!Number.isFinite(number)) throw new Failure('ItemMalformed', 'a coordinate that is no number')
  return number
}

/** The place that a name makes of what was there: what the client was told keeps the address behind it. */
export function placeOfName(name: string, before: Place | null): Place | null {
  const clean = text(name)
  if (clean === null) return null
  if (before !== null && placeOut(before).LocationName === clean) return before
  return placeNamed(clean)
}

/** The place that a Location tells, which replaces the whole; null for one without content. */
export function placeIn(location: LocationIn | null): Place | null {
  if (location === null) return null
  const place: Place = {
    name: text(location.DisplayName) ?? '',
    annotation: text(location.Annotation),
    street: text(location.Street),
    city: text(location.City),
    state: text(location.State),
    country: text(location.Country),
    postalCode: text(location.PostalCode),
    latitude: double(location.Latitude),
    longitude: double(location.Longitude),
    accuracy: double(location.Accuracy),
    altitude: double(location.Altitude),
    altitudeAccuracy: double(location.AltitudeAccuracy),
    uri: text(location.LocationUri),
  }
  return Object.values(place).every((value) => value === null || value === '') ? null : place
}

/** The name and the Location of a place; the version decides which of the two is written. */
export function placeOut(place: Place | null): { readonly LocationName: string; readonly Location: LocationIn | null } {
  if (place === null) return { LocationName: '', Location: null }
  const { name, annotation, street, city, state, country, postalCode, uri } = place
  const texts = {
    DisplayName: name === '' ? null : name,
    Annotation: annotation,
    Street: street,
    City: city,
    State: state,
    Country: country,
    PostalCode: postalCode,
    LocationUri: uri,
  }
  const numbers = {
    Latitude: place.latitude,
    Longitude: place.longitude,
    Accuracy: place.accuracy,
    Altitude: place.altitude,
    AltitudeAccuracy: place.altitudeAccuracy,
  }
  const told = [...Object.entries(texts), ...Object.entries(numbers)].flatMap(([element, value]) =>
    value === null ? [] : [[element, speakable(String(value))]],
  )
  const address = [street, city, postalCode, country].filter((part) => part !== null).join(', ')
  return { LocationName: speakable(name === '' ? address : name), Location: Object.fromEntries(told) as LocationIn }
}
