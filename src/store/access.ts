// The access port: the rules by which devices are let in.
import type { AccessRules } from '../model/access.ts'

export interface Access {
  /** Everybody allowed where nothing was written. */
  read(): Promise<AccessRules>
  /** Replaces all of them. */
  write(rules: AccessRules): Promise<void>
}
