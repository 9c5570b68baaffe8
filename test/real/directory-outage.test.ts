// A directory that is down, slow, silent or overrun: logins are answered from memory or told to come later, and nobody waits for ever.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TestServer } from '../support/server.ts'
import { knock, searchBook, settingsFor, startOver, withinSeconds } from './support/company.ts'
import { crowd, userPassword } from './support/crowd.ts'
import { describeWith, freePort } from './support/daemon.ts'
import { startRelay } from './support/relay.ts'
import { Slapd, suffix } from './support/slapd.ts'

/** Longer than a connection and an answer may take, tried twice, with room for a busy machine; far shorter than a phone waits. */
const patienceMilliseconds = 10_000

async function timed<T>(work: Promise<T>): Promise<T> {
  const begun = performance.now()
  const result = await work
  expect(performance.now() - begun).toBeLessThan(patienceMilliseconds)
  return result
}

describeWith(['slapd', 'slapadd', 'ldapmodify', 'openssl'], 'a directory in trouble', () => {
  const parts = new AsyncDisposableStack()
  let own = new AsyncDisposableStack()
  let slapd: Slapd
  beforeAll(async () => {
    slapd = await Slapd.start({ crowd: 1000 })
    parts.defer(() => slapd.dispose())
  })
  afterEach(async () => {
    slapd.resume()
    await own.disposeAsync()
    own = new AsyncDisposableStack()
  })
  afterAll(() => parts.disposeAsync())

  async function open(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
    const server = await startOver(slapd, { EASEL_DIRECTORY_ANSWER: '1', ...settings })
    own.defer(() => server.close())
    return server
  }

  const comesIn = (server: TestServer, name: string) =>
    withinSeconds(server, 60, async () => (await knock(server, name, userPassword)) === 200)

  test('that is down: who was let in stays in, everybody else is told to come later, and all is well once it is back', async () => {
    const server = await open()
    expect(await knock(server, 'alice', userPassword)).toBe(200)
    const phone = await server.phone('alice@north.example', { password: userPassword })
    await slapd.stop()
    try {
      expect(await timed(knock(server, 'alice', userPassword))).toBe(200)
      expect(await timed(knock(server, 'bob', userPassword))).toBe(503)
      // Longer than anything is believed without asking.
      await server.clock.advance(300)
      expect(await timed(knock(server, 'alice', userPassword))).toBe(200)
      const { status, names } = await timed(searchBook(phone, 'alice'))
      expect(names).toEqual([])
      expect(['3', '7', '10']).toContain(status)
    } finally {
      await slapd.boot()
    }
    expect(await comesIn(server, 'bob')).toBe(true)
    expect((await searchBook(phone, 'alice')).names).toEqual(['Alice Liddell'])
  })

  test('that is down for longer than the grace lasts lets nobody in', async () => {
    const server = await open({ EASEL_DIRECTORY_GRACE: '10' })
    expect(await knock(server, 'alice', userPassword)).toBe(200)
    await slapd.stop()
    try {
      for (let minute = 0; minute < 15; minute++) await server.clock.advance(60)
      expect(await timed(knock(server, 'alice', userPassword))).toBe(503)
    } finally {
      await slapd.boot()
    }
    expect(await comesIn(server, 'alice')).toBe(true)
  })

  test('that is down when Easel starts: it starts all the same, and lets people in once the directory is there', async () => {
    await slapd.stop()
    let server: TestServer
    try {
      server = await open()
      expect(await timed(knock(server, 'alice', userPassword))).toBe(503)
    } finally {
      await slapd.boot()
    }
    expect(await comesIn(server, 'alice')).toBe(true)
  })

  test('that takes connections and says nothing: logins are answered in seconds, from memory or with 503', async () => {
    const server = await open()
    expect(await knock(server, 'alice', userPassword)).toBe(200)
    slapd.pause()
    const answers = await timed(
      Promise.all([knock(server, 'alice', userPassword), knock(server, 'bob', userPassword), knock(server, 'zoe', userPassword)]),
    )
    expect(answers).toEqual([200, 503, 503])
    await server.clock.advance(120)
    expect(await timed(knock(server, 'alice', userPassword))).toBe(200)
    slapd.resume()
    expect(await comesIn(server, 'bob')).toBe(true)
  })

  test('whose connections have died without a word is asked over others', async () => {
    const relay = await startRelay(slapd.ports.ldaps)
    own.defer(() => relay.close())
    const server = await open({ EASEL_DIRECTORY_SERVERS: `ldaps://localhost:${relay.port}` })
    const phone = await server.phone('alice@north.example', { password: userPassword })
    expect((await searchBook(phone, 'alice')).names).toEqual(['Alice Liddell'])
    relay.forget()
    await timed(knock(server, 'bob', userPassword))
    expect(await comesIn(server, 'bob')).toBe(true)
    expect((await timed(searchBook(phone, 'alice'))).names).toEqual(['Alice Liddell'])
  })

  test('whose first server is dead, or dies, is asked at the next one', async () => {
    const second = await Slapd.start({ crowd: 0 })
    own.defer(() => second.dispose())
    const nobody = `ldaps://localhost:${await freePort()}`
    const dead = await startOver(second, { EASEL_DIRECTORY_SERVERS: `${nobody},${second.urls.tls}` })
    own.defer(() => dead.close())
    expect(await timed(knock(dead, 'alice', userPassword))).toBe(200)

    const relay = await startRelay(second.ports.ldaps)
    const dying = await startOver(second, { EASEL_DIRECTORY_SERVERS: `ldaps://localhost:${relay.port},${second.urls.tls}` })
    own.defer(() => dying.close())
    expect(await knock(dying, 'alice', userPassword)).toBe(200)
    await relay.close()
    expect(await timed(knock(dying, 'bob', userPassword))).toBe(200)
  })

  test('whose first server takes a connection and then says nothing of a password is asked at the next one', async () => {
    const second = await Slapd.start({ crowd: 0 })
    own.defer(() => second.dispose())
    const servers = [second, slapd].map(({ urls }) => urls.plain).join()
    const server = await open({ EASEL_DIRECTORY_SERVERS: servers, EASEL_DIRECTORY_TLS: 'none' })
    expect(await knock(server, 'alice', userPassword)).toBe(200)
    second.pause()
    expect(await timed(knock(server, 'alice', 'wrong'))).toBe(401)
    expect(slapd.binds(`uid=alice,ou=north,ou=people,${suffix}`)).toBeGreaterThan(0)
  })

  test('that was started anew is asked over another connection, and nobody notices', async () => {
    const server = await open()
    expect(await knock(server, 'alice', userPassword)).toBe(200)
    await slapd.stop()
    await slapd.boot()
    expect(await knock(server, 'bob', userPassword)).toBe(200)
  })

  test('whose password for Easel is wrong: logins come later, and the administrator is told why, without the password', async () => {
    const server = await startOver(slapd, { EASEL_DIRECTORY_PASSWORD: 'not the secret' })
    own.defer(() => server.close())
    expect(await timed(knock(server, 'alice', userPassword))).toBe(503)
    await server.clock.advance(60)
    const health = await server.running.admin.directory?.health()
    expect(health).toMatchObject({ ok: false, sentence: expect.stringContaining('refuses directory.user') })
    expect(health?.sentence).not.toContain('not the secret')
  })

  test('that two hundred phones want at once is asked a bounded number of questions at a time, and all come in', async () => {
    const relay = await startRelay(slapd.ports.ldaps)
    own.defer(() => relay.close())
    const server = await open({
      EASEL_DIRECTORY_SERVERS: `ldaps://localhost:${relay.port}`,
      EASEL_DIRECTORY_REQUESTS: '8',
      EASEL_DIRECTORY_CONNECT: '20',
      EASEL_DIRECTORY_ANSWER: '60',
    })
    const people = crowd(200)
    const answers = await Promise.all(people.map(({ uid }) => knock(server, uid, userPassword)))
    expect(new Set(answers)).toEqual(new Set([200]))
    // One connection searches; each login has one of its own, and one more may be closing while the next opens.
    expect(relay.openMax()).toBeLessThanOrEqual(1 + 2 * 8)
  })

  test('has its settings checked before anything is asked', async () => {
    const nameless = { ...settingsFor(slapd), EASEL_DIRECTORY_SERVERS: 'localhost:389' }
    await expect(startOver(slapd, nameless)).rejects.toThrow('ldaps://')
  })
})
