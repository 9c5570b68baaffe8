// The audit log in SQL: a row an entry, numbered without a gap, each hash over the one before.
import { createHash } from 'node:crypto'
import type { Audit, AuditEntry, AuditFilter, NewAuditEntry } from '../audit.ts'
import type { Value } from './dialect.ts'
import type { Session } from './session.ts'

/** The detail is kept as text. */
type AuditRow = Omit<AuditEntry, 'detail'> & { readonly detail: string }

const columns = 'number, at, actor, role, origin, action, target, detail, hash'
/** Entries that are checked at a time. */
const page = 1000

/** The text of the detail is part of the hash, so that reading and writing it again changes nothing. */
function hashOf(before: string, row: Omit<AuditRow, 'hash'>): string {
  const { number, at, actor, role, origin, action, target, detail } = row
  return createHash('sha256')
    .update(JSON.stringify([before, number, at, actor, role, origin, action, target, detail]))
    .digest('base64url')
}

/** What comes back from a column must be what was hashed: no database keeps half a letter, and PostgreSQL no NUL. */
const kept = (text: string) => text.toWellFormed().replaceAll('\u0000', '\ufffd')

const toEntry = (row: AuditRow): AuditEntry => ({ ...row, detail: JSON.parse(row.detail) as AuditEntry['detail'] })

export class SqlAudit implements Audit {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  append(entry: NewAuditEntry): Promise<AuditEntry> {
    return this.#session.write(async ({ connection }) => {
      const counter = await connection.get<{ value: number }>(`update meta set value = value + 1 where name = 'audit' returning value`)
      if (counter === undefined) throw new Error('the audit log has no counter')
      const before = await connection.get<{ hash: string }>('select hash from audit where number = $1', [counter.value - 1])
      const { at, role, actor, origin, action, target } = entry
      const row = {
        number: counter.value,
        at,
        actor: kept(actor),
        role,
        origin: origin === null ? null : kept(origin),
        action: kept(action),
        target: target === null ? null : kept(target),
        detail: JSON.stringify(entry.detail),
      }
      const hash = hashOf(before?.hash ?? '', row)
      await connection.run(`insert into audit (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
        row.number,
        row.at,
        row.actor,
        row.role,
        row.origin,
        row.action,
        row.target,
        row.detail,
        hash,
      ])
      return { ...row, detail: entry.detail, hash }
    })
  }

  async list({ actor, action, target, before }: AuditFilter, limit: number): Promise<readonly AuditEntry[]> {
    const parameters: Value[] = [limit]
    const condition = (sql: string, value: Value | undefined) => (value === undefined ? [] : [`${sql} $${parameters.push(value)}`])
    const conditions = [
      ...condition('actor =', actor),
      ...condition('action =', action),
      ...condition('target =', target),
      ...condition('number <', before),
    ]
    const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
    const rows = await this.#session.connection.all<AuditRow>(
      `select ${columns} from audit${where} order by number desc limit $1`,
      parameters,
    )
    return rows.map(toEntry)
  }

  async from(number: number, limit: number): Promise<readonly AuditEntry[]> {
    return (await this.#rows(number, limit)).map(toEntry)
  }

  #rows(number: number, limit: number): Promise<readonly AuditRow[]> {
    return this.#session.connection.all<AuditRow>(`select ${columns} from audit where number >= $1 order by number limit $2`, [
      number,
      limit,
    ])
  }

  async verify(): Promise<{ readonly number: number; readonly reason: string } | null> {
    const counter = await this.#session.connection.get<{ value: number }>(`select value from meta where name = 'audit'`)
    let expected = 1
    let before = ''
    for (;;) {
      const rows = await this.#rows(expected, page)
      for (const row of rows) {
        if (row.number !== expected) return { number: expected, reason: 'the entry is missing' }
        const { hash, ...rest } = row
        if (hashOf(before, rest) !== hash) return { number: expected, reason: 'the entry was changed' }
        before = hash
        expected++
      }
      if (rows.length < page) break
    }
    // Entries may have been written while this was read.
    if (expected <= (counter?.value ?? 0)) return { number: expected, reason: 'entries at the end are missing' }
    return null
  }
}
