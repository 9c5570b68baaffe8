// Accounts in SQL: the account, its addresses, and the mailbox that is born with it.
import type { Account } from '../../model/account.ts'
import { folderType, type FolderType } from '../../model/folder.ts'
import type { AccountId, Instant, MailboxId } from '../../model/id.ts'
import type { ProtocolVersion } from '../../model/version.ts'
import type { WorkingHours } from '../../model/working-hours.ts'
import type { ZoneId } from '../../model/zone.ts'
import type { AccountChange, Accounts, NewAccount } from '../accounts.ts'
import { StoreFailure } from '../failure.ts'
import { counterStart, randomDigits, waitingRoomStart } from './epoch.ts'
import { insertFolder } from './folders.ts'
import { Work, type Session } from './session.ts'

/** The folders a mailbox is born with, in the order of their ids. */
const firstFolders: readonly (readonly [string, FolderType])[] = [
  ['Inbox', folderType.inbox],
  ['Drafts', folderType.drafts],
  ['Deleted Items', folderType.deletedItems],
  ['Sent Items', folderType.sentItems],
  ['Outbox', folderType.outbox],
  ['Tasks', folderType.tasks],
  ['Calendar', folderType.calendar],
  ['Contacts', folderType.contacts],
  ['Notes', folderType.notes],
  ['Junk E-mail', folderType.userMail],
  ['Archive', folderType.userMail],
]

interface AccountRow {
  readonly id: AccountId
  readonly display_name: string
  readonly disabled: number
  readonly barred: string | null
  readonly directory_id: string | null
  readonly max_version: ProtocolVersion | null
  readonly allow_non_provisionable: number | null
  readonly groups: string
  readonly policy: string | null
  readonly sync_enabled: number | null
  readonly devices_max: number | null
  readonly time_zone: ZoneId | null
  readonly working_hours: string | null
  readonly address: string
}

const ownColumns = [
  'id, display_name, disabled, barred, directory_id, max_version, allow_non_provisionable, groups, policy, sync_enabled, devices_max',
  'time_zone, working_hours',
].join(', ')

/** One row per address, the primary one first. */
const selectAccount = `
  select ${ownColumns.replaceAll(/\w+/g, 'a.$&')}, d.address
  from accounts a join addresses d on d.account = a.id`

function toAccounts(rows: readonly AccountRow[]): readonly Account[] {
  const addresses = Map.groupBy(rows, (row) => row.id)
  return [...addresses.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    return {
      id: first.id,
      address: first.address,
      addresses: group.map((row) => row.address),
      displayName: first.display_name,
      disabled: first.disabled === 1 || first.barred !== null,
      barred: first.barred,
      directoryId: first.directory_id,
      maxVersion: first.max_version,
      allowNonProvisionable: flag(first.allow_non_provisionable),
      groups: JSON.parse(first.groups) as string[],
      policy: first.policy,
      syncEnabled: flag(first.sync_enabled),
      devicesMax: first.devices_max,
      timeZone: first.time_zone,
      workingHours: first.working_hours === null ? null : (JSON.parse(first.working_hours) as WorkingHours),
    }
  })
}

const flag = (column: number | null) => (column === null ? null : column === 1)
/** What a change makes of a column that may hold null: what is left out stays. */
const changed = <T>(change: T | undefined, column: T) => (change === undefined ? column : change)
const jsonColumn = (value: object | null | undefined) => (value === null || value === undefined ? value : JSON.stringify(value))
const column = (value: boolean | null | undefined) => (typeof value === 'boolean' ? Number(value) : value)

/** The mailbox of an account; null if there is no such account. */
export async function mailboxOf(session: Session, account: AccountId): Promise<MailboxId | null> {
  const row = await session.connection.get<{ mailbox: MailboxId }>('select mailbox from accounts where id = $1', [account])
  return row?.mailbox ?? null
}

