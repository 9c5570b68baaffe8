// Enrolment links in SQL: one row each, without what the link holds.
import type { AccountId, Instant } from '../../model/id.ts'
import type { EnrolmentLink, EnrolmentLinks, NewEnrolmentLink } from '../enrolment-links.ts'
import type { Connection } from './connection.ts'
import type { Session } from './session.ts'

interface LinkRow {
  readonly account: AccountId
  readonly wishes: string
  readonly created_by: string
  readonly created_at: Instant
  readonly expires_at: Instant
  readonly used_at: Instant | null
  readonly claim: string | null
  readonly delivered: Uint8Array | null
}

const toLink = ({ created_by, created_at, expires_at, used_at, ...row }: LinkRow): EnrolmentLink => ({
  ...row,
  createdBy: created_by,
  createdAt: created_at,
  expiresAt: expires_at,
  usedAt: used_at,
})

async function find(connection: Connection, hash: string): Promise<EnrolmentLink | null> {
  const row = await connection.get<LinkRow>(
    `select account, wishes, created_by, created_at, expires_at, used_at, claim, delivered from enrolment_links where hash = $1`,
    [hash],
  )
  return row === undefined ? null : toLink(row)
}

export class SqlEnrolmentLinks implements EnrolmentLinks {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async add({ hash, account, wishes, createdBy, createdAt, expiresAt }: NewEnrolmentLink): Promise<void> {
    await this.#session.write(({ connection }) =>
      connection.run(
        'insert into enrolment_links (hash, account, wishes, created_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)',
        [hash, account, wishes, createdBy, createdAt, expiresAt],
      ),
    )
  }

  byHash(hash: string): Promise<EnrolmentLink | null> {
    return find(this.#session.connection, hash)
  }

  take(hash: string, claim: string, at: Instant): Promise<EnrolmentLink | null> {
    return this.#session.write(async ({ connection }) => {
      await connection.run('update enrolment_links set claim = $2, used_at = $3 where hash = $1 and claim is null', [hash, claim, at])
      return find(connection, hash)
    })
  }

  async release(hash: string, claim: string): Promise<void> {
    await this.#session.write(({ connection }) =>
      connection.run('update enrolment_links set claim = null, used_at = null where hash = $1 and claim = $2 and delivered is null', [
        hash,
        claim,
      ]),
    )
  }

  async keep(hash: string, delivered: Uint8Array): Promise<void> {
    await this.#session.write(({ connection }) =>
      connection.run('update enrolment_links set delivered = $2 where hash = $1 and delivered is null', [hash, delivered]),
    )
  }

  async withdraw(account: AccountId): Promise<void> {
    await this.#session.write(({ connection }) => connection.run('delete from enrolment_links where account = $1', [account]))
  }
}
