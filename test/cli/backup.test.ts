// Backup and restore: a copy that is whole, checked before it is believed, and after which nothing is given out twice.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { serveControl } from '../../src/control/server.ts'
import { holdFolder } from '../../src/control/lock.ts'
import { systemClock } from '../../src/model/clock.ts'
import type { AccountId, DeviceId, FolderId } from '../../src/model/id.ts'
import { openTraces } from '../../src/protocol/trace.ts'
import { openStore } from '../../src/store/sql/open.ts'
import type { Store } from '../../src/store/store.ts'
import { adminHouse } from '../support/admin.ts'
import { TestShell } from '../support/shell.ts'

const log = pino({ level: 'silent' })
let shell: TestShell

async function withStore<T>(work: (store: Store) => Promise<T>, serving = false): Promise<T> {
  const release = await holdFolder(shell.data)
  const store = await openStore({ database: { kind: 'sqlite', path: join(shell.data, 'easel.db') }, clock: systemClock })
  const traces = await openTraces({ store, clock: systemClock, log, folder: join(shell.data, 'traces') })
  const admin = await adminHouse({ store, traces, dataFolder: shell.data })
  const control = serving ? await serveControl(admin, shell.data, log) : null
  try {
    return await work(store)
  } finally {
    await control?.close()
    await store.close()
    release()
  }
}

const add = (address: string) => shell.run(['account', 'add', address, '--password-stdin'], 'secret')
const addresses = async () => (await shell.ask<{ address: string }[]>(['account', 'list'])).map(({ address }) => address)

/** A new folder of the account: its id comes from the mailbox's counter. */
async function newFolder(store: Store, account: AccountId, name: string): Promise<FolderId> {
  const mailbox = await store.mailbox(account)
  return (await mailbox.createFolder('0' as FolderId, name, 12, null)).id
}

async function idOf(store: Store, address: string): Promise<AccountId> {
  const account = await store.accounts.byAddress(address)
  if (account === null) throw new Error(`no account ${address}`)
  return account.id
}

beforeEach(async () => {
  shell = new TestShell()
  await add('alice@example.com')
  mkdirSync(join(shell.data, 'pki'))
  writeFileSync(join(shell.data, 'pki', 'authority.key'), 'a key')
})
afterEach(() => shell.remove())

describe('easel backup', () => {
  test('copies the store and the keys beside it, readable by nobody else', async () => {
    expect(await shell.ask(['backup', 'copy'])).toMatchObject({ path: join(shell.folder, 'copy'), files: 3 })
    expect(readdirSync(join(shell.folder, 'copy')).sort()).toEqual(['backup.json', 'easel.db', 'pki', 'vault.key'])
    expect(readFileSync(join(shell.folder, 'copy', 'pki', 'authority.key'), 'utf8')).toBe('a key')
    expect(statSync(join(shell.folder, 'copy')).mode & 0o777).toBe(0o700)
  })

  test('of a running server is consistent, and leaves its socket and lock out', () =>
    withStore(async () => {
      await shell.ask(['backup', 'copy'])
      expect(readdirSync(join(shell.folder, 'copy')).sort()).toEqual(['backup.json', 'easel.db', 'pki', 'vault.key'])
    }, true))

  test('never overwrites, and is not put inside what it copies', async () => {
    await shell.ask(['backup', 'copy'])
    expect((await shell.run(['backup', 'copy'])).stderr).toContain('a backup never overwrites')
    expect((await shell.run(['backup', 'data/copy'])).stderr).toContain('would be lost with it')
  })
})

