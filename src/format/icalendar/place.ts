// Where an event takes place: LOCATION, GEO, and the words that Microsoft and Apple have for more.
import { placeNamed } from '../place.ts'
import type { Foreign } from '../../model/record.ts'
import type { Place } from '../../model/event.ts'
import { type Component, property } from './component.ts'
import { type ContentLine, parameter } from './content-line.ts'
import { lineOfForeign } from './foreign.ts'
import { textOf, textValue } from './text.ts'

/** What Exchange writes: `[{"DisplayName":"…","LocationStreet":"…"}]`. */
const details = 'x-microsoft-locations'
const apple = 'x-apple-structured-location'

/** The names under which Exchange tells a place, beside those of its coordinates. */
const words: readonly (readonly [keyof Place, string])[] = [
  ['annotation', 'LocationAnnotation'],
  ['street', 'LocationStreet'],
  ['city', 'LocationCity'],
  ['state', 'LocationState'],
  ['country', 'LocationCountry'],
  ['postalCode', 'LocationPostalCode'],
  ['uri', 'LocationUri'],
]
const numbers: readonly (readonly [keyof Place, string])[] = [
  ['accuracy', 'Accuracy'],
  ['altitude', 'Altitude'],
  ['altitudeAccuracy', 'AltitudeAccuracy'],
]

/** The place of a component; null if it names none. */
export function placeOf(component: Component): Place | null {
  const location = property(component, 'location')
  const structured = property(component, apple)
  const told = detailsOf(property(component, details))
  const named = location === null ? '' : textOf(location.value)
  const display = told?.['DisplayName']
  const name = named !== '' ? named : typeof display === 'string' ? display : titleOf(structured)
  const [latitude, longitude] = coordinates(property(component, 'geo')?.value) ?? geoOf(structured?.value) ?? []
  const place: Place = {
    ...placeNamed(name),
    ...fieldsOf(told),
    ...(latitude === undefined || longitude === undefined ? {} : { latitude, longitude }),
  }
  return Object.values(place).every((value) => value === null || value === '') ? null : place
}

const titleOf = (structured: ContentLine | null) => (structured === null ? '' : (parameter(structured, 'x-title') ?? ''))

/** The first place of the list. Some escape the commas in it, as they must, and some do not. */
function detailsOf(line: ContentLine | null): Readonly<Record<string, unknown>> | null {
  for (const text of line === null ? [] : [textOf(line.value), line.value]) {
    try {
      const [first] = [JSON.parse(text) as unknown].flat()
      if (typeof first === 'object' && first !== null) return Object.fromEntries(Object.entries(first))
    } catch {
      continue
    }
  }
  return null
}

function fieldsOf(told: Readonly<Record<string, unknown>> | null): Partial<Place> {
  if (told === null) return {}
  const fields: Record<string, string | number> = {}
  for (const [field, name] of words) {
    const value = told[name]
    if (typeof value === 'string' && value !== '') fields[field] = value
  }
  for (const [field, name] of numbers) {
    const value = told[name]
    if (typeof value === 'number') fields[field] = value
  }
  return fields
}

function coordinates(value: string | undefined): [number, number] | null {
  const [latitude = NaN, longitude = NaN] = value?.split(/\\?[;,]/).map((part) => (part.trim() === '' ? NaN : Number(part))) ?? []
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? [latitude, longitude] : null
}

/** `geo:48.85,2.29` (RFC 5870). */
const geoOf = (uri: string | undefined) => coordinates(/^geo:([^;?]+)/i.exec(uri ?? '')?.[1])

/** Whether a line of Apple's tells coordinates: then it is told again from the place. */
export const isLocated = (line: ContentLine) => line.name === apple && geoOf(line.value) !== null

/** The lines that tell a place, with what Apple said of it as long as it lies there. */
export function placeLines(place: Place | null, foreign: Foreign | null): ContentLine[] {
  if (place === null) return []
  const { name, latitude, longitude } = place
  const lines: ContentLine[] = name === '' ? [] : [{ name: 'location', parameters: {}, value: textValue(name) }]
  const more = [...words, ...numbers].flatMap(([field, word]) => (place[field] === null ? [] : [[word, place[field]]]))
  if (more.length > 0) {
    const text = JSON.stringify([{ DisplayName: name, ...Object.fromEntries(more) }])
    lines.push({ name: details, parameters: {}, value: textValue(text) })
  }
  if (latitude === null || longitude === null) return lines
  const kept = foreign?.properties.find(([line]) => line === apple)
  const own = { name: apple, parameters: { value: 'URI', 'x-title': name }, value: `geo:${latitude},${longitude}` }
  const structured = kept === undefined ? own : lineOfForeign(kept)
  const [keptLatitude, keptLongitude] = geoOf(structured.value) ?? []
  const isThere = keptLatitude === latitude && keptLongitude === longitude
  return [...lines, { name: 'geo', parameters: {}, value: `${latitude};${longitude}` }, isThere ? structured : own]
}
