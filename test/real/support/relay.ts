// A wire between Easel and a directory that can be cut without either end being told, as a firewall does that forgets connections.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface Relay {
  readonly port: number
  /** How many connections pass at this moment, and how many did at most. */
  readonly open: () => number
  readonly openMax: () => number
  /** Whatever is connected now hears nothing any more; connections made later are whole. */
  readonly forget: () => void
  readonly close: () => Promise<void>
}

/** Listens on a loopback port, and passes on to another. */
export async function startRelay(to: number): Promise<Relay> {
  const pairs = new Set<readonly [near: Socket, far: Socket]>()
  let openMax = 0
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    openMax = Math.max(openMax, pairs.size)
    const end = () => {
      pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    for (const socket of pair) socket.on('error', end).on('close', end)
    near.pipe(far)
    far.pipe(near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port')
  return {
    port: address.port,
    open: () => pairs.size,
    openMax: () => openMax,
    forget: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far).resume()
        far.unpipe(near).resume()
      }
    },
    close: async () => {
      for (const [near] of pairs) near.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
