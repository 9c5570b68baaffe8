// The house where no server runs: the store opened by the shell itself, under the data folder's lock.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { storeName } from '../admin/backup.ts'
import { Refusal, type AdminHouse } from '../admin/house.ts'
import { databaseOf, openHouse } from '../admin/open-house.ts'
import { noSprayings } from '../auth/spraying.ts'
import { openVault } from '../auth/vault.ts'
import type { Config } from '../config.ts'
import { refuseCutShort } from '../control/cut-short.ts'
import { holdFolder } from '../control/lock.ts'
import { certificateFiles, keepCertificate } from '../enroll/certificate-keeper.ts'
import { hostNames, machineNames } from '../enroll/host-names.ts'
import { publicOrigin } from '../enroll/public-origin.ts'
import type { Directory } from '../directory/directory.ts'
import { createLog } from '../log.ts'
import { createDelivery } from '../mail/delivery.ts'
import type { Clock } from '../model/clock.ts'
import { noFailures } from '../protocol/failure-book.ts'
import { openTraces, type TraceBook } from '../protocol/trace.ts'
import { openDirectory, openDirectoryLogin } from '../server/directory.ts'
import { openStore } from '../store/sql/open.ts'
import type { Store } from '../store/store.ts'
import { noAlarms } from '../sync/alarms.ts'
import type { Shell } from './shell.ts'

/** The shell asks one thing after the other. */
export const connections = 2

interface StoppedParts {
  readonly store: Store
  readonly directory: Directory
  readonly clock: Clock
  readonly log: Logger
  readonly traces: TraceBook
}

/** Notices of a stopped server wait in the queue, or lie in their inboxes, until it runs. */
async function stoppedHouse(config: Config, { store, directory, clock, log, traces }: StoppedParts): Promise<AdminHouse> {
  const names = hostNames(config.names, machineNames())
  const [hostName = 'localhost'] = names
  return {
    ...(await openHouse(config, {
      store,
      clock,
      log,
      vault: await openVault(config.data),
      delivery: createDelivery({ store, clock, log, meetings: null }),
      directory,
      hostName,
      keeper: () => keepCertificate({ dataFolder: config.data, files: certificateFiles(config), names, clock }),
      origin: () => publicOrigin(config, hostName),
      kick: () => undefined,
    })),
    traces,
    alarms: noAlarms,
    sprayings: noSprayings,
    failures: noFailures,
    vitals: null,
    directory: openDirectoryLogin(config, { store, directory, clock, log }).desk({
      changed: () => undefined,
      regrouped: () => undefined,
      alarmed: () => undefined,
    }),
    changed: () => undefined,
    rouse: () => undefined,
    isParked: () => false,
  }
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
    if (config.database === null) refuseCutShort(config.data)
    const { clock } = shell
    const store = await openStore({ database: databaseOf(config, connections), clock })
    try {
      const log = createLog({ level: 'warn', pretty: true, destination: { write: (line) => void shell.stderr.write(line) } })
      const traces = await openTraces({ store, clock, log, folder: join(config.data, 'traces') })
      const directory = openDirectory(config.directory, { accounts: store.accounts, clock, log })
      const result = await work(await stoppedHouse(config, { store, directory, clock, log, traces }))
      await Promise.all([traces.flushed(), directory.close()])
      return result
    } finally {
      await store.close()
    }
  } finally {
    release()
  }
}
