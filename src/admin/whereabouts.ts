// Actions on where whoever asks is, and when he works.
import { z } from 'zod'
import type { Account } from '../model/account.ts'
import { reading, writing } from './action.ts'
import type { Desk } from './house.ts'
import { own, ownRoles } from './me.ts'
import { whereaboutsInput, whereaboutsView, type WhereaboutsView } from './working-hours.ts'

export interface OwnWhereaboutsView extends WhereaboutsView {
  /** The time zone that is in force for him. */
  readonly timeZoneInForce: string
}

function view({ zoneOf }: Desk, account: Account): OwnWhereaboutsView {
  return { ...whereaboutsView(account), timeZoneInForce: zoneOf(account) }
}

export const showOwnWhereabouts = reading(
  { input: z.object({}), about: 'In which time zone whoever asks is, and when he works.', roles: ownRoles },
  async (house) => view(house, await own(house)),
)

export const setOwnWhereabouts = writing(
  {
    input: whereaboutsInput,
    about: 'Says in which time zone whoever asks is, and when he works. Fields left out stay; null takes back what was said.',
    roles: ownRoles,
  },
  async (house, { timeZone, workingHours }) => {
    const account = await own(house)
    const changed = await house.store.accounts.change(account.id, {
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(workingHours === undefined ? {} : { workingHours }),
    })
    house.changed(changed, null)
    return view(house, changed)
  },
)
