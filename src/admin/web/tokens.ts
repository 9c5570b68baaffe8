// API tokens: letting a program call the REST interface, seen once, and no longer than it should.
import { administrators } from '../action.ts'
import { roleHint, roleOf, roleOptions, roleWords } from './administrators.ts'
import { button, linkButton, postForm, selectField, textField, type Option } from './field.ts'
import { html, type Html } from './html.ts'
import { page } from './layout.ts'
import { numberOf } from './paging.ts'
import { pathOf } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { section, table } from './table.ts'
import { moment, momentOr } from './time.ts'
import { trying } from './trying.ts'

const readers: PageRoute['roles'] = ['administrator', 'auditor']

const spans: readonly Option[] = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', 'One year'],
  ['', 'Until it is revoked'],
]
const spanByDefault = '365'

const revokePath = (name: string) => pathOf('tokens', name, 'revoke')

function createForm({ csrf, form }: PageRequest): Html {
  return section(
    'Make a token',
    postForm('/tokens', csrf, [
      textField({
        label: 'Name',
        name: 'name',
        value: form?.get('name') ?? '',
        required: true,
        maxLength: 64,
        hint: 'What it is for. The audit log calls it so.',
      }),
      selectField({ label: 'Role', name: 'role', value: roleOf(form?.get('role')), options: roleOptions, hint: roleHint }),
      selectField({ label: 'Good for', name: 'days', value: form?.get('days') ?? spanByDefault, options: spans }),
      button('Make the token', { tone: 'first' }),
    ]),
  )
}

async function listPage(request: PageRequest, refused: string | null = null): Promise<PageAnswer> {
  const isOpen = administrators.includes(request.actor.role)
  const list = table({
    caption: 'API tokens',
    rows: await request.perform('token.list', {}),
    empty: 'There is no token.',
    columns: [
      { title: 'Name', kind: 'name', cell: ({ name }) => html`<bdi>${name}</bdi>` },
      { title: 'Role', cell: ({ role }) => roleWords[role] },
      {
        title: 'Made',
        cell: ({ createdAt, createdBy }) => html`${moment(createdAt)} <span class="under">by <bdi>${createdBy}</bdi></span>`,
      },
      { title: 'Good until', cell: ({ expiresAt }) => momentOr(expiresAt, 'it is revoked') },
      { title: 'Last used', cell: ({ usedAt }) => momentOr(usedAt, 'never', 'ago') },
      ...(isOpen
        ? [
            {
              title: '',
              kind: 'act' as const,
              cell: ({ name }: { readonly name: string }) =>
                linkButton(revokePath(name), html`Revoke …<span class="unseen"> ${name}</span>`, 'danger'),
            },
          ]
        : []),
    ],
  })
  const body = [
    html`<p>A program with a token calls the REST interface. What it may do depends on the token's role.</p>`,
    list,
    isOpen && html`<div class="after">${createForm(request)}</div>`,
  ]
  return page(request, { title: 'API tokens', current: '/tokens', body, refused })
}

/** The one page that ever shows it. */
function madePage(request: PageRequest, name: string, token: string): PageAnswer {
  const body = html`<p>This is the token <b>${name}</b>. It is shown this once: copy it now.</p>
    <p class="secret"><code>${token}</code></p>
    <p>Programs send it as <code>Authorization: Bearer …</code></p>
    ${linkButton('/tokens', 'I have it')}`
  return page(request, { title: 'The token is made', current: '/tokens', body })
}

function revokePage(request: PageRequest): PageAnswer {
  const name = request.params['name'] ?? ''
  const body = html`<p>The program that has it can do nothing any more, from its next call on.</p>
    ${postForm(
      revokePath(name),
      request.csrf,
      html`<div class="buttons">${button('Revoke this token', { tone: 'final' })} ${linkButton('/tokens', 'Go back')}</div>`,
    )}`
  return page(request, { title: `Revoke the token ${name}?`, current: '/tokens', body })
}

export const tokensRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/tokens', roles: readers, handle: (request) => listPage(request) },
  {
    method: 'POST',
    path: '/tokens',
    roles: administrators,
    handle: (request) =>
      trying(
        async () => {
          const { form, perform } = request
          const days = form?.get('days') ?? spanByDefault
          const { name, token } = await perform('token.create', {
            name: form?.get('name') ?? '',
            role: roleOf(form?.get('role')),
            days: days === '' ? null : numberOf(days, 0),
          })
          return madePage(request, name, token)
        },
        (refused) => listPage(request, refused),
      ),
  },
  { method: 'GET', path: '/tokens/:name/revoke', roles: administrators, handle: (request) => Promise.resolve(revokePage(request)) },
  {
    method: 'POST',
    path: '/tokens/:name/revoke',
    roles: administrators,
    handle: async ({ perform, params }) => {
      await perform('token.revoke', { name: params['name'] ?? '' })
      return { kind: 'redirect', to: '/tokens', said: 'The token is revoked.' }
    },
  },
]
