// SmartForward (MS-ASCMD 2.2.1.19): a message passed on, the server adds the original with its files; or a meeting brought to new guests.
import { ComposeMail } from '../../wbxml/pages.ts'
import { container, flag, integer, many, optional, since, text, type Infer } from '../../wbxml/schema.ts'
import { RecordBody } from '../classes/record-body.ts'
import { bareMessage, composedOf, composeFields, send, SourceElement } from '../compose-mail.ts'
import { command } from '../define.ts'
import { Failure } from '../error.ts'
import { forwardMeeting, type Forwarding } from '../forward-meeting.ts'

/** MS-ASCMD 2.2.3.79. */
const Forwardees = container(ComposeMail.Forwardees, [
  many(container(ComposeMail.Forwardee, [text(ComposeMail.Email), optional(text(ComposeMail.Name))])),
])

const SmartForwardRequest = container(ComposeMail.SmartForward, [
  ...composeFields,
  SourceElement,
  flag(ComposeMail.ReplaceMime),
  optional(Forwardees),
  since('16.0', optional(RecordBody)),
])
type SmartForwardRequest = Infer<typeof SmartForwardRequest>
const SmartForwardResponse = container(ComposeMail.SmartForward, [integer(ComposeMail.Status)])

export const smartForward = command({
  name: 'SmartForward',
  request: SmartForwardRequest,
  response: SmartForwardResponse,
  statuses: {},
  failed: (status) => ({ Status: status }),
  body: 'own',
  run: async (request, call) => {
    if (request === null) return send(bareMessage(call), 'forward', call)
    if (request.Forwardees === undefined && request.Body === undefined) return send(composedOf(request), 'forward', call)
    return forwardMeeting(forwardingOf(request), call)
  },
})

/** Throws InvalidMimeBodyCombination, InvalidSmartForwardParameters, InvalidAccountId. */
function forwardingOf(request: SmartForwardRequest): Forwarding {
  const { ClientId, AccountId = '', Mime, SaveInSentItems, ReplaceMime, TemplateID, Source, Body, Forwardees: guests } = request
  // MS-ASCMD 2.2.3.169: where the server writes the message there is none of the client's, and nothing to be done with it.
  if (Mime !== undefined || SaveInSentItems === true || ReplaceMime === true || TemplateID !== undefined)
    throw new Failure('InvalidMimeBodyCombination')
  if (AccountId !== '') throw new Failure('InvalidAccountId')
  if (guests === undefined) throw new Failure('InvalidSmartForwardParameters', 'a body for nobody')
  return {
    clientId: ClientId,
    item: Source.LongId ?? Source.ItemId ?? null,
    instance: Source.InstanceId ?? null,
    forwardees: guests.Forwardee,
    body: Body ?? null,
  }
}
