// Finding items by words, folders, dates and conversation.
import { folderType } from '../../model/folder.ts'
import type { MailboxId, ServerId } from '../../model/id.ts'
import type { Query, SearchPage } from '../mailbox.ts'
import { folderNumber, itemId, type ItemKey } from './columns.ts'
import type { Dialect, Value } from './dialect.ts'
import type { Session } from './session.ts'
import { searchWords } from './text.ts'

interface Filter {
  readonly where: string
  readonly parameters: readonly Value[]
}

/** The conditions of a query; parameter $1 is the mailbox, and of records none is found in Deleted Items. */
function filter(dialect: Dialect, mailbox: MailboxId, query: Query): Filter {
  const classes = typeof query.class === 'string' ? [query.class] : query.class
  const parameters: Value[] = [mailbox, ...classes]
  const conditions = ['i.mailbox = $1', 'i.gone = 0', `i.class in (${classes.map((_, index) => `$${index + 2}`).join(', ')})`]
  const add = (condition: (n: number) => string, value: Value) => conditions.push(condition(parameters.push(value)))

  const { folders, after, before, conversation } = query
  if (classes.some((one) => one !== 'Email'))
    add(
      (n) => `(i.class = 'Email' or i.folder not in (select f.number from folders f where f.mailbox = i.mailbox and f.type = $${n}))`,
      folderType.deletedItems,
    )
  if (folders !== null) {
    const numbers = folders.map(folderNumber).filter((number) => number !== null)
    add((n) => dialect.among('i.folder', n), dialect.list(numbers))
  }
  if (after !== null) add((n) => `i.date >= $${n}`, after)
  if (before !== null) add((n) => `i.date < $${n}`, before)
  if (conversation !== null) add((n) => `i.conversation = $${n}`, conversation)

  const words = searchWords(query.text)
  if (words.length > 0) {
    const { sql, parameters: added } = dialect.containing(words, parameters.length + 1)
    conditions.push(`i.content in (${sql})`)
    parameters.push(...added)
  }
  return { where: conditions.join(' and '), parameters }
}

/** Items newest first, those without a date before all, `range` counting from 0 and including both ends. */
export async function searchItems(
  session: Session,
  mailbox: MailboxId,
  query: Query,
  range: { readonly from: number; readonly to: number },
): Promise<SearchPage> {
  const { connection } = session
  const { where, parameters } = filter(connection.dialect, mailbox, query)
  const from = Math.max(0, range.from)
  const limit = Math.max(0, range.to - from + 1)
  const rows = await connection.scan<ItemKey>(
    `select i.folder, i.number from items i where ${where}
     order by i.date desc, i.number desc limit $${parameters.length + 1} offset $${parameters.length + 2}`,
    [...parameters, limit, from],
  )
  const ids: readonly ServerId[] = rows.map(itemId)
  // A page that is not full tells the total by itself, unless it lies beyond the end.
  if (ids.length < limit && (ids.length > 0 || from === 0)) return { ids, total: from + ids.length }
  const [row] = await connection.scan<{ count: number }>(`select count(*) as count from items i where ${where}`, parameters)
  return { ids, total: row?.count ?? 0 }
}

/** Live items of a conversation, oldest first; of one folder, or of every folder but `except`. */
export async function conversationItems(
  session: Session,
  mailbox: MailboxId,
  conversation: string,
  place: { readonly folder: number } | { readonly except: number },
): Promise<readonly ServerId[]> {
  const [comparison, folder] = 'folder' in place ? ['=', place.folder] : ['<>', place.except]
  const rows = await session.connection.all<ItemKey>(
    `select folder, number from items
     where mailbox = $1 and conversation = $2 and gone = 0 and folder ${comparison} $3 order by date, number`,
    [mailbox, conversation, folder],
  )
  return rows.map(itemId)
}
