// A wipe as programs see it.
import type { Wipe, WipeScope, WipeState } from '../model/wipe.ts'
import type { WipeFilter } from '../store/wipes.ts'
import type { AdminHouse } from './house.ts'

/** Times are ISO 8601 in UTC. */
export interface WipeView {
  readonly id: number
  readonly account: string
  readonly device: string
  readonly scope: WipeScope
  readonly state: WipeState
  readonly requestedBy: string
  readonly requestedFrom: string | null
  readonly requestedAt: string
  readonly approvedBy: string | null
  readonly approvedAt: string | null
  readonly deliveredAt: string | null
  readonly endedAt: string | null
  readonly reason: string | null
  /** Whether it can still be taken back. */
  readonly cancellable: boolean
}

const shownMax = 500
const iso = (instant: number | null) => (instant === null ? null : new Date(instant).toISOString())

/** One wipe; `address` is its account's. */
export function wipeView(wipe: Wipe, address: string): WipeView {
  return {
    ...wipe,
    account: address,
    requestedAt: new Date(wipe.requestedAt).toISOString(),
    approvedAt: iso(wipe.approvedAt),
    deliveredAt: iso(wipe.deliveredAt),
    endedAt: iso(wipe.endedAt),
    cancellable: wipe.state === 'awaiting' || wipe.state === 'requested',
  }
}

/** Newest first, 500 at most. */
export async function wipeViews(house: AdminHouse, filter: WipeFilter): Promise<WipeView[]> {
  const addresses = new Map((await house.store.accounts.list()).map(({ id, address }) => [id, address]))
  return (await house.store.wipes.list(filter, shownMax)).map((wipe) => wipeView(wipe, addresses.get(wipe.account) ?? wipe.account))
}
