// What every other part of the server stands on: the folder, the store, the directory, the certificate, and mail.
import { join } from 'node:path'
import type { Logger } from 'pino'
import { countMinutes } from '../admin/minutes.ts'
import { Mirror } from '../admin/mirror.ts'
import { databaseOf } from '../admin/open-house.ts'
import type { Config } from '../config.ts'
import { refuseCutShort } from '../control/cut-short.ts'
import { holdFolder } from '../control/lock.ts'
import { hostNames, machineNames } from '../enroll/host-names.ts'
import { publicOrigin } from '../enroll/public-origin.ts'
import { createPrometheus } from '../http/prometheus.ts'
import { createAbsenceDesk } from '../mail/absence/desk.ts'
import { createDelivery } from '../mail/delivery.ts'
import { createOutbound, type Outbound } from '../mail/outbound.ts'
import { createSmtpTransport } from '../mail/smtp.ts'
import { bothMetrics } from '../metrics.ts'
import { systemClock, type Clock } from '../model/clock.ts'
import { openTraces } from '../protocol/trace.ts'
import { zonesBy } from '../settings/calendar.ts'
import { openCertificate } from './certificate.ts'
import { openDirectory } from './directory.ts'
import { openMailTrust } from './mail-trust.ts'
import { openRevocations } from './certificates.ts'
import { openStore, type StoreOptions } from '../store/sql/open.ts'

export interface StartOptions {
  readonly log: Logger
  readonly clock?: Clock
  /** Another database than the configured one. */
  readonly database?: StoreOptions['database']
  /** The machine's names and addresses, where they are not to be asked of the system. */
  readonly machine?: readonly string[]
}

export type Ground = Awaited<ReturnType<typeof openGround>>
export type Mail = ReturnType<typeof openMail>

/** What everything else stands on: the folder, the store, and who counts and records what happens. */
export async function openGround(
  config: Config,
  { log, clock = systemClock, database, machine }: StartOptions,
  parts: AsyncDisposableStack,
) {
  parts.defer(await holdFolder(config.data))
  if (config.database === null) refuseCutShort(config.data)
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

/** The ways out and in that mail takes. */
export function openMail(config: Config, { store, clock, log, hostName }: Ground, parts: AsyncDisposableStack) {
  const absences = createAbsenceDesk({
    store,
    clock,
    log,
    outside: config.absence.outside,
    perHour: config.absence.perHour,
    separateDomains: config.directory.separateDomains,
    leaves: config.smarthost !== null,
    kick: () => outbound.kick(),
  })
  const meetings = { tentative: config.calendar.tentative, zoneOf: zonesBy(config.calendar) }
  const delivery = createDelivery({ store, clock, log, absences, meetings })
  const transport = config.smarthost === null ? null : createSmtpTransport({ smarthost: config.smarthost, hostName, clock, log })
  parts.defer(() => transport?.close())
  const outbound: Outbound = createOutbound({ store, transport, delivery, clock, log, hostName })
  return { delivery, outbound }
}
