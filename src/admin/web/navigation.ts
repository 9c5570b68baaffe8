// The pages each role finds in its menu.
import type { Actor, Role } from '../../model/actor.ts'
import { staff } from '../action.ts'
import { html, type Html } from './html.ts'

interface Entry {
  readonly path: string
  readonly words: string
  readonly roles: readonly Role[]
}

const auditors: readonly Role[] = ['administrator', 'auditor']

/** In the order of the menu; a gap stands between the groups. */
const groups: readonly (readonly Entry[])[] = [
  [{ path: '/', words: 'Overview', roles: staff }],
  [
    { path: '/devices', words: 'Devices', roles: staff },
    { path: '/accounts', words: 'Accounts', roles: staff },
    { path: '/wipes', words: 'Wipes', roles: staff },
  ],
  [
    { path: '/policies', words: 'Policies', roles: staff },
    { path: '/access', words: 'Access rules', roles: staff },
    { path: '/certificates', words: 'Certificates', roles: staff },
  ],
  [
    { path: '/queue', words: 'Outbound queue', roles: staff },
    { path: '/health', words: 'Health', roles: staff },
    { path: '/audit', words: 'Audit log', roles: auditors },
  ],
  [
    { path: '/administrators', words: 'Administrators', roles: auditors },
    { path: '/tokens', words: 'API tokens', roles: auditors },
  ],
]

/** The menu of somebody: what his role may see, and his own phones where he has an account. */
export function navigation(actor: Actor, current: string): Html {
  const own: Entry[] = actor.account === null ? [] : [{ path: '/me', words: 'My phones', roles: [actor.role] }]
  const shown = [...groups, own].map((group) => group.filter(({ roles }) => roles.includes(actor.role))).filter((group) => group.length > 0)
  return html`${shown.map(
    (group) =>
      html`<ul>
        ${group.map((entry) => item(entry, current))}
      </ul>`,
  )}`
}

function item({ path, words }: Entry, current: string): Html {
  return html`<li>
    <a href="${path}" ${path === current && html`aria-current="page"`}>${words}</a>
  </li>`
}
