// Actions on the directory: whether it answers, what it says of somebody, and reading it now.
import { z } from 'zod'
import { barredBecause } from '../auth/directory-accounts.ts'
import type { SyncReport } from '../auth/directory-sync.ts'
import { administrators, reading, staff, writing } from './action.ts'
import { Refusal, type AdminHouse, type DirectoryDesk } from './house.ts'
import { lineInput } from './lookup.ts'

/** What is known of the directory; times are ISO 8601 in UTC. */
export interface DirectoryView {
  readonly connected: boolean
  readonly sentence: string
  /** What is wrong since the last look; null where nothing is. */
  readonly trouble: string | null
  readonly lastLook: LookView | null
  /** What the directory says of the login that was asked for; null where none was, or nobody is meant by it. */
  readonly person: PersonView | null
}

export interface LookView extends Omit<SyncReport, 'at'> {
  readonly at: string
}

export interface PersonView {
  readonly id: string
  readonly displayName: string
  readonly addresses: readonly string[]
  readonly groups: readonly string[]
  readonly state: string
  readonly enabled: boolean
  /** Why he may not synchronise; null if he may. */
  readonly barred: string | null
  /** The address of his account here; null where he has none (yet). */
  readonly account: string | null
}

async function deskOf({ directory, aboutBook }: AdminHouse): Promise<DirectoryDesk> {
  if (directory === null) throw new Refusal(`No directory is connected (directory.servers): ${await aboutBook()}.`)
  return directory
}

const look = ({ at, ...report }: SyncReport): LookView => ({ at: new Date(at).toISOString(), ...report })

export const testDirectory = reading(
  {
    input: z.object({
      login: lineInput(256).min(1, 'write what somebody logs in with, or nothing to ask only whether the directory answers').optional(),
    }),
    about: 'Whether the directory answers, and what it says of somebody by his login.',
    roles: staff,
  },
  async (house, { login }): Promise<DirectoryView> => {
    const desk = await deskOf(house)
    const { ok, sentence } = await desk.health()
    const last = desk.last()
    return {
      connected: ok,
      sentence,
      trouble: desk.trouble(),
      lastLook: last === null ? null : look(last),
      person: ok && login !== undefined ? await personView(house, desk, login) : null,
    }
  },
)

async function personView({ store }: AdminHouse, desk: DirectoryDesk, login: string): Promise<PersonView | null> {
  const user = await desk.find(login)
  if (user === null) return null
  const { id, displayName, addresses, groups, state, enabled } = user
  const account = (await store.accounts.byDirectoryId(id))?.address ?? null
  return { id, displayName, addresses, groups, state, enabled, barred: barredBecause(user), account }
}

export const syncDirectory = writing(
  {
    input: z.object({ believe: z.boolean().optional() }),
    about: 'Reads the directory now. With `believe`, whoever is missing is gone, however many they are.',
    roles: administrators,
  },
  async (house, { believe = false }): Promise<LookView> => look(await (await deskOf(house)).sync(believe)),
)
