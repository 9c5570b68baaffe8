// Settings of the certificate that an ACME server (Let's Encrypt and its kin) gives us, and what contradicts itself among them.
import { isIP } from 'node:net'
import { z } from 'zod'
import { flag, group, list, namesFile, port, text, word } from '../setting.ts'

const words = z.string('must be text').min(1, 'must not be empty')
const url = words.refine((value) => URL.canParse(value) && new URL(value).protocol === 'https:', 'must be an https address').nullable()
const name = words
  .regex(
    /^(\*\.)?(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/i,
    'must hold names such as mail.example.com',
  )
  .transform((value) => value.toLowerCase())

export const acmeSettings = group({
  directory: text(url, null, {
    environment: 'EASEL_ACME_DIRECTORY',
    shown: 'none: no ACME',
    description:
      "The ACME server that gives us our certificate, by its directory: `https://acme-v02.api.letsencrypt.org/directory` for Let's Encrypt.",
  }),
  agree: flag<boolean>(false, {
    environment: 'EASEL_ACME_AGREE',
    description: 'That you agree to the terms of that server. Without it nothing is asked of it.',
  }),
  contact: text(words.regex(/^[^\s@]+@[^\s@]+$/, 'must be an address such as admin@example.com').nullable(), null, {
    environment: 'EASEL_ACME_CONTACT',
    description: 'Address that it may write to.',
  }),
  names: list(
    {
      environment: 'EASEL_ACME_NAMES',
      description: 'Names to ask a certificate for; `host` and `names` if left out. `*.example.com` needs `dns-hook`.',
    },
    name,
  ),
  challenge: word(['http-01', 'dns-hook'], 'http-01', {
    environment: 'EASEL_ACME_CHALLENGE',
    description: 'How a name is proved: `http-01` answers on port 80, `dns-hook` runs `acme.hook`.',
  }),
  hook: list({
    environment: 'EASEL_ACME_HOOK',
    // A bare name is looked up among the programs of the machine.
    paths: (value, absolute) =>
      Array.isArray(value)
        ? value.map((word: unknown, place) => (place === 0 && String(word).includes('/') ? namesFile(word, absolute) : word))
        : value,
    description: 'Program and arguments; run with `present|cleanup _acme-challenge.NAME VALUE` behind them, to write that TXT record.',
  }),
  port: port(80, {
    environment: 'EASEL_ACME_PORT',
    description: 'Port where `http-01` is answered; `off` where a proxy passes `/.well-known/acme-challenge/` on to us.',
  }),
  address: text(
    words.refine((value) => value === '*' || isIP(value) !== 0, 'must be an IP address of this machine, or *'),
    '*',
    { environment: 'EASEL_ACME_ADDRESS', description: 'Address to listen on; `*` for all.' },
  ),
  ca: text(words.nullable(), null, {
    environment: 'EASEL_ACME_CA',
    paths: namesFile,
    shown: 'the public ones',
    description: 'PEM file of the authority that signed the ACME server’s own certificate.',
  }),
})

export type AcmeSettings = z.output<typeof acmeSettings>

/** What else is set that it has to agree with. */
interface Beside {
  readonly acme: AcmeSettings
  readonly https: { readonly port: number | null; readonly certificate: string | null }
  readonly host: string | null
  readonly publicUrl: string | null
  readonly names: readonly string[]
}

/** Sentences about settings that cannot stand together, each with a way out. */
export function acmeContradictions({ acme, https, host, publicUrl, names }: Beside): string[] {
  if (acme.directory === null) return []
  const wanted = acme.names.length > 0 ? acme.names : [host, publicUrl, ...names].filter((each) => each !== null)
  const checks: readonly (readonly [contradiction: boolean, sentence: string])[] = [
    [!acme.agree, 'acme.directory is set, but not that you agree to its terms: read them, and set acme.agree (EASEL_ACME_AGREE).'],
    [https.certificate !== null, 'acme.directory and https.certificate are both set: keep one, the certificate comes from one place.'],
    [
      https.port === null,
      'acme.directory is set, but nothing speaks TLS here: set https.port, or let the proxy ask for its own certificate.',
    ],
    [wanted.length === 0, 'acme.directory is set, but no name to ask a certificate for: set host (EASEL_HOST) or acme.names.'],
    [
      acme.challenge === 'dns-hook' && acme.hook.length === 0,
      'acme.challenge is dns-hook, but there is no acme.hook (EASEL_ACME_HOOK) to run.',
    ],
    [
      acme.challenge === 'http-01' && wanted.some((each) => each.startsWith('*.')),
      'acme.names holds a wildcard, which http-01 cannot prove: use dns-hook.',
    ],
  ]
  return checks.filter(([contradiction]) => contradiction).map(([, sentence]) => sentence)
}
