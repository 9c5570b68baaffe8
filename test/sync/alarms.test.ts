// Alarms: begun once, ended once, and never more than somebody can look at.
import { expect, it } from 'vitest'
import { createLog } from '../../src/log.ts'
import { noMetrics } from '../../src/metrics.ts'
import type { AccountId, DeviceId } from '../../src/model/id.ts'
import { AlarmBook } from '../../src/sync/alarms.ts'
import { VirtualClock } from '../support/clock.ts'

const account = 'a' as AccountId
const phone = 'phone' as DeviceId

function open(): { book: AlarmBook; clock: VirtualClock; lines: string[]; counted: string[] } {
  const clock = new VirtualClock()
  const lines: string[] = []
  const counted: string[] = []
  const log = createLog({ level: 'info', pretty: false, destination: { write: (line: string) => void lines.push(line) } })
  const metrics = { ...noMetrics, looping: (circle: string) => void counted.push(circle) }
  return { book: new AlarmBook({ clock, log, metrics }), clock, lines, counted }
}

it('an alarm is logged and counted when it begins, and logged when it ends', async () => {
  const { book, clock, lines, counted } = open()
  for (let braked = 0; braked < 50; braked++) {
    book.raise(account, phone, 'ping')
    await clock.advance(10)
  }
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('Ping is asked again')
  expect(book.list()).toMatchObject([{ account, device: phone, count: 50, since: clock.now() - 500_000, lastAt: clock.now() - 10_000 }])
  await clock.advance(590)
  book.sweep()
  book.sweep()
  expect(lines).toHaveLength(2)
  expect(lines[1]).toMatch(/"count":50,"seconds":490,.*calmed down/)
  expect(book.list()).toEqual([])
  expect(counted).toEqual(['ping'])
})

it('each circle of a device is an alarm of its own, the latest first', async () => {
  const { book, clock } = open()
  book.raise(account, phone, 'ping')
  await clock.advance(1)
  book.raise(account, phone, 'nothing')
  await clock.advance(1)
  book.raise(account, phone, 'ping')
  expect(book.list().map(({ cause }) => cause.split(' ', 1)[0])).toEqual(['Ping', 'Sync'])
})

it('a thousand are kept, and the one that began first gives way', () => {
  const { book } = open()
  for (let number = 0; number < 1001; number++) book.raise(account, `d${number}` as DeviceId, 'ping')
  expect(book.list()).toHaveLength(1000)
  expect(book.list().some(({ device }) => device === 'd0')).toBe(false)
})
