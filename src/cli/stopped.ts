// The house where no server runs: the store opened by the shell itself, under the data folder's lock.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal, type AdminHouse } from '../admin/house.ts'
import { storeName } from '../admin/backup.ts'
import type { Config } from '../config.ts'
import { holdFolder } from '../control/lock.ts'
import { createLog } from '../log.ts'
import { openTraces } from '../protocol/trace.ts'
import { openStore, type StoreOptions } from '../store/sql/open.ts'
import type { Shell } from './shell.ts'

/** Which database the configuration names. */
export function databaseOf(config: Config): StoreOptions['database'] {
  return config.database === null
    ? { kind: 'sqlite', path: join(config.data, storeName) }
    : { kind: 'postgres', url: config.database.reveal(), connections: 2 }
}

/**
 * Opens the store for the time of `work`; makes it only if it may. Rejects with FolderHeld where somebody else works on the
 * folder, and with a Refusal where there is nothing yet: that is mostly a folder's name misspelt.
 */
export async function withStore<T>(
  { config, shell, mayMake }: { config: Config; shell: Shell; mayMake: boolean },
  work: (house: AdminHouse) => Promise<T>,
): Promise<T> {
  if (!mayMake && config.database === null && !existsSync(join(config.data, storeName))) {
    throw new Refusal(`There is no store in ${config.data}: is that the data folder (EASEL_DATA)? The first start of the server makes it.`)
  }
  const release = await holdFolder(config.data)
  try {
    const { clock } = shell
    const store = await openStore({ database: databaseOf(config), clock })
    try {
      const log = createLog({ level: 'warn', pretty: true, destination: { write: (line) => void shell.stderr.write(line) } })
      const traces = await openTraces({ store, clock, log, folder: join(config.data, 'traces') })
      const result = await work({ store, clock, traces, dataFolder: config.data, changed: () => undefined })
      await traces.flushed()
      return result
    } finally {
      await store.close()
    }
  } finally {
    release()
  }
}
