// Local administrators: who may log in at the console without an account, and as what.
import { staffRoles, type StaffRole } from '../../model/actor.ts'
import { administrators } from '../action.ts'
import type { ActionOutput } from '../actions.ts'
import { badge } from './badge.ts'
import { actButton, button, linkButton, postForm, selectField, textField, type Option } from './field.ts'
import { html, type Html } from './html.ts'
import { page } from './layout.ts'
import { pathOf } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { facts, section, table } from './table.ts'
import { momentOr } from './time.ts'
import { trying } from './trying.ts'

type Administrator = ActionOutput<'admin.list'>[number]

/** Auditors see who there is. */
const readers: PageRoute['roles'] = ['administrator', 'auditor']

export const roleWords: Readonly<Record<StaffRole, string>> = {
  administrator: 'Administrator',
  helpdesk: 'Help desk',
  auditor: 'Auditor',
}
export const roleOptions: readonly Option[] = staffRoles.map((role) => [role, roleWords[role]])
export const roleHint =
  'Administrators do everything. The help desk helps with phones, and wipes accounts only. Auditors see everything and change nothing. Nobody reads mail.'

/** The role a form names; the least that there is where it names none. */
export function roleOf(text: string | null | undefined): StaffRole {
  return staffRoles.find((role) => role === text) ?? 'auditor'
}

const pathTo = (name: string, ...below: readonly string[]) => pathOf('administrators', name, ...below)
const isAdministrator = ({ actor }: PageRequest) => administrators.includes(actor.role)

function stateBadge({ disabled }: Administrator): Html {
  return disabled ? badge('bad', 'Disabled') : badge('good', 'Enabled')
}

function factorBadge({ secondFactor }: Administrator): Html {
  return secondFactor ? badge('good', 'On') : badge('warn', 'Off')
}

async function listPage(request: PageRequest): Promise<PageAnswer> {
  const isOpen = isAdministrator(request)
  const list = table({
    caption: 'Local administrators',
    rows: await request.perform('admin.list', {}),
    empty: 'There is none. Accounts of the staff log in by their groups.',
    columns: [
      { title: 'Name', kind: 'name', cell: ({ name }) => (isOpen ? html`<a href="${pathTo(name)}">${name}</a>` : name) },
      { title: 'Role', cell: ({ role }) => roleWords[role] },
      { title: 'State', cell: stateBadge },
      { title: 'Second factor', cell: factorBadge },
      { title: 'Last login', cell: ({ lastLogin }) => momentOr(lastLogin, 'never', 'ago') },
    ],
  })
  const body = [
    html`<p>They log in with a name and a password of their own, even when the directory does not answer.</p>`,
    list,
    isOpen && html`<p class="buttons after">${linkButton('/add-administrator', 'Add an administrator …', 'first')}</p>`,
  ]
  return page(request, { title: 'Administrators', current: '/administrators', body })
}

function addPage(request: PageRequest, refused: string | null = null): PageAnswer {
  const { csrf, form } = request
  const body = postForm('/add-administrator', csrf, [
    textField({
      label: 'Name',
      name: 'name',
      value: form?.get('name') ?? '',
      required: true,
      maxLength: 64,
      spellcheck: false,
      hint: 'Small letters, digits and ._-',
    }),
    selectField({ label: 'Role', name: 'role', value: roleOf(form?.get('role') ?? 'helpdesk'), options: roleOptions, hint: roleHint }),
    passwordField('password', 'Password'),
    html`<div class="buttons">${button('Add', { tone: 'first' })} ${linkButton('/administrators', 'Go back')}</div>`,
  ])
  return page(request, { title: 'Add an administrator', current: '/administrators', body, refused })
}

function passwordField(name: string, label: string): Html {
  return textField({ label, name, type: 'password', required: true, autocomplete: 'new-password', hint: 'Twelve characters or more.' })
}

