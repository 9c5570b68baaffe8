// SCEP through the door: who gets a certificate, whose name is in it, and what is refused in SCEP's own words.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { act, actorOf } from '../support/admin.ts'
import { profileOf, scepChallengeOf } from '../support/profile.ts'
import { ScepClient } from '../support/scep-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const alice = 'alice@example.test'
let server: TestServer

beforeEach(async () => {
  server = await startTestServer({
    accounts: [alice],
    environment: { EASEL_CA_AUTOMATIC: '1', EASEL_CERTIFICATES: 'accept', EASEL_CA_DAYS: '2' },
  })
})
afterEach(() => server.close())

async function challenge(): Promise<string> {
  const actor = actorOf('user', await server.accountOf(alice))
  const { profile } = await act(server.running.admin, 'me.profile.create', { kind: 'scep' }, actor)
  return scepChallengeOf(profileOf(Buffer.from(profile, 'base64')))
}
const get = (query: string) => fetch(`${server.url}/scep${query}`)
const certificates = async () => act(server.running.admin, 'me.certificates', {}, actorOf('user', await server.accountOf(alice)))

test('says what it can, and shows the authority, once there is one', async () => {
  expect((await get('?operation=GetCACaps')).status).toBe(404)
  expect((await get('?operation=GetCACert')).status).toBe(404)
  await challenge()
  const capabilities = (await (await get('?operation=GetCACaps')).text()).split('\n')
  expect(capabilities).toEqual(expect.arrayContaining(['AES', 'POSTPKIOperation', 'Renewal', 'SHA-256', 'SCEPStandard']))
  const authority = await get('?operation=GetCACert')
  expect(authority.headers.get('content-type')).toBe('application/x-x509-ca-cert')
  expect((await get('?operation=GetNextCACert')).status).toBe(400)
})

test.each(['POST', 'GET'] as const)('certifies a key by its challenge (%s), in our words and nobody else’s', async (method) => {
  const word = await challenge()
  const client = await ScepClient.make(server.url)
  const reply = await client.ask({ challenge: word, method, transaction: 'A B+/=' })
  expect(reply).toMatchObject({ status: 200, pkiStatus: '0', transaction: 'A B+/=' })
  expect(reply.recipientNonce.equals(client.nonce)).toBe(true)
  const { certificate } = reply
  expect(certificate!.verify((await client.authority()).publicKey)).toBe(true)
  expect(certificate!.checkPrivateKey(client.key)).toBe(true)
  expect(`${certificate!.subject} ${certificate!.subjectAltName}`).toContain(alice)
  expect(`${certificate!.subject} ${certificate!.subjectAltName}`).not.toMatch(/boss|Everything/)
  expect(certificate!.ca).toBe(false)
})

test('answers a request whose answer was lost with the same certificate', async () => {
  const word = await challenge()
  const client = await ScepClient.make(server.url)
  const [first, second] = [await client.ask({ challenge: word }), await client.ask({ challenge: word })]
  expect(second.certificate!.serialNumber).toBe(first.certificate!.serialNumber)
  expect(await certificates()).toHaveLength(1)
})

test('certifies once, however many ask at once, and says so in the audit log', async () => {
  const word = await challenge()
  const client = await ScepClient.make(server.url)
  const replies = await Promise.all([1, 2, 3].map(() => client.ask({ challenge: word })))
  expect(new Set(replies.map(({ certificate }) => certificate?.serialNumber)).size).toBe(1)
  const [only, ...others] = await certificates()
  expect(others).toEqual([])
  const entries = await server.store.audit.list({ action: 'scep.issue' }, 9)
  expect(entries).toMatchObject([{ target: alice, origin: '127.0.0.1', detail: { way: 'scep', serial: only!.serial } }])
})

test('a challenge that was taken back opens nothing: with a new password, with the certificates of an account', async () => {
  const { admin } = server.running
  const client = await ScepClient.make(server.url)
  await client.ask({ challenge: await challenge() })
  const before = await challenge()
  await act(admin, 'account.password', { address: alice, password: 'another one' })
  expect(await client.ask({ challenge: before })).toMatchObject({ pkiStatus: '2' })
  const open = await challenge()
  await act(admin, 'ca.revoke', { account: alice })
  expect(await client.ask({ challenge: open })).toMatchObject({ pkiStatus: '2' })
  expect((await certificates()).map(({ state }) => state)).toEqual(['revoked'])
})

test('refuses a challenge that is wrong, used for another key, over, or of an account that is disabled', async () => {
  const [used, over, disabled] = [await challenge(), await challenge(), await challenge()]
  await (await ScepClient.make(server.url)).ask({ challenge: used })
  const client = await ScepClient.make(server.url)
  const refusal = { status: 200, pkiStatus: '2', failInfo: '2', certificate: null }
  expect(await client.ask({ challenge: used })).toMatchObject(refusal)
  expect(await client.ask({ challenge: 'guessed' })).toMatchObject(refusal)
  expect(await client.ask()).toMatchObject(refusal)
  await act(server.running.admin, 'account.disable', { address: alice })
  expect(await client.ask({ challenge: disabled })).toMatchObject(refusal)
  await act(server.running.admin, 'account.enable', { address: alice })
  await server.clock.advance(25 * 3600)
  expect(await client.ask({ challenge: over })).toMatchObject(refusal)
  expect(await certificates()).toHaveLength(1)
})

