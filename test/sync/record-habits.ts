// What lives do with records of each class: how a phone writes one, how others do, and what two phones must agree on.
import { blobOf } from '../../src/format/time-zone.ts'
import type { ItemClass } from '../../src/model/folder.ts'
import type { Instant, ServerId } from '../../src/model/id.ts'
import { recordOf, type RecordClass, type Records } from '../../src/model/item.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import type { Mailbox } from '../../src/store/mailbox.ts'
import { recordDraft } from '../../src/store/record.ts'
import type { Phone, PhoneItem } from '../support/phone.ts'
import { flat } from '../support/phone-records.ts'
import type { Dice } from '../support/random.ts'
import { aContact, anEvent, aNote, aRecurrence, aTask, put } from '../support/records.ts'
import { el, type Node } from '../support/wire.ts'

const day = 86_400_000
const hour = 3_600_000

export interface Habit {
  readonly filters: readonly number[]
  /** The elements by which two copies are compared. */
  shown(nodes: ReadonlyMap<string, Node>): unknown
  /** A new one, as this phone's version writes it. */
  written(phone: Phone, name: string, random: Dice, now: Instant): Node[]
  /** A phone's change of one that it holds. */
  changed(phone: Phone, folder: string, item: PhoneItem, name: string, random: Dice, conflict: 0 | 1): Promise<void>
  /** Somebody else makes one, or edits it. */
  made(mailbox: Mailbox, name: string, random: Dice, now: Instant): Promise<void>
  edited(mailbox: Mailbox, id: ServerId, name: string, random: Dice): Promise<void>
}

async function edit<Class extends RecordClass>(
  mailbox: Mailbox,
  id: ServerId,
  itemClass: Class,
  change: (record: Records[Class]) => Records[Class],
): Promise<void> {
  const record = change(recordOf((await mailbox.read([id])).get(id), itemClass))
  const source = await mailbox.source(id)
  const bytes = source === null ? new Uint8Array(0) : await source.read(0, source.bytes)
  const draft = recordDraft({ class: itemClass, record } as Parameters<typeof recordDraft>[0], bytes)
  await mailbox.change(id, { class: itemClass, replace: draft }, null)
}

const valuesOf = (nodes: ReadonlyMap<string, Node>, names: readonly string[]) =>
  names.map((name) => {
    const node = nodes.get(name)
    return node === undefined ? '' : flat(node)
  })

/** A phone sends all it has of a record; what it does not change it repeats. */
async function rewrite(phone: Phone, folder: string, item: PhoneItem, nodes: readonly Node[], conflict: 0 | 1): Promise<void> {
  const names = new Set(nodes.map((node) => node.name))
  const rest = [...item.nodes.values()].filter((node) => !names.has(node.name) && !unsent.has(node.name))
  await report(phone, folder, phone.change(folder, item.id, [...rest, ...nodes], { whole: true, conflict }))
}

/** What the server tells and no client sends, and what is sent anew each time. */
const unsent = new Set(['AirSyncBase:NativeBodyType', 'AirSyncBase:Body', 'Notes:LastModifiedDate'])

/** A command may meet an item that somebody else changed or took away, and nothing else. */
async function report(phone: Phone, folder: string, doing: ReturnType<Phone['change']>): Promise<void> {
  const { status } = await doing
  if (![1, 7, 8].includes(status)) phone.violations.push(`Change in ${folder}: Status ${status}`)
}

const contacts: Habit = {
  filters: [0],
  shown: (nodes) => valuesOf(nodes, ['Contacts:FirstName', 'Contacts:LastName', 'Contacts:JobTitle', 'Contacts:MobilePhoneNumber']),
  written: (_phone, name, random) => [
    el('Contacts:FirstName', name),
    el('Contacts:LastName', 'Example'),
    el('Contacts:FileAs', `Example, ${name}`),
    ...(random.chance(0.5) ? [el('Contacts:JobTitle', 'Baker')] : []),
  ],
  changed: (phone, folder, item, name, random, conflict) =>
    rewrite(phone, folder, item, [random.chance(0.5) ? el('Contacts:FirstName', name) : el('Contacts:MobilePhoneNumber', name)], conflict),
  made: async (mailbox, name) => void (await put(mailbox, 'Contacts', aContact({ uid: name, firstName: name }))),
  edited: (mailbox, id, name) => edit(mailbox, id, 'Contacts', (contact) => ({ ...contact, jobTitle: name })),
}

