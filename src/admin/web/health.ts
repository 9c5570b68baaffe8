// The health of the server: what was checked, and the traces that run.
import { staff } from '../action.ts'
import { badge } from './badge.ts'
import { html } from './html.ts'
import { page, part } from './layout.ts'
import { devicePath } from './paths.ts'
import { pauseNote, refreshing } from './refresh.ts'
import type { PageRequest, PageRoute } from './route.ts'
import { section, table } from './table.ts'
import { moment } from './time.ts'

async function shown({ perform, query }: PageRequest) {
  const { checks } = await perform('health.show', {})
  const traces = await perform('trace.list', {})
  const wrong = checks.filter(({ ok }) => !ok).length
  return html`<div id="health" ${refreshing('/health', 10, query.has('still'))}>
    <p role="status">${wrong === 0 ? badge('good', 'Everything is well.') : badge('bad', `${wrong} of ${checks.length} checks failed.`)}</p>
    ${section(
      'Checks',
      table({
        caption: 'Checks',
        rows: checks,
        empty: 'Nothing was checked.',
        columns: [
          { title: 'What', kind: 'name', cell: ({ name }) => name },
          { title: 'State', cell: ({ ok }) => (ok ? badge('good', 'Well') : badge('bad', 'Not well')) },
          { title: 'Details', cell: ({ detail }) => detail },
        ],
      }),
    )}
    ${section(
      'Traces that run',
      table({
        caption: 'Traces that run',
        rows: traces,
        empty: 'No trace runs.',
        columns: [
          {
            title: 'Device',
            kind: 'name',
            cell: ({ account, device }) =>
              html`<a href="${devicePath({ account, id: device })}#timeline">${device}</a>
                <span class="under"><bdi>${account}</bdi></span>`,
          },
          { title: 'Until', cell: ({ until }) => moment(until) },
          { title: 'File on the server', cell: ({ file }) => html`<code>${file}</code>` },
        ],
      }),
    )}
  </div>`
}

export const healthRoutes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/health',
    roles: staff,
    handle: async (request) => {
      const body = await shown(request)
      return request.isPart
        ? part(body)
        : page(request, { title: 'Health', current: '/health', body: [body, pauseNote('/health', request.query.has('still'))] })
    },
  },
]
