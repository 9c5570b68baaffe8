// The rules a policy may hold, each with its range and its neutral value (MS-ASPROV 2.2.2): one table for all that shows or sends them.

export interface FlagRule {
  readonly kind: 'flag'
  /** What a phone does that was never told. */
  readonly neutral: boolean
}

export interface NumberRule {
  readonly kind: 'number'
  readonly min: number
  readonly max: number
  /** What the number counts. */
  readonly unit: 'characters' | 'seconds' | 'attempts' | 'days' | 'passwords' | 'kinds' | 'bytes'
  /** Null: the element is sent empty. */
  readonly neutral: number | null
}

/** One table row per element; the name is the element's, in our spelling. */
export const policyRules = {
  devicePasswordEnabled: { kind: 'flag', neutral: false },
  alphanumericDevicePasswordRequired: { kind: 'flag', neutral: false },
  passwordRecoveryEnabled: { kind: 'flag', neutral: false },
  attachmentsEnabled: { kind: 'flag', neutral: true },
  minDevicePasswordLength: { kind: 'number', min: 1, max: 16, unit: 'characters', neutral: null },
  maxInactivityTimeDeviceLock: { kind: 'number', min: 1, max: 0xffff_ffff, unit: 'seconds', neutral: null },
  maxDevicePasswordFailedAttempts: { kind: 'number', min: 4, max: 16, unit: 'attempts', neutral: null },
  maxAttachmentSize: { kind: 'number', min: 0, max: 0xffff_ffff, unit: 'bytes', neutral: null },
  allowSimpleDevicePassword: { kind: 'flag', neutral: true },
  devicePasswordExpiration: { kind: 'number', min: 1, max: 0xffff_ffff, unit: 'days', neutral: null },
  devicePasswordHistory: { kind: 'number', min: 0, max: 0xffff_ffff, unit: 'passwords', neutral: 0 },
  allowCamera: { kind: 'flag', neutral: true },
  minDevicePasswordComplexCharacters: { kind: 'number', min: 1, max: 4, unit: 'kinds', neutral: 1 },
  requireManualSyncWhenRoaming: { kind: 'flag', neutral: false },
} as const satisfies Readonly<Record<string, FlagRule | NumberRule>>

export type RuleName = keyof typeof policyRules

type ValueOf<Rule> = Rule extends { kind: 'flag' } ? boolean : number

/** The rules that are set, by name; what is left out has its neutral value. */
export type PolicyRules = { readonly [Name in RuleName]?: ValueOf<(typeof policyRules)[Name]> | undefined }
