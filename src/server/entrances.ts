// Opens whatever lets somebody in: phones, administrators, mail, and whoever watches the server.
import { setTimeout as pause } from 'node:timers/promises'
import type { AdminHouse } from '../admin/house.ts'
import { pages } from '../admin/web/pages.ts'
import { openConsoleAccess } from '../auth/console-access.ts'
import type { Config } from '../config.ts'
import { serveControl } from '../control/server.ts'
import { showsOwnCertificate } from '../enroll/certificate-keeper.ts'
import { everyAddress } from '../enroll/host-names.ts'
import { authorityDocuments } from '../enroll/profile.ts'
import { createScepDesk } from '../enroll/scep/scep-desk.ts'
import type { AppPorts } from '../http/app.ts'
import type { ConsolePorts } from '../http/console/room.ts'
import { openDoors, openMetrics } from '../http/doors.ts'
import { InFlight } from '../http/in-flight.ts'
import { closeListeners, closingSeconds, type Listener } from '../http/listener.ts'
import { OwnDomains } from '../http/own-domains.ts'
import { portTrouble } from '../http/port-trouble.ts'
import type { Sources } from '../http/prometheus.ts'
import { createReadiness } from '../http/readiness.ts'
import { startLmtp, type Lmtp, type LmtpOptions } from '../mail/lmtp.ts'
import { within } from '../model/clock.ts'
import { bodyBytesMax } from '../protocol/limits.ts'
import { certificateDocuments } from './certificate.ts'
import type { Engine } from './engine.ts'
import type { Ground, Mail } from './ground.ts'

const censusSeconds = 1
const lmtpConnectionsMax = 20

/** The console's ports; its sessions end with `parts`. */
export async function openConsole(
  config: Config,
  ground: Ground,
  { vault, desk, peers }: Engine,
  house: AdminHouse,
  parts: AsyncDisposableStack,
): Promise<ConsolePorts> {
  const { log, names, hostName } = ground
  const issuer = `Easel ${hostName}`
  const consoleAccess = await openConsoleAccess({ ...ground, vault, desk, issuer, groups: config.admin, limits: config.auth })
  parts.defer(() => consoleAccess.close())
  return { ...consoleAccess, house, pages, peers, log, names }
}

interface Behind extends Ground, Mail, Engine {
  readonly admin: AdminHouse
  readonly consolePorts: ConsolePorts
}

/** Whatever lets somebody in. It closes at the same time: together they have less than five seconds. */
export async function openEntrances(config: Config, behind: Behind, parts: AsyncDisposableStack) {
  const { log, hostName, names, delivery, outbound, parking, certificate, consolePorts, clients } = behind
  const closing: (() => Promise<void>)[] = []
  parts.defer(async () => {
    await Promise.all(closing.map((close) => Promise.race([close(), pause(closingSeconds.cut * 1000, undefined, { ref: false })])))
  })
  const inFlight = new InFlight(config.connections.requestsPerAccount)
  const listeners: Listener[] = []
  closing.push(() => closeListeners(listeners, inFlight, (seconds) => parking.shutdown(seconds)))
  const app = appPorts(config, behind, inFlight)
  const clientAuthorities = () => clients?.authorities() ?? null
  const doorPorts = { app, console: consolePorts, certificate: certificate.keeper.current, clientAuthorities, names }
  const doors = await openDoors(config, doorPorts, listeners)
  clients?.onAuthorities(() => doors.renew(certificate.keeper.current))
  const lmtp = await openLmtp(config, { hostName, delivery, log })
  if (lmtp !== null) closing.push(() => lmtp.close())
  const metrics = await openFigures(config, behind, app)
  if (metrics !== null) closing.push(() => metrics.close())
  const control = await serveControl(behind.admin, config.data, log)
  closing.push(() => control.close())
  outbound.start()
  closing.push(() => outbound.stop())
  const { https, http, admin } = doors
  const portOf = (entrance: { readonly port: number | null } | null) => entrance?.port ?? null
  return {
    doors,
    ports: { https: portOf(https), http: portOf(http), admin: portOf(admin), lmtp: portOf(lmtp), metrics: portOf(metrics) },
  }
}

function appPorts(config: Config, behind: Behind, inFlight: InFlight): Omit<AppPorts, 'origin'> {
  const { store, clock, log, metrics, failures, protocol, desk, residences, peers, clients, names, hostName, certificate, house } = behind
  const { authority } = certificate.keeper
  return {
    protocol,
    desk,
    inFlight,
    clock,
    log,
    metrics,
    failures,
    readiness: createReadiness({ store, clock, isStopping: () => inFlight.stopping, certificateUntil: certificate.until }),
    realm: hostName,
    peers,
    certificates: clients?.certificates ?? null,
    mirror: behind.mirror,
    domains: new OwnDomains({ accounts: store.accounts, clock, configured: config.autodiscover.domains, names }),
    residences,
    bodyBytesMax: bodyBytesMax(config),
    documents: [
      ...(authority === null || !showsOwnCertificate(config) ? [] : authorityDocuments(authority)),
      ...certificateDocuments(config, certificate, house.certificates),
    ],
    enrolment: { desk: house.enrolment, scep: createScepDesk({ certificates: house.certificates, store, clock, log }) },
    userPage: config.admin.userPage ? behind.consolePorts : null,
  }
}

async function openFigures(config: Config, behind: Behind, { readiness, inFlight }: Omit<AppPorts, 'origin'>) {
  const { clock, log, store, prometheus, parking, alarms, certificate, directoryDesk } = behind
  if (prometheus === null) return null
  const sources: Sources = {
    clock,
    certificateUntil: certificate.until,
    directoryReadAt: () => directoryDesk?.last()?.at ?? null,
    parked: () => parking.parked,
    underWay: () => inFlight.count,
    looping: () => alarms.list().length,
    census: () => within(clock, censusSeconds, store.census()),
  }
  const figures = { contentType: prometheus.contentType, text: () => prometheus.text(sources) }
  return openMetrics(config, { readiness, log, figures })
}

async function openLmtp(config: Config, parts: Pick<LmtpOptions, 'hostName' | 'delivery' | 'log'>): Promise<Lmtp | null> {
  const { port, address, clients } = config.lmtp
  if (port === null) return null
  const limits = { messageBytesMax: config.messageBytesMax, recipientsMax: config.mail.recipientsMax, connectionsMax: lmtpConnectionsMax }
  const host = address === '*' ? everyAddress() : address
  return startLmtp({ ...parts, listen: { port, host }, clients, limits }).catch((error: unknown) => {
    throw portTrouble('lmtp.port (EASEL_LMTP_PORT)', port, error)
  })
}
