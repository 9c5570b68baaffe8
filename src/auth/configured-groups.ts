// The groups that the configuration names, compared with those that people are in: a name that is misspelt has no members.
import type { DirectoryUser } from '../directory/directory.ts'
import type { Account } from '../model/account.ts'

/** The settings that name groups, each with the names it has. */
export interface GroupSettings {
  readonly login: Readonly<Record<'basicOnGroups' | 'appPasswordGroups' | 'basicOffGroups', readonly string[]>>
  readonly admin: Readonly<Record<'administrators' | 'helpdesk' | 'auditors', readonly string[]>>
  readonly directory: Readonly<Record<'enabledGroups', readonly string[]>>
}

/** A name, and the setting it stands in. */
export interface ConfiguredGroup {
  readonly name: string
  readonly setting: string
}

/** Every name of a group in the configuration. */
export function configuredGroups({ login, admin, directory }: GroupSettings): readonly ConfiguredGroup[] {
  const settings: readonly (readonly [setting: string, names: readonly string[]])[] = [
    ['directory.enabledGroups', directory.enabledGroups],
    ['login.basicOnGroups', login.basicOnGroups],
    ['login.appPasswordGroups', login.appPasswordGroups],
    ['login.basicOffGroups', login.basicOffGroups],
    ['admin.administrators', admin.administrators],
    ['admin.helpdesk', admin.helpdesk],
    ['admin.auditors', admin.auditors],
  ]
  return settings.flatMap(([setting, names]) => names.map((name) => ({ name, setting })))
}

/** Which of these nobody belongs to, a sentence for each name; `locals` are the accounts that are no directory's. */
export function memberlessGroups(
  groups: readonly ConfiguredGroup[],
  people: Iterable<Pick<DirectoryUser, 'groups'>>,
  locals: Iterable<Pick<Account, 'groups'>>,
): readonly string[] {
  if (groups.length === 0) return []
  const there = namesOf(people)
  const alsoHere = namesOf(locals)
  const memberless = groups.filter(({ name, setting }) => {
    const keys = keysOf(name)
    // Accounts of our own need nobody's leave to synchronise.
    return !keys.some((key) => there.has(key) || (setting !== 'directory.enabledGroups' && alsoHere.has(key)))
  })
  return Map.groupBy(memberless, ({ name }) => name.toLowerCase())
    .values()
    .map((same) => sentenceOf(same[0]?.name ?? '', [...new Set(same.map(({ setting }) => setting))]))
    .toArray()
}

const sentenceOf = (name: string, settings: readonly string[]) =>
  `No user of the directory is in the group ${name} (${settings.join(', ')}): is it spelt as the directory spells it?`

function namesOf(members: Iterable<{ readonly groups: readonly string[] }>): ReadonlySet<string> {
  const names = new Set<string>()
  // Thousands are in the same few: each spelling is put in small letters once.
  for (const { groups } of members) for (const group of groups) names.add(group)
  return new Set(Array.from(names, (name) => name.toLowerCase()))
}

/** What a group may be called among people's groups: they have names there, `directory.enabledGroups` may have a DN. */
function keysOf(name: string): readonly string[] {
  const common = /^cn\s*=\s*((?:\\.|[^\\,+])+)/i.exec(name)?.[1]
  const unescaped = common?.trim().replaceAll(/\\([^0-9a-f])/gi, '$1')
  return [name, ...(unescaped === undefined ? [] : [unescaped])].map((each) => each.toLowerCase())
}
