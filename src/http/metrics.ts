// The listener for whoever watches the server: figures, whether it lives, and whether it is ready.
import type { AddressInfo } from 'node:net'
import { fastify, type FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { everyAddress } from '../enroll/host-names.ts'

/** Whether the server can do its work; each sentence says what keeps it from it, none of them a secret. */
export type Readiness = () => Promise<readonly string[]>

export interface MetricsPorts {
  readonly readiness: Readiness
  readonly figures: { readonly contentType: string; readonly text: () => Promise<string> }
  readonly log: Logger
}

export interface MetricsListener {
  readonly port: number
  close(): Promise<void>
}

/**
 * `/healthz`: the process answers, whatever else is wrong: who restarts what is ill asks here. `/readyz`: it can do its work: who spreads
 * requests asks here, and reads 503 where it cannot; why is told where `tells`, not to strangers.
 */
export function mountHealth(app: FastifyInstance, readiness: Readiness, tells: boolean): void {
  app.get('/healthz', (_request, reply) => reply.code(200).header('Cache-Control', 'no-store').send())
  app.get('/readyz', async (_request, reply) => {
    const troubles = await readiness()
    reply.code(troubles.length === 0 ? 200 : 503).header('Cache-Control', 'no-store')
    return tells ? reply.type('text/plain; charset=utf-8').send(troubles.map((trouble) => `${trouble}\n`).join('')) : reply.send()
  })
}

/** Starts listening; rejects with the system's error if the port cannot be had. */
export async function startMetrics(
  { readiness, figures, log }: MetricsPorts,
  listen: { readonly port: number; readonly address: string },
): Promise<MetricsListener> {
  const app = fastify({ logger: false, exposeHeadRoutes: false })
  mountHealth(app, readiness, true)
  app.get('/metrics', async (_request, reply) => reply.header('Content-Type', figures.contentType).send(await figures.text()))
  app.setErrorHandler((error, request, reply) => {
    log.error({ err: error, path: request.routeOptions.url }, 'the figures could not be told')
    reply.code(500).send()
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).send())
  try {
    await app.listen({ port: listen.port, host: listen.address === '*' ? everyAddress() : listen.address })
  } catch (error) {
    await app.close()
    throw error
  }
  return {
    port: (app.server.address() as AddressInfo).port,
    close: async () => {
      app.server.closeAllConnections()
      await app.close()
    },
  }
}
