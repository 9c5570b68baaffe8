// An account's page: whether it is open, what its phones may do, and which phones it has.
import { administrators, helpers, staff } from '../action.ts'
import type { AccountView } from '../accounts.ts'
import type { ActionInput } from '../actions.ts'
import { dialects } from '../../model/dialect.ts'
import { protocolVersions } from '../../model/version.ts'
import { accountAbsenceSection } from './absence.ts'
import { profileSection } from './account-profile.ts'
import { accountAppPasswords } from './account-app-passwords.ts'
import { accountBadge } from './accounts.ts'
import { deviceColumns } from './devices.ts'
import { actButton, areaField, button, postForm, selectField, textField, type Option } from './field.ts'
import { html, type Html } from './html.ts'
import { linesOf } from './lines.ts'
import { page } from './layout.ts'
import { accountPath, policyPath } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { facts, section, table } from './table.ts'
import { trying } from './trying.ts'
import { accountWhereaboutsSection } from './whereabouts.ts'

const yesNo: readonly Option[] = [
  ['', 'As the policy says'],
  ['yes', 'Yes'],
  ['no', 'No'],
]
const yesNoOf = (value: boolean | null) => (value === null ? '' : value ? 'yes' : 'no')
const said = (value: boolean | null) => (value === null ? 'as the policy says' : value ? 'yes' : 'no')

const versions: readonly Option[] = [
  ['', 'The highest there is'],
  ...protocolVersions.filter((version) => dialects[version].served).map((version): Option => [version, version]),
]

function about(account: AccountView): Html {
  const { address, addresses, displayName, groups, policy, policyInForce, syncEnabled, devicesMax, maxVersion, allowNonProvisionable } =
    account
  const from = policy !== null ? 'assigned to this account' : 'by its groups, or by default'
  return section(
    'About this account',
    facts([
      ['State', accountBadge(account)],
      ['Name', html`<bdi>${displayName}</bdi>`],
      addresses.length > 1 && ['Other addresses', addresses.filter((each) => each !== address).join(', ')],
      account.directory && ['Belongs to', 'somebody of the directory: name, addresses, groups and password are changed there'],
      ['Groups', groups.length === 0 ? 'none' : html`<bdi>${groups.join(', ')}</bdi>`],
      ['Policy', html`<a href="${policyPath(policyInForce)}">${policyInForce}</a> <span class="soft">${from}</span>`],
      ['Phones may sync', said(syncEnabled)],
      ['Most phones', devicesMax ?? 'as the policy says'],
      ['Highest version', maxVersion ?? 'the highest there is'],
      [
        'Phones that follow no policy',
        allowNonProvisionable === null ? 'as the policy says' : allowNonProvisionable ? 'may enter' : 'stay out',
      ],
    ]),
  )
}

function changeForm(account: AccountView, policies: readonly string[], csrf: string): Html {
  const { address, groups, policy, syncEnabled, devicesMax, maxVersion, allowNonProvisionable, directory } = account
  const form = postForm(
    accountPath(address, 'change'),
    csrf,
    html`${selectField({
      label: 'Policy',
      name: 'policy',
      value: policy ?? '',
      options: [['', 'By its groups, or the default'], ...policies.map((name): Option => [name, name])],
    })}
    ${!directory && areaField({ label: 'Groups', name: 'groups', value: groups.join('\n'), hint: 'One in each line. They choose the policy.' })}
    ${selectField({ label: 'Phones may sync', name: 'syncEnabled', value: yesNoOf(syncEnabled), options: yesNo })}
    ${textField({ label: 'Most phones', name: 'devicesMax', type: 'number', value: devicesMax, min: 0, max: 1000, hint: 'Empty: as the policy says.' })}
    ${selectField({ label: 'Highest protocol version', name: 'maxVersion', value: maxVersion ?? '', options: versions })}
    ${selectField({
      label: 'Phones that follow no policy may enter',
      name: 'allowNonProvisionable',
      value: yesNoOf(allowNonProvisionable),
      options: yesNo,
    })}
    ${button('Save', { tone: 'first' })}`,
  )
  return section('What its phones may do', form)
}

function passwordForm({ address }: AccountView, csrf: string): Html {
  return section(
    'Password',
    postForm(
      accountPath(address, 'password'),
      csrf,
      [
        textField({
          label: 'New password',
          name: 'password',
          type: 'password',
          required: true,
          autocomplete: 'new-password',
          hint: 'Every phone has to be given it before it syncs again.',
        }),
        button('Set the password'),
      ],
      'line',
    ),
  )
}

