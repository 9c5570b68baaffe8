// The static directory: the accounts of the store, and a file.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'
import { verifyPassword } from '../../src/auth/password.ts'
import { createStaticDirectory } from '../../src/directory/static.ts'
import { readListed, type ListedEntry } from '../../src/directory/static-file.ts'

describe('the directory of the accounts', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer({ accounts: ['alice@example.test', 'albert@example.test', 'bob@other.test'] })
  })
  afterAll(() => server.close())
  const open = (separateDomains = false, listed: readonly ListedEntry[] = []) =>
    createStaticDirectory({
      accounts: server.store.accounts,
      clock: server.clock,
      rules: { lettersMin: 2, foundMax: 100, separateDomains },
      listed,
      verify: verifyPassword,
    })

  it('finds people by the beginning of their name, in the order of names', async () => {
    const { entries, total } = await open().search('AL', { from: 0, to: 9 }, 'bob@other.test')
    expect(entries.map((entry) => entry.displayName)).toEqual(['Albert', 'Alice'])
    expect(total).toBe(2)
    expect((await open().search('al', { from: 1, to: 9 }, 'bob@other.test')).entries).toHaveLength(1)
    expect((await open().search('a', { from: 0, to: 9 }, 'bob@other.test')).total).toBe(0)
  })

  it('keeps domains apart where it is told to', async () => {
    expect((await open(true).search('alice', { from: 0, to: 9 }, 'bob@other.test')).total).toBe(0)
    expect((await open(true).search('alice', { from: 0, to: 9 }, 'albert@example.test')).total).toBe(1)
  })

  it('calls an account by its name, and by that of the file where it was added without one', async () => {
    await server.store.accounts.create({ addresses: ['anna@example.test'], displayName: 'anna', passwordHash: null })
    await server.clock.advance(10_000)
    const path = join(server.data, 'names.yaml')
    writeFileSync(
      path,
      'entries:\n  - { name: Anna Ahlers, address: anna@example.test }\n  - { name: Somebody Else, address: alice@example.test }\n',
    )
    const book = open(false, readListed(path))
    const namesOf = async (text: string) =>
      (await book.search(text, { from: 0, to: 9 }, 'bob@other.test')).entries.map(({ displayName }) => displayName)
    expect(await namesOf('ahlers')).toEqual(['Anna Ahlers'])
    expect(await namesOf('anna')).toEqual(['Anna Ahlers'])
    expect(await namesOf('somebody')).toEqual([])
    expect(await namesOf('alice')).toEqual(['Alice'])
  })

  it('keeps out whoever the file hides by any of his addresses', async () => {
    const albert = (await server.store.accounts.byAddress('albert@example.test'))!
    await server.store.accounts.change(albert.id, { addresses: ['albert@example.test', 'al@other.test'] })
    const path = join(server.data, 'book.yaml')
    writeFileSync(path, 'entries:\n  - { name: Al, address: AL@other.test, hidden: true }\n')
    const book = open(false, readListed(path))
    for (const text of ['albert', 'al@other.test']) expect((await book.search(text, { from: 0, to: 9 }, 'bob@other.test')).total).toBe(0)
    expect((await book.search('alice', { from: 0, to: 9 }, 'bob@other.test')).total).toBe(1)
    await server.store.accounts.change(albert.id, { addresses: ['albert@example.test'] })
  })
})
