// The ledger in SQL: which items a device holds, line by line, under one generation of a collection.
import type { Instant, MailboxId, Modseq } from '../../model/id.ts'
import type { Held, LedgerEntry } from '../sync-state.ts'
import { folderId, folderNumber, itemId, itemKey } from './columns.ts'
import type { Connection } from './connection.ts'

/** Whose ledger: rows hang on the generation, and the generation on its device. */
export interface LedgerOf {
  readonly mailbox: MailboxId
  readonly device: string
  readonly generation: number
}

interface LedgerRow {
  readonly item: number
  readonly modseq: Modseq
  readonly date: Instant | null
  readonly folder: number
}

/** A line's number: of an item, or of a folder where the collection is the hierarchy. */
function ledgerNumber(id: string): number | null {
  return id.includes(':') ? (itemKey(id)?.number ?? null) : folderNumber(id)
}

function ledgerId({ folder, item }: LedgerRow): string {
  return folder === 0 ? folderId(item) : itemId({ folder, number: item })
}

/** The lines of a generation that is there: a dropped one holds nothing, even while its rows wait to be cleared away. */
const lines = `collections c join ledger l on l.mailbox = c.mailbox and l.generation = c.generation
  where c.mailbox = $1 and c.generation = $2 and c.device = $3`

/** Writes lines and strikes lines out. The last line about an item counts; ids that are not ours were never offered. */
export async function mergeLedger(connection: Connection, of: LedgerOf, entries: readonly LedgerEntry[]): Promise<void> {
  const { dialect } = connection
  const struck: number[] = []
  const kept: (readonly (number | null)[])[] = []
  for (const [number, { modseq, date }] of new Map(entries.map((entry) => [ledgerNumber(entry.id), entry]))) {
    if (number === null) continue
    if (modseq === null) struck.push(number)
    else kept.push([number, modseq, date])
  }
  if (struck.length > 0) {
    await connection.run(`delete from ledger where mailbox = $1 and generation = $2 and ${dialect.among('item', 3)}`, [
      of.mailbox,
      of.generation,
      dialect.list(struck),
    ])
  }
  if (kept.length === 0) return
  await connection.run(
    `insert into ledger (mailbox, generation, item, modseq, date)
     select cast($1 as bigint), cast($2 as bigint), ${dialect.element(0)}, ${dialect.element(1)}, ${dialect.element(2)}
     from ${dialect.rows(3)} where true
     on conflict (mailbox, generation, item) do update set modseq = excluded.modseq, date = excluded.date`,
    [of.mailbox, of.generation, JSON.stringify(kept)],
  )
}

/** What is held of these ids; ids that are not held are absent. */
export async function heldLines(connection: Connection, of: LedgerOf, ids: readonly string[]): Promise<Map<string, Held>> {
  const numbers = ids.map(ledgerNumber).filter((number) => number !== null)
  if (numbers.length === 0) return new Map()
  const rows = await connection.all<LedgerRow>(
    `select l.item, l.modseq, l.date, c.folder from ${lines} and ${connection.dialect.among('l.item', 4)}`,
    [of.mailbox, of.generation, of.device, connection.dialect.list(numbers)],
  )
  // The number alone is not the id: one with another folder before it was never given out.
  const asked = new Set(ids)
  const held = rows.map((row) => [ledgerId(row), { modseq: row.modseq, date: row.date }] as const)
  return new Map(held.filter(([id]) => asked.has(id)))
}

/** Lines dated before `cut`, oldest first. */
export async function expiredLines(connection: Connection, of: LedgerOf, cut: Instant, limit: number): Promise<readonly LedgerEntry[]> {
  const rows = await connection.all<LedgerRow>(
    `select l.item, l.modseq, l.date, c.folder from ${lines} and l.date < $4 order by l.date, l.item limit $5`,
    [of.mailbox, of.generation, of.device, cut, limit],
  )
  return rows.map((row) => ({ id: ledgerId(row), modseq: row.modseq, date: row.date }))
}

export async function countLines(connection: Connection, of: LedgerOf): Promise<number> {
  const row = await connection.get<{ count: number }>(`select count(*) as count from ${lines}`, [of.mailbox, of.generation, of.device])
  return row?.count ?? 0
}
