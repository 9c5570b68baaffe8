// `easel directory`: whether the directory answers, what it says of somebody, and reading it now.
import type { Command } from 'commander'
import type { LookView, PersonView } from '../admin/directory.ts'
import { Refusal } from '../admin/house.ts'
import type { Door } from './door.ts'
import { printFields, printJson, say, type Format } from './print.ts'
import { Ended, type Shell } from './shell.ts'

const personTitles: Readonly<Record<keyof PersonView, string>> = {
  id: 'Id',
  displayName: 'Name',
  addresses: 'Addresses',
  groups: 'Groups',
  state: 'State',
  enabled: 'Chosen to synchronise',
  barred: 'Kept out because',
  account: 'Account here',
}

const lookTitles: Readonly<Record<Exclude<keyof LookView, 'memberless'>, string>> = {
  at: 'Read at',
  people: 'People',
  accounts: 'Accounts of theirs',
  made: 'Accounts made',
  changed: 'Accounts changed',
  barred: 'Accounts kept out',
  doubted: 'Not believed to be gone',
}

/** Adds `directory …` to the program. */
export function directoryCommands(program: Command, shell: Shell, door: Door): void {
  const directory = program.command('directory').description('the directory that says who may come in')

  directory
    .command('test [login]')
    .description('ask the directory whether it answers, and what it says of somebody; fails if it does not')
    .option('--json', 'answer in JSON')
    .action(async (login: string | undefined, options: Format) => {
      if (login?.trim() === '') {
        throw new Refusal('The login is empty: name somebody, or nobody at all to ask only whether the directory answers.')
      }
      const view = await door.perform('directory.test', login === undefined ? {} : { login })
      if (options.json === true) printJson(shell, view)
      else {
        say(shell, view.sentence)
        if (view.trouble !== null) say(shell, view.trouble)
        for (const sentence of view.lastLook?.memberless ?? []) say(shell, sentence)
        if (view.person !== null) printFields(shell, { ...view.person }, options, personTitles)
        else if (login !== undefined && view.connected) say(shell, `Nobody, or more than one, is meant by ${login}.`)
      }
      if (!view.connected || (login !== undefined && view.person === null)) throw new Ended(1)
    })

  directory
    .command('sync')
    .description('read the directory now, and keep the accounts as it says')
    .option('--believe', 'whoever is missing is gone, however many they are')
    .option('--json', 'answer in JSON')
    .action(async ({ json, believe = false }: Format & { readonly believe?: boolean }) => {
      const look = await door.perform('directory.sync', { believe })
      printFields(shell, { ...look }, { json }, lookTitles)
      if (json !== true) for (const sentence of look.memberless) say(shell, sentence)
    })
}
