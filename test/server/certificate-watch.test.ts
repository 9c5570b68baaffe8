// Another certificate of the server's while it runs: in use once key and certificate fit, and a broken one never.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { pino } from 'pino'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { openAuthority, openServerCertificate, type ServerCertificate } from '../../src/enroll/authority.ts'
import { keepCertificate } from '../../src/enroll/certificate-keeper.ts'
import { watchCertificate } from '../../src/server/certificate-watch.ts'
import { VirtualClock } from '../support/clock.ts'
import { TestServer } from '../support/server.ts'

const home = mkdtempSync(join(tmpdir(), 'easel-watch-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

let clock: VirtualClock
let folder: string
beforeEach(() => {
  clock = new VirtualClock()
  folder = mkdtempSync(join(home, 'case-'))
})

const file = (name: string) => join(folder, name)
/** A pair that somebody else made. */
async function made(name: string): Promise<ServerCertificate> {
  const place = mkdtempSync(join(home, 'authority-'))
  return openServerCertificate(await openAuthority(place, name, clock), place, [name, 'localhost'], clock)
}
function put({ cert, key }: Partial<ServerCertificate>): void {
  if (cert !== undefined) writeFileSync(file('fullchain.pem'), cert)
  if (key !== undefined) writeFileSync(file('privkey.pem'), key)
}

describe('a certificate of somebody else', () => {
  test('is shown to phones that connect after it was replaced; open connections stay', async () => {
    const [one, two] = [await made('one.example'), await made('two.example')]
    put(one)
    const environment = { EASEL_CERTIFICATE: file('fullchain.pem'), EASEL_CERTIFICATE_KEY: file('privkey.pem') }
    const server = await TestServer.start({ secure: true, clock, environment })
    const open = async () => {
      const socket = connect({
        host: '127.0.0.1',
        port: server.running.ports.https ?? 0,
        servername: 'localhost',
        rejectUnauthorized: false,
      })
      await once(socket, 'secureConnect')
      return { socket, name: String(socket.getPeerCertificate().subject.CN) }
    }
    const before = await open()
    expect(before.name).toBe('one.example')
    put(two)
    await clock.advance(61)
    const after = await open()
    expect(after.name).toBe('two.example')
    expect(before.socket.destroyed).toBe(false)
    put(one)
    await server.running.renewCertificate()
    const last = await open()
    expect(last.name).toBe('one.example')
    for (const { socket } of [before, after, last]) socket.destroy()
    await server.close()
  })

  test('half replaced is left alone, told of once if it stays so, and used when it fits', async () => {
    const [one, two] = [await made('one.example'), await made('two.example')]
    put(one)
    const files = { certificate: file('fullchain.pem'), key: file('privkey.pem'), standIn: false }
    const keeper = await keepCertificate({ dataFolder: folder, files, names: [], clock })
    const lines: string[] = []
    const used: string[] = []
    const log = pino({ base: null }, { write: (line: string) => void lines.push(line) })
    const watch = watchCertificate({ keeper, paths: [], use: ({ cert }) => used.push(cert), clock, log })
    put({ cert: two.cert })
    await watch.look()
    expect(lines).toEqual([])
    await clock.advance(300)
    expect(lines.filter((line) => line.includes('cannot be used; the one in use stays'))).toHaveLength(1)
    expect(lines.join('')).not.toContain('PRIVATE')
    expect([used, keeper.current.cert]).toEqual([[], one.cert])
    put({ key: two.key })
    await clock.advance(60)
    expect(used).toEqual([two.cert])
    expect(lines.join('')).toContain('can be read again')
    await watch.close()
    put(one)
    await clock.advance(300)
    expect(used).toHaveLength(1)
  })
})
