// What a class of items brings to the protocol: ApplicationData out, ApplicationData in.
import type { CollectionOptions, Supported } from '../../model/collection.ts'
import type { Folder, ItemClass } from '../../model/folder.ts'
import type { Identity, Instant, ServerId } from '../../model/id.ts'
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

/** The item that a client's Change or Delete names, and by which rules it is meant. */
export interface Target {
  readonly id: ServerId
  /** 16.x: the one occurrence of a series that is meant, by its original start (MS-ASAIRS 2.2.2.23); null for the item itself. */
  readonly instance: Instant | null
  readonly folder: Folder
  readonly options: CollectionOptions
  /** What the first Sync of this generation said is not ghosted (MS-ASCMD 2.2.3.179). */
  readonly supported: Supported
}

export interface ItemClassRules {
  readonly class: ItemClass
  /** FilterTypes that make sense for this class (MS-ASCMD 2.2.3.68). */
  readonly filterTypes: readonly number[]
  /** A Supported that names what the device knows of this class is an error. */
  readonly refusesSupported?: true
  /** Renders an item for an answer. Never rejects for what lies in the item: that becomes a placeholder, and `trace` and log say so. */
  render(item: Item, rendering: Rendering, mailbox: Mailbox, call: Call): Promise<Bound>
  /** The most one item can cost in an answer under these options, bytes. */
  itemBytesMax(options: CollectionOptions): number
  /** Decodes and converts a client's Add. Rejects with a Failure (ItemMalformed, ProtocolError). */
  prepareAdd(data: Deferred, folder: Folder, identity: Identity, call: Call): Promise<ClientChange>
  /** Decodes and converts a client's Change. */
  prepareChange(target: Target, data: Deferred, call: Call): Promise<ClientChange>
  /**
   * What a client's Delete does beyond taking the item away: somebody has to be told, or only one occurrence is meant. Missing where
   * there is nothing beyond; such a class refuses instances. `how` is where a whole item goes.
   */
  prepareDelete?(target: Target, how: 'trash' | 'forever', call: Call): Promise<ClientChange>
}