export class SqlAccounts implements Accounts {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  create(account: NewAccount): Promise<Account> {
    const addresses = normal(account.addresses)
    return this.#session.write(async (unit) => {
      const { connection } = unit
      const mailbox = await nextMailbox(unit)
      await this.#refuseTaken(unit, addresses, null)
      const id = randomDigits(16) as AccountId
      await connection.run(
        `insert into accounts (id, mailbox, display_name, disabled, max_version, allow_non_provisionable, password_hash, directory_id)
         values ($1, $2, $3, 0, null, null, $4, $5)`,
        [id, mailbox, account.displayName, account.passwordHash, account.directoryId ?? null],
      )
      await setAddresses(unit, id, addresses)
      await furnish(unit, mailbox, counterStart(unit.epoch))
      return must(await byId(unit, id))
    })
  }

  change(id: AccountId, change: AccountChange): Promise<Account> {
    return this.#session.write(async (unit) => {
      // Addresses are dealt out one unit at a time, by the row that numbers the mailboxes.
      if (change.addresses !== undefined) await holdAddresses(unit)
      const row = await unit.connection.get<Omit<AccountRow, 'address'> & { password_hash: string | null }>(
        `select ${ownColumns}, password_hash
         from accounts where id = $1${unit.connection.dialect.forUpdate}`,
        [id],
      )
      if (row === undefined) throw new StoreFailure('account-not-found')
      const {
        displayName,
        disabled,
        maxVersion,
        allowNonProvisionable,
        passwordHash,
        groups,
        policy,
        syncEnabled,
        devicesMax,
        barred,
        directoryId,
        timeZone,
        workingHours,
      } = change
      if (change.addresses !== undefined) {
        const addresses = normal(change.addresses)
        await this.#refuseTaken(unit, addresses, id)
        await setAddresses(unit, id, addresses)
      }
      await unit.connection.run(
        `update accounts set display_name = $2, disabled = $3, max_version = $4, allow_non_provisionable = $5, password_hash = $6,
           groups = $7, policy = $8, sync_enabled = $9, devices_max = $10, barred = $11, directory_id = $12,
           time_zone = $13, working_hours = $14
         where id = $1`,
        [
          id,
          displayName ?? row.display_name,
          disabled === undefined ? row.disabled : Number(disabled),
          changed(maxVersion, row.max_version),
          changed(column(allowNonProvisionable), row.allow_non_provisionable),
          changed(passwordHash, row.password_hash),
          groups === undefined ? row.groups : JSON.stringify([...new Set(groups)]),
          changed(policy, row.policy),
          changed(column(syncEnabled), row.sync_enabled),
          changed(devicesMax, row.devices_max),
          changed(barred, row.barred),
          changed(directoryId, row.directory_id),
          changed(timeZone, row.time_zone),
          changed(jsonColumn(workingHours), row.working_hours),
        ],
      )
      return must(await byId(unit, id))
    })
  }

  async #refuseTaken(unit: Work, addresses: readonly string[], owner: AccountId | null): Promise<void> {
    for (const address of addresses) {
      const row = await unit.connection.get<{ account: AccountId }>('select account from addresses where address = $1', [address])
      if (row !== undefined && row.account !== owner) throw new StoreFailure('address-taken', address)
    }
  }

  async byAddress(address: string): Promise<Account | null> {
    const rows = await this.#session.connection.all<AccountRow>(
      `${selectAccount} where a.id = (select account from addresses where address = $1) order by d.position`,
      [normalAddress(address)],
    )
    return toAccounts(rows)[0] ?? null
  }

  byId(id: AccountId): Promise<Account | null> {
    return byId(this.#session, id)
  }

  async byDirectoryId(id: string): Promise<Account | null> {
    const rows = await this.#session.connection.all<AccountRow>(`${selectAccount} where a.directory_id = $1 order by d.position`, [id])
    return toAccounts(rows)[0] ?? null
  }

  sawDirectory(at: Instant): Promise<void> {
    return this.#session.write(async ({ connection }) => {
      await connection.run('update accounts set directory_seen = $1 where directory_id is not null and barred is null', [at])
    })
  }

  async directorySeen(id: AccountId): Promise<Instant | null> {
    const row = await this.#session.connection.get<{ directory_seen: Instant | null }>(
      'select directory_seen from accounts where id = $1',
      [id],
    )
    return row?.directory_seen ?? null
  }

  async passwordHash(id: AccountId): Promise<string | null> {
    const row = await this.#session.connection.get<{ password_hash: string | null }>('select password_hash from accounts where id = $1', [
      id,
    ])
    return row?.password_hash ?? null
  }

  async list(): Promise<readonly Account[]> {
    return toAccounts(await this.#session.connection.all<AccountRow>(`${selectAccount} order by a.mailbox, d.position`))
  }

  async domains(): Promise<ReadonlySet<string>> {
    const rows = await this.#session.connection.all<{ address: string }>('select address from addresses')
    return new Set(rows.map(({ address }) => address.slice(address.lastIndexOf('@') + 1)))
  }
}

