// Devices in SQL: what a phone said of itself, and what it need not say again.
import {
  unprovisioned,
  type AccessBasis,
  type AccessState,
  type Device,
  type DeviceInformation,
  type ProvisionState,
} from '../../model/device.ts'
import type { AccountId, DeviceId, Instant } from '../../model/id.ts'
import type { ProtocolVersion } from '../../model/version.ts'
import type { DeviceWipe } from '../../model/wipe.ts'
import type { DeviceChange, Devices, DeviceSighting, Memory } from '../devices.ts'
import { StoreFailure } from '../failure.ts'
import { mailboxesOf, mailboxOf } from './accounts.ts'
import { Work, type Session } from './session.ts'
import { dropCollections, forgetDevice } from './generations.ts'

interface DeviceRow {
  readonly account: AccountId
  readonly id: DeviceId
  readonly type: string
  readonly user_agent: string | null
  readonly version: ProtocolVersion | null
  readonly information: string
  readonly access: AccessState
  readonly provision: string
  readonly first_seen: Instant
  readonly last_seen: Instant
  readonly last_address: string | null
  readonly access_basis: string | null
  readonly label: string | null
  readonly wipe: string | null
  readonly verifier: string | null
}

const columns =
  'account, id, type, user_agent, version, information, access, provision, first_seen, last_seen, last_address, access_basis, label, wipe, verifier'

// Put together once: a connection finds its prepared statement by the text.
const selectDevice = `select ${columns} from devices where account = $1 and id = $2`

const parsed = <T>(column: string | null) => (column === null ? null : (JSON.parse(column) as T))
const written = (value: unknown) => (value === null ? null : JSON.stringify(value))

function toDevice(row: DeviceRow): Device {
  return {
    account: row.account,
    id: row.id,
    type: row.type,
    userAgent: row.user_agent,
    version: row.version,
    information: JSON.parse(row.information) as DeviceInformation,
    access: row.access,
    accessBasis: parsed<AccessBasis>(row.access_basis),
    label: row.label,
    wipe: parsed<DeviceWipe>(row.wipe),
    verifier: row.verifier,
    provision: JSON.parse(row.provision) as ProvisionState,
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
    lastAddress: row.last_address,
  }
}

export class SqlDevices implements Devices {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async find(account: AccountId, id: DeviceId): Promise<Device | null> {
    const row = await this.#row(this.#session, account, id, this.#session instanceof Work ? this.#session.connection.dialect.forUpdate : '')
    return row === undefined ? null : toDevice(row)
  }

