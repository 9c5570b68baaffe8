// The figures: what is counted, that nothing of people or devices stands in them, and whether the server lives and is ready.
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startMetrics } from '../../src/http/metrics.ts'
import { createPrometheus } from '../../src/http/prometheus.ts'
import { createReadiness } from '../../src/http/readiness.ts'
import { systemClock } from '../../src/model/clock.ts'
import type { SubmissionId } from '../../src/model/id.ts'
import type { Phone } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { el } from '../support/wire.ts'

const address = 'alice@example.test'

/** One value; 0 where it was never counted. Labels as they stand in the text. */
function valueOf(text: string, name: string, ...labels: string[]): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  const line = lines.find((each) => labels.every((label) => each.includes(label)))
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(' ') + 1))
}

describe('the figures of a server', () => {
  let server: TestServer
  let phone: Phone

  const figures = async () => (await fetch(`http://127.0.0.1:${server.running.ports.metrics}/metrics`)).text()
  /** By how much a value grew. */
  async function grown(work: () => Promise<unknown>, name: string, ...labels: string[]): Promise<number> {
    const before = valueOf(await figures(), name, ...labels)
    await work()
    return valueOf(await figures(), name, ...labels) - before
  }

  beforeAll(async () => {
    server = await startTestServer({ accounts: [address], environment: { EASEL_METRICS_PORT: '0' } })
    phone = await server.phone(address, { version: '14.1' })
    await phone.syncAll('Inbox')
  })
  afterAll(() => server.close())

  test('count requests by command, version, HTTP and Status', async () => {
    const sync = () => phone.sync('Inbox')
    expect(await grown(sync, 'easel_requests_total', 'command="Sync"', 'version="14.1"', 'http="200"', 'status="none"')).toBe(1)
    const wrong = () => phone.post('Sync', Buffer.from('nonsense'))
    expect(await grown(wrong, 'easel_requests_total', 'command="Sync"', 'http="200"', 'status="102"')).toBe(1)
    expect(await grown(wrong, 'easel_failures_total', 'command="Sync"', 'failure="InvalidWBXML"')).toBe(1)
    const older = await server.phone(address, { version: '12.1' })
    const early = () => older.post('Sync', Buffer.from('nonsense'))
    expect(await grown(early, 'easel_requests_total', 'command="Sync"', 'version="12.1"', 'http="400"', 'status="none"')).toBe(1)
    expect(await grown(() => phone.hello(), 'easel_requests_total', 'command="OPTIONS"', 'http="200"')).toBe(1)
  })

  test('count the Status of a folder of a Sync as that of the Sync', async () => {
    const collection = el('AirSync:Collection', [el('AirSync:SyncKey', 'x'), el('AirSync:CollectionId', phone.folder('Inbox').id)])
    const refused = () => phone.post('Sync', el('AirSync:Sync', [el('AirSync:Collections', [collection])]))
    expect(await grown(refused, 'easel_requests_total', 'command="Sync"', 'status="3"')).toBe(1)
    expect(await grown(refused, 'easel_resets_total', 'reason="unknown"')).toBe(1)
    expect(await grown(refused, 'easel_failures_total', 'failure="InvalidSyncKey"')).toBe(1)
  })

  test('tell how long a push took, and keep the rest of a request from its work', async () => {
    const push = async () => {
      const asked = phone.ping(['Inbox'])
      await server.parked(address, phone.options.deviceId)
      expect(valueOf(await figures(), 'easel_parked_requests')).toBe(1)
      await server.deliver(address)
      await server.clock.advance(0.1)
      expect((await asked).status).toBe(2)
      await phone.sync('Inbox')
    }
    const workBefore = valueOf(await figures(), 'easel_request_seconds_sum', 'command="Ping"')
    expect(await grown(push, 'easel_push_seconds_sum')).toBeCloseTo(0.1)
    expect(await grown(push, 'easel_request_rest_seconds_sum', 'command="Ping"')).toBeGreaterThan(0)
    expect(valueOf(await figures(), 'easel_request_seconds_sum', 'command="Ping"')).toBeGreaterThan(workBefore)
    expect(valueOf(await figures(), 'easel_parked_requests')).toBe(0)
  })

  test('do not call a push what was there before the phone asked', async () => {
    await server.deliver(address)
    expect(await grown(() => phone.ping(['Inbox']), 'easel_push_seconds_count')).toBe(0)
  })

  test('count rounds, and items by what was told of them', async () => {
    await phone.syncAll('Inbox')
    await server.deliver(address)
    await server.deliver(address)
    expect(await grown(() => phone.sync('Inbox'), 'easel_sync_items_total', 'kind="add"')).toBe(2)
    const [item] = phone.items('Inbox')
    await (await server.mailbox(address)).remove(item?.id as never, 'forever')
    expect(await grown(() => phone.sync('Inbox'), 'easel_sync_rounds_total')).toBe(1)
    expect(valueOf(await figures(), 'easel_sync_items_total', 'kind="delete"')).toBe(1)
  })

  test('count logins by what became of them', async () => {
    const stranger = server.bare(address, { password: 'wrong' })
    expect(await grown(() => stranger.hello(), 'easel_logins_total', 'outcome="denied"')).toBe(1)
    await server.account('gone@example.test', { disabled: true })
    expect(await grown(() => server.bare('gone@example.test').hello(), 'easel_logins_total', 'outcome="disabled"')).toBe(1)
  })

  test('count policies, wipes, devices and mail on its way out', async () => {
    const enrolled = () => server.phone(address, { version: '16.1' })
    expect(await grown(enrolled, 'easel_provisions_total', 'outcome="accepted"')).toBe(1)
    const account = await server.accountOf(address)
    const source = Buffer.from('Subject: x\r\n\r\nx')
    const recipients = ['dora@world.example']
    const at = server.clock.now() - 90_000
    await server.store.outbox.submit({ id: 's1' as SubmissionId, account: account.id, from: address, recipients, source, at })
    const [device] = await server.store.devices.list(account.id)
    if (device === undefined) throw new Error('there is no device')
    await server.running.admin.wipes.order(account, device, { scope: 'device', by: 'me', from: null, needsApproval: false, perHour: 10 })
    const text = await figures()
    expect(valueOf(text, 'easel_queue_messages')).toBe(1)
    expect(valueOf(text, 'easel_queue_oldest_seconds')).toBe(90)
    expect(valueOf(text, 'easel_wipes', 'state="requested"')).toBe(1)
    expect(valueOf(text, 'easel_devices', 'access="allowed"')).toBe((await server.store.devices.list(null)).length)
    expect(valueOf(text, 'easel_accounts')).toBe(2)
    expect(valueOf(text, 'easel_store_up')).toBe(1)
    expect(valueOf(text, 'easel_store_unit_seconds_count')).toBeGreaterThan(0)
    expect(valueOf(text, 'process_cpu_seconds_total')).toBeGreaterThan(0)
  })

  test('hold no word that a client chose, and grow no longer however many it tries', async () => {
    const odd = (word: string) =>
      server.bare(`${word}@example.test`, { deviceId: `DEV${word}`, deviceType: `Type${word}`, userAgent: `Agent${word}` })
    const one = odd('aaaa')
    await one.post(`Cmd${'aaaa'}`, null)
    const lines = (await figures()).split('\n').length
    for (const word of ['bbbb', 'cccc', 'dddd']) {
      await odd(word).post(`Cmd${word}`, null)
      await phone.post(`Cmd${word}`, null)
      await phone.post(`Cmd${word}`, null, { headers: { 'MS-ASProtocolVersion': `14.${word}` } })
    }
    const text = await figures()
    expect(text).not.toMatch(/bbbb|cccc|dddd/)
    expect(text).not.toContain(phone.options.deviceId)
    expect(text).not.toContain('127.0.0.1')
    expect(text).not.toMatch(/example\.test|alice/)
    // A request line of somebody who may come in, beside one of somebody who may not.
    expect(text.split('\n').length - lines).toBeLessThanOrEqual(2 * 30)
  })

  test('stand on their own listener only, and nothing else does', async () => {
    expect((await fetch(`${server.url}/metrics`)).status).toBe(404)
    const port = server.running.ports.metrics
    expect((await fetch(`http://127.0.0.1:${port}/Microsoft-Server-ActiveSync`, { method: 'OPTIONS' })).status).toBe(404)
  })

  test.each(['/healthz', '/readyz'])('%s answers there, and where phones are answered', async (path) => {
    for (const origin of [server.url, `http://127.0.0.1:${server.running.ports.metrics}`]) {
      const answer = await fetch(`${origin}${path}`)
      expect([answer.status, await answer.text(), answer.headers.get('cache-control')]).toEqual([200, '', 'no-store'])
    }
  })
})

