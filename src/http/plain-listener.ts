// The plain HTTP port that the world may knock at: it proves names to an ACME server, and sends everybody else to HTTPS.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'

export interface PlainFile {
  readonly type: string
  readonly content: Uint8Array
}

export interface PlainPorts {
  /** What anybody may fetch without TLS; null for nothing. */
  readonly find: (path: string) => Promise<PlainFile | null>
  /** How phones reach us: `https://mail.example.com`. */
  readonly origin: () => string
  readonly log: Logger
}

export interface PlainListener {
  readonly port: number
  close(): Promise<void>
}

/** Nobody has more to say here than one line. */
const limits = { headerBytes: 8192, seconds: 10, connections: 500, pathCharacters: 1000 } as const

/** Starts listening; rejects with the system's error if the port cannot be had. */
export async function startPlainListener(
  { find, origin, log }: PlainPorts,
  { port, address }: { readonly port: number; readonly address: string },
): Promise<PlainListener> {
  const answer = async ({ method = '', url = '' }: IncomingMessage, response: ServerResponse) => {
    response.setHeader('Connection', 'close')
    const [path = ''] = url.split('?', 1)
    const isRead = (method === 'GET' || method === 'HEAD') && url.length <= limits.pathCharacters && url.startsWith('/')
    const file = isRead ? await find(path) : null
    if (file !== null) {
      response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.content.byteLength, 'Cache-Control': 'no-cache' })
      return response.end(method === 'HEAD' ? undefined : file.content)
    }
    // Whoever posts is sent nowhere: a phone set up without TLS must not come to work by a redirect.
    if (!isRead || path.startsWith('/.well-known/acme-challenge/') || path.startsWith('/ca')) return response.writeHead(404).end()
    return response.writeHead(301, { Location: `${origin()}${url}` }).end()
  }
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.seconds * 1000,
      requestTimeout: limits.seconds * 1000,
      connectionsCheckingInterval: (limits.seconds * 1000) / 2,
    },
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        log.error({ err: error }, 'plain HTTP failed')
        response.destroy()
      })
    },
  )
  server.maxConnections = limits.connections
  server.listen(address === '*' ? { port } : { port, host: address })
  await once(server, 'listening')
  server.on('error', (error) => log.error({ err: error }, 'listener failed'))
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
