// An absence said over REST is one with what a phone says; who may say it, and where somebody is.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Browser } from '../support/console.ts'
import type { Phone } from '../support/phone.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import { all, el, textAt } from '../support/wire.ts'

const [alice, bob] = ['alice@example.test', 'bob@example.test']
let server: TestServer
let user: Browser
let helper: Browser
let phone: Phone
beforeAll(async () => {
  server = await startTestServer({ console: true, accounts: [alice, bob], environment: { EASEL_TIME_ZONE: 'Europe/Berlin' } })
  await server.administrator('helen', 'helpdesk')
  user = server.browser()
  await user.login(alice, password)
  helper = server.browser()
  await helper.login('helen', password)
  phone = await server.phone(alice, { version: '14.1' })
})
afterAll(() => server.close())

/** What her phone is told: the state, the begin, and what colleagues are answered. */
async function shown() {
  const get = el('Settings:Get', [el('Settings:BodyType', 'Text')])
  const { node } = await phone.post('Settings', el('Settings:Settings', [el('Settings:Oof', [get])]))
  const [internal] = all(node, 'Oof/Get/OofMessage')
  return [textAt(node, 'Oof/Get/OofState'), textAt(node, 'Oof/Get/StartTime'), textAt(internal ?? null, 'ReplyMessage')]
}

test('what she says over REST her phone shows, and the other way round', async () => {
  const said = {
    state: 'timed',
    start: '2026-07-01T09:00:00+02:00',
    end: '2026-07-14T00:00:00Z',
    replies: { internal: { enabled: true, type: 'html', text: '<p>Away<script>x</script></p>' } },
  }
  const { status, json } = await user.api('PUT', '/me/absence', said)
  expect([status, json]).toMatchObject([
    200,
    { state: 'timed', start: '2026-07-01T07:00:00.000Z', replies: { internal: { text: '<p>Away</p>' } } },
  ])
  expect(await shown()).toEqual(['2', '2026-07-01T07:00:00.000Z', 'Away'])
  const off = el('Settings:Set', [el('Settings:OofState', '0')])
  await phone.post('Settings', el('Settings:Settings', [el('Settings:Oof', [off])]))
  expect((await user.api('GET', '/me/absence')).json).toMatchObject({ state: 'off', start: null, timeZone: 'Europe/Berlin' })
})

test('the help desk says it for her, and nobody says it for another user', async () => {
  const path = `/accounts/${alice}/absence`
  expect((await helper.api('PUT', path, { state: 'on', replies: { internal: { text: 'She is ill.' } } })).status).toBe(200)
  expect(await shown()).toEqual(['1', null, 'She is ill.'])
  expect((await user.api('PUT', `/accounts/${bob}/absence`, { state: 'on' })).status).toBe(403)
  expect((await user.api('GET', `/accounts/${bob}/absence`)).status).toBe(403)
  expect((await helper.api('PUT', '/accounts/nobody@example.test/absence', { state: 'on' })).status).toBe(404)
})

test.each([
  [{ state: 'timed' }, 422, 'An absence for a time needs its begin and its end.'],
  [{ state: 'gone' }, 400, 'state'],
  [{ state: 'timed', start: 'tomorrow', end: '2026-07-14T00:00:00Z' }, 400, 'must be a time such as 2026-07-01T09:00:00Z'],
  [{ state: 'on', replies: { internal: { text: 'x'.repeat(32_769) } } }, 400, 'at most 32768 characters'],
])('of %o it is said what is wrong', async (said, status, sentence) => {
  await user.api('PUT', '/me/absence', { state: 'off', start: '2026-07-01T09:00:00Z', end: '2026-07-02T09:00:00Z' })
  const answer = await user.api('PUT', '/me/absence', said)
  expect([answer.status, JSON.stringify(answer.json)]).toEqual([status, expect.stringContaining(sentence)])
})

test('where she is counts from her next request on', async () => {
  const hours = { days: ['friday', 'monday'], start: '09:00', end: '17:30' }
  const { status, json } = await user.api('PATCH', '/me/whereabouts', { timeZone: 'Asia/Kolkata', workingHours: hours })
  const kept = { timeZone: 'Asia/Kolkata', timeZoneInForce: 'Asia/Kolkata', workingHours: { ...hours, days: ['monday', 'friday'] } }
  expect([status, json]).toEqual([200, kept])
  expect((await user.api('PATCH', '/me/whereabouts', {})).json).toEqual(kept)
  expect((await user.api('GET', '/me/absence')).json).toMatchObject({ timeZone: 'Asia/Kolkata' })
})
