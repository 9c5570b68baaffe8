// Evolution's libical, through Debian's bindings for Python: when and as what it sees the events of a calendar.
import { existsSync } from 'node:fs'
import { run } from './daemon.ts'

const script = `
import sys, json, gi
gi.require_version('ICalGLib', '3.0')
from gi.repository import ICalGLib as I
answers = []
since, until = I.Time.new_from_string('19800101T000000Z'), I.Time.new_from_string('20370101T000000Z')
for text in json.load(sys.stdin):
    calendar = I.Component.new_from_string(text)
    if calendar is None:
        answers.append({'errors': -1, 'events': []})
        continue
    events = []
    event = calendar.get_first_component(I.ComponentKind.VEVENT_COMPONENT)
    while event is not None:
        starts = []
        event.foreach_recurrence(since, until, lambda _, span, __=None: starts.append(span.get_start()), None)
        override = event.get_first_property(I.PropertyKind.RECURRENCEID_PROPERTY) is not None
        people = event.count_properties(I.PropertyKind.ATTENDEE_PROPERTY)
        events.append({'summary': event.get_summary() or '', 'override': override, 'people': people, 'starts': starts[:40]})
        event = calendar.get_next_component(I.ComponentKind.VEVENT_COMPONENT)
    answers.append({'errors': calendar.count_errors(), 'events': events})
json.dump(answers, sys.stdout)
`

export interface LibicalEvent {
  readonly summary: string
  /** It stands for one occurrence of a series. */
  readonly override: boolean
  readonly people: number
  /** Seconds since 1970, the first forty. */
  readonly starts: readonly number[]
}

const python = '/usr/bin/python3'

/** Whether the bindings are installed. */
export const hasLibical = existsSync(python) && existsSync('/usr/lib/python3/dist-packages/gi')

/** What libical makes of these calendars, and in how many of its lines it finds a mistake. */
export async function seenByLibical(
  texts: readonly string[],
): Promise<{ readonly errors: number; readonly events: readonly LibicalEvent[] }[]> {
  const { code, stdout, stderr } = await run(python, ['-c', script], JSON.stringify(texts))
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Awaited<ReturnType<typeof seenByLibical>>
}
