// `easel doctor`: looks at a server as a phone would, and says what to mend.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { Refusal } from '../../admin/house.ts'
import type { Config } from '../../config.ts'
import { callServer } from '../../control/client.ts'
import { printJson, say, type Format } from '../print.ts'
import { publicAddress } from '../public-address.ts'
import { Ended, readSecret, type Shell } from '../shell.ts'
import { examine, type Examination } from './examination.ts'
import type { Finding } from './finding.ts'
import { ownAuthority } from '../authority.ts'
import { doctorDevice } from './phone.ts'
import type { Target } from './probe.ts'

type DoctorOptions = Format & { readonly server?: Target; readonly ca?: string; readonly passwordStdin?: boolean; readonly hold: number }

const marks: Readonly<Record<Finding['outcome'], string>> = { good: 'ok     ', warning: 'warning', bad: 'FAILED ', skipped: 'skipped' }

/** Adds `doctor` to the program. */
export function doctorCommand(program: Command, shell: Shell, config: () => Config): void {
  program
    .command('doctor [address]')
    .description('look at the server as a phone would: names, certificate, ports, answers, clock, and how long a request may wait')
    .option('--server <host[:port]>', 'look at this server instead of the configured one', server)
    .option('--password-stdin', "read the address's password from standard input, to log in and hold a request")
    .option('--ca <file>', 'a private authority that phones have been told to trust, PEM')
    .option('--hold <seconds>', 'how long to hold a request: 60 to 3540, 0 for not at all', hold, 90)
    .option('--json', 'answer in JSON')
    .action(async (address: string | undefined, options: DoctorOptions) => {
      if (address !== undefined && !/^[^\s@]+@[^\s@]+$/.test(address)) {
        throw new Refusal('The doctor takes a mail address; name a server with --server.')
      }
      const findings: Finding[] = []
      for await (const finding of examine(await prepare(address ?? null, options, shell, config()))) {
        findings.push(finding)
        if (options.json !== true) say(shell, `${marks[finding.outcome]}  ${finding.subject}: ${finding.sentence}`)
      }
      if (options.json === true) printJson(shell, findings)
      if (address !== undefined && options.hold > 0) await forget(config(), address)
      if (findings.some(({ outcome }) => outcome === 'bad')) throw new Ended(1)
    })
}

async function prepare(address: string | null, options: DoctorOptions, shell: Shell, config: Config): Promise<Examination> {
  const local = options.server === undefined
  return {
    target: options.server ?? configured(config),
    address,
    password: options.passwordStdin === true ? await readSecret(shell) : null,
    holdSeconds: options.hold,
    authorities: await authorities(options, shell, config),
    lmtp:
      local && config.lmtp.port !== null
        ? { host: config.lmtp.address === '*' ? '127.0.0.1' : config.lmtp.address, port: config.lmtp.port }
        : null,
    clock: shell.clock,
  }
}

async function authorities({ ca }: DoctorOptions, shell: Shell, config: Config): Promise<string[]> {
  const own = ownAuthority(config)
  const named = ca === undefined ? [] : [await readFile(resolve(shell.directory, ca), 'utf8')]
  return [...(own === null ? [] : [own.certificate]), ...named]
}

function configured(config: Config): Target {
  const address = publicAddress(config)
  if (address === null) throw new Refusal('The configuration has no https port: name the proxy with --server, or set publicUrl.')
  return address
}

/** The doctor's phone leaves no trace on a server of ours; on another one it stays in the list of devices. */
async function forget(config: Config, account: string): Promise<void> {
  await callServer(config.data, 'device.remove', { device: doctorDevice, account }, () => undefined).catch(() => undefined)
}

function server(text: string): Target {
  const match = /^(?:https:\/\/)?(\[[0-9a-f:]+\]|[^:/\s]+)(?::(\d{1,5}))?\/?$/i.exec(text)
  if (match === null) throw new InvalidArgumentError('Use a name, or name:port.')
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, ''), port: match[2] === undefined ? 443 : Number(match[2]) }
}

function hold(text: string): number {
  const seconds = Number(text)
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 3540) throw new InvalidArgumentError('Use a number of seconds up to 3540.')
  return seconds
}
