// What a policy would come to: on which clients which rule holds, in sentences, and what an administrator should mind.
import { describe, expect, it } from 'vitest'
import type { PolicyRules } from '../../src/model/policy-rules.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { ClientKind } from '../../src/policy/client-rules.ts'
import { differenceOf } from '../../src/policy/difference.ts'
import { forecast } from '../../src/policy/preview.ts'
import { noPolicy } from '../support/admin.ts'
import { strictPolicy } from '../support/caller.ts'

const lenient: Policy = { ...strictPolicy, allowNonProvisionable: true }
const ruled = (rules: PolicyRules, policy: Policy = strictPolicy): Policy => ({ ...policy, rules })

function treatments(policy: Policy): Record<string, readonly string[]> {
  return Object.fromEntries(
    forecast(policy).rules.map(({ rule, clients }) => [
      rule,
      [clients.ios, clients.android, clients.outlook].map((known) => known.treatment),
    ]),
  )
}

const said = (client: ClientKind, policy: Policy) =>
  forecast(policy)
    .clients.find((each) => each.client === client)
    ?.sentences.join(' ')

describe('a preview', () => {
  it('says of each rule that asks something what becomes of it, and by what source that is known', () => {
    const policy = ruled({
      devicePasswordEnabled: true,
      allowCamera: false,
      allowWiFi: false,
      allowSimpleDevicePassword: false,
      allowBrowser: true,
    })
    expect(treatments(policy)).toEqual({
      devicePasswordEnabled: ['honoured', 'honoured', 'ignored'],
      allowSimpleDevicePassword: ['honoured', 'ignored', 'ignored'],
      allowCamera: ['honoured', 'honoured', 'ignored'],
      allowWiFi: ['ignored', 'refused', 'ignored'],
    })
    const wifi = forecast(policy).rules.find(({ rule }) => rule === 'allowWiFi')
    expect(wifi).toMatchObject({ title: 'Allow Wi-Fi', words: 'no', since: '12.1' })
    expect(wifi?.clients.android.source).toMatchObject({ evidence: true, text: expect.stringContaining('ProvisionParser') as string })
    expect(wifi?.clients.ios.source.evidence).toBe(false)
  })

  it('leaves out what is not sent: rules of a passcode that is not required, and everything where nobody provisions', () => {
    expect(treatments(ruled({ minDevicePasswordLength: 6, allowCamera: false }))).toHaveProperty('allowCamera')
    expect(Object.keys(treatments(ruled({ minDevicePasswordLength: 6, allowCamera: false })))).toEqual(['allowCamera'])
    expect(treatments({ ...ruled({ allowCamera: false }), provisions: false })).toEqual({})
  })

  it('tells how a device that cannot do everything fares where the policy insists, and where it does not', () => {
    const rules: PolicyRules = { allowWiFi: false, allowBluetooth: 'off' }
    expect(said('android', ruled(rules))).toContain('is kept out (Status 139): Allow Wi-Fi, Bluetooth.')
    expect(said('android', ruled(rules, lenient))).toContain('is let in all the same: Allow Wi-Fi, Bluetooth.')
    expect(said('ios', ruled(rules))).toBe('Honours 0 of 2 rules. Passes over: Allow Wi-Fi, Bluetooth.')
    expect(said('outlook', ruled(rules))).toContain('Kept out: it cannot provision')
    expect(said('outlook', ruled(rules, lenient))).toBe('Enters without a policy: none of the rules holds there.')
  })

  it('tells what a range of versions does to each kind', () => {
    expect(said('outlook', { ...lenient, minVersion: '16.0' })).toBe('Kept out: none was seen to speak 16.0 or later.')
    expect(said('ios', { ...lenient, minVersion: '14.1' })).toContain('Those that speak no 14.1 are kept out.')
    expect(said('android', { ...lenient, maxVersion: '14.1' })).toContain('Speaks 14.1 at most')
    expect(said('ios', { ...lenient, maxVersion: '16.1' })).not.toContain('at most')
  })

  it('tells of nothing but the door where nobody may sync, and of no rules where nobody provisions', () => {
    expect(said('ios', { ...strictPolicy, syncEnabled: false })).toBe('May not sync (Status 126), unless the account itself may.')
    expect(said('ios', { ...strictPolicy, provisions: false })).toBe('Enters without a policy: phones are not asked to provision.')
    expect(said('android', ruled({}))).toBe('Provisions, and is asked for nothing.')
    expect(said('ios', { ...ruled({}), refreshHours: 12 })).toContain('every 12 hours')
  })

  it('names the rules that a phone of an old version is never told', () => {
    const { untold } = forecast(ruled({ devicePasswordEnabled: true, allowCamera: false }))
    expect(untold).toEqual([
      { version: '12.0', rules: ['allowCamera'] },
      { version: '12.1', rules: [] },
    ])
  })
})

describe('cautions', () => {
  const cautions = (policy: Policy) => forecast(policy).cautions.join(' ')

  it('are none for a policy that keeps nobody out', () => {
    expect(cautions(lenient)).toBe('')
    expect(cautions(noPolicy)).toBe('')
  })

  it('warn of whoever would be kept out', () => {
    expect(cautions(strictPolicy)).toBe('Outlook for Windows cannot provision, and is kept out.')
    expect(cautions(ruled({ allowStorageCard: false }))).toContain(
      'Android phones cannot do all of this, and are kept out: Allow storage card.',
    )
    expect(cautions({ ...lenient, syncEnabled: false })).toBe('No phone of everybody who has this policy may sync.')
    expect(cautions({ ...lenient, name: 'default', syncEnabled: false })).toContain('everybody who has no other policy')
    expect(cautions({ ...lenient, minVersion: '16.0' })).toContain('Devices that speak no 16.0 or later are kept out')
    expect(cautions({ ...lenient, devicesMax: 1 })).toContain('has to have the old one forgotten first')
  })

  it('warn of rules that would do nothing', () => {
    expect(cautions(ruled({ minDevicePasswordLength: 6 }, lenient))).toBe(
      'No passcode is required, so these are not sent: Minimum passcode length.',
    )
    expect(cautions({ ...lenient, provisions: false })).toBe('Phones are not asked to provision: no rule is sent.')
    expect(cautions(ruled({ devicePasswordEnabled: true, minDevicePasswordComplexCharacters: 2 }, lenient))).toContain('Android asks')
    expect(cautions(ruled({ requireDeviceEncryption: true }, lenient))).toContain('Encryption without a passcode')
    expect(cautions({ ...lenient, refreshHours: 1 })).toBe('Every phone provisions anew every hour.')
  })
})

describe('what another policy changes', () => {
  it('is told field by field and rule by rule, in words', () => {
    const after: Policy = {
      ...strictPolicy,
      groups: ['Sales'],
      refreshHours: 24,
      rules: { ...strictPolicy.rules, minDevicePasswordLength: 6, allowCamera: false },
    }
    expect(differenceOf(strictPolicy, after)).toEqual([
      { name: 'groups', title: 'Groups', before: 'none', after: 'Sales' },
      { name: 'refreshHours', title: 'Policy refresh interval', before: 'never', after: '24 hours' },
      { name: 'minDevicePasswordLength', title: 'Minimum passcode length', before: '4 characters', after: '6 characters' },
      { name: 'allowCamera', title: 'Allow camera', before: 'not set', after: 'no' },
    ])
    expect(differenceOf(strictPolicy, { ...strictPolicy })).toEqual([])
    expect(differenceOf(null, strictPolicy).slice(0, 1)).toEqual([{ name: 'rank', title: 'Rank', before: null, after: '0' }])
  })
})
