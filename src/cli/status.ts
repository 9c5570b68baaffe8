// `easel status`: how the server fares, at a glance.
import type { Command } from 'commander'
import type { ActionOutput } from '../admin/actions.ts'
import type { Door } from './door.ts'
import { printFields, printJson, printRows, say, shortTime, type Format } from './print.ts'
import { Ended, type Shell } from './shell.ts'

const titles = {
  since: 'Running since (UTC)',
  devices: 'Devices',
  parked: 'of them waiting',
  quarantined: 'in quarantine',
  blocked: 'blocked',
  accounts: 'Accounts',
  queue: 'Messages on their way out',
  openWipes: 'Wipes under way',
  requests: 'Requests in the last hour',
  pushes: 'Pushes in the last hour',
  errors: 'Errors in the last hour',
}

type Overview = ActionOutput<'overview.show'>

/** Adds `status` to the program. It ends with 1 where something is not in order. */
export function statusCommand(program: Command, shell: Shell, door: Door): void {
  program
    .command('status')
    .description('how the server fares: counts, the last hour, devices that run in circles, and whether all is in order')
    .option('--json', 'answer in JSON')
    .action(async (options: Format) => {
      const overview = await door.perform('overview.show', {})
      const { checks } = await door.perform('health.show', {})
      if (options.json === true) printJson(shell, { overview, checks })
      else print(shell, overview, checks)
      if (checks.some(({ ok }) => !ok)) throw new Ended(1)
    })
}

function print(shell: Shell, overview: Overview, checks: ActionOutput<'health.show'>['checks']): void {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
  const { requestsPerMinute, pushesPerMinute, errorsPerMinute } = overview
  const hour = { requests: sum(requestsPerMinute), pushes: sum(pushesPerMinute), errors: sum(errorsPerMinute) }
  const isRunning = checks.every(({ name, ok }) => name !== 'server' || ok)
  printFields(shell, { ...overview, ...hour, since: isRunning ? shortTime(overview.since) : null }, {}, titles)
  say(shell, '')
  const columns = [
    { title: 'CHECK', value: ({ name }: { name: string }) => name },
    { title: '', value: ({ ok }: { ok: boolean }) => (ok ? 'ok' : 'LOOK') },
    { title: 'WHAT WAS FOUND', value: ({ detail }: { detail: string }) => detail },
  ]
  printRows(shell, checks, columns, {}, '')
  printSprayings(shell, overview)
  if (overview.alarms.length === 0) return
  say(shell, '\nDevices that run in circles, and are braked')
  printRows(
    shell,
    overview.alarms,
    [
      { title: 'DEVICE', value: ({ device }) => device },
      { title: 'ACCOUNT', value: ({ account }) => account },
      { title: 'SINCE (UTC)', value: ({ since }) => shortTime(since) },
      { title: 'BRAKED', value: ({ count }) => count },
      { title: 'CAUSE', value: ({ cause }) => cause },
    ],
    {},
    '',
  )
}

function printSprayings(shell: Shell, { sprayings }: Overview): void {
  if (sprayings.length === 0) return
  say(shell, '\nPasswords are being guessed')
  printRows(
    shell,
    sprayings,
    [
      { title: 'WHAT', value: ({ kind }) => (kind === 'accounts' ? 'many accounts' : 'one password') },
      { title: 'FROM', value: ({ networks }) => networks.join(', ') },
      { title: 'PEOPLE', value: ({ tried }) => tried },
      { title: 'SINCE (UTC)', value: ({ since }) => shortTime(since) },
      { title: 'CAME IN MEANWHILE', value: ({ opened }) => (opened.length === 0 ? null : opened.join(', ')) },
    ],
    {},
    '',
  )
}
