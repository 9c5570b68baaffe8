// The configuration: read once, decided once; settings that contradict each other stop the boot with a sentence.
import { accessSync, constants } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Secret } from './log.ts'
import { anchor, ConfigError, overlay, settle, tableOf, type TableRow } from './setting.ts'
import { settings, type Settings } from './settings.ts'
import { enrolmentContradictions } from './settings/enrolment.ts'
import { autodiscoverContradictions } from './settings/autodiscover.ts'
import { acmeContradictions } from './settings/acme.ts'
import { directoryContradictions } from './settings/directory.ts'
import { certificateContradictions, isAddress, type AuthoritySettings } from './settings/certificates.ts'
import { loginContradictions, loginWarnings } from './settings/login.ts'
import { authorities, content } from './settings/named-file.ts'
import { decideOauth, oauthContradictions, type Oauth } from './settings/oauth.ts'
import { readFile } from './settings/yaml-file.ts'

export { ConfigError } from './setting.ts'

/** The settings with everything decided that follows from them. */
export interface Config extends Omit<Settings, 'demo' | 'smarthost' | 'names' | 'directory' | 'oauth'> {
  /** Absolute. */
  readonly data: string
  /** The file that was read; null if there was none. */
  readonly file: string | null
  readonly demo: boolean
  /** The configured names, `host` first; empty if none was given. */
  readonly names: readonly string[]
  /** Null if mail stays within our own domains. */
  readonly smarthost: Smarthost | null
  readonly directory: DirectoryConfig
  /** Null where no tokens are taken. */
  readonly oauth: Oauth | null
  readonly messageBytesMax: number
  /** What may be said to the administrator without stopping the boot. */
  readonly warnings: readonly string[]
}

export interface Smarthost {
  readonly host: string
  readonly port: number
  readonly tls: Settings['smarthost']['tls']
  /** PEM of a private authority; null for the public ones. */
  readonly ca: string | null
  readonly credentials: { readonly user: string; readonly password: Secret } | null
}

/** The settings of the directory with the files read that they name. */
export interface DirectoryConfig extends Omit<Settings['directory'], 'password' | 'passwordFile' | 'ca' | 'user'> {
  /** PEM of a private authority; null for those of the machine. */
  readonly ca: string | null
  /** Null to search anonymously. */
  readonly credentials: { readonly user: string; readonly password: Secret } | null
}

export interface ConfigSources {
  /** From `--config`; null to look at EASEL_CONFIG and then for `easel.yaml` in the data folder. */
  readonly file: string | null
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where relative paths begin, those in the file apart: they go by its folder. */
  readonly directory: string
}

/** Reads the file and the environment, once. Throws a ConfigError whose message says what to do. */
export function loadConfig({ file, environment, directory }: ConfigSources): Config {
  const named = file ?? environment['EASEL_CONFIG'] ?? null
  const besides = join(resolve(directory, environment['EASEL_DATA'] ?? 'data'), 'easel.yaml')
  const path = named === null ? besides : resolve(directory, named)
  const found = readFile(path, named !== null)
  const { document, strangers } = overlay(settings, anchor(settings, found ?? {}, dirname(path)), environment)
  const config = decide(settle(settings, document), found === null ? null : path, directory, strangers)
  if (named === null && found !== null && join(config.data, 'easel.yaml') !== besides) {
    throw new ConfigError(`${besides} names another data folder, ${config.data}: set EASEL_DATA to it, or give the file with --config.`)
  }
  return config
}

/** One row per setting, for the README. */
export function configurationTable(): TableRow[] {
  return tableOf(settings)
}

