// Charts drawn on the server as SVG: each says in words what it shows, for whoever cannot see it.
import { html, type Html } from './html.ts'

/** What is counted, by name. */
export interface Count {
  readonly name: string
  readonly count: number
}

const height = 100
const barWidth = 8
const barStep = 10

/** One bar for each minute, oldest first. `tone` chooses the colour; the words carry the meaning. */
export function minuteChart(title: string, values: readonly number[], tone: 'calm' | 'bad' = 'calm'): Html {
  const most = Math.max(...values, 0)
  const total = values.reduce((sum, value) => sum + value, 0)
  const last = values.at(-1) ?? 0
  const spoken = `${title}, minute by minute for the last ${values.length} minutes: ${last} in the last one, ${most} at most, ${total} in all.`
  const bars = values.map((value, at) => {
    // The smallest bar is still to be seen.
    const size = value === 0 ? 0 : Math.max(2, (value / most) * height)
    return size > 0 && html`<rect x="${at * barStep}" y="${round(height - size)}" width="${barWidth}" height="${round(size)}" />`
  })
  return html`<figure class="chart ${tone}">
    <figcaption><b>${title}</b> <span class="soft">${last} now, ${most} at most, ${total} in an hour</span></figcaption>
    <svg role="img" aria-label="${spoken}" viewBox="0 0 ${values.length * barStep} ${height}" preserveAspectRatio="none">${bars}</svg>
    <p class="axis" aria-hidden="true"><span>${values.length} minutes ago</span><span>now</span></p>
  </figure>`
}

const shownMax = 8
/** What the overview calls those that have no name, and those it counted together: no search finds either. */
const [nameless, together] = ['unknown', 'others'] as const

/** How many there are of each name: the most frequent ones, and the rest together. The numbers stand beside the bars. */
export function countChart(title: string, counts: readonly Count[], link: (name: string) => string): Html {
  const sorted = counts.filter(({ name }) => name !== together).toSorted((a, b) => b.count - a.count)
  const others = [...sorted.slice(shownMax), ...counts.filter(({ name }) => name === together)]
  const rest = others.reduce((sum, { count }) => sum + count, 0)
  const most = Math.max(...sorted.map(({ count }) => count), rest, 1)
  const rows = sorted.slice(0, shownMax).map(({ name, count }) => {
    return countRow(name === nameless ? html`${name}` : html`<a href="${link(name)}"><bdi>${name}</bdi></a>`, count, most)
  })
  if (counts.length === 0) return html`<p class="empty">Nothing to count yet.</p>`
  return html`<table class="bars">
    <caption>
      ${title}
    </caption>
    <tbody>
      ${rows} ${rest > 0 && countRow(html`<span class="soft">${together}</span>`, rest, most)}
    </tbody>
  </table>`
}

function countRow(name: Html, count: number, most: number): Html {
  return html`<tr>
    <th scope="row">${name}</th>
    <td class="bar">
      <svg aria-hidden="true" width="100%" height="12"><rect width="${round((count / most) * 100)}%" height="12" rx="2" /></svg>
    </td>
    <td class="number">${count}</td>
  </tr>`
}

const round = (value: number) => Math.round(value * 10) / 10
