// `easel token`: what programs present at the REST interface.
import { InvalidArgumentError, type Command } from 'commander'
import { staffRoles, type StaffRole } from '../model/actor.ts'
import { role } from './administrator.ts'
import type { Door } from './door.ts'
import { printJson, printRows, say, shortTime, type Format } from './print.ts'
import type { Shell } from './shell.ts'

type CreateOptions = Format & { readonly role: StaffRole; readonly days?: number | 'never' }

/** Adds `token …` to the program. */
export function tokenCommands(program: Command, shell: Shell, door: Door): void {
  const token = program.command('token').description('API tokens: what programs present at the REST interface')

  token
    .command('create <name>')
    .description('make a token; it is shown this once')
    .requiredOption('--role <role>', staffRoles.join(', '), role)
    .option('--days <number>', 'how long it is good: 1 to 3650, or "never" for one that does not end (365 by itself)', days)
    .option('--json', 'answer in JSON')
    .action(async (name: string, options: CreateOptions) => {
      const chosen = options.days === undefined ? {} : { days: options.days === 'never' ? null : options.days }
      const made = await door.perform('token.create', { name, role: options.role, ...chosen })
      if (options.json === true) return printJson(shell, made)
      say(shell, made.token)
      shell.stderr.write(
        `Nobody can show it again. It is good ${made.expiresAt === null ? 'until it is revoked' : `until ${shortTime(made.expiresAt)} UTC`}.\n`,
      )
    })

  token
    .command('list')
    .description('list the tokens, without what they are')
    .option('--json', 'answer in JSON')
    .action(async (options: Format) => {
      const time = (at: string | null) => (at === null ? null : shortTime(at))
      printRows(
        shell,
        await door.perform('token.list', {}),
        [
          { title: 'NAME', value: ({ name }) => name },
          { title: 'ROLE', value: (row) => row.role },
          { title: 'MADE BY', value: ({ createdBy }) => createdBy },
          { title: 'GOOD UNTIL (UTC)', value: ({ expiresAt }) => time(expiresAt) },
          { title: 'LAST USED (UTC)', value: ({ usedAt }) => time(usedAt) },
        ],
        options,
        'There are no tokens.',
      )
    })

  token
    .command('revoke <name>')
    .description('revoke a token at once')
    .option('--json', 'answer in JSON')
    .action(async (name: string, options: Format) => {
      const revoked = await door.perform('token.revoke', { name })
      if (options.json === true) return printJson(shell, revoked)
      say(shell, `Revoked ${revoked.name}.`)
    })
}

function days(text: string): number | 'never' {
  if (text === 'never') return text
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Use a whole number of days, or "never".')
  return value
}