/** Who is out by the directory comes in by the directory. */
function barredNote(barred: string): Html {
  return html`<p>The directory keeps this account out (${barred}). It comes in as soon as that says so. Its mail is still delivered.</p>`
}

function stateButton({ address, disabled, barred }: AccountView, csrf: string): Html {
  if (barred !== null) return section('Log in', barredNote(barred))
  return section('Log in', [
    html`<p>
      ${disabled ? 'Nobody can log in to this account. Its mail is still delivered.' : 'While an account is disabled nobody can log in, and its phones get nothing.'}
    </p>`,
    disabled
      ? actButton(accountPath(address, 'enable'), csrf, 'Enable this account', { tone: 'first' })
      : actButton(accountPath(address, 'disable'), csrf, 'Disable this account', { tone: 'danger' }),
    html`<p class="after">Somebody who lost his authenticator app cannot log in to this console until his second factor is taken away.</p>`,
    actButton(accountPath(address, 'factor'), csrf, 'Take the second factor away'),
  ])
}

async function shown(request: PageRequest, refused?: string): Promise<PageAnswer> {
  const { perform, params, actor, csrf } = request
  const address = params['account'] ?? ''
  // The address may be one of several: the account is known by the first.
  const account = await perform('account.show', { address })
  const devices = await perform('device.list', { account: account.address })
  const appPasswords = await perform('account.app-passwords', { address: account.address })
  const policies = (await perform('policy.list', {})).map(({ name }) => name)
  const isAdministrator = actor.role === 'administrator'
  const { kinds } = await perform('profile.kinds', {})
  const body = html`<div class="columns two">${about(account)} ${helpers.includes(actor.role) && stateButton(account, csrf)}</div>
    ${section(
      'Phones',
      table({
        caption: 'Phones of this account',
        columns: deviceColumns({ withAccount: false }),
        rows: devices,
        empty: 'No phone of this account has connected yet.',
      }),
    )}
    ${accountAppPasswords(account.address, appPasswords, request)}
    <div class="columns two">${await accountAbsenceSection(request, account.address)} ${accountWhereaboutsSection(account, request)}</div>
    ${isAdministrator && html`<div class="columns two">${changeForm(account, policies, csrf)} ${!account.directory && passwordForm(account, csrf)} ${profileSection(account.address, kinds, csrf)}</div>`}`
  return page(request, { title: account.address, current: '/accounts', body, refused: refused ?? null })
}

/** The form as the action takes it: an empty field hands the decision back. */
function changeOf(address: string, form: URLSearchParams | null): ActionInput<'account.set'> {
  const text = (name: string) => form?.get(name)?.trim() ?? ''
  const answer = (name: string) => (text(name) === '' ? null : text(name) === 'yes')
  return {
    address,
    policy: text('policy') === '' ? null : text('policy'),
    ...(form?.has('groups') === true ? { groups: linesOf(text('groups')) } : {}),
    syncEnabled: answer('syncEnabled'),
    devicesMax: text('devicesMax') === '' ? null : Number(text('devicesMax')),
    maxVersion: protocolVersions.find((version) => version === text('maxVersion')) ?? null,
    allowNonProvisionable: answer('allowNonProvisionable'),
  }
}

function act(name: string, roles: PageRoute['roles'], work: (request: PageRequest, address: string) => Promise<string>): PageRoute {
  return {
    method: 'POST',
    path: `/accounts/:account/${name}`,
    roles,
    handle: (request) =>
      trying(
        async () => {
          const address = request.params['account'] ?? ''
          return { kind: 'redirect', to: accountPath(address), said: await work(request, address) }
        },
        (refused) => shown(request, refused),
      ),
  }
}

export const accountRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/accounts/:account', roles: staff, handle: (request) => shown(request) },
  act('enable', helpers, async ({ perform }, address) => {
    await perform('account.enable', { address })
    return 'The account is enabled.'
  }),
  act('disable', helpers, async ({ perform }, address) => {
    await perform('account.disable', { address })
    return 'The account is disabled.'
  }),
  act('factor', helpers, async ({ perform }, address) => {
    await perform('factor.reset', { person: address })
    return 'The second factor was taken away. The next login asks for the password alone.'
  }),
  act('change', administrators, async ({ perform, form }, address) => {
    await perform('account.set', changeOf(address, form))
    return 'The account was changed.'
  }),
  act('password', administrators, async ({ perform, form }, address) => {
    await perform('account.password', { address, password: form?.get('password') ?? '' })
    return 'The new password is set.'
  }),
]
