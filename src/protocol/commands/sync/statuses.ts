// The numbers of Sync (MS-ASCMD 2.2.3.177.17), and which of a store's refusals become which.
import { StoreFailure } from '../../../store/failure.ts'
import { SchemaError } from '../../../wbxml/schema.ts'
import { Failure, type FailureName } from '../../error.ts'

/** What one item's Status can say. */
const numbers: Readonly<Partial<Record<FailureName, number>>> = {
  ProtocolError: 4,
  CommandServerError: 5,
  ItemMalformed: 6,
  Conflict: 7,
  ObjectNotFound: 8,
  CannotComplete: 9,
  Retry: 16,
  InvalidRecipients: 183,
  MailboxQuotaExceeded: 9,
}

/** What concerns one item only, as a failure; null for what concerns the whole request. */
function itemStatusOf(thrown: unknown): Failure | null {
  if (thrown instanceof SchemaError) return new Failure('ItemMalformed', thrown.message)
  if (!(thrown instanceof StoreFailure)) return null
  switch (thrown.reason) {
    case 'item-not-found':
      return new Failure('ObjectNotFound', thrown.message)
    case 'conflict':
      return new Failure('Conflict', thrown.message)
    default:
      return null
  }
}
export const itemStatus = Object.assign(itemStatusOf, { numbers })

/** What the root or a collection can say. */
export const syncStatuses: Readonly<Partial<Record<FailureName, number>>> = {
  InvalidSyncKey: 3,
  ProtocolError: 4,
  CommandServerError: 5,
  CannotComplete: 9,
  HierarchyChanged: 12,
  IncompleteRequest: 13,
  WaitOutOfRange: 14,
  TooManyCollections: 15,
  Retry: 16,
}
