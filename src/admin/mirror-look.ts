// The action with which the doctor looks into the mirror of a running server.
import { z } from 'zod'
import { administrators, reading } from './action.ts'
import { Refusal } from './house.ts'
import type { Arrival } from './mirror.ts'

export const lookIntoMirror = reading(
  {
    input: z.object({ mark: z.string().max(64).optional() }),
    about: 'Gives a mark, or tells how the requests that carried it arrived.',
    roles: administrators,
    shellOnly: true,
  },
  async ({ vitals }, { mark }): Promise<{ mark: string; arrivals: readonly Arrival[] }> => {
    if (vitals === null) throw new Refusal('The server does not run.')
    if (mark === undefined) return { mark: vitals.mirror.mark(), arrivals: [] }
    const arrivals = vitals.mirror.seen(mark)
    if (arrivals === null) throw new Refusal('Nothing is known of this mark.')
    return { mark, arrivals }
  },
)
