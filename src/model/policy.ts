// A policy: what the phones it is for are asked to obey, and what the server itself allows them.
import type { PolicyRules } from './policy-rules.ts'
import type { ProtocolVersion } from './version.ts'

export interface Policy {
  readonly name: string
  /** Where an account belongs to several groups with a policy, the lowest rank decides. */
  readonly rank: number
  /** The groups whose accounts get it, unless they have one of their own. */
  readonly groups: readonly string[]
  /** Whether phones may sync at all; an account may differ. */
  readonly syncEnabled: boolean
  /** The lowest and highest versions that are offered; null for the server's. An account may have a lower highest one. */
  readonly minVersion: ProtocolVersion | null
  readonly maxVersion: ProtocolVersion | null
  /** How many devices an account may have; null for any number. */
  readonly devicesMax: number | null
  /** Whether phones are asked to provision. Without it nothing of `rules` is sent. */
  readonly provisions: boolean
  /** Whether a device that cannot or will not provision may enter all the same. */
  readonly allowNonProvisionable: boolean
  /** Hours after which a device has to ask for the policy again; null for never. */
  readonly refreshHours: number | null
  /** What phones are sent; a rule that is left out is not set. */
  readonly rules: PolicyRules
}

/** The policy of whoever has no other. Without a stored one it comes from the configuration. */
export const defaultPolicyName = 'default'
