// Administrators in SQL: one row each.
import type { StaffRole } from '../../model/actor.ts'
import type { Instant } from '../../model/id.ts'
import type { Administrator, AdministratorChange, Administrators, NewAdministrator } from '../administrators.ts'
import { StoreFailure } from '../failure.ts'
import type { Session } from './session.ts'

interface AdministratorRow {
  readonly name: string
  readonly role: StaffRole
  readonly disabled: number
  readonly created_at: Instant
  readonly last_login: Instant | null
  readonly password_hash: string
}

const columns = 'name, role, disabled, created_at, last_login, password_hash'

const toAdministrator = ({ name, role, disabled, created_at, last_login }: AdministratorRow): Administrator => ({
  name,
  role,
  disabled: disabled === 1,
  createdAt: created_at,
  lastLogin: last_login,
})

export class SqlAdministrators implements Administrators {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  add({ name, role, passwordHash, at }: NewAdministrator): Promise<Administrator> {
    return this.#session.write(async ({ connection }) => {
      const rows = await connection.run(
        `insert into administrators (name, role, password_hash, disabled, created_at) values ($1, $2, $3, 0, $4)
         on conflict (name) do nothing`,
        [name, role, passwordHash, at],
      )
      if (rows === 0) throw new StoreFailure('name-taken', 'there is an administrator of this name')
      return { name, role, disabled: false, createdAt: at, lastLogin: null }
    })
  }

  change(name: string, { role, disabled, passwordHash, lastLogin }: AdministratorChange): Promise<Administrator> {
    return this.#session.write(async ({ connection }) => {
      const row = await connection.get<AdministratorRow>(
        `select ${columns} from administrators where name = $1${connection.dialect.forUpdate}`,
        [name],
      )
      if (row === undefined) throw new StoreFailure('item-not-found', 'there is no such administrator')
      const changed: AdministratorRow = {
        ...row,
        role: role ?? row.role,
        disabled: disabled === undefined ? row.disabled : Number(disabled),
        password_hash: passwordHash ?? row.password_hash,
        last_login: lastLogin ?? row.last_login,
      }
      await connection.run('update administrators set role = $2, disabled = $3, password_hash = $4, last_login = $5 where name = $1', [
        name,
        changed.role,
        changed.disabled,
        changed.password_hash,
        changed.last_login,
      ])
      return toAdministrator(changed)
    })
  }

  async remove(name: string): Promise<boolean> {
    return (await this.#session.write(({ connection }) => connection.run('delete from administrators where name = $1', [name]))) > 0
  }

  async find(name: string): Promise<Administrator | null> {
    const row = await this.#row(name)
    return row === null ? null : toAdministrator(row)
  }

  async passwordHash(name: string): Promise<string | null> {
    return (await this.#row(name))?.password_hash ?? null
  }

  async #row(name: string): Promise<AdministratorRow | null> {
    return (await this.#session.connection.get<AdministratorRow>(`select ${columns} from administrators where name = $1`, [name])) ?? null
  }

  async list(): Promise<readonly Administrator[]> {
    const rows = await this.#session.connection.all<AdministratorRow>(`select ${columns} from administrators order by name`)
    return rows.map(toAdministrator)
  }

  async hold(): Promise<readonly Administrator[]> {
    const { connection } = this.#session
    const rows = await connection.all<AdministratorRow>(
      `select ${columns} from administrators order by name${connection.dialect.forUpdate}`,
    )
    return rows.map(toAdministrator)
  }
}
