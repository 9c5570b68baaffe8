// What an administrator should know before a policy is in force: who would be kept out, and which rules would do nothing.
import { isNeutral, ruleNamed, ruleNames } from '../model/policy-rules.ts'
import { defaultPolicyName, type Policy } from '../model/policy.ts'
import { isSince } from '../model/version.ts'
import { clientRules, clients } from './client-rules.ts'
import { rulesInForce } from './document.ts'

/** Phones that fetch the policy oftener than this spend their batteries on it. */
const refreshHoursFew = 4

/** Sentences, the gravest first; none where there is nothing to fear. */
export function cautionsOf(policy: Policy): string[] {
  return [...lockOuts(policy), ...idleRules(policy)]
}

function lockOuts(policy: Policy): string[] {
  const { name, syncEnabled, provisions, allowNonProvisionable, minVersion, devicesMax } = policy
  const whose = name === defaultPolicyName ? 'everybody who has no other policy' : 'everybody who has this policy'
  const said: string[] = []
  if (!syncEnabled) said.push(`No phone of ${whose} may sync.`)
  if (minVersion !== null && isSince(minVersion, '14.0')) {
    const [lowest, highest] = clients.outlook.versions
    said.push(`Devices that speak no ${minVersion} or later are kept out; Outlook for Windows was seen to speak ${lowest} to ${highest}.`)
  }
  if (provisions && !allowNonProvisionable) {
    const refused = setRules(policy).filter((rule) => clientRules[rule].android.treatment === 'refused')
    said.push('Outlook for Windows cannot provision, and is kept out.')
    if (refused.length > 0) said.push(`Android phones cannot do all of this, and are kept out: ${titles(refused)}.`)
  }
  if (devicesMax === 1) said.push('Whoever has a new phone has to have the old one forgotten first.')
  return said
}

function idleRules(policy: Policy): string[] {
  const { provisions, rules, refreshHours } = policy
  const set = setRules(policy)
  const isSet = Object.keys(rules).length > 0
  if (!provisions) return isSet ? ['Phones are not asked to provision: no rule is sent.'] : []
  const said: string[] = []
  const idle = ruleNames.filter((rule) => ruleNamed(rule).group === 'passcode' && !isNeutral(rule, rules[rule]) && !set.includes(rule))
  if (idle.length > 0) said.push(`No passcode is required, so these are not sent: ${titles(idle)}.`)
  if (set.includes('minDevicePasswordComplexCharacters') && !set.includes('alphanumericDevicePasswordRequired')) {
    said.push('Android asks for complex characters only where letters and digits are required.')
  }
  if (set.includes('requireDeviceEncryption') && !set.includes('devicePasswordEnabled')) {
    said.push('Encryption without a passcode protects little: whoever finds the phone can open it.')
  }
  if (refreshHours !== null && refreshHours < refreshHoursFew) {
    said.push(`Every phone provisions anew every ${refreshHours === 1 ? 'hour' : `${refreshHours} hours`}.`)
  }
  return said
}

const setRules = (policy: Policy) => {
  const rules = rulesInForce(policy)
  return ruleNames.filter((rule) => !isNeutral(rule, rules[rule]))
}
const titles = (rules: readonly (typeof ruleNames)[number][]) => rules.map((rule) => ruleNamed(rule).title).join(', ')
