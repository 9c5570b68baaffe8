// Console sessions in SQL: one row each, gone when it ends.
import type { Instant, Subject } from '../../model/id.ts'
import type { ConsoleSession, ConsoleSessions } from '../console-sessions.ts'
import type { Session } from './session.ts'

interface SessionRow {
  readonly id: string
  readonly subject: Subject
  readonly face: ConsoleSession['face']
  readonly stage: ConsoleSession['stage']
  readonly stamp: string
  readonly said: string | null
  readonly created_at: Instant
  readonly used_at: Instant
}

export class SqlConsoleSessions implements ConsoleSessions {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async add({ id, subject, face, stage, stamp, said, createdAt, usedAt }: ConsoleSession, most: number): Promise<void> {
    await this.#session.write(async ({ connection }) => {
      await connection.run(
        `insert into console_sessions (id, subject, face, stage, stamp, said, created_at, used_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [id, subject, face, stage, stamp, said, createdAt, usedAt],
      )
      await connection.run(
        `delete from console_sessions where subject = $1 and stage = $2 and id <> $3 and id not in (
           select id from console_sessions where subject = $1 and stage = $2 and id <> $3 order by created_at desc, id limit $4)`,
        [subject, stage, id, most - 1],
      )
    })
  }

  async find(id: string): Promise<ConsoleSession | null> {
    const row = await this.#session.connection.get<SessionRow>(
      'select id, subject, face, stage, stamp, said, created_at, used_at from console_sessions where id = $1',
      [id],
    )
    if (row === undefined) return null
    const { created_at: createdAt, used_at: usedAt, ...rest } = row
    return { ...rest, createdAt, usedAt }
  }

  async touch(id: string, at: Instant): Promise<void> {
    await this.#session.write(({ connection }) => connection.run('update console_sessions set used_at = $2 where id = $1', [id, at]))
  }

  async say(id: string, said: string | null): Promise<void> {
    await this.#session.write(({ connection }) => connection.run('update console_sessions set said = $2 where id = $1', [id, said]))
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#session.write(({ connection }) => connection.run('delete from console_sessions where id = $1', [id]))) > 0
  }
  async removeOf(subject: Subject): Promise<void> {
    await this.#session.write(({ connection }) => connection.run('delete from console_sessions where subject = $1', [subject]))
  }
}