describe('easel restore', () => {
  test('brings back the settings in the data folder too, and says so', async () => {
    const file = join(shell.data, 'easel.yaml')
    writeFileSync(file, 'demo: false\n')
    await shell.ask(['backup', 'copy'])
    writeFileSync(file, 'demo: false\nhost: mail.example.com\n')
    const { stdout } = await shell.run(['restore', 'copy'])
    expect(readFileSync(file, 'utf8')).toBe('demo: false\n')
    expect(stdout).toContain('All other files of the data folder are those of the backup as well, easel.yaml among them if it was there')
  })

  test('brings back what the backup holds, and keeps what it replaces', async () => {
    await shell.ask(['backup', 'copy'])
    await add('bob@example.com')
    writeFileSync(join(shell.data, 'pki', 'authority.key'), 'another key')
    const { replaced } = await shell.ask<{ replaced: string }>(['restore', 'copy'])
    expect(await addresses()).toEqual(['alice@example.com'])
    expect(readFileSync(join(shell.data, 'pki', 'authority.key'), 'utf8')).toBe('a key')
    expect(readFileSync(join(replaced, 'pki', 'authority.key'), 'utf8')).toBe('another key')
    expect(existsSync(join(replaced, 'easel.db'))).toBe(true)
  })

  test('leaves alone what belongs to the file system of a volume of its own, and so does a backup', async () => {
    mkdirSync(join(shell.data, 'lost+found'))
    writeFileSync(join(shell.data, 'lost+found', '#12'), 'nobody but root may read or move it')
    await shell.ask(['backup', 'copy'])
    expect(readdirSync(join(shell.folder, 'copy'))).not.toContain('lost+found')
    await shell.ask(['restore', 'copy'])
    expect(readdirSync(join(shell.data, 'lost+found'))).toEqual(['#12'])
  })

  test('fills an empty data folder', async () => {
    await shell.ask(['backup', 'copy'])
    const other = new TestShell()
    expect(await other.ask(['restore', join(shell.folder, 'copy')])).toMatchObject({ replaced: null })
    expect(await other.ask(['account', 'list'])).toMatchObject([{ address: 'alice@example.com' }])
    other.remove()
  })

  test('never gives out again an id or key that was given out after the backup', async () => {
    await shell.ask(['backup', 'copy'])
    const names = ['one', 'two', 'three']
    const grow = () =>
      withStore(async (store) => {
        const alice = await idOf(store, 'alice@example.com')
        const ids: string[] = []
        for (const name of names) ids.push(await newFolder(store, alice, name))
        const key = (await store.syncState(alice, 'PHONE' as DeviceId)).newKey()
        return { ids, epoch: key.split('.')[0], modseq: await (await store.mailbox(alice)).modseq() }
      })
    const before = await grow()
    await shell.ask(['restore', 'copy'])
    const after = await grow()
    expect(after.ids.filter((id) => before.ids.includes(id))).toEqual([])
    expect(after.epoch).not.toBe(before.epoch)
    expect(after.modseq).toBeGreaterThan(before.modseq)
  })

  test('refuses while a server runs', async () => {
    await shell.ask(['backup', 'copy'])
    await withStore(async () => {
      const { code, stderr } = await shell.run(['restore', 'copy'])
      expect(code).toBe(1)
      expect(stderr).toContain('Another Easel serves the data folder')
    }, true)
  })

  test('refuses what is damaged, incomplete or no backup, and touches nothing', async () => {
    await shell.ask(['backup', 'copy'])
    await add('bob@example.com')
    const key = join(shell.folder, 'copy', 'pki', 'authority.key')
    writeFileSync(key, 'a kex')
    expect((await shell.run(['restore', 'copy'])).stderr).toContain('pki/authority.key of the backup')
    const manifest = join(shell.folder, 'copy', 'backup.json')
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('pki/authority.key', '../data/pki/authority.key'))
    expect((await shell.run(['restore', 'copy'])).stderr).toContain('names a file outside itself')
    writeFileSync(manifest, '{')
    expect((await shell.run(['restore', 'copy'])).stderr).toContain('is damaged, or of a later Easel')
    expect((await shell.run(['restore', 'data'])).stderr).toContain('is no backup of Easel')
    expect(await addresses()).toEqual(['alice@example.com', 'bob@example.com'])
  })

  test('that comes to what cannot be moved puts everything back', async () => {
    await shell.ask(['backup', 'copy'])
    await add('bob@example.com')
    mkdirSync(join(shell.data, 'traces'), { recursive: true })
    const [path, bytes] = ['traces', Buffer.from('a file where a folder stays')]
    writeFileSync(join(shell.folder, 'copy', path), bytes)
    const manifest = join(shell.folder, 'copy', 'backup.json')
    const content = JSON.parse(readFileSync(manifest, 'utf8')) as { files: unknown[] }
    content.files.push({ path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
    writeFileSync(manifest, JSON.stringify(content))
    const before = readdirSync(shell.data)
    expect((await shell.run(['restore', 'copy'])).stderr).toMatch(/cannot be restored, and nothing was changed: EISDIR/)
    expect(readdirSync(shell.data)).toEqual(before)
    expect(await addresses()).toEqual(['alice@example.com', 'bob@example.com'])
  })

  test('that fails leaves nothing behind, least of all where the disk is full', async () => {
    await shell.ask(['backup', 'copy'])
    const [store, manifest] = ['easel.db', 'backup.json'].map((name) => join(shell.folder, 'copy', name)) as [string, string]
    const sum = (content: Buffer) => createHash('sha256').update(content).digest('hex')
    const good = sum(readFileSync(store))
    writeFileSync(store, 'no database, and saved as such')
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(good, sum(readFileSync(store))))
    const { code, stderr } = await shell.run(['restore', 'copy'])
    expect(code).toBe(1)
    expect(stderr).not.toMatch(/ at .*\.ts:/)
    expect(readdirSync(shell.data).filter((name) => /^(restoring|replaced)-/.test(name))).toEqual([])
    expect(await addresses()).toEqual(['alice@example.com'])
  })
})
