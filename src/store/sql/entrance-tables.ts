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
-- why the directory keeps it out; null where it does not
alter table accounts add column barred text;
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

function certificateTables({ integer, blob }: Dialect): string {
  return `
-- what our own authority issued to clients; issuer: SHA-256 of its public key; content: the certificate, DER
create table certificates (
  issuer text not null,
  serial text not null,
  account text not null,
  device text,
  subject text not null,
  names text not null,
  not_before ${integer} not null,
  not_after ${integer} not null,
  issued_at ${integer} not null,
  issued_by text not null,
  way text not null,
  fingerprint text not null,
  content ${blob} not null,
  revoked_at ${integer},
  revoked_by text,
  reason text,
  primary key (issuer, serial)
);
create index certificates_of_account on certificates (account, issued_at);
create index certificates_by_revocation on certificates (revoked_at) where revoked_at is not null;
-- the newest list of each issuer, signed; since: when it was made
create table revocation_lists (
  issuer text primary key,
  number ${integer} not null,
  since ${integer} not null,
  until ${integer} not null,
  content ${blob} not null
);
`
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
