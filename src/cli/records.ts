// `easel import` and `easel export`: calendars, tasks and address books as files that other programs read and write.
import { writeFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { Option, type Command } from 'commander'
import type { Door } from './door.ts'
import { printJson, say, type Format } from './print.ts'
import { progressBar } from './progress-bar.ts'
import { Ended, type Shell } from './shell.ts'

type ImportOptions = Format & { readonly account: string; readonly folder?: string; readonly timeZone?: string }
type ExportOptions = Format & { readonly account: string; readonly folder?: string; readonly kind?: Kind; readonly output?: string }

const kinds = ['calendar', 'tasks', 'contacts'] as const
type Kind = (typeof kinds)[number]

/** Adds `import` and `export` to the program. */
export function recordCommands(program: Command, shell: Shell, door: Door): void {
  program
    .command('import <file>')
    .description('import an .ics file (events and tasks) or a .vcf file (contacts); what is there already is brought up to date')
    .requiredOption('--account <address>', 'whose they become')
    .option('--folder <name>', 'the calendar, task list or address book they go to, made if there is none (default: the usual one)')
    .option('--time-zone <name>', 'where times are meant that name no zone (default: where the account is)')
    .option('--json', 'answer in JSON')
    .action((file: string, options: ImportOptions) => importFile(shell, door, file, options))

  program
    .command('export')
    .description('write a calendar or a task list as .ics, or an address book as .vcf')
    .requiredOption('--account <address>', 'whose it is')
    .addOption(new Option('--kind <kind>', 'what to export (default: contacts into a .vcf, else calendar)').choices(kinds))
    .option('--folder <name>', 'which one, if not the usual')
    .option('--output <file>', 'a file that is not there yet (default: standard output)')
    .option('--json', 'say in JSON what was written to the file')
    .action((options: ExportOptions) => exportFolder(shell, door, options))
}

async function importFile(shell: Shell, door: Door, file: string, options: ImportOptions): Promise<void> {
  const { account, folder, timeZone } = options
  const bar = progressBar(shell, options)
  try {
    const input = {
      path: resolve(shell.directory, file),
      account,
      ...(folder === undefined ? {} : { folder }),
      ...(timeZone === undefined ? {} : { timeZone }),
    }
    const done = await door.perform('records.import', input, bar.show)
    bar.stop()
    if (options.json === true) printJson(shell, done)
    else {
      const { imported, changed, known, skipped, refused } = done
      say(shell, `Imported ${imported}; ${changed} were brought up to date, ${known} were there already, ${skipped} could not be taken.`)
      for (const { number, reason } of refused) say(shell, `  number ${number}: ${reason}`)
      if (skipped > refused.length) say(shell, `  and ${skipped - refused.length} more`)
    }
    if (done.skipped > 0 && done.imported + done.changed + done.known === 0) throw new Ended(1)
  } finally {
    bar.stop()
  }
}

async function exportFolder(shell: Shell, door: Door, options: ExportOptions): Promise<void> {
  const { account, folder, output } = options
  const kind = options.kind ?? (output !== undefined && extname(output).toLowerCase() === '.vcf' ? 'contacts' : 'calendar')
  const { text, count } = await door.perform('records.export', { account, kind, ...(folder === undefined ? {} : { folder }) })
  if (output === undefined) {
    shell.stdout.write(text)
    return
  }
  const path = resolve(shell.directory, output)
  // Somebody's appointments are nobody else's business.
  await writeFile(path, text, { flag: 'wx', mode: 0o600 })
  if (options.json === true) printJson(shell, { path, count })
  else say(shell, `Exported ${count} to ${path}.`)
}
