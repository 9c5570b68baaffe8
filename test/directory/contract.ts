// What every directory promises, whatever it is kept in. The company it is asked about is the same everywhere (`real/support/crowd.ts`).
import { describe, expect, it } from 'vitest'
import type { Directory, DirectoryUser } from '../../src/directory/directory.ts'

export interface DirectorySubject {
  /** The directory of the company; whoever opened it closes it. Hidden entries are hidden, lettersMin is 2, foundMax is 100. */
  readonly open: (rules?: { readonly separateDomains?: boolean }) => Promise<Directory>
  /** The password of everybody. */
  readonly password: string
}

/** What not every directory can do. */
export interface DirectoryTraits {
  /** It tells by itself that an account is disabled (that of dora). */
  readonly tellsDisabled: boolean
}

const all = { from: 0, to: 99 }
const asker = 'alice@north.example'

/** The suite; `subject` is asked for in each test. */
export function directoryContract({ tellsDisabled }: DirectoryTraits, subject: () => DirectorySubject): void {
  const using = async <T>(work: (directory: Directory) => Promise<T>, rules: { readonly separateDomains?: boolean } = {}): Promise<T> => {
    const directory = await subject().open(rules)
    try {
      return await work(directory)
    } finally {
      await directory.close()
    }
  }
  const found = (directory: Directory, text: string, asks = asker) =>
    directory.search(text, all, asks).then(({ entries }) => entries.map(({ displayName }) => displayName))
  const known = async (directory: Directory, login: string): Promise<DirectoryUser> => {
    const user = await directory.find(login)
    if (user === null) throw new Error(`nobody is called ${login}`)
    return user
  }

  describe('login', () => {
    it('finds somebody by each of his names, in any letter case', () =>
      using(async (directory) => {
        const { id, addresses, displayName, state, enabled } = await known(directory, 'alice')
        expect({ addresses, displayName, state, enabled }).toEqual({
          addresses: ['alice@north.example', 'a.liddell@north.example'],
          displayName: 'Alice Liddell',
          state: 'good',
          enabled: true,
        })
        for (const name of ['ALICE', ' alice ', 'Alice@North.Example', 'a.liddell@north.example', 'EASEL\\alice', 'easel\\Alice'])
          expect([name, (await directory.find(name))?.id]).toEqual([name, id])
        expect(await directory.byId(id)).toEqual(await directory.find('alice'))
      }))

    it('finds nobody by a pattern, a part, a name of two, or none', () =>
      using(async (directory) => {
        for (const name of [
          '',
          ' ',
          '*',
          'ali*',
          'alic',
          'alice)(uid=*',
          '\\',
          'EASEL\\',
          '@',
          'nobody',
          'twin',
          'a'.repeat(5000),
          'alice\0',
        ])
          expect([name, await directory.find(name)]).toEqual([name, null])
        for (const id of ['', '*', 'nobody', '00000000-0000-0000-0000-000000000000', '0'.repeat(32), ')(uid=*'])
          expect([id, await directory.byId(id)]).toEqual([id, null])
      }))

    it('proves passwords, and takes an empty one for wrong', () =>
      using(async (directory) => {
        const { password } = subject()
        const bob = await known(directory, 'bob')
        expect(await directory.bind(bob, password)).toBe('right')
        expect(await directory.bind(bob, '')).toBe('wrong')
        expect(await directory.bind(bob, `${password} `)).toBe('wrong')
        expect(await directory.bind(bob, password.toUpperCase())).toBe('wrong')
      }))

    it.runIf(tellsDisabled)('tells a disabled account from a wrong password', () =>
      using(async (directory) => {
        const dora = await known(directory, 'dora')
        expect(dora.state).toBe('disabled')
        expect(await directory.bind(dora, subject().password)).toBe('disabled')
        expect(await directory.bind(dora, 'wrong')).toBe('wrong')
      }),
    )

    it('tells everybody, each as he is found by himself', () =>
      using(async (directory) => {
        const users = await Array.fromAsync(directory.users())
        expect(new Set(users.map(({ id }) => id)).size).toBe(users.length)
        for (const name of ['alice', 'bob', 'sven']) {
          const user = await known(directory, name)
          expect(users.find(({ id }) => id === user.id)).toEqual(user)
        }
      }))

    it('answers many questions at once, also while everybody is told, to two', () =>
      using(async (directory) => {
        const names = Array.from({ length: 100 }, (_, index) => ['alice', 'bob', 'zoe', 'nobody'][index % 4] ?? '')
        const [users, one, other] = await Promise.all([
          Promise.all(names.map((name) => directory.find(name))),
          Array.fromAsync(directory.users()),
          Array.fromAsync(directory.users()),
        ])
        expect(users.filter((user) => user !== null)).toHaveLength(75)
        expect(one.length).toBeGreaterThan(5)
        expect(other).toEqual(one)
      }))
  })

  describe('the address book', () => {
    it('finds people by the beginning of each of their names, and of their addresses', () =>
      using(async (directory) => {
        for (const text of ['ali', 'LIDD', 'Alice Lidd', 'Liddell Alice', 'Liddell, Al', 'alice@north', 'a.liddell@'])
          expect([text, await found(directory, text)]).toEqual([text, ['Alice Liddell']])
        expect(await found(directory, 'odgson')).toEqual([])
      }))

    it('takes every letter for what it is', () =>
      using(async (directory) => {
        const zoe = 'Zoë "Z*" Müller-Lüdenscheidt (Sales, EMEA) \\ #1'
        for (const text of ['Zoë', 'zoe', 'Zoë "Z*"']) expect([text, await found(directory, text)]).toEqual([text, [zoe]])
        for (const text of ['**', '*lice', '*)', ')(cn=*', '\\2a\\2a', '(&', '\0\0', 'a'.repeat(5000)])
          expect([text, await found(directory, text)]).toEqual([text, []])
      }))

    it('gives the part that was asked for, in the order of names, and says how many there are', () =>
      using(async (directory) => {
        const whole = await directory.search('to', all, asker)
        expect(whole.entries.length).toBe(whole.total)
        expect(whole.total).toBeGreaterThanOrEqual(2)
        const { entries, total } = await directory.search('to', { from: 1, to: 1 }, asker)
        expect(entries).toEqual(whole.entries.slice(1, 2))
        expect(total).toBe(whole.total)
        expect((await directory.search('to', { from: 500, to: 599 }, asker)).entries).toEqual([])
      }))

    it('finds nobody by a single letter', () => using(async (directory) => expect(await found(directory, 'a')).toEqual([])))

    it('says what there is to say of somebody, and null for the rest', () =>
      using(async (directory) => {
        const { entries } = await directory.search('alice', all, asker)
        expect(entries).toEqual([expect.objectContaining({ kind: 'person', address: 'alice@north.example', alias: 'alice', office: null })])
        for (const value of Object.values(entries[0] ?? {})) expect(value).not.toBe('')
      }))

    it('shows nobody who is hidden', () =>
      using(async (directory) => {
        expect(await found(directory, 'hugo')).toEqual([])
        expect(await directory.find('hugo')).toMatchObject({ displayName: 'Hugo Hidden' })
      }))

    it('keeps domains apart where it is told to', async () => {
      const sven = (rules: { separateDomains?: boolean }, asks: string) => using((directory) => found(directory, 'sven', asks), rules)
      expect(await sven({}, asker)).toEqual(['Sven South'])
      expect(await sven({ separateDomains: true }, asker)).toEqual([])
      expect(await sven({ separateDomains: true }, 'twin.south@SOUTH.example')).toEqual(['Sven South'])
    })

    it('has pictures and certificates of those who have them', () =>
      using(async (directory) => {
        const idOf = async (text: string) => (await directory.search(text, all, asker)).entries[0]?.id ?? ''
        const [alice, bob] = [await idOf('alice'), await idOf('bob dodgson')]
        expect([...((await directory.photo(alice)) ?? []).slice(0, 2)]).toEqual([0xff, 0xd8])
        expect((await directory.certificates(alice)).map((der) => der[0])).toEqual([0x30])
        for (const id of [bob, 'nobody', '']) {
          expect(await directory.photo(id)).toBeNull()
          expect(await directory.certificates(id)).toEqual([])
        }
      }))

    it('names the members of a group and of the groups in it, once each, also in a circle', () =>
      using(async (directory) => {
        const { entries } = await directory.search('sales of', all, asker)
        expect(entries.map(({ kind, displayName }) => [kind, displayName])).toEqual([['group', 'Sales of both companies']])
        const id = entries[0]?.id ?? ''
        const members = await directory.members(id, 1000, asker)
        const names = members.entries.map(({ displayName }) => displayName)
        expect(names).toEqual(expect.arrayContaining(['Alice Liddell', 'Bob Dodgson', 'Sven South']))
        expect(names.filter((name) => name === 'Alice Liddell')).toHaveLength(1)
        expect(names).not.toContain('Carol Outsider')
        expect(members.total).toBe(names.length)
        expect(await directory.members(id, 2, asker)).toEqual({ entries: members.entries.slice(0, 2), total: members.total })
        expect(await directory.members('nobody', 10, asker)).toEqual({ entries: [], total: 0 })
      }))
  })

  it('says that it is well', () => using(async (directory) => expect(await directory.health()).toMatchObject({ ok: true })))
}
