// A policy in our own terms; `policy/document` knows how each version of the protocol carries it.

/** Null means "not set": the element is sent empty or with its neutral value (MS-ASPROV 2.2.2.28). */
export interface Policy {
  readonly name: string
  /** Whether a device that cannot or will not provision may enter all the same. */
  readonly allowNonProvisionable: boolean
  /** Hours after which a device has to ask for the policy again; null for never. */
  readonly refreshHours: number | null
  readonly devicePasswordEnabled: boolean
  readonly alphanumericDevicePasswordRequired: boolean
  readonly minDevicePasswordLength: number | null
  readonly maxInactivityTimeDeviceLockSeconds: number | null
  readonly maxDevicePasswordFailedAttempts: number | null
  readonly allowSimpleDevicePassword: boolean
  readonly devicePasswordExpirationDays: number | null
  readonly devicePasswordHistory: number
  readonly minDevicePasswordComplexCharacters: number | null
  readonly requireManualSyncWhenRoaming: boolean
  readonly allowCamera: boolean
  readonly attachmentsEnabled: boolean
  readonly maxAttachmentBytes: number | null
}
