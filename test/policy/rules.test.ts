// The table of rules: every element of the specification, in its order, with its range, and words for people.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withRules } from '../../scripts/policy-table.ts'
import { policyInput } from '../../src/admin/policies.ts'
import { isNeutral, policyRules, ruleNamed, ruleNames, type RuleName } from '../../src/model/policy-rules.ts'
import { clientRules } from '../../src/policy/client-rules.ts'
import { EASProvisionDoc, elementOf } from '../../src/policy/document.ts'
import { sinceOf } from '../../src/policy/preview.ts'
import { neutralWords, rangeWords, ruleWords } from '../../src/policy/rule-words.ts'
import { rulesInput } from '../../src/policy/rules-input.ts'
import { describeWithReference, referenceJson, referencePath } from '../support/reference.ts'

interface SpecifiedPolicy {
  readonly name: string
  readonly type: string
  readonly range: string
  readonly neutralValue: string
  readonly sinceVersion: string
  readonly ios: 'yes' | 'no' | 'unclear'
}

interface PolicySchema {
  readonly properties: {
    readonly rules: { readonly properties: Readonly<Record<string, unknown>>; readonly additionalProperties: boolean }
  }
}

const hash = 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='

/** Values that a rule takes, its bounds among them, and values that it does not. */
function samples(name: RuleName): { good: readonly unknown[]; bad: readonly unknown[] } {
  const rule = ruleNamed(name)
  switch (rule.kind) {
    case 'flag':
      return { good: [true, false], bad: [0, 'yes', null] }
    case 'number':
      return { good: [rule.min, rule.max], bad: [rule.min - 1, rule.max + 1, rule.min + 0.5, String(rule.min), null, Number.NaN] }
    case 'choice':
      return { good: Object.keys(rule.values), bad: ['toString', '', 0, null] }
    case 'texts':
      return {
        good: [[], rule.item === 'Hash' ? [hash] : ['solitaire.exe', 'Ünïcode.exe']],
        bad: [hash, [''], [hash.slice(1)].filter(() => rule.item === 'Hash'), ['\u0007'], Array.from({ length: 501 }, () => hash)].filter(
          (each) => each.length > 0,
        ),
      }
  }
}

describeWithReference('the table of rules, against the specification', () => {
  const specified = () => referenceJson<{ policies: readonly SpecifiedPolicy[] }>('spec', 'commands.json').policies
  const named = (name: string) => name as RuleName

  it('has a rule for every policy element, and no other', () => {
    expect(new Set(ruleNames.map(elementOf))).toEqual(new Set(specified().map(({ name }) => name)))
  })

  it('is in the order of the schema, and so is the document', () => {
    const schema = readFileSync(referencePath('spec', 'schemas', 'original', 'Provision.xsd'), 'utf8')
    const inner = schema.slice(schema.indexOf('<xs:element name="EASProvisionDoc">'))
    const order = Array.from(inner.matchAll(/<xs:element name="(\w+)"/g), ([, name]) => name).filter(
      (name) => !['EASProvisionDoc', 'ApplicationName', 'Hash'].includes(name ?? ''),
    )
    expect(ruleNames.map(elementOf)).toEqual(order)
    expect(EASProvisionDoc.fields.map(({ name }) => name)).toEqual(order)
  })

  it('has the neutral values, the choices and the versions of the specification', () => {
    for (const { name, type, range, neutralValue, sinceVersion } of specified()) {
      const rule = ruleNamed(named(`${name.charAt(0).toLowerCase()}${name.slice(1)}`))
      expect([name, sinceOf(named(`${name.charAt(0).toLowerCase()}${name.slice(1)}`))]).toEqual([name, sinceVersion])
      switch (rule.kind) {
        case 'flag':
          expect([name, type, rule.neutral]).toEqual([name, 'boolean', neutralValue === '1'])
          break
        case 'number':
          // An expiration may be 0 or empty; empty is never out of a range.
          if (name !== 'DevicePasswordExpiration') {
            expect([name, rule.neutral]).toEqual([name, neutralValue === 'empty' ? null : Number(neutralValue)])
          }
          expect([name, type.includes('or empty')]).toEqual([name, rule.neutral === null])
          break
        case 'choice':
          expect([name, rule.values[rule.neutral]]).toEqual([name, Number(neutralValue)])
          expect([name, Object.values(rule.values)]).toEqual([
            name,
            Array.from(range.matchAll(/(?:^|, )(\d+) /g), ([, number]) => Number(number)),
          ])
          break
        case 'texts':
          expect([name, type, range.startsWith(rule.item)]).toEqual([name, 'container', true])
      }
    }
  })

  it('says of iOS what the specification pack says', () => {
    const treatments = { yes: 'honoured', no: 'ignored', unclear: 'unknown' } as const
    for (const { name, ios } of specified()) {
      const rule = named(`${name.charAt(0).toLowerCase()}${name.slice(1)}`)
      expect([name, clientRules[rule].ios.treatment]).toEqual([name, treatments[ios]])
    }
  })
})

