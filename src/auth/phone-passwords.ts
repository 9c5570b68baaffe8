// The password source as phones see it: those whose own password is not taken from phones have none here.
import type { Account } from '../model/account.ts'
import type { BasicRule } from './basic-rule.ts'
import { verifyPassword } from './password.ts'
import type { PasswordSource, Proven } from './password-source.ts'

/** What a refusal by the rule rests on: another as soon as the account is in other groups. */
const notTaken = 'not taken from phones'

/** Proves the passwords of those of whom the rule says `on`; that of anybody else is wrong, and the source is not asked. */
export function createPhonePasswords(source: PasswordSource, rule: BasicRule): PasswordSource {
  const isTaken = (account: Account) => rule.of(account) === 'on'
  return {
    find: (name, hasProven) => source.find(name, hasProven),
    stamp: (account) => (isTaken(account) ? source.stamp(account) : Promise.resolve(notTaken)),
    async prove(user, password, urgent): Promise<Proven> {
      const account = await source.find(user)
      if (account === null || isTaken(account)) {
        const proven = await source.prove(user, password, urgent)
        // Somebody of a directory who comes for the first time has his account, and its groups, only now.
        return proven.kind !== 'right' || isTaken(proven.account) ? proven : { kind: 'wrong', account: proven.account, stamp: notTaken }
      }
      // Nobody learns from the time in which groups somebody is.
      await verifyPassword(null, password, urgent)
      return { kind: 'wrong', account, stamp: notTaken }
    },
  }
}
