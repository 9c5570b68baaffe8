// Access rules in SQL: a row each, in their order, and the default beside the settings.
import { everybodyAllowed, type AccessRule, type AccessRules } from '../../model/access.ts'
import type { AccessState } from '../../model/device.ts'
import type { Access } from '../access.ts'
import type { Session } from './session.ts'

const fallbackSetting = 'access.fallback'

export class SqlAccess implements Access {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async read(): Promise<AccessRules> {
    const { connection } = this.#session
    const fallback = await connection.get<{ value: AccessState }>('select value from settings where name = $1', [fallbackSetting])
    const rows = await connection.all<{ definition: string }>('select definition from access_rules order by position')
    return {
      fallback: fallback?.value ?? everybodyAllowed.fallback,
      rules: rows.map(({ definition }) => JSON.parse(definition) as AccessRule),
    }
  }

  async write({ fallback, rules }: AccessRules): Promise<void> {
    await this.#session.write(async ({ connection }) => {
      await connection.run('insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value', [
        fallbackSetting,
        fallback,
      ])
      await connection.run('delete from access_rules')
      for (const [position, rule] of rules.entries()) {
        await connection.run('insert into access_rules (id, position, definition) values ($1, $2, $3)', [
          rule.id,
          position,
          JSON.stringify(rule),
        ])
      }
    })
  }
}
