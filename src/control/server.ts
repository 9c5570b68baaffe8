// The control socket: the administrator's actions, offered to whoever may open a file of the server's user.
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import { actions } from '../admin/actions.ts'
import { sentence, type Action } from '../admin/action.ts'
import { Refusal, type AdminHouse } from '../admin/house.ts'
import { perform } from '../admin/perform.ts'
import { shellActor } from '../admin/shell-actor.ts'
import { serverAnswers } from './lock.ts'
import { actionPath, healthPath, personHeader, type ControlMessage } from './message.ts'
import { controlPath } from './path.ts'

/** Inputs are names and passwords; paths of files travel, their content does not. */
const bodyBytesMax = 64 * 1024

export interface ControlServer {
  /** Stops listening. Actions under way end at their next step, and are told no more after a second. */
  close(): Promise<void>
}

const closeSeconds = 1

/**
 * Listens on the data folder's socket. Throws a Refusal if another server answers there: the caller holds the folder's
 * lock, so that is a lock that failed.
 */
export async function serveControl(house: AdminHouse, dataFolder: string, log: Logger): Promise<ControlServer> {
  const path = controlPath(dataFolder)
  if (await serverAnswers(dataFolder)) throw new Refusal(`Another Easel serves the data folder ${dataFolder}.`)
  // What a killed server left behind would keep us from listening.
  if (process.platform !== 'win32') rmSync(path, { force: true })
  const stop = new AbortController()
  const server = createServer((request, response) => {
    serve({ house, log, stop: stop.signal }, request, response).catch((error: unknown) => {
      log.error({ err: error }, 'control request failed')
      response.destroy()
    })
  })
  // An import may say nothing for minutes.
  server.requestTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
    // The socket is there as soon as listen returns, and nobody has been accepted yet.
    if (process.platform !== 'win32') chmodSync(path, 0o600)
  })
  return {
    close: async () => {
      stop.abort()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      await Promise.race([closed, setTimeout(closeSeconds * 1000, null, { ref: false })])
      server.closeAllConnections()
    },
  }
}

interface Desk {
  readonly house: AdminHouse
  readonly log: Logger
  readonly stop: AbortSignal
}

async function serve({ house, log, stop }: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (message: ControlMessage) => response.write(`${JSON.stringify(message)}\n`)
  if (request.url === healthPath && request.method === 'GET') {
    response.writeHead(200).end()
    return
  }
  const found = Object.entries(actions).find(([name]) => request.url === actionPath(name))
  if (found === undefined || request.method !== 'POST') {
    response.writeHead(404).end()
    return
  }
  const [name, chosen] = found as [string, Action]
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  try {
    const input: unknown = JSON.parse(await body(request))
    const result = await perform(house, shellActor(personOf(request)), name, chosen, input, (progress) => {
      // A long action looks up from its work here; what it did by now stays done.
      if (stop.aborted) throw new Refusal('The server stopped before it was done.')
      send({ progress })
    })
    log.info({ action: name }, 'administered')
    send({ result: result ?? null })
  } catch (error) {
    const expected = sentence(error)
    if (expected === null) log.error({ err: error, action: name }, 'action failed')
    send({ error: expected ?? 'The server failed; its log says why.', expected: expected !== null })
  }
  response.end()
}

/** Who sits at the shell, as the shell says: it could do everything under any name. */
function personOf({ headers }: IncomingMessage): string | undefined {
  const said = headers[personHeader]
  return typeof said === 'string' && /^[\w.@-]{1,64}$/.test(said) ? said : undefined
}

async function body(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > bodyBytesMax) throw new Refusal('The request is too long.')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
