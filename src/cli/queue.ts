// `easel queue`: mail on its way out.
import type { Command } from 'commander'
import type { Door } from './door.ts'
import { printRows, shortTime, type Format } from './print.ts'
import type { Shell } from './shell.ts'

/** Adds `queue …` to the program. */
export function queueCommands(program: Command, shell: Shell, door: Door): void {
  program
    .command('queue')
    .description('the outbound queue: mail on its way out')
    .command('list')
    .description('list the messages that wait, with the last answer of the smarthost')
    .option('--json', 'answer in JSON')
    .action(async (options: Format) => {
      printRows(
        shell,
        await door.perform('queue.list', {}),
        [
          { title: 'NUMBER', value: ({ number }) => number },
          { title: 'FROM', value: ({ from, account }) => (from === '' ? `${account} (answered by itself)` : from) },
          { title: 'TO', value: ({ recipients }) => recipients.join(', ') },
          { title: 'TRIES', value: ({ attempts }) => attempts },
          { title: 'NEXT TRY (UTC)', value: ({ nextAttemptAt }) => shortTime(nextAttemptAt) },
          { title: 'LAST ANSWER', value: ({ lastError }) => lastError },
        ],
        options,
        'Nothing waits to be sent.',
      )
    })
}
