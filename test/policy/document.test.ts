// What phones are told of a policy: which elements, in which order, and when it counts as changed.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { PolicyRules } from '../../src/model/policy-rules.ts'
import { ruleNames } from '../../src/model/policy-rules.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { ProtocolVersion } from '../../src/model/version.ts'
import { assertSpeakable, documentOf, EASProvisionDoc, elementOf, hashOf, versionOfHash } from '../../src/policy/document.ts'
import { encode } from '../../src/wbxml/schema.ts'
import { toXml } from '../../src/wbxml/xml.ts'
import { strictPolicy } from '../support/caller.ts'
import { invalid, type Answered } from '../support/validate.ts'
import { el, read, write, type Node } from '../support/wire.ts'

const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const
const answered: Answered[] = []

/** What a phone of this version reads; the answer around it is kept for the schemas. */
function documentAt(policy: Policy, version: ProtocolVersion): Node {
  const document = read(encode(EASProvisionDoc, documentOf(policy), version))
  const answer = el('Provision:Provision', [
    el('Provision:Status', 1),
    el('Provision:Policies', [
      el('Provision:Policy', [
        el('Provision:PolicyType', 'MS-EAS-Provisioning-WBXML'),
        el('Provision:Status', 1),
        el('Provision:PolicyKey', '1'),
        el('Provision:Data', [document]),
      ]),
    ]),
  ])
  answered.push({ command: 'Provision', version, bytes: write(answer) })
  return document
}

function sent(policy: Policy, version: ProtocolVersion): [string, string | null][] {
  return documentAt(policy, version).children.map((child) => [child.name.replace('Provision:', ''), child.value as string | null])
}

const having = (rules: PolicyRules, policy: Policy = strictPolicy): Policy => ({ ...policy, rules: { ...policy.rules, ...rules } })
const lax: Policy = having({ devicePasswordEnabled: false })
const empty: Policy = { ...strictPolicy, rules: {} }

/** Every rule, none of them neutral. */
const full: Policy = {
  ...strictPolicy,
  rules: {
    devicePasswordEnabled: true,
    alphanumericDevicePasswordRequired: true,
    passwordRecoveryEnabled: true,
    requireStorageCardEncryption: true,
    attachmentsEnabled: false,
    minDevicePasswordLength: 8,
    maxInactivityTimeDeviceLock: 300,
    maxDevicePasswordFailedAttempts: 10,
    maxAttachmentSize: 10_485_760,
    allowSimpleDevicePassword: false,
    devicePasswordExpiration: 90,
    devicePasswordHistory: 5,
    allowStorageCard: false,
    allowCamera: false,
    requireDeviceEncryption: true,
    allowUnsignedApplications: false,
    allowUnsignedInstallationPackages: false,
    minDevicePasswordComplexCharacters: 3,
    allowWiFi: false,
    allowTextMessaging: false,
    allowPOPIMAPEmail: false,
    allowBluetooth: 'hands-free',
    allowIrDA: false,
    requireManualSyncWhenRoaming: true,
    allowDesktopSync: false,
    maxCalendarAgeFilter: 'three-months',
    allowHTMLEmail: false,
    maxEmailAgeFilter: 'two-weeks',
    maxEmailBodyTruncationSize: 0,
    maxEmailHTMLBodyTruncationSize: 64,
    requireSignedSMIMEMessages: true,
    requireEncryptedSMIMEMessages: true,
    requireSignedSMIMEAlgorithm: 'md5',
    requireEncryptionSMIMEAlgorithm: 'rc2-128',
    allowSMIMEEncryptionAlgorithmNegotiation: 'none',
    allowSMIMESoftCerts: false,
    allowBrowser: false,
    allowConsumerEmail: false,
    allowRemoteDesktop: false,
    allowInternetSharing: false,
    unapprovedInROMApplicationList: ['solitaire.exe', 'hearts.exe'],
    approvedApplicationList: ['2jmj7l5rSw0yVb/vlWAYkK/YBwk='],
  },
}

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'provision', `${name}.xml`), 'utf8')

afterAll(async () => expect(await invalid(answered)).toEqual([]))

