// `easel policy`: what phones are asked to obey, and what that comes to.
import { InvalidArgumentError, type Command } from 'commander'
import type { ActionInput } from '../admin/actions.ts'
import type { PolicyView } from '../admin/policies.ts'
import { dialects } from '../model/dialect.ts'
import { ruleNamed, ruleNames } from '../model/policy-rules.ts'
import { protocolVersions, type ProtocolVersion } from '../model/version.ts'
import { clientRules } from '../policy/client-rules.ts'
import { rangeWords } from '../policy/rule-words.ts'
import { rulesInput } from '../policy/rules-input.ts'
import type { Door } from './door.ts'
import { showPolicy, showPreview } from './policy-print.ts'
import { printJson, printRows, say, type Format } from './print.ts'
import { ruleArgument, type GivenRules } from './rule-argument.ts'
import type { Shell } from './shell.ts'

type PolicyInput = ActionInput<'policy.set'>

/** What `set` and `preview` may be given; what is not given stays as it is. */
interface Given extends Format {
  readonly rule?: GivenRules
  /** False: of none. */
  readonly group?: string[] | false
  readonly rank?: number
  readonly sync?: 'yes' | 'no'
  readonly provision?: 'yes' | 'no'
  readonly allowNonProvisionable?: 'yes' | 'no'
  readonly minVersion?: ProtocolVersion | 'default'
  readonly maxVersion?: ProtocolVersion | 'default'
  readonly devicesMax?: number | 'any'
  readonly refreshHours?: number | 'never'
  readonly fresh?: boolean
}

const served = protocolVersions.filter((version) => dialects[version].served)

/** Adds `policy …` to the program. */
export function policyCommands(program: Command, shell: Shell, door: Door): void {
  const policy = program.command('policy').description('policies: what phones are asked to obey')

  policy
    .command('list')
    .description('list the policies, the default last')
    .option('--json', 'answer in JSON')
    .action(async (options: Format) => {
      printRows(
        shell,
        await door.perform('policy.list', {}),
        [
          { title: 'POLICY', value: ({ name }) => name },
          { title: 'RANK', value: ({ rank }) => rank },
          { title: 'GROUPS', value: ({ groups }) => groups.join(', ') },
          { title: 'ACCOUNTS', value: ({ accounts }) => accounts },
          { title: 'RULES SET', value: ({ rules }) => Object.keys(rules).length },
          { title: 'INSISTS', value: ({ provisions, allowNonProvisionable }) => (provisions && !allowNonProvisionable ? 'yes' : 'no') },
          { title: 'FROM', value: ({ stored }) => (stored ? 'the store' : 'the configuration') },
        ],
        options,
        'There are no policies.',
      )
    })

  policy
    .command('show <name>')
    .description('show a policy and its rules')
    .option('--json', 'answer in JSON')
    .action(async (name: string, options: Format) => show(await door.perform('policy.show', { name }), options))

  policy
    .command('rules')
    .description('list the rules there are, what they may be set to, and what phones do with them')
    .option('--json', 'answer in JSON')
    .action((options: Format) => {
      printRows(
        shell,
        ruleNames.map((name) => ({ name, ...ruleNamed(name), range: rangeWords(name), clients: clientRules[name] })),
        [
          { title: 'RULE', value: ({ name }) => name },
          { title: 'WHAT IT SAYS', value: ({ title }) => title },
          { title: 'VALUES', value: ({ range }) => range },
          { title: 'IOS', value: ({ clients }) => clients.ios.treatment },
          { title: 'ANDROID', value: ({ clients }) => clients.android.treatment },
        ],
        options,
        '',
      )
    })

  withPolicyOptions(policy.command('set <name>').description('add a policy, or change one: what is not named stays as it is'))
    .option('--assign <address...>', 'give it to these accounts')
    .action(async (name: string, options: Given & { assign?: string[] }) => {
      const { cautions, ...written } = await door.perform('policy.set', await wanted(name, options))
      const assigned = options.assign ?? []
      for (const address of assigned) await door.perform('account.set', { address, policy: name })
      const view = assigned.length === 0 ? written : await door.perform('policy.show', { name })
      if (options.json === true) return printJson(shell, { ...view, cautions })
      show(view, options)
      for (const caution of cautions) say(shell, `\nNote: ${caution}`)
    })

  withPolicyOptions(
    policy.command('preview <name>').description('what such a policy would come to, on which phones; nothing is stored'),
  ).action(async (name: string, options: Given) =>
    showPreview(shell, await door.perform('policy.preview', await wanted(name, options)), options),
  )

  policy
    .command('remove <name>')
    .description('remove a policy: its accounts fall back to their groups or the default; the default goes back to the configuration')
    .option('--json', 'answer in JSON')
    .action(async (name: string, options: Format) => {
      const removed = await door.perform('policy.remove', { name })
      if (options.json === true) return printJson(shell, removed)
      say(shell, `Removed the policy ${removed.name}.`)
    })

  function show(view: PolicyView, options: Format): void {
    if (options.json === true) return printJson(shell, view)
    showPolicy(shell, view)
  }

  /** An action replaces a policy as a whole; people change one thing of it. */
  async function wanted(name: string, given: Given): Promise<PolicyInput> {
    const known = given.fresh === true ? undefined : (await door.perform('policy.list', {})).find((each) => each.name === name)
    return { ...(known === undefined ? {} : inputOf(known)), ...changes(given), name, rules: rulesOf(known, given) }
  }
}