async function onePage(request: PageRequest, refused: string | null = null): Promise<PageAnswer> {
  const { perform, params, csrf } = request
  const one = (await perform('admin.list', {})).find(({ name }) => name === params['name'])
  if (one === undefined) return { kind: 'redirect', to: '/administrators', said: 'That administrator is not there any more.' }
  const { name, role, disabled, secondFactor, createdAt, lastLogin } = one
  const about = facts([
    ['State', stateBadge(one)],
    ['Second factor', factorBadge(one)],
    ['Added', momentOr(createdAt, 'not known')],
    ['Last login', momentOr(lastLogin, 'never')],
  ])
  const roleForm = [
    selectField({ label: 'Role', name: 'role', value: role, options: roleOptions, hint: roleHint }),
    button('Change the role'),
  ]
  const acts = html`<div class="buttons">
    ${disabled ? actButton(pathTo(name, 'enable'), csrf, 'Enable') : actButton(pathTo(name, 'disable'), csrf, 'Disable', { tone: 'danger' })}
    ${secondFactor && actButton(pathTo(name, 'factor'), csrf, 'Take the second factor away', { tone: 'danger' })}
    ${linkButton(pathTo(name, 'remove'), 'Remove …', 'danger')}
  </div>`
  const body = html`<div class="columns two">
    ${section('About', [about, acts])}
    <div>
      ${section('Role', postForm(pathTo(name, 'role'), csrf, roleForm))}
      ${section('Password', postForm(pathTo(name, 'password'), csrf, [passwordField('password', 'New password'), button('Set the password')]))}
    </div>
  </div>`
  return page(request, { title: name, current: '/administrators', body, refused })
}

function removePage(request: PageRequest, refused: string | null = null): PageAnswer {
  const name = request.params['name'] ?? ''
  const body = html`<p>He cannot log in any more. What he did stays in the audit log.</p>
    ${postForm(
      pathTo(name, 'remove'),
      request.csrf,
      html`<div class="buttons">${button('Remove', { tone: 'final' })} ${linkButton(pathTo(name), 'Go back')}</div>`,
    )}`
  return page(request, { title: `Remove ${name}?`, current: '/administrators', body, refused })
}

/** A form of one administrator's page; `work` says what was done. */
function act(path: string, work: (request: PageRequest, name: string) => Promise<string>): PageRoute {
  return {
    method: 'POST',
    path: `/administrators/:name/${path}`,
    roles: administrators,
    handle: (request) =>
      trying(
        async () => {
          const name = request.params['name'] ?? ''
          const said = await work(request, name)
          return { kind: 'redirect', to: path === 'remove' ? '/administrators' : pathTo(name), said }
        },
        (refused) => (path === 'remove' ? removePage(request, refused) : onePage(request, refused)),
      ),
  }
}

export const administratorsRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/administrators', roles: readers, handle: listPage },
  { method: 'GET', path: '/administrators/:name', roles: administrators, handle: (request) => onePage(request) },
  { method: 'GET', path: '/administrators/:name/remove', roles: administrators, handle: (request) => Promise.resolve(removePage(request)) },
  { method: 'GET', path: '/add-administrator', roles: administrators, handle: (request) => Promise.resolve(addPage(request)) },
  {
    method: 'POST',
    path: '/add-administrator',
    roles: administrators,
    handle: (request) =>
      trying(
        async () => {
          const { form, perform } = request
          const [name, password] = [form?.get('name') ?? '', form?.get('password') ?? '']
          const added = await perform('admin.add', { name, password, role: roleOf(form?.get('role')) })
          return { kind: 'redirect', to: pathTo(added.name), said: 'The administrator was added.' }
        },
        (refused) => addPage(request, refused),
      ),
  },
  act('role', async ({ perform, form }, name) => {
    await perform('admin.role', { name, role: roleOf(form?.get('role')) })
    return 'The role was changed.'
  }),
  act('password', async ({ perform, form }, name) => {
    await perform('admin.password', { name, password: form?.get('password') ?? '' })
    return 'The password was set.'
  }),
  act('disable', async ({ perform }, name) => {
    await perform('admin.disable', { name })
    return 'The administrator is disabled.'
  }),
  act('enable', async ({ perform }, name) => {
    await perform('admin.enable', { name })
    return 'The administrator is enabled.'
  }),
  act('factor', async ({ perform }, name) => {
    await perform('factor.reset', { person: name })
    return 'The second factor was taken away. The next login asks for the password alone.'
  }),
  act('remove', async ({ perform }, name) => {
    await perform('admin.remove', { name })
    return 'The administrator was removed.'
  }),
]
