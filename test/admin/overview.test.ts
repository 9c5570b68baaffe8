// The overview, a device's errors and timeline, and the examination of the server's health, asked of a running server.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { actions, type ActionInput, type ActionName, type ActionOutput } from '../../src/admin/actions.ts'
import type { Action } from '../../src/admin/action.ts'
import { perform } from '../../src/admin/perform.ts'
import type { DeviceId, SubmissionId } from '../../src/model/id.ts'
import { actorOf } from '../support/admin.ts'
import type { Phone } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const address = 'alice@example.test'
let server: TestServer
let phone: Phone

beforeAll(async () => {
  server = await startTestServer({ accounts: [address], secure: true, environment: { EASEL_LMTP_PORT: '0' } })
  phone = await server.phone(address, { version: '14.1' })
  await phone.syncAll('Inbox')
})
afterAll(() => server.close())

/** An action in the name of somebody who may only look. */
async function ask<Name extends ActionName>(name: Name, input: ActionInput<Name>): Promise<ActionOutput<Name>> {
  const action: Action = actions[name]
  return (await perform(server.running.admin, actorOf('auditor'), name, action, input)) as ActionOutput<Name>
}

const sum = (series: readonly number[]) => series.reduce((total, each) => total + each, 0)

describe('the overview', () => {
  test('counts what there is, and what was asked, pushed and refused in the last hour', async () => {
    const before = await ask('overview.show', {})
    expect(before).toMatchObject({ devices: 1, accounts: 1, parked: 0, queue: 0, quarantined: 0, blocked: 0, openWipes: 0, alarms: [] })
    expect(before.versions).toEqual([{ name: '14.1', count: 1 }])
    expect(before.models).toEqual([{ name: 'iPhone15C2', count: 1 }])
    expect(before.systems).toEqual([{ name: 'iOS 17', count: 1 }])
    expect(before.since).toBe(new Date(Date.parse('2026-03-02T08:00:00Z')).toISOString())
    const asked = phone.ping(['Inbox'])
    await server.parked(address, phone.options.deviceId)
    expect((await ask('overview.show', {})).parked).toBe(1)
    await server.deliver(address)
    await server.clock.advance(0.1)
    await asked
    await phone.post('Sync', Buffer.from('nonsense'))
    const after = await ask('overview.show', {})
    expect(after.requestsPerMinute).toHaveLength(60)
    expect(sum(after.requestsPerMinute) - sum(before.requestsPerMinute)).toBe(2)
    expect([sum(after.pushesPerMinute), sum(after.errorsPerMinute)]).toEqual([1, sum(before.errorsPerMinute) + 1])
    expect(after.errors[0]).toEqual({
      at: new Date(server.clock.now()).toISOString(),
      account: address,
      device: phone.options.deviceId,
      command: 'Sync',
      failure: 'InvalidWBXML',
      status: 102,
      detail: expect.stringMatching(/^WBXML version byte /),
    })
  })

  test('names devices in circles with their cause, and twenty errors at most', async () => {
    const looping = await server.phone(address, { version: '14.1' })
    for (let number = 0; number < 20; number++) await looping.post('Sync', Buffer.from('nonsense'))
    const others = server.clock.sleeping
    const held = looping.post('Sync', Buffer.from('nonsense'))
    await server.clock.asleep(others + 1)
    await server.clock.advance(10)
    await held
    const { alarms, errors } = await ask('overview.show', {})
    expect(alarms).toMatchObject([
      { account: address, device: looping.options.deviceId, cause: 'Sync is asked again and again and brings nothing' },
    ])
    expect(errors).toHaveLength(20)
  })

  test('is told of a stopped server as far as its store goes', async () => {
    const { admin } = server.running
    const stopped = { ...admin, vitals: null, alarms: { list: () => [] }, failures: { of: () => [], latest: () => [] } }
    const overview = (await perform(
      stopped,
      actorOf('auditor'),
      'overview.show',
      actions['overview.show'],
      {},
    )) as ActionOutput<'overview.show'>
    expect(overview).toMatchObject({ accounts: 1, parked: 0, alarms: [], errors: [] })
    expect(sum(overview.requestsPerMinute)).toBe(0)
  })

  test('shows the rarer models together', async () => {
    const { id } = await server.accountOf(address)
    for (let number = 0; number < 40; number++) {
      const sighting = { type: 'Android', userAgent: null, version: '16.1', address: null, at: server.clock.now() } as const
      await server.store.devices.enrol(id, `M${number}` as DeviceId, sighting)
      await server.store.devices.change(id, `M${number}` as DeviceId, { information: { model: `Model ${number}` } })
    }
    const { models, devices } = await ask('overview.show', {})
    expect(models).toHaveLength(15)
    expect(models.at(-1)?.name).toBe('others')
    expect(models.reduce((total, { count }) => total + count, 0)).toBe(devices)
  })
})

