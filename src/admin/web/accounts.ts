// The list of accounts, and the form that adds one.
import { administrators, staff } from '../action.ts'
import type { AccountView } from '../accounts.ts'
import { badge } from './badge.ts'
import { button, linkButton, postForm, textField } from './field.ts'
import { html, type Html } from './html.ts'
import { page, part } from './layout.ts'
import { numberOf, pageLinks, range, sliceOf } from './paging.ts'
import { accountPath, policyPath, withQuery } from './paths.ts'
import { searching } from './refresh.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { table } from './table.ts'
import { trying } from './trying.ts'

const pageRows = 50

export function accountBadge({ disabled, barred }: AccountView): Html {
  if (barred !== null) return badge('bad', `Out: ${barred}`)
  return disabled ? badge('bad', 'Disabled') : badge('good', 'Enabled')
}

function fits({ address, addresses, displayName, groups, policyInForce }: AccountView, words: readonly string[]): boolean {
  const text = [address, displayName, policyInForce, ...addresses, ...groups].join('\n').toLowerCase()
  return words.every((word) => text.includes(word))
}

function foundPart(all: readonly AccountView[], q: string, number: number): Html {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const slice = sliceOf(
    all.filter((account) => fits(account, words)),
    number,
    pageRows,
  )
  const list = table({
    caption: 'Accounts',
    rows: slice.rows,
    empty: all.length === 0 ? 'There is no account yet.' : 'No account fits this search.',
    columns: [
      {
        title: 'Account',
        kind: 'name',
        cell: ({ address, displayName }) =>
          html`<a class="clip" href="${accountPath(address)}"><bdi>${address}</bdi></a>
            <span class="under clip"><bdi>${displayName}</bdi></span>`,
      },
      { title: 'State', cell: accountBadge },
      { title: 'Policy', cell: ({ policyInForce }) => html`<a href="${policyPath(policyInForce)}">${policyInForce}</a>` },
      {
        title: 'Groups',
        cell: ({ groups }) =>
          groups.length === 0 ? html`<span class="soft">none</span>` : html`<span class="clip"><bdi>${groups.join(', ')}</bdi></span>`,
      },
      { title: 'Devices', cell: ({ address }) => html`<a href="${withQuery('/devices', { q: address })}">Show</a>` },
    ],
  })
  return html`<p role="status">${range(slice, 'account')}</p>
    ${list} ${pageLinks(slice, (to) => withQuery('/accounts', { q, page: to }))}`
}

function addPage(request: PageRequest, refused?: string): PageAnswer {
  const { csrf, form } = request
  const body = postForm('/add-account', csrf, [
    textField({ label: 'Address', name: 'address', type: 'email', value: form?.get('address') ?? '', required: true, trouble: refused }),
    textField({ label: 'Name', name: 'name', value: form?.get('name') ?? '', maxLength: 256, hint: 'As it is shown to other people.' }),
    textField({ label: 'Password', name: 'password', type: 'password', required: true, autocomplete: 'new-password' }),
    html`<div class="buttons">${button('Add the account', { tone: 'first' })} ${linkButton('/accounts', 'Go back')}</div>`,
  ])
  return page(request, { title: 'Add an account', current: '/accounts', body, refused: refused ?? null })
}

export const accountsRoutes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/accounts',
    roles: staff,
    handle: async (request) => {
      const q = (request.query.get('q') ?? '').slice(0, 200)
      const found = foundPart(await request.perform('account.list', {}), q, numberOf(request.query.get('page'), 1))
      if (request.isPart) return part(found)
      const body = html`<form class="filter" role="search" method="get" action="/accounts" ${searching('/accounts', '#found')}>
          ${textField({ label: 'Search', name: 'q', type: 'search', value: q, placeholder: 'Address, name, group …', spellcheck: false })}
          <div class="buttons">
            ${button('Search', { tone: 'first' })}
            ${request.actor.role === 'administrator' && linkButton('/add-account', 'Add an account …')}
          </div>
        </form>
        <div id="found">${found}</div>`
      return page(request, { title: 'Accounts', current: '/accounts', body })
    },
  },
  { method: 'GET', path: '/add-account', roles: administrators, handle: (request) => Promise.resolve(addPage(request)) },
  {
    method: 'POST',
    path: '/add-account',
    roles: administrators,
    handle: (request) =>
      trying(
        async () => {
          const { form, perform } = request
          const name = form?.get('name')?.trim() ?? ''
          const { address } = await perform('account.add', {
            address: form?.get('address') ?? '',
            password: form?.get('password') ?? '',
            ...(name === '' ? {} : { name }),
          })
          return { kind: 'redirect', to: accountPath(address), said: 'The account was added.' }
        },
        (refused) => addPage(request, refused),
      ),
  },
]
