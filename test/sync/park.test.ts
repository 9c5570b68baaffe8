// Parking: register, compare, sleep; and every way a wait can end.
import { expect, it } from 'vitest'
import type { AccountId, DeviceId, MailboxId, Modseq } from '../../src/model/id.ts'
import { MemoryNotifier } from '../../src/store/memory-notifier.ts'
import { createParking } from '../../src/sync/park.ts'
import { VirtualClock } from '../support/clock.ts'

const account = 'a' as AccountId
const mailbox = 1 as MailboxId
const at = (modseq: number) => modseq as Modseq

function lot() {
  const clock = new VirtualClock()
  const notifier = new MemoryNotifier()
  const parking = createParking(notifier, clock)
  const park = (device = 'd', seconds = 600, signal = new AbortController().signal) =>
    parking.park({ account, device: device as DeviceId, mailbox, until: clock.now() + seconds * 1000, signal })
  return { clock, notifier, parking, park }
}

it('a change between parking and sleeping is not lost', async () => {
  const { clock, notifier, park } = lot()
  const parked = park()
  notifier.moved(mailbox, at(1))
  await clock.advance(0.1)
  expect(await parked.sleep()).toBe('moved')
  parked.leave()
})

it('a burst of changes wakes once', async () => {
  const { clock, notifier, park } = lot()
  const parked = park()
  const first = parked.sleep()
  for (let change = 1; change <= 50; change++) notifier.moved(mailbox, at(change))
  await clock.advance(0.1)
  expect(await first).toBe('moved')
  let woken = false
  void parked.sleep().then(() => (woken = true))
  await clock.advance(1)
  expect(woken).toBe(false)
  parked.leave()
})

it('the wait ends when its time is over', async () => {
  const { clock, park } = lot()
  const parked = park('d', 60)
  const wake = parked.sleep()
  await clock.advance(60)
  expect(await wake).toBe('expired')
  parked.leave()
})

it('a newer request of the same device takes the place of the older one, and of no other device', async () => {
  const { parking, park } = lot()
  const older = park('d')
  const other = park('e')
  const wake = older.sleep()
  const newer = park('d')
  expect(await wake).toBe('superseded')
  older.leave()
  expect(parking.isParked(account, 'd' as DeviceId)).toBe(true)
  expect(parking.parked).toBe(2)
  newer.leave()
  other.leave()
  expect(parking.parked).toBe(0)
})

it('a closed socket ends the wait, and a stopping server says so', async () => {
  const { park } = lot()
  const [phone, server] = [new AbortController(), new AbortController()]
  const closed = park('d', 600, phone.signal)
  const stopped = park('e', 600, server.signal)
  const wakes = [closed.sleep(), stopped.sleep()]
  phone.abort()
  server.abort('shutdown')
  expect(await Promise.all(wakes)).toEqual(['closed', 'shutdown'])
  closed.leave()
  stopped.leave()
})

it('whoever left is neither woken nor watched', async () => {
  const { notifier, park } = lot()
  const parked = park()
  expect(notifier.waiting).toBe(1)
  parked.leave()
  parked.leave()
  expect(notifier.waiting).toBe(0)
})

it('an eviction ends the waits of one device, or of all of an account', async () => {
  const { parking, park } = lot()
  const [one, two, three] = [park('d'), park('e'), park('f')]
  const wakes = [one, two, three].map((parked) => parked.sleep())
  parking.evict(account, 'd' as DeviceId)
  expect(await wakes[0]).toBe('evicted')
  parking.evict(account, null)
  expect(await Promise.all(wakes)).toEqual(['evicted', 'evicted', 'evicted'])
  for (const parked of [one, two, three]) parked.leave()
})

it('an eviction may come later, and hurts nobody who has left by then', async () => {
  const { clock, parking, park } = lot()
  const [soon, later, left] = [park('d'), park('e'), park('f')]
  const wakes = [soon, later].map((parked) => parked.sleep())
  parking.evict(account, 'd' as DeviceId, 1)
  parking.evict(account, 'e' as DeviceId, 2)
  parking.evict(account, 'f' as DeviceId, 1)
  parking.evict(account, 'g' as DeviceId, 1)
  left.leave()
  await clock.advance(1)
  expect(await wakes[0]).toBe('evicted')
  expect(parking.parked).toBe(2)
  await clock.advance(1)
  expect(await wakes[1]).toBe('evicted')
  for (const parked of [soon, later]) parked.leave()
  expect(clock.sleeping).toBe(0)
})

it('an expiry outranks a change that came in the same moment', async () => {
  const { clock, notifier, park } = lot()
  const parked = park('d', 10)
  await clock.advance(9.95)
  notifier.moved(mailbox, at(1))
  await clock.advance(0.2)
  expect(await parked.sleep()).toBe('expired')
  parked.leave()
})
