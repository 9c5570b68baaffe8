// SQLite's side of the database port: one connection writes, another reads what is committed, a third scans.
import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { StoreFailure } from '../failure.ts'
import type { Connection, Database } from './connection.ts'
import { sqlite, type Value } from './dialect.ts'
import type { Scanner } from './scanner.ts'
import { Transaction, TransactionScope } from './transaction.ts'
import { asFailure } from './trouble.ts'

/** The connection that writes. Between `begin` and the end it answers nobody but the unit of work that is open. */
export interface SqliteWriter extends Connection {
  begin(): void
  commit(): void
  /** Does nothing where SQLite has rolled back by itself. */
  rollback(): void
}

/** What an opened file consists of. */
export interface SqliteFile {
  readonly path: string
  readonly writer: SqliteWriter
  readonly reader: Connection
  readonly scanner: Scanner
  /** Writes are refused as full where they would leave less free space than this on the disk. */
  readonly spareBytes: number
  copy(path: string): Promise<void>
  close(): void
}

/** Units of work in a row before the event loop has its turn again. */
const unitsPerTurn = 8

export class SqliteDatabase implements Database {
  readonly dialect = sqlite
  readonly #file: SqliteFile
  readonly #scope = new TransactionScope()
  #tail: Promise<void> = Promise.resolve()
  #units = 0

  constructor(file: SqliteFile) {
    this.#file = file
  }

  all<Row>(sql: string, parameters?: readonly Value[]): Promise<readonly Row[]> {
    return this.#file.reader.all(sql, parameters)
  }

  get<Row>(sql: string, parameters?: readonly Value[]): Promise<Row | undefined> {
    return this.#file.reader.get(sql, parameters)
  }

  async scan<Row>(sql: string, parameters: readonly Value[] = []): Promise<readonly Row[]> {
    try {
      return await this.#file.scanner.all<Row>(sql, parameters)
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

  // Units of work stand in a queue: an interleaved one on the same connection would take another's acknowledged
  // write with it when it rolls back.
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
    const { writer } = this.#file
    const transaction = new Transaction(writer)
    try {
      writer.begin()
      const value = await work(transaction)
      transaction.end()
      transaction.refuseFailed()
      writer.commit()
      return value
    } catch (error) {
      transaction.end()
      writer.rollback()
      throw asFailure(transaction.failure ?? error)
    }
  }

  reserve(bytes: number): void {
    const { path, spareBytes } = this.#file
    const { bavail, bsize } = statfsSync(dirname(path))
    if (bavail * bsize < spareBytes + bytes) throw new StoreFailure('full', `less than ${spareBytes + bytes} bytes are free for ${path}`)
  }

  backup(path: string): Promise<void> {
    return this.#file.copy(path)
  }

  async close(): Promise<void> {
    await this.#tail
    await this.#file.scanner.close()
    this.#file.close()
  }
}
