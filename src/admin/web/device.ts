// A device's page: who, what, when, from where, what it holds, why it was refused something, and what can be done about it.
import { staff } from '../action.ts'
import type { ActionOutput } from '../actions.ts'
import type { DeviceDetails } from '../devices.ts'
import { accessBadge, badge, complianceBadge } from './badge.ts'
import { accessButtons, canHelp, collectionTable, otherForms } from './device-acts.ts'
import { stateCell } from './devices.ts'
import { linkButton } from './field.ts'
import { html, type Html, type Part } from './html.ts'
import { page, part } from './layout.ts'
import { failureWords } from './overview.ts'
import { accountPath, deviceOf, devicePath, pathOf, policyPath } from './paths.ts'
import { recoverySection } from './recovery.ts'
import { pauseNote, refreshing } from './refresh.ts'
import type { PageAnswer, PageRequest, PageRoute } from './route.ts'
import { facts, section, table } from './table.ts'
import { moment, momentOr } from './time.ts'
import { timelineSection, timelinePart } from './timeline.ts'
import { wipeLine } from './wipe-line.ts'

type Errors = ActionOutput<'device.errors'>

function about(device: DeviceDetails): Html {
  const { account, name, label, friendlyName, type, model, os, phoneNumber, userAgent, version, id, firstSeen, lastSeen, lastAddress } =
    device
  return section(
    'About this phone',
    facts([
      ['Account', html`<a href="${accountPath(account)}"><bdi>${account}</bdi></a>`],
      ['Name', html`<bdi>${name}</bdi>`],
      label !== null && ['Calls itself', friendlyName !== null && html`<bdi>${friendlyName}</bdi>`],
      ['Model', model !== null && html`<bdi>${model}</bdi>`],
      ['Type', html`<bdi>${type}</bdi>`],
      ['System', os !== null && html`<bdi>${os}</bdi>`],
      ['Program', userAgent !== null && html`<bdi>${userAgent}</bdi>`],
      phoneNumber !== null && ['Phone number', html`<bdi>${phoneNumber}</bdi>`],
      ['Protocol version', version],
      ['Device id', html`<code>${id}</code>`],
      ['First seen', moment(firstSeen)],
      ['Last seen', [moment(lastSeen), lastAddress !== null && html` from <code>${lastAddress}</code>`]],
    ]),
  )
}

function access(device: DeviceDetails, request: PageRequest): Html {
  return section('Access', [
    html`<p>${accessBadge(device.access)} ${reasonOf(device)}</p>`,
    canHelp(request) && accessButtons(device, request.csrf),
  ])
}

function reasonOf({ accessBasis, accessReason, access }: DeviceDetails): Part {
  if (accessBasis === 'wiped') return 'It was wiped. It stays out until somebody allows it again.'
  const decided = accessBasis === 'individual' ? `It was ${accessReason}.` : `Decided ${accessReason}.`
  return access === 'quarantined' ? `${decided} The phone gets one message that explains it, and nothing else.` : decided
}

const complianceMeans: Readonly<Record<DeviceDetails['compliance'], string>> = {
  acknowledged: 'The phone has accepted every rule.',
  partly: 'The phone follows some of the rules and said that it does not follow the others.',
  outdated: 'The phone has accepted an earlier policy. It is asked again at its next request.',
  asked: 'The phone was sent the policy and has not answered yet.',
  refused: 'The phone said that it does not follow the policy.',
  'managed elsewhere': 'Another program manages the phone and answers for it.',
  'not asked': 'The phone has not been asked to follow a policy.',
}

function policy({ policy: name, compliance, acknowledgedAt }: DeviceDetails): Html {
  return section('Policy', [
    html`<p>${complianceBadge(compliance)} ${complianceMeans[compliance]}</p>`,
    facts([
      ['Policy', html`<a href="${policyPath(name)}">${name}</a>`],
      ['Acknowledged', momentOr(acknowledgedAt, 'never')],
    ]),
  ])
}

