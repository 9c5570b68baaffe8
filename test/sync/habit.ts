// What habits are made of: what a phone writes of a record and how, and what others must not lose by it.
import type { Instant, ServerId } from '../../src/model/id.ts'
import type { Foreign } from '../../src/model/record.ts'
import { recordOf, type RecordClass, type Records } from '../../src/model/item.ts'
import type { Mailbox } from '../../src/store/mailbox.ts'
import { recordDraft } from '../../src/store/record.ts'
import type { Phone, PhoneItem, SyncOptions } from '../support/phone.ts'
import { flat } from '../support/phone-records.ts'
import type { Dice } from '../support/random.ts'
import { el, type Node } from '../support/wire.ts'

export interface Habit {
  readonly filters: readonly number[]
  /** What phones that know little say they know. */
  readonly supported?: readonly string[]
  /** The elements by which two copies are compared. */
  shown(nodes: ReadonlyMap<string, Node>): unknown
  /** A new one, as this phone's version writes it. */
  written(phone: Phone, name: string, random: Dice, now: Instant): Node[]
  /** A phone's change of one that it holds. */
  changed(phone: Phone, folder: string, item: PhoneItem, name: string, random: Dice, options: SyncOptions): Promise<void>
  /** Somebody else makes one, or edits it. */
  made(mailbox: Mailbox, name: string, random: Dice, now: Instant): Promise<void>
  edited(mailbox: Mailbox, id: ServerId, name: string, random: Dice): Promise<void>
}

export async function edit<Class extends RecordClass>(
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

export const valuesOf = (nodes: ReadonlyMap<string, Node>, names: readonly string[]) =>
  names.map((name) => {
    const node = nodes.get(name)
    return node === undefined ? '' : flat(node)
  })

/** A phone sends all it has of a record, or all that it said it knows; what it does not change it repeats. */
export async function rewrite(phone: Phone, folder: string, item: PhoneItem, nodes: readonly Node[], options: SyncOptions): Promise<void> {
  const names = new Set(nodes.map((node) => node.name))
  const { supported } = phone.collection(folder)
  const isKnown = ({ name }: Node) => supported === undefined || supported.includes(name) || always.has(name)
  const rest = [...item.nodes.values()].filter((node) => !names.has(node.name) && !unsent.has(node.name) && isKnown(node))
  const whole = supported === undefined
  await report(phone, folder, phone.change(folder, item.id, [...rest.map(written), ...nodes], { ...options, whole }))
}

/** What the server tells and no client sends. */
const unsent = new Set(['AirSyncBase:NativeBodyType', 'Calendar:ResponseType', 'Calendar:AppointmentReplyTime', 'Notes:LastModifiedDate'])

/** What no Supported makes a ghost of. */
const always = new Set(['AirSyncBase:Body', 'Calendar:Location'])

/** A text as a phone sends it back: in the form, and as much of it, as it was shown. */
export function written(node: Node): Node {
  if (node.children.length === 0) return node
  const told = /:(?:EstimatedDataSize|Truncated|OnlineMeeting\w+|ResponseType)$/
  return { ...node, children: node.children.filter(({ name }) => !told.test(name)).map(written) }
}

/** Words of its own, in the form that this phone asks for. */
export function words(text: string, { body = [] }: SyncOptions): Node {
  const type = body[0]?.type ?? 1
  return el('AirSyncBase:Body', [el('AirSyncBase:Type', type), el('AirSyncBase:Data', type === 2 ? `<p>${text}</p>` : text)])
}

/** The words of a copy. */
export function wordsOf(nodes: ReadonlyMap<string, Node>): string {
  const data = nodes.get('AirSyncBase:Body')?.children.find(({ name }) => name === 'AirSyncBase:Data')?.value ?? ''
  return String(data).trim()
}

/** Longer than the part of it that a phone may want. */
export const longText = { type: 1, text: 'The first of many words that no phone may cut. '.repeat(5).trim() } as const
export const richText = { type: 2, text: `<html><body>${'<p>Words <b>as they were</b> written.</p>'.repeat(5)}</body></html>` } as const
/** Other than that of any series: what is alike is inherited. */
export const ownText = { type: 2, text: `<html><body>${'<p>Words of <i>one</i> day.</p>'.repeat(5)}</body></html>` } as const
export const someText = (random: Dice) => random.pick([null, longText, richText])

/** What no phone can say, and none may lose. */
export const mark: Foreign = { properties: [['x-mark', {}, 'text', 'kept']], components: [] }

/** A command may meet an item that somebody else changed or took away, and nothing else. */
export async function report(phone: Phone, folder: string, doing: ReturnType<Phone['change']>): Promise<void> {
  const { status } = await doing
  if (![1, 7, 8].includes(status)) phone.violations.push(`Change in ${folder}: Status ${status}`)
}
