// Actions on access rules: who may come in by default, and which devices are exceptions.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { characteristics, type AccessRules } from '../model/access.ts'
import { deviceName, type AccessState, type Device } from '../model/device.ts'
import { judgeAccess } from '../policy/access-book.ts'
import { administrators, reading, staff, writing } from './action.ts'
import type { AdminHouse } from './house.ts'
import { lineInput, ownedDevices } from './lookup.ts'
import { phonesPerSecond } from './policy-effect.ts'

const access = z.enum(['allowed', 'blocked', 'quarantined'])

const ruleInput = z.object({
  /** Left out for a new rule. */
  id: lineInput(64).min(1).optional(),
  characteristic: z.enum(characteristics),
  pattern: lineInput(256).min(1),
  access,
  note: lineInput(500).default(''),
})

/** All rules in their order, and what holds where none fits. */
const rulesInput = z.object({ fallback: access, rules: z.array(ruleInput).max(200) }).refine(
  ({ rules }) => {
    const ids = rules.flatMap(({ id }) => id ?? [])
    return new Set(ids).size === ids.length
  },
  { path: ['rules'], error: 'two of them have one id: leave it out of the new one' },
)

/** What new rules would change: a device, and where it stands before and after. */
export interface AccessHit {
  readonly account: string
  readonly device: string
  readonly name: string
  readonly before: AccessState
  readonly after: AccessState
}

function rulesOf({ fallback, rules }: z.output<typeof rulesInput>): AccessRules {
  return { fallback, rules: rules.map((rule) => ({ ...rule, id: rule.id ?? randomUUID() })) }
}

/** Individual decisions and wiped devices stay as they are, whatever the rules say. */
function hits(device: Device, rules: AccessRules): { before: AccessState; after: AccessState } | null {
  const { accessBasis } = device
  if (accessBasis?.kind === 'individual' || accessBasis?.kind === 'wiped') return null
  const after = judgeAccess(rules, device).access
  return after === device.access ? null : { before: device.access, after }
}

/** Whom other rules would hit, with where each stands before and after. */
async function hitBy({ store }: AdminHouse, rules: AccessRules) {
  return (await ownedDevices(store)).flatMap(({ account, device }) => {
    const hit = hits(device, rules)
    return hit === null ? [] : [{ account, device, ...hit }]
  })
}

type Hit = Awaited<ReturnType<typeof hitBy>>[number]

function hitView({ account, device, before, after }: Hit): AccessHit {
  return { account: account.address, device: device.id, name: deviceName(device), before, after }
}

export const showAccess = reading(
  { input: z.object({}), about: 'The access rules in their order.', roles: staff },
  (house): Promise<AccessRules> => Promise.resolve(house.access.rules),
)

export const previewAccess = reading(
  { input: rulesInput, about: 'Which devices other rules would let in, block or quarantine; nothing is changed.', roles: staff },
  async (house, input) => (await hitBy(house, rulesOf(input))).map(hitView),
)

/** Devices are judged by the new rules at their next request; those that wait are sent on their way, not all at once where they stay in. */
export const writeAccess = writing(
  { input: rulesInput, about: 'Replaces the access rules.', roles: administrators },
  async (house, input) => {
    const rules = rulesOf(input)
    const affected = await hitBy(house, rules)
    await house.store.access.write(rules)
    await house.access.reload()
    let roused = 0
    for (const { account, device, after } of affected) {
      if (!house.isParked(account, device.id)) continue
      house.rouse(account, device.id, after === 'blocked' ? 0 : Math.floor(roused++ / phonesPerSecond))
    }
    return { ...rules, affected: affected.map(hitView) }
  },
)
