// Certificates in SQL: one row for each that was issued, kept for good, and one list for each issuer.
import type { Certificate, CertificateWay, IssuerId, Revocation, RevocationReason, SerialNumber } from '../../model/certificate.ts'
import type { AccountId, DeviceId, Instant } from '../../model/id.ts'
import type { CertificateFilter, CertificateKey, Certificates, IssuedCertificate, RevocationList } from '../certificates.ts'
import { StoreFailure } from '../failure.ts'
import type { Value } from './dialect.ts'
import type { Session } from './session.ts'

interface CertificateRow {
  readonly issuer: IssuerId
  readonly serial: SerialNumber
  readonly account: AccountId
  readonly device: DeviceId | null
  readonly subject: string
  readonly names: string
  readonly not_before: Instant
  readonly not_after: Instant
  readonly issued_at: Instant
  readonly issued_by: string
  readonly way: CertificateWay
  readonly fingerprint: string
  readonly revoked_at: Instant | null
  readonly revoked_by: string | null
  readonly reason: RevocationReason | null
}

interface ListRow {
  readonly issuer: IssuerId
  readonly number: number
  readonly since: Instant
  readonly until: Instant
  readonly content: Uint8Array
}

const columns =
  'issuer, serial, account, device, subject, names, not_before, not_after, issued_at, issued_by, way, fingerprint, revoked_at, revoked_by, reason'

const toCertificate = (row: CertificateRow): Certificate => ({
  issuer: row.issuer,
  serial: row.serial,
  account: row.account,
  device: row.device,
  subject: row.subject,
  names: JSON.parse(row.names) as string[],
  notBefore: row.not_before,
  notAfter: row.not_after,
  issuedAt: row.issued_at,
  issuedBy: row.issued_by,
  way: row.way,
  fingerprint: row.fingerprint,
  revoked: row.revoked_at === null ? null : { at: row.revoked_at, by: row.revoked_by ?? '', reason: row.reason ?? 'unspecified' },
})

export class SqlCertificates implements Certificates {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async add(certificate: IssuedCertificate): Promise<void> {
    const { issuer, serial, account, device, subject, names, notBefore, notAfter } = certificate
    const { issuedAt, issuedBy, way, fingerprint, content } = certificate
    const identity = [issuer, serial, account, device, subject, JSON.stringify(names), notBefore, notAfter]
    const added = await this.#session.write(({ connection }) =>
      connection.run(
        `insert into certificates
           (issuer, serial, account, device, subject, names, not_before, not_after, issued_at, issued_by, way, fingerprint, content)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (issuer, serial) do nothing`,
        [...identity, issuedAt, issuedBy, way, fingerprint, content],
      ),
    )
    if (added === 0) throw new StoreFailure('name-taken', 'the issuer has given this serial number already')
  }

  async find({ issuer, serial }: CertificateKey): Promise<Certificate | null> {
    const row = await this.#session.connection.get<CertificateRow>(
      `select ${columns} from certificates where issuer = $1 and serial = $2`,
      [issuer, serial],
    )
    return row === undefined ? null : toCertificate(row)
  }

  async content({ issuer, serial }: CertificateKey): Promise<Uint8Array | null> {
    const row = await this.#session.connection.get<Pick<ListRow, 'content'>>(
      'select content from certificates where issuer = $1 and serial = $2',
      [issuer, serial],
    )
    return row?.content ?? null
  }

  async list({ account, device, serial, goodAt }: CertificateFilter, limit: number): Promise<readonly Certificate[]> {
    const parameters: Value[] = [limit]
    const compares = (condition: string, value: Value) => `${condition} $${parameters.push(value)}`
    const conditions = [
      ...(account === undefined ? [] : [compares('account =', account)]),
      ...(device === undefined ? [] : [compares('device =', device)]),
      ...(serial === undefined ? [] : [compares('serial =', serial)]),
      ...(goodAt === undefined ? [] : ['revoked_at is null', compares('not_after >', goodAt)]),
    ]
    const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
    const rows = await this.#session.connection.all<CertificateRow>(
      `select ${columns} from certificates${where} order by issued_at desc, serial limit $1`,
      parameters,
    )
    return rows.map(toCertificate)
  }

  revoke({ issuer, serial }: CertificateKey, { at, by, reason }: Revocation): Promise<Certificate | null> {
    return this.#session.write(async ({ connection }) => {
      await connection.run(
        'update certificates set revoked_at = $3, revoked_by = $4, reason = $5 where issuer = $1 and serial = $2 and revoked_at is null',
        [issuer, serial, at, by, reason],
      )
      const row = await connection.get<CertificateRow>(`select ${columns} from certificates where issuer = $1 and serial = $2`, [
        issuer,
        serial,
      ])
      return row === undefined ? null : toCertificate(row)
    })
  }

  async revokedSince(at: Instant): Promise<readonly Certificate[]> {
    const rows = await this.#session.connection.all<CertificateRow>(
      `select ${columns} from certificates where revoked_at >= $1 order by revoked_at, serial`,
      [at],
    )
    return rows.map(toCertificate)
  }

  async revokedOf(issuer: IssuerId, endingAfter: Instant): Promise<readonly Certificate[]> {
    const rows = await this.#session.connection.all<CertificateRow>(
      `select ${columns} from certificates where issuer = $1 and revoked_at is not null and not_after >= $2 order by revoked_at, serial`,
      [issuer, endingAfter],
    )
    return rows.map(toCertificate)
  }

  async revocationList(issuer: IssuerId): Promise<RevocationList | null> {
    const row = await this.#session.connection.get<ListRow>(
      'select issuer, number, since, until, content from revocation_lists where issuer = $1',
      [issuer],
    )
    if (row === undefined) return null
    const { since, ...list } = row
    return { ...list, from: since }
  }

  async publish({ issuer, number, from, until, content }: RevocationList): Promise<boolean> {
    const published = await this.#session.write(({ connection }) =>
      connection.run(
        `insert into revocation_lists (issuer, number, since, until, content) values ($1, $2, $3, $4, $5)
         on conflict (issuer) do update
         set number = excluded.number, since = excluded.since, until = excluded.until, content = excluded.content
         where revocation_lists.number < excluded.number`,
        [issuer, number, from, until, content],
      ),
    )
    return published > 0
  }
}
