// Puts the house together: the one file that names implementations. Config in, running server out.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { openDemo, openDemoAdministrator } from './admin/demo.ts'
import type { AdminHouse } from './admin/house.ts'
import { countMinutes } from './admin/minutes.ts'
import { Mirror } from './admin/mirror.ts'
import { databaseOf, openHouse } from './admin/open-house.ts'
import { runningHouse } from './admin/running-house.ts'
import { pages } from './admin/web/pages.ts'
import { openConsoleAccess } from './auth/console-access.ts'
import { openVault } from './auth/vault.ts'
import { startChores } from './chores.ts'
import type { Config } from './config.ts'
import { holdFolder } from './control/lock.ts'
import { serveControl } from './control/server.ts'
import { everyAddress, hostNames, machineNames } from './enroll/host-names.ts'
import { authorityDocuments } from './enroll/profile.ts'
import { publicOrigin } from './enroll/public-origin.ts'
import { createScepDesk } from './enroll/scep/scep-desk.ts'
import type { AppPorts } from './http/app.ts'
import type { ConsolePorts } from './http/console/room.ts'
import { openDoors, openMetrics } from './http/doors.ts'
import { InFlight } from './http/in-flight.ts'
import { closeListeners, closingSeconds, type Listener } from './http/listener.ts'
import { OwnDomains } from './http/own-domains.ts'
import { Peers } from './http/peers.ts'
import { portTrouble } from './http/port-trouble.ts'
import { createPrometheus, type Sources } from './http/prometheus.ts'
import { createReadiness } from './http/readiness.ts'
import { createDelivery } from './mail/delivery.ts'
import { startLmtp, type Lmtp, type LmtpOptions } from './mail/lmtp.ts'
import { createOutbound } from './mail/outbound.ts'
import { createSmtpTransport } from './mail/smtp.ts'
import { bothMetrics } from './metrics.ts'
import { systemClock, within, type Clock } from './model/clock.ts'
import { createPolicyEngine } from './policy/policy-engine.ts'
import { FailureBook } from './protocol/failure-book.ts'
import { bodyBytesMax, limitsOf } from './protocol/limits.ts'
import { LookUps } from './protocol/look-ups.ts'
import { createProtocol } from './protocol/run.ts'
import { openTraces } from './protocol/trace.ts'
import { certificateDocuments, openCertificate, renewCertificate } from './server/certificate.ts'
import { openFrontDesk } from './server/login.ts'
import { openDirectory, openDirectoryLogin, tellAdministrators } from './server/directory.ts'
import { openMailTrust } from './server/mail-trust.ts'
import { openClientDoor, openRevocations } from './server/certificates.ts'
import { openResidences } from './server/residences.ts'
import type { RunningServer } from './server/running-server.ts'
import { openSprayWatch } from './server/spraying.ts'
import { openStore, type StoreOptions } from './store/sql/open.ts'
import { AlarmBook } from './sync/alarms.ts'
import { Heartbeats } from './sync/heartbeat.ts'
import { Pace } from './sync/pace.ts'
import { createParking } from './sync/park.ts'
import { QuietLooks } from './sync/quiet.ts'

export interface StartOptions {
  readonly log: Logger
  readonly clock?: Clock
  /** Another database than the configured one. */
  readonly database?: StoreOptions['database']
  /** The machine's names and addresses, where they are not to be asked of the system. */
  readonly machine?: readonly string[]
}

const censusSeconds = 1
const lmtpConnectionsMax = 20

/** Starts everything; rejects with a ConfigError, or another error with a sentence, and leaves nothing running. */
export async function startServer(config: Config, options: StartOptions): Promise<RunningServer> {
  await using started = new AsyncDisposableStack()
  const running = await assemble(config, options, started)
  const stack = started.move()
  let closed: Promise<void> | null = null
  return { ...running, close: () => (closed ??= stack.disposeAsync()) }
}

/** Opens one part after the other; each is closed in the reverse order by what `parts` holds. */
async function assemble(config: Config, options: StartOptions, parts: AsyncDisposableStack): Promise<Omit<RunningServer, 'close'>> {
  const ground = await openGround(config, options, parts)
  const { store, clock, certificate, reached } = ground
  const demo = config.demo ? await openDemo(store, clock) : []
  const demoAdministrator = demo.length > 0 ? await openDemoAdministrator(store, clock) : null
  const mail = openMail(config, ground, parts)
  const engine = await openEngine(config, ground, mail)
  parts.defer(() => engine.clients?.close())
  const { admin, opened, sawAudit } = runningHouse({ ...ground, ...engine, certificateUntil: certificate.until })
  const consolePorts = await openConsole(config, ground, engine, admin, parts)
  const { doors, ports } = await openEntrances(config, { ...ground, ...mail, ...engine, admin, consolePorts }, parts)
  reached.origin = () => doors.origin(undefined)
  for (const name of ['https', 'http', 'admin', 'lmtp', 'metrics'] as const) opened(name, config[name].address, ports[name])
  const { certificates } = engine.house
  const renewal = await renewCertificate(config, { certificate, certificates, doors, clock, log: ground.log }, parts)
  const stopChores = startChores({ ...ground, ...engine, sawAudit, certificates })
  // A look at a directory that says nothing is not waited for.
  parts.defer(async () => void (await Promise.all([stopChores(), ground.directory.close()])))
  return {
    ports,
    names: ground.names,
    demo,
    demoAdministrator,
    store,
    admin,
    url: doors.origin(undefined),
    authority: certificate.keeper.authority,
    renewCertificate: () => renewal.look(),
    parking: engine.parking,
    parked: () => engine.parking.parked,
  }
}

