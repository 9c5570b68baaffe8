// Puts the house together: the one file that names implementations. Config in, running server out.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { storeName } from './admin/backup.ts'
import { openDemo, openDemoAdministrator, type DemoAccount, type DemoAdministrator } from './admin/demo.ts'
import type { AdminHouse } from './admin/house.ts'
import { countMinutes } from './admin/minutes.ts'
import type { AuditSeen, Vitals } from './admin/vitals.ts'
import { pages } from './admin/web/pages.ts'
import { createBasicAuthenticator } from './auth/basic.ts'
import { openConsoleAccess } from './auth/console-access.ts'
import { roleOf } from './auth/people.ts'
import { openVault } from './auth/vault.ts'
import type { Config } from './config.ts'
import { holdFolder } from './control/lock.ts'
import { serveControl } from './control/server.ts'
import type { Authority } from './enroll/authority.ts'
import { keepCertificate } from './enroll/certificate-keeper.ts'
import { everyAddress, hostNames, machineNames } from './enroll/host-names.ts'
import { authorityDocuments } from './enroll/profile.ts'
import type { AppPorts } from './http/app.ts'
import type { ConsolePorts } from './http/console/room.ts'
import { InFlight } from './http/in-flight.ts'
import { closeListeners, closingSeconds, startConsole, startListener, type Listener, type ListenerOptions } from './http/listener.ts'
import { startMetrics, type MetricsListener, type MetricsPorts } from './http/metrics.ts'
import { originOf } from './http/origin.ts'
import { Peers } from './http/peers.ts'
import { portTrouble } from './http/port-trouble.ts'
import { createPrometheus, type Sources } from './http/prometheus.ts'
import { createReadiness } from './http/readiness.ts'
import { createDelivery } from './mail/delivery.ts'
import { startLmtp, type Lmtp, type LmtpOptions } from './mail/lmtp.ts'
import { createNotices } from './mail/notice.ts'
import { createOutbound } from './mail/outbound.ts'
import { createSmtpTransport } from './mail/smtp.ts'
import { bothMetrics } from './metrics.ts'
import { systemClock, within, type Clock } from './model/clock.ts'
import { configuredPolicy } from './policy/configured-policy.ts'
import { openAccessBook } from './policy/access-book.ts'
import { createDevicePasswords } from './policy/device-passwords.ts'
import { openPolicyBook } from './policy/policy-book.ts'
import { createPolicyEngine } from './policy/policy-engine.ts'
import { createQuarantine } from './policy/quarantine.ts'
import { createWipeDesk } from './policy/wipe-desk.ts'
import type { House, Limits } from './protocol/command.ts'
import { FailureBook } from './protocol/failure-book.ts'
import { createProtocol } from './protocol/run.ts'
import { openTraces } from './protocol/trace.ts'
import { openStore, type StoreOptions } from './store/sql/open.ts'
import type { Store } from './store/store.ts'
import { AlarmBook } from './sync/alarms.ts'
import { Heartbeats } from './sync/heartbeat.ts'
import { Pace } from './sync/pace.ts'
import { createParking, type Parking } from './sync/park.ts'
import { QuietLooks } from './sync/quiet.ts'

export interface StartOptions {
  readonly log: Logger
  readonly clock?: Clock
  /** Another database than the configured one. */
  readonly database?: StoreOptions['database']
  /** The machine's names and addresses, where they are not to be asked of the system. */
  readonly machine?: readonly string[]
}

export interface RunningServer {
  /** Null for what does not listen. */
  readonly ports: Readonly<Record<'https' | 'http' | 'admin' | 'lmtp' | 'metrics', number | null>>
  /** How phones reach it: `https://mail.example.com:8443`. */
  readonly url: string
  /** Every name and address in its certificate, the one in `url` first. */
  readonly names: readonly string[]
  /** Null where the certificate is somebody else's. */
  readonly authority: Authority | null
  /** Accounts anybody may be told of; empty without a demo. */
  readonly demo: readonly DemoAccount[]
  /** Who administers the demo; null without one, and once he has another password. */
  readonly demoAdministrator: DemoAdministrator | null
  readonly store: Store
  readonly admin: AdminHouse
  readonly parking: Parking
  /** How many requests are parked. */
  parked(): number
  /** Answers what is parked, finishes what is under way, and closes everything, within five seconds. May be called again. */
  close(): Promise<void>
}