function decide(given: Settings, file: string | null, directory: string, strangers: readonly string[]): Config {
  const troubles = [
    ...contradictions(given, directory),
    ...directoryContradictions(given.directory),
    ...certificateContradictions(given.certificates, given.trustedProxies),
    ...autodiscoverContradictions(given.autodiscover),
    ...loginContradictions(given.login),
    ...oauthContradictions(given.oauth),
    ...enrolmentContradictions(given),
    ...acmeContradictions(given),
  ]
  if (troubles.length > 0) throw new ConfigError(troubles.join('\n'))
  const fresh = file === null && given.host === null && given.publicUrl === null && given.names.length === 0
  const publicHost = given.publicUrl === null ? null : new URL(given.publicUrl).hostname
  return {
    ...given,
    data: resolve(directory, given.data),
    https: {
      ...given.https,
      certificate: given.https.certificate === null ? null : resolve(directory, given.https.certificate),
      key: given.https.key === null ? null : resolve(directory, given.https.key),
    },
    certificates: { ...given.certificates, authorities: given.certificates.authorities.map((each) => decideAuthority(each, directory)) },
    acme: { ...given.acme, ca: given.acme.ca === null ? null : authorities(given.acme.ca, directory, 'acme.ca (EASEL_ACME_CA)') },
    publicUrl: given.publicUrl === null ? null : new URL(given.publicUrl).origin,
    file,
    names: [...new Set([given.host ?? publicHost, publicHost, ...given.names].filter((name) => name !== null))],
    demo: given.demo ?? (fresh && given.database === null && given.smarthost.host === null),
    smarthost: decideSmarthost(given.smarthost, directory),
    directory: decideDirectory(given.directory, directory),
    smime: { ...given.smime, trusted: given.smime.trusted === null ? null : resolve(directory, given.smime.trusted) },
    oauth: decideOauth(given.oauth, {
      secret: (path, setting) => content(path, directory, setting),
      authorities: (path, setting) => authorities(path, directory, setting),
    }),
    messageBytesMax: given.mail.messageMegabytesMax * 1024 * 1024,
    warnings: warningsOf(given, strangers),
  }
}

function decideAuthority(given: AuthoritySettings, directory: string): AuthoritySettings {
  const { file, crl } = given
  return { ...given, file: resolve(directory, file), crl: crl === null || isAddress(crl) ? crl : resolve(directory, crl) }
}

function decideSmarthost(given: Settings['smarthost'], directory: string): Smarthost | null {
  const { host, port, tls, ca, user, passwordFile } = given
  if (host === null) return null
  const password =
    passwordFile === null
      ? given.password
      : new Secret(content(passwordFile, directory, 'smarthost.passwordFile (EASEL_SMARTHOST_PASSWORD_FILE)').trim())
  return {
    host,
    port,
    tls,
    ca: ca === null ? null : authorities(ca, directory, 'smarthost.ca (EASEL_SMARTHOST_CA)'),
    credentials: user === null || password === null ? null : { user, password },
  }
}

function decideDirectory({ password, passwordFile, ca, user, ...given }: Settings['directory'], directory: string): DirectoryConfig {
  const secret =
    passwordFile === null
      ? password
      : new Secret(content(passwordFile, directory, 'directory.passwordFile (EASEL_DIRECTORY_PASSWORD_FILE)').trim())
  return {
    ...given,
    file: given.file === null ? null : resolve(directory, given.file),
    ca: ca === null ? null : authorities(ca, directory, 'directory.ca (EASEL_DIRECTORY_CA)'),
    credentials: user === null || secret === null ? null : { user, password: secret },
  }
}

/** What works, but not as somebody may think. */
function warningsOf({ http, trustedProxies, lmtp, metrics, ...given }: Settings, strangers: readonly string[]): string[] {
  return [
    ...strangers.map((name) => `${name} is set, but there is no such setting.`),
    ...loginWarnings(given),
    ...(http.port !== null && trustedProxies.length === 0
      ? [
          'Every phone seems to come from the proxy, and one with a wrong password makes all wait: name the proxy in trustedProxies (EASEL_TRUSTED_PROXIES).',
        ]
      : []),
    ...(lmtp.port !== null && !isLoopback(lmtp.address) && lmtp.clients.length === 0
      ? ['LMTP listens to the network but takes mail from this machine only: name the mail system in lmtp.clients (EASEL_LMTP_CLIENTS).']
      : []),
    ...(metrics.port !== null && !isLoopback(metrics.address)
      ? ['Whoever reaches metrics.port can read the figures: let a firewall, or the network of a container, keep others away.']
      : []),
  ]
}

