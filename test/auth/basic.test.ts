// Who is let in, who is told no, and who has to wait, over a real store and a clock of our own.
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Authenticator, Origin, Outcome } from '../../src/auth/authenticator.ts'
import { createBasicAuthenticator } from '../../src/auth/basic.ts'
import { hashPassword, passwordsWaiting } from '../../src/auth/password.ts'
import { createStorePasswords } from '../../src/auth/store-passwords.ts'
import { WipeProofs } from '../../src/auth/wipe-proofs.ts'
import { createLog } from '../../src/log.ts'
import type { Account } from '../../src/model/account.ts'
import type { DeviceId } from '../../src/model/id.ts'
import { openStore } from '../../src/store/sql/open.ts'
import type { Store } from '../../src/store/store.ts'
import { budgetsOf } from '../support/budgets.ts'
import { VirtualClock } from '../support/clock.ts'

const passwordHash = await hashPassword('right')

let clock: VirtualClock
let store: Store
let alice: Account
let lines: string
let authenticator: Authenticator

beforeEach(async () => {
  clock = new VirtualClock()
  store = await openStore({ database: { kind: 'sqlite', path: ':memory:' }, clock })
  alice = await store.accounts.create({ addresses: ['alice@example.com', 'al@example.com'], displayName: 'Alice', passwordHash })
  await store.accounts.create({ addresses: ['bob@example.com'], displayName: 'Bob', passwordHash })
  await store.accounts.create({ addresses: ['bob@example.org'], displayName: 'Other Bob', passwordHash })
  await store.accounts.create({ addresses: ['ldap@example.com'], displayName: 'Elsewhere', passwordHash: null })
  lines = ''
  authenticator = fresh()
})
afterEach(() => store.close())

/** Another process on the same store. */
function fresh(): Authenticator {
  return createBasicAuthenticator({
    passwords: createStorePasswords(store.accounts),
    budgets: budgetsOf(clock, { failuresPerAddress: 4, failuresPerAccount: 3 }),
    devices: store.devices,
    wipeProofs: new WipeProofs(store.devices, clock),
    clock,
    log: createLog({ level: 'debug', pretty: false, destination: { write: (line: string) => void (lines += line) } }),
    cacheMinutes: 75,
    cacheSize: 50,
    staleSeconds: 0,
  })
}

const home: Origin = { address: '192.0.2.1', device: null }
const attempt = (user: string, password: string, origin: Partial<Origin> = {}) =>
  authenticator.authenticate({ kind: 'basic', user, password }, { ...home, ...origin })
const kind = async (outcome: Promise<Outcome>) => (await outcome).kind
const addressOf = async (outcome: Promise<Outcome>) => {
  const result = await outcome
  return result.kind === 'granted' ? result.principal.account.address : result.kind
}

async function knownDevice(id: string): Promise<string> {
  const sighting = { type: 'iPhone', userAgent: null, version: null, address: null, at: clock.now() }
  await store.devices.enrol(alice.id, id as DeviceId, sighting)
  return id
}

/** Guesses until the answer is to wait; how many guesses were looked at. */
async function guess(user: string | ((index: number) => string), origin: (index: number) => Partial<Origin>): Promise<number> {
  for (let index = 0; index < 40; index++) {
    const name = typeof user === 'string' ? user : user(index)
    if ((await kind(attempt(name, `guess ${index}`, origin(index)))) === 'throttled') return index
  }
  throw new Error('nobody was asked to wait')
}

describe('a name', () => {
  test.each([
    'alice@example.com',
    'ALICE@Example.COM',
    'al@example.com',
    'alice',
    'EXAMPLE\\alice',
    'EXAMPLE\\alice@example.com',
    ' alice@example.com ',
  ])('may be written as %s', async (user) => expect(await addressOf(attempt(user, 'right'))).toBe('alice@example.com'))

  test('that fits in two of our domains fits in none', async () => {
    expect(await kind(attempt('bob', 'right'))).toBe('denied')
    expect(await addressOf(attempt('bob@example.org', 'right'))).toBe('bob@example.org')
  })

  test.each(['', 'nobody', 'nobody@example.com', '@', '\\', 'a\0b', 'x'.repeat(300), "' or 1=1 --"])(
    'that is nobody is denied: %j',
    async (user) => expect(await kind(attempt(user, 'right'))).toBe('denied'),
  )
})

