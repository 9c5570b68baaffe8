// Policies in SQL: one row each, its definition as JSON.
import type { Policy } from '../../model/policy.ts'
import type { Policies } from '../policies.ts'
import type { Session } from './session.ts'

export class SqlPolicies implements Policies {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async list(): Promise<readonly Policy[]> {
    const rows = await this.#session.connection.all<{ definition: string }>('select definition from policies order by rank, name')
    return rows.map(({ definition }) => JSON.parse(definition) as Policy)
  }

  async put(policy: Policy): Promise<void> {
    await this.#session.write(({ connection }) =>
      connection.run(
        `insert into policies (name, rank, definition) values ($1, $2, $3)
         on conflict (name) do update set rank = excluded.rank, definition = excluded.definition`,
        [policy.name, policy.rank, JSON.stringify(policy)],
      ),
    )
  }

  async remove(name: string): Promise<boolean> {
    return (await this.#session.write(({ connection }) => connection.run('delete from policies where name = $1', [name]))) > 0
  }
}
