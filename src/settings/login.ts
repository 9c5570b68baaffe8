// Settings of what phones may come in with.
import type { z } from 'zod'
import { group, list, word } from '../setting.ts'

export const loginSettings = group({
  basic: word(['on', 'app-passwords', 'off'], 'on', {
    environment: 'EASEL_LOGIN_BASIC',
    description:
      'Whether phones come in by name and password: `on` takes the account’s own password and app passwords, `app-passwords` those alone, `off` neither. The console and the user’s page take the own password always.',
  }),
  basicOnGroups: list({
    environment: 'EASEL_LOGIN_BASIC_ON_GROUPS',
    description: 'Groups for whose members `login.basic` is `on`. Of several groups of these three lists the strictest word counts.',
  }),
  appPasswordGroups: list({
    environment: 'EASEL_LOGIN_APP_PASSWORD_GROUPS',
    description: 'Groups for whose members it is `app-passwords`.',
  }),
  basicOffGroups: list({ environment: 'EASEL_LOGIN_BASIC_OFF_GROUPS', description: 'Groups for whose members it is `off`.' }),
})

type LoginSettings = Readonly<Record<'basicOnGroups' | 'appPasswordGroups' | 'basicOffGroups', readonly string[]>>

interface Ways {
  readonly login: z.output<typeof loginSettings>
  readonly oauth: { readonly issuer: string | null }
  readonly certificates: { readonly mode: string }
}

/** What works, but lets nobody in, in sentences. */
export function loginWarnings({ login: { basic, basicOnGroups, appPasswordGroups }, oauth, certificates }: Ways): string[] {
  const takesPasswords = basic !== 'off' || basicOnGroups.length > 0 || appPasswordGroups.length > 0
  return takesPasswords || oauth.issuer !== null || certificates.mode !== 'off'
    ? []
    : [
        'No phone can come in: login.basic (EASEL_LOGIN_BASIC) is off, and neither tokens (oauth.issuer) nor certificates (certificates.mode) are taken.',
      ]
}

/** What contradicts itself, in sentences. */
export function loginContradictions({ basicOnGroups, appPasswordGroups, basicOffGroups }: LoginSettings): string[] {
  const all = [...basicOnGroups, ...appPasswordGroups, ...basicOffGroups].map((name) => name.toLowerCase())
  const twice = all.find((name, index) => all.indexOf(name) !== index)
  return twice === undefined
    ? []
    : [`The group ${twice} stands twice in login.basicOnGroups, login.appPasswordGroups and login.basicOffGroups: leave it in one.`]
}
