// The one way to an action: who may do it, what goes in, the audit log, and what comes out.
import { z } from 'zod'
import { mask } from '../log.ts'
import type { Actor } from '../model/actor.ts'
import { sentence, type Action, type Progress } from './action.ts'
import { Refusal, type AdminHouse } from './house.ts'

/** The actor's role does not reach so far. */
export class NotAllowed extends Refusal {}

/** Rejects whoever may not do this, whatever he would put in. */
export function assertAllowed(actor: Actor, action: Action): void {
  if (!action.roles.includes(actor.role)) {
    throw new NotAllowed(`That is not for the role ${actor.role}: ${action.roles.join(' or ')} may do it.`)
  }
  if (action.shellOnly && actor.via !== 'shell') throw new NotAllowed('That is for the shell on the server itself: it names files there.')
}

/**
 * Checks the role and the input, writes what is about to be done into the audit log, and does it; a failure is an entry of its own.
 * Rejects with NotAllowed, a ZodError for an input that is none, or whatever the action rejects with.
 */
export async function perform(
  house: AdminHouse,
  actor: Actor,
  name: string,
  action: Action,
  input: unknown,
  progress: (progress: Progress) => void = () => undefined,
): Promise<unknown> {
  assertAllowed(actor, action)
  const given: unknown = action.input.parse(input)
  const run = () => action.run({ ...house, actor }, given, progress)
  if (action.kind === 'read') return run()
  const entry = (detail: Record<string, unknown>) =>
    house.store.audit.append({
      at: house.clock.now(),
      actor: actor.name,
      role: actor.role,
      origin: actor.address ?? actor.via,
      action: name,
      target: action.target(given),
      detail,
    })
  // Written first: whatever happens now is on record.
  const { number } = await entry(masked(given))
  try {
    return await run()
  } catch (error) {
    // Nothing that is written is changed: the failure is an entry of its own, and names the one it is about.
    await entry({ failed: sentence(error) ?? 'the server failed', entry: number })
    throw error
  }
}

/** The input as the log may hold it: no secrets, and nothing of great length. */
function masked(input: unknown): Record<string, unknown> {
  const fields = z.record(z.string(), z.unknown()).safeParse(input)
  if (!fields.success) return {}
  return Object.fromEntries(
    Object.entries(mask(fields.data)).map(([name, value]) => [
      name,
      typeof value === 'string' && value.length > 300 ? `${value.slice(0, 300)}…` : value,
    ]),
  )
}
