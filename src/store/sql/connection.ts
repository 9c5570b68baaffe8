// What the store asks of a database, whichever driver stands behind it.
import type { Dialect, Value } from './dialect.ts'

/** Runs statements written once with `$1`, `$2` …; the texts are few and fixed, so that drivers can keep them prepared. */
export interface Connection {
  readonly dialect: Dialect
  all<Row>(sql: string, parameters?: readonly Value[]): Promise<readonly Row[]>
  get<Row>(sql: string, parameters?: readonly Value[]): Promise<Row | undefined>
  /** As `all`, for reads that may take long: an embedded database makes them on another thread. */
  scan<Row>(sql: string, parameters?: readonly Value[]): Promise<readonly Row[]>
  /** The number of rows written. */
  run(sql: string, parameters?: readonly Value[]): Promise<number>
  /** Several statements without parameters, for migrations. */
  script(sql: string): Promise<void>
}

/** A database: as a Connection it answers reads of what is committed; what is written is written in `transaction`. */
export interface Database extends Connection {
  /**
   * Commits when `work` resolves, rolls back when it rejects or when any statement failed, even if `work` swallowed that.
   * Where the database asks for another try (serialization, deadlock, a lost connection) `work` runs again.
   */
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  /** Rejects with StoreFailure full if `bytes` more would leave too little free space. */
  reserve(bytes: number): void
  /** Writes a consistent copy to `path` without holding up anybody. */
  backup(path: string): Promise<void>
  close(): Promise<void>
}
