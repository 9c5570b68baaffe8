// The page that asks for a remote wipe of a device.
import { helpers } from '../action.ts'
import { html } from './html.ts'
import { page } from './layout.ts'
import { accountPath, deviceOf, devicePath } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { moment } from './time.ts'
import { trying } from './trying.ts'
import { wipeForm, wipeOf } from './wipe-form.ts'

async function asking(request: PageRequest, refused?: string): Promise<PageAnswer> {
  const { perform, actor, csrf, form } = request
  const device = await perform('device.show', deviceOf(request.params))
  if (device.wipe !== null) return { kind: 'redirect', to: devicePath(device), said: 'A wipe of this phone is under way.' }
  const { approval } = await perform('wipe.rules', {})
  const shown = wipeForm({
    device,
    csrf,
    refused,
    needsApproval: approval,
    back: devicePath(device),
    renamePath: `${devicePath(device)}#name-of-the-phone`,
    action: devicePath(device, 'wipe'),
    mayWipeAll: actor.role === 'administrator',
    chosen: form === null ? undefined : wipeOf(form).scope,
  })
  const body = html`<p>
      A phone of <a href="${accountPath(device.account)}"><bdi>${device.account}</bdi></a
      >, last seen ${moment(device.lastSeen)}.
    </p>
    ${shown}`
  return page(request, { title: `Wipe ${device.name}?`, current: '/devices', body, refused: refused ?? null })
}

export const deviceWipeRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/devices/:account/:device/wipe', roles: helpers, handle: (request) => asking(request) },
  {
    method: 'POST',
    path: '/devices/:account/:device/wipe',
    roles: helpers,
    handle: (request) =>
      trying(
        async () => {
          const choice = deviceOf(request.params)
          const { state } = await request.perform('device.wipe', { ...choice, ...wipeOf(request.form) })
          const said = state === 'awaiting' ? 'The wipe waits for a second administrator.' : 'The wipe was requested.'
          return { kind: 'redirect', to: devicePath({ account: choice.account, id: choice.device }), said }
        },
        (refused) => asking(request, refused),
      ),
  },
]