describe('a password', () => {
  test('that is wrong or empty is denied', async () => {
    expect(await kind(attempt('alice', 'wrong'))).toBe('denied')
    expect(await kind(attempt('alice', ''))).toBe('denied')
    expect(await kind(attempt('ldap@example.com', 'right'))).toBe('denied')
    expect(await kind(attempt('alice', 'x'.repeat(5000)))).toBe('denied')
  })

  test('that is right opens no disabled account, and only then says so', async () => {
    await store.accounts.change(alice.id, { disabled: true })
    expect(await kind(attempt('alice', 'right'))).toBe('disabled')
    expect(await kind(attempt('alice', 'wrong'))).toBe('denied')
  })

  test('stands in no line of the log', async () => {
    await attempt('alice', 'tr0ub4dor')
    await attempt('alice', 'right')
    expect(lines).toContain('wrong password')
    expect(lines).not.toMatch(/tr0ub4dor|"right"/)
  })
})

describe('what was proven', () => {
  test('is remembered: a thousand requests take less time than two derivations', async () => {
    await attempt('alice', 'right')
    const before = process.cpuUsage()
    for (let request = 0; request < 1000; request++) expect(await kind(attempt('alice', 'right'))).toBe('granted')
    const { user, system } = process.cpuUsage(before)
    // One derivation takes some 30 ms of CPU; a thousand would take half a minute.
    expect((user + system) / 1000).toBeLessThan(3000)
  })

  test('is checked against the store now and then: another node may have changed the password', async () => {
    await attempt('alice', 'right')
    await store.accounts.change(alice.id, { passwordHash: await hashPassword('new') })
    expect(await kind(attempt('alice', 'right'))).toBe('granted')
    await clock.advance(31)
    expect(await kind(attempt('alice', 'right'))).toBe('denied')
    expect(await kind(attempt('alice', 'new'))).toBe('granted')
  })

  test('follows the account: what changed shows within half a minute', async () => {
    await attempt('alice', 'right')
    await store.accounts.change(alice.id, { displayName: 'Alice Liddell' })
    await clock.advance(31)
    expect(await attempt('alice', 'right')).toMatchObject({ principal: { account: { displayName: 'Alice Liddell' } } })
    await store.accounts.change(alice.id, { disabled: true })
    await clock.advance(31)
    expect(await kind(attempt('alice', 'right'))).toBe('disabled')
  })

  test('is forgotten at once where it was changed', async () => {
    await attempt('alice', 'right')
    await store.accounts.change(alice.id, { passwordHash: await hashPassword('new') })
    authenticator.forget(alice.id)
    expect(await kind(attempt('alice', 'right'))).toBe('denied')
  })

  test('a check under way while the password changes is not remembered', async () => {
    const underWay = attempt('alice', 'right')
    authenticator.forget(alice.id)
    await underWay
    await store.accounts.change(alice.id, { passwordHash: await hashPassword('new') })
    authenticator.forget(alice.id)
    expect(await kind(attempt('alice', 'right'))).toBe('denied')
  })

  test('a password that was wrong is right once it is set', async () => {
    expect(await kind(attempt('alice', 'new'))).toBe('denied')
    await store.accounts.change(alice.id, { passwordHash: await hashPassword('new') })
    await clock.advance(31)
    expect(await kind(attempt('alice', 'new'))).toBe('granted')
    expect(await kind(attempt('carol@example.com', 'right'))).toBe('denied')
    await store.accounts.create({ addresses: ['carol@example.com'], displayName: 'Carol', passwordHash })
    await clock.advance(31)
    expect(await addressOf(attempt('carol@example.com', 'right'))).toBe('carol@example.com')
  })

  test('a name that came to belong to somebody else opens nothing of the old owner', async () => {
    await attempt('al@example.com', 'right')
    await store.accounts.change(alice.id, { addresses: ['alice@example.com'] })
    await store.accounts.create({ addresses: ['al@example.com'], displayName: 'Al', passwordHash: await hashPassword('other') })
    await clock.advance(31)
    expect(await kind(attempt('al@example.com', 'right'))).toBe('denied')
  })
})

