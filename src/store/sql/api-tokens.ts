// API tokens in SQL: one row each, without the token.
import type { StaffRole } from '../../model/actor.ts'
import type { Instant } from '../../model/id.ts'
import type { ApiToken, ApiTokens, NewApiToken } from '../api-tokens.ts'
import { StoreFailure } from '../failure.ts'
import type { Session } from './session.ts'

interface TokenRow {
  readonly name: string
  readonly role: StaffRole
  readonly created_by: string
  readonly created_at: Instant
  readonly expires_at: Instant | null
  readonly used_at: Instant | null
}

const columns = 'name, role, created_by, created_at, expires_at, used_at'

const toToken = ({ name, role, created_by, created_at, expires_at, used_at }: TokenRow): ApiToken => ({
  name,
  role,
  createdBy: created_by,
  createdAt: created_at,
  expiresAt: expires_at,
  usedAt: used_at,
})

export class SqlApiTokens implements ApiTokens {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  add({ hash, ...token }: NewApiToken): Promise<ApiToken> {
    const { name, role, createdBy, createdAt, expiresAt } = token
    return this.#session.write(async ({ connection }) => {
      const rows = await connection.run(
        `insert into api_tokens (name, role, hash, created_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (name) do nothing`,
        [name, role, hash, createdBy, createdAt, expiresAt],
      )
      if (rows === 0) throw new StoreFailure('name-taken', 'there is a token of this name')
      return { ...token, usedAt: null }
    })
  }

  async byHash(hash: string): Promise<ApiToken | null> {
    const row = await this.#session.connection.get<TokenRow>(`select ${columns} from api_tokens where hash = $1`, [hash])
    return row === undefined ? null : toToken(row)
  }

  async touch(name: string, at: Instant): Promise<void> {
    await this.#session.write(({ connection }) => connection.run('update api_tokens set used_at = $2 where name = $1', [name, at]))
  }

  async list(): Promise<readonly ApiToken[]> {
    const rows = await this.#session.connection.all<TokenRow>(`select ${columns} from api_tokens order by created_at, name`)
    return rows.map(toToken)
  }

  remove(name: string): Promise<ApiToken | null> {
    return this.#session.write(async ({ connection }) => {
      const row = await connection.get<TokenRow>(`delete from api_tokens where name = $1 returning ${columns}`, [name])
      return row === undefined ? null : toToken(row)
    })
  }
}
