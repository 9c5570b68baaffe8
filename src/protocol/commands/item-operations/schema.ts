// The documents of ItemOperations (MS-ASCMD 2.2.1.10).
import { AirSync, AirSyncBase, DocumentLibrary, ItemOperations, Search } from '../../../wbxml/pages.ts'
import {
  base64,
  bytes,
  container,
  deferred,
  emptyOr,
  flag,
  integer,
  many,
  optional,
  since,
  text,
  type Encodable,
  type Infer,
} from '../../../wbxml/schema.ts'
import { flagsOf } from '../../element-names.ts'
import { BodyPartPreference, BodyPreference } from '../sync/schema.ts'

/** The operations stay undecoded, so that a malformed one fails alone and their order is kept. */
export const ItemOperationsRequest = container(ItemOperations.ItemOperations, [
  many(deferred(ItemOperations.EmptyFolderContents)),
  many(deferred(ItemOperations.Fetch)),
  since('14.0', many(deferred(ItemOperations.Move))),
])
export type ItemOperationsRequest = Infer<typeof ItemOperationsRequest>

/** MS-ASCMD 2.2.3.145: empty elements name the properties that are wanted. */
const PropertyNames = container(
  ItemOperations.Schema,
  flagsOf('Email', 'Email2', 'Calendar', 'Contacts', 'Contacts2', 'Tasks', 'Notes', 'AirSyncBase'),
)

export const FetchRequest = container(ItemOperations.Fetch, [
  text(ItemOperations.Store),
  optional(text(AirSync.ServerId)),
  optional(text(AirSync.CollectionId)),
  optional(text(DocumentLibrary.LinkId)),
  optional(text(Search.LongId)),
  optional(text(AirSyncBase.FileReference)),
  // iOS sends it empty.
  optional(
    emptyOr(
      container(ItemOperations.Options, [
        optional(PropertyNames),
        optional(text(ItemOperations.Range)),
        optional(integer(AirSync.MIMESupport, { min: 0, max: 2 })),
        many(BodyPreference),
        since('14.1', many(BodyPartPreference)),
      ]),
    ),
  ),
])
export type FetchRequest = Infer<typeof FetchRequest>

export const EmptyFolderRequest = container(ItemOperations.EmptyFolderContents, [
  text(AirSync.CollectionId),
  optional(container(ItemOperations.Options, [flag(ItemOperations.DeleteSubFolders)])),
])

export const MoveRequest = container(ItemOperations.Move, [
  bytes(ItemOperations.ConversationId),
  text(ItemOperations.DstFldId),
  optional(container(ItemOperations.Options, [flag(ItemOperations.MoveAlways)])),
])

/** A file; `Part` stands where `Data` would in a multipart answer. */
export const FetchedFile = container(ItemOperations.Properties, [
  optional(text(ItemOperations.Range)),
  optional(integer(ItemOperations.Total)),
  text(AirSyncBase.ContentType),
  optional(base64(ItemOperations.Data)),
  optional(integer(ItemOperations.Part)),
])

const FetchResult = container(ItemOperations.Fetch, [
  integer(ItemOperations.Status),
  optional(text(AirSync.CollectionId)),
  optional(text(AirSync.ServerId)),
  optional(text(Search.LongId)),
  optional(text(AirSync.Class)),
  optional(text(DocumentLibrary.LinkId)),
  optional(text(AirSyncBase.FileReference)),
  optional(deferred(ItemOperations.Properties)),
])
export type FetchResult = Encodable<typeof FetchResult>

const EmptyFolderResult = container(ItemOperations.EmptyFolderContents, [integer(ItemOperations.Status), text(AirSync.CollectionId)])
export type EmptyFolderResult = Encodable<typeof EmptyFolderResult>

const MoveResult = container(ItemOperations.Move, [integer(ItemOperations.Status), bytes(ItemOperations.ConversationId)])
export type MoveResult = Encodable<typeof MoveResult>

export const ItemOperationsResponse = container(ItemOperations.ItemOperations, [
  integer(ItemOperations.Status),
  optional(
    container(ItemOperations.Response, [optional(many(MoveResult)), optional(many(EmptyFolderResult)), optional(many(FetchResult))]),
  ),
])
export type ItemOperationsResponse = Encodable<typeof ItemOperationsResponse>
