// Access tokens through the door, from a real OpenID provider: who comes in, who is sent for another, and what happens while it is down.
import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { VirtualClock } from '../support/clock.ts'
import { audience, clockOfToday, IdentityProvider, introspector, opaqueAudience } from '../support/identity-provider.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import type { DeviceId } from '../../src/model/id.ts'

const alice = 'alice@example.test'

let idp: IdentityProvider
let clock: VirtualClock
let server: TestServer

const settings = () => ({
  EASEL_POLICY: '0',
  EASEL_OAUTH_ISSUER: idp.issuer,
  EASEL_OAUTH_AUDIENCE: `${audience},${opaqueAudience}`,
  EASEL_OAUTH_SCOPES: 'eas',
  EASEL_OAUTH_CLIENT_ID: introspector.id,
  EASEL_OAUTH_CLIENT_SECRET: introspector.secret,
})

beforeEach(async () => {
  idp = await IdentityProvider.start()
  clock = clockOfToday()
  server = await startTestServer({ accounts: [alice, 'bob@example.test'], clock, environment: settings() })
})
afterEach(async () => {
  await server.close()
  await idp.close()
})

/** A FolderSync with this header; the status, and the challenges of a refusal. */
async function knock(authorization: string, device = 'PHONE') {
  const phone = server.bare(alice, { deviceId: device })
  const { status, headers } = await phone.post('FolderSync', null, { headers: { Authorization: authorization } })
  return { status, challenge: String(headers['www-authenticate'] ?? ''), retryAfter: headers['retry-after'] ?? null }
}
const bearer = async (token: Promise<string> | string, device?: string) => knock(`Bearer ${await token}`, device)

describe('a signed token', () => {
  test('opens the account its claim names, on any phone, and stands beside passwords', async () => {
    const token = await idp.token()
    expect((await bearer(token)).status).toBe(200)
    expect((await bearer(token, 'OTHER')).status).toBe(200)
    expect((await bearer(idp.token({ email: 'BOB@example.test' }))).status).toBe(200)
    const basic = `Basic ${Buffer.from(`${alice}:${password}`).toString('base64')}`
    expect((await knock(basic)).status).toBe(200)
    // The keys were fetched once for all of them.
    expect(idp.times('/jwks')).toBe(1)
  })

  test('that is over is refused as such, and the phone sent for another', async () => {
    const token = await idp.token({ seconds: 600 })
    expect((await bearer(token)).status).toBe(200)
    await clock.advance(600 + 61)
    const { status, challenge } = await bearer(token)
    expect(status).toBe(401)
    expect(challenge).toContain('error="invalid_token"')
    expect(challenge).toContain(`authorization_uri="${idp.issuer}/auth"`)
  })

  test.each([
    ['for somebody else', { audience: 'https://files.example.test' }],
    ['of nobody here', { email: 'carol@example.test' }],
    ['whose address is not verified', { claims: { email_verified: false } }],
    ['whose address nobody knows to be verified', { claims: { email_verified: null } }],
    ['that is an ID token', { claims: { at_hash: 'x' } }],
    ['that ends a session', { claims: { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } } }],
    ['that is a refresh token of Keycloak', { claims: { typ: 'Refresh' } }],
    ['that is bound to the key of a phone', { claims: { cnf: { jkt: 'x' } } }],
    ['that names nobody', { claims: { email: 7 } }],
    ['that is not good yet', { claims: { nbf: 4_000_000_000 } }],
  ])('%s opens nothing', async (_title, wish) => {
    expect((await bearer(idp.token({ claims: { typ: 'Bearer', email_verified: true } }))).status).toBe(200)
    const { status, challenge } = await bearer(idp.token(wish))
    expect(status).toBe(401)
    expect(challenge).toContain('error="invalid_token"')
  })

  test('without the scope opens nothing, and says what is missing', async () => {
    const { status, challenge } = await bearer(idp.token({ scope: 'files' }))
    expect(status).toBe(401)
    expect(challenge).toContain('error="insufficient_scope", scope="eas"')
  })

  test('of a disabled account is a block', async () => {
    await server.store.accounts.change((await server.accountOf(alice)).id, { disabled: true })
    expect((await bearer(idp.token())).status).toBe(403)
  })

  test('that somebody else signed, or nobody, opens nothing', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const claims = { email: alice, scope: 'eas' }
    const forge = (header: { alg: string; kid?: string; typ?: string }) =>
      new SignJWT(claims).setProtectedHeader(header).setIssuer(idp.issuer).setAudience(audience).setExpirationTime('1h')
    const real = await idp.token()
    const [head = '', body = '', signature = ''] = real.split('.')
    const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string }
    const plain = (header: object) => `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${body}.`
    const changed = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), email: 'bob@example.test' }),
    ).toString('base64url')
    for (const token of [
      await forge({ alg: 'RS256', kid }).sign(privateKey),
      await forge({ alg: 'RS256', kid: 'another' }).sign(privateKey),
      // The public key as the secret of an HMAC, and no signature at all.
      await forge({ alg: 'HS256', kid }).sign(Buffer.from(JSON.stringify(await (await fetch(`${idp.issuer}/jwks`)).json()))),
      plain({ alg: 'none' }),
      `${plain({ alg: 'none', kid })}${signature}`,
      `${head}.${changed}.${signature}`,
      `${head}.${body}.AAAA`,
    ])
      expect(await bearer(token)).toMatchObject({ status: 401 })
    expect((await bearer(real)).status).toBe(200)
  })
})

