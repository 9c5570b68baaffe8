// Puts together where the server's certificate comes from, and how another one comes into use while the server runs.
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { startAcmeRenewal } from '../enroll/acme-renewal.ts'
import { acmeCertificatePath, certificateFiles, keepCertificate, type CertificateKeeper } from '../enroll/certificate-keeper.ts'
import { challengePath, dnsChallenges, httpChallenges, type HttpChallenges } from '../enroll/challenges.ts'
import type { CertificateDesk } from '../enroll/certificate-desk.ts'
import { listDocuments, listAt } from '../enroll/list-documents.ts'
import type { PublicDocument } from '../http/app.ts'
import type { Doors } from '../http/doors.ts'
import { startPlainListener } from '../http/plain-listener.ts'
import { portTrouble } from '../http/port-trouble.ts'
import type { Clock } from '../model/clock.ts'
import { watchCertificate, type CertificateWatch } from './certificate-watch.ts'

export interface OwnCertificate {
  readonly keeper: CertificateKeeper
  /** When the certificate that phones see ends; null where there is no TLS of ours. */
  readonly until: () => number | null
  readonly challenges: HttpChallenges
}

/** Opens the certificate the configuration asks for. */
export async function openCertificate(config: Config, names: readonly string[], clock: Clock): Promise<OwnCertificate> {
  const keeper = await keepCertificate({ dataFolder: config.data, files: certificateFiles(config), names, clock })
  return { keeper, until: () => (config.https.port === null ? null : keeper.current.until), challenges: httpChallenges() }
}

/** What anybody may fetch to trust certificates of ours, and an ACME server to trust us. */
export function certificateDocuments({ acme }: Config, { challenges }: OwnCertificate, desk: CertificateDesk): PublicDocument[] {
  const path = `${challengePath}:token`
  const answer = ({ token = '' }: Readonly<Record<string, string>>) => Promise.resolve(challenges.answer(token))
  return [...listDocuments(desk), ...(acme.directory === null ? [] : [{ path, type: 'text/plain', content: answer }])]
}

export interface RenewalParts {
  readonly certificate: OwnCertificate
  readonly certificates: CertificateDesk
  readonly doors: Doors
  readonly clock: Clock
  readonly log: Logger
}

/** Watches the certificate and, where it comes from an ACME server, has it renewed. Each part is closed by what `parts` holds. */
export async function renewCertificate(config: Config, given: RenewalParts, parts: AsyncDisposableStack): Promise<CertificateWatch> {
  const { certificate, doors, clock, log } = given
  const files = certificateFiles(config)
  const paths = files === null || files.standIn ? [] : [files.certificate, files.key]
  const watch = watchCertificate({ keeper: certificate.keeper, paths, use: (each) => doors.renew(each), clock, log })
  parts.defer(() => watch.close())
  const { directory, challenge, hook, contact, ca } = config.acme
  if (directory === null) return watch
  if (challenge === 'http-01') await openPlainPort({ name: 'acme.port (EASEL_ACME_PORT)', ...config.acme }, given, parts)
  const stop = startAcmeRenewal({
    server: { directory, contact, ca },
    names: acmeNames(config),
    prover: challenge === 'http-01' ? certificate.challenges : dnsChallenges(hook, process.env),
    path: acmeCertificatePath(config.data),
    clock,
    log,
    renewed: () => watch.look(),
  })
  parts.defer(stop)
  return watch
}

/** The port of lists of revoked certificates alone; null where there is none. */
export function openListPort({ ca }: Config, given: RenewalParts, parts: AsyncDisposableStack): Promise<number | null> {
  return openPlainPort({ name: 'ca.listPort (EASEL_CA_LIST_PORT)', port: ca.listPort, address: ca.listAddress }, given, parts)
}

interface PlainPort {
  /** As a complaint calls the setting. */
  readonly name: string
  readonly port: number | null
  readonly address: string
}

/** RFC 8555 8.3 has port 80 asked, whatever else is served where; whoever follows lists of revoked certificates mostly knows no TLS. */
async function openPlainPort(
  { name, port, address }: PlainPort,
  { certificate, certificates, doors, log }: RenewalParts,
  parts: AsyncDisposableStack,
): Promise<number | null> {
  if (port === null) return null
  const find = async (path: string) => {
    if (!path.startsWith(challengePath)) return listAt(certificates, path)
    const content = certificate.challenges.answer(path.slice(challengePath.length))
    return content === null ? null : { type: 'text/plain', content }
  }
  const listener = await startPlainListener({ find, origin: () => doors.origin(undefined), log }, { port, address }).catch(
    (error: unknown) => {
      throw portTrouble(name, port, error)
    },
  )
  parts.defer(() => listener.close())
  return listener.port
}

/** A public certificate bears names, and those with a dot in them alone. */
function acmeNames({ acme, names }: Config): readonly string[] {
  return acme.names.length > 0 ? acme.names : names.filter((name) => name.includes('.') && !/^[\d.]+$/.test(name))
}
