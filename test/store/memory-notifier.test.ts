// The notifier of one process: who is woken, how often, and who is not.
import { describe, expect, test, vi } from 'vitest'
import type { MailboxId, Modseq } from '../../src/model/id.ts'
import { MemoryNotifier } from '../../src/store/memory-notifier.ts'

const [one, two] = [1 as MailboxId, 2 as MailboxId]
const at = (modseq: number) => modseq as Modseq

describe('the notifier of one process', () => {
  test('wakes everybody who watches the mailbox, at each commit, until he leaves', () => {
    const notifier = new MemoryNotifier()
    const woken: string[] = []
    const leave = notifier.watch(one, () => woken.push('a'))
    notifier.watch(one, () => woken.push('b'))
    notifier.watch(two, () => woken.push('c'))
    notifier.moved(one, at(1))
    notifier.moved(one, at(2))
    leave()
    notifier.moved(one, at(3))
    notifier.moved(3 as MailboxId, at(1))
    expect(woken).toEqual(['a', 'b', 'a', 'b', 'b'])
  })

  test('counts its waiters, one function registered twice as two', () => {
    const notifier = new MemoryNotifier()
    const wake = vi.fn<() => void>()
    const leave = [notifier.watch(one, wake), notifier.watch(one, wake)]
    expect(notifier.waiting).toBe(2)
    notifier.moved(one, at(1))
    expect(wake).toHaveBeenCalledTimes(2)
    leave[0]?.()
    leave[0]?.()
    expect(notifier.waiting).toBe(1)
    notifier.moved(one, at(2))
    expect(wake).toHaveBeenCalledTimes(3)
    leave[1]?.()
    expect(notifier.waiting).toBe(0)
    expect(notifier.watch(one, wake)).toBeTypeOf('function')
    expect(notifier.waiting).toBe(1)
  })

  test('a waiter that leaves or comes while others are woken disturbs none of them', () => {
    const notifier = new MemoryNotifier()
    const woken: string[] = []
    const leave = notifier.watch(one, () => {
      woken.push('first')
      leave()
      notifier.watch(one, () => woken.push('late'))
    })
    notifier.watch(one, () => woken.push('second'))
    notifier.moved(one, at(1))
    expect(woken).toEqual(['first', 'second'])
    notifier.moved(one, at(2))
    expect(woken).toEqual(['first', 'second', 'second', 'late'])
  })

  test('a waiter that fails keeps no other from being woken, and its fault comes to light', async () => {
    const notifier = new MemoryNotifier()
    const { promise, resolve } = Promise.withResolvers<unknown>()
    const handlers = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', resolve)
    const second = vi.fn<() => void>()
    notifier.watch(one, () => {
      throw new Error('broken waiter')
    })
    notifier.watch(one, second)
    notifier.moved(one, at(1))
    expect(second).toHaveBeenCalledTimes(1)
    expect(await promise).toMatchObject({ message: 'broken waiter' })
    for (const handler of handlers) process.on('uncaughtException', handler)
  })
})