describe('guessing', () => {
  test('from one address is slowed, whatever the names', async () => {
    expect(
      await guess(
        (index) => `user${index}`,
        () => ({}),
      ),
    ).toBe(5)
    expect(await kind(attempt('bob@example.com', 'right'))).toBe('throttled')
    expect(await kind(attempt('bob@example.com', 'right', { address: '192.0.2.3' }))).toBe('granted')
  })

  test('at one account from many addresses is slowed', async () => {
    expect(await guess('alice', (index) => ({ address: `198.51.100.${index}` }))).toBe(4)
  })

  test('from one IPv6 network counts as one', async () => {
    expect(
      await guess(
        (index) => `user${index}`,
        (index) => ({ address: `2001:db8:1:2::${index}` }),
      ),
    ).toBe(5)
    expect(await kind(attempt('bob@example.com', 'right', { address: '2001:db8:1:2:aaaa::1' }))).toBe('throttled')
    expect(await kind(attempt('bob@example.com', 'right', { address: '2001:db8:1:3::1' }))).toBe('granted')
  })

  test('all at once wins nothing', async () => {
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, index) => kind(attempt('alice', `guess ${index}`))))
    expect(outcomes.filter((outcome) => outcome === 'denied').length).toBeLessThanOrEqual(4)
  })

  test('of nobody is slowed like guessing of somebody', async () => {
    const somebody = await guess('alice', (index) => ({ address: `198.51.100.${index}` }))
    const nobody = await guess('nobody@example.com', (index) => ({ address: `203.0.113.${index}` }))
    expect(nobody).toBe(somebody)
  })

  test('of nobody, in whichever spelling, is slowed like guessing of somebody', async () => {
    const spellings = (name: string) => (index: number) =>
      [name, `X\\${name}`, `${name}@example.com`, ` ${name.toUpperCase()}@EXAMPLE.com`, `${name}@else.test`][index % 5] ?? name
    const somebody = await guess(spellings('alice'), (index) => ({ address: `198.51.100.${index}` }))
    const nobody = await guess(spellings('zoe'), (index) => ({ address: `203.0.113.${index}` }))
    expect([somebody, nobody]).toEqual([4, 4])
  })

  test('never makes a phone wait whose password is proven', async () => {
    await attempt('alice', 'right', { device: 'PHONE' })
    await guess('alice', () => ({}))
    expect(await kind(attempt('alice', 'right', { device: 'PHONE' }))).toBe('granted')
    expect(await kind(attempt('alice', 'right'))).toBe('granted')
  })

  test('never makes a phone wait that was let in before, even after a restart and from the same address', async () => {
    const device = await knownDevice('PHONE')
    await guess('alice', () => ({}))
    await guess('alice', (index) => ({ address: `198.51.100.${index}` }))
    expect(await kind(attempt('alice', 'right', { device: 'NEWPHONE' }))).toBe('throttled')
    expect(await kind(attempt('alice', 'right', { device }))).toBe('granted')
  })

  test('with the name of a known device has a budget too', async () => {
    const device = await knownDevice('PHONE')
    expect(await guess('alice', () => ({ device, address: '203.0.113.9' }))).toBe(4)
    // The phone itself is somewhere else.
    expect(await kind(attempt('alice', 'right', { device }))).toBe('granted')
  })

  test('ends with a pause: whoever waits is heard again', async () => {
    await guess('alice', () => ({}))
    const outcome = await attempt('alice', 'right')
    if (outcome.kind !== 'throttled') throw new Error('nobody was asked to wait')
    await clock.advance(outcome.retryAfterSeconds)
    expect(await kind(attempt('alice', 'right'))).toBe('granted')
  })
})

