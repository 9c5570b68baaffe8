// The outbox in SQL: what was accepted, what is still owed, and which submissions were taken before.
import type { AccountId, Instant, SubmissionId } from '../../model/id.ts'
import type { Source } from '../../model/item.ts'
import type { NewSubmission, Outbox, QueuedMessage } from '../outbox.ts'
import { chunkedSource, queueChunks, writeChunks } from './chunks.ts'
import type { Session, Work } from './session.ts'

interface QueueRow {
  readonly number: number
  readonly id: SubmissionId
  readonly account: AccountId
  readonly sender: string
  readonly recipients: string
  readonly attempts: number
  readonly queued_at: Instant
  readonly next_attempt_at: Instant
  readonly last_error: string | null
}

const columns = 'number, id, account, sender, recipients, attempts, queued_at, next_attempt_at, last_error'

function toMessage(row: QueueRow): QueuedMessage {
  return {
    number: row.number,
    id: row.id,
    account: row.account,
    from: row.sender,
    recipients: JSON.parse(row.recipients) as string[],
    attempts: row.attempts,
    queuedAt: row.queued_at,
    nextAttemptAt: row.next_attempt_at,
    lastError: row.last_error,
  }
}

export class SqlOutbox implements Outbox {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async submit(submission: NewSubmission): Promise<boolean> {
    const { id, account, from, recipients, source, at } = submission
    this.#session.database.reserve(source.length)
    return this.#session.write(async (unit) => {
      const taken = await unit.connection.run(
        'insert into submissions (account, id, at) values ($1, $2, $3) on conflict (account, id) do nothing',
        [account, id, at],
      )
      if (taken === 0) return false
      // Nobody is owed anything: the submission is remembered, and there is nothing to send.
      if (recipients.length === 0) return true
      const row = await unit.connection.get<{ number: number }>(
        `insert into queue (account, id, sender, recipients, attempts, queued_at, next_attempt_at, bytes)
         values ($1, $2, $3, $4, 0, $5, $5, $6) returning number`,
        [account, id, from, JSON.stringify(recipients), at, source.length],
      )
      if (row === undefined) throw new Error('a message that was just queued has no number')
      await writeChunks(unit.connection, queueChunks, [row.number], source)
      return true
    })
  }

  async known(account: AccountId, id: SubmissionId): Promise<boolean> {
    const row = await this.#session.connection.get('select at from submissions where account = $1 and id = $2', [account, id])
    return row !== undefined
  }

  async due(at: Instant, limit: number): Promise<readonly QueuedMessage[]> {
    const rows = await this.#session.connection.all<QueueRow>(
      `select ${columns} from queue where next_attempt_at <= $1 order by queued_at, number limit $2`,
      [at, limit],
    )
    return rows.map(toMessage)
  }

  async list(): Promise<readonly QueuedMessage[]> {
    return (await this.#session.connection.all<QueueRow>(`select ${columns} from queue order by queued_at, number`)).map(toMessage)
  }

  async source(number: number): Promise<Source | null> {
    const row = await this.#session.connection.get<{ bytes: number }>('select bytes from queue where number = $1', [number])
    return row === undefined ? null : chunkedSource(() => this.#session.connection, queueChunks, [number], row.bytes)
  }

  async settle(number: number, recipients: readonly string[]): Promise<void> {
    const settled = new Set(recipients)
    await this.#session.write(async (unit) => {
      const owed = (await this.#owed(unit, number))?.filter((recipient) => !settled.has(recipient))
      if (owed === undefined) return
      if (owed.length > 0) {
        await unit.connection.run('update queue set recipients = $2 where number = $1', [number, JSON.stringify(owed)])
        return
      }
      await unit.connection.run('delete from queue_chunks where number = $1', [number])
      await unit.connection.run('delete from queue where number = $1', [number])
    })
  }

  async #owed(unit: Work, number: number): Promise<readonly string[] | null> {
    const row = await unit.connection.get<{ recipients: string }>(
      `select recipients from queue where number = $1${unit.connection.dialect.forUpdate}`,
      [number],
    )
    return row === undefined ? null : (JSON.parse(row.recipients) as string[])
  }

  async postpone(number: number, nextAttemptAt: Instant, error: string): Promise<void> {
    await this.#session.write((unit) =>
      unit.connection.run(
        'update queue set attempts = attempts + 1, next_attempt_at = $2, last_error = $3 where number = $1',
        // PostgreSQL's text knows no NUL, and the text comes from a stranger's server.
        [number, nextAttemptAt, error.replaceAll('\u0000', '').slice(0, 1000)],
      ),
    )
  }

  async nextDue(): Promise<Instant | null> {
    const row = await this.#session.connection.get<{ at: Instant | null }>('select min(next_attempt_at) as at from queue')
    return row?.at ?? null
  }
}
