// A key nobody knows, in the protocol's terms: the device starts anew, and after a restore from backup each in its turn.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Device } from '../model/device.ts'
import type { FolderId, Instant } from '../model/id.ts'
import type { UnknownKey } from '../sync/collection.ts'
import type { Call } from './command.ts'
import { Failure, InvalidSyncKey } from './error.ts'

/** The store's setting that says when it was restored from a backup, and over how long the devices' resets are spread. */
export const restoredSetting = 'restored'
const restoredRecord = z.object({ at: z.number(), spreadSeconds: z.number() })
export type Restoration = z.output<typeof restoredRecord>

/**
 * The failure that answers a refused key, with its reason in the log. A device whose turn has not come yet keeps its key and is told
 * to come later: a reset fetches whole folders anew, and all phones at once would find the server busy for an hour.
 */
export async function refusedKey(unknown: UnknownKey, call: Call, collection: FolderId): Promise<Failure> {
  const { device, house } = call
  const turn = unknown.reason === 'restored' ? await turnOf(call) : 0
  house.log.warn({ device: device.id, collection, reason: unknown.message }, 'key refused')
  if (turn <= house.clock.now()) {
    house.metrics.reset(unknown.reason)
    return new InvalidSyncKey(unknown.message)
  }
  return new Failure('ServerErrorRetryLater', `${unknown.message}; this device starts anew at ${new Date(turn).toISOString()}`)
}

async function turnOf({ device, house }: Call): Promise<Instant> {
  const saved = await house.store.setting(restoredSetting)
  if (saved === null) return 0
  const { at, spreadSeconds } = restoredRecord.parse(JSON.parse(saved))
  return at + Math.floor(shareOf(device) * spreadSeconds * 1000)
}

/** A number in [0, 1) that is the device's own: as good as random, and the same each time it asks. */
function shareOf({ account, id }: Device): number {
  return createHash('sha256').update(`${account}/${id}`).digest().readUInt32BE() / 2 ** 32
}
