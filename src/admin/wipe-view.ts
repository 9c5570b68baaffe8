// A wipe as programs see it.
import { deviceName, type Device } from '../model/device.ts'
import type { Wipe, WipeScope, WipeState } from '../model/wipe.ts'
import type { WipeFilter } from '../store/wipes.ts'
import type { AdminHouse } from './house.ts'
import { addressesOf } from './lookup.ts'

/** Times are ISO 8601 in UTC. */
export interface WipeView {
  readonly id: number
  readonly account: string
  readonly device: string
  /** What the device is called now; its id once it is forgotten. */
  readonly name: string
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

/** One wipe; `address` is its account's, and `device` null where it is forgotten. */
export function wipeView(wipe: Wipe, address: string, device: Device | null): WipeView {
  return {
    ...wipe,
    account: address,
    name: device === null ? wipe.device : deviceName(device),
    requestedAt: new Date(wipe.requestedAt).toISOString(),
    approvedAt: iso(wipe.approvedAt),
    deliveredAt: iso(wipe.deliveredAt),
    endedAt: iso(wipe.endedAt),
    cancellable: wipe.state === 'awaiting' || wipe.state === 'requested',
  }
}

/** Newest first, 500 at most. */
export async function wipeViews({ store }: AdminHouse, filter: WipeFilter): Promise<WipeView[]> {
  const wipes = await store.wipes.list(filter, shownMax)
  const addressOf = await addressesOf(
    store,
    wipes.map(({ account }) => account),
  )
  // There are few wipes beside many devices: each is looked up by its key.
  return Promise.all(
    wipes.map(async (wipe) => wipeView(wipe, addressOf(wipe.account), await store.devices.find(wipe.account, wipe.device))),
  )
}
