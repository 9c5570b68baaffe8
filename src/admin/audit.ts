// Actions on the audit log: reading it, checking it, taking it away.
import { z } from 'zod'
import type { AuditEntry } from '../store/audit.ts'
import { reading, type Declaration } from './action.ts'
import { lineInput } from './lookup.ts'

/** An entry as programs see it; the time is ISO 8601 in UTC. */
export interface AuditView extends Omit<AuditEntry, 'at'> {
  readonly at: string
}

const view = (entry: AuditEntry): AuditView => ({ ...entry, at: new Date(entry.at).toISOString() })
const roles: Declaration<z.ZodType>['roles'] = ['administrator', 'auditor']
const exportPage = 1000

export const listAudit = reading(
  {
    input: z.object({
      actor: lineInput(256).optional(),
      action: lineInput(64).optional(),
      target: lineInput(512).optional(),
      /** Only entries below this number: the next page. */
      before: z.number().int().min(1).optional(),
      limit: z.number().int().min(1).max(1000).default(100),
    }),
    about: 'The audit log, newest first.',
    roles,
  },
  async (house, { limit, ...filter }) =>
    (await house.store.audit.list(Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)), limit)).map(view),
)

/** Entries from a number on, ascending: the whole log, page by page. */
export const exportAudit = reading(
  { input: z.object({ from: z.number().int().min(1).default(1) }), about: 'A thousand entries from a number on, in their order.', roles },
  async (house, { from }) => (await house.store.audit.from(from, exportPage)).map(view),
)

export const verifyAudit = reading(
  { input: z.object({}), about: 'Whether the chain of the audit log is whole; else where it breaks.', roles },
  async (house) => ({ broken: await house.store.audit.verify() }),
)
