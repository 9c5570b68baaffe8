// What lives do with events: made, moved, repeated otherwise, excepted, by phones of every version and by others.
import { placeNamed } from '../../src/format/place.ts'
import { occurrences } from '../../src/format/recurrence.ts'
import { blobOf } from '../../src/format/time-zone.ts'
import type { Instant } from '../../src/model/id.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import type { Phone, PhoneItem, SyncOptions } from '../support/phone.ts'
import type { Dice } from '../support/random.ts'
import { anEvent, aRecurrence, put } from '../support/records.ts'
import { el, type Node } from '../support/wire.ts'
import { edit, mark, ownText, report, rewrite, someText, valuesOf, words, wordsOf, written, type Habit } from './habit.ts'

const day = 86_400_000
const hour = 3_600_000

const zone = 'Europe/Berlin' as ZoneId
const compact = (at: Instant) => new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')
const midnight = (at: Instant) => Math.floor(at / day) * day

/** The key of an exception, whichever way it is told; whether it is gone; what it says. */
function exceptionsOf(nodes: ReadonlyMap<string, Node>): string[] {
  const exceptions = nodes.get('Calendar:Exceptions')?.children ?? []
  return exceptions
    .map(({ children }) => {
      const value = (name: string) => String(children.find((child) => child.name === name)?.value ?? '')
      const original = value('Calendar:ExceptionStartTime') || value('AirSyncBase:InstanceId')
      const isDeleted = value('Calendar:Deleted') === '1'
      return `${original.replaceAll(/[-:]|\.000/g, '')} ${isDeleted ? 'deleted' : value('Calendar:Subject')}`
    })
    .toSorted()
}

const instantOfText = (text: string) => Date.parse(text.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z'))

/** A time as many days later as a clock in Berlin counts them; dates of 16.x are the same everywhere. */
function later(at: Instant, days: number, isFloating: boolean): Instant {
  if (isFloating) return at + days * day
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).add({ days }).epochMilliseconds
}

const isWholeDay = (item: PhoneItem) => item.properties.get('Calendar:AllDayEvent') === '1'
const floats = (phone: Phone, item: PhoneItem) => isWholeDay(item) && Number(phone.version) >= 16

function firstOccurrences(phone: Phone, item: PhoneItem): Instant[] {
  const start = instantOfText(item.properties.get('Calendar:StartTime') ?? '')
  // Days that no zone was said of are told at midnights of UTC, to old phones too.
  const isSameEverywhere = floats(phone, item) || (isWholeDay(item) && start % day === 0)
  return [0, 1, 2, 3].map((count) => later(start, count, isSameEverywhere))
}

const isDaily = (item: PhoneItem) =>
  item.nodes.get('Calendar:Recurrence')?.children.some((child) => child.name === 'Calendar:Type' && child.value === '0') === true

/** One occurrence gets a subject of its own, or goes. */
async function except(phone: Phone, folder: string, item: PhoneItem, name: string, random: Dice, options: SyncOptions): Promise<void> {
  const original = compact(random.pick(firstOccurrences(phone, item)))
  const isDeleted = random.chance(0.3)
  const byInstance = Number(phone.version) >= 16
  const key = byInstance ? 'AirSyncBase:InstanceId' : 'Calendar:ExceptionStartTime'
  const before = item.nodes.get('Calendar:Exceptions')?.children ?? []
  const isMeant = ({ children }: Node) => children.some((child) => child.name === key && child.value === original)
  const others = before.filter((exception) => !isMeant(exception))
  // A phone does not show what is gone: there is nothing to change.
  if (exceptionsOf(item.nodes).includes(`${original} deleted`)) return
  const stood = before.find(isMeant)?.children.filter((child) => child.name !== key && child.name !== 'Calendar:Subject') ?? []
  const own = isDeleted ? [el('Calendar:Deleted', '1')] : [...stood, el('Calendar:Subject', name)]
  const exceptions = el('Calendar:Exceptions', [...others, el('Calendar:Exception', [...own, el(key, original)])])
  if (!byInstance) return rewrite(phone, folder, item, [written(exceptions)], options)
  item.nodes.set('Calendar:Exceptions', exceptions)
  const named = { ...options, instance: original }
  if (isDeleted) return report(phone, folder, phone.delete(folder, item.id, named))
  await report(phone, folder, phone.change(folder, item.id, [el('Calendar:Subject', name)], named))
}

/** The day that begins at this midnight: of UTC for what no zone was said of, else of Berlin. */
const dateOf = (at: Instant) => (at % day === 0 ? at : at + berlinOffset(at))
const midnightInBerlin = (date: Instant) => date - berlinOffset(date)

/** The whole goes to a later hour, or day. */
function moved(phone: Phone, item: PhoneItem, random: Dice): Node[] {
  const times = ['Calendar:StartTime', 'Calendar:EndTime'].map((element) => [element, item.properties.get(element) ?? ''] as const)
  const [days, minutes] = isWholeDay(item) ? [random.between(1, 3), 0] : [0, 15 * random.between(1, 3)]
  const isBerlin = isWholeDay(item) && !floats(phone, item)
  const after = (at: Instant) => (isBerlin ? midnightInBerlin(dateOf(at) + days * day) : later(at, days, floats(phone, item)))
  const timed = times.map(([element, text]) => el(element, compact(after(instantOfText(text)) + minutes * 60_000)))
  const all = el('Calendar:AllDayEvent', item.properties.get('Calendar:AllDayEvent') ?? '0')
  return Number(phone.version) < 16 ? [...timed, el('Calendar:Timezone', zoneText(instantOfText(times[0]?.[1] ?? '')))] : [all, ...timed]
}

