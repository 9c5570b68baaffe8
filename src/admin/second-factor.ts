// The action on second factors: taking one away from whoever lost his phone.
import { z } from 'zod'
import { accountSubject, administratorSubject } from '../model/actor.ts'
import type { Subject } from '../model/id.ts'
import { assertMayTouch } from './accounts.ts'
import { administratorName } from './administrators.ts'
import { helpers, writing } from './action.ts'
import { NotThere, Refusal, type Desk } from './house.ts'
import { accountAt, addressInput } from './lookup.ts'

async function subjectOf(house: Desk, person: string): Promise<Subject> {
  if (person.includes('@')) {
    const account = await accountAt(house, person)
    assertMayTouch(house, account)
    return accountSubject(account.id)
  }
  if (house.actor.role !== 'administrator') throw new Refusal(`${person} works at the console: that is for an administrator.`)
  if ((await house.store.administrators.find(person)) === null) throw new NotThere(`There is no administrator ${person}.`)
  return administratorSubject(person)
}

export const resetSecondFactor = writing(
  {
    input: z.object({ person: z.union([addressInput, administratorName]) }),
    about: "Takes somebody's second factor away, by an administrator's name or an account's address; his sessions end.",
    roles: helpers,
    target: ({ person }) => person,
  },
  async (house, { person }) => {
    const removed = await house.store.secondFactors.remove(await subjectOf(house, person))
    if (!removed) throw new NotThere(`There is no second factor of ${person}.`)
    return { person }
  },
)
