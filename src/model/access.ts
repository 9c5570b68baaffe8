// Which devices may come in: a default, and rules on what a device says of itself.
import type { AccessState } from './device.ts'

/** What a rule looks at. `version` is the protocol version, `os` and `model` come with the device's own information. */
export const characteristics = ['type', 'model', 'os', 'userAgent', 'version'] as const
export type Characteristic = (typeof characteristics)[number]

export interface AccessRule {
  readonly id: string
  readonly characteristic: Characteristic
  /** Compared without regard to case; `*` stands for any letters, `?` for one. */
  readonly pattern: string
  readonly access: AccessState
  /** Why it is there, for whoever reads it next year. */
  readonly note: string
}

/** The rules in their order: the first that fits decides, else the default. */
export interface AccessRules {
  readonly fallback: AccessState
  readonly rules: readonly AccessRule[]
}

export const everybodyAllowed: AccessRules = Object.freeze({ fallback: 'allowed', rules: [] })
