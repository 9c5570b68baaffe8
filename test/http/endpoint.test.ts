// The endpoint as phones and proxies see it, over real sockets.
import { once } from 'node:events'
import * as http from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { InFlight } from '../../src/http/in-flight.ts'
import { Peers } from '../../src/http/peers.ts'
import { StoreFailure } from '../../src/store/failure.ts'
import type { Exchange } from '../../src/protocol/run.ts'
import { basic, everythingFrom, Front, line, password, path, replyTo, wbxml } from './front.ts'

const body = Buffer.from('03016a00455c4f4b0330000101', 'hex')
const post = { headers: { 'Content-Type': wbxml }, body }

let front: Front
beforeAll(async () => {
  front = await Front.open()
})
afterAll(() => front.close())
afterEach(() => {
  front.exchanges.length = 0
  front.serve = async () => ({ status: 200, body: null })
})

const last = (): Exchange => {
  const exchange = front.exchanges.at(-1)
  if (exchange === undefined) throw new Error('the protocol was not asked')
  return exchange
}

describe('OPTIONS', () => {
  test('tells versions and commands, without blanks, to whoever logs in', async () => {
    const reply = await front.ask({ method: 'OPTIONS', path: '/Microsoft-Server-ActiveSync' })
    expect(reply.status).toBe(200)
    expect(reply.headers).toMatchObject({
      'ms-asprotocolversions': '12.1,14.1,16.1',
      'ms-asprotocolcommands': 'Sync,FolderSync,Ping',
      'ms-server-activesync': '15.1',
      public: 'OPTIONS,POST',
      allow: 'OPTIONS,POST',
      'content-length': '0',
    })
    expect(reply.headers['content-type']).toBeUndefined()
  })

  test('is answered with a challenge to anybody else', async () => {
    const reply = await front.ask({ method: 'OPTIONS', path: '/Microsoft-Server-ActiveSync', authorization: null })
    expect(reply.status).toBe(401)
    expect(reply.headers['www-authenticate']).toBe('Basic realm="mail.example.com", charset="UTF-8"')
    expect(reply.headers['ms-asprotocolversions']).toBeUndefined()
  })

  test('may bring a query that is no request line, as Windows does', async () => {
    const reply = await front.ask({ method: 'OPTIONS', path: '/Microsoft-Server-ActiveSync?User=alice&DeviceId=A&DeviceType=WindowsMail' })
    expect(reply.status).toBe(200)
  })
})

describe('the path', () => {
  test.each(['/microsoft-server-activesync', '/MICROSOFT-SERVER-ACTIVESYNC/', '//Microsoft-Server-ActiveSync'])(
    '%s is the endpoint',
    async (where) => {
      expect((await front.ask({ ...post, path: `${where}?${line}` })).status).toBe(200)
    },
  )

  test('may stand in a whole URL', async () => {
    expect((await front.ask({ ...post, path: `https://mail.example.com${path}` })).status).toBe(200)
    expect((await front.ask({ path: 'https://mail.example.com' })).status).toBe(404)
  })

  test('elsewhere is nothing', async () => {
    expect((await front.ask({ path: '/owa/' })).status).toBe(404)
  })

  test('knows POST and OPTIONS only: 405 for a method of other places, 501 for one that is known nowhere', async () => {
    const get = await front.ask({ method: 'GET' })
    expect([get.status, get.headers.allow]).toEqual([405, 'OPTIONS, POST'])
    expect((await front.ask({ method: 'PROPFIND' })).status).toBe(501)
    expect((await front.ask({ method: 'TRACE' })).status).toBe(501)
  })
})

