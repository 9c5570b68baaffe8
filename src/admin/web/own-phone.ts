// Setting up a phone of one's own: which way it is to log in, the link and its QR code, and the certificates there are.
import { renderSVG } from 'uqr'
import { profileKinds, type ProfileKind } from '../../enroll/account-profile.ts'
import { roles } from '../../model/actor.ts'
import type { ActionOutput } from '../actions.ts'
import { badge } from './badge.ts'
import { button, linkButton, postForm, selectField, type Option } from './field.ts'
import { html, type Html, type Part } from './html.ts'
import { page } from './layout.ts'
import { pathOf } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { section, table } from './table.ts'
import { moment } from './time.ts'
import { trying } from './trying.ts'

type OwnCertificate = ActionOutput<'me.certificates'>[number]
type ProfileLink = ActionOutput<'me.profile.link'>
type ProfileFile = ActionOutput<'me.profile.create'>

export const ownPhonePath = '/me/phone'

const kindWords: Readonly<Record<ProfileKind, string>> = {
  password: 'With the password',
  certificate: 'With a certificate, and no password',
  scep: 'With a certificate for a key the phone makes itself',
  oauth: "With the organization's own login",
}

/** The kinds there are, as a field. */
export function kindField(kinds: readonly ProfileKind[], chosen: string | null): Html {
  const [first = 'password'] = kinds
  const options = kinds.map((kind): Option => [kind, kindWords[kind]])
  return selectField({ label: 'How the phone logs in', name: 'kind', value: chosen ?? first, options })
}

/** What a form chose; the first kind where it chose none. */
export function kindOf(form: URLSearchParams | null): ProfileKind {
  return profileKinds.find((kind) => kind === form?.get('kind')) ?? 'password'
}

/** The link as a person hands it to a phone: for its camera, for its browser, and for how long. */
export function linkShown({ url, expiresAt, identityPassword }: ProfileLink): Html {
  const picture = `data:image/svg+xml;base64,${Buffer.from(renderSVG(url, { border: 4 })).toString('base64')}`
  return html`<p>Point the camera of the phone at this, and open the link in Safari. It works once, until ${moment(expiresAt)}.</p>
    <p><img src="${picture}" alt="QR code of the link" width="260" height="260" /></p>
    <p class="secret">
      <code><a href="${url}">${url}</a></code>
    </p>
    ${identityPassword !== null && passwordShown(identityPassword)}
    <p class="soft">Whoever opens the link gets the account: show it to nobody else. On the phone itself, open it here.</p>`
}

function passwordShown(password: string): Html {
  return html`<p>While it installs, the phone asks for the password of the certificate. It is shown this once:</p>
    <p class="secret"><code>${password}</code></p>`
}

/** Whether a form wants a file, and a file is of use: one with a password to show comes by a link. */
export async function asFile({ form, perform }: PageRequest, kind: ProfileKind): Promise<boolean> {
  return form?.get('as') === 'file' && !(await perform('profile.kinds', {})).withPassword.includes(kind)
}

/** A profile as a file for the browser. */
export function fileAnswer({ fileName, profile }: ProfileFile): PageAnswer {
  return { kind: 'file', type: 'application/x-apple-aspen-config', name: fileName, content: once(Buffer.from(profile, 'base64')) }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes)
}

/** The part of the user's page that leads here. */
export async function ownPhoneSection({ perform, csrf }: PageRequest): Promise<Part> {
  const { kinds } = await perform('profile.kinds', {})
  const certificates = await perform('me.certificates', {})
  return html`<div class="after columns two">
    ${kinds.length > 0 && section('Set up a phone', setUpForm(kinds, null, csrf))}
    ${certificates.length > 0 && section('Certificates', certificateTable(certificates))}
  </div>`
}

