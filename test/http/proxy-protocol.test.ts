// The PROXY protocol: what a header may look like, and that the phone's address is the one everybody sees.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectSecurely } from 'node:tls'
import fc from 'fast-check'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { openAuthority, openServerCertificate } from '../../src/enroll/authority.ts'
import type { ListenerOptions } from '../../src/http/listener.ts'
import { Peers } from '../../src/http/peers.ts'
import { parseProxyHeader } from '../../src/http/proxy-protocol.ts'
import { systemClock } from '../../src/model/clock.ts'
import { basic, everythingFrom, Front, password } from './front.ts'

const signature = '0d0a0d0a000d0a515549540a'
const binary = (rest: string) => Buffer.from(signature + rest.replaceAll(/\s/g, ''), 'hex')
const line = (text: string) => Buffer.from(`${text}\r\n`)

/** 203.0.113.9:50000 to 192.0.2.1:443. */
const phoneV2 = binary('21 11 000c cb007109 c0000201 c350 01bb')
const phoneV1 = line('PROXY TCP4 203.0.113.9 192.0.2.1 50000 443')

describe('a header', () => {
  test.each<[what: string, bytes: Buffer, address: string, port: number]>([
    ['of version 1', phoneV1, '203.0.113.9', 50_000],
    ['of version 1 with IPv6', line('PROXY TCP6 2001:db8::9 2001:db8::1 1 443'), '2001:db8::9', 1],
    ['of version 1 with IPv4 in IPv6', line('PROXY TCP6 ::ffff:203.0.113.9 ::1 1 443'), '203.0.113.9', 1],
    ['of version 2', phoneV2, '203.0.113.9', 50_000],
    ['of version 2 with IPv6', binary(`21 21 0024 20010db8000000000000000000000009 ${'00'.repeat(16)} c350 01bb`), '2001:db8::9', 50_000],
    ['of version 2 with IPv4 in IPv6', binary(`21 21 0024 ${'00'.repeat(10)}ffffcb007109 ${'00'.repeat(16)} 0001 01bb`), '203.0.113.9', 1],
    ['of version 2 with extensions', binary('21 11 0014 cb007109 c0000201 c350 01bb 04 0001 ff 05 0001 61'), '203.0.113.9', 50_000],
  ])('%s names the phone', (_what, bytes, address, port) => {
    expect(parseProxyHeader(bytes)).toEqual({ bytes: bytes.length, source: { address, port } })
    expect(parseProxyHeader(Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1')]))).toMatchObject({ bytes: bytes.length })
    for (let length = 0; length < bytes.length; length++) expect(parseProxyHeader(bytes.subarray(0, length))).toBe('incomplete')
  })

  test.each<[what: string, bytes: Buffer]>([
    ['of a proxy that does not know', line('PROXY UNKNOWN')],
    ['of a proxy that says more than it knows', line('PROXY UNKNOWN ff:: ff:: 1 1')],
    ['of a health check', binary('20 00 0000')],
    ['of a health check that names somebody', binary('20 11 000c cb007109 c0000201 c350 01bb')],
    ['of a UNIX socket', binary(`21 31 00d8 ${'00'.repeat(216)}`)],
    ['of an unspecified family', binary('21 00 0003 040000')],
  ])('%s names nobody', (_what, bytes) => expect(parseProxyHeader(bytes)).toEqual({ bytes: bytes.length, source: null }))

  test.each<[what: string, bytes: Buffer]>([
    ['a request', Buffer.from('POST / HTTP/1.1\r\n')],
    ['a handshake', Buffer.from([0x16, 0x03, 0x01])],
    ['a line without an end', Buffer.from(`PROXY TCP4 ${'1'.repeat(120)}`)],
    ['a line that is too long', line(`PROXY UNKNOWN ${'x'.repeat(100)}`)],
    ['another protocol', line('PROXY UDP4 203.0.113.9 192.0.2.1 1 2')],
    ['lower case', line('proxy TCP4 203.0.113.9 192.0.2.1 1 2')],
    ['two blanks', line('PROXY TCP4  203.0.113.9 192.0.2.1 1 2')],
    ['a name', line('PROXY TCP4 localhost 192.0.2.1 1 2')],
    ['another family', line('PROXY TCP4 2001:db8::9 192.0.2.1 1 2')],
    ['a port too high', line('PROXY TCP4 203.0.113.9 192.0.2.1 65536 2')],
    ['no port', line('PROXY TCP4 203.0.113.9 192.0.2.1 1')],
    ['a line feed alone', Buffer.from('PROXY TCP4 203.0.113.9 192.0.2.1 1 2\n'.padEnd(120))],
    ['half a signature', Buffer.from('\r\n\r\n\0\r\nQUIZ\n')],
    ['version 1 in binary', binary('11 11 000c cb007109 c0000201 c350 01bb')],
    ['a command there is not', binary('22 11 000c cb007109 c0000201 c350 01bb')],
    ['datagrams', binary('21 12 000c cb007109 c0000201 c350 01bb')],
    ['a family there is not', binary('21 41 000c cb007109 c0000201 c350 01bb')],
    ['addresses cut short', binary('21 11 0008 cb007109 c0000201')],
    ['an extension that reaches beyond', binary('21 11 0010 cb007109 c0000201 c350 01bb 04 0009 ff')],
    ['half an extension', binary('21 11 000d cb007109 c0000201 c350 01bb 04')],
    ['more than anybody says', binary('21 11 ffff')],
  ])('is not %s', (_what, bytes) => expect(parseProxyHeader(bytes)).toBe('malformed'))

  test('is never waited for beyond its longest, whatever comes', () => {
    const begun = fc.oneof(fc.constant(''), fc.constantFrom(Buffer.from('PROXY ').toString('hex'), signature, `${signature}2111`))
    fc.assert(
      fc.property(begun, fc.uint8Array({ minLength: 8300, maxLength: 8300 }), (head, tail) => {
        expect(parseProxyHeader(Buffer.concat([Buffer.from(head, 'hex'), tail]))).not.toBe('incomplete')
      }),
      { numRuns: 200 },
    )
  })
})

describe('a listener that wants the header', () => {
  const folder = mkdtempSync(join(tmpdir(), 'easel-proxied-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let front: Front
  const open = async (options: Partial<ListenerOptions> = {}, trusted = ['loopback']) => {
    front = await Front.open({ proxyProtocol: true, ...options }, { peers: new Peers(trusted) })
  }
  afterEach(() => front.close())

  const question = (more = '') =>
    `OPTIONS /Microsoft-Server-ActiveSync HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic('alice@example.com', password)}\r\n${more}\r\n`
  const addresses = () => Array.from(front.log.matchAll(/\{.*"address":"([^"]+)".*"msg":"OPTIONS"/g), ([, address]) => address)

  /** Sends pieces, each in a packet of its own, until the answer's end. */
  async function answerTo(...pieces: (Buffer | string)[]): Promise<string> {
    const socket = connect({ port: front.listener.port, host: '127.0.0.1', noDelay: true })
    const everything = everythingFrom(socket)
    for (const piece of pieces) await new Promise((done) => socket.write(piece, done))
    const answer = await Promise.race([everything, once(socket, 'data').then(([first]) => String(first))])
    socket.destroy()
    return answer
  }

  test.each([
    ['in front of the request', [Buffer.concat([phoneV1, Buffer.from(question())])]],
    ['in a packet of its own', [phoneV1, question()]],
    ['byte by byte', [...Array.from(phoneV2, (byte) => Buffer.from([byte])), question()]],
  ])('hands on the connection with the address of the phone: the header %s', async (_what, pieces) => {
    await open()
    expect(await answerTo(...pieces)).toContain('200 OK')
    expect(addresses()).toEqual(['203.0.113.9'])
  })

  test('counts wrong passwords for the phone, not for the proxy', async () => {
    await open()
    const wrong = (attempt: number) => question().replace(basic('alice@example.com', password), basic(`x${attempt}@example.com`, 'wrong'))
    for (let attempt = 0; attempt < 4; attempt++) expect(await answerTo(phoneV2, wrong(attempt))).toContain(' 401 ')
    expect(await answerTo(phoneV2, wrong(4))).toContain(' 503 ')
    expect(await answerTo(line('PROXY TCP4 203.0.113.77 192.0.2.1 1 443'), question())).toContain(' 200 ')
  })

  test('keeps the connection for further requests, and believes no X-Forwarded-For of the phone', async () => {
    await open()
    const socket = connect(front.listener.port, '127.0.0.1')
    socket.write(phoneV2)
    for (let round = 0; round < 2; round++) {
      socket.write(question('X-Forwarded-For: 198.51.100.1\r\n'))
      expect(String((await once(socket, 'data'))[0])).toContain('200 OK')
    }
    socket.destroy()
    expect(addresses()).toEqual(['203.0.113.9', '203.0.113.9'])
  })

  test("serves a health check of the proxy's under the proxy's address", async () => {
    await open()
    expect(await answerTo(binary('20 00 0000'), question())).toContain('200 OK')
    expect(addresses()).toEqual(['127.0.0.1'])
  })

  test('closes what begins with anything else, without a word', async () => {
    await open()
    expect(await answerTo(question())).toBe('')
    expect(await answerTo('PROXY TCP4 nonsense\r\n', question())).toBe('')
    expect(front.exchanges).toEqual([])
    expect(front.log).toContain('without a good PROXY header')
  })

  test('believes nobody who is no declared proxy', async () => {
    await open({}, ['192.0.2.1'])
    expect(await answerTo(phoneV1, question())).toBe('')
    expect(front.log).toContain('no declared proxy')
    expect(addresses()).toEqual([])
  })

  test('waits for a header for so long only', async () => {
    await open({ receiveSeconds: 0.05 })
    expect(await answerTo('PROXY TCP4 203.0')).toBe('')
    expect(front.log).toContain('"why":"late"')
  })

  test.each([true, false])('speaks TLS behind it: the header and the handshake in one packet %s', async (together) => {
    const authority = await openAuthority(mkdtempSync(join(folder, 'authority-')), 'mail.example.com', systemClock)
    const tls = await openServerCertificate(authority, mkdtempSync(join(folder, 'server-')), ['localhost'], systemClock)
    await open({ tls })
    const raw = connect(front.listener.port, '127.0.0.1')
    await once(raw, 'connect')
    if (together) raw.cork()
    raw.write(phoneV2)
    const socket = connectSecurely({ socket: raw, servername: 'localhost', ca: authority.certificate })
    if (together) setImmediate(() => raw.uncork())
    await once(socket, 'secureConnect')
    socket.write(question())
    expect(String((await once(socket, 'data'))[0])).toContain('200 OK')
    socket.destroy()
    expect(addresses()).toEqual(['203.0.113.9'])
  })

  test('ends with the others: what still waits for its header is cut off', async () => {
    await open()
    const socket = connect(front.listener.port, '127.0.0.1')
    await once(socket, 'connect')
    const gone = everythingFrom(socket)
    expect(await answerTo(phoneV1, question())).toContain('200 OK')
    const closed = front.listener.close()
    front.listener.cut()
    await closed
    expect(await gone).toBe('')
  })

  test('closes behind whoever goes away before he said anything', async () => {
    await open()
    const socket = connect(front.listener.port, '127.0.0.1')
    const gone = everythingFrom(socket)
    socket.end()
    expect(await gone).toBe('')
  })
})
