// `easel backup` and `easel restore`.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../config.ts'
import type { Door } from './door.ts'
import { counted, printJson, say, shortTime, type Format } from './print.ts'
import { restore, type Restored } from './restore.ts'
import type { Shell } from './shell.ts'

/** Adds `backup` and `restore` to the program. */
export function backupCommands(program: Command, shell: Shell, door: Door, config: () => Config): void {
  program
    .command('backup <path>')
    .description('write a consistent copy of everything into a new folder, while the server runs or not')
    .option('--json', 'answer in JSON')
    .action(async (path: string, options: Format) => {
      const made = await door.perform('store.backup', { path: resolve(shell.directory, path) })
      if (options.json === true) return printJson(shell, made)
      say(shell, `Backed up ${made.files} files, ${made.bytes} bytes, to ${made.path}. It holds keys and mail: keep it secret.`)
    })

  program
    .command('restore [path]')
    .description(
      "put a backup in the place of the data folder's content, with the server stopped; " +
        'without a path, begin anew on a PostgreSQL database that was restored with its own tools',
    )
    .option('--json', 'answer in JSON')
    .action(async (path: string | undefined, options: Format) => {
      const done = await restore(config(), path === undefined ? null : resolve(shell.directory, path), shell)
      if (options.json === true) return printJson(shell, done)
      say(shell, done.replaced === null ? 'Restored.' : `Restored. What was there before lies in ${done.replaced}.`)
      if (done.madeAt !== null && done.replaced !== null)
        say(shell, 'All other files of the data folder are those of the backup as well, easel.yaml among them if it was there.')
      for (const line of aboutRevoked(done)) say(shell, line)
      say(shell, 'Phones that moved on since the backup fetch their folders anew; `easel device show` says why.')
    })
}

/** What the administrator has to do again, lest somebody is in who was put out. */
function aboutRevoked({ madeAt, replaced, revoked }: Restored): string[] {
  const since = madeAt === null ? 'the database was saved' : `the backup was made (${shortTime(madeAt)} UTC)`
  // Of a store that cannot be read there is nothing to list.
  const audit = replaced === null || revoked === null ? '' : ` What was done since: EASEL_DATA=${replaced} easel audit list`
  const rest = `Passwords, tokens, disabled and removed accounts, blocked phones and wipes are what they were then: change again what was changed since.${audit}`
  if (revoked === null) return [`Nobody knows here what was revoked since ${since}: revoke it again, certificates and app passwords.`, rest]
  const { certificates, appPasswords } = revoked
  const kept = `${counted(certificates, 'certificate')} and ${counted(appPasswords, 'app password')}`
  return [`What was revoked since ${since} still is: ${kept}.`, rest]
}
