// The tables of version 3: what is known of a directory's users, passwords of single devices, and certificates.
import type { Dialect } from './dialect.ts'

/** The statements that add who may come in, and by what, to a store of version 2. */
export function entranceTables(dialect: Dialect): string {
  return [directoryTables(dialect), appPasswordTables(dialect), certificateTables(dialect)].join('\n')
}

function directoryTables({ integer }: Dialect): string {
  return `
-- the lasting id of the directory's user an account belongs to; null for an account of our own
alter table accounts add column directory_id text;
create unique index accounts_by_directory_id on accounts (directory_id) where directory_id is not null;
-- when the directory was last seen to have it
alter table accounts add column directory_seen ${integer};
`
}

function appPasswordTables(_dialect: Dialect): string {
  return ''
}

function certificateTables(_dialect: Dialect): string {
  return ''
}
