// `easel device`: which phones there are, what they hold, whether they may come in, and asking for a wipe.
import { Option, type Command } from 'commander'
import type { DeviceView } from '../admin/device-view.ts'
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
  phoneNumber: 'Phone number',
  userAgent: 'User agent',
  version: 'Protocol version',
  access: 'Access',
  accessReason: 'Why',
  policy: 'Policy',
  compliance: 'What it said of it',
  acknowledgedAt: 'Acknowledged (UTC)',
  firstSeen: 'First seen (UTC)',
  lastSeen: 'Last seen (UTC)',
  lastAddress: 'Last address',
}

/** Adds `device …` to the program. */
export function deviceCommands(program: Command, shell: Shell, door: Door): void {
  const device = program.command('device').description('devices: the phones that sync')
  listCommand(device, shell, door)
  showCommand(device, shell, door)
  removeCommand(device, shell, door)
  accessCommands(device, shell, door)
  renameCommand(device, shell, door)
  resyncCommand(device, shell, door)
  wipeCommand(device, shell, door)
  passwordCommand(device, shell, door)
}

function listCommand(device: Command, shell: Shell, door: Door): void {
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
          { title: 'POLICY', value: ({ compliance }) => compliance },
          { title: 'WIPE', value: ({ wipe }) => wipe?.state ?? null },
          { title: 'LAST SEEN (UTC)', value: ({ lastSeen }) => shortTime(lastSeen) },
        ],
        options,
        'No device has been here yet.',
      )
    })
}

function showCommand(device: Command, shell: Shell, door: Door): void {
  device
    .command('show <device>')
    .description('show a device, what it holds and why keys of it were refused')
    .option('--account <address>', 'where several accounts use the device')
    .option('--json', 'answer in JSON')
    .action(async (id: string, options: OfAccount) => {
      const details = await door.perform('device.show', { device: id, ...ofAccount(options) })
      if (options.json === true) return printJson(shell, details)
      const { acknowledgedAt, firstSeen, lastSeen } = details
      const times = {
        acknowledgedAt: acknowledgedAt && shortTime(acknowledgedAt),
        firstSeen: shortTime(firstSeen),
        lastSeen: shortTime(lastSeen),
      }
      printFields(shell, { ...details, ...times }, options, titles)
      section(
        shell,
        'Holds, as far as it has confirmed',
        details.collections.map(
          ({ folder, name, items, key, usedAt }) =>
            `${name ?? folder} (${folder}): ${items} items, key ${key}, synced ${shortTime(usedAt)}`,
        ),
      )
      section(
        shell,
        'Wipes',
        details.wipes.map(
          ({ id, scope, state, requestedBy, requestedAt }) =>
            `${id}: ${scope}, ${state}, asked for by ${requestedBy} ${shortTime(requestedAt)}`,
        ),
      )
      section(
        shell,
        'Quirks in force',
        details.quirks.map(({ fact, why }) => `${fact}: ${why}`),
      )
      section(
        shell,
        'Keys refused',
        details.resets.map(({ at, folder, reason }) => `${shortTime(at)}  ${folder}: ${reason}`),
      )
      section(
        shell,
        'Set aside',
        details.poison.map(({ at, item, reason }) => `${shortTime(at)}  ${item}: ${reason}`),
      )
      const errors = await door.perform('device.errors', { device: id, ...ofAccount(options) })
      section(
        shell,
        'Refused lately',
        errors.map(
          ({ at, command, failure, status, detail }) =>
            `${shortTime(at)}  ${command}: ${status} ${failure}${detail === '' ? '' : `, ${detail}`}`,
        ),
      )
    })
}

function removeCommand(device: Command, shell: Shell, door: Door): void {
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
}

