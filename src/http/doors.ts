// The listeners that the configuration asks for: phones with TLS and without, administrators, and whoever watches the server.
import type { Config } from '../config.ts'
import type { AppPorts } from './app.ts'
import type { ConsolePorts } from './console/room.ts'
import { startConsole, startListener, type Listener, type ListenerOptions } from './listener.ts'
import { startMetrics, type MetricsListener, type MetricsPorts } from './metrics.ts'
import { originOf } from './origin.ts'
import { portTrouble } from './port-trouble.ts'

type DoorName = 'https' | 'http' | 'admin'

/** Null for what does not listen. */
export interface Doors extends Readonly<Record<DoorName, Listener | null>> {
  readonly origin: AppPorts['origin']
  /** Uses another certificate for connections from now on. */
  renew(tls: Certificate): void
}

export interface DoorPorts {
  readonly app: Omit<AppPorts, 'origin'>
  readonly console: ConsolePorts
  readonly certificate: Certificate
  /** PEM of the authorities whose certificates phones are asked for; null where nobody is asked. */
  readonly clientAuthorities: () => readonly string[] | null
  /** The names phones may reach the server by, the first one first. */
  readonly names: readonly string[]
}

type Certificate = NonNullable<ListenerOptions['tls']>

/** Opens one after the other, and adds each to `opened` at once: where a later one fails, those before it have to be closed. */
export async function openDoors(config: Config, ports: DoorPorts, opened: Listener[]): Promise<Doors> {
  const { certificate, clientAuthorities } = ports
  const forPhones = (tls: Certificate) => ({ ...tls, clientAuthorities: clientAuthorities() })
  const open = async (name: DoorName, tls: ListenerOptions['tls'], start: (options: ListenerOptions) => Promise<Listener>) => {
    const listener = await listen(config, name, tls, start)
    if (listener !== null) opened.push(listener)
    return listener
  }
  const origin = originOf(config.publicUrl, ports.names, () => https?.port ?? null)
  const app = { ...ports.app, origin }
  const https = await open('https', forPhones(certificate), (options) => startListener(app, options))
  const http = await open('http', null, (options) => startListener(app, options))
  const admin = await open('admin', config.admin.tls ? certificate : null, (options) => startConsole(ports.console, options))
  return {
    https,
    http,
    admin,
    origin,
    renew(tls) {
      https?.renew(forPhones(tls))
      if (config.admin.tls) admin?.renew(tls)
    },
  }
}

/** One listener, if it is configured. A port that cannot be had is told in a sentence. */
async function listen(
  config: Config,
  name: DoorName,
  tls: ListenerOptions['tls'],
  start: (options: ListenerOptions) => Promise<Listener>,
): Promise<Listener | null> {
  const { port, address } = config[name]
  if (port === null) return null
  const { keepAliveSeconds, receiveSeconds, most } = config.connections
  const proxyProtocol = name !== 'admin' && config[name].proxyProtocol === 'required'
  const options = { port, address, tls, keepAliveSeconds, receiveSeconds, connectionsMax: most, proxyProtocol }
  return start(options).catch((error: unknown) => {
    throw portTrouble(`${name}.port (EASEL_${name.toUpperCase()}_PORT)`, port, error)
  })
}

/** The door of whoever watches, if it is configured. */
export async function openMetrics({ metrics: { port, address } }: Config, ports: MetricsPorts): Promise<MetricsListener | null> {
  if (port === null) return null
  return startMetrics(ports, { port, address }).catch((error: unknown) => {
    throw portTrouble('metrics.port (EASEL_METRICS_PORT)', port, error)
  })
}
