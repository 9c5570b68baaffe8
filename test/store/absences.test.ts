// Absences and whereabouts of accounts, on every engine.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { noAbsence, type Absence } from '../../src/model/absence.ts'
import type { Account } from '../../src/model/account.ts'
import type { AccountId } from '../../src/model/id.ts'
import type { ZoneId } from '../../src/model/zone.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'

const hour = 3_600_000
const day = 24 * hour

describe.each(engines)('absences on $name', (engine) => {
  let place: Place
  let store: Store
  let alice: Account
  beforeEach(async () => {
    place = await engine.place()
    store = await place.open()
    alice = await store.accounts.create({ addresses: ['alice@example.test'], displayName: 'Alice', passwordHash: null })
  })
  afterEach(async () => {
    await store.close()
    await place.remove()
  })

  const timed: Absence = {
    state: 2,
    start: 10,
    end: 20,
    replies: { ...noAbsence.replies, known: { enabled: true, text: { type: 2, text: '<p>ä 😀</p>' } } },
  }

  test('are kept as they were given, and nobody has one at first', async () => {
    expect(await store.absences.of(alice.id)).toBeNull()
    await store.absences.keep(alice.id, timed, 5)
    expect(await store.absences.of(alice.id)).toEqual({ absence: timed, since: 5 })
    await store.absences.keep(alice.id, { ...timed, state: 0, start: null, end: null }, 5)
    expect(await store.absences.of(alice.id)).toEqual({ absence: { ...timed, state: 0, start: null, end: null }, since: 5 })
    await expect(store.absences.keep('nobody' as AccountId, timed, 5)).rejects.toMatchObject({ reason: 'account-not-found' })
  })

  test('answer a sender once, until another absence begins', async () => {
    const answer = (sender: string, at = 0) => store.absences.answer(alice.id, sender, at, 100)
    await store.absences.keep(alice.id, timed, 5)
    expect([await answer('a@else.test'), await answer('a@else.test', day), await answer('b@else.test')]).toEqual([true, false, true])
    await store.absences.keep(alice.id, { ...timed, end: 30 }, 5)
    expect(await answer('a@else.test')).toBe(false)
    await store.absences.keep(alice.id, timed, 6)
    expect(await answer('a@else.test')).toBe(true)
  })

  test('answer so many an hour, and note nobody beyond', async () => {
    const answer = (sender: string, at: number) => store.absences.answer(alice.id, sender, at, 2)
    expect([await answer('a', 0), await answer('b', 1), await answer('c', 2), await answer('c', hour)]).toEqual([true, true, false, true])
  })

  test('forget after half a year whom they answered', async () => {
    const answer = (at: number) => store.absences.answer(alice.id, 'a', at, 2)
    await answer(0)
    await store.tidy(100 * day)
    expect(await answer(100 * day)).toBe(false)
    await store.tidy(200 * day)
    expect(await answer(200 * day)).toBe(true)
  })

  test('do not exist in the waiting room', async () => {
    await store.absences.keep(alice.id, timed, 5)
    expect(await store.waitingRoom.absences.of(alice.id)).toBeNull()
    await expect(store.waitingRoom.absences.keep(alice.id, noAbsence, 6)).rejects.toMatchObject({ reason: 'unavailable' })
    await expect(store.waitingRoom.unit((unit) => unit.absences.keep(alice.id, noAbsence, 6))).rejects.toMatchObject({
      reason: 'unavailable',
    })
    expect(await store.absences.of(alice.id)).toEqual({ absence: timed, since: 5 })
  })

  test('time zone and working hours of an account are kept, and taken back', async () => {
    expect(alice).toMatchObject({ timeZone: null, workingHours: null })
    const workingHours = { days: [1, 2, 3, 4], start: 540, end: 1020 }
    await store.accounts.change(alice.id, { timeZone: 'Australia/Lord_Howe' as ZoneId, workingHours })
    await store.accounts.change(alice.id, { displayName: 'Alice L.' })
    expect(await store.accounts.byId(alice.id)).toMatchObject({ timeZone: 'Australia/Lord_Howe', workingHours })
    await store.accounts.change(alice.id, { timeZone: null, workingHours: null })
    expect(await store.accounts.byId(alice.id)).toMatchObject({ timeZone: null, workingHours: null })
  })
})
