// What can be done about one device: the buttons and forms of its page, and what each does.
import { administrators, helpers } from '../action.ts'
import type { DeviceView } from '../device-view.ts'
import type { DeviceDetails } from '../devices.ts'
import { actButton, button, hidden, linkButton, postForm, textField } from './field.ts'
import { html, type Html } from './html.ts'
import { page } from './layout.ts'
import { deviceOf, devicePath } from './paths.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { section, table, type Column } from './table.ts'
import { moment } from './time.ts'

export function canHelp({ actor }: PageRequest): boolean {
  return helpers.includes(actor.role)
}

/** Only what would change something. */
export function accessButtons(device: DeviceView, csrf: string): Html {
  const to = (act: string) => devicePath(device, act)
  const isIndividual = device.accessBasis === 'individual'
  const release = device.access === 'allowed' ? 'Always allow' : device.access === 'quarantined' ? 'Release from quarantine' : 'Allow'
  return html`<div class="buttons">
    ${!(device.access === 'allowed' && isIndividual) && actButton(to('allow'), csrf, release)}
    ${device.access !== 'blocked' && actButton(to('block'), csrf, 'Block', { tone: 'danger' })}
    ${device.access !== 'quarantined' && actButton(to('quarantine'), csrf, 'Quarantine')}
    ${isIndividual && actButton(to('judge'), csrf, 'Let the rules decide')}
  </div>`
}

type Collection = DeviceDetails['collections'][number]

/** What the phone holds; with a token there are buttons. */
export function collectionTable(device: DeviceDetails, csrf: string | null): Html {
  const again: Column<Collection> = {
    title: '',
    kind: 'act',
    cell: ({ folder, name }) =>
      csrf !== null &&
      actButton(devicePath(device, 'resync'), csrf, 'Sync afresh', {
        fields: hidden('folder', folder),
        label: `Sync ${name ?? folder} afresh`,
      }),
  }
  const columns: Column<Collection>[] = [
    {
      title: 'Folder',
      kind: 'name',
      cell: ({ name, folder }) => (name === null ? html`<code>${folder}</code>` : html`<bdi>${name}</bdi>`),
    },
    { title: 'Items', kind: 'number', cell: ({ items }) => items.toLocaleString('en-GB') },
    { title: 'Key', cell: ({ key, pending }) => [html`<code>${key}</code>`, pending.length > 0 && pendingKeys(pending)] },
    { title: 'Retries', kind: 'number', cell: ({ retries }) => retries },
    { title: 'Begun', cell: ({ createdAt }) => moment(createdAt, 'ago') },
    { title: 'Last used', cell: ({ usedAt }) => moment(usedAt, 'ago') },
  ]
  return section('Folders on the phone', [
    table({
      caption: 'Folders on the phone',
      columns: csrf === null ? columns : [...columns, again],
      rows: device.collections,
      empty: 'The phone has synced nothing yet.',
    }),
    csrf !== null && device.collections.length > 0 && actButton(devicePath(device, 'resync'), csrf, 'Sync everything afresh'),
  ])
}

function pendingKeys(pending: readonly string[]): Html {
  return html`<span class="under">sent, not confirmed: ${pending.map((key) => html`<code>${key}</code> `)}</span>`
}

/** Renaming and forgetting. */
export function otherForms(device: DeviceDetails, { csrf, actor }: PageRequest): Html {
  const rename = postForm(
    devicePath(device, 'rename'),
    csrf,
    [
      textField({
        label: 'Name',
        name: 'label',
        value: device.label,
        maxLength: 100,
        hint: 'What people know the phone by. Empty: the name it gives itself.',
      }),
      button('Rename'),
    ],
    'line',
  )
  const forget = html`<p>Forgetting removes the phone from this list. When it connects again it starts from the beginning.</p>
    ${linkButton(devicePath(device, 'forget'), 'Forget this phone …', 'danger')}`
  return html`${section('Name of the phone', rename)} ${administrators.includes(actor.role) && section('Forget', forget)}`
}

async function forgetPage(request: PageRequest): Promise<PageAnswer> {
  const device = await request.perform('device.show', deviceOf(request.params))
  const body = html`<p>
      Easel forgets the phone <b><bdi>${device.name}</bdi></b> of <bdi>${device.account}</bdi>, and what it has synced. Nothing is erased on
      the phone, and no mail is lost.
    </p>
    <p>If the phone connects again, it counts as a phone nobody knows: the access rules decide about it.</p>
    ${postForm(
      devicePath(device, 'forget'),
      request.csrf,
      html`<div class="buttons">${button('Forget this phone', { tone: 'final' })} ${linkButton(devicePath(device), 'Go back')}</div>`,
    )}`
  return page(request, { title: 'Forget this phone?', current: '/devices', body })
}

/** A button of the page: does it, says so, and shows the page again. */
function act(name: string, work: (request: PageRequest, choice: { account: string; device: string }) => Promise<string>): PageRoute {
  return {
    method: 'POST',
    path: `/devices/:account/:device/${name}`,
    roles: helpers,
    handle: async (request) => {
      const choice = deviceOf(request.params)
      const said = await work(request, choice)
      return { kind: 'redirect', to: devicePath({ account: choice.account, id: choice.device }), said }
    },
  }
}

export const deviceActRoutes: readonly PageRoute[] = [
  act('allow', async ({ perform }, choice) => {
    await perform('device.allow', choice)
    return 'The phone is allowed, whatever the rules say.'
  }),
  act('block', async ({ perform }, choice) => {
    await perform('device.block', choice)
    return 'The phone is blocked from its next request on.'
  }),
  act('quarantine', async ({ perform }, choice) => {
    await perform('device.quarantine', choice)
    return 'The phone is in quarantine. It gets one message that explains it.'
  }),
  act('judge', async ({ perform }, choice) => {
    await perform('device.judge', choice)
    return 'The access rules decide about the phone again.'
  }),
  act('rename', async ({ perform, form }, choice) => {
    const label = form?.get('label')?.trim() ?? ''
    await perform('device.rename', { ...choice, label: label === '' ? null : label })
    return label === '' ? 'The phone has its own name again.' : 'The phone has a new name.'
  }),
  act('resync', async ({ perform, form }, choice) => {
    const folder = form?.get('folder') ?? null
    await perform('device.resync', folder === null ? choice : { ...choice, folder })
    return folder === null ? 'The phone syncs everything afresh.' : 'The phone syncs that folder afresh.'
  }),
  { method: 'GET', path: '/devices/:account/:device/forget', roles: administrators, handle: forgetPage },
  {
    method: 'POST',
    path: '/devices/:account/:device/forget',
    roles: administrators,
    handle: async ({ perform, params }) => {
      await perform('device.remove', deviceOf(params))
      return { kind: 'redirect', to: '/devices', said: 'The phone is forgotten.' }
    },
  },
]