function inputOf({ stored: _, accounts: __, rules: ___, groups, ...fields }: PolicyView): Omit<PolicyInput, 'rules'> {
  return { ...fields, groups: [...groups] }
}

function rulesOf(known: PolicyView | undefined, { rule = {} }: Given): NonNullable<PolicyInput['rules']> {
  const merged = { ...known?.rules, ...rule }
  return rulesInput.parse(Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)))
}

function changes(given: Given): Partial<PolicyInput> {
  const { group, rank, sync, provision, allowNonProvisionable, minVersion, maxVersion, devicesMax, refreshHours } = given
  return {
    ...(group === undefined ? {} : { groups: group === false ? [] : group }),
    ...(rank === undefined ? {} : { rank }),
    ...(sync === undefined ? {} : { syncEnabled: sync === 'yes' }),
    ...(provision === undefined ? {} : { provisions: provision === 'yes' }),
    ...(allowNonProvisionable === undefined ? {} : { allowNonProvisionable: allowNonProvisionable === 'yes' }),
    ...(minVersion === undefined ? {} : { minVersion: minVersion === 'default' ? null : minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion: maxVersion === 'default' ? null : maxVersion }),
    ...(devicesMax === undefined ? {} : { devicesMax: devicesMax === 'any' ? null : devicesMax }),
    ...(refreshHours === undefined ? {} : { refreshHours: refreshHours === 'never' ? null : refreshHours }),
  }
}

function withPolicyOptions(command: Command): Command {
  const versions = served.join(', ')
  return command
    .option('--rule <name=value...>', 'a rule, as `easel policy rules` lists them; the value "default" takes it back', ruleArgument)
    .option('--group <group...>', 'the groups whose accounts get it, in place of those it had')
    .option('--no-group', 'of no group')
    .option('--rank <n>', 'of several policies by group, the lowest rank decides', wholeNumber)
    .option('--sync <choice>', 'whether phones may sync at all: yes or no', yesOrNo)
    .option('--provision <choice>', 'whether phones are asked to provision: yes or no', yesOrNo)
    .option('--allow-non-provisionable <choice>', 'whether devices that do not provision may enter: yes or no', yesOrNo)
    .option('--min-version <version>', `the lowest protocol version offered: ${versions}, or "default"`, versionOrDefault)
    .option('--max-version <version>', `the highest: ${versions}, or "default"`, versionOrDefault)
    .option('--devices-max <n>', 'devices an account may have: a number, or "any"', (text: string) =>
      text === 'any' ? text : wholeNumber(text),
    )
    .option('--refresh-hours <n>', 'hours after which phones fetch the policy again: a number, or "never"', (text: string) =>
      text === 'never' ? text : wholeNumber(text),
    )
    .option('--fresh', 'begin with an empty policy in place of the one of this name')
    .option('--json', 'answer in JSON')
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Use a whole number.')
}

function yesOrNo(text: string): 'yes' | 'no' {
  if (text === 'yes' || text === 'no') return text
  throw new InvalidArgumentError('Use yes or no.')
}

function versionOrDefault(text: string): ProtocolVersion | 'default' {
  const known = [...served, 'default' as const].find((each) => each === text)
  if (known === undefined) throw new InvalidArgumentError(`Use one of ${served.join(', ')}, or "default".`)
  return known
}
