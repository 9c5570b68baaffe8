// The audit log: read, filtered, checked, taken away.
import type { ActionOutput } from '../actions.ts'
import { badge } from './badge.ts'
import { button, linkButton, textField } from './field.ts'
import { html, type Html, type Part } from './html.ts'
import { page } from './layout.ts'
import { numberOf } from './paging.ts'
import { withQuery } from './paths.ts'
import type { PageRequest, PageRoute } from './route.ts'
import { table } from './table.ts'
import { moment } from './time.ts'

type Entry = ActionOutput<'audit.list'>[number]

const roles: PageRoute['roles'] = ['administrator', 'auditor']
const pageRows = 100

/** What an action was given, field by field. */
function details({ detail }: Entry): Part {
  return Object.entries(detail).map(
    ([name, value]) => html`<span class="detail">${name}: <bdi>${typeof value === 'string' ? value : JSON.stringify(value)}</bdi></span> `,
  )
}

function list(entries: readonly Entry[]): Html {
  return table({
    caption: 'Audit log, newest first',
    rows: entries,
    empty: 'No entry fits.',
    columns: [
      { title: 'Entry', kind: 'name', cell: ({ number, at }) => html`${number} <span class="under">${moment(at)}</span>` },
      {
        title: 'Who',
        kind: 'text',
        cell: ({ actor, role, origin }) =>
          html`<bdi>${actor}</bdi> <span class="under">${role}${origin !== null && `, from ${origin}`}</span>`,
      },
      { title: 'What', cell: ({ action, detail }) => html`<code>${action}</code> ${'failed' in detail && badge('bad', 'Failed')}` },
      {
        title: 'To what',
        kind: 'text',
        cell: ({ target }) => (target === null ? html`<span class="soft">–</span>` : html`<bdi>${target}</bdi>`),
      },
      { title: 'Details', kind: 'text', cell: details },
    ],
  })
}

async function verdict({ perform }: PageRequest): Promise<Html> {
  const { broken } = await perform('audit.verify', {})
  return broken === null
    ? html`<p class="said" role="status">${badge('good', 'Whole')} Every entry fits the one before it. Nothing was changed or removed.</p>`
    : html`<p class="refused" role="alert">${badge('bad', 'Broken')} The log was changed at entry ${broken.number}: ${broken.reason}</p>`
}

const filters = ['actor', 'action', 'target'] as const

/** The whole log, one JSON document in each line. */
async function* exported({ perform }: PageRequest): AsyncGenerator<string> {
  let from = 1
  for (;;) {
    const entries = await perform('audit.export', { from })
    const last = entries.at(-1)
    if (last === undefined) return
    yield entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
    from = last.number + 1
  }
}

export const auditRoutes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/audit',
    roles,
    handle: async (request) => {
      const { query, perform } = request
      const words = Object.fromEntries(filters.map((name) => [name, (query.get(name) ?? '').slice(0, 64)]))
      const given = Object.fromEntries(Object.entries(words).filter(([, value]) => value !== ''))
      const before = numberOf(query.get('before'), 0)
      const entries = await perform('audit.list', { ...given, ...(before === 0 ? {} : { before }), limit: pageRows })
      const last = entries.at(-1)
      const body = html`<form class="filter" role="search" method="get" action="/audit">
          ${textField({ label: 'Who', name: 'actor', value: words['actor'] ?? '', spellcheck: false })}
          ${textField({ label: 'What', name: 'action', value: words['action'] ?? '', placeholder: 'device.wipe', spellcheck: false })}
          ${textField({ label: 'To what', name: 'target', value: words['target'] ?? '', spellcheck: false })}
          <div class="buttons">
            ${button('Search', { tone: 'first' })} ${linkButton('/audit?verify=yes', 'Check the log')}
            ${linkButton('/audit/export', 'Export as JSON lines')}
          </div>
        </form>
        ${query.has('verify') && (await verdict(request))} ${list(entries)}
        <nav class="pages" aria-label="Pages of this list">
          ${before > 0 && html`<a href="${withQuery('/audit', words)}">← Newest</a>`}
          ${
            last !== undefined &&
            entries.length === pageRows &&
            last.number > 1 &&
            html`<a rel="next" href="${withQuery('/audit', { ...words, before: last.number })}">Older →</a>`
          }
        </nav>`
      return page(request, { title: 'Audit log', current: '/audit', body })
    },
  },
  {
    method: 'GET',
    path: '/audit/export',
    roles,
    handle: (request) =>
      Promise.resolve({ kind: 'file', type: 'application/jsonl', name: 'easel-audit.jsonl', content: exported(request) }),
  },
]
