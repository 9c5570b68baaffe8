// All wipes, newest first: how far each has come, agreeing to one, taking one back.
import { administrators, helpers, staff } from '../action.ts'
import type { ActionOutput } from '../actions.ts'
import { scopeWords, wipeBadge } from './badge.ts'
import { actButton, button, selectField, type Option } from './field.ts'
import { html, type Html, type Part } from './html.ts'
import { page } from './layout.ts'
import { numberOf, pageLinks, range, sliceOf } from './paging.ts'
import { accountPath, devicePath, pathOf, withQuery } from './paths.ts'
import type { PageRequest, PageRoute } from './route.ts'
import { table, type Column } from './table.ts'
import { moment } from './time.ts'

type Wipe = ActionOutput<'wipe.list'>[number]

const pageRows = 50
const shows: readonly Option[] = [
  ['', 'All wipes'],
  ['open', 'Under way'],
  ['awaiting', 'Waiting for approval'],
]

function fits({ state }: Wipe, show: string): boolean {
  if (show === 'awaiting') return state === 'awaiting'
  return show !== 'open' || state === 'awaiting' || state === 'requested' || state === 'delivered' || state === 'failed'
}

function lastMove({ state, endedAt, deliveredAt, approvedAt, approvedBy, requestedAt, reason }: Wipe): Part {
  const at = endedAt ?? deliveredAt ?? approvedAt ?? requestedAt
  return html`${wipeBadge(state)}
    <span class="under">${moment(at)}${reason !== null && [', ', reason]}</span>
    ${approvedBy !== null && html`<span class="under">approved by <bdi>${approvedBy}</bdi></span>`}`
}

function buttons({ actor, csrf }: PageRequest): (wipe: Wipe) => Part {
  const isAdministrator = administrators.includes(actor.role)
  return ({ id, state, cancellable, requestedBy }) => [
    isAdministrator &&
      state === 'awaiting' &&
      requestedBy !== actor.name &&
      actButton(pathOf('wipes', String(id), 'approve'), csrf, 'Approve', { tone: 'danger', label: `Approve wipe ${id}` }),
    cancellable &&
      helpers.includes(actor.role) &&
      actButton(pathOf('wipes', String(id), 'cancel'), csrf, 'Take back', { label: `Take wipe ${id} back` }),
  ]
}

function list(wipes: readonly Wipe[], request: PageRequest): Html {
  const columns: Column<Wipe>[] = [
    {
      title: 'Phone',
      kind: 'name',
      cell: ({ account, device, name }) =>
        html`<a class="clip" href="${devicePath({ account, id: device })}"><bdi>${name}</bdi></a>
          <span class="under"
            ><a href="${accountPath(account)}"><bdi>${account}</bdi></a></span
          >`,
    },
    { title: 'Erases', cell: ({ scope }) => scopeWords[scope] },
    {
      title: 'Asked for',
      cell: ({ requestedBy, requestedFrom, requestedAt }) =>
        html`${moment(requestedAt)}
          <span class="under">by <bdi>${requestedBy}</bdi>${requestedFrom !== null && ` from ${requestedFrom}`}</span>`,
    },
    { title: 'State', cell: lastMove },
  ]
  const act: Column<Wipe> = { title: '', kind: 'act', cell: buttons(request) }
  return table({
    caption: 'Wipes',
    columns: helpers.includes(request.actor.role) ? [...columns, act] : columns,
    rows: wipes,
    empty: 'No wipe fits.',
  })
}

/** What a button of the list does; it is pressed on a device's page, too. */
function decide(what: 'approve' | 'cancel', roles: PageRoute['roles'], said: string): PageRoute {
  return {
    method: 'POST',
    path: `/wipes/:id/${what}`,
    roles,
    handle: async ({ perform, params }) => {
      const { account, device } = await perform(`wipe.${what}`, { id: numberOf(params['id'] ?? null, 0) })
      return { kind: 'redirect', to: devicePath({ account, id: device }), said }
    },
  }
}

export const wipesRoutes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/wipes',
    roles: staff,
    handle: async (request) => {
      const show = request.query.get('show') ?? ''
      const wipes = (await request.perform('wipe.list', {})).filter((wipe) => fits(wipe, show))
      const slice = sliceOf(wipes, numberOf(request.query.get('page'), 1), pageRows)
      const body = html`<form class="filter" method="get" action="/wipes">
          ${selectField({ label: 'Show', name: 'show', value: show, options: shows })}
          <div class="buttons">${button('Show')}</div>
        </form>
        <p>${range(slice, 'wipe')}</p>
        ${list(slice.rows, request)} ${pageLinks(slice, (to) => withQuery('/wipes', { show, page: to }))}`
      return page(request, { title: 'Wipes', current: '/wipes', body })
    },
  },
  decide('approve', administrators, 'You agreed to the wipe.'),
  decide('cancel', helpers, 'The wipe was taken back.'),
]
