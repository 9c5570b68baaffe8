// Questions to an identity provider: whatever it answers, and if it does not, the end comes soon.
import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { JsonClient } from '../../src/auth/oauth/json-client.ts'
import { Unavailable } from '../../src/auth/password-source.ts'

let server: Server | null = null
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function provider(answer: RequestListener): Promise<string> {
  server = createServer(answer)
  const listening = server
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const bound = listening.address()
  return `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}/x`
}

const client = new JsonClient({ ca: null, timeoutSeconds: 0.3 })

test('a document is read, and a form sent with its authorization', async () => {
  const url = await provider((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => response.end(JSON.stringify([request.method, request.headers.authorization, Buffer.concat(pieces).toString()])))
  })
  expect(await client.get(url)).toEqual(['GET', null, ''])
  expect(await client.post(url, { token: 'a&b' }, 'Basic x')).toEqual(['POST', 'Basic x', 'token=a%26b'])
})

test.each<[string, RequestListener]>([
  ['that is silent', () => undefined],
  ['that never ends', (_request, response) => void response.write('{"a":')],
  ['that breaks off', (_request, response) => void response.writeHead(200, { 'Content-Length': '100' }).end('{}').destroy()],
  ['of endless length', (_request, response) => void response.end(`"${'x'.repeat(300_000)}"`)],
  ['that leads elsewhere', (_request, response) => void response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end()],
  ['that is no JSON', (_request, response) => void response.end('<html>')],
  ['that is an error', (_request, response) => void response.writeHead(500).end('{}')],
])('an answer %s is none', async (_title, answer) => {
  await expect(client.get(await provider(answer))).rejects.toBeInstanceOf(Unavailable)
})

test('nobody who listens is nobody who knows', async () => {
  await expect(client.get('http://127.0.0.1:1/x')).rejects.toThrow('127.0.0.1:1/x did not answer in time and in bounds')
})
