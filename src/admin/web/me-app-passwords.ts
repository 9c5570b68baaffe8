// App passwords on the user's own page: one for each phone, shown once.
import { roles } from '../../model/actor.ts'
import type { AppPasswordView } from '../app-passwords.ts'
import { button, linkButton, postForm, textField } from './field.ts'
import { html, type Html } from './html.ts'
import { page } from './layout.ts'
import { pathOf } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { section, table } from './table.ts'
import { moment, momentOr } from './time.ts'
import { trying } from './trying.ts'

const path = '/me/app-passwords'
const revokePath = (name: string) => pathOf('me', 'app-passwords', name, 'revoke')

function list(passwords: readonly AppPasswordView[], phones: ReadonlyMap<string, string>): Html {
  return table({
    caption: 'Your app passwords',
    rows: passwords,
    empty: 'You have none.',
    columns: [
      { title: 'Name', kind: 'name', cell: ({ name }) => html`<bdi>${name}</bdi>` },
      {
        title: 'Phone',
        cell: ({ device }) =>
          device === null ? html`<span class="soft">none yet</span>` : html`<bdi>${phones.get(device.toLowerCase()) ?? device}</bdi>`,
      },
      { title: 'Made', cell: ({ createdAt }) => moment(createdAt) },
      { title: 'Last used', cell: ({ usedAt }) => momentOr(usedAt, 'never', 'ago') },
      {
        title: '',
        kind: 'act',
        cell: ({ name }) => linkButton(revokePath(name), html`Revoke …<span class="unseen"> ${name}</span>`, 'danger'),
      },
    ],
  })
}

/** For the user's page. */
export async function appPasswordSection({ perform }: PageRequest): Promise<Html> {
  const passwords = await perform('me.app-passwords', {})
  return section('App passwords', [
    html`<p>
      A phone can come in with a password made for it alone. If you lose the phone you revoke that, and your own password stays as it is.
    </p>`,
    linkButton(path, passwords.length === 0 ? 'Make an app password' : `App passwords (${passwords.length})`),
  ])
}

async function listPage(request: PageRequest, refused: string | null = null): Promise<PageAnswer> {
  const { perform, csrf, form } = request
  const phones = new Map((await perform('me.devices', {})).map(({ id, name }) => [id.toLowerCase(), name]))
  const body = [
    html`<p>Each is good for one phone: the first that uses it. Nobody can log in to this page with it.</p>`,
    list(await perform('me.app-passwords', {}), phones),
    section(
      'Make an app password',
      postForm(path, csrf, [
        textField({
          label: 'Name',
          name: 'name',
          value: form?.get('name') ?? '',
          required: true,
          maxLength: 64,
          hint: 'Which phone it is for.',
        }),
        html`<div class="buttons">${button('Make it', { tone: 'first' })} ${linkButton('/me', 'Go back')}</div>`,
      ]),
    ),
  ]
  return page(request, { title: 'App passwords', current: '/me', body, refused })
}

/** The one page that ever shows it. */
function madePage(request: PageRequest, name: string, password: string): PageAnswer {
  const body = html`<p>
      This is the app password <b><bdi>${name}</bdi></b
      >. It is shown this once: type it into the phone now, where it asks for your password.
    </p>
    <p class="secret"><code>${password}</code></p>
    <p>Capital letters and hyphens do not matter. The first phone that uses it is the only one it is good for.</p>
    ${linkButton(path, 'I have it')}`
  return page(request, { title: 'The app password is made', current: '/me', body })
}

function revokePage(request: PageRequest): PageAnswer {
  const name = request.params['name'] ?? ''
  const body = html`<p>The phone that uses it gets no mail any more. What is on the phone stays there: if you lost it, wipe it as well.</p>
    ${postForm(
      revokePath(name),
      request.csrf,
      html`<div class="buttons">${button('Revoke it', { tone: 'final' })} ${linkButton(path, 'Go back')}</div>`,
    )}`
  return page(request, { title: `Revoke the app password ${name}?`, current: '/me', body })
}

export const meAppPasswordRoutes: readonly PageRoute[] = [
  { method: 'GET', path, roles, handle: (request) => listPage(request) },
  {
    method: 'POST',
    path,
    roles,
    handle: (request) =>
      trying(
        async () => {
          const { name, password } = await request.perform('me.app-password.create', { name: request.form?.get('name') ?? '' })
          return madePage(request, name, password)
        },
        (refused) => listPage(request, refused),
      ),
  },
  { method: 'GET', path: `${path}/:name/revoke`, roles, handle: (request) => Promise.resolve(revokePage(request)) },
  {
    method: 'POST',
    path: `${path}/:name/revoke`,
    roles,
    handle: (request) =>
      trying(
        async () => {
          await request.perform('me.app-password.revoke', { name: request.params['name'] ?? '' })
          return { kind: 'redirect', to: path, said: 'The app password is revoked.' }
        },
        (refused) => listPage(request, refused),
      ),
  },
]