type Ground = Awaited<ReturnType<typeof openGround>>
type Mail = ReturnType<typeof openMail>
type Engine = Awaited<ReturnType<typeof openEngine>>

/** What everything else stands on: the folder, the store, and who counts and records what happens. */
async function openGround(config: Config, { log, clock = systemClock, database, machine }: StartOptions, parts: AsyncDisposableStack) {
  parts.defer(await holdFolder(config.data))
  const { minutes, metrics: minutely } = countMinutes(clock)
  const prometheus = config.metrics.port === null ? null : createPrometheus()
  const metrics = bothMetrics(minutely, prometheus?.metrics ?? null)
  const store = await openStore({ database: database ?? databaseOf(config), clock, metrics })
  parts.defer(() => store.close())
  const traces = await openTraces({ store, clock, log, folder: join(config.data, 'traces') })
  parts.defer(() => traces.flushed())
  const directory = openDirectory(config.directory, { accounts: store.accounts, clock, log })
  parts.defer(() => directory.close())
  const revocations = openRevocations(config, { clock, log }, parts)
  const mailTrust = openMailTrust(config, clock, revocations)
  const names = hostNames(config.names, machine ?? machineNames())
  const [hostName = 'localhost'] = names
  const certificate = await openCertificate(config, names, clock)
  // Once the doors are open they know better.
  const reached = { origin: () => publicOrigin(config, hostName) }
  return {
    log,
    clock,
    minutes,
    mirror: new Mirror(clock),
    prometheus,
    metrics,
    store,
    directory,
    revocations,
    mailTrust,
    traces,
    names,
    hostName,
    certificate,
    reached,
  }
}

function openMail(config: Config, { store, clock, log, hostName }: Ground, parts: AsyncDisposableStack) {
  const delivery = createDelivery({ store, clock, log })
  const transport = config.smarthost === null ? null : createSmtpTransport({ smarthost: config.smarthost, hostName, clock, log })
  parts.defer(() => transport?.close())
  return { delivery, outbound: createOutbound({ store, transport, delivery, clock, log, hostName }) }
}

/** What answers phones, and whom it asks. */
async function openEngine(config: Config, ground: Ground, { delivery, outbound }: Mail) {
  const { store, directory, revocations, mailTrust, clock, log, metrics, traces, names, hostName, certificate, reached } = ground
  const kick = () => outbound.kick()
  const vault = await openVault(config.data)
  const origin = () => reached.origin()
  const house = await openHouse(config, {
    store,
    clock,
    log,
    vault,
    delivery,
    hostName,
    keeper: () => Promise.resolve(certificate.keeper),
    origin,
    kick,
  })
  const { access, wipes, quarantine, devicePasswords } = house
  const parking = createParking(store.notifier, clock)
  const alarms = new AlarmBook({ clock, log, metrics })
  const failures = new FailureBook(clock, metrics)
  const residences = openResidences(config, names)
  const protocol = createProtocol({
    store,
    directory,
    lookUps: new LookUps(clock, config.protocol.addressBookPerMinute),
    mailTrust,
    residences,
    clock,
    log,
    metrics,
    failures,
    access,
    wipes,
    quarantine,
    devicePasswords,
    traces,
    parking,
    policy: createPolicyEngine({ store, book: house.policies, random: randomBytes }),
    submitter: { kick },
    heartbeats: new Heartbeats(),
    pace: new Pace(alarms, config.protocol.brake),
    quietLooks: new QuietLooks(),
    limits: limitsOf(config),
  })
  const peers = new Peers(config.trustedProxies, config.proxyHops)
  const login = openDirectoryLogin(config.directory, { store, directory, clock, log })
  const { passwords } = login
  const clients = openClientDoor(config, { store, roster: passwords, clock, log, peers, own: house.certificates, revocations })
  const sprayings = openSprayWatch(config, { audit: store.audit, clock, log, metrics, notices: house.notices })
  const desk = openFrontDesk(config, { store, clock, log, passwords, watch: sprayings, certificate: clients?.authenticator ?? null })
  const directoryDesk = login.desk({
    changed: (account) => {
      desk.forget(account.id)
      parking.evict(account.id, null)
    },
    regrouped: (account) => parking.evict(account.id, null),
    alarmed: tellAdministrators(house.notices, config.admin.notify, clock),
  })
  return { vault, house, parking, alarms, sprayings, failures, protocol, residences, peers, clients, desk, directoryDesk }
}

async function openConsole(
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
async function openEntrances(config: Config, behind: Behind, parts: AsyncDisposableStack) {
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
      ...(authority === null ? [] : authorityDocuments(authority)),
      ...certificateDocuments(config, certificate, house.certificates),
    ],
    enrolment: { desk: house.enrolment, scep: createScepDesk({ certificates: house.certificates, store, clock, log }) },
    userPage: config.admin.userPage ? behind.consolePorts : null,
  }
}

async function openFigures(config: Config, behind: Behind, { readiness, inFlight }: Omit<AppPorts, 'origin'>) {
  const { clock, log, store, prometheus, parking, alarms, certificate } = behind
  if (prometheus === null) return null
  const sources: Sources = {
    clock,
    certificateUntil: certificate.until,
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
