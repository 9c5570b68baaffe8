// The action on everything at once: how many of what there are, and what wants looking at.
import { z } from 'zod'
import { reading, staff } from './action.ts'
import { deviceViews } from './devices.ts'
import { deviceChoice, deviceNamed, deviceTarget } from './lookup.ts'

export interface NamedCount {
  readonly name: string
  readonly count: number
}

/** A phone in a circle. */
export interface AlarmView {
  readonly account: string
  readonly device: string
  readonly cause: string
  readonly count: number
  readonly since: string
  readonly lastAt: string
}

/** Why a device was refused something. */
export interface DeviceErrorView {
  readonly at: string
  readonly command: string
  readonly failure: string
  readonly status: number | null
  readonly detail: string | null
}

export interface OverviewError extends DeviceErrorView {
  readonly account: string
  readonly device: string
}

/** The figures; rows of sixty values are minutes, oldest first. */
export interface Overview {
  readonly devices: number
  readonly parked: number
  readonly accounts: number
  readonly queue: number
  readonly quarantined: number
  readonly blocked: number
  readonly openWipes: number
  /** Since when this server counts. */
  readonly since: string
  readonly pushesPerMinute: readonly number[]
  readonly errorsPerMinute: readonly number[]
  readonly requestsPerMinute: readonly number[]
  readonly versions: readonly NamedCount[]
  readonly models: readonly NamedCount[]
  readonly systems: readonly NamedCount[]
  readonly alarms: readonly AlarmView[]
  readonly errors: readonly OverviewError[]
}

const minutes = 60
const zeros = (): number[] => Array.from({ length: minutes }, () => 0)

function counted(names: readonly (string | null)[]): NamedCount[] {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name ?? 'unknown', (counts.get(name ?? 'unknown') ?? 0) + 1)
  return [...counts].map(([name, count]) => ({ name, count })).toSorted((a, b) => b.count - a.count)
}

export const showOverview = reading(
  { input: z.object({}), about: 'How many of what there are, and what wants looking at.', roles: staff },
  async (house): Promise<Overview> => {
    const devices = await deviceViews(house, null)
    return {
      devices: devices.length,
      parked: devices.filter(({ parked }) => parked).length,
      accounts: (await house.store.accounts.list()).length,
      queue: (await house.store.outbox.list()).length,
      quarantined: devices.filter(({ access }) => access === 'quarantined').length,
      blocked: devices.filter(({ access }) => access === 'blocked').length,
      openWipes: devices.filter(({ wipe }) => wipe !== null).length,
      since: new Date(house.clock.now()).toISOString(),
      pushesPerMinute: zeros(),
      errorsPerMinute: zeros(),
      requestsPerMinute: zeros(),
      versions: counted(devices.map(({ version }) => version)),
      models: counted(devices.map(({ model, type }) => model ?? type)),
      systems: counted(devices.map(({ os }) => os)),
      alarms: [],
      errors: [],
    }
  },
)

export const listDeviceErrors = reading(
  { input: deviceChoice, about: 'The last errors a device was answered with.', roles: staff, target: deviceTarget },
  async (house, choice): Promise<DeviceErrorView[]> => {
    await deviceNamed(house, choice)
    return []
  },
)

/** What a trace has noted so far. */
export interface TimelineView {
  readonly running: boolean
  readonly until: string | null
  readonly lines: readonly string[]
}

export const showTimeline = reading(
  { input: deviceChoice, about: 'The last lines of the trace of a device.', roles: staff, target: deviceTarget },
  async (house, choice): Promise<TimelineView> => {
    const { account, device } = await deviceNamed(house, choice)
    const entry = house.traces.running().find((each) => each.account === account.id && each.device === device.id)
    return { running: entry !== undefined, until: entry === undefined ? null : new Date(entry.until).toISOString(), lines: [] }
  },
)

export interface HealthCheck {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

export const showHealth = reading(
  { input: z.object({}), about: 'Whether the server is well.', roles: staff },
  async (house): Promise<{ checks: readonly HealthCheck[] }> => {
    await house.store.setting('health')
    return { checks: [{ name: 'store', ok: true, detail: 'answers' }] }
  },
)
