// The settings of client certificates as a login.
import { z } from 'zod'
import { group, namesFile, number, rows, text, word, type Paths } from '../setting.ts'

const words = z.string('must be text').min(1, 'must not be empty')
const headerName = words
  .regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header')
  .transform((name) => name.toLowerCase())
  .nullable()
/** Whether what tells of revocations is no file. */
export const isAddress = (source: string) => /^[a-z]+:\/\//i.test(source)
const source = words.refine((value) => !isAddress(value) || /^https?:\/\//i.test(value), 'must be a file, or an http address')
const responder = words.refine((value) => /^https?:\/\//i.test(value) && URL.canParse(value), 'must be an http address')
const serial = words.regex(/^[0-9a-f:]+$/i, 'must be a serial number in hexadecimal')

const authority = z.strictObject({
  file: words,
  mapping: z.union([words.transform((one) => [one]), z.array(words).min(1)]).prefault(['upn', 'email']),
  serials: z.record(serial, words).prefault({}),
  crl: source.nullable().prefault(null),
  ocsp: responder.nullable().prefault(null),
})

const authorityPaths: Paths = (given, absolute) => {
  if (typeof given !== 'object' || given === null) return namesFile(given, absolute)
  const ofSource = (source: string) => (isAddress(source) ? source : absolute(source))
  return Object.fromEntries(
    Object.entries(given).map(([name, value]: [string, unknown]) => [
      name,
      name === 'file' ? namesFile(value, absolute) : name === 'crl' ? namesFile(value, ofSource) : value,
    ]),
  )
}

/** One authority as it is configured; a bare text names its file. */
export type AuthoritySettings = z.output<typeof authority>

export const certificates = group({
  mode: word(['off', 'accept', 'require'], 'off', {
    environment: 'EASEL_CERTIFICATES',
    description:
      'Whether a client certificate is a login: `accept` takes one in place of a password, `require` lets no phone in without one.',
  }),
  authorities: rows(z.union([words.transform((file) => authority.parse({ file })), authority]), {
    environment: 'EASEL_CERTIFICATE_AUTHORITIES',
    paths: (value, absolute) => (Array.isArray(value) ? value.map((each: unknown) => authorityPaths(each, absolute)) : value),
    description:
      'PEM files of the authorities whose certificates log in. In the file each may say more (`file`, `mapping`, `serials`, `crl`, `ocsp`): see docs/certificates.md.',
  }),
  revocation: word(['require', 'tolerate', 'off'], 'tolerate', {
    environment: 'EASEL_CERTIFICATE_REVOCATION',
    description:
      'A certificate of which nobody can tell whether it was revoked is refused (`require`) or taken (`tolerate`); `off` asks nobody. One known to be revoked is refused by both.',
  }),
  refreshMinutes: number(30, [1, 1440], {
    environment: 'EASEL_CERTIFICATE_REFRESH',
    description: 'How often lists of revoked certificates are fetched and responders asked, even where the last answer holds for longer.',
  }),
  form: word(['none', 'rfc9440', 'nginx', 'haproxy', 'caddy', 'apache'], 'none', {
    environment: 'EASEL_CERTIFICATE_FORM',
    description: 'How the proxies in `trustedProxies` hand over the client certificate they were shown; `none` if they do not.',
  }),
  header: text(headerName, null, {
    environment: 'EASEL_CERTIFICATE_HEADER',
    shown: '`Client-Cert` for rfc9440, else `X-SSL-Client-Cert`',
    description: 'The header they write it into. They must overwrite what a phone sends under this name.',
  }),
  chainHeader: text(headerName, null, {
    environment: 'EASEL_CERTIFICATE_CHAIN_HEADER',
    shown: '`Client-Cert-Chain` for rfc9440, else none',
    description: 'The header with the certificates above it.',
  }),
  verifyHeader: text(headerName, null, {
    environment: 'EASEL_CERTIFICATE_VERIFY_HEADER',
    description: 'A header with what the proxy itself found: unless it says SUCCESS (HAProxy: 0) the certificate is not looked at.',
  }),
})

export type CertificateSettings = z.output<typeof certificates>

/** Where a proxy hands certificates over; null where none does. */
export function handedOver({ form, header, chainHeader, verifyHeader }: CertificateSettings) {
  if (form === 'none') return null
  const isStandard = form === 'rfc9440'
  return {
    form,
    header: header ?? (isStandard ? 'client-cert' : 'x-ssl-client-cert'),
    chainHeader: chainHeader ?? (isStandard ? 'client-cert-chain' : null),
    verifyHeader,
  }
}

/** Settings that cannot stand together, each with a way out. */
export function certificateContradictions(settings: CertificateSettings, trustedProxies: readonly string[]): string[] {
  const { mode, authorities, form, header, chainHeader, verifyHeader } = settings
  const named = [header, chainHeader, verifyHeader].filter((name) => name !== null)
  const checks: readonly (readonly [contradiction: boolean, sentence: string])[] = [
    [
      form !== 'none' && trustedProxies.length === 0,
      'certificates.form (EASEL_CERTIFICATE_FORM) says that a proxy hands certificates over: name the proxy in trustedProxies (EASEL_TRUSTED_PROXIES).',
    ],
    [
      form === 'none' && named.length > 0,
      'A header for certificates is named, but not what is in it: set certificates.form (EASEL_CERTIFICATE_FORM).',
    ],
    [
      form !== 'none' && mode === 'off',
      'certificates.form is set, but certificates are no login: set certificates.mode (EASEL_CERTIFICATES) to accept or require.',
    ],
    ...authorities.map(
      ({ file, mapping, serials }) =>
        [
          mapping.includes('serial') !== Object.keys(serials).length > 0,
          `certificates.authorities: the mapping serial and a list of serials go together; of ${file} there is one without the other.`,
        ] as const,
    ),
    [new Set(named).size < named.length, 'Two of the headers for certificates have the same name: give each its own.'],
  ]
  return checks.filter(([contradiction]) => contradiction).map(([, sentence]) => sentence)
}
