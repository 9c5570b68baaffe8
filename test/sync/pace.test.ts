// How long answers are held back from phones that ask again at once.
import { expect, it } from 'vitest'
import type { AccountId, DeviceId } from '../../src/model/id.ts'
import { Pace } from '../../src/sync/pace.ts'

const account = 'a' as AccountId
const phone = 'phone' as DeviceId

it('ten answers come at once, the next is held back', () => {
  const pace = new Pace()
  const holds = Array.from({ length: 12 }, () => pace.hold(account, phone, 0))
  expect(holds).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 10])
})

it('whoever asks no more often than every six seconds is never held back', () => {
  const pace = new Pace()
  for (let asked = 0; asked < 100; asked++) expect(pace.hold(account, phone, asked * 6000)).toBe(0)
})

it('the time an answer was held back for is no rest', () => {
  const pace = new Pace()
  for (let asked = 0; asked < 10; asked++) pace.hold(account, phone, 0)
  for (let asked = 0; asked < 5; asked++) expect(pace.hold(account, phone, asked * 10_000)).toBe(10)
  expect(pace.hold(account, phone, 56_000)).toBe(0)
})

it('a minute of rest earns another ten, and a day no more than that', () => {
  const pace = new Pace()
  for (let asked = 0; asked < 20; asked++) pace.hold(account, phone, 0)
  for (const rest of [70_000, 86_480_000]) {
    const holds = Array.from({ length: 11 }, () => pace.hold(account, phone, rest))
    expect(holds.filter((seconds) => seconds === 0)).toHaveLength(10)
  }
})

it('a clock that goes back earns nothing', () => {
  const pace = new Pace()
  for (let asked = 0; asked < 10; asked++) pace.hold(account, phone, 60_000)
  expect(pace.hold(account, phone, 0)).toBe(10)
  expect(pace.hold(account, phone, 16_000)).toBe(0)
})

it('devices are counted for themselves', () => {
  const pace = new Pace()
  for (let asked = 0; asked < 20; asked++) pace.hold(account, phone, 0)
  expect(pace.hold(account, 'tablet' as DeviceId, 0)).toBe(0)
  expect(pace.hold('b' as AccountId, phone, 0)).toBe(0)
})