describe('a phone with an old password', () => {
  test('is told so from memory, and its asking is no guessing', async () => {
    for (let round = 0; round < 50; round++) expect(await kind(attempt('alice', 'old', { device: 'PHONE' }))).toBe('denied')
    expect(await kind(attempt('alice', 'right', { device: 'OTHER' }))).toBe('granted')
  })

  test('asking in a burst costs one check', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => kind(attempt('alice', 'old'))))
    expect(new Set(outcomes)).toEqual(new Set(['denied']))
    expect(lines.match(/wrong password/g)).toHaveLength(1)
  })
})

describe('a device that owes a wipe', () => {
  const reach = async (outcome: Promise<Outcome>) => {
    const result = await outcome
    return result.kind === 'granted' ? result.principal.reach : result.kind
  }

  /** Alice has another password than her phone, which is to be wiped. */
  async function lose(id = 'LOST'): Promise<string> {
    await knownDevice(id)
    const wipe = { id: 1, scope: 'device', state: 'requested', verifierUntil: clock.now() + 86_400_000 } as const
    await store.devices.change(alice.id, id as DeviceId, { wipe, verifier: await hashPassword('old') })
    return id
  }

  test('is let in with its old password only where somebody looks at its reach', async () => {
    const device = await lose()
    expect(await reach(attempt('alice', 'old', { device }))).toBe('denied')
    expect(await reach(attempt('alice', 'old', { device, forWipe: true }))).toBe('wipe')
    expect(await reach(attempt('alice', 'old', { device: 'OTHER', forWipe: true }))).toBe('denied')
    expect(await reach(attempt('alice', 'old', { forWipe: true }))).toBe('wipe')
    expect(await reach(attempt('alice', 'right', { device, forWipe: true }))).toBe('everything')
    await clock.advance(86_400)
    expect(await reach(attempt('alice', 'old', { device, forWipe: true }))).toBe('denied')
  })

  test('is guessed at no faster than any, whether its own password or its account’s', async () => {
    const device = await lose()
    expect(await guess('alice', () => ({ device, forWipe: true, address: '203.0.113.9' }))).toBe(4)
    expect(await kind(attempt('alice', 'old', { device, forWipe: true, address: '203.0.113.9' }))).toBe('throttled')
    expect(await reach(attempt('alice', 'old', { device, forWipe: true }))).toBe('wipe')
  })

  test('guessed at in a burst costs one check', async () => {
    const device = await lose()
    let most = 0
    let asking = true
    const outcomes = Promise.all(Array.from({ length: 50 }, () => reach(attempt('alice', 'guess', { device, forWipe: true })))).finally(
      () => (asking = false),
    )
    while (asking) {
      most = Math.max(most, passwordsWaiting())
      await turn()
    }
    expect(new Set(await outcomes)).toEqual(new Set(['denied']))
    expect(most).toBeLessThan(3)
  })

  // The processor's time is that of the whole process, other tests included: a difference that is there is there each time.
  test('gives a guess no more to look at than any', { retry: 8 }, async () => {
    await lose()
    const cost = async (user: string, round: number) => {
      const before = process.cpuUsage()
      await attempt(user, `guess ${round}`, { forWipe: true, address: `192.0.2.${round}` })
      const { user: own, system } = process.cpuUsage(before)
      return own + system
    }
    const least = async (user: string) => {
      const costs: number[] = []
      // Fewer than make anybody wait.
      for (let round = 0; round < 3; round++) costs.push(await cost(user, round))
      return Math.min(...costs)
    }
    const [lost, none] = [await least('alice'), await least('bob@example.com')]
    expect(Math.max(lost, none) / Math.min(lost, none)).toBeLessThan(1.6)
  })
})
