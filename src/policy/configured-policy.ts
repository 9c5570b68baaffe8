// The one policy of the configuration, in the terms of the engine.
import type { Config } from '../config.ts'
import type { Policy } from '../model/policy.ts'

/** The policy every device gets; null where devices are left alone. */
export function configuredPolicy({ policy }: Config): Policy | null {
  if (!policy.enabled) return null
  return {
    name: 'default',
    allowNonProvisionable: policy.allowNonProvisionable,
    refreshHours: null,
    devicePasswordEnabled: policy.passcode,
    alphanumericDevicePasswordRequired: false,
    minDevicePasswordLength: policy.passcode ? policy.passcodeLength : null,
    maxInactivityTimeDeviceLockSeconds: policy.passcode ? policy.lockSeconds : null,
    maxDevicePasswordFailedAttempts: policy.passcode ? policy.failedAttempts : null,
    allowSimpleDevicePassword: true,
    devicePasswordExpirationDays: null,
    devicePasswordHistory: 0,
    minDevicePasswordComplexCharacters: null,
    requireManualSyncWhenRoaming: false,
    allowCamera: true,
    attachmentsEnabled: true,
    maxAttachmentBytes: null,
  }
}
