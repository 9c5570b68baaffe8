// What only the shared database promises: another try after contention or a lost connection, and many nodes at once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VirtualClock } from '../support/clock.ts'
import { folderType } from '../../src/model/folder.ts'
import { rootFolder, type FolderId, type Modseq, type ServerId } from '../../src/model/id.ts'
import { openDatabase } from '../../src/store/sql/database.ts'
import { PostgresDatabase, type PostgresClient, type PostgresPool } from '../../src/store/sql/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, pglitePlace, type Place } from './engines.ts'
import { fill, idsOf, mail, newAccount } from './samples.ts'

const inbox = '1' as FolderId

/** An error as a driver throws it. */
const fault = (code: string, message = code) => Object.assign(new Error(message), { code })

/** A pool whose next statements fail as scripted, keeping count of what is lent and what was thrown away. */
class UnreliablePool implements PostgresPool {
  readonly #pool: PostgresPool
  readonly faults: { readonly at: RegExp; readonly error: Error }[] = []
  broken = 0
  lent = 0

  constructor(pool: PostgresPool) {
    this.#pool = pool
  }

  #stumble(text: string): void {
    const [next] = this.faults
    if (next === undefined || !next.at.test(text)) return
    this.faults.shift()
    throw next.error
  }

  async acquire(): Promise<PostgresClient> {
    this.#stumble('acquire')
    const client = await this.#pool.acquire()
    this.lent += 1
    return {
      query: async (text, values, name) => {
        this.#stumble(text)
        return client.query(text, values, name)
      },
      script: async (text) => {
        this.#stumble(text)
        return client.script(text)
      },
      release: (broken) => {
        this.lent -= 1
        if (broken) this.broken += 1
        client.release(broken)
      },
    }
  }

  end(): Promise<void> {
    return this.#pool.end()
  }
}

describe('PostgreSQL units of work', () => {
  let pool: UnreliablePool
  let database: PostgresDatabase
  let remove: () => Promise<void>
  beforeAll(async () => {
    const place = await pglitePlace()
    remove = place.remove
    pool = new UnreliablePool(place.pool)
    database = new PostgresDatabase(pool)
    await database.transaction((connection) => connection.script('create table numbers (n bigint not null)'))
  })
  afterAll(async () => {
    await database.close()
    await remove()
  })

  const numbers = async () => (await database.all<{ n: number }>('select n from numbers order by n')).map(({ n }) => n)
  let next = 0
  const insert = (tries: () => void = () => {}) => {
    const n = (next += 1)
    const work = database.transaction(async (connection) => {
      tries()
      await connection.run('insert into numbers (n) values ($1)', [n])
      return n
    })
    return { n, work }
  }

  test.each([
    ['a serialization failure', /insert/, fault('40001'), 0],
    ['a deadlock', /insert/, fault('40P01'), 0],
    ['a failure at the commit', /commit/, fault('40001'), 0],
    ['a server that shuts down', /insert/, fault('57P01'), 1],
    ['a connection that breaks', /insert/, fault('ECONNRESET'), 1],
    ['a connection that ends without a code', /insert/, new Error('Connection terminated unexpectedly'), 1],
    ['a connection that does not come about', /acquire/, fault('ECONNREFUSED'), 0],
    ['a server that became a standby', /insert/, fault('25006'), 1],
  ])('after %s the work runs again and counts once', async (_, at, error, thrownAway) => {
    const broken = pool.broken
    pool.faults.push({ at, error })
    let tries = 0
    const { n, work } = insert(() => (tries += 1))
    expect(await work).toBe(n)
    expect(tries).toBe(at.source === 'acquire' ? 1 : 2)
    expect((await numbers()).filter((found) => found === n)).toEqual([n])
    expect(pool.broken - broken).toBe(thrownAway)
    expect(pool.lent).toBe(0)
  })

  test('work that swallowed the failure runs again all the same', async () => {
    pool.faults.push({ at: /insert/, error: fault('40P01') })
    const n = (next += 1)
    let tries = 0
    await database.transaction(async (connection) => {
      tries += 1
      await connection.run('insert into numbers (n) values ($1)', [n]).catch(() => {})
    })
    expect(tries).toBe(2)
    expect(await numbers()).toContain(n)
  })

  test('a database that stays away is unavailable, and nothing stays lent', async () => {
    pool.faults.push(...Array.from({ length: 5 }, () => ({ at: /acquire/, error: fault('ECONNREFUSED') })))
    await expect(insert().work).rejects.toMatchObject({ reason: 'unavailable' })
    pool.faults.push(...Array.from({ length: 5 }, () => ({ at: /select/, error: fault('08006') })))
    await expect(numbers()).rejects.toMatchObject({ reason: 'unavailable' })
    expect(pool.faults).toEqual([])
    expect(pool.lent).toBe(0)
  })

  test('a full disk is full, and not tried again', async () => {
    pool.faults.push({ at: /insert/, error: fault('53100') })
    let tries = 0
    await expect(insert(() => (tries += 1)).work).rejects.toMatchObject({ reason: 'full' })
    expect(tries).toBe(1)
  })

  test('a fault of ours comes through as it is, and is not tried again', async () => {
    let tries = 0
    const failing = database.transaction(async (connection) => {
      tries += 1
      await connection.run('insert into nowhere (n) values ($1)', [1])
    })
    await expect(failing).rejects.toThrow('nowhere')
    expect(tries).toBe(1)
    const before = await numbers()
    const rejecting = database.transaction(async (connection) => {
      await connection.run('insert into numbers (n) values ($1)', [999])
      throw new Error('changed my mind')
    })
    await expect(rejecting).rejects.toThrow('changed my mind')
    expect(await numbers()).toEqual(before)
  })

  test('a read over a lost connection is made again', async () => {
    pool.faults.push({ at: /select/, error: fault('ECONNRESET') })
    expect(await numbers()).toContain(1)
  })

  test('backups are left to the tools of the database', async () => {
    await expect(database.backup()).rejects.toMatchObject({ reason: 'not-embedded' })
  })

  test('nothing is written outside a transaction', async () => {
    await expect(database.run('delete from numbers')).rejects.toThrow('outside a transaction')
    await expect(database.script('delete from numbers')).rejects.toThrow('outside a transaction')
  })
})

