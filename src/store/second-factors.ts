// The second factors port: the secrets of one-time passwords, sealed, of administrators and accounts alike.
import type { Subject } from '../model/id.ts'

export interface SecondFactor {
  readonly sealed: Uint8Array
  /** Whether its owner has shown a first code: before that nobody is asked for one. */
  readonly confirmed: boolean
  /** The last step whose code was used; 0 before the first. */
  readonly step: number
}

export interface SecondFactors {
  find(subject: Subject): Promise<SecondFactor | null>
  /** Puts a fresh one, unconfirmed, in the place of whatever was there. */
  put(subject: Subject, sealed: Uint8Array): Promise<void>
  /**
   * Uses a step up, and confirms the factor by it; false where that step or a later one was used already, or the secret is
   * another by now. Of two who present the same code at once, one is told true.
   */
  spend(subject: Subject, sealed: Uint8Array, step: number): Promise<boolean>
  /** False if there was none. */
  remove(subject: Subject): Promise<boolean>
  /** Whoever has confirmed one. */
  confirmed(): Promise<ReadonlySet<Subject>>
}