describe('the provider', () => {
  test('changes its keys, and tokens of the next are taken at once', async () => {
    const before = await idp.token()
    expect((await bearer(before)).status).toBe(200)
    idp.rotate()
    await clock.advance(31)
    expect((await bearer(idp.token())).status).toBe(200)
    expect((await bearer(before)).status).toBe(401)
  })

  test('is not asked again for every key that somebody made up', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    await bearer(idp.token())
    await clock.advance(31)
    const asked = idp.times('/jwks')
    for (let round = 0; round < 10; round++) {
      const token = await new SignJWT({ email: alice }).setProtectedHeader({ alg: 'RS256', kid: `made up ${round}` }).sign(privateKey)
      expect((await bearer(token)).status).toBe(401)
    }
    expect(idp.times('/jwks')).toBe(asked + 1)
  })

  test('may be down: its tokens are judged by the keys that are known, for a day', async () => {
    const token = await idp.token({ seconds: 400_000 })
    expect((await bearer(token)).status).toBe(200)
    idp.state = 'broken'
    await clock.advance(3600)
    expect((await bearer(token)).status).toBe(200)
    await clock.advance(86_400)
    expect(await bearer(token)).toMatchObject({ status: 503, retryAfter: '30' })
    idp.state = 'up'
    await clock.advance(31)
    expect((await bearer(token)).status).toBe(200)
  })

  test('down from the beginning means later, and never that a token is wrong', async () => {
    const token = await idp.token()
    idp.state = 'broken'
    await server.restart()
    expect((await bearer(token)).status).toBe(503)
    // Passwords are nothing of its.
    const { status, challenge } = await knock('Basic Zm9vOmJhcg==')
    expect(status).toBe(401)
    expect(challenge).toMatch(/^Bearer client_id="00000002-0000-0ff1-ce00-000000000000", token_types="[^"]+", Basic realm=/)
  })
})

describe('a token that is not signed', () => {
  test('opens what the provider says it is for, and is asked about once a minute', async () => {
    const token = await idp.token({ audience: opaqueAudience })
    expect(token).not.toContain('.')
    for (let round = 0; round < 10; round++) expect((await bearer(token)).status).toBe(200)
    expect(idp.times('/token/introspection')).toBe(1)
    await idp.revoke(token)
    expect((await bearer(token)).status).toBe(200)
    await clock.advance(61)
    expect(await bearer(token)).toMatchObject({ status: 401 })
    expect(idp.times('/token/introspection')).toBe(2)
  })

  test('is over when it is over, though the provider was not asked again', async () => {
    const token = await idp.token({ audience: opaqueAudience, seconds: 30 })
    expect((await bearer(token)).status).toBe(200)
    await clock.advance(30 + 61)
    expect((await bearer(token)).status).toBe(401)
  })

  test('that the provider does not know is slowed down like a guess', async () => {
    const statuses: number[] = []
    for (let round = 0; round < 25; round++) statuses.push((await bearer(`made-up-${round}`)).status)
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 401))
    expect(statuses.slice(-3)).toEqual([503, 503, 503])
  })

  test('that was good before is asked about again, however many in its network guess', async () => {
    const token = await idp.token({ audience: opaqueAudience })
    expect((await bearer(token)).status).toBe(200)
    for (let round = 0; round < 25; round++) await bearer(`made-up-${round}`)
    await clock.advance(61)
    await bearer('made-up-again')
    expect((await bearer('made-up-and-throttled')).status).toBe(503)
    expect((await bearer(token)).status).toBe(200)
  })

  test('is not wrong while nobody can be asked', async () => {
    const token = await idp.token({ audience: opaqueAudience })
    idp.state = 'broken'
    expect((await bearer(token)).status).toBe(503)
    idp.state = 'up'
    await clock.advance(31)
    expect((await bearer(token)).status).toBe(200)
  })
})

describe('the way to a token', () => {
  test('is told to whoever asks without one, before the question for a password', async () => {
    await bearer(idp.token())
    for (const header of ['Bearer', 'Bearer ', 'Basic Zm9vOmJhcg=='])
      expect((await knock(header)).challenge).toMatch(
        new RegExp(
          `^Bearer client_id="00000002-0000-0ff1-ce00-000000000000", token_types="[^"]+", authorization_uri="${idp.issuer}/auth", Basic realm="`,
        ),
      )
    const autodiscover = await fetch(`${server.url}/autodiscover/autodiscover.xml`, { method: 'POST', body: '' })
    expect(autodiscover.headers.get('www-authenticate')).toContain(`authorization_uri="${idp.issuer}/auth"`)
  })
})

test('a lost phone is reached with a token that is over, for its wipe and nothing else', async () => {
  const account = await server.accountOf(alice)
  const token = await idp.token({ seconds: 600 })
  expect((await bearer(token, 'LOST')).status).toBe(200)
  await clock.advance(3600)
  expect((await bearer(token, 'LOST')).status).toBe(401)
  const wipe = { id: 1, scope: 'device', state: 'requested', verifierUntil: clock.now() + 86_400_000 } as const
  await server.store.devices.change(account.id, 'LOST' as DeviceId, { wipe })
  expect((await bearer(token, 'LOST')).status).not.toBe(401)
  expect((await bearer(token, 'OTHER')).status).toBe(401)
})