test('without a port for them nothing listens, and nothing is counted for Prometheus', async () => {
  const server = await startTestServer()
  expect(server.running.ports.metrics).toBeNull()
  await server.close()
})

test('a port that is taken is told in a sentence', async () => {
  const server = await startTestServer({ environment: { EASEL_METRICS_PORT: '0' } })
  const port = String(server.running.ports.metrics)
  await expect(startTestServer({ environment: { EASEL_METRICS_PORT: port } })).rejects.toThrow(/Port \d+ is taken.*EASEL_METRICS_PORT/)
  await server.close()
})

describe('a server that is not ready', () => {
  const answers = { setting: () => Promise.resolve(null) }
  const ports = { store: answers, clock: systemClock, isStopping: () => false, certificateUntil: () => null }

  test.each([
    ['that stops', { isStopping: () => true }, ['The server is stopping.']],
    ['whose store fails', { store: { setting: () => Promise.reject(new Error('no')) } }, ['The store does not answer within 1 s.']],
    ['whose certificate has expired', { certificateUntil: () => systemClock.now() - 1 }, ['The certificate has expired.']],
    ['in order', { certificateUntil: () => systemClock.now() + 1000 }, []],
  ])('%s says so', async (_what, changed, troubles) => {
    expect(await createReadiness({ ...ports, ...changed })()).toEqual(troubles)
  })

  test('does not wait for a store that hangs, and asks it once however many ask', async () => {
    let asked = 0
    const hangs = { setting: () => (asked++, new Promise<null>(() => undefined)) }
    const late = { ...systemClock, after: () => Promise.resolve() }
    const readiness = createReadiness({ ...ports, store: hangs, clock: late })
    const all = await Promise.all([readiness(), readiness(), readiness()])
    expect(all.flat()).toHaveLength(3)
    expect(asked).toBe(1)
  })

  test('says why on the metrics listener, and tells what figures it has without its store', async () => {
    const prometheus = createPrometheus()
    const [certificateUntil, directoryReadAt] = [() => 1_800_000_000_000, () => 1_700_000_000_000]
    const sources = { clock: systemClock, parked: () => 7, underWay: () => 8, looping: () => 0, certificateUntil, directoryReadAt }
    const listener = await startMetrics(
      {
        readiness: async () => ['The store does not answer within 1 s.'],
        figures: { contentType: prometheus.contentType, text: () => prometheus.text({ ...sources, census: () => Promise.resolve(null) }) },
        log: pino({ level: 'silent' }),
      },
      { port: 0, address: '127.0.0.1' },
    )
    const ready = await fetch(`http://127.0.0.1:${listener.port}/readyz`)
    expect([ready.status, await ready.text()]).toEqual([503, 'The store does not answer within 1 s.\n'])
    expect((await fetch(`http://127.0.0.1:${listener.port}/healthz`)).status).toBe(200)
    const answer = await fetch(`http://127.0.0.1:${listener.port}/metrics`)
    expect(answer.headers.get('content-type')).toContain('text/plain')
    const text = await answer.text()
    expect(['easel_store_up', 'easel_parked_requests'].map((name) => valueOf(text, name))).toEqual([0, 7])
    expect(valueOf(text, 'easel_certificate_expiry_timestamp_seconds')).toBe(1_800_000_000)
    expect(valueOf(text, 'easel_directory_read_timestamp_seconds')).toBe(1_700_000_000)
    await listener.close()
  })
})
