// Who may come in: rules, exemptions, quarantine and the number of devices, as phones and administrators meet them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessState } from '../../src/model/device.ts'
import type { ActionInput } from '../../src/admin/actions.ts'
import { openAccessBook } from '../../src/policy/access-book.ts'
import { createProtocol } from '../../src/protocol/run.ts'
import type { DeviceChange } from '../../src/store/devices.ts'
import { act, actorOf } from '../support/admin.ts'
import { openDesk } from '../support/call.ts'
import { message } from '../support/message.ts'
import type { Phone, PhoneOptions } from '../support/phone.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { anHour } from '../support/phone-events.ts'
import { el, textAt } from '../support/wire.ts'

const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const
const postmaster = 'postmaster@example.test'
let server: TestServer
let number = 0

beforeAll(async () => {
  server = await startTestServer({ accounts: [postmaster], environment: { EASEL_ADMIN_NOTIFY: postmaster, EASEL_POLICY: 'false' } })
})
afterAll(() => server.close())

type Rules = ActionInput<'access.set'>['rules']

const rule = (characteristic: Rules[number]['characteristic'], pattern: string, access: AccessState) => ({
  characteristic,
  pattern,
  access,
})

/** Sets the rules for the time of `work`. */
async function under(fallback: AccessState, rules: Rules, work: () => Promise<void>): Promise<void> {
  await act(server.running.admin, 'access.set', { fallback, rules })
  try {
    await work()
  } finally {
    await act(server.running.admin, 'access.set', { fallback: 'allowed', rules: [] })
  }
}

async function account(): Promise<string> {
  const address = `person${++number}@example.test`
  await server.account(address)
  await server.deliver(address, message({ subject: 'Private' }))
  return address
}

const chosen = (phone: Phone) => ({ device: phone.options.deviceId, account: phone.options.address })
const shown = (phone: Phone) => act(server.running.admin, 'device.show', chosen(phone))

