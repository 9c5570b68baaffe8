// What travels over the control socket: one JSON object a line, progress first, then one outcome.
import { z } from 'zod'

export const controlMessage = z.union([
  z.object({ progress: z.object({ done: z.number(), total: z.number().nullable() }) }),
  z.object({ result: z.unknown() }).strict(),
  /** `expected` failures are for the administrator; others are defects whose stack is in the server's log. */
  z.object({ error: z.string(), expected: z.boolean() }),
])
export type ControlMessage = z.output<typeof controlMessage>

/** The header in which the shell names who sits at it, for the audit log. */
export const personHeader = 'x-easel-person'

/** Where an action is called: `POST /actions/account.add`. */
export const actionPath = (name: string) => `/actions/${name}`

/** Where the container asks whether the process answers: its ports may be off, or talk to a proxy alone. It is the last thing that opens. */
export const healthPath = '/healthz'
