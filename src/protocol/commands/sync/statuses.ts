// The numbers of Sync (MS-ASCMD 2.2.3.177.17), and which of a store's refusals become which.
import { StoreFailure } from '../../../store/failure.ts'
import { SchemaError } from '../../../wbxml/schema.ts'
import { Failure, type FailureName } from '../../error.ts'

/** What one item's Status can say. */
export const itemStatuses = {
  ProtocolError: 4,
  CommandServerError: 5,
  ItemMalformed: 6,
  Conflict: 7,
  ObjectNotFound: 8,
  CannotComplete: 9,
  Retry: 16,
  InvalidRecipients: 183,
} as const satisfies Partial<Record<FailureName, number>>

/** The Status of a failure of one item; one that no item can say is the server's (MS-ASCMD 2.2.3.177.17). */
export function itemStatusOf({ failure }: Failure): number {
  return failure in itemStatuses ? itemStatuses[failure as keyof typeof itemStatuses] : itemStatuses.CommandServerError
}

/** What was thrown, as a failure of one item only; null for what concerns the whole request. */
export function itemFailure(thrown: unknown): Failure | null {
  if (thrown instanceof Failure) return thrown
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
