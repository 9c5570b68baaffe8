// Messages in a desk's mailbox, and as an answer of Sync would tell them.
import { emailDraft } from '../../src/mail/draft.ts'
import { defaultOptions, type BodyPreference, type CollectionOptions } from '../../src/model/collection.ts'
import type { MailState } from '../../src/model/email.ts'
import type { FolderId, Instant, ServerId } from '../../src/model/id.ts'
import type { ProtocolVersion } from '../../src/model/version.ts'
import type { Rendering } from '../../src/protocol/classes/class.ts'
import { MailData } from '../../src/protocol/classes/email-schema.ts'
import { renderMail } from '../../src/protocol/classes/render-mail.ts'
import { encode } from '../../src/wbxml/schema.ts'
import type { Desk } from './call.ts'
import { read, type Node } from './wire.ts'

export interface Put {
  readonly folder?: FolderId
  readonly state?: Partial<MailState>
  readonly received?: Instant
}

/** Stores a message; returns its id. */
export async function putMail(desk: Desk, source: string | Uint8Array, put: Put = {}): Promise<ServerId> {
  const bytes = typeof source === 'string' ? Buffer.from(source, 'utf8') : source
  const draft = emailDraft(bytes, { received: put.received ?? desk.clock.now(), read: false })
  const stored = await desk.mailbox.create(put.folder ?? desk.inbox, { ...draft, state: { ...draft.state, ...put.state } }, null)
  return stored.id
}

/** A preference for a body. */
export function prefer(type: BodyPreference['type'], rest: Partial<BodyPreference> = {}): BodyPreference {
  return { type, truncationSize: null, allOrNone: false, preview: null, ...rest }
}

export interface Shown extends Partial<CollectionOptions> {
  readonly version?: ProtocolVersion
  readonly extent?: Rendering['extent']
  readonly aside?: boolean
}

/** The ApplicationData of a message under these options. */
export async function shownMail(desk: Desk, id: ServerId, shown: Shown = {}): Promise<Node> {
  const { version = '14.1', extent = 'add', aside = false, ...options } = shown
  const call = await desk.call({ type: 'none', bytes: new Uint8Array(0) }, { version })
  const item = (await desk.mailbox.read([id])).get(id)
  if (item === undefined) throw new Error(`there is no ${id}`)
  const data = await renderMail(item, { extent, options: { ...defaultOptions, ...options }, aside }, desk.mailbox, call)
  return read(encode(MailData, data, version))
}
