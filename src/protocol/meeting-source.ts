// What a client means that answers or forwards something of a calendar: the whole of it, or one occurrence (MS-ASCMD 2.2.3.175).
import type { VEvent } from '../format/icalendar.ts'
import { occasionAt } from '../format/recurrence.ts'
import { dayOf } from '../format/time-zone.ts'
import { originalOf } from '../mail/meeting/entry.ts'
import type { CalendarEvent } from '../model/event.ts'
import type { Instant, ServerId } from '../model/id.ts'
import type { Mailbox } from '../store/mailbox.ts'
import { parseDateTime } from '../wbxml/scalar.ts'
import type { Call } from './command.ts'
import { Failure } from './error.ts'

/** The occurrence a client names. Up to 14.1 it names one of an all-day series by midnight in the zone of the series. */
export function originalNamed(series: CalendarEvent, instance: Instant, { dialect }: Call): Instant | null {
  return originalOf(series, series.allDay && !dialect.floatingDays ? dayOf(series.zone, instance) : instance)
}

/** One occurrence as an event of its own; null if it does not take place. */
export function occurrenceAlone(series: CalendarEvent, original: Instant): CalendarEvent | null {
  const occasion = occasionAt(series, original)
  return occasion === null ? null : { ...series, ...occasion, recurrence: null, exceptions: [] }
}

/**
 * What an item of the calendar tells of. MS-ASCMD 2.2.1.19, 2.2.1.20: Status 104 for an InstanceId that names nothing.
 */
export async function toldByItem(
  id: ServerId,
  event: CalendarEvent,
  instanceId: string | null,
  mailbox: Mailbox,
  call: Call,
): Promise<VEvent> {
  const stored = await mailbox.source(id)
  const source = stored === null ? new Uint8Array(0) : await stored.read(0, stored.bytes)
  if (instanceId === null || instanceId === '') return { event, instance: null, source }
  const at = parseDateTime(instanceId)
  const original = at === null || event.recurrence === null ? null : originalNamed(event, at, call)
  const alone = original === null ? null : occurrenceAlone(event, original)
  if (alone === null) throw new Failure('InvalidDateTime', 'no such occurrence')
  return { event: alone, instance: original, source }
}
