// The databases that every contract of the store is held against, each in a place of its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { VirtualClock } from '../support/clock.ts'
import type { Clock } from '../../src/model/clock.ts'
import { openDatabase, type DatabaseOptions } from '../../src/store/sql/database.ts'
import { openStore } from '../../src/store/sql/open.ts'
import { PostgresDatabase, type PostgresClient, type PostgresPool } from '../../src/store/sql/postgres.ts'
import type { Store } from '../../src/store/store.ts'

/** Somewhere to keep one store; it can be opened again after it was closed. */
export interface Place {
  readonly options: DatabaseOptions
  open(clock?: Clock): Promise<Store>
  remove(): Promise<void>
}

export interface Engine {
  readonly name: string
  /** Whether a read outside finds its way while a unit of work is open: PGlite has a single connection. */
  readonly readsBeside: boolean
  place(): Promise<Place>
}

function place(options: DatabaseOptions, remove: () => Promise<void>): Place {
  return { options, open: (clock = new VirtualClock()) => openStore({ database: options, clock }), remove }
}

const sqlite: Engine = {
  name: 'SQLite',
  readsBeside: true,
  async place() {
    const folder = mkdtempSync(join(tmpdir(), 'easel-store-'))
    return place({ kind: 'sqlite', path: join(folder, 'store.db') }, async () => rmSync(folder, { recursive: true }))
  },
}

/** One PGlite for the whole run: it takes seconds to start, and most of a gigabyte. */
let shared: Promise<PGlite> | undefined
let schemas = 0

async function start(): Promise<PGlite> {
  const database = await PGlite.create({ extensions: { pg_trgm } })
  await database.exec('create extension pg_trgm')
  return database
}

/** A pool over a schema of its own, and what removes the schema. */
export async function pglitePlace(): Promise<{ readonly pool: PostgresPool; remove(): Promise<void> }> {
  const database = await (shared ??= start())
  const schema = `place_${(schemas += 1)}`
  await database.exec(`create schema ${schema}`)
  return {
    pool: pglitePool(database, schema),
    async remove() {
      await database.exec(`drop schema ${schema} cascade`)
    },
  }
}

/** PGlite's one connection, lent to one at a time. */
let turn: Promise<void> = Promise.resolve()

function pglitePool(database: PGlite, schema: string): PostgresPool {
  return {
    async acquire(): Promise<PostgresClient> {
      const before = turn
      const { promise, resolve } = Promise.withResolvers<void>()
      turn = promise
      await before
      await database.exec(`set search_path to ${schema}, public`)
      return {
        async query(text, values) {
          const { rows, affectedRows } = await database.query(text, [...values])
          // Rows that only were read count as none, as PGlite has it; nobody asks for the number of those.
          return { rows, rowCount: affectedRows ?? 0 }
        },
        async script(text) {
          await database.exec(text)
        },
        release: () => resolve(),
      }
    },
    // The next suite needs it.
    async end() {},
  }
}

const onPglite: Engine = {
  name: 'PostgreSQL (PGlite)',
  readsBeside: false,
  async place() {
    const { pool, remove } = await pglitePlace()
    return place({ kind: 'opened', database: new PostgresDatabase(pool) }, remove)
  },
}

function onServer(url: string): Engine {
  return {
    name: 'PostgreSQL (server)',
    readsBeside: true,
    async place() {
      const schema = `easel_${process.pid}_${Date.now().toString(36)}_${(schemas += 1)}`
      const administer = async (script: string) => {
        const database = await openDatabase({ kind: 'postgres', url })
        await database.transaction((connection) => connection.script(script))
        await database.close()
      }
      await administer(`create schema ${schema}; create extension if not exists pg_trgm schema public`)
      const own = new URL(url)
      own.searchParams.set('options', `-c search_path=${schema},public`)
      return place({ kind: 'postgres', url: own.href }, () => administer(`drop schema ${schema} cascade`))
    },
  }
}

const server = process.env['EASEL_TEST_POSTGRES']

/** SQLite and PostgreSQL's dialect always; a real server where EASEL_TEST_POSTGRES holds its URL. */
export const engines: readonly Engine[] = [sqlite, onPglite, ...(server === undefined || server === '' ? [] : [onServer(server)])]
