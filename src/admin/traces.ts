// Actions on traces: watching one device for some minutes.
import { z } from 'zod'
import type { TraceEntry } from '../protocol/trace.ts'
import { helpers, reading, staff, writing } from './action.ts'
import type { AdminHouse } from './house.ts'
import { addressInput, deviceChoice, deviceInput, deviceNamed, deviceTarget, accountAt } from './lookup.ts'

/** A trace that runs, or ran until it was stopped just now. */
export interface TraceView {
  readonly account: string
  readonly device: string
  readonly until: string
  readonly file: string
}

/** A trace holds what a person does with his mail, even masked: a day is the most. */
const minutesMax = 24 * 60

async function view(house: AdminHouse, { account, device, until, file }: TraceEntry): Promise<TraceView> {
  const owner = await house.store.accounts.byId(account)
  return { account: owner?.address ?? account, device, until: new Date(until).toISOString(), file }
}

export const startTrace = writing(
  {
    input: deviceChoice.extend({ minutes: z.number().int().min(1).max(minutesMax, 'a trace lasts at most 1440 minutes') }),
    about: 'Watches a device for some minutes: what it asks and is told, with subjects, bodies and names masked.',
    roles: helpers,
    target: deviceTarget,
  },
  async (house, { minutes, ...choice }) => {
    const { account, device } = await deviceNamed(house, choice)
    return view(house, await house.traces.start(account.id, device.id, house.clock.now() + minutes * 60_000))
  },
)

/** Without a device every trace ends. */
export const stopTrace = writing(
  {
    input: z.object({ device: deviceInput.optional(), account: addressInput.optional() }),
    about: 'Ends the trace of a device, or all of them.',
    roles: helpers,
    target: ({ device }) => device ?? null,
  },
  async (house, { device, account }) => {
    const owner = account === undefined ? null : (await accountAt(house, account)).id
    const chosen = device === undefined ? null : (await deviceNamed(house, { device, account })).device.id
    return Promise.all((await house.traces.stop(owner, chosen)).map((entry) => view(house, entry)))
  },
)

export const listTraces = reading({ input: z.object({}), about: 'The traces that run.', roles: staff }, (house) =>
  Promise.all(house.traces.running().map((entry) => view(house, entry))),
)

/** What is shown of a trace while it runs. */
export interface Timeline {
  readonly running: boolean
  /** Null where none runs. */
  readonly until: string | null
  /** The last 300, oldest first, each with its moment; a document goes over several. */
  readonly lines: readonly string[]
}

export const showTimeline = reading(
  { input: deviceChoice, about: 'The last lines of the trace of a device, while it runs; masked like its file.', roles: staff },
  async (house, choice): Promise<Timeline> => {
    const { account, device } = await deviceNamed(house, choice)
    const entry = house.traces.running().find((running) => running.account === account.id && running.device === device.id)
    if (entry === undefined) return { running: false, until: null, lines: [] }
    return { running: true, until: new Date(entry.until).toISOString(), lines: house.traces.lines(account.id, device.id) }
  },
)
