// The documents of Search (MS-ASCMD 2.2.1.16).
import { AirSync, Email, Search } from '../../../wbxml/pages.ts'
import {
  bytes,
  container,
  dateTime,
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
import { personFields } from '../../classes/person.ts'
import { flagsOf } from '../../element-names.ts'
import { BodyPartPreference, BodyPreference } from '../sync/schema.ts'

/** iOS sends it empty. */
const Picture = emptyOr(
  container(Search.Picture, [optional(integer(Search.MaxSize, { min: 0 })), optional(integer(Search.MaxPictures, { min: 0 }))]),
)

export const SearchRequest = container(Search.Search, [
  container(Search.Store, [
    text(Search.Name),
    // Text for the directory, conditions for the mailbox.
    deferred(Search.Query),
    optional(
      container(Search.Options, [
        optional(text(Search.Range)),
        flag(Search.DeepTraversal),
        flag(Search.RebuildResults),
        optional(integer(AirSync.MIMESupport, { min: 0, max: 2 })),
        many(BodyPreference),
        since('14.1', many(BodyPartPreference)),
        since('14.1', optional(Picture)),
      ]),
    ),
  ]),
])
export type SearchOptions = NonNullable<Infer<typeof SearchRequest>['Store']['Options']>

export const DirectoryQuery = text(Search.Query)

/** MS-ASCMD 2.2.3.86, 2.2.3.96: only the date of receipt is compared. */
const GreaterThan = container(Search.GreaterThan, [flag(Email.DateReceived), dateTime(Search.Value)])
const LessThan = container(Search.LessThan, [flag(Email.DateReceived), dateTime(Search.Value)])

const Conditions = container(Search.And, [
  many(text(AirSync.Class)),
  many(text(AirSync.CollectionId)),
  many(text(Search.FreeText)),
  many(GreaterThan),
  many(LessThan),
  since('14.0', many(bytes(Search.ConversationId))),
  // The properties of a class are no conditions.
  ...flagsOf('Calendar', 'Contacts', 'Contacts2', 'Tasks', 'Notes'),
  // Conditions within conditions are refused.
  flag(Search.And),
  flag(Search.Or),
  flag(Search.EqualTo),
])
export type Conditions = Infer<typeof Conditions>

export const MailboxQuery = container(Search.Query, [
  many(Conditions),
  // What may stand nowhere but inside And.
  flag(Search.Or),
  flag(AirSync.Class),
  flag(AirSync.CollectionId),
  flag(Search.FreeText),
  flag(Search.GreaterThan),
  flag(Search.LessThan),
  flag(Search.ConversationId),
  flag(Search.EqualTo),
])
export type MailboxQuery = Infer<typeof MailboxQuery>

/** For people. */
export const FoundPerson = container(Search.Properties, personFields)

const Result = container(Search.Result, [
  optional(text(AirSync.Class)),
  optional(text(Search.LongId)),
  optional(text(AirSync.CollectionId)),
  optional(deferred(Search.Properties)),
])
export type Result = Encodable<typeof Result>

const StoreResult = container(Search.Store, [
  integer(Search.Status),
  optional(many(Result)),
  optional(text(Search.Range)),
  optional(integer(Search.Total)),
])
export type StoreResult = Encodable<typeof StoreResult>

export const SearchResponse = container(Search.Search, [integer(Search.Status), optional(container(Search.Response, [StoreResult]))])
