// `easel profile`: what a phone needs to trust this server, and to have somebody's account.
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { Refusal } from '../admin/house.ts'
import type { Config } from '../config.ts'
import { profileKinds, type ProfileKind } from '../enroll/account-profile.ts'
import { showsOwnCertificate } from '../enroll/certificate-keeper.ts'
import { profile, profilePath } from '../enroll/profile.ts'
import { ownAuthority } from './authority.ts'
import type { Door } from './door.ts'
import { printJson, say, shortTime, type Format } from './print.ts'
import { publicAddress } from './public-address.ts'
import type { Shell } from './shell.ts'

interface ProfileOptions extends Format {
  readonly kind: ProfileKind
  readonly link?: boolean
  readonly output?: string
  readonly pem?: boolean
}

/** Adds `profile` to the program. */
export function profileCommand(program: Command, shell: Shell, door: Door, config: () => Config): void {
  program
    .command('profile [address]')
    .description("the profile that puts somebody's account on a phone; without an address, the one that makes a phone trust this server")
    .option('--kind <kind>', `how the phone logs in: ${profileKinds.join(', ')}`, kind, 'password')
    .option('--link', 'make a link that is good once, in place of a file')
    .option('--out, --output <file>', 'write the profile into a file, to hand it to a management server')
    .option('--pem', "print the certificate of the server's own authority instead; without an address")
    .option('--json', 'answer in JSON')
    .action((address: string | undefined, options: ProfileOptions) =>
      address === undefined ? authorityProfile(shell, config(), options) : accountProfile(shell, door, address, options),
    )
}

function kind(text: string): ProfileKind {
  const found = profileKinds.find((each) => each === text)
  if (found === undefined) throw new InvalidArgumentError(`Use one of ${profileKinds.join(', ')}.`)
  return found
}

async function accountProfile(shell: Shell, door: Door, address: string, options: ProfileOptions): Promise<void> {
  const { link, output, json } = options
  if ((link === true) === (output !== undefined)) throw new Refusal('Say --link for a link, or --out with a file for the profile itself.')
  const wanted = { address, kind: options.kind }
  if (output === undefined) {
    const made = await door.perform('profile.link', wanted)
    if (json === true) return printJson(shell, made)
    say(shell, made.url)
    shell.stderr.write(`It works once, until ${shortTime(made.expiresAt)} UTC. Whoever opens it gets the account.\n`)
    return sayPassword(shell, made.identityPassword)
  }
  const { profile: content, ...made } = await door.perform('profile.create', wanted)
  await writeFile(resolve(shell.directory, output), Buffer.from(content, 'base64'), { mode: 0o600 })
  if (json === true) return printJson(shell, made)
  say(shell, `The profile of ${made.account} lies in ${output}. Whoever has it may have the account: keep it to yourself.`)
  sayPassword(shell, made.identityPassword)
}

function sayPassword(shell: Shell, password: string | null): void {
  if (password !== null) shell.stderr.write(`The phone will ask for the password of the certificate: ${password}\n`)
}

async function authorityProfile(shell: Shell, settings: Config, { output, pem, json }: ProfileOptions): Promise<void> {
  // The console may still speak TLS with a certificate of ours: a browser, and curl, take the authority from --pem.
  const isForPhones = pem !== true || output !== undefined
  const why = strangersCertificate(settings, isForPhones)
  if (why !== null) throw new Refusal(why)
  const authority = ownAuthority(settings)
  if (authority === null) throw new Refusal('There is no certificate authority yet: the first start of the server makes it.')
  const { name, fingerprint, certificate } = authority
  if (output !== undefined) await writeFile(resolve(shell.directory, output), profile(authority))
  if (json === true) return printJson(shell, { name, fingerprint, certificate })
  if (pem === true) return say(shell, certificate.trimEnd())
  if (output !== undefined) say(shell, `The profile of ${name} lies in ${output}.`)
  else say(shell, `On the phone, open ${origin(settings)}${profilePath} in Safari and install the profile "${name}".`)
  say(shell, `Its SHA-256 fingerprint is ${fingerprint}.`)
  say(shell, 'Then turn it on: Settings, General, About, Certificate Trust Settings, "Enable full trust for root certificates".')
}

/** Why there is nothing of ours to trust; null where there is. */
function strangersCertificate(config: Config, isForPhones: boolean): string | null {
  const { https, acme } = config
  if (https.certificate !== null)
    return `The certificate of this server was made by somebody else (${https.certificate}); Easel has no profile for it.`
  if (acme.directory !== null) return `The certificate of this server comes from ${acme.directory}; Easel has no profile for it.`
  if (isForPhones && !showsOwnCertificate(config))
    return 'Phones meet the certificate of the proxy, for https.port is off; Easel has no profile for it. For the console, use --pem.'
  return null
}

function origin(config: Config): string {
  const address = publicAddress(config)
  if (address === null) return 'https://(the proxy)'
  const { host, port } = address
  return `https://${host.includes(':') ? `[${host}]` : host}${port === 443 ? '' : `:${port}`}`
}
