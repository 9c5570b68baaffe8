// Second factors in SQL: one row a person, its secret sealed by whoever put it there.
import type { Subject } from '../../model/id.ts'
import type { SecondFactor, SecondFactors } from '../second-factors.ts'
import type { Session } from './session.ts'

export class SqlSecondFactors implements SecondFactors {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async find(subject: Subject): Promise<SecondFactor | null> {
    const row = await this.#session.connection.get<{ sealed: Uint8Array; confirmed: number; step: number }>(
      'select sealed, confirmed, step from second_factors where subject = $1',
      [subject],
    )
    return row === undefined ? null : { ...row, confirmed: row.confirmed === 1 }
  }

  async put(subject: Subject, sealed: Uint8Array): Promise<void> {
    await this.#session.write(({ connection }) =>
      connection.run(
        `insert into second_factors (subject, sealed, confirmed, step) values ($1, $2, 0, 0)
         on conflict (subject) do update set sealed = excluded.sealed, confirmed = 0, step = 0`,
        [subject, sealed],
      ),
    )
  }

  async spend(subject: Subject, sealed: Uint8Array, step: number): Promise<boolean> {
    const rows = await this.#session.write(({ connection }) =>
      connection.run('update second_factors set step = $3, confirmed = 1 where subject = $1 and sealed = $2 and step < $3', [
        subject,
        sealed,
        step,
      ]),
    )
    return rows > 0
  }

  async remove(subject: Subject): Promise<boolean> {
    return (await this.#session.write(({ connection }) => connection.run('delete from second_factors where subject = $1', [subject]))) > 0
  }

  async confirmed(): Promise<ReadonlySet<Subject>> {
    const rows = await this.#session.connection.all<{ subject: Subject }>('select subject from second_factors where confirmed = 1')
    return new Set(rows.map(({ subject }) => subject))
  }
}
