// Basic login over a directory: what is remembered of it, how often it is asked, and what happens while it is down.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Authenticator, Outcome } from '../../src/auth/authenticator.ts'
import { createBasicAuthenticator } from '../../src/auth/basic.ts'
import { WipeProofs } from '../../src/auth/wipe-proofs.ts'
import { ConsolePassword } from '../../src/auth/console-password.ts'
import { createFrontDesk } from '../../src/auth/front-desk.ts'
import { createLog } from '../../src/log.ts'
import type { Account } from '../../src/model/account.ts'
import { openStore } from '../../src/store/sql/open.ts'
import type { Store } from '../../src/store/store.ts'
import { budgetsOf } from '../support/budgets.ts'
import { VirtualClock } from '../support/clock.ts'
import { CountingSource } from '../support/counting-source.ts'

let clock: VirtualClock
let store: Store
let alice: Account
let directory: CountingSource
let authenticator: Authenticator

beforeEach(async () => {
  clock = new VirtualClock()
  store = await openStore({ database: { kind: 'sqlite', path: ':memory:' }, clock })
  alice = await store.accounts.create({ addresses: ['alice@example.com'], displayName: 'Alice', passwordHash: null })
  await use('first')
})
afterEach(() => store.close())

async function use(told: string | null): Promise<void> {
  directory = await CountingSource.of(alice, 'right', told)
  authenticator = createBasicAuthenticator({
    passwords: directory,
    devices: store.devices,
    wipeProofs: new WipeProofs(store.devices, clock),
    budgets: budgetsOf(clock, { failuresPerAddress: 50, failuresPerAccount: 50 }),
    clock,
    log: createLog({ level: 'silent', pretty: false }),
    cacheMinutes: 75,
    cacheSize: 50,
    staleSeconds: 75 * 60,
  })
}

const attempt = (password: string): Promise<Outcome> =>
  authenticator.authenticate({ kind: 'basic', user: 'alice@example.com', password }, { address: '192.0.2.1', device: 'PHONE' })
const kind = async (password: string) => (await attempt(password)).kind

/** Asks every ten minutes for so many hours; what was answered, each once. */
async function ask(password: string, hours: number): Promise<string[]> {
  const answers = new Set<string>()
  for (let round = 0; round < hours * 6; round++) {
    answers.add(await kind(password))
    await clock.advance(600)
  }
  return [...answers]
}

describe('a wrong password that a phone keeps', () => {
  test('costs the directory one look, however long the phone asks', async () => {
    expect(await ask('old', 72)).toEqual(['denied'])
    expect(directory.looks).toBe(1)
  })

  test('is looked at again once the password was changed', async () => {
    await ask('new', 2)
    directory.password = 'new'
    directory.told = 'second'
    expect(await kind('new')).toBe('granted')
    expect(directory.looks).toBe(2)
  })

  test('is looked at again ever more seldom where the directory tells nothing of changes', async () => {
    await use(null)
    const looks: number[] = []
    for (let day = 0; day < 4; day++) {
      await ask('old', 24)
      looks.push(directory.looks)
    }
    // At once, and after 15 and 30 minutes, 1, 2, 4, 8 and 16 hours, and then once a day.
    expect(looks).toEqual([7, 8, 9, 10])
  })

  test('is not looked at again and again where the look itself counts as a change', async () => {
    const looks: number[] = []
    for (let halfMinute = 0; halfMinute < 24 * 120; halfMinute++) {
      expect(await kind('old')).toBe('denied')
      directory.told = `after look ${directory.looks}`
      await clock.advance(30)
      if (halfMinute === 59 || halfMinute === 24 * 120 - 1) looks.push(directory.looks)
    }
    // Within half an hour, and within a day.
    expect(looks).toEqual([4, 7])
    // Another password is another question.
    expect(await kind('right')).toBe('granted')
  })

  test('stays wrong, without a look, while another account is changed', async () => {
    await kind('old')
    for (let change = 0; change < 20; change++) authenticator.forget(`somebody ${change}`)
    expect(await kind('old')).toBe('denied')
    expect(directory.looks).toBe(1)
  })
})

describe('a right password', () => {
  test('is looked at once, and asked after every half minute', async () => {
    for (let round = 0; round < 20; round++) {
      expect(await kind('right')).toBe('granted')
      await clock.advance(40)
    }
    expect(directory.looks).toBe(1)
  })

  test('ends within half a minute of its change', async () => {
    await kind('right')
    directory.password = 'new'
    directory.told = 'second'
    expect(await kind('right')).toBe('granted')
    await clock.advance(31)
    expect(await kind('right')).toBe('denied')
    expect(directory.looks).toBe(2)
  })

  test('is looked at every five minutes where the directory tells nothing of changes', async () => {
    await use(null)
    await ask('right', 1)
    expect(directory.looks).toBe(6)
    directory.password = 'new'
    expect(await kind('right')).toBe('denied')
  })

  test('of an account that is locked opens nothing, and is tried again', async () => {
    directory.barred = 'locked'
    expect(await kind('right')).toBe('disabled')
    expect(await kind('right')).toBe('disabled')
    expect(directory.looks).toBe(1)
    directory.barred = null
    await clock.advance(31)
    expect(await kind('right')).toBe('granted')
  })
})

describe('while the directory is down', () => {
  test('a right password is good for the time it is remembered, and no longer', async () => {
    await kind('right')
    directory.isDown = true
    await clock.advance(600)
    expect(await ask('right', 1)).toEqual(['granted'])
    await clock.advance(600)
    expect(await attempt('right')).toEqual({ kind: 'unavailable', retryAfterSeconds: 30 })
    directory.isDown = false
    expect(await kind('right')).toBe('granted')
  })

  test('and tells nothing of changes, a right password is good as long', async () => {
    await use(null)
    await kind('right')
    directory.isDown = true
    await clock.advance(600)
    expect(await ask('right', 1)).toEqual(['granted'])
    await clock.advance(600)
    expect(await kind('right')).toBe('unavailable')
  })

  test('nobody whose password is not remembered is told that it is wrong', async () => {
    directory.isDown = true
    expect(await kind('right')).toBe('unavailable')
    expect(await kind('wrong')).toBe('unavailable')
    directory.isDown = false
    expect(await kind('right')).toBe('granted')
  })

  test('a person at the console is told so, and is no guesser either', async () => {
    const log = createLog({ level: 'silent', pretty: false })
    const limits = { failuresPerAddress: 2, failuresPerAccount: 2, delaySecondsMax: 900 }
    const desk = createFrontDesk({
      basic: authenticator,
      people: authenticator,
      appPasswords: authenticator,
      bearer: null,
      certificate: null,
      takesBasic: true,
      invitation: null,
      log,
    })
    const door = new ConsolePassword({ administrators: store.administrators, desk, clock, log, ...limits })
    const enter = () => door.check({ user: 'alice@example.com', password: 'right', address: '192.0.2.9', face: 'console' })
    directory.isDown = true
    for (let round = 0; round < 5; round++) expect(await enter()).toEqual({ kind: 'unavailable', retryAfterSeconds: 30 })
    directory.isDown = false
    expect(await enter()).toMatchObject({ kind: 'right' })
  })

  test('what was wrong stays wrong', async () => {
    await kind('old')
    directory.isDown = true
    await clock.advance(3600)
    expect(await kind('old')).toBe('denied')
  })

  test('nobody is counted as a guesser for asking', async () => {
    directory.isDown = true
    for (let round = 0; round < 100; round++) expect(await kind(`guess ${round}`)).toBe('unavailable')
    directory.isDown = false
    expect(await kind('right')).toBe('granted')
  })
})
