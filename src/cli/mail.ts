// `easel mail import`: mail that other programs kept, brought into a folder.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Door } from './door.ts'
import { printJson, say, type Format } from './print.ts'
import { progressBar } from './progress-bar.ts'
import { Ended, type Shell } from './shell.ts'

type ImportOptions = Format & { readonly account: string; readonly folder: string }

/** Adds `mail …` to the program. */
export function mailCommands(program: Command, shell: Shell, door: Door): void {
  program
    .command('mail')
    .description('mail: bringing it in')
    .command('import <path>')
    .description('import an .eml file, a folder of them, an mbox or a Maildir; what was imported before is not imported again')
    .requiredOption('--account <address>', 'whose mail it becomes')
    .option('--folder <name>', 'the folder it goes to, made if there is none; levels are parted by /', 'Inbox')
    .option('--json', 'answer in JSON')
    .action(async (path: string, options: ImportOptions) => {
      const { account, folder } = options
      const bar = progressBar(shell, options)
      try {
        const done = await door.perform('mail.import', { path: resolve(shell.directory, path), account, folder }, bar.show)
        bar.stop()
        if (options.json === true) printJson(shell, done)
        else say(shell, `Imported ${done.imported} messages; ${done.known} were there already, ${done.skipped} could not be taken.`)
        if (done.skipped > 0 && done.imported + done.known === 0) throw new Ended(1)
      } finally {
        bar.stop()
      }
    })
}