describe('a POST', () => {
  test('reaches the protocol whole, and its answer the phone', async () => {
    front.serve = async () => ({ status: 200, headers: { 'X-Extra': '1' }, body: { type: wbxml, content: Buffer.from('answer') } })
    const reply = await front.ask({
      headers: { 'Content-Type': wbxml, 'User-Agent': 'Apple-iPhone15C2/2105.219', 'MS-ASProtocolVersion': '14.1' },
      body,
    })
    expect(last()).toMatchObject({
      line: { command: 'Sync', version: '14.1', device: 'ABC123' },
      principal: { method: 'basic', account: { address: 'alice@example.com' } },
      body: { type: 'wbxml' },
      address: '127.0.0.1',
      userAgent: 'Apple-iPhone15C2/2105.219',
    })
    expect(Buffer.from(last().body.bytes)).toEqual(body)
    expect(reply.status).toBe(200)
    expect(reply.body.toString()).toBe('answer')
    expect(reply.headers).toMatchObject({
      'content-type': wbxml,
      'content-length': '6',
      'ms-server-activesync': '15.1',
      'ms-asprotocolversions': '12.1,14.1,16.1',
      'cache-control': 'private',
      'x-extra': '1',
    })
  })

  test.each<[sent: string | undefined, type: string]>([
    [wbxml, 'wbxml'],
    ['application/vnd.ms-sync', 'wbxml'],
    ['Application/VND.MS-Sync.WBXML; charset=utf-8', 'wbxml'],
    ['message/rfc822', 'rfc822'],
    ['MESSAGE/RFC822;x=y', 'rfc822'],
    ['text/html', 'other'],
    [undefined, 'wbxml'],
  ])('a body that comes as %s is %s', async (sent, type) => {
    await front.ask({ headers: sent === undefined ? {} : { 'Content-Type': sent }, body })
    expect(last().body.type).toBe(type)
  })

  test('without a body has none, whatever it claims', async () => {
    await front.ask({ headers: { 'Content-Type': wbxml } })
    expect(last().body).toMatchObject({ type: 'none', bytes: new Uint8Array(0) })
  })

  test('in pieces is put together', async () => {
    const request = front.request({ headers: { 'Content-Type': wbxml, 'Transfer-Encoding': 'chunked' } })
    request.write('one ')
    request.write('two ')
    request.end('three')
    await replyTo(request)
    expect(Buffer.from(last().body.bytes).toString()).toBe('one two three')
  })

  test('that cannot be read is 400, but only to whoever may know', async () => {
    expect((await front.ask({ ...post, path: '/Microsoft-Server-ActiveSync?Cmd=Sync' })).status).toBe(400)
    expect((await front.ask({ ...post, path: '/Microsoft-Server-ActiveSync?!' })).status).toBe(400)
    expect((await front.ask({ ...post, path: '/Microsoft-Server-ActiveSync?Cmd=Sync', authorization: null })).status).toBe(401)
    expect(front.exchanges).toHaveLength(0)
  })

  test('of a compressed body is refused', async () => {
    expect((await front.ask({ ...post, headers: { ...post.headers, 'Content-Encoding': 'gzip' } })).status).toBe(415)
  })
})

