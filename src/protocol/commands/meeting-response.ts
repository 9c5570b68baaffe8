// MeetingResponse (MS-ASCMD 2.2.1.11): invitations are accepted, tentatively accepted or declined; from 16.0 on the server tells the organizer.
import type { Answer, Response } from '../../mail/meeting/answer.ts'
import { defaultOptions } from '../../model/collection.ts'
import { idLengthMax } from '../../model/id.ts'
import { StoreFailure } from '../../store/failure.ts'
import { parseDateTime } from '../../wbxml/scalar.ts'
import { textIn } from '../classes/record-body.ts'
import type { Call } from '../command.ts'
import { command, remember, reply } from '../define.ts'
import { commonStatus, Failure } from '../error.ts'
import { quirksOf } from '../quirks.ts'
import { giveAnswer, type Given } from './meeting-response/give-answer.ts'
import { findInvitations } from './meeting-response/invitation.ts'
import { MeetingResponseRequest, MeetingResponseResponse, type AnswerRequest, type AnswerResult } from './meeting-response/schema.ts'

/** MS-ASCMD 2.2.3.177.9. */
const status = { success: 1, invalidRequest: 2, mailboxError: 3, serverError: 4 } as const

/** MS-ASCMD 3.1.5.10: Status 103 beyond it. */
const requestsMax = 100

const responses: Readonly<Record<number, Response>> = { 1: 'accepted', 2: 'tentative', 3: 'declined' }

export const meetingResponse = command({
  name: 'MeetingResponse',
  request: MeetingResponseRequest,
  response: MeetingResponseResponse,
  statuses: {},
  failed: (number) => ({ Result: [{ Status: number }] }),
  statusOf: ({ Result = [] }) => Result.find((one) => one.Status !== status.success)?.Status ?? status.success,
  run: async (request, call) => {
    const requests = request?.Request ?? []
    if (requests.length === 0) throw new Failure('InvalidXML', 'nothing to answer')
    if (requests.length > requestsMax) throw new Failure('InvalidXML', `${requests.length} answers`)
    // The answer repeats it, and its schema holds no such thing.
    if (requests.some(({ RequestId = '' }) => RequestId.length > idLengthMax)) throw new Failure('InvalidXML', 'longer than any id')
    const results: AnswerResult[] = []
    for (const one of requests) results.push(await resultOf(one, call))
    return reply({ Result: results })
  },
})

/** The answer to one of them; the others have their own. */
async function resultOf(request: AnswerRequest, call: Call): Promise<AnswerResult> {
  const named = request.RequestId === undefined ? {} : { RequestId: request.RequestId }
  try {
    const given = givenIn(request, call)
    const invitations = await findInvitations(idIn(request), instanceIn(request), call)
    const id = await giveAnswer(invitations, given, call)
    // MS-ASCMD 2.2.3.18: left out where it was declined.
    return { ...named, Status: status.success, ...(id === null ? {} : { CalendarId: id }) }
  } catch (thrown) {
    const number = statusFor(thrown, call)
    call.trace.note('not answered', { status: number })
    return { ...named, Status: number }
  }
}

function statusFor(thrown: unknown, call: Call): number {
  if (thrown instanceof Failure) {
    const number = thrown.failure in commonStatus ? commonStatus[thrown.failure as keyof typeof commonStatus][0] : status.invalidRequest
    remember(call, { failure: thrown.failure, status: number, detail: thrown.message })
    return number
  }
  if (thrown instanceof StoreFailure) return status.mailboxError
  call.house.log.error({ err: thrown, command: 'MeetingResponse', device: call.device.id }, 'an invitation could not be answered')
  return status.serverError
}

/** MS-ASCMD 2.2.3.98.2: either a LongId, or RequestId and CollectionId. The id says the folder, whatever CollectionId says. */
function idIn({ LongId, RequestId }: AnswerRequest): string {
  if (LongId !== undefined && RequestId !== undefined) throw new Failure('InvalidCombinationOfIDs')
  return LongId ?? RequestId ?? ''
}

/** MS-ASCMD 2.2.3.92.1: Status 104 for what is no time. */
function instanceIn({ InstanceId }: AnswerRequest): number | null {
  return InstanceId === undefined ? null : instantIn(InstanceId)
}

function instantIn(text: string): number {
  const at = parseDateTime(text)
  if (at === null) throw new Failure('InvalidDateTime')
  return at
}

function givenIn({ UserResponse, SendResponse }: AnswerRequest, call: Call): Given {
  const response = responses[UserResponse]
  if (response === undefined) throw new Failure('ItemMalformed', `a UserResponse of ${UserResponse}`)
  const { Body } = SendResponse ?? {}
  return {
    response,
    proposed: proposedIn(SendResponse ?? {}),
    text: Body === undefined ? null : textIn(Body, null, defaultOptions),
    mailed: isMailed(SendResponse !== undefined, call),
  }
}

/** Who tells the organizer: up to 14.1 the phone, unless it is known to leave it to the server; later the server, if it is asked to. */
function isMailed(isAsked: boolean, { dialect, device }: Call): boolean {
  return dialect.meetingMail ? isAsked : quirksOf(device).leavesAnswers
}

/** MS-ASCMD 2.2.3.134 and 2.2.3.135: both of them or neither, and a time that ends after it begins. */
function proposedIn({ ProposedStartTime, ProposedEndTime }: NonNullable<AnswerRequest['SendResponse']>): Answer['proposed'] {
  if (ProposedStartTime === undefined && ProposedEndTime === undefined) return null
  if (ProposedStartTime === undefined || ProposedEndTime === undefined) throw new Failure('ItemMalformed', 'half of a proposal')
  const [start, end] = [instantIn(ProposedStartTime), instantIn(ProposedEndTime)]
  if (end < start) throw new Failure('ItemMalformed', 'a proposal that ends before it begins')
  return { start, end }
}
