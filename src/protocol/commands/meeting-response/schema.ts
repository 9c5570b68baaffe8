// The documents of MeetingResponse (MS-ASCMD 2.2.1.11).
import { MeetingResponse, Search } from '../../../wbxml/pages.ts'
import { container, emptyOr, integer, many, optional, text, type Encodable, type Infer } from '../../../wbxml/schema.ts'
import { RecordBody } from '../../classes/record-body.ts'

/** MS-ASCMD 2.2.3.163: the mail that the server is to send. An empty one is sent without a text. */
const SendResponse = container(MeetingResponse.SendResponse, [
  optional(RecordBody),
  optional(text(MeetingResponse.ProposedStartTime)),
  optional(text(MeetingResponse.ProposedEndTime)),
])

export const MeetingResponseRequest = container(MeetingResponse.MeetingResponse, [
  many(
    container(MeetingResponse.Request, [
      integer(MeetingResponse.UserResponse),
      optional(text(MeetingResponse.CollectionId)),
      optional(text(MeetingResponse.RequestId)),
      optional(text(Search.LongId)),
      optional(text(MeetingResponse.InstanceId)),
      optional(emptyOr(SendResponse)),
    ]),
  ),
])
export type AnswerRequest = Infer<typeof MeetingResponseRequest>['Request'][number]

export const MeetingResponseResponse = container(MeetingResponse.MeetingResponse, [
  many(
    container(MeetingResponse.Result, [
      optional(text(MeetingResponse.RequestId)),
      integer(MeetingResponse.Status),
      optional(text(MeetingResponse.CalendarId)),
    ]),
  ),
])
export type AnswerResult = NonNullable<Encodable<typeof MeetingResponseResponse>['Result']>[number]