function setUpForm(kinds: readonly ProfileKind[], chosen: string | null, csrf: string): Html {
  const body = [
    html`<p>An iPhone or iPad takes your account from a profile: nothing has to be typed.</p>`,
    kindField(kinds, chosen),
    html`<div class="buttons">
      ${button('Show the link and QR code', { tone: 'first', name: 'as', value: 'link' })}
      ${button('Download here', { name: 'as', value: 'file' })}
    </div>`,
  ]
  return postForm(ownPhonePath, csrf, body)
}

const states: Readonly<Record<OwnCertificate['state'], Html>> = {
  good: badge('good', 'Good'),
  ended: badge('plain', 'Over'),
  revoked: badge('bad', 'Revoked'),
}

const revokePath = (serial: string) => pathOf('me', 'certificates', serial, 'revoke')

function certificateTable(certificates: readonly OwnCertificate[]): Html {
  return table({
    caption: 'Your certificates',
    rows: certificates,
    empty: 'You have none.',
    columns: [
      { title: 'Made', kind: 'name', cell: ({ issuedAt }) => moment(issuedAt) },
      { title: 'State', cell: ({ state }) => states[state] },
      { title: 'Good until', cell: ({ validUntil }) => moment(validUntil) },
      { title: 'Number', kind: 'text', cell: ({ serial }) => html`<code>${serial.slice(0, 12)}…</code>` },
      {
        title: '',
        kind: 'act',
        cell: ({ serial, state }) =>
          state === 'good' && linkButton(revokePath(serial), html`Revoke …<span class="unseen"> ${serial.slice(0, 12)}</span>`, 'danger'),
      },
    ],
  })
}

async function setUpPage(request: PageRequest, refused: string | null = null): Promise<PageAnswer> {
  const { kinds } = await request.perform('profile.kinds', {})
  const body =
    kinds.length === 0
      ? html`<p>Profiles are not made here. Add your account by hand: your address and password are all a phone needs.</p>`
      : setUpForm(kinds, request.form?.get('kind') ?? null, request.csrf)
  return page(request, { title: 'Set up a phone', current: '/me', body, refused })
}

async function make(request: PageRequest): Promise<PageAnswer> {
  const kind = kindOf(request.form)
  if (await asFile(request, kind)) return fileAnswer(await request.perform('me.profile.create', { kind }))
  return linkPage(request, await request.perform('me.profile.link', { kind }))
}

/** The one page that ever shows it. */
function linkPage(request: PageRequest, link: ProfileLink): PageAnswer {
  const body = [linkShown(link), linkButton('/me', 'Go back')]
  return page(request, { title: 'Set up a phone', current: '/me', body })
}

async function revokePage(request: PageRequest): Promise<PageAnswer> {
  const serial = request.params['serial'] ?? ''
  const found = (await request.perform('me.certificates', {})).find((each) => each.serial === serial)
  if (found === undefined || found.state !== 'good') return { kind: 'redirect', to: '/me', said: 'That certificate is not good any more.' }
  const body = html`<p>
      The phone that has this certificate, made ${moment(found.issuedAt)}, gets nothing any more: not until you set it up again. This cannot
      be taken back.
    </p>
    ${postForm(
      revokePath(serial),
      request.csrf,
      html`<div class="buttons">${button('Revoke this certificate', { tone: 'final' })} ${linkButton('/me', 'Go back')}</div>`,
    )}`
  return page(request, { title: 'Revoke a certificate?', current: '/me', body })
}

export const ownPhoneRoutes: readonly PageRoute[] = [
  { method: 'GET', path: ownPhonePath, roles, handle: (request) => setUpPage(request) },
  {
    method: 'POST',
    path: ownPhonePath,
    roles,
    handle: (request) =>
      trying(
        () => make(request),
        (refused) => setUpPage(request, refused),
      ),
  },
  { method: 'GET', path: '/me/certificates/:serial/revoke', roles, handle: (request) => revokePage(request) },
  {
    method: 'POST',
    path: '/me/certificates/:serial/revoke',
    roles,
    handle: async ({ perform, params }) => {
      await perform('me.certificate.revoke', { serial: params['serial'] ?? '' })
      return { kind: 'redirect', to: '/me', said: 'The certificate is revoked.' }
    },
  },
]
