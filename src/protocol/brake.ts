// The brake: phones that run in circles are answered late, and sent away where that does not help.
import type { Turn } from '../sync/circle.ts'
import type { Call } from './command.ts'
import type { Reply } from './define.ts'

const noBytes = new Uint8Array(0)

/**
 * Before the work: the answer to a device that has gone on in one of these circles for too long; null to serve it. HTTP says it in
 * every version: phones leave a folder's state alone then, and wait.
 */
export function sentAway(call: Call, turns: readonly Turn[]): Extract<Reply<never>, { kind: 'raw' }> | null {
  const { account, device, house, trace } = call
  const now = house.clock.now()
  for (const turn of turns) {
    const seconds = house.pace.refusal(account.id, device.id, turn, now)
    if (seconds === 0) continue
    trace.note('sent away', { ...turn, seconds })
    return { kind: 'raw', answer: { status: 503, headers: { 'Retry-After': String(seconds) }, body: null } }
  }
  return null
}

/** After the work: holds the answer back where one of these turns was one too many. Whoever hangs up or stops the server ends that. */
export async function holdBack(call: Call, turns: readonly Turn[]): Promise<void> {
  if (turns.length === 0) return
  const { account, device, house, signal, trace, rest, body } = call
  const { clock, pace } = house
  const now = clock.now()
  const seconds = Math.max(...turns.map((turn) => pace.hold(account.id, device.id, turn, now)))
  if (seconds === 0) return
  trace.note('held back', { turns, seconds })
  // What could not be decoded still lies here.
  body.bytes = noBytes
  await rest(() => clock.after(seconds, signal).catch(() => undefined))
}
