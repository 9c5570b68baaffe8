// The tables of version 2: policies, access, wipes, the audit log, and who administers.
import type { Dialect } from './dialect.ts'

/** The statements that add what an administrator decides to a store of version 1. */
export function administrationTables({ integer, blob, serial }: Dialect): string {
  return `
-- the number of the last entry of the audit log: its holder is the only one who writes the next
insert into meta (name, value) values ('audit', 0);

alter table accounts add column groups text not null default '[]';
alter table accounts add column policy text;
alter table accounts add column sync_enabled ${integer};
alter table accounts add column devices_max ${integer};
-- the mailbox that quarantined devices of this account see; made when the first is quarantined
alter table accounts add column waiting_room ${integer};
create unique index accounts_by_waiting_room on accounts (waiting_room) where waiting_room is not null;

alter table devices add column label text;
-- where the access state comes from; null: nothing was decided yet
alter table devices add column access_basis text;
-- the wipe under way, or the last one as long as it keeps the device out
alter table devices add column wipe text;
-- a hash that the credentials of its last request satisfy
alter table devices add column verifier text;

create table policies (
  name text primary key,
  rank ${integer} not null,
  definition text not null
);
create table access_rules (
  id text primary key,
  position ${integer} not null,
  definition text not null
);

create table wipes (
  id ${serial},
  account text not null,
  device text not null,
  scope text not null,
  state text not null,
  requested_by text not null,
  requested_from text,
  requested_at ${integer} not null,
  approved_by text,
  approved_at ${integer},
  delivered_at ${integer},
  ended_at ${integer},
  reason text
);
create index wipes_of_device on wipes (account, device, id);
create index wipes_by_author on wipes (requested_by, requested_at);

create table audit (
  number ${integer} primary key,
  at ${integer} not null,
  actor text not null,
  role text not null,
  origin text,
  action text not null,
  target text,
  detail text not null,
  hash text not null
);
create index audit_by_target on audit (target, number);

create table administrators (
  name text primary key,
  role text not null,
  password_hash text not null,
  disabled ${integer} not null,
  created_at ${integer} not null,
  last_login ${integer}
);
-- one-time passwords, of administrators and accounts alike; step: the last one used, which is not good again
create table second_factors (
  subject text primary key,
  sealed ${blob} not null,
  confirmed ${integer} not null,
  step ${integer} not null
);
-- id: SHA-256 of what the cookie holds; stamp: what the person was when it began
create table console_sessions (
  id text primary key,
  subject text not null,
  face text not null,
  stage text not null,
  stamp text not null,
  said text,
  created_at ${integer} not null,
  used_at ${integer} not null
);
create index console_sessions_of_subject on console_sessions (subject, created_at);
create table api_tokens (
  name text primary key,
  role text not null,
  hash text not null unique,
  created_by text not null,
  created_at ${integer} not null,
  expires_at ${integer},
  used_at ${integer}
);

create table device_passwords (
  account text not null,
  device text not null,
  sealed ${blob} not null,
  at ${integer} not null,
  primary key (account, device)
);
`
}