/** FolderSync as it is: the Status, or HTTP's. */
async function told(phone: Phone): Promise<number> {
  const reply = await phone.post('FolderSync', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', phone.folderKey)]))
  return reply.status === 200 ? Number(textAt(reply.node, 'Status')) : reply.status
}

const subjects = (phone: Phone) => phone.items('Inbox').map((item) => item.properties.get('Email:Subject'))

describe('rules', () => {
  const cases: readonly (readonly [string, Rules[number], Partial<PhoneOptions>, number])[] = [
    ['the type', rule('type', 'android*', 'blocked'), { deviceType: 'Android' }, 129],
    ['the user agent', rule('userAgent', 'Apple-iPhone??C2/*', 'blocked'), {}, 129],
    ['the protocol version', rule('version', '14.0', 'blocked'), { version: '14.0' }, 129],
    ['nothing that fits', rule('type', 'iPad', 'blocked'), {}, 1],
  ]
  it.each(cases)('block by %s', async (_what, each, options, status) => {
    const address = await account()
    await under('allowed', [each], async () => {
      expect(await told(server.bare(address, options))).toBe(status)
    })
  })

  it('on the model and the system decide once the phone has told them', async () => {
    const phone = await server.phone(await account(), { version: '14.1' })
    await under('allowed', [rule('model', 'iPhone15*', 'blocked')], async () => {
      expect(await told(phone)).toBe(1)
      await phone.post('Settings', el('Settings:Settings', [phone.deviceInformation()]))
      expect(await told(phone)).toBe(129)
      expect(await shown(phone)).toMatchObject({ access: 'blocked', accessReason: 'by the rule model = iPhone15*' })
    })
    expect(await told(phone)).toBe(1)
    await under('allowed', [rule('os', 'iOS 17*', 'blocked')], async () => expect(await told(phone)).toBe(129))
  })

  it('are asked in their order, and the default comes last', async () => {
    const address = await account()
    const rules = [rule('type', 'iPhone', 'allowed'), rule('type', 'i*', 'quarantined')]
    await under('blocked', rules, async () => {
      expect(await told(server.bare(address))).toBe(1)
      expect(await told(server.bare(address, { deviceType: 'Android' }))).toBe(129)
    })
  })

  it('block a phone that waits, which hears of it at once', async () => {
    const phone = await server.phone(await account())
    await phone.syncAll('Inbox')
    const waiting = phone.ping(['Inbox'])
    await server.parked(phone.options.address, phone.options.deviceId)
    await under('blocked', [], async () => {
      expect((await waiting).status).toBe(7)
      expect(await told(phone)).toBe(129)
    })
    expect(await told(phone)).toBe(1)
  })

  it('look at the user agent that is shown', async () => {
    const phone = await server.phone(await account())
    expect(await shown(phone)).toMatchObject({ userAgent: phone.options.userAgent })
  })

  it('are shown to hit before they do, and leave individual decisions alone', async () => {
    const [plain, exempt] = [await server.phone(await account()), await server.phone(await account())]
    await act(server.running.admin, 'device.allow', chosen(exempt))
    const rules: ActionInput<'access.preview'> = { fallback: 'allowed', rules: [rule('type', 'iPhone', 'quarantined')] }
    const hits = await act(server.running.admin, 'access.preview', rules)
    expect(hits).toContainEqual(
      expect.objectContaining({ device: plain.options.deviceId, account: plain.options.address, before: 'allowed', after: 'quarantined' }),
    )
    expect(hits.some(({ device }) => device === exempt.options.deviceId)).toBe(false)
    expect(await told(plain)).toBe(1)
    await under('blocked', [], async () => {
      expect(await told(exempt)).toBe(1)
      await act(server.running.admin, 'device.judge', chosen(exempt))
      expect(await told(exempt)).toBe(129)
    })
  })

  it.each(versions)('refuse a blocked phone in %s with 129, or 403 for a real block up to 12.1', async (version) => {
    const phone = await server.phone(await account(), { version })
    await act(server.running.admin, 'device.block', chosen(phone), actorOf('helpdesk'))
    expect(await told(phone)).toBe(version === '12.1' ? 403 : 129)
    expect(await shown(phone)).toMatchObject({ access: 'blocked', accessReason: 'blocked by the helpdesk' })
    await act(server.running.admin, 'device.allow', chosen(phone))
    expect(await told(phone)).toBe(1)
  })
})

describe('quarantine', () => {
  it.each(versions)('in %s: shows the message that explains it and nothing else, and ends without help', async (version) => {
    const address = await account()
    const phone = server.bare(address, { version })
    await act(server.running.admin, 'access.set', { fallback: 'quarantined', rules: [] })
    expect(await phone.folderSync()).toBe(1)
    await phone.syncAll('Inbox', { body: [{ type: 1 }] })
    expect(subjects(phone)).toEqual(['Your device is waiting for approval'])
    expect(phone.items('Inbox')[0]?.properties.get('AirSyncBase:Body')).toContain('has to be approved by an administrator')
    expect(await shown(phone)).toMatchObject({ access: 'quarantined' })

    const waiting = phone.ping(['Inbox'])
    await server.parked(address, phone.options.deviceId)
    // Mail for the account wakes nobody in the waiting room.
    await server.deliver(address, message({ subject: 'Later' }))
    await act(server.running.admin, 'device.allow', chosen(phone))
    expect((await waiting).status).toBe(7)
    expect(await phone.folderSync()).toBe(1)
    await phone.syncAll('Inbox')
    expect(subjects(phone).sort()).toEqual(['Later', 'Private'])
    await act(server.running.admin, 'access.set', { fallback: 'allowed', rules: [] })
  })

  it('comes after the policy: a phone that has to provision does so first', async () => {
    const strict = await startTestServer({ environment: { EASEL_POLICY_PASSCODE: 'true', EASEL_POLICY_ALLOW_NON_PROVISIONABLE: 'false' } })
    await act(strict.running.admin, 'access.set', { fallback: 'quarantined', rules: [] })
    const phone = strict.bare('alice@example.test')
    expect(await told(phone)).toBe(142)
    expect(await phone.folderSync()).toBe(1)
    await phone.syncAll('Inbox')
    expect(subjects(phone)).toEqual(['Your device is waiting for approval'])
    await act(strict.running.admin, 'device.allow', chosen(phone))
    expect(await phone.folderSync()).toBe(1)
    await phone.syncAll('Inbox')
    expect(subjects(phone)).toEqual([])
    await strict.close()
  })

  it('is told to the administrators by mail, once', async () => {
    const address = await account()
    await under('quarantined', [], async () => {
      const phone = server.bare(address)
      for (let round = 0; round < 3; round++) await phone.folderSync()
    })
    const mailbox = await server.mailbox(postmaster)
    const query = {
      class: 'Email',
      text: [address.split('@')[0] ?? ''],
      folders: null,
      after: null,
      before: null,
      conversation: null,
    } as const
    expect((await mailbox.search(query, { from: 0, to: 9 })).ids).toHaveLength(1)
  })

  it('may be a decision about one device, whatever the rules say', async () => {
    const phone = await server.phone(await account())
    await act(server.running.admin, 'device.quarantine', chosen(phone), actorOf('helpdesk'))
    expect(await phone.folderSync()).toBe(1)
    await phone.syncAll('Inbox')
    expect(subjects(phone)).toEqual(['Your device is waiting for approval'])
    await act(server.running.admin, 'device.judge', chosen(phone))
    expect(await phone.folderSync()).toBe(1)
    await phone.syncAll('Inbox')
    expect(subjects(phone)).toEqual(['Private'])
  })

  it('by a rule does not take the place of what is decided about the device in the same moment', async () => {
    const desk = await openDesk()
    const { store, clock, account: owner } = desk
    await store.access.write({ fallback: 'quarantined', rules: [] })
    const blocked: DeviceChange = { access: 'blocked', accessBasis: { kind: 'individual', by: 'the helpdesk', at: clock.now() } }
    const { line, principal, body, signal, rest } = await desk.call({ type: 'none', bytes: new Uint8Array(0) })
    const protocol = createProtocol({
      ...desk.house,
      access: await openAccessBook(store.access),
      quarantine: { admit: async () => void (await store.devices.change(owner.id, line.device, blocked)) },
    })
    await protocol.serve({ line: { ...line, command: 'FolderSync' }, principal, body, signal, rest, address: '192.0.2.1', userAgent: null })
    expect(await store.devices.find(owner.id, line.device)).toMatchObject(blocked)
    await desk.close()
  })

  it('takes a phone that was in, and gives it back what it had', async () => {
    const phone = await server.phone(await account())
    await phone.syncAll('Inbox')
    expect(subjects(phone)).toEqual(['Private'])
    await under('quarantined', [], async () => {
      expect(await phone.folderSync()).toBe(1)
      await phone.syncAll('Inbox')
      expect(subjects(phone)).toEqual(['Your device is waiting for approval'])
    })
    expect(await phone.folderSync()).toBe(1)
    await phone.syncAll('Inbox')
    expect(subjects(phone)).toEqual(['Private'])
  })

  it('lets nothing of the mailbox out, and no mail either', async () => {
    const address = await account()
    const inside = await server.phone(address)
    await inside.syncAll('Inbox')
    const [private_] = inside.items('Inbox')
    await under('allowed', [rule('type', 'Android', 'quarantined')], async () => {
      const phone = server.bare(address, { deviceType: 'Android' })
      await phone.folderSync()
      await phone.syncAll('Inbox')
      const fetch = el('ItemOperations:ItemOperations', [
        el('ItemOperations:Fetch', [
          el('ItemOperations:Store', 'Mailbox'),
          el('AirSync:CollectionId', phone.folder('Inbox').id),
          el('AirSync:ServerId', private_?.id ?? ''),
        ]),
      ])
      expect((await phone.post('ItemOperations', fetch)).bytes.toString('latin1')).not.toContain('Private')
      const search = el('Search:Search', [
        el('Search:Store', [el('Search:Name', 'Mailbox'), el('Search:Query', [el('Search:And', [el('Search:FreeText', 'Private')])])]),
      ])
      expect(textAt((await phone.post('Search', search)).node, 'Status')).toBe('129')
      expect(textAt((await phone.sendMail(`From: ${address}\r\nTo: ${postmaster}\r\n\r\nout`)).node, 'Status')).toBe('129')
      const guest = el('Calendar:Attendee', [el('Calendar:Email', postmaster), el('Calendar:Name', 'Postmaster')])
      const meeting = [...anHour(phone.version, { MeetingStatus: 1 }), el('Calendar:Attendees', [guest])]
      expect((await phone.add('Calendar', meeting)).status).toBe(1)
      const draft = [
        el('Email:To', postmaster),
        el('Email:Subject', 'Out by a draft'),
        el('Email2:Send'),
        el('AirSyncBase:Body', [el('AirSyncBase:Type', 1), el('AirSyncBase:Data', 'out')]),
      ]
      await phone.sync('Drafts', {
        commands: [el('AirSync:Add', [el('AirSync:ClientId', 'd'), el('AirSync:ApplicationData', draft)])],
      })
      const names = (await server.store.outbox.list()).map(({ account: owner }) => owner)
      expect(names).not.toContain((await server.accountOf(address)).id)
    })
  })
})

describe('what an account may', () => {
  it('have of devices is a number, and the next one is refused with 177', async () => {
    const address = await account()
    await act(server.running.admin, 'account.set', { address, devicesMax: 2 })
    const [first] = [await server.phone(address), await server.phone(address, { version: '12.1' })]
    expect(await told(server.bare(address))).toBe(177)
    expect(await told(server.bare(address, { version: '12.1' }))).toBe(403)
    expect(await told(first)).toBe(1)
    expect(await act(server.running.admin, 'device.list', { account: address })).toHaveLength(2)
    await act(server.running.admin, 'device.remove', chosen(first))
    expect(await told(server.bare(address))).toBe(1)
  })

  it('several phones that come at once share the places', async () => {
    const address = await account()
    await act(server.running.admin, 'account.set', { address, devicesMax: 1 })
    const told_ = await Promise.all(Array.from({ length: 5 }, () => told(server.bare(address))))
    expect(told_.toSorted((one, other) => one - other)).toEqual([1, 177, 177, 177, 177])
  })

  it('sync at all is for the account to say, else for its policy: 126', async () => {
    const phone = await server.phone(await account(), { version: '14.1' })
    await act(server.running.admin, 'account.set', { address: phone.options.address, syncEnabled: false })
    expect(await told(phone)).toBe(126)
    await act(server.running.admin, 'account.set', { address: phone.options.address, syncEnabled: null, groups: ['Interns'] })
    expect(await told(phone)).toBe(1)
    await act(server.running.admin, 'policy.set', { name: 'no phones', groups: ['interns'], syncEnabled: false, provisions: false })
    expect(await told(phone)).toBe(126)
    await act(server.running.admin, 'account.set', { address: phone.options.address, syncEnabled: true })
    expect(await told(phone)).toBe(1)
    await act(server.running.admin, 'policy.remove', { name: 'no phones' })
  })

  it('speak of versions follows its policy', async () => {
    const address = await account()
    await act(server.running.admin, 'account.set', { address, groups: ['Old'] })
    await act(server.running.admin, 'policy.set', { name: 'old', groups: ['Old'], minVersion: '14.0', maxVersion: '14.1' })
    const phone = server.bare(address, { version: '14.1' })
    await phone.hello()
    expect(phone.versions).toEqual(['14.0', '14.1'])
    expect((await server.bare(address, { version: '16.1' }).post('FolderSync', null)).status).toBe(400)
    await act(server.running.admin, 'policy.remove', { name: 'old' })
  })
})

describe("the administrator's hand", () => {
  it('lets one folder, or everything, be fetched anew', async () => {
    const phone = await server.phone(await account())
    await phone.syncAll('Inbox')
    await act(server.running.admin, 'device.resync', { ...chosen(phone), folder: phone.folder('Inbox').id })
    expect((await phone.sync('Inbox')).status).toBe(3)
    await phone.syncAll('Inbox')
    expect(await told(phone)).toBe(1)
    await act(server.running.admin, 'device.resync', chosen(phone))
    expect(await told(phone)).toBe(9)
    expect(await phone.folderSync()).toBe(1)
    await phone.syncAll('Inbox')
    expect(subjects(phone)).toEqual(['Private'])
    expect((await shown(phone)).resets.map(({ reason }) => reason)).toContain('the administrator asked for a fresh start')
  })

  it('gives a device a name, which is the one that confirms a wipe', async () => {
    const phone = await server.phone(await account())
    expect(await act(server.running.admin, 'device.rename', { ...chosen(phone), label: "Anna's" })).toMatchObject({ name: "Anna's" })
    const wish = { ...chosen(phone), scope: 'account' } as const
    await expect(act(server.running.admin, 'device.wipe', { ...wish, confirm: 'iPhone 15' })).rejects.toThrow("Anna's")
    expect(await act(server.running.admin, 'device.rename', { ...chosen(phone), label: null })).toMatchObject({ label: null })
  })

  it.each(['auditor', 'user'] as const)('is not that of the role %s', async (role) => {
    const phone = await server.phone(await account())
    await expect(act(server.running.admin, 'device.block', chosen(phone), actorOf(role))).rejects.toThrow(`not for the role ${role}`)
    await expect(act(server.running.admin, 'access.set', { fallback: 'blocked', rules: [] }, actorOf(role))).rejects.toThrow(
      'not for the role',
    )
    expect(await told(phone)).toBe(1)
  })
})