test('a PostgreSQL server that is not there is unavailable', async () => {
  const database = await openDatabase({ kind: 'postgres', url: 'postgres://nobody@127.0.0.1:9/none' })
  await expect(database.get('select 1')).rejects.toMatchObject({ reason: 'unavailable' })
  await database.close()
})

const server = engines.filter((engine) => engine.name.includes('server'))

// Commit order, lock order and lost connections need a real server: EASEL_TEST_POSTGRES names one.
describe.each(server)('two nodes on $name', (engine) => {
  let place: Place
  let one: Store
  let two: Store
  beforeAll(async () => {
    place = await engine.place()
    const opened = await Promise.all([place.open(new VirtualClock()), place.open(new VirtualClock())])
    one = opened[0]
    two = opened[1]
  })
  afterAll(async () => {
    await one.close()
    await two.close()
    await place.remove()
  })

  test('a reader that follows the feed while both write misses nothing', async () => {
    const account = await newAccount(one)
    const boxes = [await one.mailbox(account.id), await two.mailbox(account.id)] as const
    const start = await boxes[0].modseq()
    let writing = true
    const seen: ServerId[] = []
    const follow = (async () => {
      let token: Modseq = start
      for (let last = false; ; last = !writing) {
        const page = await boxes[1].items(inbox, 'Email').since(token, 7)
        seen.push(...idsOf(page.changes))
        token = page.token
        if (last && !page.more) return
      }
    })()
    const writers = boxes.flatMap((box) => Array.from({ length: 4 }, () => fill(box, inbox, ...Array.from({ length: 15 }, () => ({})))))
    const written = (await Promise.all(writers)).flat()
    writing = false
    await follow
    expect(written).toHaveLength(120)
    expect(seen.toSorted()).toEqual(written.toSorted())
    expect(await boxes[0].modseq()).toBe(start + 120)
  })

  test('units that take two mailboxes in opposite order both commit in the end', async () => {
    const [a, b] = [await newAccount(one), await newAccount(one)]
    const { promise, resolve } = Promise.withResolvers<void>()
    let arrived = 0
    const both = (store: Store, first: typeof a, second: typeof a) =>
      store.unit(async (unit) => {
        await (await unit.mailbox(first.id)).create(inbox, mail(), null)
        arrived += 1
        if (arrived >= 2) resolve()
        await promise
        return (await unit.mailbox(second.id)).create(inbox, mail(), null)
      })
    await Promise.all([both(one, a, b), both(two, b, a)])
    expect(arrived).toBeGreaterThan(2)
    for (const account of [a, b]) {
      expect((await (await one.mailbox(account.id)).items(inbox, 'Email').newestFirst(null, null, 10)).changes).toHaveLength(2)
    }
  })

  test('a unit whose connection is cut runs again on another', async () => {
    const account = await newAccount(one)
    const killer = await openDatabase(place.options)
    let tries = 0
    const stored = await one.unit(async (unit) => {
      tries += 1
      const mailbox = await unit.mailbox(account.id)
      const stored = await mailbox.create(inbox, mail(), null)
      if (tries === 1) {
        const query = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'easel' and pid <> pg_backend_pid()`
        await killer.all(query)
      }
      await mailbox.createFolder(rootFolder, 'After', folderType.userMail, null)
      return stored
    })
    expect(tries).toBe(2)
    const mailbox = await two.mailbox(account.id)
    expect(idsOf((await mailbox.items(inbox, 'Email').newestFirst(null, null, 10)).changes)).toEqual([stored.id])
    await killer.close()
  })

  test('one name is taken once, one account made once, whoever is faster', async () => {
    const account = await newAccount(one)
    const boxes = [await one.mailbox(account.id), await two.mailbox(account.id)]
    const folders = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => boxes[index % 2]!.createFolder(rootFolder, 'Race', folderType.userMail, null)),
    )
    expect(folders.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const accounts = await Promise.allSettled(
      [one, two, one, two].map((store) => store.accounts.create({ addresses: ['pair@example.com'], displayName: '', passwordHash: null })),
    )
    expect(accounts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of [...folders, ...accounts]) {
      if (result.status === 'rejected') expect(['name-taken', 'address-taken']).toContain(result.reason.reason)
    }
    expect(Buffer.from(await one.secret('shared'))).toEqual(Buffer.from(await two.secret('shared')))
  })
})
