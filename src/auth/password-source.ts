// Where names and passwords are proven: the accounts of the store, or a directory.
import type { Account } from '../model/account.ts'

/** Nobody who knows can be asked now. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

/** Who a proven name means. Certificates and tokens ask here too. */
export interface Roster {
  /**
   * The account a name means (address, userPrincipalName, uid, `DOMAIN\user`), with what is known of it at most a minute ago: `disabled`
   * says whether it is out. Null for nobody, and for a name that means several. With `hasProven` whoever asks knows that it is he: a
   * directory's user who was never seen gets his account with that; strangers who try names make none. Rejects with Unavailable.
   */
  find(name: string, hasProven?: 'proven'): Promise<Account | null>
}

/** What a look at a password found. */
export type Proven =
  | {
      readonly kind: 'right'
      readonly account: Account
      /** As `stamp` tells it. */
      readonly stamp: string | null
      /** A hash (`auth/password`) that the password satisfies: a device's wipe outlives the password by it. */
      readonly verifier: string
    }
  | { readonly kind: 'wrong'; readonly account: Account | null; readonly stamp: string | null }
  /** Right, and out all the same: disabled, expired, locked. Answered as `disabled`. */
  | { readonly kind: 'barred'; readonly account: Account | null; readonly why: string }

export interface PasswordSource extends Roster {
  /**
   * What a proof about this account rests on: another as soon as the password is. Null where nobody tells: such proofs are made anew
   * every few minutes. Rejects with Unavailable.
   */
  stamp(account: Account): Promise<string | null>
  /**
   * Looks at a password: tens of milliseconds, as long for nobody as for somebody. `urgent` goes before others that wait. Rejects
   * with Unavailable. Whoever asks remembers what was wrong: a directory counts what it is asked, and locks.
   */
  prove(user: string, password: string, urgent: boolean): Promise<Proven>
}
