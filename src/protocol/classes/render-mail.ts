// A message rendered for an answer; whatever lies in it, an answer comes of it.
import type { CollectionOptions } from '../../model/collection.ts'
import type { Email } from '../../model/email.ts'
import { emailOf, type Item, type Source } from '../../model/item.ts'
import { StoreFailure } from '../../store/failure.ts'
import type { Mailbox } from '../../store/mailbox.ts'
import type { Call } from '../command.ts'
import { quirksOf } from '../quirks.ts'
import type { Rendering } from './class.ts'
import type { MailData } from './email-schema.ts'
import { addressList, stateData, wholeMail } from './mail-data.ts'
import { meetingOf, type Meeting } from './meeting-request.ts'
import { placeholder } from './placeholder.ts'

/** A message as an answer tells it; a placeholder where it was set aside, is broken, or cannot be rendered. */
export async function renderMail(item: Item, rendering: Rendering, mailbox: Mailbox, call: Call): Promise<MailData> {
  const email = emailOf(item)
  const options = rendering.extent === 'fetch' ? untruncated(rendering.options) : rendering.options
  if (rendering.aside || email.envelope.broken !== undefined) return placeholder(item.id, email, email.received, options)
  // A draft changes as a whole; of any other message only what its owner did with it.
  if (rendering.extent === 'change' && !email.state.draft) return stateData(email.state)
  try {
    return suited(await rendered(item, email, options, mailbox, call), email, rendering, call)
  } catch (thrown) {
    // What the store cannot do is no fault of the message.
    if (thrown instanceof StoreFailure) throw thrown
    call.trace.note('placeholder', { item: item.id })
    // Neither the error's words, which may quote the message, nor anything else of its content.
    const kind = thrown instanceof Error ? thrown.name : typeof thrown
    call.house.log.error({ account: call.account.id, item: item.id, kind, at: placeOf(thrown) }, 'message could not be rendered')
    return placeholder(item.id, email, email.received, options)
  }
}

async function rendered(item: Item, email: Email, options: CollectionOptions, mailbox: Mailbox, call: Call): Promise<MailData> {
  const source = await mailbox.source(item.id)
  // Removed since it was listed: the next round says so.
  if (source === null) return placeholder(item.id, email, email.received, options)
  return wholeMail(item, email, source, options, await meetingIn(item, email, source, mailbox, call))
}

/** The meeting a message is about; none where that fails: the message itself can be told all the same. */
async function meetingIn(item: Item, email: Email, source: Source, mailbox: Mailbox, call: Call): Promise<Meeting | null> {
  try {
    return await meetingOf(email, source, mailbox, call)
  } catch (thrown) {
    if (thrown instanceof StoreFailure) throw thrown
    call.house.log.error({ account: call.account.id, item: item.id, at: placeOf(thrown) }, 'meeting could not be told')
    return null
  }
}

/** What single clients cannot take of an otherwise good message. */
function suited(mail: MailData, { envelope }: Email, { extent }: Rendering, call: Call): MailData {
  const { senderNamed, noEmptyFlag } = quirksOf(call.device)
  const { Flag, ...rest } = mail
  // In a Change the empty element is what clears a flag.
  const flag = Flag === null && noEmptyFlag && extent !== 'change' ? {} : { Flag }
  const named = envelope.from.map(({ name, address }) => ({ name: name === '' ? address : name, address }))
  return { ...rest, ...flag, ...(senderNamed && named.length > 0 ? { From: addressList(named) } : {}) }
}

function untruncated(options: CollectionOptions): CollectionOptions {
  const { bodyPreferences, bodyPart = null } = options
  return {
    ...options,
    mimeTruncation: 8,
    bodyPreferences: bodyPreferences.map((preference) => ({ ...preference, truncationSize: null })),
    bodyPart: bodyPart === null ? null : { ...bodyPart, truncationSize: null },
  }
}

/** The first line of a stack below its message. */
function placeOf(thrown: unknown): string | undefined {
  const stack = thrown instanceof Error ? thrown.stack : undefined
  return /^\s+at .*$/m.exec(stack ?? '')?.[0].trim()
}
