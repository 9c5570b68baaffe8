// The rules of the Email class: how messages are rendered, and which changes of them a client may make.
import { bind, resolve } from '../../wbxml/schema.ts'
import { Failure } from '../error.ts'
import { bodyBytesMax } from './body.ts'
import type { ItemClassRules } from './class.ts'
import { draftAdd, draftChange, isDrafts } from './draft-change.ts'
import { DraftChange, ForeignToDraft, ForeignToMail, MailChange, MailData } from './email-schema.ts'
import { checkFlag, mailChange } from './mail-change.ts'
import { renderMail } from './render-mail.ts'

/** What a message brings besides its body: addresses, subject, the list of its files. */
const headBytes = 4096

function isForeign(found: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(found).length > 0
}

export const email: ItemClassRules = {
  class: 'Email',
  // MS-ASCMD 2.2.3.68.2: everything, or the last 1 day to 1 month.
  filterTypes: [0, 1, 2, 3, 4, 5],

  render: async (item, rendering, mailbox, call) => bind(MailData, await renderMail(item, rendering, mailbox, call)),

  itemBytesMax: (options) => headBytes + bodyBytesMax(options),

  async prepareAdd(data, folder, identity, call) {
    // MS-ASEMAIL 3.1.5.4: mail is sent, not added; drafts are the exception of 16.x.
    if (!call.dialect.drafts || !isDrafts(folder)) throw new Failure('ItemMalformed', 'mail is not added by Sync')
    const { version } = call.dialect
    if (isForeign(resolve(data, ForeignToDraft, version))) throw new Failure('ItemMalformed', 'what the server decides')
    const draft = resolve(data, DraftChange, version)
    checkFlag(draft.Flag)
    return draftAdd(draft, folder, identity, call)
  },

  async prepareChange({ id, instance, folder, options }, data, call) {
    const { dialect, house } = call
    if (instance !== null) throw new Failure('ItemMalformed', 'an occurrence of a message')
    if (dialect.drafts && isDrafts(folder)) {
      if (isForeign(resolve(data, ForeignToDraft, dialect.version))) throw new Failure('ItemMalformed', 'what the server decides')
      const draft = resolve(data, DraftChange, dialect.version)
      checkFlag(draft.Flag)
      return draftChange(id, draft, folder, options, call)
    }
    if (isForeign(resolve(data, ForeignToMail, dialect.version)))
      throw new Failure('ItemMalformed', 'nothing but Read, Flag and Categories')
    return mailChange(id, resolve(data, MailChange, dialect.version), folder, house.clock.now())
  },
}
