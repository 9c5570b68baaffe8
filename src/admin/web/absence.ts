// Out of office: the form in which somebody says it of himself, or the help desk of somebody who cannot.
import { helpers } from '../action.ts'
import type { AbsenceReplyView, AbsenceView } from '../absences.ts'
import type { ActionInput } from '../actions.ts'
import { isoTime, localTime } from '../local-time.ts'
import { htmlToText } from '../../format/html-text.ts'
import { audiences, type Audience } from '../../model/absence.ts'
import { roles } from '../../model/actor.ts'
import { badge } from './badge.ts'
import { areaField, button, checkField, linkButton, postForm, selectField, textField, type Option } from './field.ts'
import { html, type Html, type Part } from './html.ts'
import { page } from './layout.ts'
import { accountPath, pathOf } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { section } from './table.ts'
import { moment } from './time.ts'
import { trying } from './trying.ts'

type Change = ActionInput<'me.absence.set'>

const ownPath = pathOf('me', 'absence')

const states: readonly Option[] = [
  ['off', 'I am here'],
  ['on', 'I am away until I say otherwise'],
  ['timed', 'I am away from … to …'],
]
const statesOfAnother: readonly Option[] = [
  ['off', 'Is here'],
  ['on', 'Is away until further notice'],
  ['timed', 'Is away from … to …'],
]

const titles: Readonly<Record<Audience, string>> = {
  internal: 'People of our organization',
  known: 'Others among the contacts',
  unknown: 'Everybody else',
}

/** Whom this server answers at all. */
function offered({ outside }: AbsenceView): readonly Audience[] {
  return audiences.filter((each) => each === 'internal' || outside === 'everybody' || (outside === 'contacts' && each === 'known'))
}

const plain = ({ type, text }: AbsenceReplyView) => (type === 'html' ? htmlToText(text) : text)

/** How it stands, in words. A text that is not switched on answers nobody, and its writer may think it does. */
function standing(view: AbsenceView): Part {
  const { away, state, start, end, replies } = view
  if (state === 'off') return badge('good', 'Here')
  const answers = offered(view).some((audience) => replies[audience].enabled && plain(replies[audience]).trim() !== '')
  const silence = answers ? '' : ' Nobody is answered: no answer is switched on.'
  if (start === null || end === null) return html`${badge('warn', 'Away')} until further notice.${silence}`
  return html`${badge('warn', away ? 'Away' : 'Will be away')} from ${moment(start)} to ${moment(end)}.${silence}`
}

function replyFields(audience: Audience, reply: AbsenceReplyView): Html {
  return html`<fieldset>
    <legend>${titles[audience]}</legend>
    ${checkField({ label: 'are answered', name: `${audience}-enabled`, checked: reply.enabled })}
    ${areaField({
      label: 'Answer',
      name: `${audience}-text`,
      value: plain(reply),
      rows: 5,
      ...(reply.type === 'html' ? { hint: 'It was written with formatting. What you change here becomes plain text.' } : {}),
    })}
  </fieldset>`
}

function absenceForm(view: AbsenceView, path: string, back: string, csrf: string, form: URLSearchParams | null): Html {
  const { state, start, end, timeZone, replies } = view
  const time = (iso: string | null) => (iso === null ? '' : localTime(iso, timeZone))
  return postForm(path, csrf, [
    selectField({
      label: 'Out of office',
      name: 'state',
      value: form?.get('state') ?? state,
      options: path === ownPath ? states : statesOfAnother,
    }),
    textField({ label: 'From', name: 'start', type: 'datetime-local', value: form?.get('start') ?? time(start) }),
    textField({
      label: 'To',
      name: 'end',
      type: 'datetime-local',
      value: form?.get('end') ?? time(end),
      hint: `By the clock of ${timeZone}.`,
    }),
    offered(view).map((audience) => replyFields(audience, form === null ? replies[audience] : replyIn(form, audience))),
    html`<div class="buttons">${button('Save', { tone: 'first' })} ${linkButton(back, 'Go back')}</div>`,
  ])
}

