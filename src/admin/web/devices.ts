// The list of devices: searched, filtered, sorted, in pages, and changed many at a time.
import type { Actor } from '../../model/actor.ts'
import { helpers, staff } from '../action.ts'
import type { DeviceView } from '../device-view.ts'
import { accessBadge, badge, complianceBadge, wipeUnderWay } from './badge.ts'
import { bulkButtons, deviceKey } from './bulk.ts'
import { choices, filterOf, found, orders, wordsOf, type DeviceFilter, type Order } from './device-filter.ts'
import { button, linkButton, postForm, rowBox, selectField, textField } from './field.ts'
import { html, type Html, type Part } from './html.ts'
import { page, part } from './layout.ts'
import { numberOf, pageLinks, range, sliceOf } from './paging.ts'
import { accountPath, devicePath, withQuery } from './paths.ts'
import { searching } from './refresh.ts'
import type { PageRoute } from './route.ts'
import { table, type Column } from './table.ts'
import { moment } from './time.ts'

const pageRows = 50

/** What a device is, under its name. */
function kindOf({ model, type, os }: DeviceView): string {
  return [model ?? type, os].filter(Boolean).join(', ')
}

export function nameCell(device: DeviceView): Html {
  return html`<a class="clip" href="${devicePath(device)}"><bdi>${device.name}</bdi></a>
    <span class="under clip"><bdi>${kindOf(device)}</bdi></span>`
}

/** Access, and a wipe where there is one. */
export function stateCell({ access, wipe, accessBasis }: DeviceView): Part {
  return html`<span class="badges"
    >${accessBadge(access)} ${wipe !== null && wipeUnderWay(wipe.state)} ${accessBasis === 'wiped' && badge('plain', 'Wiped')}</span
  >`
}

function seenCell({ lastSeen, parked }: DeviceView): Part {
  return html`<span class="badges">${moment(lastSeen, 'ago')} ${parked && badge('plain', 'Waits for changes')}</span>`
}

/** The columns every list of devices has. */
export function deviceColumns(options: { readonly withAccount: boolean }): Column<DeviceView>[] {
  const account: Column<DeviceView> = {
    title: 'Account',
    kind: 'text',
    cell: ({ account }) => html`<a class="clip" href="${accountPath(account)}"><bdi>${account}</bdi></a>`,
  }
  return [
    { title: 'Device', kind: 'name', cell: nameCell },
    ...(options.withAccount ? [account] : []),
    { title: 'Access', cell: stateCell },
    { title: 'Policy', cell: ({ compliance, policy }) => html`${complianceBadge(compliance)} <span class="under clip">${policy}</span>` },
    { title: 'Version', cell: ({ version }) => version ?? html`<span class="soft">not known</span>` },
    { title: 'Last seen', cell: seenCell },
  ]
}

const sortOf: Readonly<Record<string, Order>> = {
  Device: 'name',
  Account: 'account',
  Access: 'access',
  Policy: 'policy',
  Version: 'version',
  'Last seen': 'seen',
}

/** Links that sort stand above the columns. */
function sorting(column: Column<DeviceView>, filter: DeviceFilter): Column<DeviceView> {
  const sort = sortOf[column.title]
  if (sort === undefined) return column
  const direction = sort === 'seen' ? 'descending' : 'ascending'
  const isChosen = filter.sort === sort
  return {
    ...column,
    head: html`<a href="${withQuery('/devices', wordsOf({ ...filter, sort }))}">${column.title}</a>${
        isChosen && html`<span aria-hidden="true"> ${direction === 'ascending' ? '↑' : '↓'}</span>`
      }`,
    sorted: isChosen ? direction : undefined,
  }
}

/** On a narrow screen the filters lie in a drawer, which is open while one of them is set. */
function filterForm(filter: DeviceFilter): Html {
  const { access, policy, version, wipe, waits } = filter
  const isOpen = [access, policy, version, wipe, waits].some((value) => value !== '')
  return html`<form class="filter" role="search" method="get" action="/devices" ${searching('/devices', '#found')}>
    ${textField({ label: 'Search', name: 'q', type: 'search', value: filter.q, placeholder: 'Name, account, model, id …', spellcheck: false })}
    ${selectField({ label: 'Sort by', name: 'sort', value: filter.sort, options: Object.entries(orders) })}
    <div class="buttons">${button('Search', { tone: 'first' })} ${linkButton('/devices', 'Show all')}</div>
    <details class="more" ${isOpen && html`open`}>
      <summary>Filters</summary>
      <div>
        ${selectField({ label: 'Access', name: 'access', value: access, options: choices.access })}
        ${selectField({ label: 'Policy', name: 'policy', value: policy, options: choices.policy })}
        ${selectField({ label: 'Version', name: 'version', value: version, options: choices.version })}
        ${selectField({ label: 'Wipe', name: 'wipe', value: wipe, options: choices.wipe })}
        ${selectField({ label: 'Connection', name: 'waits', value: waits, options: choices.waits })}
      </div>
    </details>
  </form>`
}

/** What a search finds. */
function foundPart(all: readonly DeviceView[], filter: DeviceFilter, number: number, actor: Actor, csrf: string): Html {
  const slice = sliceOf(found(all, filter), number, pageRows)
  const canChange = helpers.includes(actor.role)
  const columns = deviceColumns({ withAccount: true }).map((column) => sorting(column, filter))
  const box: Column<DeviceView> = {
    title: '',
    kind: 'act',
    cell: (device) => rowBox('device', deviceKey(device), `Choose ${device.name}`),
  }
  const list = table({
    caption: 'Devices',
    columns: canChange ? [box, ...columns] : columns,
    rows: slice.rows,
    empty: all.length === 0 ? 'No phone has connected yet.' : 'No device fits this search.',
  })
  const links = pageLinks(slice, (to) => withQuery('/devices', { ...wordsOf(filter), page: to }))
  return html`<p class="count" role="status">${range(slice, 'device')}</p>
    ${canChange && slice.total > 0 ? postForm('/bulk', csrf, [list, bulkButtons()], 'bulk') : list} ${links}`
}

export const devicesRoutes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/devices',
    roles: staff,
    handle: async (request) => {
      const { query, actor, csrf } = request
      const filter = filterOf(query)
      const shown = foundPart(await request.perform('device.list', {}), filter, numberOf(query.get('page'), 1), actor, csrf)
      if (request.isPart) return part(shown)
      return page(request, { title: 'Devices', current: '/devices', body: [filterForm(filter), html`<div id="found">${shown}</div>`] })
    },
  },
]