function wipes(device: DeviceDetails, request: PageRequest): Html {
  const isOpen = device.wipe !== null
  const helps = canHelp(request)
  const lines = device.wipes.map((wipe) => wipeLine(wipe, request.csrf, helps ? pathOf('wipes', String(wipe.id), 'cancel') : null))
  return html`<div id="wipes" ${isOpen && refreshing(devicePath(device, 'wipes'), 3, request.query.has('still'))}>
    ${section('Remote wipe', [
      lines.length === 0 ? html`<p>No wipe was ever asked for.</p>` : lines.slice(0, 1),
      lines.length > 1 &&
        html`<details>
          <summary>Earlier wipes (${lines.length - 1})</summary>
          ${lines.slice(1)}
        </details>`,
      helps && !isOpen && linkButton(devicePath(device, 'wipe'), 'Wipe this phone …', 'danger'),
    ])}
  </div>`
}

function troubles({ resets, poison, quirks }: DeviceDetails, errors: Errors): Html {
  return html`${section(
    'Last errors',
    table({
      caption: 'Last errors',
      rows: errors,
      empty: 'No request of this phone has failed lately.',
      columns: [
        { title: 'When', kind: 'name', cell: ({ at }) => moment(at) },
        { title: 'Command', cell: ({ command }) => command },
        { title: 'Error', cell: failureWords },
      ],
    }),
  )}
  ${section(
    'Keys refused',
    table({
      caption: 'Keys refused',
      rows: resets,
      empty: 'No key of this phone was refused.',
      columns: [
        { title: 'When', kind: 'name', cell: ({ at }) => moment(at) },
        { title: 'Folder', cell: ({ folder }) => html`<code>${folder}</code>` },
        { title: 'Why', cell: ({ reason }) => reason },
      ],
    }),
    { intro: 'After a refused key the phone fetches the folder anew.' },
  )}
  ${section(
    'Items set aside',
    table({
      caption: 'Items set aside',
      rows: poison,
      empty: 'Every item could be sent to this phone.',
      columns: [
        { title: 'When', kind: 'name', cell: ({ at }) => moment(at) },
        { title: 'Item', cell: ({ item, folder }) => html`<code>${item}</code> <span class="under">folder <code>${folder}</code></span>` },
        { title: 'Why', cell: ({ reason }) => reason },
      ],
    }),
    { intro: 'The phone stopped at these items again and again. It gets a placeholder in their place.' },
  )}
  ${section(
    'Quirks in force',
    table({
      caption: 'Quirks in force',
      rows: quirks,
      empty: 'This phone is served by the book.',
      columns: [
        { title: 'What is done', kind: 'name', cell: ({ fact }) => html`<code>${fact}</code>` },
        { title: 'Why', cell: ({ why }) => why },
        { title: 'Source', cell: ({ source }) => source },
      ],
    }),
  )}`
}

async function shown(request: PageRequest): Promise<PageAnswer> {
  const { perform, params, csrf } = request
  const choice = deviceOf(params)
  const device = await perform('device.show', choice)
  const errors = await perform('device.errors', choice)
  const timeline = await perform('device.timeline', choice)
  const token = canHelp(request) ? csrf : null
  const still = request.query.has('still')
  const body = html`<p class="badges">${stateCell(device)} ${device.parked && badge('plain', 'Waits for changes now')}</p>
    <div class="columns two">
      ${about(device)}
      <div>${access(device, request)} ${policy(device)} ${wipes(device, request)}</div>
    </div>
    ${collectionTable(device, token)} ${troubles(device, errors)} ${timelineSection(device, timeline, token, still)}
    ${token !== null && [recoverySection(device.recoveryPasswordAt, devicePath(device, 'recovery'), token), otherForms(device, request)]}
    ${(timeline.running || device.wipe !== null) && pauseNote(devicePath(device), still)}`
  return page(request, { title: device.name, current: '/devices', body })
}

export const deviceRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/devices/:account/:device', roles: staff, handle: shown },
  {
    method: 'GET',
    path: '/devices/:account/:device/wipes',
    roles: staff,
    handle: async (request) => {
      const device = await request.perform('device.show', deviceOf(request.params))
      return request.isPart ? part(wipes(device, request)) : { kind: 'redirect', to: devicePath(device) }
    },
  },
  {
    method: 'GET',
    path: '/devices/:account/:device/timeline',
    roles: staff,
    handle: async (request) => {
      const choice = deviceOf(request.params)
      const target = { account: choice.account, id: choice.device }
      const timeline = await request.perform('device.timeline', choice)
      return request.isPart ? part(timelinePart(target, timeline, false)) : { kind: 'redirect', to: devicePath(target) }
    },
  },
]
