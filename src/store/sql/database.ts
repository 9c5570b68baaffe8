// The database drivers: node:sqlite for the embedded store, pg for PostgreSQL. No other file knows them.
import { chmodSync, mkdtempSync, renameSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { backup, DatabaseSync, type StatementSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { StoreFailure } from '../failure.ts'
import type { Connection, Database } from './connection.ts'
import { sqlite, type Value } from './dialect.ts'
import { PostgresDatabase, type PostgresClient, type PostgresResult } from './postgres.ts'
import { Scanner } from './scanner.ts'
import { Transaction, TransactionScope } from './transaction.ts'
import { asFailure } from './trouble.ts'

export interface SqliteOptions {
  readonly kind: 'sqlite'
  /** The database file; `:memory:` is a file of its own in the temporary folder, gone when the store is closed. */
  readonly path: string
  /** Writes are refused as full where they would leave less free space than this on the disk. Default 64 MiB. */
  readonly spareBytes?: number
  /** Writes that would make the file larger are refused as full. Default: the disk is the limit. */
  readonly maxBytes?: number
}

export interface PostgresOptions {
  readonly kind: 'postgres'
  /** postgres://user:password@host:port/database */
  readonly url: string
  /** Connections of this node. Default 10. */
  readonly connections?: number
}

/** A database that the caller has opened already. */
export interface OpenedDatabase {
  readonly kind: 'opened'
  readonly database: Database
}

export type DatabaseOptions = SqliteOptions | PostgresOptions | OpenedDatabase

/** Opens the database; rejects with StoreFailure unavailable where it does not answer. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  switch (options.kind) {
    case 'sqlite':
      return new SqliteDatabase(options)
    case 'postgres':
      return openPostgres(options)
    case 'opened':
      return options.database
  }
}

/** How many prepared statements a connection keeps: the fixed texts are about a hundred, searches add shapes. */
const statementsMax = 400
/** Units of work in a row before the event loop has its turn again. */
const unitsPerTurn = 8
/** Sources come and go twice as fast as with SQLite's 4096; larger pages cost more than they bring. */
const pageBytes = 8192

class SqliteConnection implements Connection {
  readonly dialect = sqlite
  readonly file: DatabaseSync
  readonly #writes: boolean
  readonly #statements = new Map<string, StatementSync>()

  constructor(file: DatabaseSync, writes: boolean) {
    this.file = file
    this.#writes = writes
  }

  #prepare(sql: string): StatementSync {
    // A full disk rolls the transaction back by itself: what came after would be committed on its own.
    if (this.#writes && !this.file.isTransaction) throw new Error('the transaction is over: an earlier statement ended it')
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const oldest = this.#statements.size < statementsMax ? undefined : this.#statements.keys().next().value
    if (oldest !== undefined) this.#statements.delete(oldest)
    // A bare parameter behind LIMIT makes SQLite plan the statement anew for every value.
    const text = sql.replaceAll(/\$(\d+)/g, '?$1').replaceAll(/\b(limit|offset) (\?\d+)/g, '$1 $2 + 0')
    const statement = this.file.prepare(text)
    this.#statements.set(sql, statement)
    return statement
  }

  async all<Row>(sql: string, parameters: readonly Value[] = []): Promise<readonly Row[]> {
    return this.#prepare(sql).all(...parameters) as Row[]
  }

  async get<Row>(sql: string, parameters: readonly Value[] = []): Promise<Row | undefined> {
    return this.#prepare(sql).get(...parameters) as Row | undefined
  }

  scan<Row>(sql: string, parameters?: readonly Value[]): Promise<readonly Row[]> {
    return this.all<Row>(sql, parameters)
  }

  async run(sql: string, parameters: readonly Value[] = []): Promise<number> {
    return Number(this.#prepare(sql).run(...parameters).changes)
  }

  async script(sql: string): Promise<void> {
    this.file.exec(sql)
  }
}

/** A connection that only reads what is committed. */
export function openReader(path: string): SqliteConnection {
  const file = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  file.exec('pragma temp_store = memory; pragma cache_size = -32000')
  return new SqliteConnection(file, false)
}

/** Opens the file for its one writer. */
function openWriter(path: string, options: SqliteOptions): SqliteConnection {
  const temporary = options.path === ':memory:'
  try {
    const file = new DatabaseSync(path, { timeout: 5000 })
    // It holds mail and the hashes of passwords; the files beside it take over its permissions.
    chmodSync(path, 0o600)
    // FULL: an acknowledged write survives a power cut, in WAL mode too. A temporary file has nothing to survive.
    file.exec(`pragma page_size = ${pageBytes}; pragma journal_mode = wal; pragma synchronous = ${temporary ? 'off' : 'full'}; pragma foreign_keys = on;
      pragma temp_store = memory; pragma cache_size = -32000; pragma journal_size_limit = 67108864`)
    if (options.maxBytes !== undefined) file.exec(`pragma max_page_count = ${Math.ceil(options.maxBytes / pageBytes)}`)
    return new SqliteConnection(file, true)
  } catch (error) {
    throw new Error(`The database ${path} cannot be opened: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/** One connection writes, another reads what is committed; units of work stand in a queue. */
class SqliteDatabase implements Database {
  readonly dialect = sqlite
  readonly #options: SqliteOptions
  readonly #path: string
  readonly #temporary: string | null
  readonly #writer: SqliteConnection
  readonly #reader: SqliteConnection
  readonly #scanner: Scanner
  readonly #scope = new TransactionScope()
  #tail: Promise<void> = Promise.resolve()
  #units = 0

  constructor(options: SqliteOptions) {
    this.#options = options
    this.#temporary = options.path === ':memory:' ? mkdtempSync(join(tmpdir(), 'easel-')) : null
    this.#path = this.#temporary === null ? options.path : join(this.#temporary, 'store.db')
    this.#writer = openWriter(this.#path, options)
    this.#reader = openReader(this.#path)
    this.#scanner = new Scanner(this.#path)
  }

  all<Row>(sql: string, parameters?: readonly Value[]): Promise<readonly Row[]> {
    return this.#reader.all(sql, parameters)
  }

  get<Row>(sql: string, parameters?: readonly Value[]): Promise<Row | undefined> {
    return this.#reader.get(sql, parameters)
  }

  async scan<Row>(sql: string, parameters: readonly Value[] = []): Promise<readonly Row[]> {
    try {
      return await this.#scanner.all<Row>(sql, parameters)
    } catch (error) {
      throw asFailure(error)
    }
  }

  async run(sql: string): Promise<number> {
    throw new Error(`written outside a transaction: ${sql}`)
  }

  script(sql: string): Promise<void> {
    return this.run(sql).then(() => {})
  }

  async transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    this.#scope.refuseInside()
    const before = this.#tail
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#tail = promise
    await before
    try {
      return await this.#scope.enter(() => this.#perform(work))
    } finally {
      // SQLite answers without leaving this thread: a long queue, or a loop of writes, would keep every socket waiting.
      this.#units += 1
      if (this.#units % unitsPerTurn === 0) void setImmediate().then(resolve)
      else resolve()
    }
  }

  async #perform<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const { file } = this.#writer
    const transaction = new Transaction(this.#writer)
    try {
      file.exec('begin immediate')
      const value = await work(transaction)
      transaction.end()
      transaction.refuseFailed()
      file.exec('commit')
      return value
    } catch (error) {
      transaction.end()
      // A full disk may have rolled it back already.
      if (file.isTransaction) file.exec('rollback')
      throw asFailure(transaction.failure ?? error)
    }
  }

  reserve(bytes: number): void {
    const { bavail, bsize } = statfsSync(dirname(this.#path))
    const spare = this.#options.spareBytes ?? 64 * 1024 * 1024
    if (bavail * bsize < spare + bytes) throw new StoreFailure('full', `less than ${spare + bytes} bytes are free for ${this.#path}`)
  }

  async backup(path: string): Promise<void> {
    // A connection of its own reads one snapshot, in one step and off this thread: a backup in several steps
    // begins anew whenever somebody writes in between.
    const file = new DatabaseSync(this.#path, { readOnly: true, timeout: 5000 })
    const part = `${path}.part`
    try {
      rmSync(part, { force: true })
      await backup(file, part, { rate: 2 ** 31 - 1 })
      chmodSync(part, 0o600)
      renameSync(part, path)
    } catch (error) {
      rmSync(part, { force: true })
      throw asFailure(error)
    } finally {
      file.close()
    }
  }

  async close(): Promise<void> {
    await this.#tail
    await this.#scanner.close()
    this.#reader.file.close()
    this.#writer.file.close()
    if (this.#temporary !== null) rmSync(this.#temporary, { recursive: true, force: true })
  }
}

async function openPostgres(options: PostgresOptions): Promise<Database> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections ?? 10,
    connectionTimeoutMillis: 10_000,
    application_name: 'easel',
    keepAlive: true,
    // A node that vanished in the middle of a unit must not keep its mailbox locked.
    idle_in_transaction_session_timeout: 60_000,
    pipeline: true,
    // int8 as a number: every counter of ours stays below 2^53.
    types: { getTypeParser: (type: number, format?: 'text' | 'binary') => (type === 20 ? Number : pg.types.getTypeParser(type, format)) },
  })
  // An idle connection that breaks is dropped by the pool. One that breaks while lent fails its next statement, which
  // is what counts; the event alone would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return new PostgresDatabase({
    acquire: async (): Promise<PostgresClient> => {
      const client = await pool.connect()
      return {
        query: (text, values, name): Promise<PostgresResult> =>
          client.query(name === null ? { text, values: [...values] } : { name, text, values: [...values] }),
        script: (text) => client.query(text).then(() => {}),
        release: (broken) => client.release(broken),
      }
    },
    end: () => pool.end(),
  })
}
