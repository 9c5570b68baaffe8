// SmartReply (MS-ASCMD 2.2.1.20): an answer; the server adds the original below it, and notes on the original that it was answered.
import { ComposeMail } from '../../wbxml/pages.ts'
import { container, flag, integer } from '../../wbxml/schema.ts'
import { bareMessage, checkAccount, composeFields, originalOf, requiredMime, send, SourceElement } from '../compose-mail.ts'
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
  run: async (request, call) => {
    if (request === null) return send(bareMessage(call), 'reply', call)
    const { ClientId, AccountId, SaveInSentItems = false, ReplaceMime = false, Mime, Source } = request
    checkAccount(AccountId)
    const composed = {
      clientId: ClientId,
      saveInSentItems: SaveInSentItems,
      replaceMime: ReplaceMime,
      mime: requiredMime(Mime),
      original: originalOf(Source),
    }
    return send(composed, 'reply', call)
  },
})
