// Where somebody is and when he works: the form, for himself and for an administrator.
import { administrators } from '../action.ts'
import type { ActionInput } from '../actions.ts'
import { weekdays, type WhereaboutsView, type WorkingHoursView } from '../working-hours.ts'
import { roles } from '../../model/actor.ts'
import { button, checkField, linkButton, postForm, textField } from './field.ts'
import { html, type Html } from './html.ts'
import { page } from './layout.ts'
import { accountPath, pathOf } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { facts, section } from './table.ts'
import { trying } from './trying.ts'

type Change = ActionInput<'me.whereabouts.set'>

const ownPath = pathOf('me', 'whereabouts')
const titled = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

/** Working hours in words. */
export function hoursWords(hours: WorkingHoursView | null): string {
  return hours === null ? 'not said' : `${hours.days.map(titled).join(', ')}, ${hours.start} to ${hours.end}`
}

function whereaboutsForm(view: WhereaboutsView, server: string, path: string, back: string, request: PageRequest): Html {
  const { form, csrf } = request
  const { days, start, end } = view.workingHours ?? { days: [], start: '', end: '' }
  return postForm(path, csrf, [
    textField({
      label: 'Time zone',
      name: 'timeZone',
      value: form?.get('timeZone') ?? view.timeZone,
      maxLength: 64,
      list: 'time-zones',
      placeholder: server,
      hint: 'Such as Europe/Berlin. Empty: where the server is.',
    }),
    html`<datalist id="time-zones">${Intl.supportedValuesOf('timeZone').map((zone) => html`<option value="${zone}"></option>`)}</datalist>`,
    html`<fieldset>
      <legend>Working hours</legend>
      <p class="hint">
        To others who look for a time to meet, all other hours are out of office. No day: nothing is said of working hours.
      </p>
      ${weekdays.map((day) =>
        checkField({
          label: titled(day),
          name: 'days',
          id: day,
          value: day,
          checked: form === null ? days.includes(day) : form.getAll('days').includes(day),
        }),
      )}
      ${textField({ label: 'From', name: 'start', type: 'time', value: form?.get('start') ?? start })}
      ${textField({ label: 'To', name: 'end', type: 'time', value: form?.get('end') ?? end })}
    </fieldset>`,
    html`<div class="buttons">${button('Save', { tone: 'first' })} ${linkButton(back, 'Go back')}</div>`,
  ])
}

/** The form as the action takes it. A browser has no way to say 24:00. */
function changeOf(form: URLSearchParams | null): Change {
  const text = (name: string) => form?.get(name)?.trim() ?? ''
  const days = weekdays.filter((day) => form?.getAll('days').includes(day) === true)
  const end = text('end')
  return {
    timeZone: text('timeZone') === '' ? null : text('timeZone'),
    workingHours: days.length === 0 ? null : { days, start: text('start'), end: end === '00:00' ? '24:00' : end },
  }
}

function shown({ timeZone, workingHours }: WhereaboutsView, path: string, mayChange: boolean): Html {
  return section('Time zone and working hours', [
    facts([
      ['Time zone', timeZone ?? 'where the server is'],
      ['Works', hoursWords(workingHours)],
    ]),
    mayChange && linkButton(path, 'Change'),
  ])
}

/** For the user's page. */
export async function ownWhereaboutsSection({ perform }: PageRequest): Promise<Html> {
  return shown(await perform('me.whereabouts', {}), ownPath, true)
}

/** For an account's page. */
export function accountWhereaboutsSection(view: WhereaboutsView & { readonly address: string }, { actor }: PageRequest): Html {
  return shown(view, accountPath(view.address, 'whereabouts'), administrators.includes(actor.role))
}

async function ownPage(request: PageRequest, refused: string | null = null): Promise<PageAnswer> {
  const view = await request.perform('me.whereabouts', {})
  const body = whereaboutsForm(view, view.timeZoneInForce, ownPath, '/me', request)
  return page(request, { title: 'Time zone and working hours', current: '/me', body, refused })
}

async function accountPage(request: PageRequest, refused: string | null = null): Promise<PageAnswer> {
  const view = await request.perform('account.show', { address: request.params['account'] ?? '' })
  const { address } = view
  const body = whereaboutsForm(view, '', accountPath(address, 'whereabouts'), accountPath(address), request)
  return page(request, { title: `Time zone and working hours: ${address}`, current: '/accounts', body, refused })
}

export const whereaboutsRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/me/whereabouts', roles, handle: (request) => ownPage(request) },
  {
    method: 'POST',
    path: '/me/whereabouts',
    roles,
    handle: (request) =>
      trying(
        async () => {
          await request.perform('me.whereabouts.set', changeOf(request.form))
          return { kind: 'redirect', to: '/me', said: 'Your time zone and working hours are kept.' }
        },
        (refused) => ownPage(request, refused),
      ),
  },
  { method: 'GET', path: '/accounts/:account/whereabouts', roles: administrators, handle: (request) => accountPage(request) },
  {
    method: 'POST',
    path: '/accounts/:account/whereabouts',
    roles: administrators,
    handle: (request) =>
      trying(
        async () => {
          const address = request.params['account'] ?? ''
          await request.perform('account.set', { address, ...changeOf(request.form) })
          return { kind: 'redirect', to: accountPath(address), said: 'The time zone and the working hours are kept.' }
        },
        (refused) => accountPage(request, refused),
      ),
  },
]
