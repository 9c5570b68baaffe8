// The default policy as the configuration has it, in force until an administrator stores another one.
import type { Config } from '../config.ts'
import { defaultPolicyName, type Policy } from '../model/policy.ts'

/** The policy of whoever has no other. */
export function configuredPolicy({ policy }: Config): Policy {
  const { passcode, passcodeLength, lockSeconds, failedAttempts } = policy
  return {
    name: defaultPolicyName,
    rank: 0,
    groups: [],
    syncEnabled: true,
    minVersion: null,
    maxVersion: null,
    devicesMax: null,
    provisions: policy.enabled,
    allowNonProvisionable: policy.allowNonProvisionable,
    refreshHours: null,
    rules: passcode
      ? {
          devicePasswordEnabled: true,
          minDevicePasswordLength: passcodeLength,
          maxInactivityTimeDeviceLock: lockSeconds,
          maxDevicePasswordFailedAttempts: failedAttempts,
        }
      : {},
  }
}
