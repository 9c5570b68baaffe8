// What only the embedded database promises: a file that lasts, its limits, and copies of it while it runs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { VirtualClock } from '../support/clock.ts'
import type { FolderId, ServerId } from '../../src/model/id.ts'
import { openDatabase, type SqliteOptions } from '../../src/store/sql/database.ts'
import { openStore } from '../../src/store/sql/open.ts'
import { fill, idsOf, inboxOf, mail, modseq, newAccount, newMailbox, pattern } from './samples.ts'
import { emailOf } from '../../src/model/item.ts'

const inbox = '1' as FolderId

describe('the embedded database', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-sqlite-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })
  const path = (name = 'store.db') => join(folder, name)
  const open = (options: Partial<SqliteOptions> = {}) =>
    openStore({ database: { kind: 'sqlite', path: path(), ...options }, clock: new VirtualClock() })

  test('what was acknowledged is there after the file was closed and opened again', async () => {
    let store = await open()
    const account = await newAccount(store)
    const mailbox = await store.mailbox(account.id)
    const [id] = (await fill(mailbox, inbox, { subject: 'Lasting', source: pattern(400_000) })) as [ServerId]
    const before = await mailbox.read([id])
    await store.close()
    expect(readdirSync(folder)).toEqual(['store.db'])
    store = await open()
    const again = await store.mailbox(account.id)
    expect(await again.read([id])).toEqual(before)
    expect(Buffer.from(await (await again.source(id))!.read(0, 400_000)).equals(pattern(400_000))).toBe(true)
    await store.close()
  })

  test('what was acknowledged is there without the file ever having been closed', async () => {
    const store = await open()
    const account = await newAccount(store)
    const [id] = (await fill(await store.mailbox(account.id), inbox, {})) as [ServerId]
    const second = await open()
    expect((await (await second.mailbox(account.id)).read([id])).size).toBe(1)
    await second.close()
    await store.close()
  })

  test('what was acknowledged survives a process that is killed, again and again', async () => {
    let store = await open()
    const { id: account } = await store.accounts.create({ addresses: ['killed@example.com'], displayName: '', passwordHash: null })
    await store.close()
    const acknowledged: ServerId[] = []
    for (const lines of [3, 10, 17]) {
      const writer = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), path()], { stdio: ['ignore', 'pipe', 'inherit'] })
      const ended = once(writer, 'exit')
      let heard = 0
      for await (const line of createInterface({ input: writer.stdout })) {
        acknowledged.push(line as ServerId)
        if ((heard += 1) === lines) writer.kill('SIGKILL')
      }
      expect(await ended).toEqual([null, 'SIGKILL'])
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(30)

    const database = await openDatabase({ kind: 'sqlite', path: path() })
    expect(await database.get('pragma integrity_check')).toMatchObject({ integrity_check: 'ok' })
    await database.transaction((connection) => connection.run(`insert into search (search, rank) values ('integrity-check', 1)`))
    await database.close()
    store = await open()
    const mailbox = await store.mailbox(account)
    const found = await mailbox.read(acknowledged)
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([])
    for (const [id, item] of found) {
      const { bytes } = emailOf(item)
      expect(Buffer.from(await (await mailbox.source(id))!.read(0, bytes)).equals(pattern(bytes))).toBe(true)
    }
    await store.close()
  })

  test('nobody else on the machine can read the file', async () => {
    const store = await open()
    for (const name of readdirSync(folder)) expect(statSync(path(name)).mode & 0o077, name).toBe(0)
    await store.backup(path('copy.db'))
    expect(statSync(path('copy.db')).mode & 0o077).toBe(0)
    await store.close()
  })

  test('a database in memory leaves nothing behind', async () => {
    const before = process.env['TMPDIR']
    process.env['TMPDIR'] = folder
    const store = await openStore({ database: { kind: 'sqlite', path: ':memory:' }, clock: new VirtualClock() })
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    const mailbox = await newMailbox(store)
    await fill(mailbox, await inboxOf(mailbox), { subject: 'temporary' })
    expect(readdirSync(folder)).toHaveLength(1)
    await store.close()
    expect(readdirSync(folder)).toEqual([])
  })

  test('a file that cannot be opened, or is something else, is named in the refusal', async () => {
    await expect(open({ path: join(folder, 'no', 'such', 'folder.db') })).rejects.toThrow(/The database .*folder\.db cannot be opened/)
    writeFileSync(path(), 'This is a text and has always been one. '.repeat(200))
    await expect(open()).rejects.toThrow(/The database .*store\.db cannot be opened: .*not a database/)
  })

  test('a full database refuses a message as full, keeps the others, and goes on', async () => {
    const store = await open({ maxBytes: 2 * 1024 * 1024, spareBytes: 0 })
    const mailbox = await newMailbox(store)
    const [kept] = (await fill(mailbox, inbox, {})) as [ServerId]
    const before = await mailbox.modseq()
    await expect(mailbox.create(inbox, mail({ source: pattern(4 * 1024 * 1024) }), null)).rejects.toMatchObject({ reason: 'full' })
    expect(await mailbox.modseq()).toBe(before)
    expect(idsOf((await mailbox.items(inbox, 'Email').since(modseq(0), 10)).changes)).toEqual([kept])
    const [after] = (await fill(mailbox, inbox, { subject: 'small' })) as [ServerId]
    expect((await mailbox.read([kept, after])).size).toBe(2)
    await store.close()
  })

  test('a unit that swallowed "full" does not commit half a message', async () => {
    const store = await open({ maxBytes: 2 * 1024 * 1024, spareBytes: 0 })
    const account = await newAccount(store)
    const mailbox = await store.mailbox(account.id)
    const before = await mailbox.modseq()
    const work = store.unit(async (unit) => {
      const within = await unit.mailbox(account.id)
      await within.create(inbox, mail({ source: pattern(4 * 1024 * 1024) }), null).catch(() => {})
      await unit.accounts.change(account.id, { displayName: 'half' }).catch(() => {})
    })
    await expect(work).rejects.toMatchObject({ reason: 'full' })
    expect(await mailbox.modseq()).toBe(before)
    expect((await store.accounts.byId(account.id))?.displayName).toBe(account.displayName)
    await store.close()
  })

  test('a disk with too little to spare refuses messages before they are written', async () => {
    const store = await open({ spareBytes: 2 ** 60 })
    const account = await newAccount(store)
    const mailbox = await store.mailbox(account.id)
    await expect(mailbox.create(inbox, mail(), null)).rejects.toMatchObject({ reason: 'full' })
    const submission = {
      id: 'x' as never,
      account: account.id,
      from: 'a@b.test',
      recipients: ['c@d.test'],
      source: new Uint8Array(1),
      at: 1,
    }
    await expect(store.outbox.submit(submission)).rejects.toMatchObject({ reason: 'full' })
    await mailbox.createFolder('0' as FolderId, 'Still possible', 12, null)
    await store.close()
  })

  test('a backup is made while others write, is consistent, and can be opened', async () => {
    const store = await open()
    const account = await newAccount(store)
    const mailbox = await store.mailbox(account.id)
    await fill(mailbox, inbox, ...Array.from({ length: 20 }, () => ({ source: pattern(50_000) })))
    const before = await mailbox.modseq()
    let written = 0
    let running = true
    const writing = (async () => {
      while (running) {
        await fill(mailbox, inbox, {})
        written += 1
      }
    })()
    await store.backup(path('copy.db'))
    running = false
    await writing
    expect(written).toBeGreaterThan(0)
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db'])

    const copy = await open({ path: path('copy.db') })
    const copied = await copy.mailbox(account.id)
    const top = await copied.modseq()
    expect(top).toBeGreaterThanOrEqual(before)
    const { changes } = await copied.items(inbox, 'Email').since(modseq(0), 10_000)
    expect(changes).toHaveLength(20 + top - before)
    const query = { class: 'Email', text: ['hello'], folders: null, after: null, before: null, conversation: null } as const
    expect((await copied.search(query, { from: 0, to: 0 })).total).toBe(changes.length)
    await copy.close()
    await store.close()
  })

  test('a backup that cannot be written says so and leaves nothing half done', async () => {
    const store = await open()
    await expect(store.backup(join(folder, 'missing', 'copy.db'))).rejects.toThrow()
    expect(readdirSync(folder).filter((name) => name.includes('copy'))).toEqual([])
    await store.backup(path('copy.db'))
    await store.backup(path('copy.db'))
    await store.close()
  })

  test('a statement that is not awaited within its unit is refused after its end', async () => {
    const database = await openDatabase({ kind: 'sqlite', path: path() })
    const late = await database.transaction(async (connection) => connection)
    await expect(late.run('create table never (a integer)')).rejects.toThrow('after its unit of work had ended')
    await expect(database.run('create table never (a integer)')).rejects.toThrow('outside a transaction')
    await database.close()
  })

  test('after a statement that failed a unit does nothing more, and commits nothing', async () => {
    const database = await openDatabase({ kind: 'sqlite', path: path() })
    await database.transaction((connection) => connection.script('create table names (name text primary key) strict'))
    const insert = (name: string) => ['insert into names (name) values ($1)', [name]] as const
    const outcomes: string[] = []
    const work = database.transaction(async (connection) => {
      for (const name of ['one', 'one', 'two']) {
        await connection.run(...insert(name)).then(
          () => outcomes.push('written'),
          () => outcomes.push('refused'),
        )
      }
    })
    await expect(work).rejects.toThrow('UNIQUE')
    expect(outcomes).toEqual(['written', 'refused', 'refused'])
    expect(await database.all('select name from names')).toEqual([])
    await database.transaction((connection) => connection.run(...insert('three')))
    expect(await database.all('select name from names')).toEqual([{ name: 'three' }])
    await database.close()
  })

  test('other work has its turn while a long queue of units is served', async () => {
    const store = await open()
    const mailbox = await newMailbox(store)
    let turns = 0
    let running = true
    const tick = () => {
      turns += 1
      if (running) setImmediate(tick)
    }
    setImmediate(tick)
    await Promise.all(Array.from({ length: 100 }, () => mailbox.create(inbox, mail(), null)))
    running = false
    expect(turns).toBeGreaterThan(5)
    await store.close()
  })

  test('a search that is cut off by the end of the store says so', async () => {
    const store = await open()
    const mailbox = await newMailbox(store)
    const query = { class: 'Email', text: ['x'], folders: null, after: null, before: null, conversation: null } as const
    // The first ones may be quicker than the end.
    const searches = Array.from({ length: 200 }, () => mailbox.search(query, { from: 0, to: 9 }))
    const cut = expect(searches.at(-1)).rejects.toMatchObject({ reason: 'unavailable' })
    const settled = Promise.allSettled(searches)
    await store.close()
    await cut
    await settled
    await expect(mailbox.search(query, { from: 0, to: 9 })).rejects.toMatchObject({ reason: 'unavailable' })
  })
})
