// `easel ca issue`: a certificate for somebody, as a file he opens or as the answer to his request.
import { open, readFile, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import type { IssuedView } from '../admin/certificates.ts'
import { Refusal } from '../admin/house.ts'
import type { Door } from './door.ts'
import { printJson, say, shortTime, type Format } from './print.ts'
import type { Shell } from './shell.ts'

type IssueOptions = Format & { readonly device?: string; readonly days?: number; readonly csr?: string; readonly output?: string }

/** Adds `issue` to `ca`. */
export function certificateIssueCommand(ca: Command, shell: Shell, door: Door): void {
  ca.command('issue <account>')
    .description('issue a certificate: with a key made here, as PKCS#12, or for the request of somebody who has a key')
    .option('--device <id>', 'the device it is for')
    .option('--days <number>', 'how long it lives', days)
    .option('--csr <file>', "somebody's request (PKCS#10, PEM): its key is certified, whatever else it says is ours to say")
    .option('--output <file>', 'where the PKCS#12 file is written, or the certificate with its chain')
    .option('--json', 'answer in JSON')
    .action(async (account: string, { device, days, csr, output, json }: IssueOptions) => {
      if (csr === undefined && output === undefined && json !== true)
        throw new Refusal('Say where the PKCS#12 file is to be written: --output FILE.')
      const request = csr === undefined ? null : await readFile(resolve(shell.directory, csr), 'utf8')
      const ask = () => door.perform('ca.issue', { account, device: device ?? null, days: days ?? null, request })
      const issued = output === undefined ? await ask() : await issueInto(resolve(shell.directory, output), ask)
      if (json === true) return printJson(shell, issued)
      if (output === undefined) return say(shell, issued.pem.trimEnd())
      say(shell, `${output} holds the certificate ${issued.serial} of ${issued.account}, good until ${shortTime(issued.validUntil)} UTC.`)
      if (issued.password === null) return
      say(shell, `Its password: ${issued.password}`)
      shell.stderr.write('Nobody can show the password again. Hand it over on another way than the file.\n')
    })
}

/** The file is made before the certificate: one that cannot be written down, or would overwrite another, is not issued. */
async function issueInto<I extends Pick<IssuedView, 'pem' | 'pkcs12'>>(path: string, ask: () => Promise<I>): Promise<I> {
  const file = await open(path, 'wx', 0o600)
  try {
    const issued = await ask()
    await file.writeFile(issued.pkcs12 === null ? issued.pem : Buffer.from(issued.pkcs12, 'base64'))
    return issued
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

/** For the user of this shell alone, whatever was there before. */
export async function writePrivate(path: string, content: Uint8Array): Promise<void> {
  await rm(path, { force: true })
  await writeFile(path, content, { mode: 0o600, flag: 'wx' })
}

function days(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Use a whole number of days.')
  return value
}