const tidySeconds = 3600
const calmSeconds = 60
const auditSeconds = 6 * 3600
const censusSeconds = 1
const certificateSeconds = 3600
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
  const { log, clock = systemClock } = options
  const stop = new AbortController()
  parts.defer(await holdFolder(config.data))

  const { minutes, metrics: minutely } = countMinutes(clock)
  const prometheus = config.metrics.port === null ? null : createPrometheus()
  const metrics = bothMetrics(minutely, prometheus?.metrics ?? null)
  const store = await openStore({ database: options.database ?? databaseOf(config), clock, metrics })
  parts.defer(() => store.close())
  const traces = await openTraces({ store, clock, log, folder: join(config.data, 'traces') })
  parts.defer(() => traces.flushed())

  const demo = config.demo ? await openDemo(store, clock) : []
  const demoAdministrator = demo.length > 0 ? await openDemoAdministrator(store, clock) : null

  const parking = createParking(store.notifier, clock)
  const now = () => clock.now()
  const policies = await openPolicyBook(store.policies, configuredPolicy(config))
  const access = await openAccessBook(store.access)
  const policy = createPolicyEngine({ store, book: policies, random: randomBytes })
  const vault = await openVault(config.data)
  const devicePasswords = createDevicePasswords(store, vault, now)
  const wipes = createWipeDesk({ store, now, verifierDays: config.wipe.verifierDays })
  const names = hostNames(config.names, options.machine ?? machineNames())
  const hostName = names[0] ?? 'localhost'
  const delivery = createDelivery({ store, clock, log })
  const transport = config.smarthost === null ? null : createSmtpTransport({ smarthost: config.smarthost, hostName, clock, log })
  parts.defer(() => transport?.close())
  const outbound = createOutbound({ store, transport, delivery, clock, log, hostName })
  const submitter: House['submitter'] = { kick: () => outbound.kick() }
  const notices = createNotices({
    ...{ delivery, outbox: store.outbox, hostName, now },
    kick: () => outbound.kick(),
    failed: (error) => log.error({ err: error }, 'a notice could not be sent'),
  })
  const quarantine = createQuarantine({ store, notices, administrators: config.admin.notify, hostName, now })
  const alarms = new AlarmBook({ clock, log, metrics })
  const failures = new FailureBook(clock, metrics)
  const protocol = createProtocol({
    ...{ store, clock, log, metrics, failures, policy, access, wipes, quarantine, devicePasswords, traces, parking, submitter },
    heartbeats: new Heartbeats(),
    pace: new Pace(alarms, config.protocol.brake),
    quietLooks: new QuietLooks(),
    limits: limitsOf(config),
  })
  const authenticator = createBasicAuthenticator({ ...config.auth, accounts: store.accounts, devices: store.devices, clock, log })
  const keeper = await keepCertificate({ dataFolder: config.data, files: filesOf(config), names, clock })
  const certificateUntil = () => (config.https.port === null ? null : keeper.current.until)
  let auditSeen: AuditSeen | null = null
  const listening: Vitals['listening'][number][] = []
  const admin: AdminHouse = {
    ...{ store, clock, traces, policies, access, wipes, quarantine, devicePasswords, notices, alarms, failures, dataFolder: config.data },
    vitals: { since: clock.now(), minutes, parked: () => parking.parked, listening, certificateUntil, auditSeen: () => auditSeen },
    rules: { wipesPerHour: config.wipe.perHour, wipeApproval: config.wipe.approval, notify: config.admin.notify },
    changed: (account, device) => {
      // A device's record is read with every request. To prove every password anew takes minutes where thousands are concerned.
      if (device === null) authenticator.forget(account.id)
      parking.evict(account.id, device)
    },
    rouse: (account, device, afterSeconds) => parking.evict(account.id, device, afterSeconds),
    isParked: (account, device) => parking.isParked(account.id, device),
    roleOf: (account) => roleOf(config.admin, account),
  }

  const consoleAccess = await openConsoleAccess({
    ...{ store, clock, log, vault, authenticator, groups: config.admin, limits: config.auth },
    issuer: `Easel ${hostName}`,
  })
  parts.defer(() => consoleAccess.close())
  const peers = new Peers(config.trustedProxies)
  const consolePorts: ConsolePorts = { ...consoleAccess, house: admin, pages, peers, log, names }
  const inFlight = new InFlight(config.connections.requestsPerAccount)
  const shared: Omit<AppPorts, 'origin'> = {
    ...{ protocol, authenticator, inFlight, clock, log, metrics, failures },
    readiness: createReadiness({ store, clock, isStopping: () => inFlight.stopping, certificateUntil }),
    realm: hostName,
    peers,
    bodyBytesMax: bodyBytesMax(config),
    documents: keeper.authority === null ? [] : authorityDocuments(keeper.authority),
    userPage: config.admin.userPage ? consolePorts : null,
  }
  const origin = originOf(config.publicUrl, names, () => secure?.port ?? null)
  // Whatever lets somebody in closes at the same time: together they have less than five seconds.
  const doors: (() => Promise<void>)[] = []
  parts.defer(async () => {
    await Promise.all(doors.map((close) => Promise.race([close(), pause(closingSeconds.cut * 1000, undefined, { ref: false })])))
  })
  const listeners: Listener[] = []
  doors.push(() => closeListeners(listeners, inFlight, (seconds) => parking.shutdown(seconds)))
  const ports = { ...shared, origin }
  const open = async (name: ListenerName, tls: boolean, start: (options: ListenerOptions) => Promise<Listener>) => {
    const listener = await listen(config, name, tls ? keeper.current : null, start)
    if (listener !== null) listeners.push(listener)
    return listener
  }
  const secure = await open('https', true, (options) => startListener(ports, options))
  const plain = await open('http', false, (options) => startListener(ports, options))
  const desk = await open('admin', config.admin.tls, (options) => startConsole(consolePorts, options))
  const lmtp = await openLmtp(config, { hostName, delivery, log })
  if (lmtp !== null) doors.push(() => lmtp.close())
  const sources: Sources = {
    ...{ clock, certificateUntil, parked: () => parking.parked, underWay: () => inFlight.count, looping: () => alarms.list().length },
    census: () => within(clock, censusSeconds, store.census()),
  }
  const figures =
    prometheus === null
      ? null
      : await openMetrics(config, {
          ...{ readiness: shared.readiness, log },
          figures: { contentType: prometheus.contentType, text: () => prometheus.text(sources) },
        })
  if (figures !== null) doors.push(() => figures.close())
  const listens = {
    ...{ https: secure?.port ?? null, http: plain?.port ?? null, admin: desk?.port ?? null, lmtp: lmtp?.port ?? null },
    metrics: figures?.port ?? null,
  }
  const titles = { https: 'HTTPS', http: 'HTTP', admin: 'console', lmtp: 'LMTP', metrics: 'metrics' }
  for (const name of ['https', 'http', 'admin', 'lmtp', 'metrics'] as const) {
    const port = listens[name]
    if (port !== null) listening.push({ name: titles[name], address: config[name].address, port })
  }
  const control = await serveControl(admin, config.data, log)
  doors.push(() => control.close())

  outbound.start()
  doors.push(() => outbound.stop())
  const chores = { clock, log, signal: stop.signal }
  const loops = [
    repeat('tidying the store', tidySeconds, chores, () => store.tidy(clock.now())),
    repeat('looking after the certificate', certificateSeconds, chores, async () => {
      if (!(await keeper.refresh())) return
      secure?.renew(keeper.current)
      if (config.admin.tls) desk?.renew(keeper.current)
      log.info({ until: new Date(keeper.current.until).toISOString() }, 'another certificate is in use')
    }),
    repeat('looking after alarms', calmSeconds, chores, () => Promise.resolve(alarms.sweep())),
    repeat('reading through the audit log', auditSeconds, chores, async () => {
      auditSeen = { at: clock.now(), broken: await store.audit.verify() }
      if (auditSeen.broken !== null) log.error({ ...auditSeen.broken }, 'the audit log is broken')
    }),
  ]
  parts.defer(async () => {
    stop.abort()
    await Promise.all(loops)
  })
  return {
    ports: listens,
    url: origin(undefined),
    names,
    authority: keeper.authority,
    ...{ demo, demoAdministrator, store, admin, parking },
    parked: () => parking.parked,
  }
}