describe('an answer', () => {
  const accept = { headers: { 'Content-Type': wbxml, 'Accept-Encoding': 'br, gzip, deflate' }, body }
  const long = Buffer.from('the same words again '.repeat(100))

  test('that is empty is bare: no type, no compression, length 0', async () => {
    for (const content of [null, Buffer.alloc(0)]) {
      front.serve = async () => ({ status: 200, body: content === null ? null : { type: wbxml, content } })
      const reply = await front.ask(accept)
      expect(reply.headers['content-length']).toBe('0')
      expect(reply.headers['content-type']).toBeUndefined()
      expect(reply.headers['content-encoding']).toBeUndefined()
      expect(reply.headers['transfer-encoding']).toBeUndefined()
    }
  })

  test('is compressed for a phone that asks, where it is worth it', async () => {
    front.serve = async () => ({ status: 200, body: { type: wbxml, content: long } })
    const reply = await front.ask(accept)
    expect(reply.headers['content-encoding']).toBe('gzip')
    expect(reply.headers['content-length']).toBe(String(reply.body.length))
    expect(gunzipSync(reply.body)).toEqual(long)
  })

  test('that is long is compressed too', async () => {
    const longer = Buffer.concat(Array.from({ length: 50 }, () => long))
    front.serve = async () => ({ status: 200, body: { type: wbxml, content: longer } })
    expect(gunzipSync((await front.ask(accept)).body)).toEqual(longer)
  })

  test.each<[why: string, encoding: string | undefined, type: string, content: Buffer]>([
    ['did not ask', undefined, wbxml, long],
    ['does not want it', 'gzip;q=0, identity', wbxml, long],
    ['gets a picture', 'gzip', 'image/jpeg', long],
    ['gets a few bytes', 'gzip', wbxml, Buffer.from('few')],
  ])('is not compressed for a phone that %s', async (_why, encoding, type, content) => {
    front.serve = async () => ({ status: 200, body: { type, content } })
    const reply = await front.ask({ body, headers: encoding === undefined ? {} : { 'Accept-Encoding': encoding } })
    expect(reply.headers['content-encoding']).toBeUndefined()
    expect(reply.body).toEqual(content)
  })

  test('that is a stream goes out as it comes, with its length where that is known', async () => {
    const content = async function* () {
      yield Buffer.from('one ')
      yield Buffer.from('two')
    }
    front.serve = async () => ({ status: 200, body: { type: 'image/png', content: content(), bytes: 7 } })
    const known = await front.ask(accept)
    expect([known.body.toString(), known.headers['content-length'], known.headers['transfer-encoding']]).toEqual([
      'one two',
      '7',
      undefined,
    ])
    front.serve = async () => ({ status: 200, body: { type: 'image/png', content: content() } })
    const unknown = await front.ask(accept)
    expect([unknown.body.toString(), unknown.headers['content-length']]).toEqual(['one two', undefined])
  })

  test('that breaks off in the middle is not passed off as whole', async () => {
    const content = async function* () {
      yield Buffer.from('one ')
      throw new Error('the disk is gone')
    }
    front.serve = async () => ({ status: 200, body: { type: 'image/png', content: content(), bytes: 7 } })
    await expect(front.ask(accept)).rejects.toThrow()
  })
})

describe('trouble', () => {
  test('of our own is 500 with an id that finds it in the log, and nothing else leaves the house', async () => {
    front.serve = async () => {
      throw new Error('secret detail')
    }
    const reply = await front.ask(post)
    expect(reply.status).toBe(500)
    expect(reply.body.length).toBe(0)
    expect(JSON.stringify(reply.headers)).not.toContain('secret detail')
    expect(reply.headers['ms-server-activesync']).toBe('15.1')
    expect(front.log).toContain(`"id":"${String(reply.headers['request-id'])}"`)
    expect(front.log).toContain('secret detail')
  })

  test('of the store is 503 with a time to come back, or 507', async () => {
    front.serve = () => Promise.reject(new StoreFailure('unavailable'))
    const busy = await front.ask(post)
    expect([busy.status, busy.headers['retry-after']]).toEqual([503, '30'])
    front.serve = () => Promise.reject(new StoreFailure('full'))
    expect((await front.ask(post)).status).toBe(507)
  })

  test('the log says how long an answer took', async () => {
    front.serve = async () => {
      const until = performance.now() + 5
      while (performance.now() < until);
      return { status: 200, body: null }
    }
    await front.ask(post)
    const answered = front.log.split('\n').findLast((each) => each.includes('"msg":"answered"'))
    expect(Number(/"ms":(\d+)/.exec(answered ?? '')?.[1])).toBeGreaterThanOrEqual(5)
  })

  test('no line of the log holds a password, a header or a body', async () => {
    await front.ask({ ...post, body: Buffer.from('private words') })
    expect(front.log).toContain('"command":"Sync"')
    expect(front.log).not.toContain('private words')
    expect(front.log).not.toContain(password)
    expect(front.log).not.toContain(basic('alice@example.com', password).slice(6))
  })
})

