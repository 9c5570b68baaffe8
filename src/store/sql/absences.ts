// Absences in SQL: one row for each account that said anything, one for each sender that was answered.
import { createHash } from 'node:crypto'
import type { Absence } from '../../model/absence.ts'
import type { AccountId, Instant } from '../../model/id.ts'
import type { Absences, KeptAbsence } from '../absences.ts'
import { StoreFailure } from '../failure.ts'
import type { Session } from './session.ts'

const hour = 60 * 60 * 1000

interface AbsenceRow {
  readonly state: 0 | 1 | 2
  readonly starts: Instant | null
  readonly ends: Instant | null
  readonly replies: string
  readonly since: Instant
}

/** Long addresses and odd letters have keys as short as any. */
const senderKey = (sender: string) => createHash('sha256').update(sender).digest('base64url')

export class SqlAbsences implements Absences {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async of(account: AccountId): Promise<KeptAbsence | null> {
    const row = await this.#session.connection.get<AbsenceRow>(
      'select state, starts, ends, replies, since from absences where account = $1',
      [account],
    )
    if (row === undefined) return null
    const { state, starts, ends, replies, since } = row
    return { absence: { state, start: starts, end: ends, replies: JSON.parse(replies) as Absence['replies'] }, since }
  }

  keep(account: AccountId, { state, start, end, replies }: Absence, since: Instant): Promise<void> {
    return this.#session.write(async ({ connection }) => {
      const owner = await connection.get('select id from accounts where id = $1', [account])
      if (owner === undefined) throw new StoreFailure('account-not-found')
      const before = await connection.get<{ since: Instant }>('select since from absences where account = $1', [account])
      if (before !== undefined && before.since !== since) {
        await connection.run('delete from absence_answers where account = $1', [account])
      }
      await connection.run(
        `insert into absences (account, state, starts, ends, replies, since) values ($1, $2, $3, $4, $5, $6)
         on conflict (account) do update set state = excluded.state, starts = excluded.starts, ends = excluded.ends,
           replies = excluded.replies, since = excluded.since`,
        [account, state, start, end, JSON.stringify(replies), since],
      )
    })
  }

  answer(account: AccountId, sender: string, at: Instant, perHour: number): Promise<boolean> {
    return this.#session.write(async ({ connection }) => {
      const lately = await connection.get<{ count: number }>(
        'select count(*) as count from absence_answers where account = $1 and at > $2',
        [account, at - hour],
      )
      if ((lately?.count ?? 0) >= perHour) return false
      const rows = await connection.run(
        'insert into absence_answers (account, sender, at) values ($1, $2, $3) on conflict (account, sender) do nothing',
        [account, senderKey(sender), at],
      )
      return rows > 0
    })
  }
}
