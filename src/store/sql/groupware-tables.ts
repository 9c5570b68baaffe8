// The tables of version 4: what calendars, contacts, tasks, notes and meetings need beside mail.
import type { Dialect } from './dialect.ts'

/** The statements that add them to a store of version 3. */
export function groupwareTables(dialect: Dialect): string {
  return [recordColumns(dialect)].join('\n')
}

function recordColumns(_dialect: Dialect): string {
  return `
-- SHA-256 of the name by which others know a record
alter table items add column uid text;
create index items_by_uid on items (mailbox, uid) where uid is not null;
`
}