async function byId(session: Session, id: AccountId): Promise<Account | null> {
  const { connection } = session
  const { forUpdate } = connection.dialect
  const hold = session instanceof Work && forUpdate !== '' ? `${forUpdate} of a` : ''
  return toAccounts(await connection.all<AccountRow>(`${selectAccount} where a.id = $1 order by d.position${hold}`, [id]))[0] ?? null
}

function normalAddress(address: string): string {
  return address.trim().normalize('NFC').toLowerCase()
}

function normal(addresses: readonly string[]): readonly string[] {
  return [...new Set(addresses.map(normalAddress))]
}

async function holdAddresses(unit: Work): Promise<void> {
  await unit.connection.all(`select value from meta where name = 'mailbox'${unit.connection.dialect.forUpdate}`)
}

async function nextMailbox(unit: Work): Promise<MailboxId> {
  const row = await unit.connection.get<{ value: MailboxId }>(`update meta set value = value + 1 where name = 'mailbox' returning value`)
  return must(row ?? null).value
}

/** A mailbox as it is born: with its folders, and nothing in them; its counters begin at `start`. */
async function furnish(unit: Work, mailbox: MailboxId, start: number): Promise<void> {
  await unit.connection.run('insert into mailboxes (id, modseq, next) values ($1, $2, $2)', [mailbox, start])
  const counter = await unit.counter(mailbox)
  for (const [name, type] of firstFolders) await insertFolder(unit, mailbox, counter, { parent: 0, name, type, identity: null })
}

/** Both mailboxes of an account, as far as they are there. */
export async function mailboxesOf(session: Session, account: AccountId): Promise<readonly MailboxId[]> {
  const row = await session.connection.get<{ mailbox: MailboxId; waiting_room: MailboxId | null }>(
    'select mailbox, waiting_room from accounts where id = $1',
    [account],
  )
  return row === undefined ? [] : [row.mailbox, ...(row.waiting_room === null ? [] : [row.waiting_room])]
}

/** The mailbox that quarantined devices of an account see, made on first use; null if there is no such account. */
export async function waitingRoomOf(session: Session, account: AccountId): Promise<MailboxId | null> {
  const find = (within: Session, lock: string) =>
    within.connection.get<{ waiting_room: MailboxId | null }>(`select waiting_room from accounts where id = $1${lock}`, [account])
  const found = await find(session, '')
  if (found === undefined) return null
  if (found.waiting_room !== null) return found.waiting_room
  return session.write(async (unit) => {
    const number = await nextMailbox(unit)
    const row = await find(unit, unit.connection.dialect.forUpdate)
    if (row === undefined) throw new StoreFailure('account-not-found')
    if (row.waiting_room !== null) return row.waiting_room
    await unit.connection.run('update accounts set waiting_room = $2 where id = $1', [account, number])
    await furnish(unit, number, waitingRoomStart(unit.epoch))
    return number
  })
}

async function setAddresses(unit: Work, account: AccountId, addresses: readonly string[]): Promise<void> {
  await unit.connection.run('delete from addresses where account = $1', [account])
  for (const [position, address] of addresses.entries()) {
    await unit.connection.run('insert into addresses (address, account, position) values ($1, $2, $3)', [address, account, position])
  }
}

function must<T>(row: T | null): T {
  if (row === null) throw new Error('a row that was just written is not there')
  return row
}
