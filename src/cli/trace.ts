// `easel trace`: watching what one phone asks, what it is told and why, for some minutes.
import { InvalidArgumentError, type Command } from 'commander'
import type { Door } from './door.ts'
import { printJson, printRows, say, shortTime, type Format } from './print.ts'
import type { Shell } from './shell.ts'

type TraceOptions = Format & { readonly account?: string; readonly minutes: number }

/** Adds `trace …` to the program. `stop` and `list` are words no phone uses as its id. */
export function traceCommands(program: Command, shell: Shell, door: Door): void {
  program
    .command('trace <device|stop|list> [device]')
    .description('write down what a device asks and is told, masked, for some minutes; `trace stop [device]` ends it')
    .option('--minutes <number>', 'how long', minutes, 15)
    .option('--account <address>', 'where several accounts use the device')
    .option('--json', 'answer in JSON')
    .action(async (word: string, second: string | undefined, options: TraceOptions) => {
      const account = options.account === undefined ? {} : { account: options.account }
      if (word === 'stop') {
        const stopped = await door.perform('trace.stop', { ...account, ...(second === undefined ? {} : { device: second }) })
        printRows(shell, stopped, columns, options, 'No trace was running.')
        return
      }
      if (word === 'list') return printRows(shell, await door.perform('trace.list', {}), columns, options, 'No trace is running.')
      const started = await door.perform('trace.start', { device: word, minutes: options.minutes, ...account })
      if (options.json === true) return printJson(shell, started)
      say(shell, `Tracing ${started.device} of ${started.account} until ${shortTime(started.until)} UTC into ${started.file}.`)
      say(shell, 'Subjects, bodies, names, addresses and secrets are masked. `easel trace stop` ends it sooner.')
    })
}

const columns = [
  { title: 'DEVICE', value: ({ device }: { device: string }) => device },
  { title: 'ACCOUNT', value: ({ account }: { account: string }) => account },
  { title: 'UNTIL (UTC)', value: ({ until }: { until: string }) => shortTime(until) },
  { title: 'FILE', value: ({ file }: { file: string }) => file },
]

function minutes(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Use a whole number of minutes.')
  return value
}