describe("a device's errors", () => {
  test('are those of this device, newest first, with what HTTP refused among them, and without what it sent', async () => {
    const other = await server.phone(address, { version: '12.1' })
    const secret = 'merger with Acme'
    await other.post('Sync', Buffer.from(secret))
    await other.post('Sync', Buffer.from(secret), { headers: { 'Content-Encoding': 'gzip' } })
    await other.post('Find', Buffer.from(secret))
    const errors = await ask('device.errors', { device: other.options.deviceId })
    expect(errors.map(({ command, failure, status }) => [command, failure, status])).toEqual([
      ['Find', 'VersionNotSupported', 501],
      ['Sync', 'UnsupportedMediaType', 415],
      ['Sync', 'InvalidWBXML', 400],
      // How every phone begins: a step, and no error of the overview's.
      ['FolderSync', 'DeviceNotProvisioned', 449],
    ])
    expect(JSON.stringify(errors)).not.toContain('merger')
    const { errors: latest } = await ask('overview.show', {})
    expect(latest.map(({ failure }) => failure)).not.toContain('DeviceNotProvisioned')
  })

  test('are for staff, not for users', async () => {
    const account = await server.accountOf(address)
    const asked = perform(server.running.admin, actorOf('user', account), 'device.errors', actions['device.errors'], {
      device: phone.options.deviceId,
    })
    await expect(asked).rejects.toThrow(/not for the role user/)
  })
})

test("a device's timeline shows what it does while it is traced", async () => {
  const device = phone.options.deviceId
  expect(await ask('device.timeline', { device })).toEqual({ running: false, until: null, lines: [] })
  const { admin } = server.running
  const started = actions['trace.start']
  await perform(admin, actorOf('helpdesk'), 'trace.start', started, { device, minutes: 5 })
  await phone.sync('Inbox')
  const { running, until, lines } = await ask('device.timeline', { device })
  expect([running, until]).toEqual([true, new Date(server.clock.now() + 300_000).toISOString()])
  expect(lines.some((line) => /request \{"command":"Sync"/.test(line))).toBe(true)
  expect(lines.some((line) => line.includes('<CollectionId>'))).toBe(true)
})

describe('the examination of health', () => {
  const checks = async () => new Map((await ask('health.show', {})).checks.map(({ name, ok, detail }) => [name, { ok, detail }]))

  test('finds a server in order, and knocks at its doors', async () => {
    const found = await checks()
    expect([...found].filter(([, { ok }]) => !ok)).toEqual([])
    expect([...found.keys()]).toEqual([
      ...['server', 'HTTPS listener', 'LMTP listener', 'certificate', 'audit log', 'store', 'outbound queue', 'disk space', 'clock'],
    ])
    expect(found.get('HTTPS listener')?.detail).toBe(`listens on port ${server.running.ports.https}`)
  })

  test('minds mail that waits for an hour, a certificate that ends, a clock that went back and a chain that broke', async () => {
    const { id } = await server.accountOf(address)
    const { clock, store, running } = server
    const source = Buffer.from('x')
    await store.outbox.submit({
      id: 's' as SubmissionId,
      account: id,
      from: address,
      recipients: ['d@w.example'],
      source,
      at: clock.now() - 7_200_000,
    })
    const entry = { actor: 'me', role: 'administrator', origin: null, action: 'x', target: null, detail: {} } as const
    await store.audit.append({ ...entry, at: clock.now() + 3_600_000 })
    const { vitals } = running.admin
    if (vitals === null) throw new Error('a running server has vitals')
    const ill = {
      ...vitals,
      certificateUntil: () => clock.now() + 86_400_000,
      revocationTroubles: () => ['/etc/easel/company.crl does not tell what was revoked: no such file'],
      auditSeen: () => ({ at: clock.now(), broken: { number: 7, reason: 'its hash does not fit' } }),
      listening: [{ name: 'HTTPS', address: '127.0.0.1', port: 1 }],
    }
    const asked = await perform({ ...running.admin, vitals: ill }, actorOf('auditor'), 'health.show', actions['health.show'], {})
    const { checks: found } = asked as ActionOutput<'health.show'>
    expect(found.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`)).toEqual([
      'HTTPS listener: nobody answers on port 1',
      expect.stringMatching(/^certificate: valid until .* UTC, for 1 day$/),
      'revocations: /etc/easel/company.crl does not tell what was revoked: no such file',
      'audit log: is broken at entry 7: its hash does not fit',
      'outbound queue: 1 waiting, the oldest for 2 h',
      expect.stringMatching(/^clock: says .*, but the audit log has an entry of /),
    ])
  })

  test('says where no server runs, and where the data folder is gone', async () => {
    const stopped = { ...server.running.admin, vitals: null, dataFolder: '/nonexistent' }
    const asked = await perform(stopped, actorOf('auditor'), 'health.show', actions['health.show'], {})
    const names = (asked as ActionOutput<'health.show'>).checks.filter(({ ok }) => !ok).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['server', 'disk space']))
  })
})
