// The plain HTTP port: what it serves, whom it sends to HTTPS, and who gets nothing there.
import { connect } from 'node:net'
import { once } from 'node:events'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startPlainListener, type PlainListener } from '../../src/http/plain-listener.ts'

let listener: PlainListener
let url: string
beforeEach(async () => {
  const find = (path: string) => {
    if (path === '/broken') return Promise.reject(new Error('the store does not answer'))
    return Promise.resolve(path === '/ca.crl' ? { type: 'application/pkix-crl', content: Uint8Array.of(1, 2) } : null)
  }
  const ports = { find, origin: () => 'https://mail.example.com:8443', log: pino({ level: 'silent' }) }
  listener = await startPlainListener(ports, { port: 0, address: '127.0.0.1' })
  url = `http://127.0.0.1:${listener.port}`
})
afterEach(() => listener.close())

const ask = (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, { redirect: 'manual', ...init })

test('serves what anybody may fetch without TLS, whatever the query', async () => {
  const list = await ask('/ca.crl?x=1')
  expect([list.status, list.headers.get('content-type')]).toEqual([200, 'application/pkix-crl'])
  expect(Array.from(new Uint8Array(await list.arrayBuffer()))).toEqual([1, 2])
  const head = await ask('/ca.crl', { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '2'])
})

test('sends whoever reads to our own name over HTTPS, whatever Host he names', async () => {
  const socket = connect(listener.port, '127.0.0.1')
  socket.write('GET /a?b=c HTTP/1.1\r\nHost: evil.example\r\n\r\n')
  let answer = ''
  socket.on('data', (piece: Buffer) => (answer += piece.toString()))
  await once(socket, 'close')
  expect(answer).toMatch(/^HTTP\/1\.1 301 /)
  expect(answer).toContain('Location: https://mail.example.com:8443/a?b=c\r\n')
})

test('gives nothing to whoever posts, asks for a proof that is not open, or asks at length', async () => {
  expect((await ask('/Microsoft-Server-ActiveSync', { method: 'POST', body: 'x' })).status).toBe(404)
  expect((await ask('/.well-known/acme-challenge/unknown')).status).toBe(404)
  expect((await ask(`/${'x'.repeat(2000)}`)).status).toBe(404)
  await expect(ask('/broken')).rejects.toThrow()
  expect((await ask('/ca.crl')).status).toBe(200)
})
