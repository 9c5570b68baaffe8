// An event as it lies in the store, with the bytes of its files: read before a client changes it, and written back.
import { type Filed } from '../../../format/event-files.ts'
import type { Folder } from '../../../model/folder.ts'
import { fileReference, parseServerId, type ServerId } from '../../../model/id.ts'
import { recordOf, type Item } from '../../../model/item.ts'
import type { Mailbox, Stored } from '../../../store/mailbox.ts'
import { recordDraft } from '../../../store/record.ts'
import { bind } from '../../../wbxml/schema.ts'
import type { Applied } from '../class.ts'
import { shelved, type Shelf } from './files.ts'
import { EventData, type EventChange } from './schema.ts'

export const noBytes = new Uint8Array(0)

/** An event as it lies in the store. */
export interface Standing extends Filed {
  readonly item: Item
}

/** An event of this folder as it stands now; null if it is gone or no event. */
export async function standing(mailbox: Mailbox, folder: Folder, id: ServerId): Promise<Standing | null> {
  if (parseServerId(id)?.folder !== folder.id) return null
  const item = (await mailbox.read([id])).get(id)
  if (item?.content.class !== 'Calendar') return null
  const event = recordOf(item, 'Calendar')
  if (event.lastFile === 0) return { item, event, source: noBytes }
  const source = await mailbox.source(id)
  return { item, event, source: source === null ? noBytes : await source.read(0, source.bytes) }
}

export async function write(mailbox: Mailbox, id: ServerId, { event, source }: Filed): Promise<Stored> {
  return mailbox.change(id, { class: 'Calendar', replace: recordDraft({ class: 'Calendar', record: event }, source) }, null)
}

/** The files of an event, or of one of its occurrences, after a client's Attachments. */
export function filing(sent: EventChange, files: Shelf['files'], { event, source }: Filed, id: ServerId | null, bytesMax: number): Shelf {
  const shelf: Shelf = { files, source, lastFile: event.lastFile, added: new Map() }
  return sent.Attachments === undefined ? shelf : shelved(sent.Attachments, shelf, id, bytesMax)
}

/** MS-ASAIRS 2.2.2.24: where the added files lie. */
export function filesAnswer(id: ServerId, { added }: Shelf): Partial<EventData> {
  if (added.size === 0) return {}
  return {
    Attachments: { Attachment: [...added].map(([ClientId, number]) => ({ ClientId, FileReference: fileReference(id, String(number)) })) },
  }
}

/** What an answer tells beside the ids, if anything. */
export function answer(data: EventData): Pick<Applied, 'applicationData'> {
  return Object.keys(data).length === 0 ? {} : { applicationData: bind(EventData, data) }
}
