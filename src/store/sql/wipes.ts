// Wipes in SQL: one row each, kept for good.
import type { AccountId, DeviceId, Instant } from '../../model/id.ts'
import type { Wipe, WipeScope, WipeState } from '../../model/wipe.ts'
import { StoreFailure } from '../failure.ts'
import type { NewWipe, WipeChange, WipeFilter, Wipes } from '../wipes.ts'
import type { Value } from './dialect.ts'
import { Work, type Session } from './session.ts'

interface WipeRow {
  readonly id: number
  readonly account: AccountId
  readonly device: DeviceId
  readonly scope: WipeScope
  readonly state: WipeState
  readonly requested_by: string
  readonly requested_from: string | null
  readonly requested_at: Instant
  readonly approved_by: string | null
  readonly approved_at: Instant | null
  readonly delivered_at: Instant | null
  readonly ended_at: Instant | null
  readonly reason: string | null
}

const columns =
  'id, account, device, scope, state, requested_by, requested_from, requested_at, approved_by, approved_at, delivered_at, ended_at, reason'

const toWipe = (row: WipeRow): Wipe => ({
  id: row.id,
  account: row.account,
  device: row.device,
  scope: row.scope,
  state: row.state,
  requestedBy: row.requested_by,
  requestedFrom: row.requested_from,
  requestedAt: row.requested_at,
  approvedBy: row.approved_by,
  approvedAt: row.approved_at,
  deliveredAt: row.delivered_at,
  endedAt: row.ended_at,
  reason: row.reason,
})

export class SqlWipes implements Wipes {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  add(wipe: NewWipe): Promise<Wipe> {
    return this.#session.write(async ({ connection }) => {
      const row = await connection.get<WipeRow>(
        `insert into wipes (account, device, scope, state, requested_by, requested_from, requested_at)
         values ($1, $2, $3, $4, $5, $6, $7) returning ${columns}`,
        [wipe.account, wipe.device, wipe.scope, wipe.state, wipe.requestedBy, wipe.requestedFrom, wipe.requestedAt],
      )
      if (row === undefined) throw new Error('a wipe that was just written is not there')
      return toWipe(row)
    })
  }

  async find(id: number): Promise<Wipe | null> {
    const row = await this.#session.connection.get<WipeRow>(`select ${columns} from wipes where id = $1`, [id])
    return row === undefined ? null : toWipe(row)
  }

  change(id: number, change: WipeChange): Promise<Wipe> {
    return this.#session.write(async ({ connection }) => {
      const row = await connection.get<WipeRow>(`select ${columns} from wipes where id = $1${connection.dialect.forUpdate}`, [id])
      if (row === undefined) throw new StoreFailure('item-not-found', 'there is no such wipe')
      const wipe: Wipe = { ...toWipe(row), ...change }
      await connection.run(
        `update wipes set state = $2, approved_by = $3, approved_at = $4, delivered_at = $5, ended_at = $6, reason = $7 where id = $1`,
        [id, wipe.state, wipe.approvedBy, wipe.approvedAt, wipe.deliveredAt, wipe.endedAt, wipe.reason],
      )
      return wipe
    })
  }

  async list({ account, device, states }: WipeFilter, limit: number): Promise<readonly Wipe[]> {
    const parameters: Value[] = [limit]
    const equals = (column: string, value: Value) => `${column} = $${parameters.push(value)}`
    const conditions = [
      ...(account === undefined ? [] : [equals('account', account)]),
      ...(device === undefined ? [] : [equals('device', device)]),
      ...(states === undefined ? [] : [`(${states.map((state) => equals('state', state)).join(' or ') || '1 = 0'})`]),
    ]
    const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
    const rows = await this.#session.connection.all<WipeRow>(`select ${columns} from wipes${where} order by id desc limit $1`, parameters)
    return rows.map(toWipe)
  }

  async countBy(requestedBy: string, since: Instant): Promise<number> {
    const { connection } = this.#session
    // Who counts before he writes must not be overtaken by himself.
    if (this.#session instanceof Work && connection.dialect.turn !== null) await connection.all(connection.dialect.turn, [requestedBy])
    const row = await connection.get<{ count: number }>(
      'select count(*) as count from wipes where requested_by = $1 and requested_at >= $2',
      [requestedBy, since],
    )
    return row?.count ?? 0
  }
}
