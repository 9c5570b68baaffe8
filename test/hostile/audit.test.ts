// Whoever would spoil the audit log, or read in it what is nobody's business.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actions, type ActionName } from '../../src/admin/actions.ts'
import { perform } from '../../src/admin/perform.ts'
import { roles } from '../../src/model/actor.ts'
import type { DeviceId } from '../../src/model/id.ts'
import { act, actorOf } from '../support/admin.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { el, textAt } from '../support/wire.ts'

const address = 'alice@example.test'
const secret = 'hunter2-correct-horse'
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({
    environment: { EASEL_POLICY: 'true' },
  })
})
afterAll(() => server.close())

const house = () => server.running.admin
const count = async () => (await server.store.audit.list({}, 1))[0]?.number ?? 0

/** Any action with anything at all as its input, as somebody could send it. */
const knock = (name: ActionName, input: unknown, role: (typeof roles)[number] = 'administrator') =>
  perform(house(), actorOf(role), name, actions[name], input)

describe('the audit log', () => {
  it('stays whole whatever a help desk or a user names', async () => {
    const odd = ['\ud800@example.test', 'a\u0000b@example.test', 'a\u001b[2J@example.test']
    for (const each of odd) {
      for (const name of ['account.disable', 'account.enable'] as const)
        await expect(knock(name, { address: each }, 'helpdesk')).rejects.toThrow()
      await expect(knock('device.block', { device: 'A', account: each }, 'helpdesk')).rejects.toThrow()
      await expect(knock('me.rename', { device: 'A', label: each }, 'user')).rejects.toThrow()
      await expect(knock('account.set', { address, name: each.slice(0, 3) })).rejects.toThrow('control characters')
    }
    expect(await server.store.audit.verify()).toBeNull()
  })

  it('holds no entry of what a role may not, or of what is no input', async () => {
    const before = await count()
    for (const name of Object.keys(actions) as ActionName[]) {
      for (const role of roles)
        if (!actions[name].roles.some((allowed) => allowed === role))
          await expect(knock(name, {}, role)).rejects.toThrow('not for the role')
      for (const input of [
        null,
        7,
        [],
        'text',
        JSON.parse('{"__proto__": {"address": "alice@example.test"}}'),
        { address: { toString: 1 } },
      ]) {
        if (actions[name].kind === 'write' && !actions[name].input.safeParse(input).success)
          await expect(knock(name, input)).rejects.toThrow()
      }
    }
    expect(await count()).toBe(before)
  })

  it('takes no key of a prototype for an input', async () => {
    const sneaky = JSON.parse(
      `{"address": "${address}", "__proto__": {"disabled": true}, "constructor": {"prototype": {"polluted": 1}}}`,
    ) as unknown
    await knock('account.set', sneaky)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    expect((await server.store.audit.list({}, 1))[0]).toMatchObject({ action: 'account.set', detail: { address } })
    expect(Object.keys((await server.store.audit.list({}, 1))[0]?.detail ?? {})).toEqual(['address'])
    expect((await server.accountOf(address)).disabled).toBe(false)
  })

  it('holds no password, verifier or recovery password', async () => {
    await act(house(), 'policy.set', { name: 'default', rules: { devicePasswordEnabled: true, passwordRecoveryEnabled: true } })
    const phone = await server.phone(address)
    const kept = el('Settings:Settings', [el('Settings:DevicePassword', [el('Settings:Set', [el('Settings:Password', secret)])])])
    expect(textAt((await phone.post('Settings', kept)).node, 'DevicePassword/Status')).toBe('1')
    const chosen = { device: phone.options.deviceId, account: address }
    expect(JSON.stringify(await act(house(), 'device.show', chosen))).not.toContain('argon2id')
    expect(await act(house(), 'device.password', chosen, actorOf('helpdesk'))).toEqual({ recoveryPassword: secret })
    await expect(act(house(), 'device.password', chosen)).rejects.toThrow('was shown already')
    await act(house(), 'account.add', { address: 'new@example.test', password: secret })
    await act(house(), 'account.password', { address: 'new@example.test', password: `${secret}2` })
    await expect(knock('account.add', { address: 'new@example.test', password: secret })).rejects.toThrow('address-taken')
    const everything = JSON.stringify(await server.store.audit.from(1, 1000))
    const { verifier } = (await server.store.devices.find((await server.accountOf(address)).id, phone.options.deviceId as DeviceId)) ?? {}
    expect(verifier).toMatch(/^\$argon2id/)
    for (const hidden of [secret, verifier, '$argon2id', 'recoveryPassword"']) expect(everything).not.toContain(hidden)
  })

  it('stays whole and without a gap while many act and fail at once', async () => {
    const before = await count()
    const worked = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        index % 2 === 0
          ? knock('account.set', { address, groups: [`g${index}`] })
          : knock('account.disable', { address: `nobody${index}@example.test` }),
      ),
    )
    expect(worked.filter(({ status }) => status === 'rejected')).toHaveLength(20)
    expect(await count()).toBe(before + 60)
    expect(await server.store.audit.verify()).toBeNull()
  })
})

describe('a recovery password', () => {
  it('is shown to one of those who ask at once', async () => {
    const phone = await server.phone(address)
    const send = (password: string) =>
      phone.post(
        'Settings',
        el('Settings:Settings', [el('Settings:DevicePassword', [el('Settings:Set', [el('Settings:Password', password)])])]),
      )
    await send(secret)
    const chosen = { device: phone.options.deviceId, account: address }
    const asked = await Promise.allSettled(Array.from({ length: 6 }, () => act(house(), 'device.password', chosen)))
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })
})