describe('the policy document', () => {
  it.each([
    ['full', full],
    ['neutral', empty],
  ])('of a %s policy is the one on record', (name, policy) => {
    const bytes = encode(EASProvisionDoc, documentOf(policy), '16.1')
    expect(toXml(bytes).replaceAll('><', '>\n<').trim()).toBe(fixture(`${name}-policy.16.1`).trim())
  })

  it('holds no neutral value where every rule is set', () => {
    expect(Object.keys(full.rules).sort()).toEqual([...ruleNames].sort())
    const neutral = new Map(sent(empty, '16.1'))
    for (const [name, value] of sent(full, '16.1')) {
      if (!name.endsWith('List')) expect([name, value]).not.toEqual([name, neutral.get(name)])
    }
  })

  it.each(versions)('holds every element at %s, whatever the policy says', (version) => {
    for (const policy of [full, empty, strictPolicy, lax]) {
      expect(sent(policy, version).map(([name]) => name)).toEqual(ruleNames.map(elementOf))
    }
  })

  it('sends a rule that is not set empty or neutral, never as a 0 outside of its range', () => {
    const values = new Map(sent(lax, '14.1'))
    for (const name of [
      'MinDevicePasswordLength',
      'MaxInactivityTimeDeviceLock',
      'MaxDevicePasswordFailedAttempts',
      'MaxAttachmentSize',
      'DevicePasswordExpiration',
    ]) {
      expect([name, values.get(name)]).toEqual([name, null])
    }
    expect(values.get('DevicePasswordEnabled')).toBe('0')
    expect(values.get('AllowSimpleDevicePassword')).toBe('1')
    expect(values.get('MinDevicePasswordComplexCharacters')).toBe('1')
    expect(values.get('MaxEmailBodyTruncationSize')).toBe('-1')
  })

  it('sends no rule of the passcode where none is required', () => {
    const values = new Map(sent(having({ devicePasswordEnabled: false }, full), '16.1'))
    const neutral = new Map(sent(empty, '16.1'))
    for (const name of ruleNames.filter((rule) => /password/i.test(rule))) {
      expect([name, values.get(elementOf(name))]).toEqual([name, neutral.get(elementOf(name))])
    }
    expect(values.get('MaxInactivityTimeDeviceLock')).toBeNull()
    expect(values.get('AllowCamera')).toBe('0')
  })

  it('speaks in 12.0 only of what 12.0 knows', () => {
    const names = sent(full, '12.0').map(([name]) => name)
    expect(names).toHaveLength(11)
    expect(names).toContain('DevicePasswordHistory')
    expect(names).not.toContain('AllowCamera')
    expect(names).not.toContain('MinDevicePasswordComplexCharacters')
    expect(sent(strictPolicy, '12.1').map(([name]) => name)).toContain('AllowCamera')
  })

  it('refuses a policy whose numbers no phone accepts', () => {
    expect(() => assertSpeakable(having({ maxDevicePasswordFailedAttempts: 3 }))).toThrow(RangeError)
    expect(() => assertSpeakable(having({ minDevicePasswordLength: 17 }))).toThrow(/MinDevicePasswordLength/)
    expect(() => assertSpeakable(having({ maxInactivityTimeDeviceLock: 9999 }))).toThrow(/MaxInactivityTimeDeviceLock/)
    expect(() => assertSpeakable(full)).not.toThrow()
  })
})

describe.each(versions)('the hash of a policy at %s', (version) => {
  it('changes with each rule that is sent', () => {
    const hashes = new Set([hashOf(full, version)])
    for (const name of ruleNames) hashes.add(hashOf({ ...full, rules: { ...full.rules, [name]: undefined } }, version))
    expect(hashes.size).toBe(ruleNames.length + 1)
    expect(hashOf(having({ minDevicePasswordLength: undefined }), version)).not.toBe(
      hashOf(having({ minDevicePasswordLength: 1 }), version),
    )
  })

  it('does not change with what phones are never told', () => {
    const renamed: Policy = {
      ...full,
      name: 'other',
      rank: 7,
      groups: ['Sales'],
      allowNonProvisionable: true,
      refreshHours: 12,
      devicesMax: 2,
    }
    expect(hashOf(renamed, version)).toBe(hashOf(full, version))
    expect(hashOf(having({ minDevicePasswordLength: 9 }, lax), version)).toBe(hashOf(lax, version))
  })

  it('is the same whether a neutral value was written down or left out', () => {
    expect(hashOf(having({ allowCamera: true, allowBluetooth: 'on', approvedApplicationList: [] }), version)).toBe(
      hashOf(strictPolicy, version),
    )
  })

  it('remembers the version it was made for', () => {
    expect(versionOfHash(hashOf(strictPolicy, version))).toBe(version)
  })
})

describe('the hash of a policy', () => {
  it('does not change with an element that the version does not carry', () => {
    const blind: Policy = having({ allowCamera: false })
    expect(hashOf(blind, '12.0')).toBe(hashOf(strictPolicy, '12.0'))
    expect(hashOf(blind, '12.1')).not.toBe(hashOf(strictPolicy, '12.1'))
  })

  it('is no other text', () => {
    expect(versionOfHash('abc')).toBeNull()
  })
})