  #row(session: Session, account: AccountId, id: DeviceId, lock: string): Promise<DeviceRow | undefined> {
    return session.connection.get<DeviceRow>(`${selectDevice}${lock}`, [account, id])
  }

  enrol(account: AccountId, id: DeviceId, sighting: DeviceSighting): Promise<Device> {
    const { type, userAgent, version, address, at, verifier = null } = sighting
    return this.#session.write(async (unit) => {
      const existing = await this.#row(unit, account, id, '')
      if (existing !== undefined) return toDevice(existing)
      if ((await mailboxOf(unit, account)) === null) throw new StoreFailure('account-not-found')
      await unit.connection.run(
        `insert into devices (${columns})
         values ($1, $2, $3, $4, $5, '{}', 'allowed', $6, $7, $7, $8, null, null, null, $9) on conflict (account, id) do nothing`,
        [account, id, type, userAgent, version, JSON.stringify(unprovisioned), at, address, verifier],
      )
      const row = await this.#row(unit, account, id, '')
      if (row === undefined) throw new Error('a device that was just enrolled is not there')
      return toDevice(row)
    })
  }

  change(account: AccountId, id: DeviceId, change: DeviceChange): Promise<Device> {
    return this.#session.write(async (unit) => {
      const row = await this.#row(unit, account, id, unit.connection.dialect.forUpdate)
      if (row === undefined) throw new StoreFailure('item-not-found', 'the device is unknown')
      const device: Device = { ...toDevice(row), ...change }
      await unit.connection.run(
        `update devices set type = $3, user_agent = $4, version = $5, information = $6, access = $7, provision = $8,
           last_seen = $9, last_address = $10, access_basis = $11, label = $12, wipe = $13, verifier = $14
         where account = $1 and id = $2`,
        [
          account,
          id,
          device.type,
          device.userAgent,
          device.version,
          JSON.stringify(device.information),
          device.access,
          JSON.stringify(device.provision),
          device.lastSeen,
          device.lastAddress,
          written(device.accessBasis),
          device.label,
          written(device.wipe),
          device.verifier,
        ],
      )
      // Quarantine shows another mailbox: what the device holds of the one it leaves is of no use, there or when it comes back.
      if ((row.access === 'quarantined') !== (device.access === 'quarantined')) await forgetHeld(unit, account, id)
      return device
    })
  }

  async list(account: AccountId | null): Promise<readonly Device[]> {
    const { connection } = this.#session
    const rows =
      account === null
        ? await connection.all<DeviceRow>(`select ${columns} from devices order by account, id`)
        : await connection.all<DeviceRow>(`select ${columns} from devices where account = $1 order by id`, [account])
    return rows.map(toDevice)
  }

  remove(account: AccountId, id: DeviceId): Promise<boolean> {
    return this.#session.write(async (unit) => {
      const removed = await unit.connection.run('delete from devices where account = $1 and id = $2', [account, id])
      await unit.connection.run('delete from memories where account = $1 and device = $2', [account, id])
      await unit.connection.run('delete from device_passwords where account = $1 and device = $2', [account, id])
      for (const mailbox of await mailboxesOf(unit, account)) await forgetDevice(unit, mailbox, id)
      return removed > 0
    })
  }

  async password(account: AccountId, id: DeviceId): Promise<{ readonly sealed: Uint8Array; readonly at: Instant } | null> {
    const row = await this.#session.connection.get<{ sealed: Uint8Array; at: Instant }>(
      'select sealed, at from device_passwords where account = $1 and device = $2',
      [account, id],
    )
    return row ?? null
  }

  async keepPassword(account: AccountId, id: DeviceId, sealed: Uint8Array | null, at: Instant): Promise<void> {
    await this.#session.write(async (unit) => {
      const { connection } = unit
      const known = await this.#row(unit, account, id, connection.dialect.forUpdate)
      await connection.run('delete from device_passwords where account = $1 and device = $2', [account, id])
      if (sealed === null || known === undefined) return
      await connection.run('insert into device_passwords (account, device, sealed, at) values ($1, $2, $3, $4)', [account, id, sealed, at])
    })
  }

  async drop(account: AccountId, id: DeviceId): Promise<void> {
    await this.#session.write((unit) => forgetHeld(unit, account, id))
  }

  async recall(account: AccountId, id: DeviceId, memory: Memory): Promise<unknown> {
    const row = await this.#session.connection.get<{ value: string }>(
      'select value from memories where account = $1 and device = $2 and memory = $3',
      [account, id, memory],
    )
    return row === undefined ? null : JSON.parse(row.value)
  }

  async remember(account: AccountId, id: DeviceId, memory: Memory, value: unknown): Promise<void> {
    const json = JSON.stringify(value ?? null)
    const { connection } = this.#session
    const known = await connection.get<{ value: string }>('select value from memories where account = $1 and device = $2 and memory = $3', [
      account,
      id,
      memory,
    ])
    if (known?.value === json) return
    await this.#session.write((unit) =>
      unit.connection.run(
        `insert into memories (account, device, memory, value) values ($1, $2, $3, $4)
         on conflict (account, device, memory) do update set value = excluded.value`,
        [account, id, memory, json],
      ),
    )
  }
}

/** All it holds of its collections, and what it may leave out of its next request. */
async function forgetHeld(unit: Work, account: AccountId, id: DeviceId): Promise<void> {
  await unit.connection.run('delete from memories where account = $1 and device = $2', [account, id])
  for (const mailbox of await mailboxesOf(unit, account)) await dropCollections(unit, mailbox, id)
}
