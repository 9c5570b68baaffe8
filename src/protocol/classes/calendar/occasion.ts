// What an occurrence can have of its own, as a client says it: the fields that an event and its exceptions share.
import { speakable } from '../../../format/text.ts'
import type { Instant } from '../../../model/id.ts'
import type { Occasion } from '../../../model/event.ts'
import { categoriesIn } from '../categories.ts'
import { textIn } from '../record-body.ts'
import { placeIn, placeOfName } from './place.ts'
import type { OccasionIn } from './schema.ts'
import type { Terms } from './terms.ts'

/** More than any phone lets its user type. */
const subjectCharsMax = 2048

/** The fields of an Occasion that are told one by one. */
export type Told = Partial<
  Pick<Occasion, 'subject' | 'place' | 'text' | 'busyStatus' | 'sensitivity' | 'reminder' | 'categories' | 'stamp'>
>

type Busy = Occasion['busyStatus']

/** MS-ASCAL 2.2.2.9: 4 is spoken since 16.0; to others who works elsewhere is free. */
export function busyOut(busyStatus: Busy, floating: boolean): Busy {
  return busyStatus === 4 && !floating ? 0 : busyStatus
}

function busyIn(sent: -1 | Busy, before: Busy, floating: boolean): Busy {
  // What was told to a client in other words comes back so; and nobody knows what -1 is to be.
  return sent === -1 || sent === busyOut(before, floating) ? before : sent
}

/** The fields that were sent, as the model has them; what `before` shows is what the client was told. */
export function toldIn(sent: OccasionIn, before: Occasion, { dialect, options }: Pick<Terms, 'dialect' | 'options'>): Told {
  const { Subject, LocationName, Location, Body, BusyStatus, Sensitivity, Reminder, Categories, DtStamp } = sent
  return {
    ...(Subject === undefined ? {} : { subject: subjectIn(Subject, before.subject) }),
    ...(LocationName === undefined ? {} : { place: placeOfName(LocationName, before.place) }),
    ...(Location === undefined ? {} : { place: placeIn(Location) }),
    ...(Body === undefined ? {} : { text: textIn(Body, before.text, options) }),
    ...(BusyStatus === undefined ? {} : { busyStatus: busyIn(BusyStatus, before.busyStatus, dialect.floatingDays) }),
    ...(Sensitivity === undefined ? {} : { sensitivity: Sensitivity }),
    ...(Reminder === undefined ? {} : { reminder: Reminder }),
    ...(Categories === undefined ? {} : { categories: categoriesIn(Categories?.Category ?? [], before.categories) }),
    ...(DtStamp === undefined ? {} : { stamp: DtStamp satisfies Instant }),
  }
}

function subjectIn(subject: string, before: string): string {
  // A longer one that was imported is not cut by whoever repeats it.
  return subject === speakable(before) ? before : speakable(subject).slice(0, subjectCharsMax).toWellFormed()
}
