// The HTTP door under attack: request lines, headers and bodies that no phone sends, on bare sockets.
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import { el, write } from '../support/wire.ts'
import { exchange, RawClient } from './raw-client.ts'

/** Raised for a long night: EASEL_HOSTILE_RUNS=5000. */
const runs = Number(process.env['EASEL_HOSTILE_RUNS'] ?? 40)

let server: TestServer
const right = `Basic ${Buffer.from(`alice@example.test:${password}`).toString('base64')}`
const path = '/Microsoft-Server-ActiveSync'
const plain = `${path}?Cmd=FolderSync&User=alice&DeviceId=door&DeviceType=iPhone`
const folderSync = write(el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', '0')]))

beforeAll(async () => {
  // The one phone that looks whether the server is well does so a hundred times in no time: nobody brakes it.
  server = await startTestServer({ environment: { EASEL_POLICY: '0', EASEL_MESSAGE_MEGABYTES: '1', EASEL_BRAKE: '0' } })
})
afterAll(() => server.close())

/** A request as text; `headers` beside Host, Authorization and a version. */
function request(url: string, headers: readonly string[] = [], body: Buffer | string = '', authorization = right): Buffer {
  const lines = [`POST ${url} HTTP/1.1`, 'Host: easel.test', `Authorization: ${authorization}`, 'MS-ASProtocolVersion: 14.1', ...headers]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body as string)])
}

const wbxml = (bytes: Buffer) => ['Content-Type: application/vnd.ms-sync.wbxml', `Content-Length: ${bytes.length}`]

/** Whether the server is well: a phone comes in and is served. */
async function isWell(): Promise<boolean> {
  return (await exchange(server.url, request(plain, wbxml(folderSync), folderSync))).status === 200
}

describe('a request line', () => {
  test.each([
    'me',
    'null',
    '..',
    '../x',
    '%2e%2e%2fx',
    'a/b',
    "x' or 1=1 --",
    'x;drop table devices',
    'ne(x)',
    'x'.repeat(300),
    '%F0%9F%92%A9',
    'a%00b',
    'a%0d%0ab',
    '%',
    '',
    '$where',
  ])('with the DeviceId %j is served or refused, and harms nobody', async (id) => {
    const answer = await exchange(
      server.url,
      request(plain.replace('DeviceId=door', `DeviceId=${id.replaceAll(' ', '%20')}`), wbxml(folderSync), folderSync),
    )
    expect([200, 400]).toContain(answer.status)
    if (/[^0-9A-Za-z_.-]/.test(id) || id.length > 64 || id === '') expect(answer.status).toBe(400)
    expect(answer.headers['location']).toBeUndefined()
    expect(await isWell()).toBe(true)
  })

  test('names the device, never the account', async () => {
    await server.account('bob@example.test')
    for (const user of ['bob@example.test', 'BOB', '..%2Fbob', 'x%5Cbob', "'", 'x'.repeat(1000)]) {
      const answer = await exchange(server.url, request(plain.replace('User=alice', `User=${user}`), wbxml(folderSync), folderSync))
      expect(answer.status).toBe(200)
    }
    const { store } = server
    expect(await store.devices.list((await server.accountOf('bob@example.test')).id)).toEqual([])
  })

  test('of any bytes in base64 is served or refused', async () => {
    const client = new RawClient(server.url)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, isHead) => {
        const head = isHead ? Buffer.from([141, 9, 9, 4]) : Buffer.alloc(0)
        const query = Buffer.concat([head, bytes]).toString('base64')
        client.write(request(`${path}?${query}`, wbxml(folderSync), folderSync))
        const { status } = await client.answer()
        expect([200, 400, 501]).toContain(status)
      }),
      { numRuns: runs },
    )
    client.close()
  })

  test('whose lengths run past its end is refused', async () => {
    const whole = Buffer.concat([
      Buffer.from([141, 9, 9, 4, 4]),
      Buffer.from('door'),
      Buffer.from([0, 6]),
      Buffer.from('iPhone'),
      Buffer.from([3, 4]),
      Buffer.from('1:1x'),
    ])
    for (let cut = 1; cut < whole.length; cut++) {
      const short = whole.subarray(0, cut).toString('base64')
      const { status } = await exchange(server.url, request(`${path}?${short}`, wbxml(folderSync), folderSync))
      // It ends well behind its device type, and nowhere else.
      expect([cut, status]).toEqual([cut, cut === 17 ? 200 : 400])
    }
    for (const at of [4, 9, 10, 18]) {
      const long = Buffer.from(whole)
      long[at] = 255
      expect((await exchange(server.url, request(`${path}?${long.toString('base64')}`, wbxml(folderSync), folderSync))).status).toBe(400)
    }
  })

  test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'CONNECT', 'PROPFIND', 'FOO'])(
    'with the method %s is refused',
    async (method) => {
      const { status } = await exchange(server.url, request(plain).toString('latin1').replace('POST', method))
      expect([0, 400, 405, 501]).toContain(status)
      expect(await isWell()).toBe(true)
    },
  )

  test('of kilobytes is refused', async () => {
    expect((await exchange(server.url, request(`${plain}&X=${'x'.repeat(20_000)}`))).status).toBe(431)
    expect((await exchange(server.url, request(plain, [`X: ${'x'.repeat(20_000)}`]))).status).toBe(431)
  })
})