function replyIn(form: URLSearchParams, audience: Audience): AbsenceReplyView {
  return { enabled: form.has(`${audience}-enabled`), type: 'text', text: form.get(`${audience}-text`) ?? '' }
}

const sameText = (a: string, b: string) => a.replaceAll(/\r\n?/g, '\n').trim() === b.replaceAll(/\r\n?/g, '\n').trim()

/** What the form changes. A text that was left as it is keeps its formatting. */
function changeOf(view: AbsenceView, form: URLSearchParams): Change {
  const state = (['off', 'on', 'timed'] as const).find((each) => each === form.get('state')) ?? 'off'
  const said = offered(view).map((audience) => {
    const { enabled, text } = replyIn(form, audience)
    return [audience, sameText(text, plain(view.replies[audience])) ? { enabled } : { enabled, type: 'text' as const, text }] as const
  })
  const replies: NonNullable<Change['replies']> = Object.fromEntries(said)
  if (state !== 'timed') return { state, replies }
  const time = (name: string) => isoTime(form.get(name) ?? '', view.timeZone)
  return { state, start: time('start'), end: time('end'), replies }
}

/** For the user's page. */
export async function ownAbsenceSection({ perform }: PageRequest): Promise<Html> {
  const view = await perform('me.absence', {})
  return section('Out of office', [
    html`<p>${standing(view)}</p>
      <p class="soft">While you are away, whoever writes to you is answered once.</p>`,
    linkButton(ownPath, 'Change'),
  ])
}

/** For an account's page. */
export async function accountAbsenceSection({ perform, actor }: PageRequest, address: string): Promise<Html> {
  const view = await perform('account.absence', { address })
  return section('Out of office', [
    html`<p>${standing(view)}</p>`,
    helpers.includes(actor.role) && linkButton(accountPath(address, 'absence'), 'Change'),
  ])
}

async function ownPage(request: PageRequest, refused: string | null = null): Promise<PageAnswer> {
  const view = await request.perform('me.absence', {})
  const body = [
    html`<p>While you are away, whoever writes to you is answered once. Lists, programs and blind copies are not.</p>`,
    absenceForm(view, ownPath, '/me', request.csrf, request.form),
  ]
  return page(request, { title: 'Out of office', current: '/me', body, refused })
}

async function accountPage(request: PageRequest, refused: string | null = null): Promise<PageAnswer> {
  const address = request.params['account'] ?? ''
  const view = await request.perform('account.absence', { address })
  const body = absenceForm(view, accountPath(address, 'absence'), accountPath(address), request.csrf, request.form)
  return page(request, { title: `Out of office: ${address}`, current: '/accounts', body, refused })
}

export const absenceRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/me/absence', roles, handle: (request) => ownPage(request) },
  {
    method: 'POST',
    path: '/me/absence',
    roles,
    handle: (request) =>
      trying(
        async () => {
          const view = await request.perform('me.absence', {})
          await request.perform('me.absence.set', changeOf(view, request.form ?? new URLSearchParams()))
          return { kind: 'redirect', to: '/me', said: 'Your absence is kept as you said it.' }
        },
        (refused) => ownPage(request, refused),
      ),
  },
  { method: 'GET', path: '/accounts/:account/absence', roles: helpers, handle: (request) => accountPage(request) },
  {
    method: 'POST',
    path: '/accounts/:account/absence',
    roles: helpers,
    handle: (request) =>
      trying(
        async () => {
          const address = request.params['account'] ?? ''
          const view = await request.perform('account.absence', { address })
          await request.perform('account.absence.set', { address, ...changeOf(view, request.form ?? new URLSearchParams()) })
          return { kind: 'redirect', to: accountPath(address), said: 'The absence is kept.' }
        },
        (refused) => accountPage(request, refused),
      ),
  },
]
