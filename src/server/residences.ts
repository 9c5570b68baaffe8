// Puts together who lives at this front end and who elsewhere.
import type { Config } from '../config.ts'
import { Residences } from '../policy/residence.ts'

/** `names` are this server's own: a rule that names it says that somebody lives here. */
export function openResidences({ autodiscover, publicUrl }: Config, names: readonly string[]): Residences {
  return new Residences(autodiscover.moved, (origin) =>
    publicUrl === null ? names.includes(new URL(origin).hostname) : origin === publicUrl,
  )
}
