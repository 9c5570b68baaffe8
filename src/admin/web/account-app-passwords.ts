// App passwords on an account's page: which there are, for whoever helps its owner.
import { administrators, helpers } from '../action.ts'
import type { AppPasswordView } from '../app-passwords.ts'
import { actButton, button, hidden, linkButton, postForm, textField } from './field.ts'
import { html, type Html } from './html.ts'
import { page } from './layout.ts'
import { accountPath } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { section, table, type Column } from './table.ts'
import { moment, momentOr } from './time.ts'
import { trying } from './trying.ts'

const placeOf = (address: string) => `${accountPath(address)}#app-passwords`

/** With buttons for whoever may press them. */
export function accountAppPasswords(address: string, rows: readonly AppPasswordView[], { actor, csrf }: PageRequest): Html {
  const revoke: Column<AppPasswordView> = {
    title: '',
    kind: 'act',
    cell: ({ name }) =>
      actButton(accountPath(address, 'app-passwords', 'revoke'), csrf, html`Revoke<span class="unseen"> ${name}</span>`, {
        tone: 'danger',
        fields: hidden('name', name),
      }),
  }
  const list = table({
    caption: 'App passwords of this account',
    rows,
    empty: 'There are none.',
    columns: [
      { title: 'Name', kind: 'name', cell: ({ name }) => html`<bdi>${name}</bdi>` },
      { title: 'Phone', cell: ({ device }) => device ?? html`<span class="soft">none yet</span>` },
      {
        title: 'Made',
        cell: ({ createdAt, createdBy }) => html`${moment(createdAt)} <span class="under">by <bdi>${createdBy}</bdi></span>`,
      },
      { title: 'Last used', cell: ({ usedAt }) => momentOr(usedAt, 'never', 'ago') },
      ...(helpers.includes(actor.role) ? [revoke] : []),
    ],
  })
  const form = postForm(
    accountPath(address, 'app-passwords'),
    csrf,
    [textField({ label: 'Name', name: 'name', required: true, maxLength: 64, hint: 'Which phone it is for.' }), button('Make one')],
    'line',
  )
  return section('App passwords', [list, administrators.includes(actor.role) && form], {
    intro: 'Each is good for the first phone that uses it. People make their own on their own page.',
  })
}

/** The one page that ever shows it. */
function madePage(request: PageRequest, address: string, name: string, password: string): PageAnswer {
  const body = html`<p>
      This is the app password <b><bdi>${name}</bdi></b> of <bdi>${address}</bdi>. It is shown this once.
    </p>
    <p class="secret"><code>${password}</code></p>
    ${linkButton(placeOf(address), 'I have it')}`
  return page(request, { title: 'The app password is made', current: '/accounts', body })
}

function refusedPage(request: PageRequest, address: string, refused: string): PageAnswer {
  const body = linkButton(placeOf(address), 'Go back')
  return page(request, { title: 'Nothing was changed', current: '/accounts', body, refused })
}

export const accountAppPasswordRoutes: readonly PageRoute[] = [
  {
    method: 'POST',
    path: '/accounts/:account/app-passwords',
    roles: administrators,
    handle: (request) => {
      const address = request.params['account'] ?? ''
      return trying(
        async () => {
          const { name, password } = await request.perform('account.app-password.create', {
            address,
            name: request.form?.get('name') ?? '',
          })
          return madePage(request, address, name, password)
        },
        (refused) => refusedPage(request, address, refused),
      )
    },
  },
  {
    method: 'POST',
    path: '/accounts/:account/app-passwords/revoke',
    roles: helpers,
    handle: (request) => {
      const address = request.params['account'] ?? ''
      return trying(
        async () => {
          await request.perform('account.app-password.revoke', { address, name: request.form?.get('name') ?? '' })
          return { kind: 'redirect', to: placeOf(address), said: 'The app password is revoked.' }
        },
        (refused) => refusedPage(request, address, refused),
      )
    },
  },
]
