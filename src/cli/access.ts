// `easel access`: which devices may come in, by default and by rule.
import { Argument, Option, type Command } from 'commander'
import type { AccessHit } from '../admin/access.ts'
import { Refusal } from '../admin/house.ts'
import { characteristics, type AccessRules, type Characteristic } from '../model/access.ts'
import type { AccessState } from '../model/device.ts'
import type { Door } from './door.ts'
import { counted, printJson, printRows, say, type Format } from './print.ts'
import type { Shell } from './shell.ts'

type Changing = Format & { readonly dryRun?: boolean }

const states = ['allowed', 'blocked', 'quarantined'] as const

/** Adds `access …` to the program. */
export function accessCommands(program: Command, shell: Shell, door: Door): void {
  const access = program.command('access').description('which devices may come in: a default, and rules in their order')
  const dryRun = () => new Option('--dry-run', 'only show whom it would hit')

  access
    .command('show')
    .description('show the rules and the default')
    .option('--json', 'answer in JSON')
    .action(async (options: Format) => show(await door.perform('access.show', {}), options))

  access
    .command('default')
    .description('what becomes of devices that no rule fits')
    .addArgument(new Argument('<access>', 'where they stand then').choices(states))
    .addOption(dryRun())
    .option('--json', 'answer in JSON')
    .action(async (fallback: AccessState, options: Changing) => change(options, (rules) => ({ ...rules, fallback })))

  access
    .command('add')
    .description('add a rule; the pattern may hold * and ?, in any letter case')
    .addArgument(new Argument('<characteristic>', 'what the rule looks at').choices(characteristics))
    .argument('<pattern>', "what has to stand there, such as 'iPhone1?C*'")
    .addArgument(new Argument('<access>', 'what becomes of devices that fit').choices(states))
    .option('--note <text>', 'why it is there', '')
    .option('--first', 'in front of the others instead of behind them')
    .addOption(dryRun())
    .option('--json', 'answer in JSON')
    .action(
      (characteristic: Characteristic, pattern: string, decided: AccessState, options: Changing & { note: string; first?: boolean }) => {
        const rule = { characteristic, pattern, access: decided, note: options.note }
        return change(options, ({ fallback, rules }) => ({ fallback, rules: options.first === true ? [rule, ...rules] : [...rules, rule] }))
      },
    )

  access
    .command('remove <rule>')
    .description('remove a rule by its id')
    .addOption(dryRun())
    .option('--json', 'answer in JSON')
    .action((id: string, options: Changing) =>
      change(options, ({ fallback, rules }) => {
        if (!rules.some((rule) => rule.id === id)) throw new Refusal(`There is no rule ${id}: \`easel access show\` lists them.`)
        return { fallback, rules: rules.filter((rule) => rule.id !== id) }
      }),
    )

  type Wanted = { readonly fallback: AccessState; readonly rules: readonly (Omit<AccessRules['rules'][number], 'id'> & { id?: string })[] }

  async function change(options: Changing, edit: (rules: AccessRules) => Wanted): Promise<void> {
    const wanted = edit(await door.perform('access.show', {}))
    const input = { fallback: wanted.fallback, rules: [...wanted.rules] }
    if (options.dryRun === true) return hits(await door.perform('access.preview', input), options)
    const { affected, ...rules } = await door.perform('access.set', input)
    if (options.json === true) return printJson(shell, { ...rules, affected })
    show(rules, options)
    say(
      shell,
      affected.length === 0
        ? '\nNo known device is affected.'
        : `\n${counted(affected.length, 'known device')} will be told at the next request.`,
    )
  }

  function hits(found: readonly AccessHit[], options: Format): void {
    printRows(
      shell,
      found,
      [
        { title: 'DEVICE', value: ({ device }) => device },
        { title: 'ACCOUNT', value: ({ account }) => account },
        { title: 'NAME', value: ({ name }) => name },
        { title: 'NOW', value: ({ before }) => before },
        { title: 'THEN', value: ({ after }) => after },
      ],
      options,
      'No known device would be affected.',
    )
  }

  function show({ fallback, rules }: AccessRules, options: Format): void {
    if (options.json === true) return printJson(shell, { fallback, rules })
    printRows(
      shell,
      rules,
      [
        { title: 'RULE', value: ({ id }) => id },
        { title: 'LOOKS AT', value: ({ characteristic }) => characteristic },
        { title: 'PATTERN', value: ({ pattern }) => pattern },
        { title: 'ACCESS', value: (rule) => rule.access },
        { title: 'NOTE', value: ({ note }) => note },
      ],
      options,
      'There are no rules.',
    )
    say(shell, `Everything else: ${fallback}`)
  }
}
