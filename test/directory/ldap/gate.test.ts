// The door before the directory, and who goes first through it.
import { expect, test } from 'vitest'
import { DirectoryUnavailable } from '../../../src/directory/directory.ts'
import { Gate } from '../../../src/directory/ldap/gate.ts'
import { VirtualClock } from '../../support/clock.ts'

test('a crowd that asks for names does not keep from being read who is out', async () => {
  const gate = new Gate(new VirtualClock(), 1, 10)
  const came: string[] = []
  const held = Promise.withResolvers<void>()
  const inside = gate.pass(() => held.promise)
  const crowd = Array.from({ length: 1000 }, (_, number) => gate.pass(async () => void came.push(`stranger ${number}`)))
  await expect(gate.pass(() => Promise.resolve())).rejects.toBeInstanceOf(DirectoryUnavailable)
  const job = gate.pass(async () => void came.push('job'), true)
  held.resolve()
  await Promise.all([inside, job, ...crowd])
  expect(came.slice(0, 2)).toEqual(['job', 'stranger 0'])
  expect(came).toHaveLength(1001)
})

test('nobody waits for longer than he would be waited for', async () => {
  const clock = new VirtualClock()
  const gate = new Gate(clock, 1, 10)
  const held = Promise.withResolvers<void>()
  const inside = gate.pass(() => held.promise)
  const late = [gate.pass(() => Promise.resolve()), gate.pass(() => Promise.resolve(), true)].map((each) =>
    expect(each).rejects.toThrow('too slow'),
  )
  await clock.advance(11)
  await Promise.all(late)
  held.resolve()
  await inside
  expect(await gate.pass(() => Promise.resolve('in'))).toBe('in')
})
