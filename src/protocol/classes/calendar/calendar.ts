// The rules of the Calendar class: how events are told, and what a client may do to them.
import { createHash } from 'node:crypto'
import { packed, type Filed } from '../../../format/event-files.ts'
import { uidMeant } from '../../../format/global-object-id.ts'
import { lastEnd } from '../../../format/recurrence.ts'
import { defaultOptions } from '../../../model/collection.ts'
import type { CalendarEvent } from '../../../model/event.ts'
import type { Folder } from '../../../model/folder.ts'
import { fileReference, parseServerId, type Identity, type ServerId } from '../../../model/id.ts'
import { recordOf, type Item } from '../../../model/item.ts'
import type { Mailbox, Stored } from '../../../store/mailbox.ts'
import { recordDraft } from '../../../store/record.ts'
import type { Unit } from '../../../store/store.ts'
import type { Arbiter } from '../../../sync/arbiter.ts'
import { bind, resolve, type Deferred } from '../../../wbxml/schema.ts'
import type { Call } from '../../command.ts'
import { Failure } from '../../error.ts'
import type { Applied, ClientChange, ItemClassRules, Rendering, Target } from '../class.ts'
import { plainDelete } from '../plain-delete.ts'
import { recordBodyBytesMax } from '../record-body.ts'
import { addedEvent, changedEvent, nameIn } from './change.ts'
import { changedInstance, withoutInstance } from './exceptions.ts'
import { shelved, type Shelf } from './files.ts'
import { MeetingPost } from './meeting-post.ts'
import { eventOut, eventPlaceholder, type Telling } from './out.ts'
import { EventChange, EventData } from './schema.ts'
import { termsOf, type Terms } from './terms.ts'

/** What an event brings besides its text: people, recurrence, the list of its files. */
const headBytes = 4096
const noBytes = new Uint8Array(0)

function render(item: Item, { extent, options, aside }: Rendering, call: Call): EventData {
  const event = recordOf(item, 'Calendar')
  const { account, dialect, house } = call
  const telling: Telling = { id: item.id, dialect, account, options, extent, now: house.clock.now() }
  if (aside) return eventPlaceholder(event, telling)
  try {
    return eventOut(event, telling)
  } catch (thrown) {
    call.trace.note('placeholder', { item: item.id })
    // Neither the error's words, which may quote the event, nor anything else of its content.
    const kind = thrown instanceof Error ? thrown.name : typeof thrown
    house.log.error({ account: account.id, item: item.id, kind }, 'event could not be rendered')
    return eventPlaceholder(event, telling)
  }
}

/** An event as it lies in the store. */
interface Standing extends Filed {
  readonly item: Item
}

/** An event of this folder as it stands now; null if it is gone or no event. */
async function standing(mailbox: Mailbox, folder: Folder, id: ServerId): Promise<Standing | null> {
  if (parseServerId(id)?.folder !== folder.id) return null
  const item = (await mailbox.read([id])).get(id)
  if (item?.content.class !== 'Calendar') return null
  const event = recordOf(item, 'Calendar')
  if (event.lastFile === 0) return { item, event, source: noBytes }
  const source = await mailbox.source(id)
  return { item, event, source: source === null ? noBytes : await source.read(0, source.bytes) }
}

async function write(mailbox: Mailbox, id: ServerId, { event, source }: Filed): Promise<Stored> {
  return mailbox.change(id, { class: 'Calendar', replace: recordDraft({ class: 'Calendar', record: event }, source) }, null)
}

/** The files of an event, or of one of its occurrences, after a client's Attachments. */
function filing(sent: EventChange, files: Shelf['files'], { event, source }: Filed, id: ServerId | null, bytesMax: number): Shelf {
  const shelf: Shelf = { files, source, lastFile: event.lastFile, added: new Map() }
  return sent.Attachments === undefined ? shelf : shelved(sent.Attachments, shelf, id, bytesMax)
}

/** MS-ASAIRS 2.2.2.24: where the added files lie. */
function filesAnswer(id: ServerId, { added }: Shelf): Partial<EventData> {
  if (added.size === 0) return {}
  return {
    Attachments: { Attachment: [...added].map(([ClientId, number]) => ({ ClientId, FileReference: fileReference(id, String(number)) })) },
  }
}

