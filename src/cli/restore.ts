// Putting a backup in the place of a data folder's content: checked first, prepared beside it, exchanged by renames.
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { databaseOf } from '../admin/open-house.ts'
import { manifest, manifestName, measure, storeName, type Manifest } from '../admin/backup.ts'
import { Refusal } from '../admin/house.ts'
import { shellActor } from '../admin/shell-actor.ts'
import type { Config } from '../config.ts'
import { cutShort } from '../control/cut-short.ts'
import { holdFolder } from '../control/lock.ts'
import type { Instant } from '../model/id.ts'
import { restoredSetting, type Restoration } from '../protocol/refused-key.ts'
import type { NewAuditEntry } from '../store/audit.ts'
import { openStore, restoreEpoch, type StoreOptions } from '../store/sql/open.ts'
import { keepRevoked, raiseLists, readRevoked, type KeptRevoked, type Revoked } from './kept-revocations.ts'
import type { Shell } from './shell.ts'
import { connections } from './stopped.ts'

/** How many were revoked since the backup. */
export interface KeptRevocations {
  readonly certificates: number
  readonly appPasswords: number
}

export interface Restored {
  /** When the backup was made; null for a database that was restored with its own tools. */
  readonly madeAt: string | null
  /** The folder that holds what was there before; null if nothing was. */
  readonly replaced: string | null
  /** What was revoked since the backup, and still is; null where nobody can tell what that was. */
  readonly revoked: KeptRevocations | null
}

/** Restores from `path`, or begins anew on a PostgreSQL database if it is null. Refuses while a server runs. */
export async function restore(config: Config, path: string | null, shell: Shell): Promise<Restored> {
  if (config.database !== null && path !== null) {
    throw new Refusal('The store is a PostgreSQL database: restore it with its own tools, then run `easel restore` without a path.')
  }
  if (config.database === null && path === null) throw new Refusal('Name the backup to restore.')
  const content = path === null ? null : await check(path)
  const release = await holdFolder(config.data)
  try {
    if (path === null || content === null) {
      await beginAnew(databaseOf(config, connections), null, null, shell)
      return { madeAt: null, replaced: null, revoked: null }
    }
    return { madeAt: content.madeAt, ...(await exchange(config.data, path, content, shell)) }
  } finally {
    release()
  }
}

