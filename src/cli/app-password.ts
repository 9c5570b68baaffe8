// `easel app-password`: passwords for single phones of an account.
import type { Command } from 'commander'
import type { Door } from './door.ts'
import { printJson, printRows, say, shortTime, type Format } from './print.ts'
import type { Shell } from './shell.ts'

/** Adds `app-password …` to the program. */
export function appPasswordCommands(program: Command, shell: Shell, door: Door): void {
  const command = program.command('app-password').description('app passwords: what single phones come in with')

  command
    .command('create <address> <name>')
    .description('make one for a phone of this account; it is shown this once')
    .option('--json', 'answer in JSON')
    .action(async (address: string, name: string, options: Format) => {
      const made = await door.perform('account.app-password.create', { address, name })
      if (options.json === true) return printJson(shell, made)
      say(shell, made.password)
      shell.stderr.write('Nobody can show it again. It is good for the first phone that uses it, until it is revoked.\n')
    })

  command
    .command('list <address>')
    .description('list those of an account, without what they are')
    .option('--json', 'answer in JSON')
    .action(async (address: string, options: Format) => {
      printRows(
        shell,
        await door.perform('account.app-passwords', { address }),
        [
          { title: 'NAME', value: ({ name }) => name },
          { title: 'PHONE', value: ({ device }) => device },
          { title: 'MADE BY', value: ({ createdBy }) => createdBy },
          { title: 'MADE (UTC)', value: ({ createdAt }) => shortTime(createdAt) },
          { title: 'LAST USED (UTC)', value: ({ usedAt }) => (usedAt === null ? null : shortTime(usedAt)) },
        ],
        options,
        'There are no app passwords.',
      )
    })

  command
    .command('revoke <address> <name>')
    .description('revoke one at once')
    .option('--json', 'answer in JSON')
    .action(async (address: string, name: string, options: Format) => {
      const revoked = await door.perform('account.app-password.revoke', { address, name })
      if (options.json === true) return printJson(shell, revoked)
      say(shell, `Revoked ${revoked.name}.`)
    })
}
