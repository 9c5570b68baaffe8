// App passwords in SQL: one row each, without the password.
import type { AccountId, DeviceId, Instant } from '../../model/id.ts'
import type { AppPassword, AppPasswords, AppPasswordSecrets } from '../app-passwords.ts'
import { StoreFailure } from '../failure.ts'
import type { Session } from './session.ts'

interface AppPasswordRow {
  readonly account: AccountId
  readonly name: string
  readonly device: DeviceId | null
  readonly created_by: string
  readonly created_at: Instant
  readonly used_at: Instant | null
}

const columns = 'account, name, device, created_by, created_at, used_at'

const toAppPassword = ({ account, name, device, created_by, created_at, used_at }: AppPasswordRow): AppPassword => ({
  account,
  name,
  device,
  createdBy: created_by,
  createdAt: created_at,
  usedAt: used_at,
})

export class SqlAppPasswords implements AppPasswords {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  add({ hash, verifier, ...password }: Omit<AppPassword, 'device' | 'usedAt'> & AppPasswordSecrets): Promise<AppPassword> {
    const { account, name, createdBy, createdAt } = password
    return this.#session.write(async ({ connection }) => {
      const owner = await connection.get('select id from accounts where id = $1', [account])
      if (owner === undefined) throw new StoreFailure('account-not-found')
      const rows = await connection.run(
        `insert into app_passwords (account, name, hash, verifier, created_by, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (account, name) do nothing`,
        [account, name, hash, verifier, createdBy, createdAt],
      )
      if (rows === 0) throw new StoreFailure('name-taken', 'the account has an app password of this name')
      return { ...password, device: null, usedAt: null }
    })
  }

  async byHash(account: AccountId, hash: string): Promise<(AppPassword & Pick<AppPasswordSecrets, 'verifier'>) | null> {
    const row = await this.#session.connection.get<AppPasswordRow & { verifier: string }>(
      `select ${columns}, verifier from app_passwords where account = $1 and hash = $2`,
      [account, hash],
    )
    return row === undefined ? null : { ...toAppPassword(row), verifier: row.verifier }
  }

  bind(account: AccountId, name: string, device: DeviceId): Promise<DeviceId | null> {
    return this.#session.write(async ({ connection }) => {
      // One statement decides which of two devices was first.
      const row = await connection.get<{ device: DeviceId }>(
        'update app_passwords set device = coalesce(device, $3) where account = $1 and name = $2 returning device',
        [account, name, device],
      )
      return row?.device ?? null
    })
  }

  async touch(account: AccountId, name: string, at: Instant): Promise<void> {
    await this.#session.write(({ connection }) =>
      connection.run('update app_passwords set used_at = $3 where account = $1 and name = $2', [account, name, at]),
    )
  }

  async list(account: AccountId): Promise<readonly AppPassword[]> {
    const rows = await this.#session.connection.all<AppPasswordRow>(
      `select ${columns} from app_passwords where account = $1 order by created_at, name`,
      [account],
    )
    return rows.map(toAppPassword)
  }

  remove(account: AccountId, name: string): Promise<AppPassword | null> {
    return this.#session.write(async ({ connection }) => {
      const row = await connection.get<AppPasswordRow>(`delete from app_passwords where account = $1 and name = $2 returning ${columns}`, [
        account,
        name,
      ])
      return row === undefined ? null : toAppPassword(row)
    })
  }
}
