// What dying connections teach about the proxy in front.
import { expect, it } from 'vitest'
import type { AccountId, DeviceId } from '../../src/model/id.ts'
import { Heartbeats } from '../../src/sync/heartbeat.ts'

const account = 'a' as AccountId
const device = 'd' as DeviceId

it('three deaths at one age make a limit below it', () => {
  const heartbeats = new Heartbeats()
  expect([300, 301, 299].map((seconds) => heartbeats.died(account, device, seconds))).toEqual([false, false, true])
  expect(heartbeats.limitOf(account, device)).toBe(284)
})

it('deaths at different ages are tunnels and lifts, not a proxy', () => {
  const heartbeats = new Heartbeats()
  for (const seconds of [300, 120, 480, 301, 90]) expect(heartbeats.died(account, device, seconds)).toBe(false)
  expect(heartbeats.limitOf(account, device)).toBeNull()
})

it('a phone that hangs up at once teaches nothing', () => {
  const heartbeats = new Heartbeats()
  for (let times = 0; times < 10; times++) heartbeats.died(account, device, 2)
  expect(heartbeats.limitOf(account, device)).toBeNull()
})

it('a longer wait that survives lifts the limit', () => {
  const heartbeats = new Heartbeats()
  for (let times = 0; times < 3; times++) heartbeats.died(account, device, 60)
  expect(heartbeats.limitOf(account, device)).toBe(45)
  heartbeats.survived(account, device, 45)
  expect(heartbeats.limitOf(account, device)).toBe(45)
  heartbeats.survived(account, device, 470)
  expect(heartbeats.limitOf(account, device)).toBeNull()
})

it('devices do not teach each other', () => {
  const heartbeats = new Heartbeats()
  for (let times = 0; times < 3; times++) heartbeats.died(account, device, 300)
  expect(heartbeats.limitOf(account, 'e' as DeviceId)).toBeNull()
})
