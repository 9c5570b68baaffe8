// SCEP challenges in SQL: one row each, by the hash of the challenge.
import type { AccountId, Instant } from '../../model/id.ts'
import type { ScepChallenge, ScepChallenges, ScepUse } from '../scep-challenges.ts'
import type { Connection } from './connection.ts'
import type { Session } from './session.ts'

interface ChallengeRow {
  readonly account: AccountId
  readonly expires_at: Instant
  readonly used_at: Instant | null
  readonly public_key: string | null
  readonly transaction_id: string | null
  readonly certificate: Uint8Array | null
}

async function find(connection: Connection, hash: string): Promise<ScepChallenge | null> {
  const row = await connection.get<ChallengeRow>(
    'select account, expires_at, used_at, public_key, transaction_id, certificate from scep_challenges where hash = $1',
    [hash],
  )
  if (row === undefined) return null
  const { account, expires_at, used_at, public_key, transaction_id, certificate } = row
  return { account, expiresAt: expires_at, usedAt: used_at, publicKey: public_key, transaction: transaction_id, certificate }
}

export class SqlScepChallenges implements ScepChallenges {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async add({ hash, account, expiresAt }: Parameters<ScepChallenges['add']>[0]): Promise<void> {
    // The challenge of a renewal follows from what is renewed, and may be there already.
    await this.#session.write(({ connection }) =>
      connection.run('insert into scep_challenges (hash, account, expires_at) values ($1, $2, $3) on conflict (hash) do nothing', [
        hash,
        account,
        expiresAt,
      ]),
    )
  }

  byHash(hash: string): Promise<ScepChallenge | null> {
    return find(this.#session.connection, hash)
  }

  use(hash: string, { publicKey, transaction, at }: ScepUse): Promise<ScepChallenge | null> {
    return this.#session.write(async ({ connection }) => {
      await connection.run(
        'update scep_challenges set public_key = $2, transaction_id = $3, used_at = $4 where hash = $1 and public_key is null',
        [hash, publicKey, transaction, at],
      )
      return find(connection, hash)
    })
  }

  async release(hash: string): Promise<void> {
    await this.#session.write(({ connection }) =>
      connection.run(
        'update scep_challenges set public_key = null, transaction_id = null, used_at = null where hash = $1 and certificate is null',
        [hash],
      ),
    )
  }

  async keep(hash: string, certificate: Uint8Array): Promise<void> {
    await this.#session.write(({ connection }) =>
      connection.run('update scep_challenges set certificate = $2 where hash = $1 and certificate is null', [hash, certificate]),
    )
  }

  async withdraw(account: AccountId): Promise<void> {
    await this.#session.write(({ connection }) =>
      connection.run('delete from scep_challenges where account = $1 and public_key is null', [account]),
    )
  }
}
