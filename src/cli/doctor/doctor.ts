// `easel doctor`: looks at a server as a phone would, and says what to mend.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { Refusal } from '../../admin/house.ts'
import type { Config } from '../../config.ts'
import { callServer } from '../../control/client.ts'
import { bodyBytesMax } from '../../protocol/limits.ts'
import { printJson, say, type Format } from '../print.ts'
import { publicAddress } from '../public-address.ts'
import { Ended, readSecrets, type Shell } from '../shell.ts'
import { openMirror, readIdentity } from './equipment.ts'
import { examine, type Examination } from './examination.ts'
import type { Finding } from './finding.ts'
import { ownAuthority } from '../authority.ts'
import { doctorDevice } from './phone.ts'
import { systemNetwork, type Target } from './network.ts'

interface DoctorOptions extends Format {
  readonly server?: Target
  readonly ca?: string
  readonly certificate?: string
  readonly passwordStdin?: boolean
  readonly certificatePasswordStdin?: boolean
  readonly hold: number
}

const marks: Readonly<Record<Finding['outcome'], string>> = { good: 'ok     ', warning: 'warning', bad: 'FAILED ', skipped: 'skipped' }

/** Adds `doctor` to the program. */
export function doctorCommand(program: Command, shell: Shell, config: () => Config): void {
  program
    .command('doctor [address]')
    .description(
      'go the way a phone goes: Autodiscover, names, certificates, ports, what proxies do to requests, and how long one may wait',
    )
    .option('--server <host[:port]>', 'look at this server instead of the configured one, and do not ask Autodiscover for it', server)
    .option('--password-stdin', "read the address's password from standard input, to log in and hold a request")
    .option('--certificate <file>', 'a client certificate with its key, PKCS #12 or PEM, to log in with')
    .option('--certificate-password-stdin', 'read its password from standard input, from the line behind that of --password-stdin')
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
  const secrets = options.passwordStdin === true || options.certificatePasswordStdin === true ? await readSecrets(shell) : []
  const password = options.passwordStdin === true ? (secrets.shift() ?? '') : null
  const { certificate } = options
  return {
    target: options.server ?? configured(config, address),
    discovers: local,
    address,
    password,
    outfit: {
      network: systemNetwork,
      identity: certificate === undefined ? null : await readIdentity(shell, certificate, secrets.shift() ?? ''),
    },
    bodyMegabytes: bodyBytesMax(config) / (1024 * 1024),
    // A name may lead here all the same.
    mirror: await openMirror(config, local),
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

/** Null, which leaves it to Autodiscover, where the configuration does not say. */
function configured(config: Config, address: string | null): Target | null {
  const target = publicAddress(config)
  if (target !== null) return target
  if (address === null) throw new Refusal('The configuration has no https port: name the proxy with --server, or set publicUrl.')
  return null
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
