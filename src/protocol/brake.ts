// The brake: phones that run in circles are answered late, and sent away where that does not help.
import type { Turn } from '../sync/circle.ts'
import type { Call } from './command.ts'
import type { Reply } from './define.ts'

const noBytes = new Uint8Array(0)

/**
 * Before the work: the answer to a device that has gone on in one of these circles for too long; null to serve it. HTTP says it in
 * every version: phones leave a folder's state alone then, and wait. `turns` is asked only while somebody is sent away at all.
 */
export function sentAway(call: Call, turns: readonly Turn[] | (() => readonly Turn[])): Extract<Reply<never>, { kind: 'raw' }> | null {
  const { account, device, house, trace } = call
  if (!house.pace.refuses) return null
  const ahead = typeof turns === 'function' ? turns() : turns
  const seconds = house.pace.refusal(account.id, device.id, ahead, house.clock.now())
  if (seconds === 0) return null
  trace.note('sent away', { turns: ahead, seconds })
  return { kind: 'raw', answer: { status: 503, headers: { 'Retry-After': String(seconds) }, body: null } }
}

/** After the work: waits where one of these turns was one too many; null where the answer may go. Whoever hangs up ends the wait. */
export function holdBack(call: Call, turns: readonly Turn[]): Promise<void> | null {
  if (turns.length === 0) return null
  const { account, device, house, signal, trace, rest, body } = call
  const { clock, pace } = house
  const seconds = pace.hold(account.id, device.id, turns, clock.now())
  if (seconds === 0) return null
  trace.note('held back', { turns, seconds })
  // What could not be decoded still lies here.
  body.bytes = noBytes
  return rest(() => clock.after(seconds, signal).catch(() => undefined))
}
