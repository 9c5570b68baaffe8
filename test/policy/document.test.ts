// What phones are told of a policy: which elements, in which order, and when it counts as changed.
import { describe, expect, it } from 'vitest'
import type { PolicyRules } from '../../src/model/policy-rules.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { ProtocolVersion } from '../../src/model/version.ts'
import { assertSpeakable, documentOf, EASProvisionDoc, hashOf, versionOfHash } from '../../src/policy/document.ts'
import { encode } from '../../src/wbxml/schema.ts'
import { strictPolicy } from '../support/caller.ts'
import { read } from '../support/wire.ts'

function sent(policy: Policy, version: ProtocolVersion): [string, string | null][] {
  const bytes = encode(EASProvisionDoc, documentOf(policy), version)
  return read(bytes).children.map((child) => [child.name.replace('Provision:', ''), child.value as string | null])
}

const having = (rules: PolicyRules, policy: Policy = strictPolicy): Policy => ({ ...policy, rules: { ...policy.rules, ...rules } })
const lax: Policy = having({ devicePasswordEnabled: false })

describe('the policy document', () => {
  it('holds every rule of the policy in the order of the schema', () => {
    expect(sent(having({ allowCamera: false, maxAttachmentSize: 1_000_000 }), '16.1')).toEqual([
      ['DevicePasswordEnabled', '1'],
      ['AlphanumericDevicePasswordRequired', '0'],
      ['PasswordRecoveryEnabled', '0'],
      ['AttachmentsEnabled', '1'],
      ['MinDevicePasswordLength', '4'],
      ['MaxInactivityTimeDeviceLock', '900'],
      ['MaxDevicePasswordFailedAttempts', '8'],
      ['MaxAttachmentSize', '1000000'],
      ['AllowSimpleDevicePassword', '1'],
      ['DevicePasswordExpiration', null],
      ['DevicePasswordHistory', '0'],
      ['AllowCamera', '0'],
      ['MinDevicePasswordComplexCharacters', '1'],
      ['RequireManualSyncWhenRoaming', '0'],
    ])
  })

  it('sends a rule that is not set empty or neutral, never as a 0 outside of its range', () => {
    const values = new Map(sent(lax, '14.1'))
    for (const name of ['MinDevicePasswordLength', 'MaxInactivityTimeDeviceLock', 'MaxDevicePasswordFailedAttempts', 'MaxAttachmentSize']) {
      expect([name, values.get(name)]).toEqual([name, null])
    }
    expect(values.get('DevicePasswordEnabled')).toBe('0')
    expect(values.get('AllowSimpleDevicePassword')).toBe('1')
    expect(values.get('MinDevicePasswordComplexCharacters')).toBe('1')
  })

  it('speaks in 12.0 only of what 12.0 knows', () => {
    const names = sent(strictPolicy, '12.0').map(([name]) => name)
    expect(names).toContain('DevicePasswordHistory')
    expect(names).not.toContain('AllowCamera')
    expect(names).not.toContain('MinDevicePasswordComplexCharacters')
    expect(sent(strictPolicy, '12.1').map(([name]) => name)).toContain('AllowCamera')
  })

  it('refuses a policy whose numbers no phone accepts', () => {
    expect(() => assertSpeakable(having({ maxDevicePasswordFailedAttempts: 3 }))).toThrow(RangeError)
    expect(() => assertSpeakable(having({ minDevicePasswordLength: 17 }))).toThrow(/MinDevicePasswordLength/)
    expect(() => assertSpeakable(strictPolicy)).not.toThrow()
  })
})

describe('the hash of a policy', () => {
  it('changes with what is sent', () => {
    expect(hashOf(having({ minDevicePasswordLength: 6 }), '14.1')).not.toBe(hashOf(strictPolicy, '14.1'))
    expect(hashOf(having({ minDevicePasswordLength: undefined }), '14.1')).not.toBe(hashOf(having({ minDevicePasswordLength: 1 }), '14.1'))
  })

  it('does not change with what phones are never told', () => {
    const renamed: Policy = { ...strictPolicy, name: 'other', allowNonProvisionable: true, refreshHours: 12 }
    expect(hashOf(renamed, '16.1')).toBe(hashOf(strictPolicy, '16.1'))
    expect(hashOf(having({ minDevicePasswordLength: 9 }, lax), '16.1')).toBe(hashOf(lax, '16.1'))
  })

  it('does not change with an element that the version does not carry', () => {
    const blind: Policy = having({ allowCamera: false })
    expect(hashOf(blind, '12.0')).toBe(hashOf(strictPolicy, '12.0'))
    expect(hashOf(blind, '12.1')).not.toBe(hashOf(strictPolicy, '12.1'))
  })

  it('remembers the version it was made for', () => {
    expect(versionOfHash(hashOf(strictPolicy, '14.0'))).toBe('14.0')
    expect(versionOfHash('abc')).toBeNull()
  })
})
