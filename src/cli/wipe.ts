// `easel wipe`: remote wipes, and how far they have come. `easel device wipe` asks for one.
import { InvalidArgumentError, type Command } from 'commander'
import type { WipeView } from '../admin/wipe-view.ts'
import type { Door } from './door.ts'
import { printJson, printRows, say, shortTime, type Format } from './print.ts'
import type { Shell } from './shell.ts'

/** Adds `wipe …` to the program. */
export function wipeCommands(program: Command, shell: Shell, door: Door): void {
  const wipe = program.command('wipe').description('remote wipes: asked for, delivered, acknowledged')

  wipe
    .command('list')
    .description('list the wipes, newest first')
    .option('--account <address>', 'of this account only')
    .option('--json', 'answer in JSON')
    .action(async (options: Format & { account?: string }) => {
      const { account } = options
      printRows(
        shell,
        await door.perform('wipe.list', account === undefined ? {} : { account }),
        columns,
        options,
        'No device was ever wiped.',
      )
    })

  for (const [verb, description, done] of [
    ['approve', 'agree to a wipe that another administrator asked for', 'The device will be told.'],
    ['cancel', 'take a wipe back, as long as the device has not been told', 'It was taken back.'],
  ] as const) {
    wipe
      .command(verb)
      .description(description)
      .argument('<number>', 'as `easel wipe list` shows it', numberOf)
      .option('--json', 'answer in JSON')
      .action(async (id: number, options: Format) => {
        const changed = await door.perform(`wipe.${verb}`, { id })
        if (options.json === true) return printJson(shell, changed)
        say(shell, `Wipe ${changed.id} of ${changed.name} (${changed.device}) of ${changed.account} is ${changed.state}. ${done}`)
      })
  }
}

const columns = [
  { title: 'WIPE', value: ({ id }: WipeView) => id },
  { title: 'NAME', value: ({ name }: WipeView) => name },
  { title: 'DEVICE', value: ({ device }: WipeView) => device },
  { title: 'ACCOUNT', value: ({ account }: WipeView) => account },
  { title: 'SCOPE', value: ({ scope }: WipeView) => scope },
  { title: 'STATE', value: ({ state }: WipeView) => state },
  { title: 'ASKED BY', value: ({ requestedBy }: WipeView) => requestedBy },
  { title: 'ASKED (UTC)', value: ({ requestedAt }: WipeView) => shortTime(requestedAt) },
  { title: 'TOLD (UTC)', value: ({ deliveredAt }: WipeView) => (deliveredAt === null ? null : shortTime(deliveredAt)) },
  { title: 'ENDED (UTC)', value: ({ endedAt }: WipeView) => (endedAt === null ? null : shortTime(endedAt)) },
]

function numberOf(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Use the number that `easel wipe list` shows.')
  return value
}
