// `easel ca`: our own certificate authority for clients, and what it issued.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { Refusal } from '../admin/house.ts'
import { revocationReasons, type RevocationReason } from '../model/certificate.ts'
import { certificateIssueCommand, writePrivate } from './ca-issue.ts'
import type { Door } from './door.ts'
import { counted, printJson, printRows, say, shortTime, type Format } from './print.ts'
import type { Shell } from './shell.ts'

type InitOptions = Format & {
  readonly name?: string
  readonly replace?: boolean
  readonly csr?: boolean
  readonly import?: string
  readonly output?: string
}
type RevokeOptions = Format & { readonly account?: string; readonly device?: string; readonly reason: RevocationReason }
type ListOptions = Format & { readonly account?: string; readonly device?: string; readonly good?: boolean }
type OutputOptions = Format & { readonly output?: string }

/** Adds `ca …` to the program. */
export function caCommands(program: Command, shell: Shell, door: Door): void {
  const ca = program.command('ca').description('our own certificate authority for clients: a certificate in place of a password')
  initCommand(ca, shell, door)
  showCommands(ca, shell, door)
  certificateIssueCommand(ca, shell, door)
  revokeCommand(ca, shell, door)
  listCommand(ca, shell, door)
}

function initCommand(ca: Command, shell: Shell, door: Door): void {
  ca.command('init')
    .description("make the authority, or have the company's authority sign it: --csr writes a request, --import takes the answer")
    .option('--name <name>', 'what people read in its certificates')
    .option('--replace', 'make another one in its place; certificates of the one before are taken until they end')
    .addOption(new Option('--csr', "make a request for the company's authority").conflicts(['replace', 'import']))
    .addOption(
      new Option('--import <file>', 'take the signed certificate, with the chain above it up to the root (PEM)').conflicts([
        'replace',
        'name',
      ]),
    )
    .option('--output <file>', 'write the request into a file, not to the terminal')
    .option('--json', 'answer in JSON')
    .action(async (options: InitOptions) => {
      const { name = null, replace = false } = options
      if (options.csr === true) {
        const asked = await door.perform('ca.request', { name })
        if (options.json === true) return printJson(shell, asked)
        if (options.output === undefined) return say(shell, asked.request.trimEnd())
        await writePrivate(resolve(shell.directory, options.output), Buffer.from(asked.request))
        return say(shell, `The request lies in ${options.output}. Hand what is given for it to: easel ca init --import FILE`)
      }
      const made =
        options.import === undefined
          ? await door.perform('ca.init', { name, replace })
          : await door.perform('ca.import', { chain: await readFile(resolve(shell.directory, options.import), 'utf8') })
      if (options.json === true) return printJson(shell, made)
      say(shell, `${made.name} signs client certificates now, until ${shortTime(made.validUntil)} UTC.`)
      say(shell, `Its SHA-256 fingerprint is ${made.fingerprint}.`)
      if (!made.logsIn) say(shell, 'Its certificates log nobody in until certificates.mode is accept or require: it is off.')
    })
}

function showCommands(ca: Command, shell: Shell, door: Door): void {
  ca.command('show')
    .description('show the authority, those before it, and an open request')
    .option('--json', 'answer in JSON')
    .action(async (options: Format) => {
      const { authority, earlier, request } = await door.perform('ca.show', {})
      if (options.json === true) return printJson(shell, { authority, earlier, request })
      printRows(
        shell,
        [...(authority === null ? [] : [{ ...authority, use: 'signs' }]), ...earlier.map((each) => ({ ...each, use: 'is taken' }))],
        [
          { title: 'NAME', value: ({ name }) => name },
          { title: '', value: ({ use }) => use },
          { title: 'SIGNED BY', value: ({ signedBy }) => signedBy ?? 'itself' },
          { title: 'UNTIL (UTC)', value: ({ validUntil }) => shortTime(validUntil) },
          { title: 'REVOCATION LIST', value: ({ listUrl }) => listUrl },
        ],
        options,
        'There is no authority for client certificates: `easel ca init` makes one.',
      )
      if (request !== null) say(shell, "A request waits for the company's authority: hand its answer to `easel ca init --import`.")
    })

  ca.command('certificate [serial]')
    .description("print the authority's certificate with the chain above it, or one that it issued (PEM)")
    .option('--json', 'answer in JSON')
    .action(async (serial: string | undefined, options: Format) => {
      if (serial !== undefined) {
        const shown = await door.perform('ca.certificate', { serial })
        return options.json === true ? printJson(shell, shown) : say(shell, shown.pem.trimEnd())
      }
      const { authority } = await door.perform('ca.show', {})
      if (authority === null) throw new Refusal('There is no certificate authority for clients yet: `easel ca init` makes one.')
      return options.json === true ? printJson(shell, authority) : say(shell, authority.pem.trimEnd())
    })

  ca.command('crl')
    .description('the list of revoked certificates, as it is served')
    .option('--output <file>', 'write it into a file (DER), not to the terminal (PEM)')
    .option('--json', 'answer in JSON')
    .action(async ({ output, json }: OutputOptions) => {
      const list = await door.perform('ca.crl', {})
      if (json === true) return printJson(shell, list)
      const { content, url } = list
      if (output === undefined) {
        return say(shell, `-----BEGIN X509 CRL-----\n${content.replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END X509 CRL-----`)
      }
      await writePrivate(resolve(shell.directory, output), Buffer.from(content, 'base64'))
      say(shell, `The list lies in ${output}; it is served at ${url}.`)
    })
}

function revokeCommand(ca: Command, shell: Shell, door: Door): void {
  ca.command('revoke [serial]')
    .description('revoke a certificate, or all good ones of an account or device; whoever is in by one is put out')
    .option('--account <address>', 'those of this account')
    .option('--device <id>', 'those of this device')
    .option('--reason <reason>', revocationReasons.join(', '), reasonOf, 'unspecified')
    .option('--json', 'answer in JSON')
    .action(async (serial: string | undefined, { account, device, reason, json }: RevokeOptions) => {
      const revoked = await door.perform('ca.revoke', { serial: serial ?? null, account: account ?? null, device: device ?? null, reason })
      if (json === true) return printJson(shell, revoked)
      say(shell, `Revoked ${counted(revoked.length, 'certificate')}: ${revoked.map((each) => each.serial).join(', ')}.`)
    })
}

function listCommand(ca: Command, shell: Shell, door: Door): void {
  ca.command('list')
    .description('list the certificates that were issued, the newest first')
    .option('--account <address>', 'those of this account')
    .option('--device <id>', 'those of this device')
    .option('--good', 'only those neither revoked nor at their end')
    .option('--json', 'answer in JSON')
    .action(async ({ account, device, good, ...format }: ListOptions) => {
      const state = good === true ? 'good' : 'all'
      printRows(
        shell,
        await door.perform('ca.list', { account: account ?? null, device: device ?? null, state }),
        [
          { title: 'SERIAL', value: ({ serial }) => serial },
          { title: 'ACCOUNT', value: (row) => row.account },
          { title: 'DEVICE', value: (row) => row.device },
          { title: 'STATE', value: (row) => row.state },
          { title: 'UNTIL (UTC)', value: ({ validUntil }) => shortTime(validUntil) },
          { title: 'WAY', value: ({ way }) => way },
        ],
        format,
        'There are no certificates.',
      )
    })
}

function reasonOf(text: string): RevocationReason {
  const found = revocationReasons.find((each) => each.toLowerCase() === text.toLowerCase())
  if (found === undefined) throw new InvalidArgumentError(`Use one of ${revocationReasons.join(', ')}.`)
  return found
}
