// The documents of MeetingResponse (MS-ASCMD 2.2.1.11).
import { MeetingResponse, Search } from '../../../wbxml/pages.ts'
import { container, emptyOr, integer, many, optional, since, text, type Encodable, type Infer } from '../../../wbxml/schema.ts'
import { RecordBody } from '../../classes/record-body.ts'

/** MS-ASCMD 2.2.3.163: the mail that the server is to send. An empty one is sent without a text. */
const SendResponse = container(MeetingResponse.SendResponse, [
  optional(RecordBody),
  since('16.1', optional(text(MeetingResponse.ProposedStartTime))),
  since('16.1', optional(text(MeetingResponse.ProposedEndTime))),
])

export const MeetingResponseRequest = container(MeetingResponse.MeetingResponse, [
  many(
    container(MeetingResponse.Request, [
      integer(MeetingResponse.UserResponse),
      optional(text(MeetingResponse.CollectionId)),
      optional(text(MeetingResponse.RequestId)),
      optional(text(Search.LongId)),
      since('14.1', optional(text(MeetingResponse.InstanceId))),
      since('16.0', optional(emptyOr(SendResponse))),
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
