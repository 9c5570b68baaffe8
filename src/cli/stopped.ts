// The house where no server runs: the store opened by the shell itself, under the data folder's lock.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal, type AdminHouse } from '../admin/house.ts'
import { openVault } from '../auth/vault.ts'
import { storeName } from '../admin/backup.ts'
import { roleOf } from '../auth/people.ts'
import type { Config } from '../config.ts'
import { holdFolder } from '../control/lock.ts'
import { createLog } from '../log.ts'
import { createDelivery } from '../mail/delivery.ts'
import { createNotices } from '../mail/notice.ts'
import type { Clock } from '../model/clock.ts'
import { openAccessBook } from '../policy/access-book.ts'
import { configuredPolicy } from '../policy/configured-policy.ts'
import { createDevicePasswords } from '../policy/device-passwords.ts'
import { openPolicyBook } from '../policy/policy-book.ts'
import { createQuarantine } from '../policy/quarantine.ts'
import { createWipeDesk } from '../policy/wipe-desk.ts'
import { noFailures } from '../protocol/failure-book.ts'
import { openTraces, type TraceBook } from '../protocol/trace.ts'
import { openStore, type StoreOptions } from '../store/sql/open.ts'
import type { Store } from '../store/store.ts'
import { noAlarms } from '../sync/alarms.ts'
import type { Shell } from './shell.ts'

/** Which database the configuration names. */
export function databaseOf(config: Config): StoreOptions['database'] {
  return config.database === null
    ? { kind: 'sqlite', path: join(config.data, storeName) }
    : { kind: 'postgres', url: config.database.reveal(), connections: 2 }
}

/** Notices of a stopped server wait in the queue, or lie in their inboxes, until it runs. */
async function stoppedHouse(config: Config, store: Store, clock: Clock, traces: TraceBook): Promise<AdminHouse> {
  const log = createLog({ level: 'silent', pretty: false })
  const now = () => clock.now()
  const delivery = createDelivery({ store, clock, log })
  const hostName = config.names[0] ?? 'localhost'
  const notices = createNotices({
    ...{ delivery, outbox: store.outbox, hostName, now },
    kick: () => undefined,
    failed: () => undefined,
  })
  return {
    ...{ store, clock, traces, dataFolder: config.data },
    policies: await openPolicyBook(store.policies, configuredPolicy(config)),
    access: await openAccessBook(store.access),
    wipes: createWipeDesk({ store, now, verifierDays: config.wipe.verifierDays }),
    devicePasswords: createDevicePasswords(store, await openVault(config.data), now),
    notices,
    quarantine: createQuarantine({ store, notices, administrators: config.admin.notify, hostName, now }),
    rules: { wipesPerHour: config.wipe.perHour, wipeApproval: config.wipe.approval, notify: config.admin.notify },
    ...{ alarms: noAlarms, failures: noFailures, vitals: null },
    changed: () => undefined,
    rouse: () => undefined,
    isParked: () => false,
    roleOf: (account) => roleOf(config.admin, account),
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
    const { clock } = shell
    const store = await openStore({ database: databaseOf(config), clock })
    try {
      const log = createLog({ level: 'warn', pretty: true, destination: { write: (line) => void shell.stderr.write(line) } })
      const traces = await openTraces({ store, clock, log, folder: join(config.data, 'traces') })
      const result = await work(await stoppedHouse(config, store, clock, traces))
      await traces.flushed()
      return result
    } finally {
      await store.close()
    }
  } finally {
    release()
  }
}
