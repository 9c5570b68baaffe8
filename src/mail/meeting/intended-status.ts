// How busy a meeting keeps those who accept it: what its organizer means for them, not what he shows of himself.
import type { CalendarEvent, Occasion } from '../../model/event.ts'

/** MS-OXCICAL 2.1.3.1.1.20.35. */
const words: ReadonlyMap<string, Occasion['busyStatus']> = new Map([
  ['FREE', 0],
  ['TENTATIVE', 1],
  ['BUSY', 2],
  ['OOF', 3],
  ['WORKINGELSEWHERE', 4],
])

/** MS-ASCAL 2.2.2.8 of the event once it is accepted. Exchange tells it beside; in its calendars the event itself is tentative. */
export function intendedStatus({ busyStatus, foreign }: Pick<CalendarEvent, 'busyStatus' | 'foreign'>): Occasion['busyStatus'] {
  const said = foreign?.properties.find(([name]) => name === 'x-microsoft-cdo-intendedstatus')?.[3]
  return (typeof said === 'string' ? words.get(said.trim().toUpperCase()) : undefined) ?? busyStatus
}
