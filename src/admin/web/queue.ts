// The outbound queue: mail on its way out, and why it is still here.
import { staff } from '../action.ts'
import { html } from './html.ts'
import { page } from './layout.ts'
import { numberOf, pageLinks, range, sliceOf } from './paging.ts'
import { accountPath, withQuery } from './paths.ts'
import type { PageRoute } from './route.ts'
import { table } from './table.ts'
import { moment } from './time.ts'

const pageRows = 50
/** A message may go to hundreds of people. */
const recipientsShown = 5

export const queueRoutes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/queue',
    roles: staff,
    handle: async (request) => {
      const slice = sliceOf(await request.perform('queue.list', {}), numberOf(request.query.get('page'), 1), pageRows)
      const list = table({
        caption: 'Mail on its way out',
        rows: slice.rows,
        empty: 'The queue is empty: everything was handed on.',
        columns: [
          {
            title: 'Message',
            kind: 'name',
            cell: ({ number, queuedAt }) => html`${number} <span class="under">${moment(queuedAt, 'ago')}</span>`,
          },
          {
            title: 'From',
            kind: 'text',
            cell: ({ from, account }) => [
              html`<a href="${accountPath(account)}"><bdi>${account}</bdi></a>`,
              from === '' && html`<span class="under">answered by itself</span>`,
              from !== '' && from !== account && html`<span class="under">as <bdi>${from}</bdi></span>`,
            ],
          },
          {
            title: 'To',
            kind: 'text',
            cell: ({ recipients }) => [
              html`<bdi>${recipients.slice(0, recipientsShown).join(', ')}</bdi>`,
              recipients.length > recipientsShown && ` and ${recipients.length - recipientsShown} others`,
            ],
          },
          { title: 'Tries', kind: 'number', cell: ({ attempts }) => attempts },
          { title: 'Due', cell: ({ nextAttemptAt }) => moment(nextAttemptAt, 'ago') },
          { title: 'Last error', cell: ({ lastError }) => lastError ?? html`<span class="soft">none</span>` },
        ],
      })
      const body = html`<p>${range(slice, 'message')}</p>
        ${list} ${pageLinks(slice, (to) => withQuery('/queue', { page: to }))}`
      return page(request, { title: 'Outbound queue', current: '/queue', body })
    },
  },
]
