// SmartReply (MS-ASCMD 2.2.1.20): an answer; the server adds the original below it, and notes on the original that it was answered.
import { ComposeMail } from '../../wbxml/pages.ts'
import { container, flag, integer } from '../../wbxml/schema.ts'
import { bareMessage, composedOf, composeFields, send, SourceElement } from '../compose-mail.ts'
import { command } from '../define.ts'

const SmartReplyRequest = container(ComposeMail.SmartReply, [...composeFields, SourceElement, flag(ComposeMail.ReplaceMime)])
const SmartReplyResponse = container(ComposeMail.SmartReply, [integer(ComposeMail.Status)])

export const smartReply = command({
  name: 'SmartReply',
  request: SmartReplyRequest,
  response: SmartReplyResponse,
  statuses: {},
  failed: (status) => ({ Status: status }),
  body: 'own',
  run: (request, call) => send(request === null ? bareMessage(call) : composedOf(request), 'reply', call),
})
