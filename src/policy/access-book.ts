// Who may come in, held in memory: the rules are asked about every device with every request.
import { everybodyAllowed, type AccessRule, type AccessRules, type Characteristic } from '../model/access.ts'
import type { AccessBasis, AccessState, Device } from '../model/device.ts'
import type { Access } from '../store/access.ts'

export interface AccessVerdict {
  readonly access: AccessState
  readonly basis: AccessBasis
}

/** What the rules look at, of one device. */
export type Traits = Pick<Device, 'type' | 'userAgent' | 'version' | 'information'>

/**
 * What rules make of a device: the first that fits, else the default. A characteristic that is not known yet fits no rule, so a rule
 * on the model decides once the phone has told it.
 */
export function judgeAccess({ fallback, rules }: AccessRules, device: Traits): AccessVerdict {
  const rule = rules.find((each) => fits(each, device))
  return rule === undefined
    ? { access: fallback, basis: { kind: 'default' } }
    : { access: rule.access, basis: { kind: 'rule', rule: rule.id } }
}

/** What a device is for a rule; null while it is not known. */
export function traitOf(characteristic: Characteristic, { type, userAgent, version, information }: Traits): string | null {
  switch (characteristic) {
    case 'type':
      return type
    case 'model':
      return information.model ?? null
    case 'os':
      return information.os ?? null
    case 'userAgent':
      return userAgent
    case 'version':
      return version
  }
}

function fits({ characteristic, pattern }: AccessRule, device: Traits): boolean {
  const trait = traitOf(characteristic, device)
  return trait !== null && matchesPattern(pattern, trait)
}

/** `*` for any letters, `?` for one, in any case; in linear time for each star, whatever the phone calls itself. */
export function matchesPattern(pattern: string, text: string): boolean {
  const [p, t] = [pattern.toLowerCase(), text.toLowerCase()]
  let [i, j] = [0, 0]
  let star = -1
  let restart = 0
  while (j < t.length) {
    if (i < p.length && p[i] === '*') {
      star = i++
      restart = j
    } else if (i < p.length && (p[i] === '?' || p[i] === t[j])) {
      i++
      j++
    } else if (star >= 0) {
      i = star + 1
      j = ++restart
    } else return false
  }
  while (p[i] === '*') i++
  return i === p.length
}

export interface AccessBook {
  readonly rules: AccessRules
  /** What a device's record has to become; null where it stands as it should. Individual decisions and wiped devices stay. */
  judge(device: Device): AccessVerdict | null
  /** Reads the store again: the rules were changed. */
  reload(): Promise<void>
}

/** Opens the book. */
export async function openAccessBook(access: Access): Promise<AccessBook> {
  let rules = everybodyAllowed
  const book: AccessBook = {
    get rules() {
      return rules
    },
    judge(device) {
      const { accessBasis } = device
      if (accessBasis?.kind === 'individual' || accessBasis?.kind === 'wiped') return null
      const verdict = judgeAccess(rules, device)
      if (verdict.access === device.access && isSame(verdict.basis, accessBasis)) return null
      return verdict
    },
    async reload() {
      rules = await access.read()
    },
  }
  await book.reload()
  return book
}

/** A device about which nothing was decided is allowed by default: nothing has to be written for it. */
function isSame(basis: AccessBasis, known: AccessBasis | null): boolean {
  if (basis.kind === 'default') return known === null || known.kind === 'default'
  return basis.kind === 'rule' && known?.kind === 'rule' && basis.rule === known.rule
}
