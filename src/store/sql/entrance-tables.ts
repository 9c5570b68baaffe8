// The tables of version 3: what is known of a directory's users, passwords of single devices, and certificates.
import type { Dialect } from './dialect.ts'

/** The statements that add who may come in, and by what, to a store of version 2. */
export function entranceTables(dialect: Dialect): string {
  return [directoryTables(dialect), appPasswordTables(dialect), certificateTables(dialect), enrolmentTables(dialect)].join('\n')
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

function enrolmentTables({ integer, blob }: Dialect): string {
  return `
-- hash: SHA-256 of what the link holds; wishes: JSON; claim: the hash of what the first to ask knows; delivered: sealed under the link
create table enrolment_links (
  hash text primary key,
  account text not null,
  wishes text not null,
  created_by text not null,
  created_at ${integer} not null,
  expires_at ${integer} not null,
  claim text,
  used_at ${integer},
  delivered ${blob}
);
-- hash: SHA-256 of the challenge; public_key: SHA-256 of the key it was used for
create table scep_challenges (
  hash text primary key,
  account text not null,
  expires_at ${integer} not null,
  used_at ${integer},
  public_key text,
  transaction_id text,
  certificate ${blob}
);
`
}
