// One page of a long list, and the links to the others.
import { html, type Html } from './html.ts'

export interface Slice<Row> {
  readonly rows: readonly Row[]
  /** Counts from 1; a page that is not there is the last one. */
  readonly page: number
  readonly pages: number
  readonly total: number
  /** The number of the first row, from 1; 0 where there is none. */
  readonly first: number
}

export function sliceOf<Row>(all: readonly Row[], page: number, size: number): Slice<Row> {
  const pages = Math.max(1, Math.ceil(all.length / size))
  const chosen = Math.min(Math.max(1, page), pages)
  const start = (chosen - 1) * size
  return { rows: all.slice(start, start + size), page: chosen, pages, total: all.length, first: all.length === 0 ? 0 : start + 1 }
}

/** A number of a query; `otherwise` for whatever is none. */
export function numberOf(text: string | null, otherwise: number): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : otherwise
}

/** "51–100 of 312 devices". */
export function range({ rows, first, total }: Slice<unknown>, noun: string): string {
  const count = total.toLocaleString('en-GB')
  return rows.length === total ? `${count} ${noun}${total === 1 ? '' : 's'}` : `${first}–${first + rows.length - 1} of ${count} ${noun}s`
}

/** Nothing where there is one page only. */
export function pageLinks({ page, pages }: Slice<unknown>, linkTo: (page: number) => string): Html | false {
  if (pages === 1) return false
  const link = (to: number, words: string, rel: string) =>
    to < 1 || to > pages ? html`<span class="soft">${words}</span>` : html`<a rel="${rel}" href="${linkTo(to)}">${words}</a>`
  return html`<nav class="pages" aria-label="Pages of this list">
    ${link(page - 1, '← Previous', 'prev')}
    <span>Page ${page} of ${pages}</span>
    ${link(page + 1, 'Next →', 'next')}
  </nav>`
}