const zoneText = (at: Instant) => Buffer.from(blobOf(zone, at)).toString('base64')

/** Where the server knows more than a name. */
const place = { ...placeNamed('Town hall'), street: 'Market 1', city: 'Bremen', latitude: 53.1, longitude: 8.8 }
/** What one occurrence has of its own. */
export const ownOfException = { subject: 'Own', text: ownText, onlineMeetingLink: 'sip:own', reminder: null, categories: ['Own'] } as const
/** What phones leave alone of an event. */
export const keptOfEvent = { place, categories: ['Kept'], onlineMeetingLink: 'sip:kept', foreign: mark, sensitivity: 2 } as const

export const calendar: Habit = {
  filters: [0, 0, 4, 5],
  supported: ['Subject', 'StartTime', 'EndTime', 'Timezone', 'AllDayEvent', 'UID', 'Reminder', 'Recurrence', 'Exceptions'].map(
    (name) => `Calendar:${name}`,
  ),
  shown: (nodes) => [
    wordsOf(nodes),
    ...valuesOf(nodes, ['Calendar:Subject', 'Calendar:StartTime', 'Calendar:EndTime', 'Calendar:AllDayEvent', 'Calendar:Reminder']),
    ...valuesOf(nodes, ['Calendar:Location', 'AirSyncBase:Location', 'Calendar:Categories', 'Calendar:Sensitivity', 'Calendar:BusyStatus']),
    ...exceptionsOf(nodes),
  ],
  written(phone, name, random, now) {
    const isWhole = random.chance(0.2)
    const start = midnight(now) + random.between(-40, 20) * day + (isWhole ? 0 : 9 * hour)
    const isFloating = Number(phone.version) >= 16
    // Before 16.0 an all-day event begins at the zone's midnight: in Berlin an hour, in summer two, before that of UTC.
    const shift = isWhole && !isFloating ? berlinOffset(start) : 0
    const end = start + (isWhole ? day : hour)
    return [
      ...(isWhole && isFloating ? [] : [el('Calendar:Timezone', Buffer.from(blobOf(zone, start)).toString('base64'))]),
      el('Calendar:AllDayEvent', isWhole ? '1' : '0'),
      el('Calendar:BusyStatus', '2'),
      ...(isFloating ? [] : [el('Calendar:DtStamp', compact(now)), el('Calendar:UID', name)]),
      el('Calendar:StartTime', compact(start - shift)),
      el('Calendar:EndTime', compact(end - (isWhole && !isFloating ? berlinOffset(end) : 0))),
      el('Calendar:Subject', name),
      el('Calendar:Sensitivity', '0'),
      el('Calendar:MeetingStatus', '0'),
      ...(random.chance(0.5) ? [el('Calendar:Reminder', '15')] : []),
      ...(random.chance(0.4)
        ? [el('Calendar:Recurrence', [el('Calendar:Type', '0'), el('Calendar:Interval', '1'), el('Calendar:Occurrences', '9')])]
        : []),
    ]
  },
  async changed(phone, folder, item, name, random, options) {
    if (isDaily(item) && random.chance(0.5)) return except(phone, folder, item, name, random, options)
    const isOld = Number(phone.version) < 16
    const what = random.between(0, 9)
    if (what < 2) {
      const nodes = moved(phone, item, random)
      if (isOld) return rewrite(phone, folder, item, nodes, options)
      // MS-ASCAL 2.2.2.22: they go with the old times.
      item.nodes.delete('Calendar:Exceptions')
      return report(phone, folder, phone.change(folder, item.id, nodes, options))
    }
    if (what === 2 && isDaily(item)) {
      const count = random.between(10, 14)
      const other = el('Calendar:Recurrence', [el('Calendar:Type', '0'), el('Calendar:Interval', '1'), el('Calendar:Occurrences', count)])
      if (isOld) return rewrite(phone, folder, item, [other], options)
      item.nodes.delete('Calendar:Exceptions')
      return report(phone, folder, phone.change(folder, item.id, [other], options))
    }
    const nodes = [what < 5 ? words(name, options) : el('Calendar:Subject', name)]
    if (isOld) return rewrite(phone, folder, item, nodes, options)
    await report(phone, folder, phone.change(folder, item.id, nodes, options))
  },
  made: async (mailbox, name, random, now) => {
    const allDay = random.chance(0.3)
    const start = midnight(now) + random.between(-40, 20) * day + (allDay ? 0 : 9 * hour)
    const recurrence = random.chance(0.5) ? aRecurrence({ occurrences: 9 }) : null
    const span = { allDay, start, end: start + (allDay ? day : hour), recurrence }
    const plain = anEvent({ uid: name, subject: name, text: someText(random), reminder: 15, ...span, ...keptOfEvent })
    const second = occurrences(plain, null, null, 2)[1]
    const exceptions = second === undefined || recurrence === null ? [] : [{ original: second, deleted: false, changes: ownOfException }]
    await put(mailbox, 'Calendar', { ...plain, exceptions })
  },
  edited: (mailbox, id, name, random) =>
    edit(mailbox, id, 'Calendar', (event) =>
      random.chance(0.5) ? { ...event, subject: name } : { ...event, reminder: random.between(0, 60) },
    ),
}

function berlinOffset(at: Instant): number {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6
}
