// The identifiers that travel between the floors, each with a brand so that one cannot pass for another.

declare const brand: unique symbol
type Branded<Value, Name extends string> = Value & { readonly [brand]: Name }

/** An account of this server: opaque text, never shown to a phone. */
export type AccountId = Branded<string, 'AccountId'>
/** A mailbox: a positive integer. Every stored key begins with it, so that tables can be distributed by it. */
export type MailboxId = Branded<number, 'MailboxId'>
/** A folder as it travels in CollectionId: at most 64 characters of [0-9a-z]. `'0'` is the root and, as a collection, the hierarchy itself. */
export type FolderId = Branded<string, 'FolderId'>
/** An item as it travels: `<FolderId>:<number in base 36>`, at most 64 characters. A moved item gets a new one. */
export type ServerId = Branded<string, 'ServerId'>
/** A device as the phone names itself, normalised by `http/query`: 1 to 64 characters of [0-9A-Za-z_.-]. */
export type DeviceId = Branded<string, 'DeviceId'>
/** Names one state of one collection on one device: at most 64 characters; `'0'` asks for a fresh start. */
export type SyncKey = Branded<string, 'SyncKey'>
/** A mailbox's change counter: every committed change of an item or folder carries a higher one. Never a clock. */
export type Modseq = Branded<number, 'Modseq'>
/** Names one attachment: `<ServerId>:<part path>`; checked against the mailbox of whoever presents it. */
export type FileReference = Branded<string, 'FileReference'>
/** A policy key: an unsigned 32-bit integer, never 0 once issued. 0 stands for "none". */
export type PolicyKey = Branded<number, 'PolicyKey'>
/** What makes a client's Add repeatable: a hash over account, device, collection, generation, SyncKey and ClientId. */
export type Identity = Branded<string, 'Identity'>
/** One submission of mail: the ClientId of SendMail within an account and device, or a random one. */
export type SubmissionId = Branded<string, 'SubmissionId'>

/** Who logs in at the console: `administrator/NAME` or `account/ID`. It outlives a change of name, address and role. */
export type Subject = Branded<string, 'Subject'>

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number

/** The root of the folder tree; as a collection it is the hierarchy. */
export const rootFolder = '0' as FolderId
/** The SyncKey that asks for a fresh start. */
export const initialKey = '0' as SyncKey
/** MS-ASCMD 2.2.3.30, 2.2.3.181: a SyncKey or CollectionId that is longer never came from a server. */
export const idLengthMax = 64
/** No policy key presented or issued. */
export const noPolicyKey = 0 as PolicyKey

/** Splits a ServerId into its folder and its number; null if it cannot be one of ours. */
export function parseServerId(text: string): { folder: FolderId; number: number } | null {
  const match = /^([0-9a-z]{1,32}):([0-9a-z]{1,11})$/.exec(text)
  if (match === null) return null
  const [, folder = '', item = ''] = match
  const number = Number.parseInt(item, 36)
  return Number.isSafeInteger(number) ? { folder: folder as FolderId, number } : null
}

/** The ServerId of item `number` in `folder`. */
export function serverId(folder: FolderId, number: number): ServerId {
  return `${folder}:${number.toString(36)}` as ServerId
}

/** Splits a FileReference into its item and the path of the part; null if it cannot be one of ours. */
export function parseFileReference(text: string): { item: ServerId; path: string } | null {
  const match = /^([0-9a-z]+:[0-9a-z]+):([0-9]+(?:\.[0-9]+)*)$/.exec(text)
  if (match === null) return null
  const [, item = '', path = ''] = match
  return parseServerId(item) === null ? null : { item: item as ServerId, path }
}

/** The FileReference of the part at `path` of `item`. */
export function fileReference(item: ServerId, path: string): FileReference {
  return `${item}:${path}` as FileReference
}
