// Which groups of the configuration nobody is in: what counts as a member, and what is said.
import { describe, expect, test } from 'vitest'
import { configuredGroups, memberlessGroups, type GroupSettings } from '../../src/auth/configured-groups.ts'

const none: GroupSettings = {
  login: { basicOnGroups: [], appPasswordGroups: [], basicOffGroups: [] },
  admin: { administrators: [], helpdesk: [], auditors: [] },
  directory: { enabledGroups: [] },
}
const inGroups = (...groups: string[]) => [{ groups }]
const names = (settings: Partial<GroupSettings>, people: string[], locals: string[] = []) =>
  memberlessGroups(configuredGroups({ ...none, ...settings }), inGroups(...people), inGroups(...locals)).map(
    (sentence) => /the group (.*): is it/.exec(sentence)?.[1],
  )

describe('a group of the configuration', () => {
  test('is told in whichever setting it stands, in all of them at once', () => {
    const admin = { administrators: ['A'], helpdesk: ['B'], auditors: ['C'] }
    const login = { basicOnGroups: ['D'], appPasswordGroups: ['E'], basicOffGroups: ['a', 'F'] }
    expect(names({ admin, login, directory: { enabledGroups: ['G'] } }, ['f', 'Else']).toSorted()).toEqual([
      'B (admin.helpdesk)',
      'C (admin.auditors)',
      'D (login.basicOnGroups)',
      'E (login.appPasswordGroups)',
      'G (directory.enabledGroups)',
      'a (login.basicOffGroups, admin.administrators)',
    ])
  })

  test('has a member in any letter case', () => {
    expect(names({ directory: { enabledGroups: ['mobile users'] } }, ['Mobile Users'])).toEqual([])
  })

  test('that lets people synchronise has no members among accounts of our own', () => {
    const admin = { ...none.admin, auditors: ['Robots'] }
    expect(names({ admin, directory: { enabledGroups: ['Robots'] } }, [], ['Robots'])).toEqual(['Robots (directory.enabledGroups)'])
  })

  test('that is written as a DN is known by its common name', () => {
    const enabledGroups = ['CN=Mobile\\, Users,OU=Groups,DC=example,DC=com', 'cn=Typo,dc=example,dc=com']
    expect(names({ directory: { enabledGroups } }, ['mobile, users'])).toEqual(['cn=Typo,dc=example,dc=com (directory.enabledGroups)'])
  })
})
