// `easel audit`: who did what, whether the record is whole, and a copy of it.
import { InvalidArgumentError, type Command } from 'commander'
import type { Door } from './door.ts'
import { printJson, printRows, say, shortTime, type Format } from './print.ts'
import { Ended, type Shell } from './shell.ts'

type ListOptions = Format & {
  readonly actor?: string
  readonly action?: string
  readonly target?: string
  readonly before?: number
  readonly limit?: number
}

/** Adds `audit …` to the program. */
export function auditCommands(program: Command, shell: Shell, door: Door): void {
  const audit = program.command('audit').description('the audit log: who did what to the server')

  audit
    .command('list')
    .description('list entries, newest first')
    .option('--actor <name>', 'of this person only')
    .option('--action <name>', 'of this action only, such as device.wipe')
    .option('--target <name>', 'about this only')
    .option('--before <number>', 'only entries below this number', whole)
    .option('--limit <number>', 'how many', whole)
    .option('--json', 'answer in JSON')
    .action(async ({ json, ...filter }: ListOptions) => {
      printRows(
        shell,
        await door.perform('audit.list', filter),
        [
          { title: 'NUMBER', value: ({ number }) => number },
          { title: 'AT (UTC)', value: ({ at }) => shortTime(at) },
          { title: 'WHO', value: ({ actor }) => actor },
          { title: 'FROM', value: ({ origin }) => origin },
          { title: 'ACTION', value: ({ action }) => action },
          { title: 'ABOUT', value: ({ target }) => target },
          { title: 'FAILED', value: ({ detail }) => (typeof detail['failed'] === 'string' ? detail['failed'] : null) },
        ],
        { json },
        'There is no such entry.',
      )
    })

  audit
    .command('verify')
    .description('check that no entry was changed or taken away; fails if one was')
    .option('--json', 'answer in JSON')
    .action(async ({ json }: Format) => {
      const { broken } = await door.perform('audit.verify', {})
      if (json === true) printJson(shell, { broken })
      else say(shell, broken === null ? 'The audit log is whole.' : `The audit log is broken at entry ${broken.number}: ${broken.reason}.`)
      if (broken !== null) throw new Ended(1)
    })

  audit
    .command('export')
    .description('write every entry to standard output, one JSON object a line, oldest first')
    .option('--from <number>', 'begin with this entry', whole, 1)
    .option('--json', 'it is JSON in any case')
    .action(async ({ from }: { from: number }) => {
      for (let next = from; ;) {
        const page = await door.perform('audit.export', { from: next })
        for (const entry of page) say(shell, JSON.stringify(entry))
        const last = page.at(-1)
        if (last === undefined) return
        next = last.number + 1
      }
    })
}

function whole(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Use a whole number.')
  return value
}
