// The first page: how many of what there are, how busy the server is, and what wants looking at.
import { staff } from '../action.ts'
import type { ActionOutput } from '../actions.ts'
import { badge } from './badge.ts'
import { countChart, minuteChart } from './chart.ts'
import { html, type Html, type Part } from './html.ts'
import { page, part } from './layout.ts'
import { devicePath, withQuery } from './paths.ts'
import { pauseNote, refreshing } from './refresh.ts'
import type { PageRoute } from './route.ts'
import { section, table } from './table.ts'
import { moment } from './time.ts'

type Figures = ActionOutput<'overview.show'>

function tile(to: string, count: number, words: string, tone: '' | 'warn' = ''): Html {
  return html`<li>
    <a class="tile ${count > 0 ? tone : ''}" href="${to}"><b>${count.toLocaleString('en-GB')}</b> <span>${words}</span></a>
  </li>`
}

function tiles(figures: Figures): Html {
  return html`<ul class="tiles">
    ${tile('/devices', figures.devices, 'devices')}
    ${tile(withQuery('/devices', { waits: 'yes' }), figures.parked, 'waiting for changes now')}
    ${tile('/accounts', figures.accounts, 'accounts')}
    ${tile(withQuery('/devices', { access: 'quarantined' }), figures.quarantined, 'in quarantine', 'warn')}
    ${tile(withQuery('/devices', { access: 'blocked' }), figures.blocked, 'blocked')}
    ${tile(withQuery('/wipes', { show: 'open' }), figures.openWipes, 'open wipes', 'warn')}
    ${tile('/queue', figures.queue, 'messages in the queue')}
  </ul>`
}

/** A link to a device, as alarms and errors name it. */
function deviceLink({ account, device }: { readonly account: string; readonly device: string }): Html {
  return html`<a href="${devicePath({ account, id: device })}">${device}</a> <span class="under"><bdi>${account}</bdi></span>`
}

function alarms({ alarms: rows }: Figures): Html {
  const shown = table({
    caption: 'Phones in a circle',
    rows,
    empty: 'No phone runs in a circle.',
    columns: [
      { title: 'Device', kind: 'name', cell: deviceLink },
      { title: 'Cause', cell: ({ cause }) => [badge('bad', 'Alarm'), ' ', cause] },
      { title: 'Times', kind: 'number', cell: ({ count }) => count },
      { title: 'Since', cell: ({ since }) => moment(since, 'ago') },
      { title: 'Last', cell: ({ lastAt }) => moment(lastAt, 'ago') },
    ],
  })
  return section('Alarms', shown, { intro: 'Phones that ask the same thing again and again. The server slows them down.' })
}

const sprayed = { accounts: 'Many accounts from one network', password: 'One password over many accounts' } as const

/** Nothing where nobody sprays. */
function sprayings({ sprayings: rows }: Figures): Part {
  if (rows.length === 0) return null
  const shown = table({
    caption: 'Password spraying',
    rows,
    empty: '',
    columns: [
      { title: 'What', kind: 'name', cell: ({ kind }) => [badge('bad', 'Alarm'), ' ', sprayed[kind]] },
      { title: 'From', kind: 'text', cell: ({ networks }) => networks.join(', ') },
      { title: 'People tried', kind: 'number', cell: ({ tried }) => tried },
      {
        title: 'Came in meanwhile',
        kind: 'text',
        cell: ({ opened }) => (opened.length === 0 ? 'nobody' : html`<bdi>${opened.join(', ')}</bdi>`),
      },
      { title: 'Since', cell: ({ since }) => moment(since, 'ago') },
      { title: 'Last', cell: ({ lastAt }) => moment(lastAt, 'ago') },
    ],
  })
  return section('Passwords are being guessed', shown, {
    intro: 'Strangers in these networks wait longer and longer. Phones in use are not touched. Ask whoever came in whether it was they.',
  })
}

function errors({ errors: rows }: Figures): Html {
  const shown = table({
    caption: 'The last errors',
    rows,
    empty: 'No request has failed since the server started.',
    columns: [
      { title: 'Device', kind: 'name', cell: deviceLink },
      { title: 'When', cell: ({ at }) => moment(at, 'ago') },
      { title: 'Command', cell: ({ command }) => command },
      { title: 'Error', cell: failureWords },
    ],
  })
  return section('Last errors', shown)
}

/** What went wrong, with the number the phone was told. */
export function failureWords({
  failure,
  status,
  detail,
}: {
  readonly failure: string
  readonly status: number | null
  readonly detail: string | null
}): Part {
  return [failure, status !== null && ` (status ${status})`, detail !== null && detail !== '' && html`<span class="under">${detail}</span>`]
}

/** What renews itself. */
export function figuresPart(figures: Figures, still: boolean): Html {
  return html`<div id="figures" ${refreshing('/', 10, still)}>
    ${tiles(figures)}
    <div class="columns three">
      ${minuteChart('Pushes per minute', figures.pushesPerMinute)} ${minuteChart('Requests per minute', figures.requestsPerMinute)}
      ${minuteChart('Errors per minute', figures.errorsPerMinute, 'bad')}
    </div>
    ${sprayings(figures)} ${alarms(figures)} ${errors(figures)}
    <div class="columns three">
      <section class="card" aria-label="Protocol versions">
        ${countChart('Protocol versions', figures.versions, (version) => withQuery('/devices', { version }))}
      </section>
      <section class="card" aria-label="Models">${countChart('Models', figures.models, (q) => withQuery('/devices', { q }))}</section>
      <section class="card" aria-label="Operating systems">
        ${countChart('Operating systems', figures.systems, (q) => withQuery('/devices', { q }))}
      </section>
    </div>
    <p class="soft">Counted since ${moment(figures.since)}.</p>
  </div>`
}

export const overviewRoutes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/',
    roles: staff,
    handle: async (request) => {
      const figures = await request.perform('overview.show', {})
      const still = request.query.has('still')
      const shown = figuresPart(figures, still)
      return request.isPart ? part(shown) : page(request, { title: 'Overview', current: '/', body: [shown, pauseNote('/', still)] })
    },
  },
]
