// The recovery passcode a phone has left with the server: it is shown once, on a page that asks first.
import { roles } from '../../model/actor.ts'
import { helpers } from '../action.ts'
import { actButton, linkButton } from './field.ts'
import { html, type Html } from './html.ts'
import { page } from './layout.ts'
import { deviceOf, devicePath, idSegment, pathOf } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { section } from './table.ts'
import { moment } from './time.ts'

/** Where the page leads on to, and what it belongs to in the menu. */
interface Place {
  readonly back: string
  readonly current: string
}

/** The button that asks for it, where there is one. */
export function recoverySection(at: string | null, action: string, csrf: string): Html | false {
  return (
    at !== null &&
    section('Recovery passcode', [
      html`<p>
        The phone left a spare passcode here on ${moment(at)}. It opens the phone for somebody who forgot his own. It is shown once, and the
        audit log says to whom.
      </p>`,
      actButton(action, csrf, 'Show it once', { tone: 'danger' }),
    ])
  )
}

function shown(request: PageRequest, recoveryPassword: string, { back, current }: Place): PageAnswer {
  const body = html`<p>Type this on the locked phone. The phone then asks for a new passcode.</p>
    <p class="secret"><code>${recoveryPassword}</code></p>
    <p>It is not shown again, and the server has forgotten it.</p>
    ${linkButton(back, 'I have it')}`
  return page(request, { title: 'Recovery passcode', current, body })
}

/** Where an owner asks for that of his phone. */
export const ownRecoveryPath = (id: string) => pathOf('me', 'devices', idSegment(id), 'recovery')

export const recoveryRoutes: readonly PageRoute[] = [
  {
    method: 'POST',
    path: '/devices/:account/:device/recovery',
    roles: helpers,
    handle: async (request) => {
      const choice = deviceOf(request.params)
      const { recoveryPassword } = await request.perform('device.password', choice)
      return shown(request, recoveryPassword, { back: devicePath({ account: choice.account, id: choice.device }), current: '/devices' })
    },
  },
  {
    method: 'POST',
    path: '/me/devices/:device/recovery',
    roles,
    handle: async (request) => {
      const { recoveryPassword } = await request.perform('me.password', { device: deviceOf(request.params).device })
      return shown(request, recoveryPassword, { back: '/me', current: '/me' })
    },
  },
]
