// Throttling: what is free, what it costs after that, and what is forgotten.
import { expect, test } from 'vitest'
import { Throttle } from '../../src/auth/throttle.ts'
import { VirtualClock } from '../support/clock.ts'

const options = { free: 3, delaySecondsMax: 60, keysMax: 100 }

test('a few failures are free, then each doubles the wait, up to the longest', () => {
  const clock = new VirtualClock()
  const throttle = new Throttle(clock, options)
  const waits = Array.from({ length: 12 }, () => {
    throttle.charge('k')
    return throttle.waitSeconds('k')
  })
  expect(waits).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60])
  expect(throttle.waitSeconds('another')).toBe(0)
})

test('the wait passes with time', async () => {
  const clock = new VirtualClock()
  const throttle = new Throttle(clock, options)
  for (let failure = 0; failure < 6; failure++) throttle.charge('k')
  expect(throttle.waitSeconds('k')).toBe(4)
  await clock.advance(3)
  expect(throttle.waitSeconds('k')).toBe(1)
  await clock.advance(1)
  expect(throttle.waitSeconds('k')).toBe(0)
})

test('a clock put back makes nobody wait for longer than the longest delay', () => {
  let now = Date.parse('2031-01-01T00:00:00Z')
  const clock = { now: () => now, after: () => Promise.resolve() }
  const throttle = new Throttle(clock, options)
  for (let failure = 0; failure < 6; failure++) throttle.charge('k')
  now = Date.parse('2026-01-01T00:00:00Z')
  expect(throttle.waitSeconds('k')).toBe(60)
})

test('a success costs nothing, and does not wash away the failures before it', () => {
  const throttle = new Throttle(new VirtualClock(), options)
  for (let failure = 0; failure < 3; failure++) throttle.charge('k')
  throttle.charge('k')
  throttle.refund('k')
  expect(throttle.waitSeconds('k')).toBe(0)
  throttle.charge('k')
  expect(throttle.waitSeconds('k')).toBe(1)
  throttle.refund('never charged')
})

test('an hour of peace is a fresh start', async () => {
  const clock = new VirtualClock()
  const throttle = new Throttle(clock, options)
  for (let failure = 0; failure < 9; failure++) throttle.charge('k')
  await clock.advance(3601)
  throttle.charge('k')
  expect(throttle.waitSeconds('k')).toBe(0)
})

test('memory is bounded: the key unused for longest goes', () => {
  const throttle = new Throttle(new VirtualClock(), { ...options, keysMax: 10 })
  for (let failure = 0; failure < 5; failure++) throttle.charge('first')
  for (let key = 0; key < 9; key++) throttle.charge(`k${key}`)
  throttle.charge('first')
  throttle.charge('k9')
  throttle.charge('k10')
  expect(throttle.size).toBe(10)
  expect(throttle.waitSeconds('first')).toBeGreaterThan(0)
})
