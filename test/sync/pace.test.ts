// How long answers are held back from phones that ask again at once.
import { expect, it } from 'vitest'
import type { AccountId, DeviceId } from '../../src/model/id.ts'
import type { Circle, Turn } from '../../src/sync/circle.ts'
import { Pace } from '../../src/sync/pace.ts'

const account = 'a' as AccountId
const phone = 'phone' as DeviceId
const turn: Turn = { circle: 'ping', subject: '' }
const other: Turn = { circle: 'nothing', subject: '1 2' }

/** A pace, and what it raised. */
function begin(brakes = true): { readonly pace: Pace; readonly raised: Circle[] } {
  const raised: Circle[] = []
  return { raised, pace: new Pace({ raise: (_account, _device, circle) => void raised.push(circle) }, brakes) }
}

it('ten answers come at once, the next is held back', () => {
  const { pace } = begin()
  const holds = Array.from({ length: 12 }, () => pace.hold(account, phone, [turn], 0))
  expect(holds).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 10])
})

it('whoever asks no more often than every six seconds is never held back', () => {
  const { pace } = begin()
  for (let asked = 0; asked < 100; asked++) expect(pace.hold(account, phone, [turn], asked * 6000)).toBe(0)
})

it('the time an answer was held back for is no rest', () => {
  const { pace } = begin()
  for (let asked = 0; asked < 10; asked++) pace.hold(account, phone, [turn], 0)
  for (let asked = 0; asked < 5; asked++) expect(pace.hold(account, phone, [turn], asked * 10_000)).toBe(10)
  expect(pace.hold(account, phone, [turn], 56_000)).toBe(0)
})

it('a minute of rest earns another ten, and a day no more than that', () => {
  const { pace } = begin()
  for (let asked = 0; asked < 20; asked++) pace.hold(account, phone, [turn], 0)
  for (const rest of [70_000, 86_480_000]) {
    const holds = Array.from({ length: 11 }, () => pace.hold(account, phone, [turn], rest))
    expect(holds.filter((seconds) => seconds === 0)).toHaveLength(10)
  }
})

it('a clock that goes back earns nothing', () => {
  const { pace } = begin()
  for (let asked = 0; asked < 10; asked++) pace.hold(account, phone, [turn], 60_000)
  expect(pace.hold(account, phone, [turn], 0)).toBe(10)
  expect(pace.hold(account, phone, [turn], 16_000)).toBe(0)
})

it('devices are counted for themselves', () => {
  const { pace } = begin()
  for (let asked = 0; asked < 20; asked++) pace.hold(account, phone, [turn], 0)
  expect(pace.hold(account, 'tablet' as DeviceId, [turn], 0)).toBe(0)
  expect(pace.hold('b' as AccountId, phone, [turn], 0)).toBe(0)
})

it('circles, and folders within one, are counted for themselves', () => {
  const { pace } = begin()
  for (let asked = 0; asked < 20; asked++) pace.hold(account, phone, [turn], 0)
  expect(pace.hold(account, phone, [other], 0)).toBe(0)
  for (let asked = 0; asked < 30; asked++) pace.hold(account, phone, [other], 0)
  expect(pace.hold(account, phone, [{ ...other, subject: '1 3' }], 0)).toBe(0)
})

it('after six held answers in a row the phone is sent away, for longer and longer', () => {
  const { pace, raised } = begin()
  for (let asked = 0; asked < 10; asked++) pace.hold(account, phone, [turn], 0)
  for (let held = 0; held < 6; held++) {
    expect(pace.refusal(account, phone, [turn], held * 10_000)).toBe(0)
    expect(pace.hold(account, phone, [turn], held * 10_000)).toBe(10)
  }
  const asked = [60, 61, 62, 63, 64, 65].map((seconds) => pace.refusal(account, phone, [turn], seconds * 1000))
  expect(asked).toEqual([30, 60, 120, 240, 300, 300])
  expect(raised).toEqual(Array.from({ length: 12 }, () => 'ping'))
})

it('whoever is sent away and rests for as long as a turn costs is served, and one who does not is not', () => {
  const { pace } = begin()
  let now = 0
  for (let held = 0; held < 16; held++) pace.hold(account, phone, [turn], now)
  for (let asked = 0; asked < 50; asked++) expect(pace.refusal(account, phone, [turn], (now += 1000))).toBeGreaterThan(0)
  expect(pace.refusal(account, phone, [turn], (now += 6000))).toBe(0)
  expect(pace.hold(account, phone, [turn], now)).toBe(0)
})

it('ten calm minutes make good for everything', () => {
  const { pace } = begin()
  for (let asked = 0; asked < 30; asked++) pace.hold(account, phone, [turn], 0)
  const later = 601_000
  for (let asked = 0; asked < 10; asked++) expect(pace.hold(account, phone, [turn], later)).toBe(0)
  expect(pace.hold(account, phone, [turn], later)).toBe(10)
  expect(pace.refusal(account, phone, [turn], later)).toBe(0)
})

it('who gets on between the turns is never held back', () => {
  const { pace } = begin()
  for (let asked = 0; asked < 1000; asked++) {
    expect(pace.hold(account, phone, [other], 0)).toBe(0)
    pace.refund(account, phone, other)
  }
})

it('who gets out of a circle has a fresh start', () => {
  const { pace } = begin()
  const repeat: Turn = { circle: 'repeat', subject: '2' }
  for (let asked = 0; asked < 12; asked++) expect(pace.hold(account, phone, [repeat], 0)).toBe(0)
  pace.forget(account, phone, repeat)
  expect(pace.hold(account, phone, [repeat], 0)).toBe(0)
})

it('switched off, it raises alarms and holds nobody back', () => {
  const { pace, raised } = begin(false)
  const holds = Array.from({ length: 50 }, () => pace.hold(account, phone, [turn], 0) + pace.refusal(account, phone, [turn], 0))
  expect(new Set(holds)).toEqual(new Set([0]))
  expect(raised).toHaveLength(40)
})
