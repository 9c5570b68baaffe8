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

function appPasswordTables({ integer }: Dialect): string {
  return `
-- device: the only one it is good for, once one has used it; verifier: what a wipe of that device proves it by, when it is gone
create table app_passwords (
  account text not null references accounts (id),
  name text not null,
  hash text not null,
  verifier text not null,
  device text,
  created_by text not null,
  created_at ${integer} not null,
  used_at ${integer},
  primary key (account, name)
);
create unique index app_passwords_by_hash on app_passwords (account, hash);
`
}

function certificateTables(_dialect: Dialect): string {
  return ''
}