describe('an Authorization', () => {
  const b64 = (text: string, encoding: BufferEncoding = 'utf8') => `Basic ${Buffer.from(text, encoding).toString('base64')}`
  test.each([
    ['nothing', ''],
    ['no colon', b64('alice@example.test')],
    ['an empty password', b64('alice@example.test:')],
    ['an empty name', b64(`:${password}`)],
    ['no base64', 'Basic !!!!'],
    ['another scheme', `Bearer ${Buffer.from(`alice@example.test:${password}`).toString('base64')}`],
    ['Negotiate', 'Negotiate YII='],
    ['ten kilobytes', b64(`alice@example.test:${'x'.repeat(7500)}`)],
    ['a NUL in the name', b64(`alice@example.test\0:${password}`)],
    ['a piece of SQL', b64(`' or 1=1 --:${password}`)],
    ['Latin-1 for nobody', b64('jörg@example.test:paßwort', 'latin1')],
    ['half a character', b64('alice@example.test:\xc3', 'latin1')],
    ['a path', b64(`../alice@example.test:${password}`)],
    ['a wildcard', b64(`%@example.test:${password}`)],
  ])('with %s is asked for again, in the same words', async (_, authorization) => {
    const { status, headers, body } = await exchange(server.url, request(plain, wbxml(folderSync), folderSync, authorization))
    expect([status, body]).toEqual([401, ''])
    expect(headers['www-authenticate']).toMatch(/^Basic realm="/)
  })

  test('in two headers is none', async () => {
    const answer = await exchange(
      server.url,
      request(plain, [`Authorization: ${b64('bob@example.test:x')}`, ...wbxml(folderSync)], folderSync),
    )
    // Node keeps the first; whatever it keeps, nobody else comes in.
    expect([200, 401]).toContain(answer.status)
  })

  test('is asked for before a body is read', async () => {
    const client = new RawClient(server.url)
    client.write(request(plain, ['Expect: 100-continue', 'Content-Length: 1000000'], '', ''))
    expect((await client.answer()).status).toBe(401)
    client.close()
  })
})

describe('a body', () => {
  test('larger than may be is refused by what it announces, and by what it is', async () => {
    const announced = await exchange(
      server.url,
      request(plain, ['Content-Type: application/vnd.ms-sync.wbxml', 'Content-Length: 99999999999']),
    )
    expect(announced.status).toBe(400)
    const client = new RawClient(server.url)
    client.write(request(plain, ['Content-Type: application/vnd.ms-sync.wbxml', 'Transfer-Encoding: chunked']))
    const piece = Buffer.alloc(64 * 1024, 0x61)
    for (let sent = 0; sent < 60 && !client.ended; sent++) {
      client.write(`${piece.length.toString(16)}\r\n`)
      client.write(piece)
      client.write('\r\n')
    }
    expect((await client.answer()).status).toBe(400)
    await client.end()
    expect(await isWell()).toBe(true)
  })

  test('in pieces is read like one of a piece', async () => {
    const pieces = [...folderSync].map((byte) => `1\r\n${String.fromCharCode(byte)}\r\n`).join('')
    const body = Buffer.from(`${pieces}0\r\nX-Trailer: y\r\n\r\n`, 'latin1')
    const answer = await exchange(
      server.url,
      request(plain, ['Content-Type: application/vnd.ms-sync.wbxml', 'Transfer-Encoding: chunked'], body),
    )
    expect(answer.status).toBe(200)
  })

  test.each([
    ['two lengths', ['Content-Length: 5', 'Content-Length: 6']],
    ['a length and pieces', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['a length that is none', ['Content-Length: five']],
    ['a negative length', ['Content-Length: -1']],
    ['an unknown coding', ['Transfer-Encoding: gzip, chunked']],
    ['a coding that only looks like one', ['Transfer-Encoding: xchunked']],
    ['pieces that are none', ['Transfer-Encoding: chunked', '', 'zz']],
  ])('with %s smuggles nothing', async (_, headers) => {
    const client = new RawClient(server.url)
    const hidden = request(plain, wbxml(folderSync), folderSync).toString('latin1')
    client.write(request(plain, ['Content-Type: application/vnd.ms-sync.wbxml', ...headers], `\r\n${hidden}`))
    const first = await client.answer()
    expect([0, 400, 415, 501]).toContain(first.status)
    await client.end()
    expect((await client.answer()).status).toBe(0)
  })

  test('that is compressed is refused, not taken for something else', async () => {
    const packed = gzipSync(Buffer.alloc(1 << 20))
    for (const coding of ['gzip', 'deflate', 'br', 'x-gzip', 'identity, gzip', 'GZIP']) {
      const answer = await exchange(server.url, request(plain, [`Content-Encoding: ${coding}`, ...wbxml(packed)], packed))
      expect([coding, answer.status]).toEqual([coding, 415])
    }
  })

  test('shorter than it says holds nobody up, and is forgotten with its connection', async () => {
    const clients = Array.from({ length: 20 }, () => new RawClient(server.url))
    for (const client of clients)
      client.write(request(plain, ['Content-Type: application/vnd.ms-sync.wbxml', 'Content-Length: 1000'], '\x03\x01'))
    expect(await isWell()).toBe(true)
    for (const client of clients) client.close()
    expect(await isWell()).toBe(true)
  })

  test.each([
    'text/html',
    'application/json',
    'multipart/form-data; boundary=x',
    'message/rfc822',
    'application/vnd.ms-sync.wbxml; charset=utf-16',
    'x'.repeat(8000),
    '',
  ])('that claims to be %j is served or refused', async (type) => {
    const answer = await exchange(server.url, request(plain, [`Content-Type: ${type}`, `Content-Length: ${folderSync.length}`], folderSync))
    expect(answer.status).toBe(200)
  })
})

describe('a connection', () => {
  test('may carry many requests at once; each is answered in its turn', async () => {
    const client = new RawClient(server.url)
    const one = request(plain, wbxml(folderSync), folderSync)
    client.write(Buffer.concat(Array.from({ length: 30 }, () => one)))
    for (let count = 0; count < 30; count++) expect((await client.answer()).status).toBe(200)
    client.close()
  })

  test('that says what is no HTTP is closed', async () => {
    for (const noise of [
      '\x16\x03\x01\x02\x00\x01\x00',
      'GET\r\n\r\n',
      `${'a'.repeat(20_000)}`,
      'POST / HTTP/9.9\r\n\r\n',
      '\0\0\0\0\r\n\r\n',
      'LHLO x\r\n\r\n',
    ]) {
      const client = new RawClient(server.url)
      client.write(noise)
      expect([0, 400, 431, 505]).toContain((await client.answer()).status)
      client.close()
    }
    expect(await isWell()).toBe(true)
  })

  test('needs a Host, and believes none', async () => {
    const bare = request(plain, wbxml(folderSync), folderSync).toString('latin1')
    expect((await exchange(server.url, bare.replace('Host: easel.test\r\n', ''))).status).toBe(400)
    const answer = await exchange(server.url, bare.replace('Host: easel.test', 'Host: evil.test'))
    expect(JSON.stringify(answer)).not.toContain('evil.test')
  })

  test('of somebody who claims to be a proxy is not believed', async () => {
    const forged = ['X-Forwarded-For: 192.0.2.99', 'X-Forwarded-Proto: http', 'Forwarded: for=192.0.2.99', 'X-Real-IP: 192.0.2.99']
    expect((await exchange(server.url, request(plain, [...forged, ...wbxml(folderSync)], folderSync))).status).toBe(200)
    const devices = await server.store.devices.list((await server.accountOf('alice@example.test')).id)
    expect(devices.map((device) => device.lastAddress)).not.toContain('192.0.2.99')
  })
})

describe('requests of one account', () => {
  test('are limited in number; parked ones count, and other people are served', { timeout: 60_000 }, async () => {
    await server.account('carol@example.test')
    const ping = write(
      el('Ping:Ping', [
        el('Ping:HeartbeatInterval', 60),
        el('Ping:Folders', [el('Ping:Folder', [el('Ping:Id', '1'), el('Ping:Class', 'Email')])]),
      ]),
    )
    const carol = `Basic ${Buffer.from(`carol@example.test:${password}`).toString('base64')}`
    const url = (device: number) => `${path}?Cmd=Ping&User=carol&DeviceId=d${device}&DeviceType=iPhone`
    const clients: RawClient[] = []
    const most = 100
    for (let device = 0; device < most; device++) {
      // One that holds no folders is told so, and does not wait.
      await exchange(server.url, request(url(device).replace('Ping', 'FolderSync'), wbxml(folderSync), folderSync, carol))
      const client = new RawClient(server.url)
      client.write(request(url(device), wbxml(ping), ping, carol))
      clients.push(client)
    }
    for (let device = 0; device < most; device++) await server.parked('carol@example.test', `d${device}`)
    const refused = await exchange(server.url, request(url(most), wbxml(ping), ping, carol))
    expect(refused.status).toBe(503)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(await isWell()).toBe(true)
    for (const client of clients) client.close()
    while (server.running.parked() > 0) await new Promise((resolve) => setImmediate(resolve))
    expect((await exchange(server.url, request(url(0).replace('Ping', 'FolderSync'), wbxml(folderSync), folderSync, carol))).status).toBe(
      200,
    )
  })
})
