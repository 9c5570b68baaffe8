// The rules of the Calendar class: how events are told, and what a client may do to them.
import { createHash } from 'node:crypto'
import { uidMeant } from '../../../format/global-object-id.ts'
import { lastEnd } from '../../../format/recurrence.ts'
import { defaultOptions } from '../../../model/collection.ts'
import type { CalendarEvent } from '../../../model/event.ts'
import type { Folder } from '../../../model/folder.ts'
import { fileReference, parseServerId, type Identity, type ServerId } from '../../../model/id.ts'
import { recordOf, type Item } from '../../../model/item.ts'
import type { Mailbox, Stored } from '../../../store/mailbox.ts'
import { recordDraft } from '../../../store/record.ts'
import type { Arbiter } from '../../../sync/arbiter.ts'
import { bind, resolve, type Deferred } from '../../../wbxml/schema.ts'
import type { Call } from '../../command.ts'
import { Failure } from '../../error.ts'
import type { Applied, ClientChange, ItemClassRules, Rendering, Target } from '../class.ts'
import { plainDelete } from '../plain-delete.ts'
import { recordBodyBytesMax } from '../record-body.ts'
import { addedEvent, changedEvent, nameIn } from './change.ts'
import { changedInstance, withoutInstance } from './exceptions.ts'
import { packed, shelved, type Filed, type Shelf } from './files.ts'
import { eventOut, eventPlaceholder, type Telling } from './out.ts'
import { EventChange, EventData } from './schema.ts'
import { dated } from './stored.ts'
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

async function write(mailbox: Mailbox, id: ServerId, filed: Filed): Promise<Stored> {
  const { event, source } = packed(filed)
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
function changing(target: Target, sent: EventChange, terms: Terms, bytesMax: number): ClientChange {
  const { id, instance, folder } = target
  return {
    async apply(_unit, mailbox, arbiter) {
      const stood = await standing(mailbox, folder, id)
      if (stood === null) throw new Failure('ObjectNotFound')
      await checkConflict(stood, target, arbiter)
      const { event: before } = stood
      const changed = instance === null ? changedEvent(before, sent, terms) : changedInstance(before, instance, sent, terms)
      const shelf = filing(sent, before.files, stood, id, bytesMax)
      const after = dated(before, { ...changed, files: shelf.files, lastFile: shelf.lastFile }, terms.now)
      const stored = await write(mailbox, id, { event: after, source: shelf.source })
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

function adding(sent: EventChange, folder: Folder, identity: Identity, terms: Terms, bytesMax: number): ClientChange {
  const { uid, isTold } = nameOf(sent, identity)
  const added = addedEvent(sent, uid, terms)
  const shelf = filing(sent, [], { event: added, source: noBytes }, null, bytesMax)
  const filed = packed({ event: { ...added, files: shelf.files, lastFile: shelf.lastFile }, source: shelf.source })
  const told = (id: ServerId, event: CalendarEvent) => answer({ ...(isTold ? { UID: event.uid } : {}), ...filesAnswer(id, shelf) })
  return {
    async apply(_unit, mailbox, arbiter) {
      const stood = await namesake(mailbox, folder, uid)
      if (stood !== null) return adopt(stood, mailbox, arbiter)
      const draft = recordDraft({ class: 'Calendar', record: filed.event }, filed.source)
      const { id, modseq } = await mailbox.create(folder.id, draft, identity)
      arbiter.created(id, modseq, draft.date)
      return { id, ...told(id, filed.event) }
    },
  }

  /**
   * MS-ASCAL 2.2.2.13; iOS adds what it found in mail before it has heard of the calendar's own copy: the event that is there becomes
   * what the client says, and keeps its id. A repetition of an Add whose answer was lost finds the event it made, and leaves it alone.
   */
  async function adopt(stood: Standing, mailbox: Mailbox, arbiter: Arbiter): Promise<Applied> {
    const { item, event: before } = stood
    const own = filing(sent, before.files, stood, item.id, bytesMax)
    const names = { ...(isTold ? { UID: before.uid } : {}), ...filesAnswer(item.id, own) }
    if (arbiter.repeated(item.id, item.modseq, item.date)) return { id: item.id, ...answer(names) }
    const merged = { ...changedEvent(before, sent, terms), files: own.files, lastFile: own.lastFile }
    const after = dated(before, merged, terms.now)
    const stored = await write(mailbox, item.id, { event: after, source: own.source })
    arbiter.adopted(item.id, stored.modseq, lastEnd(after))
    return { id: item.id, ...answer(names) }
  }
}

/** A Delete of one occurrence; of what is gone it succeeds: the reply to the first one may have been lost. */
function deletingInstance(target: Target, terms: Terms): ClientChange {
  const { id, instance, folder } = target
  return {
    async apply(_unit, mailbox, arbiter) {
      if (instance === null) throw new Failure('ItemMalformed', 'no occurrence')
      const stood = await standing(mailbox, folder, id)
      if (stood === null) {
        if ((await mailbox.changes([id])).get(id)?.gone === true) return { id }
        throw new Failure('ObjectNotFound')
      }
      await checkConflict(stood, target, arbiter)
      const after = dated(stood.event, withoutInstance(stood.event, instance, terms), terms.now)
      const stored = await write(mailbox, id, { event: after, source: stood.source })
      await arbiter.changed(id, stood.item.modseq, stored.modseq, lastEnd(after))
      return { id }
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
    return adding(decoded(data, call), folder, identity, terms, call.house.limits.messageBytesMax)
  },

  async prepareChange(target, data, call) {
    const sent = decoded(data, call)
    if (target.instance !== null) checkInstance(sent)
    return changing(target, sent, termsOf(call, target.supported, target.options), call.house.limits.messageBytesMax)
  },

  async prepareDelete(target, how, call) {
    if (target.instance === null) return plainDelete(target, how)
    return deletingInstance(target, termsOf(call, target.supported, target.options))
  },
}
