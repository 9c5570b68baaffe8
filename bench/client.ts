// The measuring client: many requests over a few kept connections, as phones behind a proxy send them.
import * as https from 'node:https'

export interface Target {
  readonly port: number
  readonly ca: string
}

export interface Exchange {
  readonly path: string
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** An agent over TLS that trusts the target. */
export function agentOf({ ca }: Target, connections: number): https.Agent {
  return new https.Agent({ keepAlive: true, maxSockets: connections, ca })
}

/** One POST; resolves with the status and the length of the answer. */
export function post({ port }: Target, agent: https.Agent, exchange: Exchange): Promise<{ status: number; bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const request = https.request(
      {
        host: 'localhost',
        port,
        agent,
        method: 'POST',
        path: exchange.path,
        headers: { ...exchange.headers, 'Content-Length': exchange.body.length },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, bytes: Buffer.concat(chunks) }))
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(exchange.body)
  })
}

/** Sends the same exchange `count` times over `connections` connections. */
export async function repeat(target: Target, exchange: Exchange, count: number, connections: number, status = 200): Promise<void> {
  const agent = agentOf(target, connections)
  let left = count
  const worker = async () => {
    while (left-- > 0) {
      const reply = await post(target, agent, exchange)
      if (reply.status !== status) throw new Error(`HTTP ${reply.status}`)
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  agent.destroy()
}

/** Median, and the value that 95 of 100 stay below. */
export function quantiles(values: readonly number[]): { median: number; p95: number } {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { median: at(0.5), p95: at(0.95) }
}
