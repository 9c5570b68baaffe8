// A lane: who is in it, who waits, and who has left without being let in.
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Lane } from '../../src/http/lane.ts'

const forEver = new AbortController().signal

/** Enters, and notes it. */
function visitor(lane: Lane, name: string, inside: string[], signal = forEver) {
  const place = lane.place()
  void place.enter(signal).then(() => inside.push(name))
  return place
}

test('so many are in it at a time, and the others follow in their order', async () => {
  const lane = new Lane(2)
  const inside: string[] = []
  const places = ['a', 'b', 'c', 'd', 'e'].map((name) => visitor(lane, name, inside))
  await turn()
  expect(inside).toEqual(['a', 'b'])
  places[1]?.leave()
  await turn()
  expect(inside).toEqual(['a', 'b', 'c'])
  for (const place of places) place.leave()
  await turn()
  expect(inside).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('whoever gives up waiting takes no place, and whoever leaves twice frees one', async () => {
  const lane = new Lane(1)
  const inside: string[] = []
  const first = visitor(lane, 'first', inside)
  const impatient = new AbortController()
  const gone = visitor(lane, 'gone', inside, impatient.signal)
  const second = visitor(lane, 'second', inside)
  const third = visitor(lane, 'third', inside)
  await turn()
  impatient.abort()
  await turn()
  // It is told, so that it can end; it is not in.
  expect(inside).toEqual(['first', 'gone'])
  gone.leave()
  first.leave()
  first.leave()
  await turn()
  expect(inside).toEqual(['first', 'gone', 'second'])
  second.leave()
  await turn()
  expect(inside.at(-1)).toBe('third')
  third.leave()
  visitor(lane, 'fourth', inside)
  await turn()
  expect(inside.at(-1)).toBe('fourth')
})

test('whoever is gone before he comes is let through', async () => {
  const lane = new Lane(1)
  const inside: string[] = []
  visitor(lane, 'first', inside)
  visitor(lane, 'gone', inside, AbortSignal.abort())
  await turn()
  expect(inside).toEqual(['first', 'gone'])
})
