// The wipes port: every remote wipe there ever was, open or ended.
import type { AccountId, DeviceId, Instant } from '../model/id.ts'
import type { Wipe, WipeState } from '../model/wipe.ts'

export type NewWipe = Pick<Wipe, 'account' | 'device' | 'scope' | 'requestedBy' | 'requestedFrom' | 'requestedAt'> & {
  readonly state: 'awaiting' | 'requested'
}

export type WipeChange = Partial<Pick<Wipe, 'state' | 'approvedBy' | 'approvedAt' | 'deliveredAt' | 'endedAt' | 'reason'>>

export interface WipeFilter {
  readonly account?: AccountId
  readonly device?: DeviceId
  readonly states?: readonly WipeState[]
}

export interface Wipes {
  add(wipe: NewWipe): Promise<Wipe>
  find(id: number): Promise<Wipe | null>
  /** Rejects with item-not-found. */
  change(id: number, change: WipeChange): Promise<Wipe>
  /** Newest first, at most `limit`. */
  list(filter: WipeFilter, limit: number): Promise<readonly Wipe[]>
  /** How many this person asked for since then. Within a unit nobody else writes one of his before it ends. */
  countBy(requestedBy: string, since: Instant): Promise<number>
}
