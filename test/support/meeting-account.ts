// An account for tests of what is decided without a store.
import type { Account } from '../../src/model/account.ts'
import type { AccountId } from '../../src/model/id.ts'

export function anAccount(address: string, displayName: string, ...others: string[]): Account {
  return {
    id: address as AccountId,
    address,
    addresses: [address, ...others],
    displayName,
    disabled: false,
    directoryId: null,
    barred: null,
    groups: [],
    policy: null,
    syncEnabled: null,
    devicesMax: null,
    maxVersion: null,
    allowNonProvisionable: null,
    timeZone: null,
    workingHours: null,
  }
}