/** Settings that cannot stand together, each with a way out. */
function contradictions(
  { https, http, lmtp, admin, metrics, acme, ca, smarthost, trustedProxies, proxyHops, protocol, publicUrl, host }: Settings,
  directory: string,
): string[] {
  const challengePort = acme.directory === null || acme.challenge !== 'http-01' ? null : acme.port
  const ports = [https.port, http.port, lmtp.port, admin.port, metrics.port, challengePort, ca.listPort].filter(
    (each) => each !== null && each !== 0,
  )
  const readable = (path: string) => {
    try {
      accessSync(resolve(directory, path), constants.R_OK)
      return true
    } catch {
      return false
    }
  }
  const checks: readonly (readonly [contradiction: boolean, sentence: string])[] = [
    [
      https.port === null && http.port === null,
      'Nothing would listen for phones: set https.port (EASEL_HTTPS_PORT) or http.port (EASEL_HTTP_PORT).',
    ],
    [
      http.port !== null && !isLoopback(http.address) && trustedProxies.length === 0,
      'Plain HTTP would carry passwords over the network: listen on 127.0.0.1 (http.address), or name the proxy in trustedProxies (EASEL_TRUSTED_PROXIES).',
    ],
    [
      (https.proxyProtocol === 'required' || http.proxyProtocol === 'required') && trustedProxies.length === 0,
      'The PROXY protocol is believed from declared proxies only: name the proxy in trustedProxies (EASEL_TRUSTED_PROXIES), or leave proxyProtocol off.',
    ],
    [
      proxyHops > 0 && trustedProxies.length === 0,
      'proxyHops (EASEL_PROXY_HOPS) counts from a declared proxy: name the one that speaks to us in trustedProxies (EASEL_TRUSTED_PROXIES).',
    ],
    [
      admin.port !== null && !admin.tls && !isLoopback(admin.address) && trustedProxies.length === 0,
      'The console would carry passwords over the network in plain HTTP: leave admin.tls on, listen on 127.0.0.1 (admin.address), or name the proxy in trustedProxies (EASEL_TRUSTED_PROXIES).',
    ],
    [
      (https.certificate === null) !== (https.key === null),
      'https.certificate (EASEL_CERTIFICATE) and https.key (EASEL_CERTIFICATE_KEY) go together: give both or neither.',
    ],
    [
      https.certificate !== null && !readable(https.certificate),
      `https.certificate names ${https.certificate}, which cannot be read: check the path and its permissions.`,
    ],
    [https.key !== null && !readable(https.key), `https.key names ${https.key}, which cannot be read: check the path and its permissions.`],
    [
      new Set(ports).size < ports.length,
      'Two listeners have the same port: give https.port, http.port, lmtp.port, admin.port, metrics.port, acme.port and ca.listPort different ones. acme.port answers for the lists as well.',
    ],
    [
      smarthost.password !== null && smarthost.passwordFile !== null,
      'smarthost.password and smarthost.passwordFile are both set: keep one.',
    ],
    [
      (smarthost.user === null) !== (smarthost.password === null && smarthost.passwordFile === null),
      'smarthost.user and smarthost.password go together: give both, or neither if the smarthost asks for none.',
    ],
    [
      smarthost.host === null && (smarthost.user ?? smarthost.password ?? smarthost.passwordFile) !== null,
      'There is a login for a smarthost but no smarthost: set smarthost.host (EASEL_SMARTHOST).',
    ],
    [
      smarthost.user !== null && smarthost.tls === 'none' && smarthost.host !== 'localhost' && !isLoopback(smarthost.host ?? ''),
      'smarthost.tls none would send the password in the clear: use starttls or implicit.',
    ],
    [
      protocol.heartbeatSecondsMin > protocol.heartbeatSecondsMax,
      'protocol.heartbeatSecondsMin (EASEL_HEARTBEAT_MIN) is above protocol.heartbeatSecondsMax (EASEL_HEARTBEAT_MAX): swap them.',
    ],
    [
      publicUrl !== null && host !== null && new URL(publicUrl).hostname !== host,
      'host (EASEL_HOST) and publicUrl (EASEL_PUBLIC_URL) name different servers: keep publicUrl, and put the other name into names (EASEL_NAMES).',
    ],
  ]
  return checks.filter(([contradiction]) => contradiction).map(([, sentence]) => sentence)
}

/** Whether an address to listen on is reached from this machine only. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