/** MS-ASCMD 2.2.3.34: where somebody else wrote as well, the server's event stands unless the client is to win. */
async function checkConflict({ item }: Standing, { options }: Pick<Target, 'options'>, arbiter: Arbiter): Promise<void> {
  if (options.conflict === 1 && (await arbiter.isConflicting(item.id, item.modseq))) throw new Failure('Conflict')
}

/** A Change of an event, or of the one occurrence that is meant. */
function changing(target: Target, sent: EventChange, terms: Terms, call: Call): ClientChange {
  const { id, instance, folder } = target
  const post = new MeetingPost(call)
  return {
    committed: post.committed,
    async apply(unit, mailbox, arbiter) {
      const stood = await standing(mailbox, folder, id)
      if (stood === null) throw new Failure('ObjectNotFound')
      await checkConflict(stood, target, arbiter)
      const { event: before } = stood
      const changed = instance === null ? changedEvent(before, sent, terms) : changedInstance(before, instance, sent, terms)
      const shelf = filing(sent, before.files, stood, id, call.house.limits.messageBytesMax)
      const after = post.revise(before, { ...changed, files: shelf.files, lastFile: shelf.lastFile })
      const filed = packed({ event: after, source: shelf.source })
      const stored = await write(mailbox, id, filed)
      await post.send(unit, before, filed)
      await arbiter.changed(id, stood.item.modseq, stored.modseq, lastEnd(after))
      return { id, ...answer(filesAnswer(id, shelf)) }
    },
  }
}

function answer(data: EventData): Pick<Applied, 'applicationData'> {
  return Object.keys(data).length === 0 ? {} : { applicationData: bind(EventData, data) }
}

/** A name of our own for an event, the same for the same Add. */
function uidOf(identity: Identity): string {
  return nameIn(createHash('sha256').update(identity).digest('hex').slice(0, 32)).toUpperCase()
}

/** The event of this name in this calendar, if there is one. */
async function namesake(mailbox: Mailbox, folder: Folder, uid: string): Promise<Standing | null> {
  for (const id of await mailbox.withUid('Calendar', uid)) {
    const found = await standing(mailbox, folder, id)
    if (found !== null) return found
  }
  return null
}

/** MS-ASCAL 2.2.2.46: from 16.0 on the server names an event, and tells its name; a client that made one up hears nothing new. */
function nameOf(sent: EventChange, identity: Identity): { readonly uid: string; readonly isTold: boolean } {
  const own = nameIn(sent.UID ?? '')
  // Phones that know a meeting from mail may name it by what mail calls it.
  if (own !== '') return { uid: uidMeant(sent.UID?.trim() ?? own), isTold: false }
  const client = nameIn(sent.ClientUid ?? '')
  return { uid: client === '' ? uidOf(identity) : client, isTold: true }
}

function adding(sent: EventChange, folder: Folder, identity: Identity, terms: Terms, call: Call): ClientChange {
  const { uid, isTold } = nameOf(sent, identity)
  const added = addedEvent(sent, uid, terms)
  const { messageBytesMax: bytesMax } = call.house.limits
  const post = new MeetingPost(call)
  const shelf = filing(sent, [], { event: added, source: noBytes }, null, bytesMax)
  const whole = { ...added, files: shelf.files, lastFile: shelf.lastFile }
  const filed = packed({ event: post.revise(null, whole), source: shelf.source })
  const told = (id: ServerId, event: CalendarEvent) => answer({ ...(isTold ? { UID: event.uid } : {}), ...filesAnswer(id, shelf) })
  return {
    committed: post.committed,
    async apply(unit, mailbox, arbiter) {
      const stood = await namesake(mailbox, folder, uid)
      if (stood !== null) return adopt(stood, unit, mailbox, arbiter)
      const draft = recordDraft({ class: 'Calendar', record: filed.event }, filed.source)
      const { id, modseq, created } = await mailbox.create(folder.id, draft, identity)
      if (created) await post.send(unit, null, filed)
      arbiter.created(id, modseq, draft.date)
      return { id, ...told(id, filed.event) }
    },
  }

  /**
   * MS-ASCAL 2.2.2.13; iOS adds what it found in mail before it has heard of the calendar's own copy: the event that is there becomes
   * what the client says, and keeps its id. A repetition of an Add whose answer was lost finds the event it made, and leaves it alone.
   */
  async function adopt(stood: Standing, unit: Unit, mailbox: Mailbox, arbiter: Arbiter): Promise<Applied> {
    const { item, event: before } = stood
    const own = filing(sent, before.files, stood, item.id, bytesMax)
    const names = { ...(isTold ? { UID: before.uid } : {}), ...filesAnswer(item.id, own) }
    if (arbiter.repeated(item.id, item.modseq, item.date)) return { id: item.id, ...answer(names) }
    const merged = { ...changedEvent(before, sent, terms), files: own.files, lastFile: own.lastFile }
    const after = packed({ event: post.revise(before, merged), source: own.source })
    const stored = await write(mailbox, item.id, after)
    await post.send(unit, before, after)
    arbiter.adopted(item.id, stored.modseq, lastEnd(after.event))
    return { id: item.id, ...answer(names) }
  }
}

