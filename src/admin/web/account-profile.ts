// Setting up somebody's phone for him, from his account's page: a link to hand on, or a file for a management server.
import { administrators } from '../action.ts'
import { button, linkButton, postForm } from './field.ts'
import { html, type Html } from './html.ts'
import { page } from './layout.ts'
import { asFile, fileAnswer, kindField, kindOf, linkShown } from './own-phone.ts'
import { accountPath } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { section } from './table.ts'
import { trying } from './trying.ts'
import type { ProfileKind } from '../../enroll/account-profile.ts'

const addressOf = ({ params }: PageRequest) => params['account'] ?? ''

/** The form on the account's page. */
export function profileSection(address: string, kinds: readonly ProfileKind[], csrf: string): Html | false {
  return kinds.length > 0 && section('Set up a phone', profileForm(address, kinds, csrf))
}

function profileForm(address: string, kinds: readonly ProfileKind[], csrf: string): Html {
  return postForm(accountPath(address, 'profile'), csrf, [
    html`<p>A profile puts this account on an iPhone or iPad. Whoever has it, or the link to it, has the account.</p>`,
    kindField(kinds, null),
    html`<div class="buttons">
      ${button('Make a link', { tone: 'first', name: 'as', value: 'link' })} ${button('Download it', { name: 'as', value: 'file' })}
    </div>`,
  ])
}

async function refusedPage(request: PageRequest, refused: string): Promise<PageAnswer> {
  const { kinds } = await request.perform('profile.kinds', {})
  const address = addressOf(request)
  const body = [profileForm(address, kinds, request.csrf), linkButton(accountPath(address), 'Go back')]
  return page(request, { title: `Set up a phone of ${address}`, current: '/accounts', body, refused })
}

async function make(request: PageRequest): Promise<PageAnswer> {
  const address = addressOf(request)
  const input = { address, kind: kindOf(request.form) }
  if (await asFile(request, input.kind)) return fileAnswer(await request.perform('profile.create', input))
  const link = await request.perform('profile.link', input)
  const body = [linkShown(link), linkButton(accountPath(address), 'Go back')]
  return page(request, { title: `Set up a phone of ${link.account}`, current: '/accounts', body })
}

export const accountProfileRoutes: readonly PageRoute[] = [
  {
    method: 'POST',
    path: '/accounts/:account/profile',
    roles: administrators,
    handle: (request) =>
      trying(
        () => make(request),
        (refused) => refusedPage(request, refused),
      ),
  },
]
