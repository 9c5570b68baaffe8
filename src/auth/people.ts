// Who may log in at the console, and as what: local administrators, and accounts by the groups they belong to.
import { hash } from 'node:crypto'
import type { Account } from '../model/account.ts'
import { accountSubject, administratorSubject, type Person, type Role } from '../model/actor.ts'
import type { AccountId, Subject } from '../model/id.ts'
import type { Store } from '../store/store.ts'

/** The groups whose members work at the console, as the configuration names them. */
export interface StaffGroups {
  readonly administrators: readonly string[]
  readonly helpdesk: readonly string[]
  readonly auditors: readonly string[]
}

/** Somebody who may log in, and what would end his sessions if it were another. */
export interface Standing {
  readonly person: Person
  /** Another one as soon as his role, his password or his second factor is another. */
  readonly stamp: string
  readonly hasSecondFactor: boolean
}

/** The role of an account. Directories write the names of groups in any letter case. */
export function roleOf(groups: StaffGroups, account: Account): Role {
  const own = new Set(account.groups.map((group) => group.toLowerCase()))
  const isIn = (named: readonly string[]) => named.some((group) => own.has(group.toLowerCase()))
  if (isIn(groups.administrators)) return 'administrator'
  if (isIn(groups.helpdesk)) return 'helpdesk'
  return isIn(groups.auditors) ? 'auditor' : 'user'
}

export class People {
  readonly #store: Store
  readonly #groups: StaffGroups

  constructor(store: Store, groups: StaffGroups) {
    this.#store = store
    this.#groups = groups
  }

  /** Asked at every request, so that a change is felt at once on every node; null for whoever may not, or no longer. */
  async standing(subject: Subject): Promise<Standing | null> {
    const found = subject.startsWith(administratorSubject('')) ? await this.#administrator(subject) : await this.#account(subject)
    if (found === null) return null
    const factor = await this.#store.secondFactors.find(subject)
    const sealed = factor?.confirmed === true ? Buffer.from(factor.sealed).toString('base64') : null
    return {
      person: found.person,
      stamp: hash('sha256', JSON.stringify([found.person.role, found.passwordHash, sealed]), 'base64url'),
      hasSecondFactor: sealed !== null,
    }
  }

  async #administrator(subject: Subject): Promise<{ person: Person; passwordHash: string | null } | null> {
    const { administrators } = this.#store
    const administrator = await administrators.find(subject.slice(administratorSubject('').length))
    if (administrator === null || administrator.disabled) return null
    const { name, role } = administrator
    return { person: { subject, name, role, account: null }, passwordHash: await administrators.passwordHash(name) }
  }

  async #account(subject: Subject): Promise<{ person: Person; passwordHash: string | null } | null> {
    const { accounts } = this.#store
    const id = subject.slice(accountSubject('' as AccountId).length) as AccountId
    const account = await accounts.byId(id)
    if (account === null || account.disabled) return null
    const person: Person = { subject, name: account.address, role: roleOf(this.#groups, account), account: id }
    return { person, passwordHash: await accounts.passwordHash(id) }
  }
}
