// One transaction under way, as its work sees it: nothing slips past its end, and no failed statement is committed.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Connection } from './connection.ts'
import type { Dialect, Value } from './dialect.ts'
import { asFailure } from './trouble.ts'

/** Stands between a unit's work and its connection. */
export class Transaction implements Connection {
  readonly dialect: Dialect
  readonly #connection: Connection
  #failure: unknown
  #ended = false

  constructor(connection: Connection) {
    this.dialect = connection.dialect
    this.#connection = connection
  }

  /** The driver's first error; undefined if every statement succeeded. */
  get failure(): unknown {
    return this.#failure
  }

  /** Throws the driver's first error even if the work went on in spite of it: half of something may be written. */
  refuseFailed(): void {
    if (this.#failure instanceof Error) throw this.#failure
    if (this.#failure !== undefined) throw new Error('a statement failed', { cause: this.#failure })
  }

  /** From here on the connection belongs to somebody else. */
  end(): void {
    this.#ended = true
  }

  async #watch<T>(run: () => Promise<T>): Promise<T> {
    if (this.#ended) throw new Error('a statement came after its unit of work had ended: something in it was not awaited')
    if (this.#failure !== undefined) throw asFailure(this.#failure)
    try {
      return await run()
    } catch (error) {
      // Statements sent together fail together: the first tells why.
      this.#failure ??= error
      throw asFailure(this.#failure)
    }
  }

  all<Row>(sql: string, parameters?: readonly Value[]): Promise<readonly Row[]> {
    return this.#watch(() => this.#connection.all<Row>(sql, parameters))
  }

  get<Row>(sql: string, parameters?: readonly Value[]): Promise<Row | undefined> {
    return this.#watch(() => this.#connection.get<Row>(sql, parameters))
  }

  /** Within a unit only its own connection sees what it wrote. */
  scan<Row>(sql: string, parameters?: readonly Value[]): Promise<readonly Row[]> {
    return this.all<Row>(sql, parameters)
  }

  run(sql: string, parameters?: readonly Value[]): Promise<number> {
    return this.#watch(() => this.#connection.run(sql, parameters))
  }

  script(sql: string): Promise<void> {
    return this.#watch(() => this.#connection.script(sql))
  }
}

/**
 * Knows whether the code that runs now runs inside a transaction. A transaction begun inside another would wait for it
 * for ever: it is refused instead, in words.
 */
export class TransactionScope {
  readonly #flow = new AsyncLocalStorage<{ open: boolean }>()

  async enter<T>(work: () => Promise<T>): Promise<T> {
    const scope = { open: true }
    try {
      return await this.#flow.run(scope, work)
    } finally {
      scope.open = false
    }
  }

  /** Throws where the caller stands inside a transaction. */
  refuseInside(): void {
    if (this.#flow.getStore()?.open === true) {
      throw new Error('a unit of work was begun inside another: use the methods of the unit that is open')
    }
  }
}
