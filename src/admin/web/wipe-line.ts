// How far a wipe has come: three steps with their times, and who asked.
import type { WipeView } from '../wipe-view.ts'
import { scopeWords, wipeBadge } from './badge.ts'
import { actButton } from './field.ts'
import { html, type Html, type Part } from './html.ts'
import { moment } from './time.ts'

interface Step {
  readonly words: string
  readonly state: 'done' | 'now' | 'later' | 'bad'
  readonly under: Part
}

const spoken = { done: 'done: ', now: 'waiting: ', later: 'not yet: ', bad: 'failed: ' } as const
const signs = { done: '✓', now: '…', later: '', bad: '✕' } as const

function stepsOf({ state, requestedAt, approvedBy, approvedAt, deliveredAt, endedAt, reason }: WipeView): Step[] {
  const requested: Step = {
    words: 'Requested',
    state: state === 'awaiting' ? 'now' : 'done',
    under: [
      moment(requestedAt),
      state === 'awaiting' && html`<br />A second administrator has to agree.`,
      approvedBy !== null && html`<br />Approved by <bdi>${approvedBy}</bdi>${approvedAt !== null && [', ', moment(approvedAt)]}`,
    ],
  }
  if (state === 'cancelled') {
    return [
      requested,
      { words: 'Taken back', state: 'done', under: [endedAt !== null && moment(endedAt), reason !== null && html`<br />${reason}`] },
    ]
  }
  const delivered: Step =
    deliveredAt === null
      ? {
          words: 'Delivered',
          state: state === 'failed' ? 'bad' : state === 'requested' ? 'now' : 'later',
          under: state === 'requested' ? 'The phone is told as soon as it connects.' : null,
        }
      : { words: 'Delivered', state: 'done', under: moment(deliveredAt) }
  return [requested, delivered, lastStep({ state, endedAt, reason, isDelivered: deliveredAt !== null })]
}

function lastStep(known: Pick<WipeView, 'state' | 'endedAt' | 'reason'> & { readonly isDelivered: boolean }): Step {
  const { state, endedAt, reason, isDelivered } = known
  const at = endedAt !== null && moment(endedAt)
  if (state === 'acknowledged') return { words: 'Acknowledged', state: 'done', under: at }
  if (state === 'failed') return { words: 'Failed', state: 'bad', under: [at, reason !== null && html`<br />${reason}`] }
  return { words: 'Acknowledged', state: isDelivered ? 'now' : 'later', under: isDelivered ? 'The phone has not answered yet.' : null }
}

/** The steps of one wipe, and the button that takes it back where `cancelPath` leads. */
export function wipeLine(wipe: WipeView, csrf: string, cancelPath: string | null): Html {
  const { scope, state, requestedBy, requestedFrom, cancellable } = wipe
  return html`<div class="wipe">
    <p>
      <b>${scopeWords[scope]}</b> ${wipeBadge(state)}<br />
      <span class="soft">Asked by <bdi>${requestedBy}</bdi>${requestedFrom !== null && html` from ${requestedFrom}`}</span>
    </p>
    <ol class="steps">
      ${stepsOf(wipe).map(
        ({ words, state: step, under }) =>
          html`<li class="${step}">
            <span class="sign" aria-hidden="true">${signs[step]}</span>
            <b><span class="unseen">${spoken[step]}</span>${words}</b>
            <span class="under">${under}</span>
          </li>`,
      )}
    </ol>
    ${cancelPath !== null && cancellable && actButton(cancelPath, csrf, 'Take the wipe back')}
  </div>`
}
