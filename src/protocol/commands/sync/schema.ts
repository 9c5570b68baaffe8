// The documents of Sync (MS-ASCMD 2.2.1.21): declared once, read and written from here.
import { AirSync, AirSyncBase } from '../../../wbxml/pages.ts'
import {
  bool,
  container,
  deferred,
  flag,
  integer,
  many,
  oneOfNumbers,
  optional,
  since,
  text,
  until,
  type Encodable,
  type Infer,
} from '../../../wbxml/schema.ts'
import { SupportedElements } from './supported.ts'

/** MS-ASAIRS 2.2.2.12. */
export const BodyPreference = container(AirSyncBase.BodyPreference, [
  oneOfNumbers(AirSyncBase.Type, [1, 2, 3, 4]),
  optional(integer(AirSyncBase.TruncationSize, { min: 0, max: 4294967295 })),
  optional(bool(AirSyncBase.AllOrNone)),
  since('14.0', optional(integer(AirSyncBase.Preview, { min: 0, max: 255 }))),
])

/** MS-ASAIRS 2.2.2.11: only HTML exists as a body part. */
export const BodyPartPreference = container(AirSyncBase.BodyPartPreference, [
  integer(AirSyncBase.Type),
  optional(integer(AirSyncBase.TruncationSize, { min: 0, max: 4294967295 })),
  optional(bool(AirSyncBase.AllOrNone)),
  optional(integer(AirSyncBase.Preview, { min: 0, max: 255 })),
])

const Options = container(AirSync.Options, [
  optional(text(AirSync.Class)),
  optional(integer(AirSync.FilterType, { min: 0, max: 8 })),
  optional(integer(AirSync.Conflict, { min: 0, max: 1 })),
  optional(integer(AirSync.MIMESupport, { min: 0, max: 2 })),
  optional(integer(AirSync.MIMETruncation, { min: 0, max: 8 })),
  optional(many(BodyPreference)),
  since('14.1', optional(many(BodyPartPreference))),
  since('14.0', optional(integer(AirSync.MaxItems))),
])

const RequestCommands = container(AirSync.Commands, [
  optional(
    many(container(AirSync.Add, [optional(text(AirSync.Class)), text(AirSync.ClientId), optional(deferred(AirSync.ApplicationData))])),
  ),
  optional(
    many(
      container(AirSync.Change, [
        optional(text(AirSync.Class)),
        text(AirSync.ServerId),
        since('16.0', optional(text(AirSyncBase.InstanceId))),
        optional(deferred(AirSync.ApplicationData)),
      ]),
    ),
  ),
  optional(
    many(
      container(AirSync.Delete, [
        optional(text(AirSync.Class)),
        text(AirSync.ServerId),
        since('16.0', optional(text(AirSyncBase.InstanceId))),
      ]),
    ),
  ),
  optional(many(container(AirSync.Fetch, [text(AirSync.ServerId)]))),
])

export const SyncRequest = container(AirSync.Sync, [
  optional(
    container(AirSync.Collections, [
      optional(
        many(
          container(AirSync.Collection, [
            optional(text(AirSync.Class)),
            text(AirSync.SyncKey),
            text(AirSync.CollectionId),
            optional(SupportedElements),
            optional(bool(AirSync.DeletesAsMoves)),
            optional(bool(AirSync.GetChanges)),
            optional(integer(AirSync.WindowSize)),
            since('14.0', optional(bool(AirSync.ConversationMode))),
            optional(many(Options)),
            optional(RequestCommands),
          ]),
        ),
      ),
    ]),
  ),
  since('12.1', optional(integer(AirSync.Wait))),
  since('14.0', optional(integer(AirSync.HeartbeatInterval))),
  optional(integer(AirSync.WindowSize)),
  since('12.1', optional(flag(AirSync.Partial))),
])
export type SyncRequest = Infer<typeof SyncRequest>
export type RequestCollection = NonNullable<NonNullable<SyncRequest['Collections']>['Collection']>[number]
export type RequestCommands = NonNullable<RequestCollection['Commands']>

const ResponseCollection = container(AirSync.Collection, [
  until('12.1', optional(text(AirSync.Class))),
  optional(text(AirSync.SyncKey)),
  optional(text(AirSync.CollectionId)),
  optional(integer(AirSync.Status)),
  // Windows Phone ignores it behind Commands.
  optional(flag(AirSync.MoreAvailable)),
  // In front of Commands: an Add learns the id by which a Change may already speak of it.
  optional(
    container(AirSync.Responses, [
      optional(
        many(
          container(AirSync.Change, [
            optional(text(AirSync.Class)),
            text(AirSync.ServerId),
            since('16.0', optional(text(AirSyncBase.InstanceId))),
            integer(AirSync.Status),
            optional(deferred(AirSync.ApplicationData)),
          ]),
        ),
      ),
      optional(
        many(
          container(AirSync.Add, [
            optional(text(AirSync.Class)),
            text(AirSync.ClientId),
            optional(text(AirSync.ServerId)),
            integer(AirSync.Status),
            optional(deferred(AirSync.ApplicationData)),
          ]),
        ),
      ),
      optional(
        many(
          container(AirSync.Delete, [
            optional(text(AirSync.Class)),
            text(AirSync.ServerId),
            since('16.0', optional(text(AirSyncBase.InstanceId))),
            integer(AirSync.Status),
          ]),
        ),
      ),
      optional(
        many(container(AirSync.Fetch, [text(AirSync.ServerId), integer(AirSync.Status), optional(deferred(AirSync.ApplicationData))])),
      ),
    ]),
  ),
  optional(
    container(AirSync.Commands, [
      optional(many(container(AirSync.Delete, [text(AirSync.ServerId)]))),
      optional(many(container(AirSync.SoftDelete, [text(AirSync.ServerId)]))),
      optional(many(container(AirSync.Change, [text(AirSync.ServerId), deferred(AirSync.ApplicationData)]))),
      optional(many(container(AirSync.Add, [text(AirSync.ServerId), deferred(AirSync.ApplicationData)]))),
    ]),
  ),
])

export const SyncResponse = container(AirSync.Sync, [
  optional(integer(AirSync.Status)),
  optional(integer(AirSync.Limit)),
  optional(container(AirSync.Collections, [many(ResponseCollection)])),
])
export type SyncResponse = Encodable<typeof SyncResponse>
export type ResponseCollection = Encodable<typeof ResponseCollection>
export type Responses = NonNullable<ResponseCollection['Responses']>
export type CommandsOut = NonNullable<ResponseCollection['Commands']>
