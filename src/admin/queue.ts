// The action on the outbound queue: what is still owed to whom.
import { z } from 'zod'
import { reading, staff } from './action.ts'

/** A message that waits to be sent on; times are ISO 8601 in UTC. */
export interface QueuedView {
  readonly number: number
  readonly account: string
  /** Envelope sender; empty for what the server answers for somebody who is away. */
  readonly from: string
  readonly recipients: readonly string[]
  readonly attempts: number
  readonly queuedAt: string
  readonly nextAttemptAt: string
  readonly lastError: string | null
}

export const listQueue = reading(
  { input: z.object({}), about: 'Mail on its way out.', roles: staff },
  async (house): Promise<QueuedView[]> => {
    const addresses = new Map((await house.store.accounts.list()).map(({ id, address }) => [id, address]))
    return (await house.store.outbox.list()).map(({ number, account, from, recipients, attempts, queuedAt, nextAttemptAt, lastError }) => ({
      number,
      account: addresses.get(account) ?? account,
      from,
      recipients,
      attempts,
      queuedAt: new Date(queuedAt).toISOString(),
      nextAttemptAt: new Date(nextAttemptAt).toISOString(),
      lastError,
    }))
  },
)
