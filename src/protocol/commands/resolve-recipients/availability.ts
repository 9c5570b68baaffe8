// When recipients are free (MS-ASCMD 2.2.3.16): the span that is asked for, and what is known of them.
import { commonStatus, Failure } from '../../error.ts'
import type { Call } from '../../command.ts'
import { ask } from '../../people.ts'
import type { Match } from './matches.ts'
import type { Availability, ResolveOptions } from './schema.ts'

const minute = 60_000
const day = 24 * 60 * minute
/** MS-ASCMD 2.2.3.61.1. */
const span = { least: 30 * minute, most: 42 * day, usual: 7 * day }
/** MS-ASCMD 2.2.3.183: of a larger group it is not worth knowing. */
const groupMax = 20

const [groupTooLarge] = commonStatus.AvailabilityDLLimitReached
const [unavailable] = commonStatus.AvailabilityFailure

/** Throws ProtocolError for a span that is none: MS-ASCMD 2.2.3.61.1. */
export function checkSpan(asked: ResolveOptions['Availability']): void {
  if (asked === undefined) return
  const { StartTime, EndTime = StartTime + span.usual } = asked
  const length = EndTime - StartTime
  if (length < span.least || length > span.most) throw new Failure('ProtocolError', `a span of ${length / minute} minutes`)
}

/**
 * Of one recipient who is certain. Calendars are not built yet, so that nothing can be read of anybody: MS-ASCMD 2.2.3.177.12 says 163
 * then, and that nobody should ask again. Status 1 with a MergedFreeBusy of 4s would say that a calendar was read and has gaps.
 */
export async function availabilityOf({ entry }: Match, call: Call): Promise<Availability> {
  if (entry.kind !== 'group') return { Status: unavailable }
  const { total } = await ask(call, (book) => book.members(entry.id, 1, call.account.address))
  return { Status: total > groupMax ? groupTooLarge : unavailable }
}
