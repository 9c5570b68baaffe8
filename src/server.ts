// Puts the house together: config in, running server out. Only this file and those in server/ name implementations.
import { openDemo, openDemoAdministrator } from './admin/demo.ts'
import { runningHouse } from './admin/running-house.ts'
import { startChores } from './chores.ts'
import type { Config } from './config.ts'
import { openListPort, renewCertificate } from './server/certificate.ts'
import type { RunningServer } from './server/running-server.ts'
import { openEngine } from './server/engine.ts'
import { openConsole, openEntrances } from './server/entrances.ts'
import { houseZone } from './settings/calendar.ts'
import { openGround, openMail, type StartOptions } from './server/ground.ts'

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
  const demo = config.demo ? await openDemo(store, clock, houseZone(config.calendar)) : []
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
  const renewing = { certificate, certificates, doors, clock, log: ground.log }
  const renewal = await renewCertificate(config, renewing, parts)
  const lists = await openListPort(config, renewing, parts)
  opened('lists', config.ca.listAddress, lists)
  const stopChores = startChores({ ...ground, ...engine, sawAudit, certificates })
  // A look at a directory that says nothing is not waited for.
  parts.defer(async () => void (await Promise.all([stopChores(), ground.directory.close()])))
  return {
    ports: { ...ports, lists },
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