const tasks: Habit = {
  filters: [0, 0, 8],
  shown: (nodes) => valuesOf(nodes, ['Tasks:Subject', 'Tasks:Importance', 'Tasks:Complete']),
  written: (_phone, name, random) => [
    el('Tasks:Subject', name),
    el('Tasks:Importance', random.between(0, 2)),
    el('Tasks:Complete', '0'),
    el('Tasks:Sensitivity', '0'),
    el('Tasks:ReminderSet', '0'),
  ],
  changed: (phone, folder, item, name, random, conflict) =>
    rewrite(
      phone,
      folder,
      item,
      random.chance(0.6) || item.properties.get('Tasks:Complete') === '1'
        ? [el('Tasks:Subject', name)]
        : [el('Tasks:Complete', '1'), el('Tasks:DateCompleted', '2026-03-02T08:00:00.000Z')],
      conflict,
    ),
  made: async (mailbox, name) => void (await put(mailbox, 'Tasks', aTask({ uid: name, subject: name }))),
  edited: (mailbox, id, name, random) =>
    edit(mailbox, id, 'Tasks', (task) => (random.chance(0.5) ? { ...task, subject: name } : { ...task, complete: !task.complete })),
}

const notes: Habit = {
  filters: [0],
  shown: (nodes) => valuesOf(nodes, ['Notes:Subject']),
  written: (_phone, name) => [el('Notes:Subject', name), el('Notes:MessageClass', 'IPM.StickyNote')],
  changed: (phone, folder, item, name, _random, conflict) => rewrite(phone, folder, item, [el('Notes:Subject', name)], conflict),
  made: async (mailbox, name) => void (await put(mailbox, 'Notes', aNote({ subject: name }))),
  edited: (mailbox, id, name) => edit(mailbox, id, 'Notes', (note) => ({ ...note, subject: name })),
}

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

function firstOccurrences(item: PhoneItem): Instant[] {
  const text = item.properties.get('Calendar:StartTime') ?? ''
  const start = Date.parse(text.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z'))
  return [0, 1, 2, 3].map((count) => start + count * day)
}

const isDaily = (item: PhoneItem) =>
  item.nodes.get('Calendar:Recurrence')?.children.some((child) => child.name === 'Calendar:Type' && child.value === '0') === true

/** One occurrence gets a subject of its own, or goes. */
async function except(phone: Phone, folder: string, item: PhoneItem, name: string, random: Dice, conflict: 0 | 1): Promise<void> {
  const original = compact(random.pick(firstOccurrences(item)))
  const isDeleted = random.chance(0.4)
  const byInstance = Number(phone.version) >= 16
  const key = byInstance ? 'AirSyncBase:InstanceId' : 'Calendar:ExceptionStartTime'
  const before = item.nodes.get('Calendar:Exceptions')?.children ?? []
  const others = before.filter(({ children }) => !children.some((child) => child.name === key && child.value === original))
  const own = isDeleted ? el('Calendar:Deleted', '1') : el('Calendar:Subject', name)
  const exceptions = el('Calendar:Exceptions', [...others, el('Calendar:Exception', [own, el(key, original)])])
  if (!byInstance) return rewrite(phone, folder, item, [exceptions], conflict)
  const wasDeleted = before.length > others.length && exceptionsOf(item.nodes).includes(`${original} deleted`)
  // A phone does not show what is gone: there is nothing to change.
  if (wasDeleted) return
  item.nodes.set('Calendar:Exceptions', exceptions)
  const options = { instance: original, conflict }
  if (isDeleted) return report(phone, folder, phone.delete(folder, item.id, options))
  await report(phone, folder, phone.change(folder, item.id, [el('Calendar:Subject', name)], options))
}

const calendar: Habit = {
  filters: [0, 0, 4, 5],
  shown: (nodes) => [
    ...valuesOf(nodes, ['Calendar:Subject', 'Calendar:StartTime', 'Calendar:EndTime', 'Calendar:AllDayEvent', 'Calendar:Reminder']),
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
  async changed(phone, folder, item, name, random, conflict) {
    if (isDaily(item) && item.properties.get('Calendar:AllDayEvent') === '0' && random.chance(0.7))
      return except(phone, folder, item, name, random, conflict)
    const subject = el('Calendar:Subject', name)
    if (Number(phone.version) < 16) return rewrite(phone, folder, item, [subject], conflict)
    await report(phone, folder, phone.change(folder, item.id, [subject], { conflict }))
  },
  made: async (mailbox, name, random, now) => {
    const start = midnight(now) + random.between(-40, 20) * day + 9 * hour
    const recurrence = random.chance(0.3) ? aRecurrence({ occurrences: 9 }) : null
    await put(mailbox, 'Calendar', anEvent({ uid: name, subject: name, start, end: start + hour, recurrence }))
  },
  edited: (mailbox, id, name, random) =>
    edit(mailbox, id, 'Calendar', (event) =>
      random.chance(0.5) ? { ...event, subject: name } : { ...event, reminder: random.between(0, 60) },
    ),
}

function berlinOffset(at: Instant): number {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6
}

export const habits: Readonly<Record<ItemClass, Habit>> = {
  Calendar: calendar,
  Contacts: contacts,
  Tasks: tasks,
  Notes: notes,
  get Email(): Habit {
    throw new Error('mail lives in convergence.test.ts')
  },
}
