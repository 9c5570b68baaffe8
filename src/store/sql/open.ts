// Opens the SQL store: the database, its migrations, and the ports that stand on it.
import { randomBytes } from 'node:crypto'
import { noMetrics, type Metrics } from '../../metrics.ts'
import type { Clock } from '../../model/clock.ts'
import type { AccountId, DeviceId, MailboxId } from '../../model/id.ts'
import type { Absences } from '../absences.ts'
import type { Access } from '../access.ts'
import type { Accounts } from '../accounts.ts'
import type { Administrators } from '../administrators.ts'
import type { ApiTokens } from '../api-tokens.ts'
import type { AppPasswords } from '../app-passwords.ts'
import type { Audit } from '../audit.ts'
import type { ConsoleSessions } from '../console-sessions.ts'
import type { Certificates } from '../certificates.ts'
import type { Census } from '../census.ts'
import type { Devices } from '../devices.ts'
import type { EnrolmentLinks } from '../enrolment-links.ts'
import { StoreFailure } from '../failure.ts'
import type { Mailbox } from '../mailbox.ts'
import { MemoryNotifier } from '../memory-notifier.ts'
import type { Notifier } from '../notifier.ts'
import type { Outbox } from '../outbox.ts'
import type { Policies } from '../policies.ts'
import type { ScepChallenges } from '../scep-challenges.ts'
import type { SecondFactors } from '../second-factors.ts'
import type { Store, Unit } from '../store.ts'
import type { SyncState } from '../sync-state.ts'
import type { Wipes } from '../wipes.ts'
import { SqlAbsences } from './absences.ts'
import { SqlAccess } from './access.ts'
import { mailboxOf, SqlAccounts, waitingRoomOf } from './accounts.ts'
import { SqlAdministrators } from './administrators.ts'
import { SqlApiTokens } from './api-tokens.ts'
import { SqlAppPasswords } from './app-passwords.ts'
import { SqlAudit } from './audit.ts'
import { takeCensus } from './census.ts'
import { SqlCertificates } from './certificates.ts'
import type { Connection, Database } from './connection.ts'
import { SqlConsoleSessions } from './console-sessions.ts'
import { openDatabase, type DatabaseOptions } from './database.ts'
import { SqlDevices } from './devices.ts'
import { SqlEnrolmentLinks } from './enrolment-links.ts'
import { beginEpoch, readEpoch } from './epoch.ts'
import { SqlMailbox } from './mailbox.ts'
import { migrate } from './migrations.ts'
import { SqlOutbox } from './outbox.ts'
import { SqlPolicies } from './policies.ts'
import { SqlScepChallenges } from './scep-challenges.ts'
import { SqlSecondFactors } from './second-factors.ts'
import { Work, type Counter, type Session } from './session.ts'
import { SqlSyncState } from './sync-state.ts'
import { tidy } from './tidy.ts'
import { SqlWipes } from './wipes.ts'

export interface StoreOptions {
  readonly database: DatabaseOptions
  readonly clock: Clock
  /** Told how long each unit of work took, its wait for others included. */
  readonly metrics?: Pick<Metrics, 'unit'>
}

/** Opens the store and brings its tables up to date. Rejects where the database is newer than this program. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const database = await openDatabase(options.database)
  try {
    await migrate(database)
    return overDatabase(database, options.clock, await readEpoch(database), options.metrics ?? noMetrics)
  } catch (error) {
    await database.close()
    throw error
  }
}

function overDatabase(database: Database, clock: Clock, epoch: number, metrics: Pick<Metrics, 'unit'>): Store {
  const notifier = new MemoryNotifier()
  const outside = { clock, epoch, database }
  const write = <T>(work: (unit: Work) => Promise<T>) => {
    const began = performance.now()
    return runUnit(outside, notifier, work).finally(() => metrics.unit((performance.now() - began) / 1000))
  }
  const session: Session = { ...outside, connection: database, write, drawn: (): Counter | null => null }
  const waitingRoom = new SqlStore(
    session,
    notifier,
    {
      find: waitingRoomOf,
      known: new Map(),
      outbox: (each) => new ShutOutbox(each),
      absences: (each) => new ShutAbsences(each),
    },
    null,
  )
  return new SqlStore(
    session,
    notifier,
    { find: mailboxOf, known: new Map(), outbox: (each) => new SqlOutbox(each), absences: (each) => new SqlAbsences(each) },
    waitingRoom,
  )
}

/** After a restore from backup, before the server starts: ids, modseqs and keys given out since never come again. */
export async function restoreEpoch(options: StoreOptions): Promise<number> {
  const database = await openDatabase(options.database)
  try {
    await migrate(database)
    return await beginEpoch(database, options.clock.now())
  } finally {
    await database.close()
  }
}

/** Which of the two mailboxes of an account a store shows, and those known to be committed: they never change. */
interface Room {
  readonly find: (session: Session, account: AccountId) => Promise<MailboxId | null>
  readonly known: Map<AccountId, MailboxId>
  readonly outbox: (session: Session) => Outbox
  readonly absences: (session: Session) => Absences
}

/** The ports over one session. */
class SqlUnit implements Unit {
  readonly accounts: Accounts
  readonly absences: Absences
  readonly devices: Devices
  readonly outbox: Outbox
  readonly policies: Policies
  readonly access: Access
  readonly wipes: Wipes
  readonly audit: Audit
  readonly administrators: Administrators
  readonly secondFactors: SecondFactors
  readonly consoleSessions: ConsoleSessions
  readonly apiTokens: ApiTokens
  readonly enrolmentLinks: EnrolmentLinks
  readonly scepChallenges: ScepChallenges
  readonly certificates: Certificates
  readonly appPasswords: AppPasswords
  readonly #session: Session
  readonly #room: Room

