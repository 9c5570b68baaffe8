// `easel profile`: what a phone needs to trust this server.
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { Refusal } from '../admin/house.ts'
import type { Config } from '../config.ts'
import { profile, profilePath } from '../enroll/profile.ts'
import { ownAuthority } from './authority.ts'
import { printJson, say, type Format } from './print.ts'
import { publicAddress } from './public-address.ts'
import type { Shell } from './shell.ts'

type ProfileOptions = Format & { readonly output?: string; readonly pem?: boolean }

/** Adds `profile` to the program. */
export function profileCommand(program: Command, shell: Shell, config: () => Config): void {
  program
    .command('profile')
    .description('the configuration profile that makes a phone trust this server')
    .option('--output <file>', 'write the profile into a file, to mail it or to hand it to a management server')
    .option('--pem', "print the authority's certificate instead")
    .option('--json', 'answer in JSON')
    .action(async ({ output, pem, json }: ProfileOptions) => {
      const settings = config()
      if (settings.https.certificate !== null) {
        throw new Refusal(
          `The certificate of this server was made by somebody else (${settings.https.certificate}); Easel has no profile for it.`,
        )
      }
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
    })
}

function origin(config: Config): string {
  const address = publicAddress(config)
  if (address === null) return 'https://(the proxy)'
  const { host, port } = address
  return `https://${host.includes(':') ? `[${host}]` : host}${port === 443 ? '' : `:${port}`}`
}
