// The database drivers: node:sqlite for the embedded store, pg for PostgreSQL. No other file knows them.
import { chmodSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backup, DatabaseSync, type StatementSync } from 'node:sqlite'
import { ConfigError } from '../../setting.ts'
import type { Database } from './connection.ts'
import { sqlite, type Value } from './dialect.ts'
import { PostgresDatabase, type PostgresClient, type PostgresResult } from './postgres.ts'
import { Scanner } from './scanner.ts'
import { SqliteDatabase, type SqliteWriter } from './sqlite.ts'
import { asFailure, isDamage } from './trouble.ts'

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

/** The path of a database that is gone when it is closed. */
const temporaryPath = ':memory:'

/** Opens the database; rejects with StoreFailure unavailable where it does not answer. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  switch (options.kind) {
    case 'sqlite':
      return openSqlite(options)
    case 'postgres':
      return openPostgres(options)
    case 'opened':
      return options.database
  }
}

/** How many prepared statements a connection keeps: the fixed texts are about a hundred, searches add shapes. */
const statementsMax = 400
/** Sources come and go twice as fast as with SQLite's 4096; larger pages cost more than they bring. */
const pageBytes = 8192

/** A prepared statement, and how what it returns becomes a row. */
interface Prepared {
  readonly statement: StatementSync
  readonly columns: readonly string[]
}

class SqliteConnection implements SqliteWriter {
  readonly dialect = sqlite
  readonly #file: DatabaseSync
  readonly #writes: boolean
  readonly #statements = new Map<string, Prepared>()

  constructor(file: DatabaseSync, writes: boolean) {
    this.#file = file
    this.#writes = writes
  }

  /** A full disk rolls the transaction back by itself: what came after would be committed on its own. */
  #refuseLate(): void {
    if (this.#writes && !this.#file.isTransaction) throw new Error('the transaction is over: an earlier statement ended it')
  }

  #prepare(sql: string): Prepared {
    this.#refuseLate()
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const oldest = this.#statements.size < statementsMax ? undefined : this.#statements.keys().next().value
    if (oldest !== undefined) this.#statements.delete(oldest)
    const statement = this.#file.prepare(sql.replaceAll(/\$(\d+)/g, '?$1'))
    // The objects that SQLite's driver makes are dictionaries: to make them, and to read them, takes twice as long.
    statement.setReturnArrays(true)
    const prepared = { statement, columns: statement.columns().map(({ name }) => name) }
    this.#statements.set(sql, prepared)
    return prepared
  }

  async all<Row>(sql: string, parameters: readonly Value[] = []): Promise<readonly Row[]> {
    const { statement, columns } = this.#prepare(sql)
    const rows = statement.all(...parameters) as unknown as Value[][]
    return rows.map((values) => rowOf<Row>(columns, values))
  }

  async get<Row>(sql: string, parameters: readonly Value[] = []): Promise<Row | undefined> {
    const { statement, columns } = this.#prepare(sql)
    const values = statement.get(...parameters) as unknown as Value[] | undefined
    return values === undefined ? undefined : rowOf<Row>(columns, values)
  }

  scan<Row>(sql: string, parameters?: readonly Value[]): Promise<readonly Row[]> {
    return this.all<Row>(sql, parameters)
  }

  async run(sql: string, parameters: readonly Value[] = []): Promise<number> {
    return Number(this.#prepare(sql).statement.run(...parameters).changes)
  }

  async script(sql: string): Promise<void> {
    this.#refuseLate()
    this.#file.exec(sql)
  }

  begin(): void {
    this.#file.exec('begin immediate')
  }

  commit(): void {
    this.#file.exec('commit')
  }

  rollback(): void {
    if (this.#file.isTransaction) this.#file.exec('rollback')
  }

  close(): void {
    this.#file.close()
  }
}

function rowOf<Row>(columns: readonly string[], values: readonly Value[]): Row {
  const row: Record<string, Value | undefined> = {}
  for (const [index, column] of columns.entries()) row[column] = values[index]
  return row as Row
}

/** A connection that only reads what is committed. */
export function openReader(path: string): SqliteConnection {
  const file = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  file.exec('pragma temp_store = memory; pragma cache_size = -32000')
  return new SqliteConnection(file, false)
}

/** The one connection that writes. */
function openWriter(path: string, options: SqliteOptions): SqliteConnection {
  try {
    const file = new DatabaseSync(path, { timeout: 5000 })
    // It holds mail and the hashes of passwords; the files beside it take over its permissions.
    chmodSync(path, 0o600)
    // FULL: an acknowledged write survives a power cut, in WAL mode too. A temporary file has nothing to survive.
    file.exec(`pragma page_size = ${pageBytes}; pragma journal_mode = wal;
      pragma synchronous = ${options.path === temporaryPath ? 'off' : 'full'}; pragma foreign_keys = on;
      pragma temp_store = memory; pragma cache_size = -32000; pragma journal_size_limit = 67108864`)
    if (options.maxBytes !== undefined) file.exec(`pragma max_page_count = ${Math.ceil(options.maxBytes / pageBytes)}`)
    return new SqliteConnection(file, true)
  } catch (error) {
    const trouble = `The database ${path} cannot be opened: ${error instanceof Error ? error.message : String(error)}.`
    throw new ConfigError(isDamage(error) ? `${trouble} Put a backup in its place: \`easel restore\`.` : trouble, { cause: error })
  }
}

function openSqlite(options: SqliteOptions): Database {
  const folder = options.path === temporaryPath ? mkdtempSync(join(tmpdir(), 'easel-')) : null
  const path = folder === null ? options.path : join(folder, 'store.db')
  const writer = openWriter(path, options)
  const reader = openReader(path)
  return new SqliteDatabase({
    path,
    writer,
    reader,
    scanner: new Scanner(path),
    spareBytes: options.spareBytes ?? 64 * 1024 * 1024,
    copy: (to) => copySqlite(path, to),
    close() {
      reader.close()
      // The last one to close folds the log into the file.
      writer.close()
      if (folder !== null) rmSync(folder, { recursive: true })
    },
  })
}

/**
 * A connection of its own copies one snapshot, in one step and off this thread: a copy in several steps begins anew
 * whenever somebody writes in between.
 */
async function copySqlite(path: string, to: string): Promise<void> {
  const file = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  const part = `${to}.part`
  try {
    rmSync(part, { force: true })
    await backup(file, part, { rate: 2 ** 31 - 1 })
    chmodSync(part, 0o600)
    renameSync(part, to)
  } catch (error) {
    rmSync(part, { force: true })
    throw asFailure(error)
  } finally {
    file.close()
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
