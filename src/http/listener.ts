// The addresses and ports on which phones and administrators are answered, from listening to an orderly end.
import type { Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { createApp, type AppPorts } from './app.ts'
import { secureContext, type AppOptions, type BarePorts, type TlsOptions } from './bare-app.ts'
import { createConsole } from './console.ts'
import type { ConsolePorts } from './console/room.ts'
import type { InFlight } from './in-flight.ts'
import { requireProxyHeader } from './proxied-connections.ts'

export interface ListenerOptions extends AppOptions {
  /** 0 for any free port. */
  readonly port: number
  /** An IP address of this machine; `*` for all. */
  readonly address: string
}

export interface Listener {
  readonly port: number
  /** Uses another certificate for connections from now on. Only for a listener with TLS. */
  renew(tls: TlsOptions): void
  /** Takes no more connections; resolves once the open ones are gone. */
  close(): Promise<void>
  /** Cuts off what is still open. */
  cut(): void
}

/** Three for a lost packet to be sent again (section 2 of the protocol), and a little more. */
const proxyHeaderSeconds = 5

/** Starts listening for phones; rejects with the system's error if the port cannot be had. */
export function startListener(ports: AppPorts, options: ListenerOptions): Promise<Listener> {
  return listen(createApp(ports, options), ports, options)
}

/** Starts listening for administrators; rejects with the system's error if the port cannot be had. */
export function startConsole(ports: ConsolePorts, options: ListenerOptions): Promise<Listener> {
  return listen(createConsole(ports, options), ports, options)
}

async function listen(app: FastifyInstance, ports: BarePorts, options: ListenerOptions): Promise<Listener> {
  const { server } = app
  let cutNameless = () => {}
  try {
    await app.ready()
    if (options.proxyProtocol === true) {
      cutNameless = requireProxyHeader(server, { ...ports, seconds: Math.min(proxyHeaderSeconds, options.receiveSeconds) })
    }
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      // Without a host Node takes every address, IPv6 and IPv4, and IPv4 alone where there is no IPv6.
      server.listen(options.address === '*' ? { port: options.port } : { port: options.port, host: options.address }, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    await app.close()
    throw error
  }
  server.on('error', (error) => ports.log.error({ err: error }, 'listener failed'))
  return {
    port: (server.address() as AddressInfo).port,
    renew: (tls) => (server as SecureServer).setSecureContext(secureContext(tls)),
    close: () => app.close().then(() => undefined),
    cut: () => {
      cutNameless()
      server.closeAllConnections()
    },
  }
}

/** How an end is timed, seconds from its beginning. All of it stays below the five that a supervisor may wait. */
export const closingSeconds = {
  /** Parked requests are answered over this time, so that their phones do not all come back in one instant. */
  spread: 2,
  /** What is still under way then is told to end, */
  abort: 3,
  /** and at last cut off. */
  cut: 4,
}

/** Stops listening, has parked requests answered by `wake`, waits for the rest, and cuts off what does not end. */
export async function closeListeners(
  listeners: readonly Listener[],
  inFlight: InFlight,
  wake: (seconds: number) => Promise<void>,
  seconds: typeof closingSeconds = closingSeconds,
): Promise<void> {
  const cut = () => {
    for (const listener of listeners) listener.cut()
  }
  inFlight.stop()
  const closed = Promise.all(listeners.map((listener) => listener.close()))
  const isOver = new AbortController()
  const after = (delay: number, act: () => void) => pause(delay * 1000, undefined, { signal: isOver.signal }).then(act, () => undefined)
  const limits = [after(seconds.abort, () => inFlight.abortAll()), after(seconds.cut, cut)]
  await wake(seconds.spread)
  await Promise.race([inFlight.idle().then(() => closed), limits[1]])
  isOver.abort()
  cut()
  await Promise.all([closed, ...limits])
}
