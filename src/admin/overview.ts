// The overview: how many of everything, the last hour by the minute, who runs in circles, and what went wrong last.
import { z } from 'zod'
import type { SprayingKind } from '../auth/spraying.ts'
import type { FailureEntry } from '../protocol/failure-book.ts'
import type { DeviceGroup } from '../store/census.ts'
import { reading, staff } from './action.ts'
import { addressesOf, deviceChoice, deviceNamed } from './lookup.ts'
import { noCounts } from './minutes.ts'

/** Times are ISO 8601 in UTC. */
export interface ErrorView {
  readonly at: string
  readonly command: string
  readonly failure: string
  readonly status: number
  readonly detail: string
}

export interface AlarmView {
  readonly account: string
  readonly device: string
  /** In words. */
  readonly cause: string
  /** How many answers were held back or refused. */
  readonly count: number
  readonly since: string
  readonly lastAt: string
}

/** Password spraying that goes on. */
export interface SprayingView {
  readonly kind: SprayingKind
  readonly networks: readonly string[]
  /** How many people were tried. */
  readonly tried: number
  readonly attempts: number
  readonly since: string
  readonly lastAt: string
  /** Accounts that somebody came into from there, or with that password, meanwhile. */
  readonly opened: readonly string[]
}

export interface Share {
  readonly name: string
  readonly count: number
}

export interface Overview {
  readonly devices: number
  readonly parked: number
  readonly accounts: number
  /** Messages on their way out. */
  readonly queue: number
  readonly quarantined: number
  readonly blocked: number
  readonly openWipes: number
  /** When the server was started; now, where none runs. */
  readonly since: string
  /** Sixty each, oldest first. */
  readonly pushesPerMinute: readonly number[]
  readonly errorsPerMinute: readonly number[]
  readonly requestsPerMinute: readonly number[]
  /** Largest first. */
  readonly versions: readonly Share[]
  readonly models: readonly Share[]
  readonly systems: readonly Share[]
  readonly alarms: readonly AlarmView[]
  readonly sprayings: readonly SprayingView[]
  readonly errors: readonly (ErrorView & { readonly account: string; readonly device: string })[]
}

const errorsShown = 20
const alarmsShown = 100
/** What is rarer than these is shown together. */
const sharesShown = 15
const unknown = 'unknown'
const iso = (instant: number) => new Date(instant).toISOString()

/** Counts by what `nameOf` calls them, largest first. */
function shares(groups: readonly DeviceGroup[], nameOf: (group: DeviceGroup) => string): Share[] {
  const counts = new Map<string, number>()
  for (const group of groups) counts.set(nameOf(group), (counts.get(nameOf(group)) ?? 0) + group.count)
  const sorted = Array.from(counts, ([name, count]) => ({ name, count })).sort((one, other) => other.count - one.count)
  if (sorted.length <= sharesShown) return sorted
  const rest = sorted.slice(sharesShown - 1).reduce((sum, { count }) => sum + count, 0)
  return [...sorted.slice(0, sharesShown - 1), { name: 'others', count: rest }]
}

/** `iOS 17.4 21E219` is iOS 17: a chart of builds says nothing. */
function systemOf({ os }: DeviceGroup): string {
  if (os === null || os.trim() === '') return unknown
  return /^\D*\d+/.exec(os)?.[0].trim() ?? os
}

function errorView({ at, command, failure, status, detail }: FailureEntry): ErrorView {
  // The message of a Failure begins with its name, which stands beside it here.
  const rest = detail === failure ? '' : detail.startsWith(`${failure}: `) ? detail.slice(failure.length + 2) : detail
  return { at: iso(at), command, failure, status, detail: rest }
}

export const showOverview = reading(
  {
    input: z.object({}),
    about: 'How the server fares: counts, the last hour, devices that run in circles, the last errors.',
    roles: staff,
  },
  async (house): Promise<Overview> => {
    const { vitals, store, clock } = house
    const { accounts, devices, openWipes, queue } = await store.census()
    const alarms = house.alarms.list().slice(0, alarmsShown)
    const errors = house.failures.latest().slice(0, errorsShown)
    const addressOf = await addressesOf(
      store,
      [...alarms, ...errors].map(({ account }) => account),
    )
    const total = (of: readonly DeviceGroup[]) => of.reduce((sum, { count }) => sum + count, 0)
    return {
      devices: total(devices),
      parked: vitals?.parked() ?? 0,
      accounts,
      queue: queue.length,
      quarantined: total(devices.filter(({ access }) => access === 'quarantined')),
      blocked: total(devices.filter(({ access }) => access === 'blocked')),
      openWipes,
      since: iso(vitals?.since ?? clock.now()),
      pushesPerMinute: vitals?.minutes.pushes() ?? noCounts(),
      errorsPerMinute: vitals?.minutes.errors() ?? noCounts(),
      requestsPerMinute: vitals?.minutes.requests() ?? noCounts(),
      versions: shares(devices, ({ version }) => version ?? unknown),
      models: shares(devices, ({ model, type }) => model ?? type),
      systems: shares(devices, systemOf),
      alarms: alarms.map(({ account, since, lastAt, ...alarm }) => ({
        ...alarm,
        account: addressOf(account),
        since: iso(since),
        lastAt: iso(lastAt),
      })),
      sprayings: house.sprayings
        .list()
        .slice(0, alarmsShown)
        .map((spraying) => ({ ...spraying, since: iso(spraying.since), lastAt: iso(spraying.lastAt) })),
      errors: errors.map((entry) => ({ ...errorView(entry), account: addressOf(entry.account), device: entry.device })),
    }
  },
)

export const listErrors = reading(
  { input: deviceChoice, about: 'What a device was refused lately, and why; newest first.', roles: staff },
  async (house, choice): Promise<ErrorView[]> => {
    const { account, device } = await deviceNamed(house, choice)
    return house.failures.of(account.id, device.id).map(errorView)
  },
)
