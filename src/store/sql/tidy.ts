// Clearing away: tombstones no ledger needs, contents and ledgers nobody reaches, submissions long past.
import { setImmediate } from 'node:timers/promises'
import type { DeviceId, Instant, MailboxId } from '../../model/id.ts'
import { forgetGenerations } from './generations.ts'
import type { Session, Work } from './session.ts'

const day = 24 * 60 * 60 * 1000
/** Tombstones also answer repeated commands (an identity, a move): phones repeat within days, not weeks. */
const tombstoneAge = 30 * day
/** A SubmissionId is refused for as long as a phone may keep a mail in its outbox. */
const submissionAge = 30 * day
/** Whoever began to read a source before it was forgotten has finished by then. */
const readingTime = 60 * 60 * 1000
/** No session of the console lasts for so long. */
const sessionAge = day
/** What a link has handed out is given again for minutes, not for an hour. */
const deliveredAge = 60 * 60 * 1000
/** Links and challenges of the past are looked at by nobody. */
const enrolmentAge = 30 * day
/** RFC 3834 2: in an absence without an end, once in a while is enough, and nobody's list of answered people grows for ever. */
const answerAge = 180 * day
/** Rows of one unit of work: others write in between. */
const batch = 2000
/** Contents of one unit: each takes its source and its words with it. */
const contentBatch = 50

/** Removes everything that is no longer needed at `now`, a batch at a time. */
export async function tidy(session: Session, now: Instant): Promise<void> {
  await session.write((unit) => unit.connection.run('delete from submissions where at < $1', [now - submissionAge]))
  await session.write((unit) => unit.connection.run('delete from console_sessions where created_at < $1', [now - sessionAge]))
  await session.write((unit) => clearEnrolments(unit, now))
  await session.write((unit) => unit.connection.run('delete from absence_answers where at < $1', [now - answerAge]))
  const mailboxes = await session.connection.all<{ id: MailboxId }>('select id from mailboxes order by id')
  for (const { id } of mailboxes) {
    // There may be thousands, and an embedded database never leaves this thread.
    await setImmediate()
    await session.write((unit) => clearCollections(unit, id, now))
    while (await session.write((unit) => clearItems(unit, id, now))) continue
    await session.write((unit) => clearFolders(unit, id, now))
    while (await session.write((unit) => clearForgotten(unit, id, now))) continue
  }
}

async function clearEnrolments({ connection }: Work, now: Instant): Promise<void> {
  await connection.run('update enrolment_links set delivered = null where delivered is not null and (used_at < $1 or expires_at < $1)', [
    now - deliveredAge,
  ])
  await connection.run('delete from enrolment_links where expires_at < $1', [now - enrolmentAge])
  await connection.run('delete from scep_challenges where expires_at < $1', [now - enrolmentAge])
}

/** Nobody syncs a folder that is gone: what devices held of it must not keep its tombstones for ever. */
async function clearCollections(unit: Work, mailbox: MailboxId, now: Instant): Promise<void> {
  const rows = await unit.connection.all<{ device: DeviceId; generation: number }>(
    `select c.device, c.generation from collections c join folders f on f.mailbox = c.mailbox and f.number = c.folder
     where c.mailbox = $1 and f.gone = 1 and f.removed_at < $2`,
    [mailbox, now - tombstoneAge],
  )
  for (const { device, generation } of rows) await forgetGenerations(unit, mailbox, device, [generation])
}

/** A tombstone goes when every generation of its folder has been told of it. Answers whether there may be more. */
async function clearItems(unit: Work, mailbox: MailboxId, now: Instant): Promise<boolean> {
  const { connection } = unit
  const rows = await connection.all<{ number: number }>(
    `select i.number from items i where i.mailbox = $1 and i.gone = 1 and i.removed_at < $2 and not exists (
       select 1 from collections c where c.mailbox = i.mailbox and c.folder = i.folder and c.floor < i.modseq)
     limit $3`,
    [mailbox, now - tombstoneAge, batch],
  )
  if (rows.length === 0) return false
  const numbers = connection.dialect.list(rows.map((row) => row.number))
  await connection.run(`delete from items where mailbox = $1 and ${connection.dialect.among('number', 2)}`, [mailbox, numbers])
  return rows.length === batch
}

/** A folder's tombstone also waits for its items'. */
async function clearFolders(unit: Work, mailbox: MailboxId, now: Instant): Promise<void> {
  await unit.connection.run(
    `delete from folders where mailbox = $1 and gone = 1 and removed_at < $2
       and not exists (select 1 from collections c where c.mailbox = folders.mailbox and c.folder = 0 and c.floor < folders.modseq)
       and not exists (select 1 from items i where i.mailbox = folders.mailbox and i.folder = folders.number)`,
    [mailbox, now - tombstoneAge],
  )
}

/** Some forgotten contents, or a part of one forgotten ledger. Answers whether there may be more. */
async function clearForgotten(unit: Work, mailbox: MailboxId, now: Instant): Promise<boolean> {
  return (await clearContents(unit, mailbox, now)) || (await clearLedger(unit, mailbox))
}

async function clearContents(unit: Work, mailbox: MailboxId, now: Instant): Promise<boolean> {
  const { connection } = unit
  const rows = await connection.all<{ id: number }>(
    `select id from forgotten f where mailbox = $1 and kind = 'content' and at < $2 and not exists (
       select 1 from items i where i.mailbox = f.mailbox and i.content = f.id)
     limit $3`,
    [mailbox, now - readingTime, contentBatch],
  )
  if (rows.length === 0) return false
  const parameters = [mailbox, connection.dialect.list(rows.map((row) => row.id))]
  await connection.run(`delete from chunks where mailbox = $1 and ${connection.dialect.among('content', 2)}`, parameters)
  await connection.run(`delete from texts where mailbox = $1 and ${connection.dialect.among('content', 2)}`, parameters)
  await connection.run(`delete from contents where mailbox = $1 and ${connection.dialect.among('id', 2)}`, parameters)
  await connection.run(`delete from forgotten where mailbox = $1 and kind = 'content' and ${connection.dialect.among('id', 2)}`, parameters)
  return true
}

async function clearLedger(unit: Work, mailbox: MailboxId): Promise<boolean> {
  const { connection } = unit
  const dropped = await connection.get<{ id: number }>(`select id from forgotten where mailbox = $1 and kind = 'ledger' limit 1`, [mailbox])
  if (dropped === undefined) return false
  const key = [mailbox, dropped.id]
  const end = await connection.get<{ item: number }>(
    'select item from ledger where mailbox = $1 and generation = $2 order by item limit 1 offset $3',
    [...key, batch],
  )
  await connection.run('delete from ledger where mailbox = $1 and generation = $2 and item < $3', [
    ...key,
    end?.item ?? Number.MAX_SAFE_INTEGER,
  ])
  if (end === undefined) await connection.run(`delete from forgotten where mailbox = $1 and kind = 'ledger' and id = $2`, key)
  return true
}
