// Client certificates of our own authority: which there are, and putting one out.
import { revocationReasons, type RevocationReason } from '../../model/certificate.ts'
import { helpers, staff } from '../action.ts'
import type { AuthorityView } from '../certificate-authority.ts'
import type { CertificateView } from '../certificates.ts'
import { badge, type Tone } from './badge.ts'
import { button, linkButton, postForm, selectField, type Option } from './field.ts'
import { html, type Html } from './html.ts'
import { page } from './layout.ts'
import { numberOf, pageLinks, range, sliceOf } from './paging.ts'
import { accountPath, pathOf, withQuery } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { facts, section, table } from './table.ts'
import { moment } from './time.ts'
import { trying } from './trying.ts'

const path = '/certificates'
const rowsOnPage = 50
const revokePath = (serial: string) => pathOf('certificates', serial, 'revoke')

const reasonWords: Readonly<Record<RevocationReason, string>> = {
  unspecified: 'No reason given',
  keyCompromise: 'The device or its key is in other hands',
  affiliationChanged: 'The person moved',
  superseded: 'There is another certificate',
  cessationOfOperation: 'The device is not in use any more',
  privilegeWithdrawn: 'The person may not sync any more',
}
const reasonOptions: readonly Option[] = revocationReasons.map((reason) => [reason, reasonWords[reason]])
const reasonOf = (text: string | null | undefined): RevocationReason => revocationReasons.find((reason) => reason === text) ?? 'unspecified'

const states: Readonly<Record<CertificateView['state'], readonly [tone: Tone, words: string]>> = {
  good: ['good', 'Good'],
  ended: ['plain', 'Ended'],
  revoked: ['bad', 'Revoked'],
}

function authoritySection(authority: AuthorityView | null): Html {
  if (authority === null) {
    return html`<p class="empty">There is no authority for client certificates yet: <code>easel ca init</code> makes one.</p>`
  }
  return section(
    'The authority',
    facts([
      ['Name', html`<bdi>${authority.name}</bdi>`],
      ['Signed by', authority.signedBy ?? 'itself'],
      ['Good until', moment(authority.validUntil)],
      ['Its certificates', authority.logsIn ? 'log phones in' : 'log nobody in until certificates.mode is accept or require'],
      ['Fingerprint (SHA-256)', html`<code>${authority.fingerprint}</code>`],
      ['List of revoked certificates', html`<code>${authority.listUrl}</code>`],
    ]),
  )
}

function certificatesTable(rows: readonly CertificateView[], mayRevoke: boolean): Html {
  return table({
    caption: 'Client certificates',
    rows,
    empty: 'No certificate was issued.',
    columns: [
      { title: 'Account', kind: 'name', cell: ({ account }) => html`<a href="${accountPath(account)}"><bdi>${account}</bdi></a>` },
      { title: 'Device', cell: ({ device }) => device ?? html`<span class="soft">any</span>` },
      {
        title: 'State',
        cell: ({ state, revokedAt, revokedBy }) => [
          badge(...states[state]),
          revokedAt !== null && html` <span class="under">${moment(revokedAt)} by <bdi>${revokedBy}</bdi></span>`,
        ],
      },
      { title: 'Good until', cell: ({ validUntil }) => moment(validUntil) },
      { title: 'Issued', cell: ({ issuedAt, issuedBy }) => html`${moment(issuedAt)} <span class="under">by <bdi>${issuedBy}</bdi></span>` },
      { title: 'Serial number', kind: 'text', cell: ({ serial }) => html`<code>${serial}</code>` },
      {
        title: '',
        kind: 'act',
        cell: ({ serial, state, account }) =>
          mayRevoke &&
          state === 'good' &&
          linkButton(revokePath(serial), html`Revoke …<span class="unseen"> the certificate of ${account}</span>`, 'danger'),
      },
    ],
  })
}

async function listPage(request: PageRequest): Promise<PageAnswer> {
  const { query, perform, actor } = request
  const state = query.get('state') === 'all' ? 'all' : 'good'
  const slice = sliceOf(await perform('ca.list', { state }), numberOf(query.get('page'), 1), rowsOnPage)
  const { authority } = await perform('ca.show', {})
  const body = [
    html`<p>A certificate lets a phone in without a password. One that is revoked lets nobody in any more, at once.</p>`,
    authoritySection(authority),
    html`<p>
      ${range(slice, 'certificate')} ·
      ${state === 'good' ? html`<a href="${withQuery(path, { state: 'all' })}">Show those revoked and ended too</a>` : html`<a href="${path}">Show good ones only</a>`}
    </p>`,
    certificatesTable(slice.rows, helpers.includes(actor.role)),
    pageLinks(slice, (to) => withQuery(path, { state, page: to })),
  ]
  return page(request, { title: 'Certificates', current: path, body })
}

async function revokePage(request: PageRequest, refused: string | null = null): Promise<PageAnswer> {
  const { serial, account, device, state } = await request.perform('ca.certificate', { serial: request.params['serial'] ?? '' })
  const whose = html`<bdi>${account}</bdi>${device !== null && html`, for the device <code>${device}</code>`}`
  const form = postForm(revokePath(serial), request.csrf, [
    selectField({ label: 'Reason', name: 'reason', value: reasonOf(request.form?.get('reason')), options: reasonOptions }),
    html`<div class="buttons">${button('Revoke this certificate', { tone: 'final' })} ${linkButton(path, 'Go back')}</div>`,
  ])
  const body =
    state === 'revoked'
      ? html`<p>It is revoked already.</p>
          ${linkButton(path, 'Go back')}`
      : html`<p>It is the certificate of ${whose}. Whoever is in by it is put out, and it is never good again.</p>
          ${form}`
  return page(request, { title: 'Revoke this certificate?', current: path, body, refused })
}

export const certificatesRoutes: readonly PageRoute[] = [
  { method: 'GET', path, roles: staff, handle: (request) => listPage(request) },
  { method: 'GET', path: '/certificates/:serial/revoke', roles: helpers, handle: (request) => revokePage(request) },
  {
    method: 'POST',
    path: '/certificates/:serial/revoke',
    roles: helpers,
    handle: (request) =>
      trying(
        async () => {
          const { perform, params, form } = request
          await perform('ca.revoke', { serial: params['serial'] ?? '', reason: reasonOf(form?.get('reason')) })
          return { kind: 'redirect', to: path, said: 'The certificate is revoked.' }
        },
        (refused) => revokePage(request, refused),
      ),
  },
]
