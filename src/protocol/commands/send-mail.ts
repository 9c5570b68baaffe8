// SendMail (MS-ASCMD 2.2.1.17): a message of the phone's own. Success is an empty answer; a document would mean failure.
import { ComposeMail } from '../../wbxml/pages.ts'
import { container, integer } from '../../wbxml/schema.ts'
import { bareMessage, composedOf, composeFields, send } from '../compose-mail.ts'
import { command } from '../define.ts'

const SendMailRequest = container(ComposeMail.SendMail, composeFields)
const SendMailResponse = container(ComposeMail.SendMail, [integer(ComposeMail.Status)])

export const sendMail = command({
  name: 'SendMail',
  request: SendMailRequest,
  response: SendMailResponse,
  statuses: {},
  failed: (status) => ({ Status: status }),
  body: 'own',
  run: (request, call) => send(request === null ? bareMessage(call) : composedOf(request), 'new', call),
})
