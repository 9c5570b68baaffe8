// The list of policies, and a policy's page: what it says, who has it, what phones make of it.
import { defaultPolicyName } from '../../model/policy.ts'
import { ruleNames } from '../../model/policy-rules.ts'
import { fieldWords, policyFields } from '../../policy/difference.ts'
import { administrators, staff } from '../action.ts'
import type { ActionOutput } from '../actions.ts'
import { policyInput } from '../policies.ts'
import { actButton, button, hidden, linkButton, postForm, textField } from './field.ts'
import { html, type Html, type Part } from './html.ts'
import { page } from './layout.ts'
import { accountPath, policyPath, withQuery } from './paths.ts'
import { clientsSection, effectSection } from './policy-preview.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { facts, section, table } from './table.ts'
import { trying } from './trying.ts'

type Policy = ActionOutput<'policy.list'>[number]

const isAdministrator = ({ actor }: PageRequest) => administrators.includes(actor.role)

/** Who has it, in a few words. */
function whom({ name, groups }: Policy): Part {
  if (name === defaultPolicyName) return 'everybody who has no other'
  return groups.length === 0 ? html`<span class="soft">no group</span>` : html`<bdi>${groups.join(', ')}</bdi>`
}

async function listPage(request: PageRequest): Promise<PageAnswer> {
  const policies = await request.perform('policy.list', {})
  const list = table({
    caption: 'Policies',
    rows: policies,
    empty: 'There is no policy.',
    columns: [
      {
        title: 'Policy',
        kind: 'name',
        cell: ({ name, stored }) =>
          html`<a href="${policyPath(name)}">${name}</a> ${!stored && html`<span class="under">from the configuration</span>`}`,
      },
      { title: 'For', kind: 'text', cell: whom },
      { title: 'Rank', kind: 'number', cell: ({ name, rank }) => (name === defaultPolicyName ? '–' : rank) },
      { title: 'Accounts', kind: 'number', cell: ({ accounts }) => accounts.toLocaleString('en-GB') },
      {
        title: 'Rules set',
        kind: 'number',
        cell: ({ rules, provisions }) => (provisions ? ruleNames.filter((name) => rules[name] !== undefined).length : 'not sent'),
      },
    ],
  })
  const body = [
    html`<p>
      A policy says what phones have to do. An account has its own policy, or that of its group with the lowest rank, or the default.
    </p>`,
    list,
    isAdministrator(request) && html`<p class="buttons after">${linkButton('/policies/add', 'Add a policy …', 'first')}</p>`,
  ]
  return page(request, { title: 'Policies', current: '/policies', body })
}

/** The accounts that have it by name, and the form that gives it to another. */
async function assignment({ name }: Policy, request: PageRequest): Promise<Html> {
  const { perform, csrf } = request
  const holders = (await perform('account.list', {})).filter(({ policy }) => policy === name)
  const list = table({
    caption: 'Accounts to which this policy is assigned',
    rows: holders,
    empty: 'To no account by name.',
    columns: [
      {
        title: 'Account',
        kind: 'name',
        cell: ({ address, displayName }) =>
          html`<a href="${accountPath(address)}"><bdi>${address}</bdi></a> <span class="under clip"><bdi>${displayName}</bdi></span>`,
      },
      {
        title: '',
        kind: 'act',
        cell: ({ address }) =>
          isAdministrator(request) &&
          actButton(policyPath(name, 'release'), csrf, 'Take it away', {
            fields: hidden('address', address),
            label: `Take the policy away from ${address}`,
          }),
      },
    ],
  })
  const form = postForm(
    policyPath(name, 'assign'),
    csrf,
    [textField({ label: 'Give it to an account', name: 'address', type: 'email', required: true }), button('Assign')],
    'line',
  )
  return section('Assigned to', [list, isAdministrator(request) && form])
}

async function policyPage(request: PageRequest, refused: string | null = null): Promise<PageAnswer> {
  const { perform, params } = request
  const policy = await perform('policy.show', { name: params['name'] ?? '' })
  const { name, stored } = policy
  // A policy of an earlier version may say what is no longer taken: it is shown all the same, to be mended.
  const speakable = policyInput.safeParse(policy)
  const shown = speakable.success ? await perform('policy.preview', speakable.data) : null
  const buttons = html`<div class="buttons">
    ${linkButton(policyPath(name, 'edit'), 'Change', 'first')} ${linkButton(withQuery('/policies/add', { like: name }), 'Copy')}
    ${stored && linkButton(policyPath(name, 'remove'), 'Remove …', 'danger')}
  </div>`
  const about = section(
    'What it says',
    facts([
      ['For', whom(policy)],
      ...policyFields
        .filter(([field]) => field !== 'groups' && (field !== 'rank' || name !== defaultPolicyName))
        .map(([field, title]) => [title, fieldWords(field, policy)] as const),
    ]),
  )
  const body = html`${isAdministrator(request) && buttons}
    <div class="columns two">
      ${about}
      <div>${shown !== null && effectSection(shown)} ${await assignment(policy, request)}</div>
    </div>
    ${shown !== null && clientsSection(shown)}`
  return page(request, { title: `Policy ${name}`, current: '/policies', body, refused })
}

async function removePage(request: PageRequest, refused: string | null = null): Promise<PageAnswer> {
  const { name, accounts } = await request.perform('policy.show', { name: request.params['name'] ?? '' })
  const body = html`<p>
      ${
        name === defaultPolicyName
          ? 'The default goes back to what the configuration says.'
          : `It is in force for ${accounts} ${accounts === 1 ? 'account' : 'accounts'}. They fall back to the policy of another group, or to the default.`
      }
    </p>
    ${postForm(
      policyPath(name, 'remove'),
      request.csrf,
      html`<div class="buttons">${button('Remove this policy', { tone: 'final' })} ${linkButton(policyPath(name), 'Go back')}</div>`,
    )}`
  return page(request, { title: `Remove the policy ${name}?`, current: '/policies', body, refused })
}

/** Gives the policy to an account, or takes it away. */
function assigning(what: 'assign' | 'release', said: string): PageRoute {
  return {
    method: 'POST',
    path: `/policies/named/:name/${what}`,
    roles: administrators,
    handle: (request) =>
      trying(
        async () => {
          const name = request.params['name'] ?? ''
          await request.perform('account.set', { address: request.form?.get('address') ?? '', policy: what === 'assign' ? name : null })
          return { kind: 'redirect', to: policyPath(name), said }
        },
        (refused) => policyPage(request, refused),
      ),
  }
}

export const policiesRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/policies', roles: staff, handle: listPage },
  { method: 'GET', path: '/policies/named/:name', roles: staff, handle: (request) => policyPage(request) },
  assigning('assign', 'The account has this policy now.'),
  assigning('release', 'The account has the policy of its groups, or the default, again.'),
  { method: 'GET', path: '/policies/named/:name/remove', roles: administrators, handle: (request) => removePage(request) },
  {
    method: 'POST',
    path: '/policies/named/:name/remove',
    roles: administrators,
    handle: (request) =>
      trying(
        async () => {
          await request.perform('policy.remove', { name: request.params['name'] ?? '' })
          return { kind: 'redirect', to: '/policies', said: 'The policy was removed.' }
        },
        (refused) => removePage(request, refused),
      ),
  },
]
