// Tables that become cards where the screen is narrow, and the list of facts about one thing.
import { html, isEmpty, type Html, type Part } from './html.ts'

export interface Column<Row> {
  /** Stands above the column, and before the value on a card; empty for a column of boxes or buttons. */
  readonly title: string
  /** In place of the title above the column: a link that sorts. */
  readonly head?: Html
  /** `name`: it names the row. `text`: it needs room. `number`: digits stand below digits. `act`: boxes and buttons. */
  readonly kind?: 'name' | 'text' | 'number' | 'act'
  readonly sorted?: 'ascending' | 'descending' | undefined
  readonly cell: (row: Row) => Part
}

export interface Table<Row> {
  /** What the table shows; read aloud, and shown only where `shown` says so. */
  readonly caption: string
  readonly shown?: boolean
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  /** The sentence where there is no row. */
  readonly empty: string
}

/** The roles say again what a narrow screen's `display: block` makes browsers forget. */
export function table<Row>({ caption, shown = false, columns, rows, empty }: Table<Row>): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`
  const heads = columns.map(
    ({ title, head, kind = '', sorted }) =>
      html`<th role="columnheader" scope="col" class="${kind}" aria-sort="${sorted ?? 'none'}">
        ${head ?? (title === '' ? html`<span class="unseen">Choice</span>` : title)}
      </th>`,
  )
  return html`<table role="table">
    <caption class="${shown ? '' : 'unseen'}">
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${heads}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map(
        (row) =>
          html`<tr role="row">
            ${columns.map((column) => cell(column, row))}
          </tr>`,
      )}
    </tbody>
  </table>`
}

function cell<Row>({ title, kind, cell: shown }: Column<Row>, row: Row): Html {
  const label = title !== '' && html`data-label="${title}"`
  return kind === 'name'
    ? html`<th role="rowheader" scope="row" class="name"><div>${shown(row)}</div></th>`
    : html`<td role="cell" class="${kind ?? ''}" ${label}><div>${shown(row)}</div></td>`
}

export type Fact = readonly [name: string, value: Part]

/** What is known of one thing: a term and its value each. */
export function facts(known: readonly (Fact | false)[]): Html {
  return html`<dl class="facts">
    ${known.map(
      (fact) =>
        fact !== false &&
        html`<div>
          <dt>${fact[0]}</dt>
          <dd>${isEmpty(fact[1]) ? html`<span class="soft">not known</span>` : fact[1]}</dd>
        </div>`,
    )}
  </dl>`
}

/** A part of a page under its own heading. */
export function section(title: string, body: Part, options: { readonly id?: string; readonly intro?: Part } = {}): Html {
  const id = options.id ?? title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return html`<section class="card" aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${options.intro !== undefined && html`<p class="intro">${options.intro}</p>`} ${body}
  </section>`
}
