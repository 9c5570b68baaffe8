// What a policy comes to, before it is in force: what it changes, whom it asks, and what the clients people have make of it.
import type { ActionOutput } from '../actions.ts'
import { badge, type Tone } from './badge.ts'
import { html, type Html, type Part } from './html.ts'
import { facts, section, table } from './table.ts'

export type Preview = ActionOutput<'policy.preview'>
type RuleForecast = Preview['rules'][number]
type Known = RuleForecast['clients']['ios']

const treatments: Readonly<Record<Known['treatment'], readonly [tone: Tone, words: string]>> = {
  honoured: ['good', 'Honoured'],
  ignored: ['warn', 'Ignored'],
  refused: ['bad', 'Refused'],
  unknown: ['plain', 'Not known'],
}

function treatment({ treatment: what, note, source }: Known): Part {
  const [tone, words] = treatments[what]
  return html`${badge(tone, words)} ${note !== null && html`<span class="under">${note}</span>`}
  ${what !== 'unknown' && !source.evidence && html`<span class="under">${source.text}</span>`}`
}

/** What it changes. */
export function changesSection({ changes }: Preview): Html {
  return section(
    'What changes',
    table({
      caption: 'What changes',
      rows: changes,
      empty: 'Nothing: the policy stays as it is.',
      columns: [
        { title: 'What', kind: 'name', cell: ({ title }) => title },
        { title: 'Before', cell: ({ before }) => before ?? html`<span class="soft">no such policy</span>` },
        { title: 'After', cell: ({ after }) => html`<b>${after}</b>` },
      ],
    }),
  )
}

/** Whom it concerns, and what to look out for. */
export function effectSection({ accounts, devices, askedAgain, keptOut, cautions }: Preview): Html {
  return section('Whom it concerns', [
    facts([
      ['Accounts with this policy', accounts],
      ['Their phones', devices],
      ['Asked to accept it again', askedAgain],
      ['Kept out from now on', keptOut > 0 ? html`<b>${keptOut}</b> ${badge('bad', 'Look at this')}` : 0],
    ]),
    cautions.length > 0 &&
      html`<ul class="cautions">
        ${cautions.map((caution) => html`<li>${badge('warn', 'Caution')} ${caution}</li>`)}
      </ul>`,
  ])
}

/** What phones make of it. */
export function clientsSection({ clients, rules, untold }: Preview): Html {
  const told = untold.filter((each) => each.rules.length > 0)
  const titleOf = (name: string) => rules.find(({ rule }) => rule === name)?.title ?? name
  return section('What phones make of it', [
    html`<div class="columns three">
      ${clients.map(
        ({ title, sentences }) =>
          html`<div>
            <h3>${title}</h3>
            <ul>
              ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
            </ul>
          </div>`,
      )}
    </div>`,
    table({
      caption: 'Rule by rule',
      rows: rules,
      empty: 'It asks nothing of a phone.',
      columns: [
        {
          title: 'Rule',
          kind: 'name',
          cell: ({ title, words, since }) => html`${title} <span class="under">${words}, since ${since}</span>`,
        },
        { title: 'iPhone, iPad', cell: (rule) => treatment(rule.clients.ios) },
        { title: 'Android', cell: (rule) => treatment(rule.clients.android) },
        { title: 'Outlook', cell: (rule) => treatment(rule.clients.outlook) },
      ],
    }),
    told.map(
      (each) => html`<p class="soft">A phone that speaks ${each.version} is never told of: ${each.rules.map(titleOf).join(', ')}.</p>`,
    ),
  ])
}
