// `easel account`: who may log in, and what he may do.
import { InvalidArgumentError, type Command } from 'commander'
import type { AccountView } from '../admin/accounts.ts'
import { weekdays, type Weekday, type WorkingHoursView } from '../admin/working-hours.ts'
import { dialects } from '../model/dialect.ts'
import { protocolVersions, type ProtocolVersion } from '../model/version.ts'
import { absenceCommand } from './absence.ts'
import type { Door } from './door.ts'
import { printFields, printRows, type Format } from './print.ts'
import { givenPassword, type Shell } from './shell.ts'

const served = protocolVersions.filter((version) => dialects[version].served)

const titles = {
  address: 'Address',
  addresses: 'All addresses',
  displayName: 'Name',
  disabled: 'Disabled',
  directory: 'Of the directory',
  barred: 'Kept out by the directory because',
  groups: 'Groups',
  policy: 'Policy of its own',
  policyInForce: 'Policy in force',
  syncEnabled: 'May sync',
  devicesMax: 'Devices',
  maxVersion: 'Highest version',
  allowNonProvisionable: 'Admits devices that do not provision',
  timeZone: 'Time zone',
  workingHours: 'Works',
}

/** Adds `account …` to the program. */
export function accountCommands(program: Command, shell: Shell, door: Door): void {
  const account = program.command('account').description('accounts: who may log in, and what he may do')
  const show = (view: AccountView, format: Format) => {
    const { workingHours } = view
    printFields(shell, { ...view, ...(format.json === true ? {} : { workingHours: hoursText(workingHours) }) }, format, titles)
  }

  account
    .command('add <address>')
    .description('add an account with its mailbox; the password is the first line of standard input')
    .option('--password-stdin', 'read the password from standard input')
    .option('--name <name>', 'the name people see in mail')
    .option('--json', 'answer in JSON')
    .action(async (address: string, options: Format & { passwordStdin?: boolean; name?: string }) => {
      const password = await givenPassword(shell, options)
      show(await door.perform('account.add', { address, password, ...(options.name === undefined ? {} : { name: options.name }) }), options)
    })

  account
    .command('list')
    .description('list the accounts')
    .option('--json', 'answer in JSON')
    .action(async (options: Format) => {
      printRows(
        shell,
        await door.perform('account.list', {}),
        [
          { title: 'ADDRESS', value: ({ address }) => address },
          { title: 'NAME', value: ({ displayName }) => displayName },
          { title: 'STATE', value: ({ disabled, barred }) => barred ?? (disabled ? 'disabled' : 'enabled') },
          { title: 'POLICY', value: ({ policyInForce }) => policyInForce },
          { title: 'HIGHEST VERSION', value: ({ maxVersion }) => maxVersion },
        ],
        options,
        'There are no accounts; `easel account add` makes one.',
      )
    })

  account
    .command('password <address>')
    .description('set a new password; devices have to present it at their next request')
    .option('--password-stdin', 'read the password from standard input')
    .option('--json', 'answer in JSON')
    .action(async (address: string, options: Format & { passwordStdin?: boolean }) => {
      show(await door.perform('account.password', { address, password: await givenPassword(shell, options) }), options)
    })

  for (const [verb, description] of [
    ['disable', 'shut an account: nobody logs in, mail is still delivered'],
    ['enable', 'open an account again'],
  ] as const) {
    account
      .command(`${verb} <address>`)
      .description(description)
      .option('--json', 'answer in JSON')
      .action(async (address: string, options: Format) => show(await door.perform(`account.${verb}`, { address }), options))
  }

  account
    .command('set <address>')
    .description('change what an account may do; "default" leaves it to the policy')
    .option('--policy <name>', 'the policy it has, whatever its groups; "none" leaves it to them')
    .option('--group <group...>', 'all groups of the account, replacing those it had')
    .option('--no-group', 'it belongs to no group')
    .option('--sync <choice>', 'whether its devices may sync: yes, no or "default"', choice)
    .option('--devices-max <n>', 'how many devices it may have: a number, or "default"', numberOrDefault)
    .option('--max-version <version>', `the highest protocol version offered: ${served.join(', ')}, or "default"`, version)
    .option('--allow-non-provisionable <choice>', 'whether devices that do not provision may enter: yes, no or "default"', choice)
    .option('--time-zone <name>', 'where its owner is, such as Europe/Berlin; "default" is that of calendar.timeZone')
    .option('--works <hours>', 'when he works, such as monday-friday/09:00-17:00; "default" where it is not said', hours)
    .option('--name <name>', 'the name people see in mail')
    .option('--alias <address...>', 'all further addresses of the account, replacing those it had')
    .option('--json', 'answer in JSON')
    .action(async (address: string, options: Format & SetOptions) => {
      const { maxVersion, allowNonProvisionable, name, alias, policy, group, sync, devicesMax, timeZone, works } = options
      show(
        await door.perform('account.set', {
          address,
          ...(maxVersion === undefined ? {} : { maxVersion: maxVersion === 'default' ? null : maxVersion }),
          ...(allowNonProvisionable === undefined ? {} : { allowNonProvisionable: choices[allowNonProvisionable] }),
          ...(policy === undefined ? {} : { policy: policy === 'none' ? null : policy }),
          ...(group === undefined ? {} : { groups: group === false ? [] : group }),
          ...(sync === undefined ? {} : { syncEnabled: choices[sync] }),
          ...(devicesMax === undefined ? {} : { devicesMax: devicesMax === 'default' ? null : devicesMax }),
          ...(name === undefined ? {} : { name }),
          ...(alias === undefined ? {} : { aliases: alias }),
          ...(timeZone === undefined ? {} : { timeZone: timeZone === 'default' ? null : timeZone }),
          ...(works === undefined ? {} : { workingHours: works === 'default' ? null : works }),
        }),
        options,
      )
    })

  absenceCommand(account, shell, door)
}

