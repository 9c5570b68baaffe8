// The tables of version 1. Every key begins with the mailbox or the account, so that tables can be distributed by it.
import type { Dialect } from './dialect.ts'

/** The statements that build an empty store. */
export function tables({ integer, blob, serial, clustered, searchTables }: Dialect): string {
  return `
-- epoch, and the last mailbox number given out
insert into meta (name, value) values ('epoch', 0), ('mailbox', 0);
create table settings (name text primary key, value text not null);
create table secrets (name text primary key, value ${blob} not null);

create table accounts (
  id text primary key,
  mailbox ${integer} not null unique,
  display_name text not null,
  disabled ${integer} not null,
  max_version text,
  allow_non_provisionable ${integer},
  password_hash text
);
create table addresses (
  address text primary key,
  account text not null references accounts (id),
  position ${integer} not null
);
create index addresses_of_account on addresses (account, position);

create table devices (
  account text not null references accounts (id),
  id text not null,
  type text not null,
  user_agent text,
  version text,
  information text not null,
  access text not null,
  provision text not null,
  first_seen ${integer} not null,
  last_seen ${integer} not null,
  last_address text,
  primary key (account, id)
);
create table memories (
  account text not null,
  device text not null,
  memory text not null,
  value text not null,
  primary key (account, device, memory)
);

-- modseq: the last change; next: the last number given to an item, folder, content or generation
create table mailboxes (
  id ${integer} not null primary key,
  modseq ${integer} not null,
  next ${integer} not null
);
create table folders (
  mailbox ${integer} not null,
  number ${integer} not null,
  modseq ${integer} not null,
  gone ${integer} not null,
  parent ${integer} not null,
  type ${integer} not null,
  name text not null,
  name_key text not null,
  identity text,
  removed_at ${integer},
  primary key (mailbox, number)
);
create index folders_by_change on folders (mailbox, modseq);
create unique index folders_by_name on folders (mailbox, parent, name_key) where gone = 0;
create unique index folders_by_identity on folders (mailbox, identity) where identity is not null;

-- A move leaves a tombstone that knows the new row; the content is shared, never copied.
create table items (
  mailbox ${integer} not null,
  number ${integer} not null,
  folder ${integer} not null,
  modseq ${integer} not null,
  gone ${integer} not null,
  date ${integer} not null,
  bytes ${integer} not null,
  class text not null,
  content ${integer},
  conversation text,
  identity text,
  moved_to ${integer},
  removed_at ${integer},
  state text,
  primary key (mailbox, number)
)${clustered};
create index items_by_change on items (mailbox, folder, modseq);
create index items_by_date on items (mailbox, folder, date, number) where gone = 0;
create unique index items_by_identity on items (mailbox, identity) where identity is not null;
create index items_by_content on items (mailbox, content) where content is not null;
create index items_by_conversation on items (mailbox, conversation) where conversation is not null;
create index items_removed on items (mailbox, removed_at) where removed_at is not null;

create table contents (
  mailbox ${integer} not null,
  id ${integer} not null,
  bytes ${integer} not null,
  envelope text not null,
  primary key (mailbox, id)
);
create table chunks (
  mailbox ${integer} not null,
  content ${integer} not null,
  seq ${integer} not null,
  bytes ${blob} not null,
  primary key (mailbox, content, seq)
);
${searchTables}

-- floor: the lowest token a round may yet start from; tombstones above it are needed
create table collections (
  mailbox ${integer} not null,
  generation ${integer} not null,
  device text not null,
  folder ${integer} not null,
  revision ${integer} not null,
  acknowledged text not null,
  token ${integer},
  backfill text not null,
  cut ${integer},
  floor ${integer},
  retries ${integer} not null,
  created_at ${integer} not null,
  used_at ${integer} not null,
  options text not null,
  supported text not null,
  own text not null,
  pending text not null,
  primary key (mailbox, generation)
);
create index collections_of_device on collections (mailbox, device, folder, generation);
create index collections_by_folder on collections (mailbox, folder);
create table ledger (
  mailbox ${integer} not null,
  generation ${integer} not null,
  item ${integer} not null,
  modseq ${integer} not null,
  date ${integer},
  primary key (mailbox, generation, item)
)${clustered};
create index ledger_by_date on ledger (mailbox, generation, date) where date is not null;
create table resets (
  id ${serial},
  mailbox ${integer} not null,
  device text not null,
  at ${integer} not null,
  folder text not null,
  reason text not null,
  presented text
);
create index resets_of_device on resets (mailbox, device, id);
create table poison (
  mailbox ${integer} not null,
  device text not null,
  id text not null,
  folder text not null,
  reason text not null,
  at ${integer} not null,
  primary key (mailbox, device, id)
);

-- Contents and ledgers nobody reaches any more, to be cleared away at leisure.
create table forgotten (
  mailbox ${integer} not null,
  kind text not null,
  id ${integer} not null,
  at ${integer} not null,
  primary key (mailbox, kind, id)
);

create table submissions (
  account text not null,
  id text not null,
  at ${integer} not null,
  primary key (account, id)
);
create index submissions_by_age on submissions (at);
create table queue (
  number ${serial},
  account text not null,
  id text not null,
  sender text not null,
  recipients text not null,
  attempts ${integer} not null,
  queued_at ${integer} not null,
  next_attempt_at ${integer} not null,
  last_error text,
  bytes ${integer} not null
);
create index queue_by_attempt on queue (next_attempt_at);
create table queue_chunks (
  number ${integer} not null,
  seq ${integer} not null,
  bytes ${blob} not null,
  primary key (number, seq)
);
`
}
