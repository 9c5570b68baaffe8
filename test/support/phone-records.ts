// The records a simulated phone keeps (events, contacts, tasks, notes): made, changed and answered for like drafts.
import type { Phone, PhoneItem, SyncOptions, Synced } from './phone.ts'
import { all, el, one, textAt, type Node } from './wire.ts'

/** Which class a phone names a folder of this type by. */
export function classOf(type: number): 'Calendar' | 'Contacts' | 'Email' | 'Notes' | 'Tasks' {
  if (type === 8 || type === 13) return 'Calendar'
  if (type === 9 || type === 14) return 'Contacts'
  if (type === 7 || type === 15) return 'Tasks'
  return type === 10 || type === 17 ? 'Notes' : 'Email'
}

/** What a command of the phone's own came to. */
export interface Done {
  /** The Status of the command: 1 where the answer says nothing of it. */
  readonly status: number
  /** Of an Add, the ServerId that the item got. */
  readonly id: string | null
  readonly synced: Synced
}

function text(node: Node): string {
  return Buffer.isBuffer(node.value) ? node.value.toString('base64') : (node.value ?? '')
}

/** An element with all that is in it, as one text. */
export function flat(node: Node): string {
  return node.children.length === 0 ? text(node) : JSON.stringify(node.children.map((child) => [child.name, flat(child)]))
}

/** Lays elements over what the phone keeps of an item. */
export function lay(item: PhoneItem, nodes: readonly Node[]): void {
  for (const node of nodes) {
    item.properties.set(node.name, flat(node))
    item.nodes.set(node.name, node)
  }
}

/** Forgets all that the phone keeps of an item but its id. */
export function clear({ properties, nodes }: PhoneItem): void {
  properties.clear()
  nodes.clear()
}

/** Where in the answer a command of its own is answered. */
function answered(synced: Synced, kind: string, id: string): Node | null {
  return (
    all(synced.collection, `Responses/${kind}`).find((node) => [textAt(node, 'ClientId'), textAt(node, 'ServerId')].includes(id)) ?? null
  )
}

function done(synced: Synced, kind: string, id: string): Done {
  const answer = answered(synced, kind, id)
  const status = synced.status === 1 ? Number(textAt(answer, 'Status') ?? 1) : synced.status
  return { status, id: textAt(answer, 'ServerId'), synced }
}

/** Makes an item. The phone keeps it under the id that the answer gives; a lost answer is asked for again. */
export async function addRecord(
  phone: Phone,
  folder: string,
  clientId: string,
  nodes: readonly Node[],
  options: SyncOptions,
): Promise<Done> {
  const add = el('AirSync:Add', [el('AirSync:ClientId', clientId), el('AirSync:ApplicationData', nodes)])
  const synced = await phone.sync(folder, { ...options, commands: [add] })
  const added = done(synced, 'Add', clientId)
  if (added.id !== null) {
    const item: PhoneItem = { id: added.id, properties: new Map(), nodes: new Map() }
    lay(item, nodes)
    lay(item, one(answered(synced, 'Add', clientId), 'ApplicationData')?.children ?? [])
    phone.collection(folder).items.set(added.id, item)
  }
  return added
}

/**
 * Changes an item, here and on the server. `whole`: the phone sends all it has, and what is not among the elements is gone; else it
 * keeps them beside the rest. With `instance` only that occurrence of a series is meant (16.x), and the phone's copy stays.
 */
export async function changeRecord(
  phone: Phone,
  folder: string,
  id: string,
  nodes: readonly Node[],
  options: SyncOptions & { readonly whole?: boolean; readonly instance?: string },
): Promise<Done> {
  const { whole = false, instance, ...rest } = options
  const item = phone.collection(folder).items.get(id)
  if (item !== undefined && instance === undefined) {
    if (whole) clear(item)
    lay(item, nodes)
  }
  const command = el('AirSync:Change', [
    el('AirSync:ServerId', id),
    instance !== undefined && el('AirSyncBase:InstanceId', instance),
    el('AirSync:ApplicationData', nodes),
  ])
  return done(await phone.sync(folder, { ...rest, commands: [command] }), 'Change', id)
}

/** Deletes an item, or with `instance` one occurrence of a series (16.x). */
export async function deleteRecord(
  phone: Phone,
  folder: string,
  id: string,
  options: SyncOptions & { readonly instance?: string },
): Promise<Done> {
  const { instance, ...rest } = options
  if (instance === undefined) phone.collection(folder).items.delete(id)
  const command = el('AirSync:Delete', [el('AirSync:ServerId', id), instance !== undefined && el('AirSyncBase:InstanceId', instance)])
  return done(await phone.sync(folder, { ...rest, commands: [command] }), 'Delete', id)
}