interface SetOptions {
  readonly maxVersion?: ProtocolVersion | 'default'
  readonly allowNonProvisionable?: keyof typeof choices
  readonly name?: string
  readonly alias?: string[]
  readonly policy?: string
  /** False: of none. */
  readonly group?: string[] | false
  readonly sync?: keyof typeof choices
  readonly devicesMax?: number | 'default'
  readonly timeZone?: string
  readonly works?: GivenHours | 'default'
}

// Commander takes null for "no value": the word travels as far as the action.
const choices = { yes: true, no: false, default: null } as const

function version(text: string): ProtocolVersion | 'default' {
  const known = [...served, 'default' as const].find((known) => known === text)
  if (known === undefined) throw new InvalidArgumentError(`Use one of ${served.join(', ')}, or "default".`)
  return known
}

function choice(text: string): keyof typeof choices {
  if (text === 'yes' || text === 'no' || text === 'default') return text
  throw new InvalidArgumentError('Use yes, no or "default".')
}

function numberOrDefault(text: string): number | 'default' {
  if (text === 'default') return text
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Use a whole number, or "default".')
}

interface GivenHours {
  readonly days: Weekday[]
  readonly start: string
  readonly end: string
}

function hours(text: string): GivenHours | 'default' {
  if (text === 'default') return text
  const [named = '', times = ''] = text.toLowerCase().split('/')
  const [start = '', end = ''] = times.split('-')
  const days = named.split(',').flatMap(daysOf)
  if (start === '' || end === '' || days.length === 0) throw new InvalidArgumentError('Use days and times: monday-friday/09:00-17:00.')
  return { days, start, end }
}

/** `monday`, `mon`, `monday-friday`, `sat-mon`. */
function daysOf(text: string): Weekday[] {
  const [first, last] = text.split('-').map((name) => weekdays.findIndex((day) => name.length >= 2 && day.startsWith(name.trim())))
  if (first === undefined || first === -1 || last === -1) throw new InvalidArgumentError(`${text} is no day of the week.`)
  const count = last === undefined ? 1 : ((last - first + 7) % 7) + 1
  return Array.from({ length: count }, (_each, offset) => weekdays[(first + offset) % 7] ?? 'sunday')
}

function hoursText(hours: WorkingHoursView | null): string | null {
  return hours === null ? null : `${hours.days.join(', ')}: ${hours.start} to ${hours.end}`
}
