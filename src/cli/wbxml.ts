// `easel wbxml`: a recorded body, as XML.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Refusal } from '../admin/house.ts'
import { WireError } from '../wbxml/error.ts'
import { toXml } from '../wbxml/xml.ts'
import { say } from './print.ts'
import { readAll, type Shell } from './shell.ts'

/** Adds `wbxml` to the program. */
export function wbxmlCommand(program: Command, shell: Shell): void {
  program
    .command('wbxml [file]')
    .description('show WBXML, as bytes or in hexadecimal, from a file or standard input, as XML')
    .option('--mask', 'hide subjects, bodies, names, addresses and secrets')
    .action(async (file: string | undefined, { mask = false }: { mask?: boolean }) => {
      const given = file === undefined || file === '-' ? await readAll(shell) : await readFile(resolve(shell.directory, file))
      if (given.length === 0) throw new Refusal('There is nothing to decode.')
      try {
        say(shell, toXml(bytesOf(given), { pretty: true, mask }).trimEnd())
      } catch (error) {
        if (error instanceof WireError) throw new Refusal(`This is not WBXML of ActiveSync: ${error.message}.`)
        throw error
      }
    })
}

/** Hexadecimal, as logs and packet dumps have it, with or without blanks; anything else is taken as it is. */
export function bytesOf(given: Buffer): Uint8Array {
  // Version 1.3 (MS-ASWBXML 2.1.2) is byte 3: no text begins with it.
  if (given[0] === 3) return given
  const digits = given.toString('latin1').replaceAll(/0x|[\s:,]/gi, '')
  return /^([0-9a-f]{2})+$/i.test(digits) ? Buffer.from(digits, 'hex') : given
}