/** A Delete of one occurrence; of what is gone it succeeds: the reply to the first one may have been lost. */
function deletingInstance(target: Target, terms: Terms, call: Call): ClientChange {
  const { id, instance, folder } = target
  const post = new MeetingPost(call)
  return {
    committed: post.committed,
    async apply(unit, mailbox, arbiter) {
      if (instance === null) throw new Failure('ItemMalformed', 'no occurrence')
      const stood = await standing(mailbox, folder, id)
      if (stood === null) {
        if ((await mailbox.changes([id])).get(id)?.gone === true) return { id }
        throw new Failure('ObjectNotFound')
      }
      await checkConflict(stood, target, arbiter)
      const after = post.revise(stood.event, withoutInstance(stood.event, instance, terms))
      const filed = packed({ event: after, source: stood.source })
      const stored = await write(mailbox, id, filed)
      await post.send(unit, stood.event, filed)
      await arbiter.changed(id, stood.item.modseq, stored.modseq, lastEnd(after))
      return { id }
    },
  }
}

/** A Delete of the whole: guests hear that it is called off. */
function deleting(target: Target, how: 'trash' | 'forever', call: Call): ClientChange {
  const post = new MeetingPost(call)
  const plain = plainDelete(target, how)
  return {
    committed: post.committed,
    async apply(unit, mailbox, arbiter) {
      const stood = await standing(mailbox, target.folder, target.id)
      const applied = await plain.apply(unit, mailbox, arbiter)
      if (stood !== null) await post.send(unit, stood.event, null)
      return applied
    },
  }
}

function decoded(data: Deferred, { dialect }: Call): EventChange {
  return resolve(data, EventChange, dialect.version)
}

/** An occurrence goes by the clock of its series: so does Exchange answer (EAS-4-TbSync). */
function checkInstance({ Timezone, Recurrence, Exceptions }: EventChange): void {
  if (Timezone !== undefined) throw new Failure('ItemMalformed', 'a zone of one occurrence')
  if (Recurrence !== undefined && Recurrence !== null) throw new Failure('ItemMalformed', 'an occurrence that repeats')
  if (Exceptions !== undefined && Exceptions !== null) throw new Failure('ItemMalformed', 'exceptions of an occurrence')
}

export const calendar: ItemClassRules = {
  class: 'Calendar',
  // MS-ASCMD 2.2.3.68.2: everything, or the last two weeks to six months.
  filterTypes: [0, 4, 5, 6, 7],

  render: (item, rendering, _mailbox, call) => Promise.resolve(bind(EventData, render(item, rendering, call))),

  itemBytesMax: (options) => headBytes + recordBodyBytesMax(options),

  async prepareAdd(data, folder, identity, call) {
    const terms = termsOf(call, null, defaultOptions)
    return adding(decoded(data, call), folder, identity, terms, call)
  },

  async prepareChange(target, data, call) {
    const sent = decoded(data, call)
    if (target.instance !== null) checkInstance(sent)
    return changing(target, sent, termsOf(call, target.supported, target.options), call)
  },

  async prepareDelete(target, how, call) {
    if (target.instance === null) return deleting(target, how, call)
    return deletingInstance(target, termsOf(call, target.supported, target.options), call)
  },
}
