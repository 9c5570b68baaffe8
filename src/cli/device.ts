// `easel device`: which phones there are, what they hold, and forgetting one.
import type { Command } from 'commander'
import type { Door } from './door.ts'
import { printFields, printJson, printRows, say, shortTime, type Format } from './print.ts'
import type { Shell } from './shell.ts'

type OfAccount = Format & { readonly account?: string }

const ofAccount = ({ account }: OfAccount) => (account === undefined ? {} : { account })

const titles = {
  id: 'Device',
  account: 'Account',
  type: 'Type',
  model: 'Model',
  name: 'Name',
  os: 'System',
  userAgent: 'User agent',
  version: 'Protocol version',
  access: 'Access',
  provisioned: 'Policy acknowledged',
  firstSeen: 'First seen',
  lastSeen: 'Last seen',
  lastAddress: 'Last address',
}

/** Adds `device …` to the program. */
export function deviceCommands(program: Command, shell: Shell, door: Door): void {
  const device = program.command('device').description('devices: the phones that sync')

  device
    .command('list')
    .description('list the devices')
    .option('--account <address>', 'of this account only')
    .option('--json', 'answer in JSON')
    .action(async (options: OfAccount) => {
      printRows(
        shell,
        await door.perform('device.list', ofAccount(options)),
        [
          { title: 'DEVICE', value: ({ id }) => id },
          { title: 'ACCOUNT', value: ({ account }) => account },
          { title: 'MODEL', value: ({ model, type }) => model ?? type },
          { title: 'VERSION', value: ({ version }) => version },
          { title: 'ACCESS', value: ({ access }) => access },
          { title: 'LAST SEEN (UTC)', value: ({ lastSeen }) => shortTime(lastSeen) },
        ],
        options,
        'No device has been here yet.',
      )
    })

  device
    .command('show <device>')
    .description('show a device, what it holds and why keys of it were refused')
    .option('--account <address>', 'where several accounts use the device')
    .option('--json', 'answer in JSON')
    .action(async (id: string, options: OfAccount) => {
      const details = await door.perform('device.show', { device: id, ...ofAccount(options) })
      if (options.json === true) return printJson(shell, details)
      printFields(shell, { ...details }, options, titles)
      section(
        'Holds, as far as it has confirmed',
        details.collections.map(({ folder, name, items, usedAt }) => `${name ?? folder}: ${items} items, synced ${shortTime(usedAt)}`),
      )
      section(
        'Keys refused',
        details.resets.map(({ at, folder, reason }) => `${shortTime(at)}  ${folder}: ${reason}`),
      )
      section(
        'Set aside',
        details.poison.map(({ at, item, reason }) => `${shortTime(at)}  ${item}: ${reason}`),
      )
      const errors = await door.perform('device.errors', { device: id, ...ofAccount(options) })
      section(
        'Refused lately',
        errors.map(({ at, command, failure, status, detail }) => `${shortTime(at)}  ${command}: ${status} ${failure}, ${detail}`),
      )
    })

  device
    .command('remove <device>')
    .description('forget a device; when it comes back it starts from the beginning')
    .option('--account <address>', 'where several accounts use the device')
    .option('--json', 'answer in JSON')
    .action(async (id: string, options: OfAccount) => {
      const removed = await door.perform('device.remove', { device: id, ...ofAccount(options) })
      if (options.json === true) return printJson(shell, removed)
      say(shell, `Forgot ${removed.id} of ${removed.account}.`)
    })

  function section(title: string, lines: readonly string[]): void {
    if (lines.length === 0) return
    say(shell, `\n${title}`)
    for (const line of lines) say(shell, `  ${line}`)
  }
}
