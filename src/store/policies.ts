// The policies port: named policies, as the administrator keeps them.
import type { Policy } from '../model/policy.ts'

export interface Policies {
  /** By rank, then by name. The default policy is among them only if it was stored. */
  list(): Promise<readonly Policy[]>
  /** Adds it, or replaces the one of this name. */
  put(policy: Policy): Promise<void>
  /** False if there was none. */
  remove(name: string): Promise<boolean>
}
