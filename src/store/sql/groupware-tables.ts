// The tables of version 4: what calendars, contacts, tasks, notes and meetings need beside mail.
import type { Dialect } from './dialect.ts'

/** The statements that add them to a store of version 3. */
export function groupwareTables(dialect: Dialect): string {
  return [recordColumns(dialect), absenceTables(dialect), whereabouts(dialect)].join('\n')
}

function recordColumns(_dialect: Dialect): string {
  return `
-- SHA-256 of the name by which others know a record
alter table items add column uid text;
create index items_by_uid on items (mailbox, uid) where uid is not null;
`
}

function absenceTables({ integer }: Dialect): string {
  return `
-- starts, ends: in state 2 only; replies: JSON by audience; since: names this absence among those of the account
create table absences (
  account text primary key references accounts (id),
  state ${integer} not null,
  starts ${integer},
  ends ${integer},
  replies text not null,
  since ${integer} not null
);
-- sender: SHA-256 of the address that was answered in the absence there is
create table absence_answers (
  account text not null references accounts (id),
  sender text not null,
  at ${integer} not null,
  primary key (account, sender)
);
create index absence_answers_by_time on absence_answers (account, at);
`
}

function whereabouts(_dialect: Dialect): string {
  return `
-- an IANA name; null where the server's time zone is the account's
alter table accounts add column time_zone text;
-- JSON; null for who has not said when he works
alter table accounts add column working_hours text;
`
}
