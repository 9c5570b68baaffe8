// Actions on API tokens: letting a program call the REST interface, and no longer.
import { z } from 'zod'
import { newToken } from '../auth/api-tokens.ts'
import { staffRoles, type StaffRole } from '../model/actor.ts'
import type { ApiToken } from '../store/api-tokens.ts'
import { administrators, reading, writing, type Declaration } from './action.ts'
import { NotThere } from './house.ts'

/** A token as programs see it, without itself; times are ISO 8601 in UTC. */
export interface TokenView {
  readonly name: string
  readonly role: StaffRole
  readonly createdBy: string
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly usedAt: string | null
}

const day = 86_400_000
const tokenName = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u, 'a name has 1 to 64 letters, digits, blanks and .-_')
const target = ({ name }: { readonly name: string }) => `token ${name}`
const roles: Declaration<z.ZodType>['roles'] = ['administrator', 'auditor']
const iso = (instant: number | null) => (instant === null ? null : new Date(instant).toISOString())

function view({ name, role, createdBy, createdAt, expiresAt, usedAt }: ApiToken): TokenView {
  return {
    name,
    role,
    createdBy,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: iso(expiresAt),
    usedAt: iso(usedAt),
  }
}

export const listTokens = reading({ input: z.object({}), about: 'The API tokens, without what they are.', roles }, async ({ store }) =>
  (await store.apiTokens.list()).map(view),
)

export const createToken = writing(
  {
    input: z.object({
      name: tokenName,
      role: z.enum(staffRoles),
      /** Null: until it is revoked. */
      days: z.number().int().min(1).max(3650).nullable().default(365),
    }),
    about: 'Makes a token for a program, and shows it this once.',
    roles: administrators,
    target,
  },
  async ({ store, clock, actor }, { name, role, days }) => {
    const { token, hash } = newToken()
    const now = clock.now()
    const expiresAt = days === null ? null : now + days * day
    const made = await store.apiTokens.add({ name, role, hash, expiresAt, createdBy: actor.name, createdAt: now })
    return { ...view(made), token }
  },
)

export const revokeToken = writing(
  { input: z.object({ name: tokenName }), about: 'Revokes a token at once.', roles: administrators, target },
  async ({ store }, { name }) => {
    const removed = await store.apiTokens.remove(name)
    if (removed === null) throw new NotThere(`There is no token ${name}.`)
    return view(removed)
  },
)
