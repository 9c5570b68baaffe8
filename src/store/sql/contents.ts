// What an item holds and shares with nobody: its source, what was read from it, and the text it is found by.
import type { Envelope } from '../../model/email.ts'
import type { MailboxId } from '../../model/id.ts'
import type { RecordContent } from '../../model/item.ts'
import type { Draft, EmailDraft, RecordDraft } from '../mailbox.ts'
import { chunkedSource, messageChunks, writeChunks } from './chunks.ts'
import type { Work } from './session.ts'
import { searchable } from './text.ts'

/** A draft as it goes into rows: made before the unit of work, so that nothing is computed while others wait. */
export interface PreparedContent {
  readonly source: Uint8Array
  readonly envelope: string
  readonly text: string
}

/** What is written of a draft, or of what a patch puts in its place. */
export function prepareContent(draft: Pick<EmailDraft, 'source' | 'envelope' | 'searchText'> | RecordDraft): PreparedContent {
  const { source, searchText } = draft
  if ('record' in draft) return { source, envelope: JSON.stringify(draft.record), text: searchable(searchText) }
  return { source, envelope: JSON.stringify(draft.envelope), text: searchable(draft.envelope.subject, searchText) }
}

/** The bytes an item weighs. */
export function weightOf({ source, envelope }: PreparedContent, itemClass: Draft['class']): number {
  return itemClass === 'Email' ? source.length : source.length + envelope.length
}

export function parseEnvelope(column: string): Envelope {
  return JSON.parse(column) as Envelope
}

export function parseRecord(column: string): RecordContent['record'] {
  return JSON.parse(column) as RecordContent['record']
}

/** Whether a content says just this. */
export async function isContent(unit: Work, mailbox: MailboxId, id: number, { source, envelope }: PreparedContent): Promise<boolean> {
  const row = await unit.connection.get<{ bytes: number; envelope: string }>(
    'select bytes, envelope from contents where mailbox = $1 and id = $2',
    [mailbox, id],
  )
  if (row?.envelope !== envelope || row.bytes !== source.length) return false
  const stored = await chunkedSource(() => unit.connection, messageChunks, [mailbox, id], row.bytes).read(0, row.bytes)
  return Buffer.compare(stored, source) === 0
}

/** Writes a content under a number of the mailbox's counter. */
export async function insertContent(unit: Work, mailbox: MailboxId, content: PreparedContent): Promise<number> {
  const { connection } = unit
  const id = (await unit.counter(mailbox)).number()
  const { source, envelope, text } = content
  await Promise.all([
    connection.run('insert into contents (mailbox, id, bytes, envelope) values ($1, $2, $3, $4)', [mailbox, id, source.length, envelope]),
    writeChunks(connection, messageChunks, [mailbox, id], source),
    connection.run(connection.dialect.insertText, [mailbox, id, text]),
  ])
  return id
}

/** Marks a content nobody reaches any more; `tidy` takes it away once nobody can be reading it. */
export async function forgetContent(unit: Work, mailbox: MailboxId, content: number): Promise<void> {
  await unit.connection.run(
    `insert into forgotten (mailbox, kind, id, at) values ($1, 'content', $2, $3) on conflict (mailbox, kind, id) do nothing`,
    [mailbox, content, unit.clock.now()],
  )
}
