// The epoch: what makes ids, modseqs and sync keys new again after a restore from backup.
import { randomBytes } from 'node:crypto'
import type { Instant, SyncKey } from '../../model/id.ts'
import type { Connection, Database } from './connection.ts'

/** Counters of epoch e begin at e * 2^28: no mailbox counts half as far between two restores. */
const epochSpan = 2 ** 28
const firstMinute = Date.UTC(2025, 0, 1) / 60_000

/** Where the counters of a mailbox that is born in this epoch begin. */
export function counterStart(epoch: number): number {
  return epoch * epochSpan
}

/** Those of a waiting room begin in the middle: no id that a device has from there may mean something in the account's own mailbox. */
export function waitingRoomStart(epoch: number): number {
  return counterStart(epoch) + epochSpan / 2
}

export async function readEpoch(connection: Connection): Promise<number> {
  const row = await connection.get<{ value: number }>(`select value from meta where name = 'epoch'`)
  if (row === undefined) throw new Error('the database has no epoch: it is not a store of Easel')
  return row.value
}

/**
 * Begins a new epoch after a restore from backup, before anybody is served: whatever was given out after the backup
 * was made is never given out again. The minute of the clock is part of it, because the backup cannot know how many
 * restores it has been through. Answers the new epoch.
 */
export function beginEpoch(database: Database, now: Instant): Promise<number> {
  return database.transaction(async (connection) => {
    const epoch = Math.max((await readEpoch(connection)) + 1, Math.floor(now / 60_000) - firstMinute)
    await connection.run(`update meta set value = $1 where name = 'epoch'`, [epoch])
    for (const counter of ['modseq', 'next'] as const) {
      const raise = `update mailboxes set ${counter} = $1 where ${counter} < cast($1 as bigint)`
      await connection.run(raise, [counterStart(epoch)])
      await connection.run(`${raise} and id in (select waiting_room from accounts)`, [waitingRoomStart(epoch)])
    }
    return epoch
  })
}

const digits = '0123456789abcdefghijklmnopqrstuvwxyz'

/** `length` random digits of base 36, each as likely as the others. */
export function randomDigits(length: number): string {
  let text = ''
  while (text.length < length) {
    // 252 is the largest multiple of 36 in a byte: what lies above would favour the first digits.
    for (const byte of randomBytes(length)) if (byte < 252 && text.length < length) text += digits[byte % 36]
  }
  return text
}

/** A key that was never given out: 62 random bits after the epoch, at most 18 characters until the year 2100. */
export function newSyncKey(epoch: number): SyncKey {
  return `${epoch.toString(36)}.${randomDigits(12)}` as SyncKey
}
