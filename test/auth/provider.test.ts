// What providers do that the real one of the other tests does not: keys without names, other names, documents that are none.
import { createServer, type Server } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { JsonClient } from '../../src/auth/oauth/json-client.ts'
import { Provider } from '../../src/auth/oauth/provider.ts'
import { judgeSignedToken } from '../../src/auth/oauth/signed-tokens.ts'
import { Unavailable } from '../../src/auth/password-source.ts'
import { createLog } from '../../src/log.ts'
import { clockOfToday } from '../support/identity-provider.ts'

const clock = clockOfToday()
const log = createLog({ level: 'silent', pretty: false })
const rule = { audiences: ['us'], scopes: [], claim: 'upn', skewSeconds: 60 }

let server: Server
let issuer: string
/** What it says it is, beside where its keys are; and the keys. */
let said: Readonly<Record<string, unknown>>
let keys: readonly CryptoKey[]
let signing: readonly CryptoKey[]

beforeEach(async () => {
  const pairs = await Promise.all(['ES256', 'ES256'].map((algorithm) => generateKeyPair(algorithm, { extractable: true })))
  keys = pairs.map(({ publicKey }) => publicKey)
  signing = pairs.map(({ privateKey }) => privateKey)
  server = createServer((request, response) => {
    if (request.url === '/keys')
      void Promise.all(keys.map((key) => exportJWK(key))).then((all) => response.end(JSON.stringify({ keys: all })))
    else response.end(JSON.stringify({ jwks_uri: `${issuer}/keys`, ...said }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  issuer = `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}`
  said = { issuer }
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const provider = (tokenIssuer: string | null = null) =>
  new Provider({ issuer, tokenIssuer, client: new JsonClient({ ca: null, timeoutSeconds: 5 }), clock, log })
const token = (key: CryptoKey | undefined, { iss = issuer, typ = 'JWT' } = {}) =>
  new SignJWT({ upn: 'alice@example.test' })
    .setProtectedHeader({ alg: 'ES256', typ })
    .setIssuer(iss)
    .setAudience(['them', 'us'])
    .setExpirationTime('1h')
    .sign(key ?? expect.unreachable())
const judge = async (text: string, by = provider()) => (await judgeSignedToken(text, by, rule, () => clock.now())).kind

describe('a token', () => {
  test('that names no key is tried with each', async () => {
    expect(await judge(await token(signing[0]))).toBe('good')
    expect(await judge(await token(signing[1]))).toBe('good')
    const { privateKey } = await generateKeyPair('ES256')
    expect(await judge(await token(privateKey))).toBe('invalid')
  })

  test('of a kind that opens nothing anywhere opens nothing here', async () => {
    expect(await judge(await token(signing[0], { typ: 'at+jwt' }))).toBe('good')
    for (const typ of ['logout+jwt', 'secevent+jwt', 'dpop+jwt']) expect(await judge(await token(signing[0], { typ }))).toBe('invalid')
  })

  test('may call the provider by another name, where that is configured', async () => {
    const iss = 'http://login.example.test/adfs/services/trust'
    expect(await judge(await token(signing[0], { iss }))).toBe('invalid')
    expect(await judge(await token(signing[0], { iss }), provider(iss))).toBe('good')
    expect(await judge(await token(signing[0]), provider(iss))).toBe('invalid')
  })
})

describe('a provider', () => {
  test.each([
    ['that calls itself otherwise', { issuer: 'https://evil.example.test' }],
    ['without a name', { issuer: undefined }],
    ['whose keys are in a file', { issuer: undefined, jwks_uri: 'file:///etc/passwd' }],
  ])('%s is none', async (_title, document) => {
    said = document
    await expect(judge(await token(signing[0]))).rejects.toBeInstanceOf(Unavailable)
  })

  test.each(['jwks_uri', 'authorization_endpoint', 'introspection_endpoint'])('that names %s without TLS is none', async (endpoint) => {
    const document = (name: string, scheme: string) => ({
      issuer: 'https://login.example.test',
      jwks_uri: 'https://login.example.test/keys',
      [name]: `${scheme}://login.example.test/there`,
    })
    const asked = (scheme: string) => {
      const client = new JsonClient({ ca: null, timeoutSeconds: 5 })
      client.get = () => Promise.resolve(document(endpoint, scheme))
      return new Provider({ issuer: 'https://login.example.test', tokenIssuer: null, client, clock, log }).metadata()
    }
    await expect(asked('http')).rejects.toBeInstanceOf(Unavailable)
    expect(await asked('https')).toMatchObject({ issuer: 'https://login.example.test' })
  })

  test('with a slash at its end is found below it', async () => {
    said = { issuer: `${issuer}/` }
    const slashed = new Provider({
      issuer: `${issuer}/`,
      tokenIssuer: null,
      client: new JsonClient({ ca: null, timeoutSeconds: 5 }),
      clock,
      log,
    })
    expect(await judge(await token(signing[0], { iss: `${issuer}/` }), slashed)).toBe('good')
  })
})
