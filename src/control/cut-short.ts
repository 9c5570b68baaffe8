// A restore that was cut short between two renames: what lies in the data folder then is neither the one store nor the other.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { storeName } from '../admin/backup.ts'
import { Refusal } from '../admin/house.ts'

const prefix = 'restoring-'

/** How the folder that it prepared is called after `restoring-`, and the one with what was there before after `replaced-`; null for none. */
export function cutShort(dataFolder: string): string | null {
  // The store leaves first, and comes last.
  if (existsSync(join(dataFolder, storeName))) return null
  const found = readdirSync(dataFolder).find((name) => name.startsWith(prefix) && existsSync(join(dataFolder, name, storeName)))
  return found?.slice(prefix.length) ?? null
}

/** Throws a Refusal where a server would begin with an empty store, and with keys of its own. */
export function refuseCutShort(dataFolder: string): void {
  if (cutShort(dataFolder) === null) return
  throw new Refusal(`A restore of the data folder ${dataFolder} was cut short: run \`easel restore\` once more, with the same backup.`)
}