describe('credentials', () => {
  test('are read as UTF-8, and else as Latin-1', async () => {
    expect((await front.ask({ ...post, authorization: basic('alice@example.com', password) })).status).toBe(200)
    expect((await front.ask({ ...post, authorization: basic('alice@example.com', password, 'latin1') })).status).toBe(200)
  })

  test.each([null, 'Bearer abc', 'Basic', 'Basic !!!', basic('', 'x'), basic('alice@example.com', '')])(
    'that are none get a challenge: %s',
    async (authorization) => {
      const reply = await front.ask({ ...post, authorization })
      expect(reply.status).toBe(401)
      expect(reply.headers['www-authenticate']).toMatch(/^Basic realm=/)
      expect(front.exchanges).toHaveLength(0)
    },
  )

  test('of a disabled account are a block', async () => {
    const bob = await front.store.accounts.byAddress('bob@example.com')
    if (bob === null) throw new Error('bob is not there')
    await front.store.accounts.change(bob.id, { disabled: true })
    const reply = await front.ask({ ...post, authorization: basic('bob@example.com', password) })
    expect([reply.status, reply.headers['www-authenticate']]).toEqual([403, undefined])
  })

  test('guessed too often are asked to wait', async () => {
    const guesser = await Front.open()
    const statuses: number[] = []
    for (let guess = 0; guess < 6; guess++)
      statuses.push((await guesser.ask({ ...post, authorization: basic('alice@example.com', `${guess}`) })).status)
    expect(statuses).toEqual([401, 401, 401, 401, 503, 503])
    const reply = await guesser.ask({ ...post, authorization: basic('alice@example.com', 'again') })
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
    await guesser.close()
  })
})

