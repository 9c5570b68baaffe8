// The user's own page: his phones, what each did last, and what to do when one is lost.
import type { ActionOutput } from '../actions.ts'
import { roles } from '../../model/actor.ts'
import { ownAbsenceSection } from './absence.ts'
import { badge } from './badge.ts'
import { actButton, button, linkButton, postForm, textField } from './field.ts'
import { html, type Html, type Part } from './html.ts'
import { page } from './layout.ts'
import { deviceOf, idSegment, pathOf } from './paths.ts'
import { numberOf } from './paging.ts'
import { ownPhoneSection } from './own-phone.ts'
import { appPasswordSection } from './me-app-passwords.ts'
import { ownRecoveryPath } from './recovery.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { moment } from './time.ts'
import { trying } from './trying.ts'
import { ownWhereaboutsSection } from './whereabouts.ts'
import { wipeForm, wipeOf } from './wipe-form.ts'
import { wipeLine } from './wipe-line.ts'

type Own = ActionOutput<'me.devices'>[number]
type Wipe = ActionOutput<'me.wipes'>[number]

const ownPath = (id: string, ...below: readonly string[]) => pathOf('me', 'devices', idSegment(id), ...below)

/** How the phone stands, in words for its owner. */
function standing({ access, wipe, accessBasis }: Own): Part {
  if (wipe !== null) return badge('warn', 'Is being wiped')
  if (accessBasis === 'wiped') return badge('plain', 'Was wiped')
  if (access === 'allowed') return badge('good', 'Works')
  if (access === 'blocked') return badge('bad', 'Blocked by your administrator')
  return badge('warn', 'Waits for your administrator')
}

function card(device: Own, wipes: readonly Wipe[], csrf: string): Html {
  const { id, name, model, type, os, lastSeen, parked, wipe, accessReason, recoveryPasswordAt } = device
  const open = wipe === null ? undefined : wipes.find((each) => each.id === wipe.id)
  const kind = [model ?? type, os].filter(Boolean).join(', ')
  return html`<li class="card phone">
    <h2 class="clip"><bdi>${name}</bdi></h2>
    <p class="soft clip"><bdi>${kind}</bdi></p>
    <p>${standing(device)}</p>
    <p>Last active ${moment(lastSeen, 'ago')}${parked && '. It is connected now'}.</p>
    ${open !== undefined && wipeLine(open, csrf, pathOf('me', 'wipes', String(open.id), 'cancel'))}
    ${recoveryPasswordAt !== null && recoveryNote(id, csrf)}
    <div class="buttons">
      ${linkButton(ownPath(id, 'rename'), html`Rename<span class="unseen"> ${name}</span>`)}
      ${wipe === null && accessReason !== 'wiped' && linkButton(ownPath(id, 'wipe'), html`I lost it …<span class="unseen"> ${name}</span>`, 'danger')}
    </div>
  </li>`
}

function recoveryNote(id: string, csrf: string): Html {
  return html`<details>
    <summary>I forgot its passcode</summary>
    <p>The phone left a spare passcode here. It is shown once: have the phone at hand.</p>
    ${actButton(ownRecoveryPath(id), csrf, 'Show the spare passcode')}
  </details>`
}

async function ownPage(request: PageRequest): Promise<PageAnswer> {
  const { perform, csrf } = request
  const devices = await perform('me.devices', {})
  const wipes = await perform('me.wipes', {})
  const phones =
    devices.length === 0
      ? html`<p>No phone has connected to your account yet. Add your account on a phone, and it appears here.</p>`
      : html`<p>These phones get your mail, calendars, contacts, tasks and notes. Did you lose one? Then wipe it here.</p>
          <ul class="phones">
            ${devices.toSorted((a, b) => (a.lastSeen < b.lastSeen ? 1 : -1)).map((device) => card(device, wipes, csrf))}
          </ul>`
  const self = html`<div class="after columns two">${await ownAbsenceSection(request)} ${await ownWhereaboutsSection(request)}</div>`
  const body = [phones, await ownPhoneSection(request), await appPasswordSection(request), self]
  return page(request, { title: 'My phones', current: '/me', body })
}

/** One of the actor's own devices; null if there is none of this id. */
async function ownDevice({ perform, params }: PageRequest): Promise<Own | null> {
  const { device } = deviceOf(params)
  return (await perform('me.devices', {})).find(({ id }) => id === device) ?? null
}

const gone: PageAnswer = { kind: 'redirect', to: '/me', said: 'That phone is not here any more.' }

async function renamePage(request: PageRequest, refused: string | null = null): Promise<PageAnswer> {
  const device = await ownDevice(request)
  if (device === null) return gone
  const body = postForm(ownPath(device.id, 'rename'), request.csrf, [
    textField({
      label: 'Name',
      name: 'label',
      value: request.form?.get('label') ?? device.label,
      maxLength: 100,
      hint: html`Empty: the name the phone gives itself.`,
    }),
    html`<div class="buttons">${button('Rename', { tone: 'first' })} ${linkButton('/me', 'Go back')}</div>`,
  ])
  return page(request, { title: `Rename ${device.name}`, current: '/me', body, refused })
}

async function wipePage(request: PageRequest, refused?: string): Promise<PageAnswer> {
  const device = await ownDevice(request)
  if (device === null) return gone
  if (device.wipe !== null) return { kind: 'redirect', to: '/me', said: 'A wipe of this phone is under way.' }
  const shown = wipeForm({
    device,
    refused,
    csrf: request.csrf,
    back: '/me',
    action: ownPath(device.id, 'wipe'),
    renamePath: ownPath(device.id, 'rename'),
    mayWipeAll: true,
    // A lost phone cannot wait for somebody else to agree.
    needsApproval: false,
    chosen: request.form === null ? undefined : wipeOf(request.form).scope,
  })
  const body = html`<p>Last active ${moment(device.lastSeen, 'ago')}. If you only mislaid it, look for it first.</p>
    ${shown}`
  return page(request, { title: `Did you lose ${device.name}?`, current: '/me', body, refused: refused ?? null })
}

export const meRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/me', roles, handle: ownPage },
  { method: 'GET', path: '/me/devices/:device/rename', roles, handle: (request) => renamePage(request) },
  {
    method: 'POST',
    path: '/me/devices/:device/rename',
    roles,
    handle: (request) =>
      trying(
        async () => {
          const label = request.form?.get('label')?.trim() ?? ''
          await request.perform('me.rename', { device: deviceOf(request.params).device, label: label === '' ? null : label })
          return { kind: 'redirect', to: '/me', said: 'The phone has a new name.' }
        },
        (refused) => renamePage(request, refused),
      ),
  },
  { method: 'GET', path: '/me/devices/:device/wipe', roles, handle: (request) => wipePage(request) },
  {
    method: 'POST',
    path: '/me/devices/:device/wipe',
    roles,
    handle: (request) =>
      trying(
        async () => {
          await request.perform('me.wipe', { device: deviceOf(request.params).device, ...wipeOf(request.form) })
          return { kind: 'redirect', to: '/me', said: 'The wipe was requested. The phone is told as soon as it connects.' }
        },
        (refused) => wipePage(request, refused),
      ),
  },
  {
    method: 'POST',
    path: '/me/wipes/:id/cancel',
    roles,
    handle: async ({ perform, params }) => {
      await perform('me.cancel', { id: numberOf(params['id'] ?? null, 0) })
      return { kind: 'redirect', to: '/me', said: 'The wipe was taken back.' }
    },
  },
]
