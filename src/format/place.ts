// A place of which nothing but its name is known.
import type { Place } from '../model/event.ts'

export function placeNamed(name: string): Place {
  return {
    name,
    annotation: null,
    street: null,
    city: null,
    state: null,
    country: null,
    postalCode: null,
    latitude: null,
    longitude: null,
    accuracy: null,
    altitude: null,
    altitudeAccuracy: null,
    uri: null,
  }
}
