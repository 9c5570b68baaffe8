// What a store refuses, by name; every implementation throws these and nothing else on purpose.

export type StoreReason =
  /** The item is not there (any more). */
  | 'item-not-found'
  /** The folder is not there (any more). */
  | 'folder-not-found'
  /** The item's modseq is above the expected one. */
  | 'conflict'
  /** A sibling folder bears that name. */
  | 'name-taken'
  /** A default folder cannot be renamed, moved or removed. */
  | 'default-folder'
  /** A folder cannot become its own descendant. */
  | 'folder-cycle'
  /** No space left, or the mailbox's quota is spent: HTTP 507, LMTP 452. */
  | 'full'
  /** The account is unknown. */
  | 'account-not-found'
  /** An address belongs to another account already. */
  | 'address-taken'
  /** Only the embedded store does this by itself. */
  | 'not-embedded'
  /** The database does not answer or lost the connection: worth another try. */
  | 'unavailable'

export class StoreFailure extends Error {
  override readonly name = 'StoreFailure'
  readonly reason: StoreReason
  constructor(reason: StoreReason, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? reason : `${reason}: ${detail}`, options)
    this.reason = reason
  }
}
