// The last failures of each device.
import { expect, it } from 'vitest'
import { noMetrics } from '../../src/metrics.ts'
import type { AccountId, DeviceId } from '../../src/model/id.ts'
import { FailureBook } from '../../src/protocol/failure-book.ts'
import { VirtualClock } from '../support/clock.ts'

const account = 'a' as AccountId
const phone = 'phone' as DeviceId
const failed = { account, device: phone, command: 'Sync', failure: 'InvalidSyncKey', status: 3, detail: 'why' }

function open(): { book: FailureBook; counted: string[]; clock: VirtualClock } {
  const counted: string[] = []
  const clock = new VirtualClock()
  const metrics = { ...noMetrics, failed: (command: string, failure: string) => void counted.push(`${command} ${failure}`) }
  return { book: new FailureBook(clock, metrics), counted, clock }
}

it('keeps thirty of a device, newest first, and a hundred of all', () => {
  const { book } = open()
  for (let number = 0; number < 200; number++) book.record({ ...failed, detail: String(number) })
  expect(book.of(account, phone).map(({ detail }) => Number(detail))).toEqual(Array.from({ length: 30 }, (_, index) => 199 - index))
  expect(book.latest()).toHaveLength(100)
})

it('forgets the device whose last failure is the oldest, beyond five thousand', () => {
  const { book } = open()
  const device = (number: number) => `d${number}` as DeviceId
  for (let number = 0; number < 5000; number++) book.record({ ...failed, device: device(number) })
  book.record({ ...failed, device: device(0) })
  book.record({ ...failed, device: device(5000) })
  expect([0, 1, 2, 5000].map((number) => book.of(account, device(number)).length)).toEqual([2, 0, 1, 1])
})

it('takes a demand to provision for a step of the device, not for an error of anybody', () => {
  const { book, counted } = open()
  book.record({ ...failed, failure: 'DeviceNotProvisioned', status: 142 })
  book.record(failed)
  expect(book.of(account, phone)).toHaveLength(2)
  expect(book.latest()).toHaveLength(1)
  expect(counted).toEqual(['Sync InvalidSyncKey'])
})

it('cuts what is told at great length', () => {
  const { book } = open()
  book.record({ ...failed, detail: 'x'.repeat(10_000) })
  expect(book.latest()[0]?.detail).toHaveLength(300)
})
