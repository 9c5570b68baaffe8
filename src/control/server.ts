// The control socket: the administrator's actions, offered to whoever may open a file of the server's user.
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { actions } from '../admin/actions.ts'
import { sentence, type Action } from '../admin/action.ts'
import { Refusal, type AdminHouse } from '../admin/house.ts'
import { serverAnswers } from './lock.ts'
import { actionPath, type ControlMessage } from './message.ts'
import { controlPath } from './path.ts'

/** Inputs are names and passwords; paths of files travel, their content does not. */
const bodyBytesMax = 64 * 1024

export interface ControlServer {
  /** Stops listening; actions under way end first. */
  close(): Promise<void>
}

/**
 * Listens on the data folder's socket. Throws a Refusal if another server answers there: the caller holds the folder's
 * lock, so that is a lock that failed.
 */
export async function serveControl(house: AdminHouse, dataFolder: string, log: Logger): Promise<ControlServer> {
  const path = controlPath(dataFolder)
  if (await serverAnswers(dataFolder)) throw new Refusal(`Another Easel serves the data folder ${dataFolder}.`)
  // What a killed server left behind would keep us from listening.
  if (process.platform !== 'win32') rmSync(path, { force: true })
  const server = createServer((request, response) => {
    serve(house, log, request, response).catch((error: unknown) => {
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
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)))
        server.closeIdleConnections()
      }),
  }
}

async function serve(house: AdminHouse, log: Logger, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (message: ControlMessage) => response.write(`${JSON.stringify(message)}\n`)
  const found = Object.entries(actions).find(([name]) => request.url === actionPath(name))
  if (found === undefined || request.method !== 'POST') {
    response.writeHead(404).end()
    return
  }
  const [name, chosen] = found as [string, Action]
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  try {
    const input = chosen.input.parse(JSON.parse(await body(request)))
    const result = await chosen.run(house, input, (progress) => send({ progress }))
    log.info({ action: name }, 'administered')
    send({ result: result ?? null })
  } catch (error) {
    const expected = sentence(error)
    if (expected === null) log.error({ err: error, action: name }, 'action failed')
    send({ error: expected ?? 'The server failed; its log says why.', expected: expected !== null })
  }
  response.end()
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
