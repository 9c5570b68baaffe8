// Actions on local administrators: who may log in at the console without an account, and as what.
import { z } from 'zod'
import { hashPassword } from '../auth/password.ts'
import { administratorSubject, staffRoles, type StaffRole } from '../model/actor.ts'
import type { Subject } from '../model/id.ts'
import type { Administrator, AdministratorChange } from '../store/administrators.ts'
import { passwordInput } from './accounts.ts'
import { administrators, reading, writing, type Declaration } from './action.ts'
import { NotThere, Refusal, type AdminHouse, type Desk } from './house.ts'

/** An administrator as programs see him; times are ISO 8601 in UTC. */
export interface AdministratorView {
  readonly name: string
  readonly role: StaffRole
  readonly disabled: boolean
  readonly secondFactor: boolean
  readonly createdAt: string
  readonly lastLogin: string | null
}

/** A name that cannot be taken for an address. */
export const administratorName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'a name has 1 to 64 letters, digits and ._-')

/** Guessing is slowed down; a list of passwords that leaked elsewhere is short. */
export const longPassword = passwordInput.min(12, 'a password of somebody who administers has at least 12 characters')

const roleInput = z.enum(staffRoles)
const choice = z.object({ name: administratorName })
const target = ({ name }: { readonly name: string }) => name
const roles: Declaration<z.ZodType>['roles'] = ['administrator', 'auditor']

function view({ name, role, disabled, createdAt, lastLogin }: Administrator, confirmed: ReadonlySet<Subject>): AdministratorView {
  return {
    name,
    role,
    disabled,
    secondFactor: confirmed.has(administratorSubject(name)),
    createdAt: new Date(createdAt).toISOString(),
    lastLogin: lastLogin === null ? null : new Date(lastLogin).toISOString(),
  }
}

const missing = (name: string) => new NotThere(`There is no administrator ${name}.`)

/** The console cannot be used to lock everybody out of it; the shell can let somebody in again, and so it may. */
function assertOneStays({ actor }: Desk, all: readonly Administrator[], name: string): void {
  if (actor.via === 'shell') return
  const others = all.filter((each) => each.name !== name && each.role === 'administrator' && !each.disabled)
  const one = all.find((each) => each.name === name)
  if (others.length > 0 || one === undefined || one.role !== 'administrator' || one.disabled) return
  throw new Refusal(`${name} is the last local administrator: only the shell may do that (easel admin).`)
}

/** Changes one, with nobody else changing any of them at the same time. His sessions end by themselves. */
async function change(house: Desk, name: string, wanted: AdministratorChange): Promise<AdministratorView> {
  const changed = await house.store.unit(async ({ administrators }) => {
    const all = await administrators.hold()
    if (!all.some((each) => each.name === name)) throw missing(name)
    const loses = (wanted.role !== undefined && wanted.role !== 'administrator') || wanted.disabled === true
    if (loses) assertOneStays(house, all, name)
    return administrators.change(name, wanted)
  })
  return view(changed, await house.store.secondFactors.confirmed())
}

export const listAdministrators = reading(
  { input: z.object({}), about: 'The local administrators.', roles },
  async ({ store }: AdminHouse) => {
    const confirmed = await store.secondFactors.confirmed()
    return (await store.administrators.list()).map((each) => view(each, confirmed))
  },
)

export const addAdministrator = writing(
  {
    input: choice.extend({ role: roleInput, password: longPassword }),
    about: 'Adds somebody who may log in at the console.',
    roles: administrators,
    target,
  },
  async ({ store, clock }, { name, role, password }) => {
    const passwordHash = await hashPassword(password)
    return view(await store.administrators.add({ name, role, passwordHash, at: clock.now() }), new Set())
  },
)

export const setAdministratorPassword = writing(
  {
    input: choice.extend({ password: longPassword }),
    about: "Sets a local administrator's password; his sessions end.",
    roles: administrators,
    target,
  },
  async (house, { name, password }) => change(house, name, { passwordHash: await hashPassword(password) }),
)

export const setAdministratorRole = writing(
  {
    input: choice.extend({ role: roleInput }),
    about: "Changes a local administrator's role; his sessions end.",
    roles: administrators,
    target,
  },
  (house, { name, role }) => change(house, name, { role }),
)

export const disableAdministrator = writing(
  { input: choice, about: 'Keeps a local administrator out; his sessions end.', roles: administrators, target },
  (house, { name }) => change(house, name, { disabled: true }),
)

export const enableAdministrator = writing(
  { input: choice, about: 'Lets a local administrator in again.', roles: administrators, target },
  (house, { name }) => change(house, name, { disabled: false }),
)

export const removeAdministrator = writing(
  { input: choice, about: 'Removes a local administrator; his sessions end.', roles: administrators, target },
  async (house, { name }) => {
    await house.store.unit(async ({ administrators, secondFactors }) => {
      assertOneStays(house, await administrators.hold(), name)
      if (!(await administrators.remove(name))) throw missing(name)
      await secondFactors.remove(administratorSubject(name))
    })
    return { name }
  },
)
