// Which devices the list shows, and in which order: a function of the query and of what there is.
import { protocolVersions } from '../../model/version.ts'
import type { DeviceView } from '../device-view.ts'
import { accessWords, complianceWords } from './badge.ts'
import type { Option } from './field.ts'

export interface DeviceFilter {
  readonly q: string
  readonly access: string
  readonly policy: string
  readonly version: string
  readonly wipe: string
  readonly waits: string
  readonly sort: Order
}

export const orders = {
  seen: 'Last seen',
  name: 'Name',
  account: 'Account',
  access: 'Access',
  policy: 'Policy',
  version: 'Version',
  first: 'First seen',
} as const
export type Order = keyof typeof orders

/** Every choice of the filter, by the name of its field. */
export const choices: Readonly<Record<'access' | 'policy' | 'version' | 'wipe' | 'waits', readonly Option[]>> = {
  access: [['', 'Any access'], ...Object.entries(accessWords)],
  policy: [['', 'Any answer'], ...Object.entries(complianceWords)],
  version: [['', 'Any version'], ...protocolVersions.toReversed().map((version): Option => [version, version])],
  wipe: [
    ['', 'Any'],
    ['open', 'Wipe under way'],
    ['wiped', 'Was wiped'],
    ['none', 'No wipe'],
  ],
  waits: [
    ['', 'Any'],
    ['yes', 'Waits for changes now'],
    ['no', 'Does not wait'],
  ],
}

/** What is no choice of ours is left out. */
export function filterOf(query: URLSearchParams): DeviceFilter {
  const chosen = (name: keyof typeof choices) => choices[name].find(([value]) => value === query.get(name))?.[0] ?? ''
  const sort = query.get('sort') ?? ''
  return {
    q: (query.get('q') ?? '').slice(0, 200),
    access: chosen('access'),
    policy: chosen('policy'),
    version: chosen('version'),
    wipe: chosen('wipe'),
    waits: chosen('waits'),
    sort: Object.hasOwn(orders, sort) ? (sort as Order) : 'seen',
  }
}

/** The words of a filter as a query has them: the defaults are left out. */
export function wordsOf({ sort, ...rest }: DeviceFilter): Readonly<Record<string, string>> {
  return sort === 'seen' ? rest : { ...rest, sort }
}

function wipeOf({ wipe, accessBasis }: DeviceView): string {
  if (wipe !== null) return 'open'
  return accessBasis === 'wiped' ? 'wiped' : 'none'
}

/** Everything people might look for. */
function textOf(device: DeviceView): string {
  const { name, account, id, type, model, friendlyName, os, phoneNumber, userAgent, version, policy, lastAddress } = device
  return [name, account, id, type, model, friendlyName, os, phoneNumber, userAgent, version, policy, lastAddress].join('\n').toLowerCase()
}

/** Every word has to be found somewhere. */
export function found(devices: readonly DeviceView[], filter: DeviceFilter): DeviceView[] {
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean)
  const fits = (device: DeviceView) => {
    if (filter.access !== '' && device.access !== filter.access) return false
    if (filter.policy !== '' && device.compliance !== filter.policy) return false
    if (filter.version !== '' && device.version !== filter.version) return false
    if (filter.wipe !== '' && wipeOf(device) !== filter.wipe) return false
    if (filter.waits !== '' && device.parked !== (filter.waits === 'yes')) return false
    if (words.length === 0) return true
    const text = textOf(device)
    return words.every((word) => text.includes(word))
  }
  return devices.filter(fits).toSorted(comparing[filter.sort])
}

type Comparing = (a: DeviceView, b: DeviceView) => number

const { compare } = new Intl.Collator('en', { numeric: true })
const byText =
  (text: (device: DeviceView) => string): Comparing =>
  (a, b) =>
    compare(text(a), text(b))
const newest =
  (at: (device: DeviceView) => string): Comparing =>
  (a, b) =>
    at(b) < at(a) ? -1 : at(b) > at(a) ? 1 : 0

const comparing: Readonly<Record<Order, Comparing>> = {
  seen: newest(({ lastSeen }) => lastSeen),
  first: newest(({ firstSeen }) => firstSeen),
  name: byText(({ name }) => name),
  account: byText(({ account }) => account),
  access: byText(({ access }) => access),
  policy: byText(({ compliance }) => compliance),
  version: byText(({ version }) => version ?? ''),
}