type ListenerName = 'https' | 'http' | 'admin'

/** One listener, if it is configured. A port that cannot be had is told in a sentence. */
async function listen(
  config: Config,
  name: ListenerName,
  tls: ListenerOptions['tls'],
  start: (options: ListenerOptions) => Promise<Listener>,
): Promise<Listener | null> {
  const { port, address } = config[name]
  if (port === null) return null
  const { keepAliveSeconds, receiveSeconds, most } = config.connections
  const options = { port, address, tls, keepAliveSeconds, receiveSeconds, connectionsMax: most }
  return start(options).catch((error: unknown) => {
    throw portTrouble(`${name}.port (EASEL_${name.toUpperCase()}_PORT)`, port, error)
  })
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

async function openMetrics({ metrics: { port, address } }: Config, ports: MetricsPorts): Promise<MetricsListener | null> {
  if (port === null) return null
  return startMetrics(ports, { port, address }).catch((error: unknown) => {
    throw portTrouble('metrics.port (EASEL_METRICS_PORT)', port, error)
  })
}

/** Does something now and then until the signal; what goes wrong is logged, and tried again the next time. */
async function repeat(
  what: string,
  seconds: number,
  { clock, log, signal }: { clock: Clock; log: Logger; signal: AbortSignal },
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const isOver = await clock.after(seconds, signal).then(
      () => false,
      () => true,
    )
    if (isOver) return
    await work().catch((error: unknown) => log.error({ err: error }, `${what} failed`))
  }
}

function databaseOf({ database, data }: Config): StoreOptions['database'] {
  return database === null ? { kind: 'sqlite', path: join(data, storeName) } : { kind: 'postgres', url: database.reveal() }
}

function filesOf({ https: { certificate, key } }: Config): { certificate: string; key: string } | null {
  return certificate === null || key === null ? null : { certificate, key }
}

function limitsOf({ protocol, mail, messageBytesMax }: Config): Limits {
  const { answerMegabytesMax, ...rest } = protocol
  return { ...rest, answerBytesMax: answerMegabytesMax * 1024 * 1024, messageBytesMax, recipientsMax: mail.recipientsMax }
}

/** A message travels as it is, or in base64 within a draft; beside it stand recipients and a little WBXML. */
function bodyBytesMax({ messageBytesMax }: Config): number {
  return Math.ceil((messageBytesMax * 4) / 3) + 1024 * 1024
}
