// Events as a phone keeps them: added, changed, deleted by Sync the way its version does, and read from what it was told.
import { blobOf } from '../../src/format/time-zone.ts'
import type { Instant } from '../../src/model/id.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import { change, type Phone, type PhoneItem, type PhoneOptions, type Synced, type SyncOptions } from './phone.ts'
import type { TestServer } from './server.ts'
import { all, el, one, textAt, type Node } from './wire.ts'

export const calendarName = 'Calendar'

/** An instant as the Calendar class writes it. */
export function compact(at: string | Instant): string {
  return `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

/** The base64 of a zone. */
export function zoneText(zone: string, at: string | Instant = '2026-03-03T09:00:00Z'): string {
  return Buffer.from(blobOf(zone as ZoneId, new Date(at).getTime())).toString('base64')
}

/** Elements of the Calendar page (others by their whole name), from an object: text, number, nothing (empty) or children. */
export function properties(fields: Readonly<Record<string, string | number | null | readonly Node[]>>): Node[] {
  return Object.entries(fields).map(([name, value]) => el(name.includes(':') ? name : `Calendar:${name}`, value))
}

export interface Added {
  readonly status: number
  readonly id: string
  /** What the answer tells beside the ids. */
  readonly data: Node | null
  readonly synced: Synced
}

let clientIds = 0

export function addNode(clientId: string, nodes: readonly Node[]): Node {
  return el('AirSync:Add', [el('AirSync:ClientId', clientId), el('AirSync:ApplicationData', nodes)])
}

/** Adds an event; the phone keeps it under the id that the answer gives. */
export async function addEvent(
  phone: Phone,
  nodes: readonly Node[],
  { clientId = `event-${++clientIds}`, folder = calendarName, ...options }: SyncOptions & { clientId?: string; folder?: string } = {},
): Promise<Added> {
  const { items } = phone.collection(folder)
  const synced = await phone.sync(folder, { ...options, commands: [addNode(clientId, nodes)] })
  const answer = all(synced.collection, 'Responses/Add').find((node) => textAt(node, 'ClientId') === clientId) ?? null
  const id = textAt(answer, 'ServerId') ?? ''
  if (id !== '' && !items.has(id)) items.set(id, { id, properties: new Map(), nodes: new Map(nodes.map((node) => [node.name, node])) })
  return { status: Number(textAt(answer, 'Status') ?? -synced.status), id, data: one(answer, 'ApplicationData'), synced }
}

/** The Status of a command on an event: 1 where the answer does not name it. */
function statusOf(synced: Synced, kind: 'Change' | 'Delete', id: string): number {
  if (synced.status !== 1) return -synced.status
  const answer = all(synced.collection, `Responses/${kind}`).find((node) => textAt(node, 'ServerId') === id) ?? null
  return Number(textAt(answer, 'Status') ?? 1)
}

export interface Changed {
  readonly status: number
  readonly data: Node | null
  readonly synced: Synced
}

/** Changes an event, or the occurrence of it that `instance` names. */
export async function changeEvent(
  phone: Phone,
  id: string,
  nodes: readonly Node[],
  { instance, folder = calendarName, ...options }: SyncOptions & { instance?: string; folder?: string } = {},
): Promise<Changed> {
  const named = change(id, nodes)
  const command =
    instance === undefined
      ? named
      : { ...named, children: [...named.children.slice(0, 1), el('AirSyncBase:InstanceId', instance), ...named.children.slice(1)] }
  const synced = await phone.sync(folder, { ...options, commands: [command] })
  const answer = all(synced.collection, 'Responses/Change').find((node) => textAt(node, 'ServerId') === id) ?? null
  return { status: statusOf(synced, 'Change', id), data: one(answer, 'ApplicationData'), synced }
}

/** Deletes an event, or the occurrence of it that `instance` names; returns the Status. */
export async function deleteEvent(phone: Phone, id: string, instance?: string): Promise<number> {
  const named = instance === undefined ? [] : [el('AirSyncBase:InstanceId', instance)]
  if (instance === undefined) phone.collection(calendarName).items.delete(id)
  const synced = await phone.sync(calendarName, { commands: [el('AirSync:Delete', [el('AirSync:ServerId', id), ...named])] })
  return statusOf(synced, 'Delete', id)
}

/** The event of this subject as a phone that syncs everything now is told it. */
export async function toldEvent(phone: Phone, subject: string, options: SyncOptions = {}): Promise<PhoneItem> {
  await phone.syncAll(calendarName, options)
  const found = phone.items(calendarName).find((item) => item.properties.get('Calendar:Subject') === subject)
  if (found === undefined) throw new Error(`no event “${subject}”`)
  return found
}

/** The text of one property, null where it was not told; '' where it is empty. */
export function property(item: PhoneItem, name: string): string | null {
  return item.properties.get(name.includes(':') ? name : `Calendar:${name}`) ?? null
}

/** What an event says under a path below one property: `Recurrence/Type`. */
export function textsAt(item: PhoneItem, path: string): string[] {
  const [first = '', ...rest] = path.split('/')
  const node = item.nodes.get(first.includes(':') ? first : `Calendar:${first}`) ?? null
  return all(node, rest.join('/')).map((found) => String(found.value ?? ''))
}

/** Two phones of one new account: what the first does the other one is told. */
export async function twoPhones(
  server: TestServer,
  version: string,
  options: Partial<PhoneOptions> = {},
): Promise<{ readonly phone: Phone; readonly other: Phone; readonly address: string }> {
  const address = `owner-${++owners}@example.test`
  await server.account(address)
  const phone = await server.phone(address, { version, ...options })
  const other = await server.phone(address, { version })
  return { phone, other, address }
}

let owners = 0

/** An hour of a Tuesday in Berlin, as a phone of this version adds it, with what a test is about put in. */
export function anHour(version: string, fields: Readonly<Record<string, string | number | null | readonly Node[]>> = {}): Node[] {
  const old = Number(version) < 16
  return properties({
    Timezone: zoneText('Europe/Berlin'),
    AllDayEvent: 0,
    BusyStatus: 2,
    ...(old ? { DtStamp: '20260301T080000Z', UID: `${version}-${++uids}@example.test` } : { ClientUid: `client-${++uids}` }),
    StartTime: '20260303T090000Z',
    EndTime: '20260303T100000Z',
    Subject: 'Review',
    Sensitivity: 0,
    MeetingStatus: 0,
    ...fields,
  })
}

let uids = 0

export const allVersions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const
export const oldVersions = ['12.1', '14.0', '14.1'] as const
export const lateVersions = ['16.0', '16.1'] as const