test('refuses a key that is too weak, and leaves the challenge for a better one', async () => {
  const word = await challenge()
  expect(await (await ScepClient.make(server.url, 1024)).ask({ challenge: word })).toMatchObject({ pkiStatus: '2', failInfo: '0' })
  expect(await (await ScepClient.make(server.url)).ask({ challenge: word })).toMatchObject({ pkiStatus: '0' })
})

test('takes a challenge from nobody but the owner of the key', async () => {
  const word = await challenge()
  const [client, other] = [await ScepClient.make(server.url), await ScepClient.make(server.url)]
  expect(await client.ask({ challenge: word, by: other })).toMatchObject({ pkiStatus: '2', failInfo: '2' })
})

test('renews a certificate once, for another key too, by itself alone', async () => {
  const client = await ScepClient.make(server.url)
  client.certificate = (await client.ask({ challenge: await challenge() })).certificate!.raw
  const [next, third] = [await ScepClient.make(server.url), await ScepClient.make(server.url)]
  const renewed = await next.ask({ type: '17', by: client })
  expect(renewed).toMatchObject({ pkiStatus: '0' })
  expect(renewed.certificate!.checkPrivateKey(next.key)).toBe(true)
  expect(renewed.certificate!.subject).toContain(alice)
  expect(await third.ask({ type: '17', by: client })).toMatchObject({ pkiStatus: '2', failInfo: '2' })
  const again = await next.ask({ type: '17', by: client, transaction: 'T2' })
  expect(again.certificate!.serialNumber).toBe(renewed.certificate!.serialNumber)
})

test('renews nothing that was revoked, is over, or is somebody else’s', async () => {
  const [revoked, over, stranger] = [
    await ScepClient.make(server.url),
    await ScepClient.make(server.url),
    await ScepClient.make(server.url),
  ]
  for (const client of [revoked, over]) client.certificate = (await client.ask({ challenge: await challenge() })).certificate!.raw
  const serial = (await certificates()).find((each) => each.state === 'good')!.serial
  await act(server.running.admin, 'me.certificate.revoke', { serial }, actorOf('user', await server.accountOf(alice)))
  const outcomes = [await revoked.ask({ type: '17' }), await over.ask({ type: '17' })].map(({ pkiStatus }) => pkiStatus)
  expect(outcomes.toSorted()).toEqual(['0', '2'])
  expect(await stranger.ask({ type: '17' })).toMatchObject({ pkiStatus: '2', failInfo: '2' })
  await server.clock.advance(3 * 86_400)
  expect(await over.ask({ type: '17' })).toMatchObject({ pkiStatus: '2' })
})

test.each([
  ['20', '4'],
  ['21', '4'],
  ['22', '2'],
  ['99', '2'],
])('answers a message of type %s with a failure', async (type, failInfo) => {
  const word = await challenge()
  expect(await (await ScepClient.make(server.url)).ask({ type, challenge: word })).toMatchObject({ pkiStatus: '2', failInfo })
})

test('refuses what is no message, was changed on its way, or is too long, and lives on', async () => {
  const word = await challenge()
  const client = await ScepClient.make(server.url)
  const spoiled = (spoil: (message: Buffer) => Buffer) => client.ask({ challenge: word, spoil }).then(({ status }) => status)
  expect(await spoiled((message) => message.subarray(0, 200))).toBe(400)
  expect(await spoiled(() => Buffer.from('nonsense'))).toBe(400)
  expect(await spoiled(() => Buffer.alloc(0))).toBe(400)
  expect(await spoiled((message) => Buffer.concat([message, Buffer.alloc(70_000)]))).toBe(400)
  expect(await spoiled(flipped(0.5))).toBe(400)
  expect(await client.ask({ challenge: word })).toMatchObject({ pkiStatus: '0' })
})

test('makes whoever guesses challenges wait', async () => {
  const word = await challenge()
  const client = await ScepClient.make(server.url)
  for (let guess = 0; guess <= 20; guess++) await client.ask({ challenge: `guess ${guess}` })
  expect((await client.ask({ challenge: word })).status).toBe(429)
  await server.clock.advance(60)
  expect(await client.ask({ challenge: word })).toMatchObject({ pkiStatus: '0' })
})

/** One bit is another, somewhere in the message. */
function flipped(where: number): (message: Buffer) => Buffer {
  return (message) => {
    const changed = Buffer.from(message)
    const at = Math.floor(changed.length * where)
    changed[at] = changed[at]! ^ 1
    return changed
  }
}
