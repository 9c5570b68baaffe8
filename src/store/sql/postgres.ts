// PostgreSQL's side of the database port, over any client that can run a query: pg in service, PGlite in tests.
import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { StoreFailure } from '../failure.ts'
import type { Connection, Database } from './connection.ts'
import { postgres, type Value } from './dialect.ts'
import { Transaction, TransactionScope } from './transaction.ts'
import { asFailure, isLost, isWorthRetrying } from './trouble.ts'

export interface PostgresResult {
  readonly rows: readonly unknown[]
  readonly rowCount: number | null
}

/** One connection, lent by a pool. */
export interface PostgresClient {
  /** `name` keeps the statement prepared on this connection; null for texts that seldom repeat. */
  query(text: string, values: readonly Value[], name: string | null): Promise<PostgresResult>
  script(text: string): Promise<void>
  /** Gives it back; a broken one is thrown away. */
  release(broken: boolean): void
}

export interface PostgresPool {
  acquire(): Promise<PostgresClient>
  end(): Promise<void>
}

/** Tries of one unit of work, and of one read. */
const attemptsMax = 5
/** Names are given to the first texts; a text beyond (a rare shape of search) is planned each time. */
const namesMax = 400

export class PostgresDatabase implements Database {
  readonly dialect = postgres
  readonly #pool: PostgresPool
  readonly #names = new Map<string, string>()
  readonly #scope = new TransactionScope()

  constructor(pool: PostgresPool) {
    this.#pool = pool
  }

  #name(sql: string): string | null {
    const known = this.#names.get(sql)
    if (known !== undefined) return known
    if (this.#names.size >= namesMax) return null
    const name = `easel_${this.#names.size}`
    this.#names.set(sql, name)
    return name
  }

  #connection(client: PostgresClient): Connection {
    const query = (sql: string, parameters: readonly Value[] = []) => client.query(sql, parameters, this.#name(sql))
    const all = async <Row>(sql: string, parameters?: readonly Value[]) => (await query(sql, parameters)).rows as readonly Row[]
    return {
      dialect: postgres,
      all,
      scan: all,
      get: async <Row>(sql: string, parameters?: readonly Value[]) => (await query(sql, parameters)).rows[0] as Row | undefined,
      run: async (sql, parameters) => (await query(sql, parameters)).rowCount ?? 0,
      script: (sql) => client.script(sql),
    }
  }

  /** Runs `work` on a connection until it succeeds, fails for good, or the tries are used up. */
  async #attempt<T>(work: (client: PostgresClient) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      let client: PostgresClient | undefined
      try {
        client = await this.#pool.acquire()
        const value = await work(client)
        client.release(false)
        return value
      } catch (error) {
        client?.release(isLost(error))
        if (!isWorthRetrying(error) || attempt === attemptsMax) throw asFailure(error)
      }
      // Apart by chance, so that two who collided do not collide again.
      await setTimeout(2 ** attempt * randomInt(5, 10))
    }
  }

  all<Row>(sql: string, parameters?: readonly Value[]): Promise<readonly Row[]> {
    return this.#attempt((client) => this.#connection(client).all<Row>(sql, parameters))
  }

  get<Row>(sql: string, parameters?: readonly Value[]): Promise<Row | undefined> {
    return this.#attempt((client) => this.#connection(client).get<Row>(sql, parameters))
  }

  scan<Row>(sql: string, parameters?: readonly Value[]): Promise<readonly Row[]> {
    return this.all<Row>(sql, parameters)
  }

  async run(sql: string): Promise<number> {
    throw new Error(`written outside a transaction: ${sql}`)
  }

  script(sql: string): Promise<void> {
    return this.run(sql).then(() => {})
  }

  async transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    this.#scope.refuseInside()
    return this.#attempt((client) => this.#scope.enter(() => this.#perform(client, work)))
  }

  // READ COMMITTED: whoever changes a mailbox, a device or a collection holds its row, and reads after that.
  async #perform<T>(client: PostgresClient, work: (connection: Connection) => Promise<T>): Promise<T> {
    const transaction = new Transaction(this.#connection(client))
    try {
      await client.script('begin')
      const value = await work(transaction)
      transaction.end()
      transaction.refuseFailed()
      await client.script('commit')
      return value
    } catch (error) {
      transaction.end()
      const first = transaction.failure ?? error
      // On a connection that is gone there is nothing to roll back.
      await client.script('rollback').catch(() => {})
      throw first
    }
  }

  /** Space is the database server's business: it answers 53100 when there is none. */
  reserve(): void {}

  async backup(): Promise<void> {
    throw new StoreFailure('not-embedded', 'a PostgreSQL database is backed up with its own tools')
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }
}