function accessCommands(device: Command, shell: Shell, door: Door): void {
  for (const [verb, description] of [
    ['allow', 'let a device in whatever the rules say; releases it from quarantine, a block, and after a wipe'],
    ['block', 'keep a device out whatever the rules say'],
    ['quarantine', 'show a device nothing but a message, until it is allowed'],
    ['judge', 'let the rules decide about a device again'],
  ] as const) {
    device
      .command(`${verb} <device>`)
      .description(description)
      .option('--account <address>', 'where several accounts use the device')
      .option('--json', 'answer in JSON')
      .action(async (id: string, options: OfAccount) => {
        const view = await door.perform(`device.${verb}`, { device: id, ...ofAccount(options) })
        if (verb !== 'judge' || options.json === true) return told(shell, view, options)
        say(shell, `${view.name} (${view.id}) of ${view.account}: the rules decide at its next request.`)
      })
  }
}

function renameCommand(device: Command, shell: Shell, door: Door): void {
  device
    .command('rename <device> [name]')
    .description('give a device a name people know it by; without a name it has its own again')
    .option('--account <address>', 'where several accounts use the device')
    .option('--json', 'answer in JSON')
    .action(async (id: string, label: string | undefined, options: OfAccount) =>
      told(shell, await door.perform('device.rename', { device: id, label: label ?? null, ...ofAccount(options) }), options),
    )
}

function resyncCommand(device: Command, shell: Shell, door: Door): void {
  device
    .command('resync <device>')
    .description('let a device fetch one folder, or everything, from the beginning')
    .option('--folder <id>', 'this folder only, by the id that `device show` tells')
    .option('--account <address>', 'where several accounts use the device')
    .option('--json', 'answer in JSON')
    .action(async (id: string, { folder, ...options }: OfAccount & { folder?: string }) =>
      told(
        shell,
        await door.perform('device.resync', { device: id, ...(folder === undefined ? {} : { folder }), ...ofAccount(options) }),
        options,
      ),
    )
}

function wipeCommand(device: Command, shell: Shell, door: Door): void {
  device
    .command('wipe <device>')
    .description('ask for a remote wipe; its name, as `device show` tells it, confirms')
    .addOption(
      new Option('--scope <scope>', 'what is erased: what it holds of the account (16.1), or the whole device')
        .choices(['account', 'device'])
        .makeOptionMandatory(),
    )
    .requiredOption('--confirm <name>', "the device's name, exactly")
    .option('--account <address>', 'where several accounts use the device')
    .option('--json', 'answer in JSON')
    .action(async (id: string, options: OfAccount & { scope: 'account' | 'device'; confirm: string }) => {
      const { scope, confirm } = options
      const wipe = await door.perform('device.wipe', { device: id, scope, confirm, ...ofAccount(options) })
      if (options.json === true) return printJson(shell, wipe)
      say(
        shell,
        `Wipe ${wipe.id} of ${wipe.name} (${wipe.device}) of ${wipe.account} ${
          wipe.state === 'awaiting'
            ? `waits until another administrator agrees (at the console, or \`easel wipe approve ${wipe.id}\`)`
            : `is ${wipe.state}`
        }. \`easel wipe cancel ${wipe.id}\` takes it back until the device has been told.`,
      )
    })
}

function passwordCommand(device: Command, shell: Shell, door: Door): void {
  device
    .command('password <device>')
    .description('show the recovery password a device has sent, once')
    .option('--account <address>', 'where several accounts use the device')
    .option('--json', 'answer in JSON')
    .action(async (id: string, options: OfAccount) => {
      const shown = await door.perform('device.password', { device: id, ...ofAccount(options) })
      if (options.json === true) return printJson(shell, shown)
      say(shell, shown.recoveryPassword)
    })
}

function told(shell: Shell, view: DeviceView, options: Format): void {
  if (options.json === true) return printJson(shell, view)
  const { name, id, account, access, accessBasis, accessReason } = view
  say(shell, `${name} (${id}) of ${account}: ${accessBasis === 'individual' ? accessReason : `${access}, ${accessReason}`}.`)
}

function section(shell: Shell, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return
  say(shell, `\n${title}`)
  for (const line of lines) say(shell, `  ${line}`)
}
