// `easel admin`: who may log in at the console without an account.
import { InvalidArgumentError, type Command } from 'commander'
import type { AdministratorView } from '../admin/administrators.ts'
import { staffRoles, type StaffRole } from '../model/actor.ts'
import type { Door } from './door.ts'
import { printFields, printJson, printRows, say, shortTime, type Format } from './print.ts'
import { givenPassword, type Shell } from './shell.ts'

const titles = { name: 'Name', role: 'Role', disabled: 'Disabled', secondFactor: 'Second factor', lastLogin: 'Last login' }

type PasswordOptions = Format & { readonly passwordStdin?: boolean }

/** A role as an argument. */
export function role(text: string): StaffRole {
  const known = staffRoles.find((each) => each === text)
  if (known === undefined) throw new InvalidArgumentError(`Use one of ${staffRoles.join(', ')}.`)
  return known
}

/** Adds `admin …` to the program. */
export function administratorCommands(program: Command, shell: Shell, door: Door): void {
  const admin = program.command('admin').description('local administrators: who may log in at the console without an account')
  const show = (view: AdministratorView, format: Format) => printFields(shell, { ...view }, format, titles)

  admin
    .command('add <name>')
    .description('add somebody; the password is the first line of standard input')
    .requiredOption('--role <role>', staffRoles.join(', '), role)
    .option('--password-stdin', 'read the password from standard input')
    .option('--json', 'answer in JSON')
    .action(async (name: string, options: PasswordOptions & { role: StaffRole }) => {
      show(await door.perform('admin.add', { name, role: options.role, password: await givenPassword(shell, options) }), options)
    })

  admin
    .command('list')
    .description('list them')
    .option('--json', 'answer in JSON')
    .action(async (options: Format) => {
      printRows(
        shell,
        await door.perform('admin.list', {}),
        [
          { title: 'NAME', value: ({ name }) => name },
          { title: 'ROLE', value: (row) => row.role },
          { title: 'STATE', value: ({ disabled }) => (disabled ? 'disabled' : 'enabled') },
          { title: 'SECOND FACTOR', value: ({ secondFactor }) => (secondFactor ? 'yes' : 'no') },
          { title: 'LAST LOGIN (UTC)', value: ({ lastLogin }) => (lastLogin === null ? null : shortTime(lastLogin)) },
        ],
        options,
        'There are no local administrators; `easel admin add` makes one.',
      )
    })

  admin
    .command('password <name>')
    .description('set a new password; his sessions end')
    .option('--password-stdin', 'read the password from standard input')
    .option('--json', 'answer in JSON')
    .action(async (name: string, options: PasswordOptions) => {
      show(await door.perform('admin.password', { name, password: await givenPassword(shell, options) }), options)
    })

  admin
    .command('role <name> <role>')
    .description('give somebody another role; his sessions end')
    .option('--json', 'answer in JSON')
    .action(async (name: string, wanted: string, options: Format) => {
      show(await door.perform('admin.role', { name, role: role(wanted) }), options)
    })

  for (const [verb, description] of [
    ['disable', 'keep somebody out; his sessions end'],
    ['enable', 'let somebody in again'],
  ] as const) {
    admin
      .command(`${verb} <name>`)
      .description(description)
      .option('--json', 'answer in JSON')
      .action(async (name: string, options: Format) => show(await door.perform(`admin.${verb}`, { name }), options))
  }

  admin
    .command('remove <name>')
    .description('remove somebody; his sessions end')
    .option('--json', 'answer in JSON')
    .action(async (name: string, options: Format) => {
      const removed = await door.perform('admin.remove', { name })
      if (options.json === true) return printJson(shell, removed)
      say(shell, `Removed ${removed.name}.`)
    })

  admin
    .command('totp')
    .description('second factors')
    .command('reset <name|address>')
    .description('take the second factor of an administrator or an account away; his sessions end')
    .option('--json', 'answer in JSON')
    .action(async (person: string, options: Format) => {
      const reset = await door.perform('factor.reset', { person })
      if (options.json === true) return printJson(shell, reset)
      say(shell, `${reset.person} logs in with the password alone, until a second factor is set up again.`)
    })
}
