// The versions of the database, forward only: each step runs in one transaction, and a newer database is refused.
import { ConfigError } from '../../setting.ts'
import { administrationTables } from './administration-tables.ts'
import type { Connection, Database } from './connection.ts'
import { entranceTables } from './entrance-tables.ts'
import { groupwareTables } from './groupware-tables.ts'
import type { Dialect } from './dialect.ts'
import { tables } from './tables.ts'

export interface Migration {
  /** What it makes of the database, as one script; it reads and writes nothing that a later step may rename. */
  script(dialect: Dialect): string
}

/** Step n makes version n of version n - 1. Steps are never changed once released; new ones are added at the end. */
export const migrations: readonly Migration[] = [
  { script: tables },
  { script: administrationTables },
  { script: entranceTables },
  { script: groupwareTables },
]

async function version(connection: Connection): Promise<number> {
  const row = await connection.get<{ value: number }>(`select value from meta where name = 'version'`)
  return row?.value ?? 0
}

/** Brings the database to the newest version. Rejects, in words, where it is newer than this program. */
export function migrate(database: Database, steps: readonly Migration[] = migrations): Promise<void> {
  return database.transaction(async (connection) => {
    const { dialect } = connection
    if (dialect.migrationLock !== null) await connection.all(dialect.migrationLock)
    await connection.script(`create table if not exists meta (name text primary key, value ${dialect.integer} not null)`)
    const found = await version(connection)
    if (found > steps.length) {
      throw new ConfigError(
        `The database has version ${found}; this Easel knows versions up to ${steps.length}. ` +
          'Start the newer Easel that wrote it, or restore a backup made before the upgrade.',
      )
    }
    for (const step of steps.slice(found)) await connection.script(step.script(dialect))
    if (found === steps.length) return
    await connection.run(`insert into meta (name, value) values ('version', $1) on conflict (name) do update set value = excluded.value`, [
      steps.length,
    ])
  })
}