/** Reads the list of a backup and compares every file with it, before anything is touched. */
async function check(path: string): Promise<Manifest> {
  const text = await readFile(join(path, manifestName), 'utf8').catch(() => null)
  if (text === null) throw new Refusal(`${path} is no backup of Easel: it holds no ${manifestName}.`)
  const content = manifest.safeParse(parsed(text)).data
  if (content === undefined) throw new Refusal(`The ${manifestName} of ${path} is damaged, or of a later Easel.`)
  if (!content.files.some((file) => file.path === storeName)) throw new Refusal(`The backup ${path} holds no store.`)
  for (const file of content.files) {
    const climbs = normalize(file.path).startsWith('..') || normalize(file.path).startsWith('/')
    if (climbs) throw new Refusal(`The backup ${path} names a file outside itself: ${file.path}.`)
    const found = await measure(join(path, file.path)).catch(() => null)
    if (found === null) throw new Refusal(`The backup ${path} lacks ${file.path}.`)
    if (found.sha256 !== file.sha256) throw new Refusal(`${file.path} of the backup ${path} is damaged: its checksum differs.`)
  }
  return content
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Two seconds a device, and never longer than people wait for their mail. */
const secondsPerDevice = 2
const spreadSecondsMax = 900

/** So many names of each kind stand in the entry; whatever is more stands as a number. */
const namedMax = 100

/** What the restored store says of how it became what it is: of the store that it replaced, it knows nothing. */
function entryOf(madeAt: string | null, kept: KeptRevoked | null, at: Instant): NewAuditEntry {
  const { name, role, via } = shellActor()
  const revoked = kept && {
    ...countsOf(kept),
    serials: kept.certificates.slice(0, namedMax),
    names: kept.appPasswords.slice(0, namedMax),
  }
  return { at, actor: name, role, origin: via, action: 'store.restore', target: null, detail: { backupOf: madeAt, revoked } }
}

const countsOf = ({ certificates, appPasswords }: KeptRevoked): KeptRevocations => ({
  certificates: certificates.length,
  appPasswords: appPasswords.length,
})

/**
 * Raises the epoch, notes when and for how many devices (`protocol/refused-key` gives each of them its turn), and lets nobody in again
 * who is `revoked`. Links and challenges are over: which of them were used since the backup, it does not know.
 */
async function beginAnew(
  database: StoreOptions['database'],
  backup: Pick<Manifest, 'madeAt'> | null,
  revoked: Revoked | null,
  { clock }: Shell,
): Promise<KeptRevocations | null> {
  await restoreEpoch({ database, clock })
  const store = await openStore({ database, clock })
  try {
    const devices = await store.devices.list(null)
    const restored: Restoration = { at: clock.now(), spreadSeconds: Math.min(spreadSecondsMax, devices.length * secondsPerDevice) }
    await store.setSetting(restoredSetting, JSON.stringify(restored))
    return await store.unit(async (unit) => {
      for (const { id } of await unit.accounts.list()) {
        await unit.enrolmentLinks.withdraw(id)
        await unit.scepChallenges.withdraw(id)
      }
      const kept = revoked === null ? null : await keepRevoked(unit, revoked)
      await raiseLists(unit, clock.now())
      await unit.audit.append(entryOf(backup?.madeAt ?? null, kept, clock.now()))
      return kept && countsOf(kept)
    })
  } finally {
    await store.close()
  }
}

/** What stays in the data folder: our own lock, earlier exchanges, traces of what happened, what root alone may move. */
const staying = /^(easel\.lock|control\.sock|traces|replaced-|restoring-|lost\+found$)/

const storeFirst = (one: string, other: string) => Number(other.startsWith(storeName)) - Number(one.startsWith(storeName))

async function exchange(data: string, path: string, content: Manifest, shell: Shell): Promise<Omit<Restored, 'madeAt'>> {
  const half = cutShort(data)
  if (half === null) await forgetPrepared(data)
  const stamp = new Date(shell.clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const prepared = join(data, `restoring-${stamp}`)
  const aside = join(data, `replaced-${stamp}`)
  const present = join(data, half === null ? '' : `replaced-${half}`, storeName)
  let done: Omit<Restored, 'madeAt'>
  try {
    await copy(content, path, prepared)
    // The epoch is raised before the store takes its place: there is no moment at which an old one could be served.
    const standing = existsSync(present) ? await readRevoked(present, shell.clock) : null
    const revoked = await beginAnew({ kind: 'sqlite', path: join(prepared, storeName) }, content, standing, shell)
    const before = (await readdir(data)).filter((name) => !staying.test(name)).sort(storeFirst)
    if (before.length > 0) await mkdir(aside, { mode: 0o700 })
    await moveAll([
      ...before.map((name) => [join(data, name), join(aside, name)] as const),
      ...(await readdir(prepared))
        .sort(storeFirst)
        .reverse()
        .map((name) => [join(prepared, name), join(data, name)] as const),
    ])
    done = { replaced: before.length === 0 ? null : aside, revoked }
  } catch (error) {
    // The disk may be full, and what is in use needs the room.
    await rm(prepared, { recursive: true, force: true })
    await rmdir(aside).catch(() => undefined)
    if (error instanceof Refusal || !(error instanceof Error)) throw error
    throw new Refusal(`The backup ${path} cannot be restored, and nothing was changed: ${error.message}`, { cause: error })
  }
  await forgetPrepared(data)
  return done
}

/** All of them or none. */
async function moveAll(moves: readonly (readonly [from: string, to: string])[]): Promise<void> {
  await using undo = new AsyncDisposableStack()
  for (const [from, to] of moves) {
    await rename(from, to)
    undo.defer(() => rename(to, from))
  }
  undo.move()
}

async function copy({ files }: Manifest, from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true })
  for (const file of files) {
    await mkdir(join(to, dirname(file.path)), { recursive: true, mode: 0o700 })
    await copyFile(join(from, file.path), join(to, file.path))
  }
}

/** What a restore that was killed left behind. */
async function forgetPrepared(data: string): Promise<void> {
  for (const name of await readdir(data)) if (name.startsWith('restoring-')) await rm(join(data, name), { recursive: true, force: true })
}
