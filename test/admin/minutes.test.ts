// The last hour by the minute.
import { expect, it } from 'vitest'
import { countMinutes } from '../../src/admin/minutes.ts'
import type { Answered } from '../../src/metrics.ts'
import { VirtualClock } from '../support/clock.ts'

const request: Answered = { command: 'Sync', version: '14.1', http: 200, status: 1, seconds: 0, restedSeconds: 0 }

/** What stands at the end, and how much there is in all. */
const end = (series: number[], count = 3) => series.slice(-count)
const sum = (series: number[]) => series.reduce((total, each) => total + each, 0)

it('counts by the minute, oldest first, the running one last', async () => {
  const clock = new VirtualClock()
  const { minutes, metrics } = countMinutes(clock)
  metrics.answered(request)
  metrics.answered(request)
  await clock.advance(60)
  metrics.answered(request)
  expect(minutes.requests()).toHaveLength(60)
  expect(end(minutes.requests())).toEqual([0, 2, 1])
  await clock.advance(60)
  expect(end(minutes.requests())).toEqual([2, 1, 0])
})

it('forgets what is older than an hour, however long nobody counted or looked', async () => {
  const clock = new VirtualClock()
  const { minutes, metrics } = countMinutes(clock)
  metrics.pushed(0.1)
  await clock.advance(59 * 60)
  expect(minutes.pushes()[0]).toBe(1)
  await clock.advance(60)
  expect(sum(minutes.pushes())).toBe(0)
  metrics.pushed(0.1)
  await clock.advance(86_400)
  metrics.pushed(0.1)
  expect([sum(minutes.pushes()), end(minutes.pushes(), 1)]).toEqual([1, [1]])
})

it('counts requests, pushes and errors for themselves', () => {
  const { minutes, metrics } = countMinutes(new VirtualClock())
  metrics.answered(request)
  metrics.failed('Sync', 'InvalidSyncKey')
  metrics.failed('Sync', 'InvalidSyncKey')
  expect([sum(minutes.requests()), sum(minutes.pushes()), sum(minutes.errors())]).toEqual([1, 0, 2])
})

it('goes on in the minute it was in where the clock goes back', () => {
  const times = [120_000, 60_000, 120_000]
  const { minutes, metrics } = countMinutes({ now: () => times.shift() ?? 120_000, after: () => Promise.resolve() })
  for (let count = 0; count < 3; count++) metrics.answered(request)
  expect(end(minutes.requests(), 1)).toEqual([3])
})
