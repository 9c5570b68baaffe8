// A folder of events, tasks or contacts as the text of a file that other programs read.
import { type VEvent, writeCalendar } from '../format/icalendar.ts'
import { writeCard } from '../format/vcard.ts'
import type { Folder } from '../model/folder.ts'
import type { Instant } from '../model/id.ts'
import type { Item, RecordClass } from '../model/item.ts'
import type { Task } from '../model/task.ts'
import type { Cursor, Mailbox } from '../store/mailbox.ts'

/** Every address book reads it; many do not read 4.0. */
const cardVersion = '3.0'
/** So many are read at a time. */
const pageItems = 200

/** All of a folder's items of one class, oldest last. `progress` is told how many are read. */
export async function exportedText(
  mailbox: Mailbox,
  folder: Folder,
  itemClass: RecordClass,
  now: Instant,
  progress: (done: number) => void,
): Promise<{ readonly text: string; readonly count: number }> {
  const events: VEvent[] = []
  const tasks: Task[] = []
  const cards: string[] = []
  let count = 0
  for await (const items of pages(mailbox, folder, itemClass)) {
    for (const { id, content } of items) {
      if (content.class === 'Tasks') tasks.push(content.record)
      if (content.class === 'Calendar') events.push({ event: content.record, instance: null, source: await sourceOf(mailbox, id) })
      if (content.class === 'Contacts') cards.push(writeCard(content.record, await sourceOf(mailbox, id), cardVersion))
    }
    count += items.length
    progress(count)
  }
  if (itemClass === 'Contacts') return { text: cards.join(''), count }
  const name = ['x-wr-calname', {}, 'text', folder.name] as const
  return { text: writeCalendar({ method: null, events, tasks, foreign: { properties: [name], components: [] } }, now), count }
}

async function* pages(mailbox: Mailbox, folder: Folder, itemClass: RecordClass): AsyncGenerator<readonly Item[], void> {
  const feed = mailbox.items(folder.id, itemClass)
  let from: Cursor | null = null
  do {
    const page = await feed.newestFirst(from, null, pageItems)
    const items = await feed.read(page.changes.map(({ id }) => id))
    yield page.changes.flatMap(({ id }) => items.get(id) ?? [])
    from = page.next
  } while (from !== null)
}

async function sourceOf(mailbox: Mailbox, id: Item['id']): Promise<Uint8Array> {
  const source = await mailbox.source(id)
  return source === null ? new Uint8Array(0) : source.read(0, source.bytes)
}