describe('the table of rules', () => {
  it('has the rules of the administrator’s guide by name', () => {
    expect(
      (
        [
          'devicePasswordEnabled',
          'minDevicePasswordLength',
          'maxDevicePasswordFailedAttempts',
          'alphanumericDevicePasswordRequired',
          'maxInactivityTimeDeviceLock',
          'allowSimpleDevicePassword',
          'devicePasswordExpiration',
          'devicePasswordHistory',
          'minDevicePasswordComplexCharacters',
          'requireManualSyncWhenRoaming',
          'allowCamera',
        ] as const
      ).map((name) => policyRules[name].title),
    ).toEqual([
      'Require passcode',
      'Minimum passcode length',
      'Failed attempts before local wipe',
      'Require letters and digits',
      'Inactivity time',
      'Allow simple passcode',
      'Passcode expiration',
      'Passcode history',
      'Minimum complex characters',
      'Manual sync while roaming',
      'Allow camera',
    ])
  })

  it('tells people of each rule in a title of its own and a sentence', () => {
    const titles = ruleNames.map((name) => ruleNamed(name).title)
    expect(new Set(titles).size).toBe(titles.length)
    for (const name of ruleNames) {
      expect(ruleNamed(name).about).toMatch(/^[A-Z].*\.$/)
      expect([rangeWords(name), neutralWords(name)].every((words) => words.length > 0)).toBe(true)
    }
  })

  it('knows a value that asks nothing', () => {
    expect(isNeutral('allowCamera', true)).toBe(true)
    expect(isNeutral('allowCamera', false)).toBe(false)
    expect(isNeutral('devicePasswordHistory', undefined)).toBe(true)
    expect(isNeutral('approvedApplicationList', [])).toBe(true)
    expect(isNeutral('approvedApplicationList', [hash])).toBe(false)
  })

  it('says values in words', () => {
    expect(ruleWords('maxInactivityTimeDeviceLock', 900)).toBe('15 minutes')
    expect(ruleWords('maxInactivityTimeDeviceLock', 61)).toBe('61 seconds')
    expect(ruleWords('devicePasswordExpiration', 1)).toBe('1 day')
    expect(ruleWords('maxAttachmentSize', 10 << 20)).toBe('10 MB')
    expect(ruleWords('allowBluetooth', 'hands-free')).toBe('hands free')
    expect(ruleWords('approvedApplicationList', [])).toBe('none')
    expect(ruleWords('allowCamera', undefined)).toBe('not set')
  })
})

describe('the table of docs/policies.md', () => {
  it('is what the rules say', () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'policies.md'), 'utf8')
    expect(page, 'run: npm run policy-table').toBe(withRules(page))
  })
})

describe('rules as somebody writes them', () => {
  it.each(ruleNames)('%s is taken within its range and refused outside', (name) => {
    const { good, bad } = samples(name)
    for (const value of good) expect([value, rulesInput.safeParse({ [name]: value }).success]).toEqual([value, true])
    for (const value of bad) expect([value, rulesInput.safeParse({ [name]: value }).success]).toEqual([value, false])
  })

  it('say what is wrong in a sentence', () => {
    const complaint = (rules: unknown) => rulesInput.safeParse(rules).error?.issues[0]?.message
    expect(complaint({ maxDevicePasswordFailedAttempts: 3 })).toBe('must be a whole number of attempts from 4 to 16, or be left out')
    expect(complaint({ allowBluetooth: 'maybe' })).toBe('must be one of off, hands-free, on')
    expect(complaint({ AllowCamera: false })).toBe('there is no rule AllowCamera')
    expect(complaint({ approvedApplicationList: ['x'] })).toBe('a SHA-1 hash in base64 has 28 characters, the last of them =')
  })

  it('have a JSON schema that describes each of them', () => {
    const schema: unknown = z.toJSONSchema(policyInput, { io: 'input' })
    const { properties, additionalProperties } = (schema as PolicySchema).properties.rules
    expect(Object.keys(properties)).toEqual(ruleNames)
    expect(additionalProperties).toBe(false)
    expect(properties['maxInactivityTimeDeviceLock']).toMatchObject({
      title: 'Inactivity time',
      type: 'integer',
      minimum: 60,
      maximum: 9998,
    })
    expect(properties['allowBluetooth']).toMatchObject({ enum: ['off', 'hands-free', 'on'] })
  })
})
