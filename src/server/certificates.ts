// Puts together what lets client certificates in: the authorities, who knows of revocations, the reader of handshakes and headers.
import { readFileSync } from 'node:fs'
import type { Logger } from 'pino'
import type { CertificateAuthenticator } from '../auth/authenticator.ts'
import { createCertificateAuthenticator } from '../auth/certificate.ts'
import { MalformedCertificate, readCertificate } from '../auth/chain/certificate.ts'
import type { Revocations } from '../auth/chain/chain.ts'
import { createFetcher } from '../auth/chain/fetch.ts'
import { createRevocations, type ConfiguredSources, type WatchedRevocations } from '../auth/chain/revocations.ts'
import { readAuthorities, templateTrouble, type ClientAuthority, type Mapping } from '../auth/client-authorities.ts'
import type { OwnCertificates } from '../auth/own-certificates.ts'
import type { Roster } from '../auth/password-source.ts'
import { ConfigError, type Config } from '../config.ts'
import { ClientCertificates } from '../http/client-certificate.ts'
import type { Peers } from '../http/peers.ts'
import { serialNumber } from '../model/certificate.ts'
import type { Clock } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'
import { handedOver, isAddress, type AuthoritySettings } from '../settings/certificates.ts'
import { content } from '../settings/named-file.ts'
import type { Store } from '../store/store.ts'

export interface ClientDoorParts {
  readonly store: Pick<Store, 'accounts' | 'devices'>
  readonly roster: Roster
  readonly clock: Clock
  readonly log: Logger
  readonly peers: Peers
  /** Null where we issue none. */
  readonly own: OwnCertificates | null
  readonly revocations: Revocations
}

/** What certificates come in by. */
export interface ClientDoor {
  readonly authenticator: CertificateAuthenticator
  readonly certificates: ClientCertificates
  /** PEM of the authorities that TLS names to clients. */
  authorities(): readonly string[]
  /** Those of the configuration, and when they end. */
  readonly configured: readonly { readonly name: string; readonly until: Instant }[]
  /** `act` is called when there are others. */
  onAuthorities(act: () => void): void
  /** Closes what came in by a certificate that is good no longer. */
  sweep(): Promise<void>
  close(): void
}

/** Certificates looked at together: each asks the store, and somebody's directory. */
const sweptAtOnce = 16

/** Null where certificates are no login. Throws a ConfigError for files that hold no authority. */
export function openClientDoor({ certificates: settings }: Config, parts: ClientDoorParts): ClientDoor | null {
  if (settings.mode === 'off') return null
  const { store, roster, clock, log, peers, own, revocations } = parts
  const configured = settings.authorities.flatMap(configuredAuthorities)
  let tell: () => void = () => undefined
  let all = [...configured, ...ownAuthorities(own)]
  if (all.length === 0) {
    log.warn('certificates log in, but of no authority yet: name one in certificates.authorities, or make one with `easel ca init`')
  }
  const authenticator = createCertificateAuthenticator({
    roster,
    accounts: store.accounts,
    devices: store.devices,
    clock,
    log,
    authorities: () => all,
    own,
    revocations,
    policy: settings.revocation,
    isRequired: settings.mode === 'require',
  })
  const certificates = new ClientCertificates({ peers, log, handedOver: handedOver(settings) })
  const { presence } = certificates
  const end = (fingerprint: string) => {
    const ended = presence.end(fingerprint)
    if (ended > 0) log.info({ fingerprint, ended }, 'connections of a certificate that is good no longer were closed')
  }
  const unwatch = own?.watch({
    revoked: ({ fingerprint }) => {
      authenticator.drop(fingerprint)
      end(fingerprint)
    },
    issuersChanged: () => {
      all = [...configured, ...ownAuthorities(own)]
      tell()
    },
  })
  return {
    authenticator,
    certificates,
    configured: configured.map(({ certificate: { x509, notAfter } }) => ({ name: x509.subject.replaceAll('\n', ', '), until: notAfter })),
    authorities: () => all.map(({ certificate }) => certificate.x509.toString()),
    onAuthorities: (act) => {
      tell = act
    },
    async sweep() {
      const present = presence.list()
      for (let from = 0; from < present.length; from += sweptAtOnce) {
        const some = present.slice(from, from + sweptAtOnce)
        const areGood = await Promise.all(some.map((certificate) => authenticator.isGood(certificate)))
        for (const [index, { fingerprint }] of some.entries()) if (areGood[index] === false) end(fingerprint)
      }
    },
    close: () => unwatch?.(),
  }
}

function ownAuthorities(own: OwnCertificates | null): ClientAuthority[] {
  const issuers = (own?.issuers() ?? []).flatMap(({ chain }) => chain.slice(0, 1))
  return issuers.map((der) => ({ certificate: readCertificate(der), mappings: [] }))
}

function configuredAuthorities(settings: AuthoritySettings): ClientAuthority[] {
  const mappings = mappingsOf(settings)
  return read(settings.file).map((certificate) => ({ certificate, mappings }))
}

/** Who knows of revocations, for logins and for mail alike; lists and responders are asked until `parts` is closed. */
export function openRevocations(
  { certificates }: Config,
  { clock, log }: Pick<ClientDoorParts, 'clock' | 'log'>,
  parts: AsyncDisposableStack,
): WatchedRevocations {
  const fetcher = createFetcher(clock)
  parts.defer(() => fetcher.close())
  const refreshSeconds = certificates.refreshMinutes * 60
  return createRevocations({ clock, log, fetcher, refreshSeconds, configured: sourcesOf(certificates.authorities) })
}

/** By issuer: every certificate in the file of an authority. */
function sourcesOf(authorities: readonly AuthoritySettings[]): ReadonlyMap<string, ConfiguredSources> {
  const named = authorities.filter(({ crl, ocsp }) => crl !== null || ocsp !== null)
  // Later a list may be gone for a moment; at the start its path is misspelt.
  for (const { crl } of named) if (crl !== null && !isAddress(crl)) content(crl, '/', 'certificates.authorities: crl')
  return new Map(
    named.flatMap(({ file, crl, ocsp }) => read(file).map(({ fingerprint }) => [fingerprint, { list: crl, responder: ocsp }] as const)),
  )
}

function read(file: string) {
  let pem: string
  try {
    pem = readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigError(`certificates.authorities names ${file}, which cannot be read: check the path and its permissions.`, {
      cause: error,
    })
  }
  try {
    return readAuthorities(pem)
  } catch (error) {
    if (!(error instanceof MalformedCertificate)) throw error
    throw new ConfigError(`certificates.authorities names ${file}, which must hold certificates in PEM, and nothing that is none.`, {
      cause: error,
    })
  }
}

function mappingsOf({ file, mapping, serials }: AuthoritySettings): Mapping[] {
  const accounts = new Map(Object.entries(serials).map(([number, account]) => [serialNumber(number), account]))
  return mapping.map((word): Mapping => {
    if (word === 'upn' || word === 'email') return { kind: word }
    if (word === 'serial') return { kind: 'serial', accounts }
    const trouble = templateTrouble(word)
    if (trouble === null) return { kind: 'template', text: word }
    throw new ConfigError(`certificates.authorities: the mapping "${word}" of ${file} ${trouble}. It may also be upn, email or serial.`)
  })
}
