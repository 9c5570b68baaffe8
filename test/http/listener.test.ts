// The listener: TLS, what anybody may fetch, and an orderly end.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, describe, expect, test } from 'vitest'
import { openAuthority, openServerCertificate } from '../../src/enroll/authority.ts'
import { authorityDocuments } from '../../src/enroll/profile.ts'
import { closeListeners } from '../../src/http/listener.ts'
import { systemClock } from '../../src/model/clock.ts'
import { basic, Front, password, replyTo, wbxml } from './front.ts'

const folder = mkdtempSync(join(tmpdir(), 'easel-listener-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('over TLS', () => {
  test('a phone that trusts the authority is served, with HTTP/1.1, and can fetch the profile', async () => {
    const authority = await openAuthority(folder, 'mail.example.com', systemClock)
    const tls = await openServerCertificate(authority, folder, ['localhost', '127.0.0.1'], systemClock)
    const front = await Front.open({ tls }, { documents: authorityDocuments(authority) })
    const ask = (where: string, method: string) => {
      const request = https.request({
        host: '127.0.0.1',
        port: front.listener.port,
        path: where,
        method,
        ca: authority.certificate,
        agent: false,
        headers: { Authorization: basic('alice@example.com', password) },
      })
      request.end()
      return replyTo(request)
    }
    const options = await ask('/Microsoft-Server-ActiveSync', 'OPTIONS')
    expect(options.status).toBe(200)
    const profile = await ask('/ca.mobileconfig', 'GET')
    expect([profile.status, profile.headers['content-type']]).toEqual([200, 'application/x-apple-aspen-config'])
    expect(profile.body.toString()).toContain('com.apple.security.root')
    expect((await ask('/ca.crt', 'GET')).body.toString()).toBe(authority.certificate)
    const other = await openServerCertificate(authority, mkdtempSync(join(folder, 'other-')), ['localhost', '127.0.0.1'], systemClock)
    front.listener.renew(other)
    const request = https.request({
      host: '127.0.0.1',
      port: front.listener.port,
      path: '/readyz',
      ca: authority.certificate,
      agent: false,
    })
    request.end()
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    const peer = (response.socket as TLSSocket).getPeerX509Certificate()
    expect(other.cert).toContain(peer?.toString().trim())
    response.resume()
    await front.close()
  })
})

describe('the end', () => {
  test('answers what is parked, takes nothing new, and closes the connections phones would keep', async () => {
    const front = await Front.open()
    const [held, wake] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    front.serve = async () => {
      held.resolve()
      await wake.promise
      return { status: 200, body: { type: wbxml, content: Buffer.from('status 1') } }
    }
    const agent = new http.Agent({ keepAlive: true })
    const parked = front.ask({ agent })
    await held.promise
    let spread = 0
    const closed = closeListeners([front.listener], front.inFlight, async (seconds) => {
      spread = seconds
      // In the meantime somebody asks on a connection that is open already.
      wake.resolve()
    })
    const reply = await parked
    expect([reply.status, reply.body.toString(), reply.headers.connection]).toEqual([200, 'status 1', 'close'])
    await closed
    expect(spread).toBeGreaterThan(0)
    await expect(front.ask()).rejects.toThrow(/ECONNREFUSED/)
    agent.destroy()
    await front.store.close()
  })

  test('sends a newcomer on a kept connection away for a moment', async () => {
    const front = await Front.open()
    front.inFlight.stop()
    const reply = await front.ask()
    expect([reply.status, reply.headers['retry-after'], reply.headers.connection]).toEqual([503, '5', 'close'])
    expect((await front.ask({ method: 'GET', path: '/readyz' })).status).toBe(503)
    await front.close()
  })

  test('tells what does not wake to end, and gives its phone an answer', async () => {
    const front = await Front.open()
    const held = Promise.withResolvers<void>()
    front.serve = ({ signal }) => {
      held.resolve()
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error(String(signal.reason)))))
    }
    const stuck = front.ask()
    await held.promise
    front.inFlight.stop()
    front.inFlight.abortAll()
    const reply = await stuck
    expect([reply.status, reply.headers['retry-after'], reply.headers.connection]).toEqual([503, '1', 'close'])
    await front.close()
  })

  test('cuts off whoever will not hear', async () => {
    const front = await Front.open()
    const held = Promise.withResolvers<void>()
    front.serve = () => {
      held.resolve()
      return new Promise(() => undefined)
    }
    const deaf = front.ask()
    deaf.catch(() => undefined)
    await held.promise
    await closeListeners([front.listener], front.inFlight, async () => undefined, { spread: 0, abort: 0.05, cut: 0.1 })
    await expect(deaf).rejects.toThrow()
    await front.store.close()
  })
})

test('anybody may ask whether the server lives', async () => {
  const front = await Front.open()
  const reply = await front.ask({ method: 'GET', path: '/readyz', authorization: null })
  expect([reply.status, reply.body.length]).toEqual([200, 0])
  expect((await front.ask({ method: 'GET', path: '/ca.crt', authorization: null })).status).toBe(404)
  await front.close()
})
