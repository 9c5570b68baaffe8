// Which policy an account has: its own, its groups', the default; and what another one would change about that.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account } from '../../src/model/account.ts'
import type { Policy } from '../../src/model/policy.ts'
import { openPolicyBook, type PolicyBook } from '../../src/policy/policy-book.ts'
import { noPolicy } from '../support/admin.ts'
import { openShelf, type Shelf } from '../support/shelf.ts'

let shelf: Shelf
let book: PolicyBook
let account: Account

beforeEach(async () => {
  shelf = await openShelf()
  book = await openPolicyBook(shelf.store.policies, noPolicy)
  account = shelf.account
})
afterEach(() => shelf.close())

const named = (name: string, given: Partial<Policy> = {}): Policy => ({ ...noPolicy, name, ...given })

async function keep(...policies: readonly Policy[]): Promise<void> {
  for (const policy of policies) await shelf.store.policies.put(policy)
  await book.reload()
}

const nameFor = (given: Partial<Account>) => book.policyFor({ ...account, ...given }).name

describe('the policy of an account', () => {
  it('is its own before those of its groups, and theirs before the default', async () => {
    await keep(named('own'), named('sales', { groups: ['Sales'], rank: 1 }))
    expect(nameFor({ policy: 'own', groups: ['Sales'] })).toBe('own')
    expect(nameFor({ groups: ['Sales'] })).toBe('sales')
    expect(nameFor({ groups: ['Board'] })).toBe('default')
    expect(nameFor({})).toBe('default')
  })

  it('is that of the lowest rank, and of one rank that of the first name, whatever the database’s order', async () => {
    const groups = ['Staff']
    await keep(named('b', { groups, rank: 2 }), named('Z', { groups, rank: 2 }), named('a', { groups, rank: 3 }))
    expect(nameFor({ groups })).toBe('Z')
    await keep(named('a', { groups, rank: 1 }))
    expect(nameFor({ groups })).toBe('a')
    expect(book.all().map(({ name }) => name)).toEqual(['a', 'Z', 'b', 'default'])
  })

  it('is found by a group in any letter case', async () => {
    await keep(named('sales', { groups: ['CN=Sales,DC=Example'] }))
    expect(nameFor({ groups: ['cn=sales,dc=example'] })).toBe('sales')
  })

  it('is the default where the one it names is gone', () => {
    expect(nameFor({ policy: 'gone' })).toBe('default')
  })

  it('is never the default by a group', async () => {
    await keep(named('default', { groups: ['Staff'], rank: 0 }), named('staff', { groups: ['Staff'], rank: 9 }))
    expect(nameFor({ groups: ['Staff'] })).toBe('staff')
  })
})

describe('the default', () => {
  it('is the configured one until another is stored, and again when that is removed', async () => {
    expect([book.policyFor(account), book.isStored('default')]).toEqual([noPolicy, false])
    await keep(named('default', { provisions: true }))
    expect([book.policyFor(account).provisions, book.isStored('default')]).toEqual([true, true])
    await shelf.store.policies.remove('default')
    await book.reload()
    expect([book.policyFor(account), book.isStored('default')]).toEqual([noPolicy, false])
  })
})

describe('a book with another policy in it', () => {
  it('answers as if it were stored, and leaves this one alone', async () => {
    await keep(named('sales', { groups: ['Sales'], rank: 5 }))
    const supposed = book.supposing(named('board', { groups: ['Sales'], rank: 1 }))
    expect(supposed.policyFor({ ...account, groups: ['Sales'] }).name).toBe('board')
    expect(nameFor({ groups: ['Sales'] })).toBe('sales')
    expect(book.supposing(named('sales')).policyFor({ ...account, groups: ['Sales'] }).name).toBe('default')
    expect(book.supposing(named('default', { rank: 3 })).policyFor(account).rank).toBe(3)
    expect(await shelf.store.policies.list()).toHaveLength(1)
  })
})