describe('limits', () => {
  test('a body longer than allowed is refused before it is read', async () => {
    const request = front.request({ headers: { 'Content-Type': wbxml, 'Content-Length': '5000' } })
    request.flushHeaders()
    const reply = await replyTo(request)
    expect([reply.status, reply.headers.connection]).toEqual([400, 'close'])
    expect(front.exchanges).toHaveLength(0)
    request.destroy()
  })

  test('a body that never says how long it is is cut at the limit', async () => {
    const request = front.request({ headers: { 'Content-Type': wbxml, 'Transfer-Encoding': 'chunked' } })
    const reply = replyTo(request)
    request.on('error', () => undefined)
    request.write(Buffer.alloc(3000))
    request.write(Buffer.alloc(3000))
    expect((await reply).status).toBe(400)
    expect(front.exchanges).toHaveLength(0)
    request.destroy()
  })

  test('a client that expects 100 Continue is heard once it is known', async () => {
    const request = front.request({ headers: { 'Content-Type': wbxml, Expect: '100-continue', 'Content-Length': String(body.length) } })
    request.flushHeaders()
    await once(request, 'continue')
    request.end(body)
    expect((await replyTo(request)).status).toBe(200)
    expect(Buffer.from(last().body.bytes)).toEqual(body)
    const stranger = front.request({
      headers: { 'Content-Type': wbxml, Expect: '100-continue', 'Content-Length': '4000' },
      authorization: null,
    })
    let continued = false
    stranger.on('continue', () => (continued = true))
    stranger.flushHeaders()
    expect((await replyTo(stranger)).status).toBe(401)
    expect(continued).toBe(false)
    stranger.destroy()
  })

  test('headers without end are refused', async () => {
    const reply = await front.ask({ ...post, headers: { 'X-Long': 'x'.repeat(20_000) } })
    expect(reply.status).toBe(431)
  })

  test('a slow request is cut off, and a parked answer is not', async () => {
    const slow = await Front.open({ receiveSeconds: 1 })
    const release = Promise.withResolvers<void>()
    slow.serve = async () => {
      await release.promise
      return { status: 200, body: null }
    }
    const parked = slow.ask(post)
    const socket = slow.socket()
    const login = basic('alice@example.com', password)
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${login}\r\nContent-Type: ${wbxml}\r\nContent-Length: 100\r\n\r\nonly this`,
    )
    expect(await everythingFrom(socket)).toMatch(/^HTTP\/1\.1 408 /)
    expect(slow.inFlight.count).toBe(1)
    release.resolve()
    expect((await parked).status).toBe(200)
    await slow.close()
  })

  test('an account has so many requests at a time', async () => {
    const few = await Front.open({}, { inFlight: new InFlight(1) })
    const [held, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    few.serve = async () => {
      held.resolve()
      await release.promise
      return { status: 200, body: null }
    }
    const first = few.ask(post)
    await held.promise
    const second = await few.ask(post)
    expect([second.status, second.headers['retry-after']]).toEqual([503, '30'])
    release.resolve()
    expect((await first).status).toBe(200)
    expect((await few.ask(post)).status).toBe(200)
    await few.close()
  })
})

describe('the requests of one account', () => {
  const most = 8

  test('work some at a time; the others have their turn when one has been answered', async () => {
    const [working, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let atWork = 0
    let atMost = 0
    front.serve = async () => {
      atMost = Math.max(atMost, ++atWork)
      if (atWork === most) working.resolve()
      await release.promise
      atWork--
      return { status: 200, body: null }
    }
    const replies = Array.from({ length: 3 * most }, () => front.ask(post))
    await working.promise
    expect((await front.ask({ method: 'OPTIONS' })).status).toBe(200)
    release.resolve()
    for (const reply of await Promise.all(replies)) expect(reply.status).toBe(200)
    expect(atMost).toBe(most)
  })

  test('that stall in the middle of a large body stop nothing but other large ones', async () => {
    const large = await Front.open({}, { bodyBytesMax: 4 << 20 })
    const login = basic('alice@example.com', password)
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${login}\r\nContent-Type: ${wbxml}\r\n`
    const stalled = Array.from({ length: most }, (_, index) => {
      const socket = large.socket()
      const length =
        index % 2 === 0
          ? 'Content-Length: 2000000\r\n\r\n'
          : `Transfer-Encoding: chunked\r\n\r\n180000\r\n${'x'.repeat(0x180000)}\r\n100\r\n`
      socket.write(`${head}${length}only this`)
      return socket
    })
    while (large.inFlight.count < most) await turn()
    for (let round = 0; round < 2 * most; round++) expect((await large.ask(post)).status).toBe(200)
    let isServed = false
    const waiting = large.ask({ ...post, body: Buffer.alloc(2 << 20) }).then((reply) => {
      isServed = true
      return reply
    })
    while (large.inFlight.count < most + 1) await turn()
    expect((await large.ask(post)).status).toBe(200)
    expect(isServed).toBe(false)
    stalled[0]?.destroy()
    expect((await waiting).status).toBe(200)
    for (const socket of stalled) socket.destroy()
    await large.inFlight.idle()
    await large.close()
  })

  test('that rest leave their place to others', async () => {
    const morning = Promise.withResolvers<void>()
    let resting = 0
    front.serve = async (exchange) => {
      if (resting < 3 * most) {
        resting++
        await exchange.rest(() => morning.promise)
      }
      return { status: 200, body: null }
    }
    const replies = Array.from({ length: 3 * most }, () => front.ask(post))
    while (resting < 3 * most) await turn()
    expect((await front.ask(post)).status).toBe(200)
    morning.resolve()
    for (const reply of await Promise.all(replies)) expect(reply.status).toBe(200)
  })

  test('count until their answers have been read; whoever does not read is cut off', async () => {
    const slow = await Front.open({ receiveSeconds: 1 })
    slow.serve = async () => ({ status: 200, body: { type: 'application/octet-stream', content: Buffer.alloc(64 << 20) } })
    const socket = slow.socket()
    const login = basic('alice@example.com', password)
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${login}\r\nContent-Length: 0\r\n\r\n`)
    socket.pause()
    while (slow.inFlight.count === 0) await turn()
    await slow.inFlight.idle()
    const text = await everythingFrom(socket.resume())
    expect(text).toMatch(/^HTTP\/1\.1 200 /)
    expect(text.length).toBeLessThan(64 << 20)
    await slow.close()
  })

  test('bring as much as a message may have, where there can be one', async () => {
    const large = await Front.open({}, { bodyBytesMax: 4 << 20 })
    const content = Buffer.alloc(3 << 20)
    const status = async (command: string) =>
      (await large.ask({ ...post, path: path.replace('Cmd=Sync', `Cmd=${command}`), body: content })).status
    expect([await status('Sync'), await status('SendMail'), await status('Ping'), await status('Search')]).toEqual([200, 200, 400, 400])
    await large.close()
  })
})

describe('a connection', () => {
  test('that closes ends the request that waits on it', async () => {
    const held = Promise.withResolvers<Exchange>()
    const ended = Promise.withResolvers<unknown>()
    front.serve = (exchange) => {
      held.resolve(exchange)
      return new Promise((_resolve, reject) =>
        exchange.signal.addEventListener('abort', () => {
          ended.resolve(exchange.signal.reason)
          reject(new Error('gone'))
        }),
      )
    }
    const request = front.request(post)
    request.on('error', () => undefined)
    request.end(body)
    await held.promise
    request.destroy()
    expect(await ended.promise).toBe('closed')
    await front.inFlight.idle()
  })

  test('is kept for the next request', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number | undefined>()
    for (let round = 0; round < 3; round++) {
      const request = front.request({ ...post, agent })
      request.end(body)
      request.on('socket', (socket) => socket.once('connect', () => ports.add(socket.localPort)))
      const reply = await replyTo(request)
      expect(reply.headers.connection).toBe('keep-alive')
      ports.add(request.socket?.localPort)
    }
    expect(ports.size).toBe(1)
    agent.destroy()
  })
})

describe('behind a proxy', () => {
  test('the phone has the address that the nearest stranger to our proxies has', async () => {
    const proxied = await Front.open({}, { peers: new Peers(['loopback', '10.0.0.0/8']) })
    const from = async (forwarded: string) => {
      await proxied.ask({ ...post, headers: { ...post.headers, 'X-Forwarded-For': forwarded } })
      return proxied.exchanges.at(-1)?.address
    }
    expect(await from('203.0.113.7')).toBe('203.0.113.7')
    expect(await from('198.51.100.1, 203.0.113.7, 10.1.2.3')).toBe('203.0.113.7')
    await proxied.close()
  })

  test('the entry that counts is found from the right, where the number of proxies is told', async () => {
    const proxied = await Front.open({}, { peers: new Peers(['loopback'], 2) })
    const from = async (forwarded: string, proto = 'https, https') => {
      const headers = { ...post.headers, 'X-Forwarded-For': forwarded, 'X-Forwarded-Proto': proto }
      const { status } = await proxied.ask({ ...post, headers })
      return status === 200 ? proxied.exchanges.at(-1)?.address : status
    }
    // The outer proxy's own address, 198.51.100.9, need not be declared.
    expect(await from('203.0.113.7, 198.51.100.9')).toBe('203.0.113.7')
    expect(await from('127.0.0.1, 10.0.0.1, 203.0.113.7, 198.51.100.9')).toBe('203.0.113.7')
    expect(await from('198.51.100.9')).toBe('198.51.100.9')
    expect(await from('203.0.113.7, 198.51.100.9', 'https, http, https')).toBe(403)
    expect(await from('203.0.113.7, 198.51.100.9', 'http, https, https')).toBe('203.0.113.7')
    await proxied.close()
  })

  test('nobody else is believed, whatever the number of proxies', async () => {
    const unproxied = await Front.open({}, { peers: new Peers(['192.0.2.1'], 2) })
    await unproxied.ask({ ...post, headers: { ...post.headers, 'X-Forwarded-For': '203.0.113.7, 203.0.113.8' } })
    expect(unproxied.exchanges.at(-1)?.address).toBe('127.0.0.1')
    await unproxied.close()
    await front.ask({ ...post, headers: { ...post.headers, 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'http' } })
    expect(last().address).toBe('127.0.0.1')
  })

  test('a phone that spoke plain HTTP to the proxy is turned away', async () => {
    const proxied = await Front.open({}, { peers: new Peers(['loopback']) })
    const via = (proto: string) => proxied.ask({ ...post, headers: { ...post.headers, 'X-Forwarded-Proto': proto } })
    expect((await via('http')).status).toBe(403)
    expect((await via('https')).status).toBe(200)
    expect((await via('http, https')).status).toBe(200)
    expect(proxied.log).toContain('plain HTTP')
    await proxied.close()
  })

  test('only this machine and declared proxies may speak plain HTTP', () => {
    const peers = new Peers(['10.0.0.0/8', '2001:db8::/32'])
    expect(
      ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.9.9.9', '::ffff:10.9.9.9', '2001:db8::5'].map((each) => peers.mayBePlain(each)),
    ).not.toContain(false)
    expect(['192.0.2.1', '::ffff:192.0.2.1', '2001:db9::5', undefined].map((each) => peers.mayBePlain(each))).not.toContain(true)
  })
})
