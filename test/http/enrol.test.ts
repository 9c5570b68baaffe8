// One-time links, through the door: a look uses nothing up, the profile comes once, and nobody learns which links there are.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { act, actorOf } from '../support/admin.ts'
import { payloads, profileOf } from '../support/profile.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const alice = 'alice@example.test'

describe('a link to a profile', () => {
  let server: TestServer
  afterEach(async () => {
    await server.close()
  })

  async function link(kind: 'password' | 'certificate' = 'password', environment: Readonly<Record<string, string>> = {}) {
    server = await startTestServer({
      accounts: [alice],
      environment: { EASEL_CA_AUTOMATIC: '1', EASEL_CERTIFICATES: 'accept', ...environment },
    })
    return more(kind)
  }
  async function more(kind: 'password' | 'certificate' = 'password') {
    const made = await act(server.running.admin, 'me.profile.link', { kind }, actorOf('user', await server.accountOf(alice)))
    return { ...made, path: new URL(made.url).pathname }
  }
  const get = (path: string) => fetch(`${server.url}${path}`, { redirect: 'manual' })
  const agree = (path: string) => fetch(`${server.url}${path}`, { method: 'POST', redirect: 'manual' })
  const agreed = async (path: string) => (await agree(path)).headers.get('location') ?? ''

  test('shows whose it is as often as somebody looks, and yields the profile once', async () => {
    const { path } = await link()
    for (const _ of [1, 2, 3]) {
      const looked = await get(path)
      expect(looked.status).toBe(200)
      expect(looked.headers.get('cache-control')).toBe('no-store')
      expect(await looked.text()).toContain(alice)
    }
    const got = await get(await agreed(path))
    expect(got.status).toBe(200)
    expect(got.headers.get('content-type')).toBe('application/x-apple-aspen-config')
    expect(got.headers.get('cache-control')).toBe('no-store')
    const profile = profileOf(new Uint8Array(await got.arrayBuffer()))
    expect(payloads(profile, 'com.apple.eas.account')[0]).toMatchObject({ EmailAddress: alice })
    expect((await get(path)).status).toBe(404)
    expect((await agree(path)).status).toBe(404)
  })

  test('is taken back with the certificates of an account, with a new password, and when nobody may log in', async () => {
    const paths: string[] = []
    const { admin } = (await link().then(() => server)).running
    const ways = [
      () => expect(act(admin, 'ca.revoke', { account: alice })).rejects.toThrow(/no good certificate/),
      () => act(admin, 'account.password', { address: alice, password: 'another one' }),
      () => act(admin, 'account.disable', { address: alice }).then(() => act(admin, 'account.enable', { address: alice })),
    ]
    for (const way of ways) {
      const { path } = await more()
      const mine = await agreed(path)
      await way()
      paths.push(path, mine)
    }
    for (const path of paths) expect((await get(path)).status).toBe(404)
  })

  test('of a kind that is made no longer is not good', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'easel-kinds-'))
    const settings = (kinds: readonly string[]) => writeFileSync(join(folder, 'easel.yaml'), JSON.stringify({ enrolment: { kinds } }))
    settings(['certificate', 'scep'])
    server = await startTestServer({
      accounts: [alice],
      environment: { EASEL_CA_AUTOMATIC: '1', EASEL_CERTIFICATES: 'accept' },
      file: join(folder, 'easel.yaml'),
    })
    const { path } = await more('certificate')
    const mine = await agreed(path)
    await server.restart(() => Promise.resolve(settings(['scep'])))
    expect([(await get(path)).status, (await get(mine)).status]).toEqual([404, 404])
    rmSync(folder, { recursive: true })
  })

  test('answers the phone that lost it the same again, for ten minutes, and nobody who presses Install again', async () => {
    const { path } = await link('certificate')
    const [mine, another] = [await agreed(path), await agreed(path)]
    const fetched = async () => Buffer.from(await (await get(mine)).arrayBuffer())
    // iOS asks twice at once.
    const [first, twin] = await Promise.all([fetched(), fetched()])
    expect(twin.equals(first)).toBe(true)
    await server.clock.advance(9 * 60)
    expect((await fetched()).equals(first)).toBe(true)
    expect((await get(another)).status).toBe(404)
    expect((await agree(path)).status).toBe(404)
    await server.clock.advance(2 * 60)
    expect((await get(mine)).status).toBe(404)
    expect(await act(server.running.admin, 'me.certificates', {}, actorOf('user', await server.accountOf(alice)))).toHaveLength(1)
  })

  test('says the same of a link that was used, one that is over, and one that never was', async () => {
    const used = await link()
    await get(await agreed(used.path))
    const over = await more()
    await server.clock.advance(24 * 3600 + 1)
    const texts = await Promise.all(
      [used.path, over.path, `/enrol/${'A'.repeat(43)}`, '/enrol/short'].map(async (path) => {
        const reply = await get(path)
        return [reply.status, await reply.text()]
      }),
    )
    expect(new Set(texts.map(String)).size).toBe(1)
    expect(texts[0]![0]).toBe(404)
  })

  test('yields nothing without the form, or with the proof of another link', async () => {
    const { path } = await link()
    const other = await more()
    const proof = (await agreed(other.path)).split('/')[3] ?? ''
    expect((await get(`${path}/${proof}/profile.mobileconfig`)).status).toBe(404)
    expect((await get(`${path}/${'A'.repeat(64)}/profile.mobileconfig`)).status).toBe(404)
    expect((await get(await agreed(path))).status).toBe(200)
  })

  test('is not good any more once the account is disabled', async () => {
    const { path } = await link()
    const location = await agreed(path)
    await act(server.running.admin, 'account.disable', { address: alice })
    expect((await get(path)).status).toBe(404)
    expect((await get(location)).status).toBe(404)
  })

  test('makes whoever guesses wait', async () => {
    const { path } = await link()
    for (let guess = 0; guess <= 20; guess++) await get(`/enrol/${String(guess).padStart(43, 'x')}`)
    const reply = await get(path)
    expect(reply.status).toBe(429)
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    await server.clock.advance(60)
    expect((await get(path)).status).toBe(200)
  })

  test('leaves a word of who took it, and never its own', async () => {
    const { path } = await link()
    await get(await agreed(path))
    const entries = await act(server.running.admin, 'audit.list', {})
    expect(entries.map(({ action }) => action)).toEqual(expect.arrayContaining(['me.profile.link', 'profile.deliver']))
    expect(JSON.stringify(entries)).not.toContain(path.split('/')[2])
  })

  test('shows the password of the certificate beside it, where the phone is to ask for it', async () => {
    const { path, identityPassword } = await link('certificate', { EASEL_ENROLMENT_IDENTITY_PASSWORD: 'asked' })
    expect(identityPassword).toMatch(/^[\w-]{16,}$/)
    const profile = profileOf(new Uint8Array(await (await get(await agreed(path))).arrayBuffer()))
    expect(payloads(profile, 'com.apple.security.pkcs12')[0]).not.toHaveProperty('Password')
  })
})
