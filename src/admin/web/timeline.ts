// The live timeline of a device: what its trace notes, while one runs.
import { helpers } from '../action.ts'
import type { ActionOutput } from '../actions.ts'
import { actButton, button, postForm, selectField, type Option } from './field.ts'
import { html, type Html } from './html.ts'
import { numberOf } from './paging.ts'
import { deviceOf, devicePath } from './paths.ts'
import { refreshing } from './refresh.ts'
import type { PageRoute } from './route.ts'
import { section } from './table.ts'
import { moment } from './time.ts'

type Timeline = ActionOutput<'device.timeline'>
interface Target {
  readonly account: string
  readonly id: string
}

const spans: readonly Option[] = [
  ['15', '15 minutes'],
  ['60', 'One hour'],
  ['240', 'Four hours'],
  ['1440', 'A day'],
]
const minutesByDefault = '15'

/** What renews itself while the trace runs. */
export function timelinePart(device: Target, { running, until, lines }: Timeline, still: boolean): Html {
  const empty = running ? 'Nothing yet. What the phone asks appears here.' : 'No trace runs.'
  return html`<div id="timeline-lines" ${running && refreshing(devicePath(device, 'timeline'), 2, still)}>
    ${running && until !== null && html`<p>The trace runs until ${moment(until)}.</p>`}
    ${
      lines.length === 0
        ? html`<p class="empty">${empty}</p>`
        : html`<div class="lines" role="log" aria-live="off" aria-label="Timeline" tabindex="0">
            ${lines.map((line) => html`<p>${line}</p>`)}
          </div>`
    }
  </div>`
}

/** With a token there are buttons. */
export function timelineSection(device: Target, timeline: Timeline, csrf: string | null, still: boolean): Html {
  const start = html`${selectField({ label: 'For how long', name: 'minutes', value: minutesByDefault, options: spans })}
  ${button('Start a trace')}`
  return section(
    'Timeline',
    [
      timelinePart(device, timeline, still),
      csrf !== null &&
        (timeline.running
          ? actButton(devicePath(device, 'untrace'), csrf, 'Stop the trace')
          : postForm(devicePath(device, 'trace'), csrf, start, 'line')),
    ],
    { intro: 'A trace notes what the phone asks and what it is told. Subjects, texts and names are masked.' },
  )
}

export const timelineRoutes: readonly PageRoute[] = [
  {
    method: 'POST',
    path: '/devices/:account/:device/trace',
    roles: helpers,
    handle: async ({ perform, params, form }) => {
      const choice = deviceOf(params)
      await perform('trace.start', { ...choice, minutes: numberOf(form?.get('minutes') ?? null, Number(minutesByDefault)) })
      return { kind: 'redirect', to: `${devicePath({ account: choice.account, id: choice.device })}#timeline`, said: 'The trace runs.' }
    },
  },
  {
    method: 'POST',
    path: '/devices/:account/:device/untrace',
    roles: helpers,
    handle: async ({ perform, params }) => {
      const choice = deviceOf(params)
      await perform('trace.stop', choice)
      return { kind: 'redirect', to: devicePath({ account: choice.account, id: choice.device }), said: 'The trace has ended.' }
    },
  },
]
