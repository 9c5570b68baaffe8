// What a class of items brings to the protocol: ApplicationData out, ApplicationData in.
import type { CollectionOptions } from '../../model/collection.ts'
import type { Folder, ItemClass } from '../../model/folder.ts'
import type { Identity, ServerId } from '../../model/id.ts'
import type { Item } from '../../model/item.ts'
import type { Mailbox } from '../../store/mailbox.ts'
import type { Unit } from '../../store/store.ts'
import type { Arbiter } from '../../sync/arbiter.ts'
import type { Bound, Deferred } from '../../wbxml/schema.ts'
import type { Call } from '../command.ts'

/** How much of an item an answer shows. */
export type Extent =
  /** Everything, with the body the options ask for. */
  | 'add'
  /** What can have changed since the device got the item. */
  | 'change'
  /** A Fetch within Sync: as `add`, with nothing of it cut (MS-ASCMD 2.2.3.67.2). */
  | 'fetch'

export interface Rendering {
  readonly extent: Extent
  readonly options: CollectionOptions
  /** The item was set aside because it could not be delivered: a placeholder takes its place. */
  readonly aside: boolean
}

/** What a client's Add or Change came to. */
export interface Applied {
  /** The item as stored; null where the client's Add left nothing behind (a draft that was sent at once). */
  readonly id: ServerId | null
  /** What the answer tells of the item beyond its ids (16.x: file references of new attachments). */
  readonly applicationData?: Bound
}

/** A client's command, decoded and converted: nothing but the store is touched when it is applied. */
export interface ClientChange {
  /** Inside the unit of work. Rejects with a Failure whose name is one of Sync's item statuses. */
  apply(unit: Unit, mailbox: Mailbox, arbiter: Arbiter): Promise<Applied>
  /** After the commit: wake the outbound queue, for one. */
  readonly committed?: () => void
}

export interface ItemClassRules {
  readonly class: ItemClass
  /** FilterTypes that make sense for this class (MS-ASCMD 2.2.3.68). */
  readonly filterTypes: readonly number[]
  /** Renders an item for an answer. Never rejects for what lies in the item: that becomes a placeholder, and `trace` and log say so. */
  render(item: Item, rendering: Rendering, mailbox: Mailbox, call: Call): Promise<Bound>
  /** The most one item can cost in an answer under these options, bytes. */
  itemBytesMax(options: CollectionOptions): number
  /** Decodes and converts a client's Add. Rejects with a Failure (ItemMalformed, ProtocolError). */
  prepareAdd(data: Deferred, folder: Folder, identity: Identity, call: Call): Promise<ClientChange>
  /** Decodes and converts a client's Change of `id`. */
  prepareChange(id: ServerId, data: Deferred, folder: Folder, options: CollectionOptions, call: Call): Promise<ClientChange>
}