  constructor(session: Session, room: Room) {
    this.#session = session
    this.#room = room
    this.outbox = room.outbox(session)
    this.policies = new SqlPolicies(session)
    this.access = new SqlAccess(session)
    this.wipes = new SqlWipes(session)
    this.audit = new SqlAudit(session)
    this.administrators = new SqlAdministrators(session)
    this.secondFactors = new SqlSecondFactors(session)
    this.consoleSessions = new SqlConsoleSessions(session)
    this.apiTokens = new SqlApiTokens(session)
    this.enrolmentLinks = new SqlEnrolmentLinks(session)
    this.scepChallenges = new SqlScepChallenges(session)
    this.certificates = new SqlCertificates(session)
    this.appPasswords = new SqlAppPasswords(session)
    this.accounts = new SqlAccounts(session)
    this.absences = room.absences(session)
    this.devices = new SqlDevices(session)
  }

  async mailbox(account: AccountId): Promise<Mailbox> {
    return new SqlMailbox(this.#session, await this.#mailbox(account))
  }

  async syncState(account: AccountId, device: DeviceId): Promise<SyncState> {
    return new SqlSyncState(this.#session, await this.#mailbox(account), device)
  }

  async #mailbox(account: AccountId): Promise<MailboxId> {
    const known = this.#room.known.get(account)
    if (known !== undefined) return known
    const found = await this.#room.find(this.#session, account)
    if (found === null) throw new StoreFailure('account-not-found')
    // What a unit sees may be rolled back.
    if (!(this.#session instanceof Work)) this.#room.known.set(account, found)
    return found
  }
}

/** Nothing leaves from the waiting room: whatever a device sends there is to be tried again later. */
class ShutOutbox extends SqlOutbox {
  override submit(): Promise<boolean> {
    return Promise.reject(new StoreFailure('unavailable', 'the device is quarantined'))
  }
}

/** Nobody learns there of an absence, or says that he is away. */
class ShutAbsences extends SqlAbsences {
  override of(): Promise<null> {
    return Promise.resolve(null)
  }
  override keep(): Promise<void> {
    return Promise.reject(new StoreFailure('unavailable', 'the device is quarantined'))
  }
}

class SqlStore extends SqlUnit implements Store {
  readonly notifier: Notifier
  readonly waitingRoom: Store
  readonly #session: Session
  readonly #run: <T>(work: (unit: Work) => Promise<T>) => Promise<T>
  readonly #room: Room
  readonly #secrets = new Map<string, Uint8Array>()

  constructor(session: Session, notifier: Notifier, room: Room, waitingRoom: Store | null) {
    super(session, room)
    this.notifier = notifier
    this.#session = session
    this.#run = (work) => session.write(work)
    this.#room = room
    this.waitingRoom = waitingRoom ?? this
  }

  unit<T>(work: (unit: Unit) => Promise<T>): Promise<T> {
    return this.#run((session) => work(new SqlUnit(session, this.#room)))
  }

  async secret(name: string): Promise<Uint8Array> {
    const secret =
      this.#secrets.get(name) ?? (await readSecret(this.#session.connection, name)) ?? (await this.#run((unit) => makeSecret(unit, name)))
    this.#secrets.set(name, secret)
    return secret
  }

  async setting(name: string): Promise<string | null> {
    const row = await this.#session.connection.get<{ value: string }>('select value from settings where name = $1', [name])
    return row?.value ?? null
  }

  async setSetting(name: string, value: string): Promise<void> {
    await this.#run(({ connection }) =>
      connection.run('insert into settings (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value', [
        name,
        value,
      ]),
    )
  }

  census(): Promise<Census> {
    return takeCensus(this.#session.connection)
  }

  backup(path: string): Promise<void> {
    return this.#session.database.backup(path)
  }

  tidy(now: number): Promise<void> {
    return tidy(this.#session, now)
  }

  close(): Promise<void> {
    return this.#session.database.close()
  }
}

async function readSecret(connection: Connection, name: string): Promise<Uint8Array | null> {
  return (await connection.get<{ value: Uint8Array }>('select value from secrets where name = $1', [name]))?.value ?? null
}

/** Of two nodes that make it at once, one does; both get that one. */
async function makeSecret({ connection }: Work, name: string): Promise<Uint8Array> {
  await connection.run('insert into secrets (name, value) values ($1, $2) on conflict (name) do nothing', [name, randomBytes(32)])
  const secret = await readSecret(connection, name)
  if (secret === null) throw new Error('a secret that was just made is not there')
  return secret
}

/** Runs one unit of work, and tells the watchers once it is committed. */
async function runUnit<T>(
  outside: Pick<Session, 'clock' | 'epoch' | 'database'>,
  notifier: Notifier,
  work: (unit: Work) => Promise<T>,
): Promise<T> {
  const { value, moved } = await outside.database.transaction(async (connection: Connection) => {
    const unit = new Work(outside, connection)
    try {
      const value = await work(unit)
      return { value, moved: await unit.finish() }
    } finally {
      unit.close()
    }
  })
  for (const [mailbox, modseq] of moved) notifier.moved(mailbox, modseq)
  return value
}
