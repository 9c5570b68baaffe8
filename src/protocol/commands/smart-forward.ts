// SmartForward (MS-ASCMD 2.2.1.19): a message passed on; the server adds the original with its files.
import { ComposeMail } from '../../wbxml/pages.ts'
import { container, flag, integer } from '../../wbxml/schema.ts'
import { bareMessage, composedOf, composeFields, send, SourceElement } from '../compose-mail.ts'
import { command } from '../define.ts'
import { Failure } from '../error.ts'

const SmartForwardRequest = container(ComposeMail.SmartForward, [
  ...composeFields,
  SourceElement,
  flag(ComposeMail.ReplaceMime),
  // 16.x: only for calendar items, which name their new guests instead of a message.
  flag(ComposeMail.Forwardees),
])
const SmartForwardResponse = container(ComposeMail.SmartForward, [integer(ComposeMail.Status)])

export const smartForward = command({
  name: 'SmartForward',
  request: SmartForwardRequest,
  response: SmartForwardResponse,
  statuses: {},
  failed: (status) => ({ Status: status }),
  body: 'own',
  run: async (request, call) => {
    if (request?.Forwardees === true) throw new Failure('ItemNotFound', 'Forwardees of what is no calendar item')
    return send(request === null ? bareMessage(call) : composedOf(request), 'forward', call)
  },
})
