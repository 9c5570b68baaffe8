// Whose phones may come in by name and password: by groups, and everybody else by the default.
import type { Account } from '../model/account.ts'

/** `on`: the account's own password, and app passwords. `app-passwords`: those alone. `off`: neither. */
export const basicUses = ['on', 'app-passwords', 'off'] as const
export type BasicUse = (typeof basicUses)[number]

/** As the configuration names them; names of groups in any letter case. */
export interface BasicSettings {
  readonly basic: BasicUse
  readonly basicOnGroups: readonly string[]
  readonly appPasswordGroups: readonly string[]
  readonly basicOffGroups: readonly string[]
}

export interface BasicRule {
  readonly of: (account: Account) => BasicUse
  /** Whether there may be somebody whose own password, or whose app password, is taken: else nobody is asked for one. */
  readonly takesBasic: boolean
  /** Whether it is `on` for everybody. */
  readonly isPlain: boolean
}

/** The groups' word goes before the default, and of several groups the strictest. */
export function createBasicRule({ basic, basicOnGroups, appPasswordGroups, basicOffGroups }: BasicSettings): BasicRule {
  const named = (groups: readonly string[]) => new Set(groups.map((group) => group.toLowerCase()))
  const strictestFirst: readonly (readonly [BasicUse, ReadonlySet<string>])[] = [
    ['off', named(basicOffGroups)],
    ['app-passwords', named(appPasswordGroups)],
    ['on', named(basicOnGroups)],
  ]
  const possible = new Set([basic, ...strictestFirst.flatMap(([use, groups]) => (groups.size > 0 ? [use] : []))])
  return {
    of({ groups }) {
      const own = groups.map((group) => group.toLowerCase())
      return strictestFirst.find(([, listed]) => own.some((group) => listed.has(group)))?.[0] ?? basic
    },
    takesBasic: possible.has('on') || possible.has('app-passwords'),
    isPlain: possible.size === 1 && basic === 'on',
  }
}
