// The envelope: request lines, versions, demands for a policy, refusals and empty answers, each through the door.
import { describe, expect, it } from 'vitest'
import type { DeviceId } from '../../src/model/id.ts'
import { StoreFailure } from '../../src/store/failure.ts'
import { Front } from '../http/front.ts'
import { message } from '../support/message.ts'
import type { Phone } from '../support/phone.ts'
import { all, el, one, textAt, walk } from '../support/wire.ts'
import { collectionOf, Lives, syncOf, syncStatus } from './lives.ts'

const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const

describe('the request line', () => {
  const lives = new Lives()

  it('of either form names one device: Windows sends text with OPTIONS and bytes with everything else', async () => {
    const { address, phone } = await lives.life({ deviceId: '26FC9044DA84B5079191CE569FACEEE9', deviceType: 'WP8', query: 'base64' })
    for (const deviceId of [phone.options.deviceId, phone.options.deviceId.toLowerCase()]) {
      const plain = lives.server.bare(address, { ...phone.options, query: 'plain', deviceId })
      plain.policyKey = phone.policyKey
      expect(await plain.folderSync()).toBe(1)
    }
    const devices = await lives.server.store.devices.list((await lives.server.accountOf(address)).id)
    expect(devices.map(({ id, type }) => [id, type])).toEqual([['26FC9044DA84B5079191CE569FACEEE9', 'WP8']])
  })

  it.each(['plain', 'base64'] as const)('of the %s form asks for a copy in Sent Items, or does not', async (query) => {
    const { address, phone } = await lives.life({ version: '12.1', query })
    const to = await lives.account()
    const mime = (subject: string) => message({ from: address, to, subject })
    await phone.sendMail(mime('Kept'))
    await phone.sendMail(mime('Not kept'), { save: false })
    await phone.syncAll('Sent Items')
    expect(phone.items('Sent Items').map((item) => item.properties.get('Email:Subject'))).toEqual(['Kept'])
  })

  it('of the base64 form asks for an answer in parts', async () => {
    const { address, phone } = await lives.life({ query: 'base64' })
    await lives.server.deliver(address, message({ attachments: [{ name: 'a.txt', type: 'text/plain', content: 'attached' }] }))
    await phone.syncAll('Inbox')
    const [item] = phone.items('Inbox')
    const attachment = one(item?.nodes.get('AirSyncBase:Attachments') ?? null, 'Attachment')
    const fetch = el('ItemOperations:ItemOperations', [
      el('ItemOperations:Fetch', [
        el('ItemOperations:Store', 'Mailbox'),
        el('AirSyncBase:FileReference', textAt(attachment, 'FileReference')),
      ]),
    ])
    const whole = await phone.post('ItemOperations', fetch)
    expect(whole.headers['content-type']).toBe('application/vnd.ms-sync.wbxml')
    const parts = await phone.post('ItemOperations', fetch, { parameters: { AcceptMultiPart: 'T' } })
    expect(parts.headers['content-type']).toBe('application/vnd.ms-sync.multipart')
    expect(parts.bytes.subarray(-8).toString()).toBe('attached')
  })

  it('tells two people on one phone apart', async () => {
    const first = await lives.life({ mail: 1, deviceId: 'SHAREDPHONE' })
    const second = await lives.life({ mail: 2, deviceId: 'SHAREDPHONE' })
    for (const { phone } of [first, second]) await phone.syncAll('Inbox')
    expect([first.phone.items('Inbox').length, second.phone.items('Inbox').length]).toEqual([1, 2])
    await lives.server.deliver(first.address)
    expect((await first.phone.sync('Inbox')).added).toHaveLength(1)
    expect((await second.phone.sync('Inbox')).added).toHaveLength(0)
  })
})

describe('the version', () => {
  const lives = new Lives()

  /** Whatever a phone of this version can be told of its mail. */
  async function tour(phone: Phone): Promise<Set<string>> {
    const told = new Set<string>()
    const ask = async (command: string, body: ReturnType<typeof el>) => {
      const { node } = await phone.post(command, body)
      for (const { name } of node === null ? [] : walk(node)) told.add(name)
      return node
    }
    const synced = await phone.sync('Inbox', { mimeSupport: 1, body: [{ type: 2, ...(phone.version === '12.1' ? {} : { preview: 50 }) }] })
    for (const { name } of walk(synced.reply.node ?? el('AirSync:Sync'))) told.add(name)
    const [id = ''] = synced.added
    await ask(
      'ItemOperations',
      el('ItemOperations:ItemOperations', [el('ItemOperations:Fetch', [el('ItemOperations:Store', 'Mailbox'), el('Search:LongId', id)])]),
    )
    const query = el('Search:Query', [el('Search:And', [el('AirSync:Class', 'Email'), el('Search:FreeText', 'Mail')])])
    await ask('Search', el('Search:Search', [el('Search:Store', [el('Search:Name', 'Mailbox'), query])]))
    await ask('Settings', el('Settings:Settings', [el('Settings:UserInformation', [el('Settings:Get')]), phone.deviceInformation()]))
    await ask('FolderSync', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', '0')]))
    await phone.provision()
    return told
  }

  it.each(versions)('%s is answered in its own words: nothing that came later', async (version) => {
    const { address, phone } = await lives.life({ version })
    const source = message({ cc: 'c@example.test', headers: ['Bcc: d@example.test', 'Sender: e@example.test'], html: '<p>Mail</p>' })
    await lives.server.deliver(address, source)
    const told = await tour(phone)
    const knows = (name: string) => told.has(name)
    // The phone complains of every element that is younger than its version; these show that there was something to complain of.
    expect(phone.violations).toEqual([])
    expect(knows('AirSyncBase:Body')).toBe(true)
    expect([knows('Email2:ConversationId'), knows('AirSyncBase:Preview')]).toEqual([version !== '12.1', version !== '12.1'])
    expect([knows('Settings:Accounts'), knows('Settings:EmailAddresses')]).toEqual([Number(version) >= 14.1, true])
    expect([knows('Email2:IsDraft'), knows('Email2:Bcc')]).toEqual([Number(version) >= 16, Number(version) >= 16])
  })

  it('offers are repeated on every answer, so that a phone hears of a higher one without asking', async () => {
    const { address, phone } = await lives.life({ version: '14.1' })
    const account = await lives.server.accountOf(address)
    const offered = async () => String((await phone.sync('Inbox')).reply.headers['ms-asprotocolversions'])
    expect(await offered()).toBe('12.1,14.0,14.1,16.0,16.1')
    await lives.server.store.accounts.change(account.id, { maxVersion: '14.1' })
    // What is known of an account is asked after every half minute.
    await lives.server.clock.advance(31)
    expect(await offered()).toBe('12.1,14.0,14.1')
    expect((await phone.hello()).headers['ms-asprotocolversions']).toBe('12.1,14.0,14.1')
    expect((await lives.server.bare(address, { version: '16.1' }).post('FolderSync', null)).status).toBe(400)
  })

  it('never makes a phone throw its mail away: X-MS-RP is not sent', async () => {
    const { phone } = await lives.life()
    phone.folderKey = '0'
    const reply = await phone.post('FolderSync', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', '0')]))
    expect([reply.headers['x-ms-rp'], reply.headers['ms-server-activesync']]).toEqual([undefined, '15.1'])
  })
})

describe('a policy that insists', () => {
  const lives = new Lives({ EASEL_POLICY_PASSCODE: 'true', EASEL_POLICY_ALLOW_NON_PROVISIONABLE: 'false' })
  const folderSync = el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', '0')])

  /** HTTP status and Status of a FolderSync with this key; null sends none. */
  async function asked(version: string, policyKey: number | null): Promise<[number, string | null]> {
    const { status, node } = await lives.server.bare(await lives.account(), { version }).post('FolderSync', folderSync, { policyKey })
    return [status, textAt(node, 'Status')]
  }

  it('is a 449 up to 12.1, and from 14.0 on a Status that says why', async () => {
    for (const key of [null, 0, 17]) expect(await asked('12.1', key)).toEqual([449, null])
    for (const version of versions.slice(1)) {
      expect(await asked(version, null)).toEqual([200, '141'])
      expect(await asked(version, 0)).toEqual([200, '142'])
      expect(await asked(version, 17)).toEqual([200, '144'])
    }
  })

  it.each(versions)('lets a phone of %s in once it has acknowledged, and asks for nothing again', async (version) => {
    const { phone } = await lives.life({ version, mail: 1 })
    expect(phone.policyKey).toBeGreaterThan(0)
    await phone.syncAll('Inbox')
    expect(phone.items('Inbox')).toHaveLength(1)
  })

  it('exempts Ping: AOSP sends no key with it, and a demand would start Provision for ever', async () => {
    for (const version of ['12.1', '14.1']) {
      const { phone } = await lives.life({ version, deviceType: 'Android' })
      await phone.syncAll('Inbox')
      const asking = phone.ping(['Inbox'], 120)
      await lives.pass(phone, 121, asking)
      expect(await asking).toMatchObject({ status: 1 })
    }
  })

  it('lets a client provision that was not asked to, as Kerio and KOE do', async () => {
    const phone = lives.server.bare(await lives.account(), { version: '14.1' })
    expect(await phone.provision()).toBe('1')
    expect(await phone.folderSync()).toBe(1)
  })

  it('lets Outlook in, which never provisions, where the account allows it', async () => {
    const outlook = { version: '14.0', deviceType: 'WindowsOutlook15', userAgent: 'Outlook/15.0' }
    const address = await lives.account()
    const phone = lives.server.bare(address, outlook)
    const ask = async () => textAt((await phone.post('FolderSync', folderSync, { policyKey: null })).node, 'Status')
    expect(await ask()).toBe('141')
    await lives.server.store.accounts.change((await lives.server.accountOf(address)).id, { allowNonProvisionable: true })
    await lives.server.clock.advance(31)
    expect(await ask()).toBe('1')
  })
})

describe('a refusal', () => {
  const lives = new Lives()

  it('of a document that is none is Status 103 or 102, and HTTP 400 up to 12.1', async () => {
    const { phone } = await lives.life()
    const old = await lives.life({ version: '12.1' })
    const noMoves = el('Move:MoveItems')
    expect(textAt((await phone.post('MoveItems', noMoves)).node, 'Status')).toBe('103')
    expect(textAt((await phone.post('MoveItems', Buffer.from('no document'))).node, 'Status')).toBe('102')
    expect((await old.phone.post('MoveItems', noMoves)).status).toBe(400)
    expect((await old.phone.post('MoveItems', Buffer.from('no document'))).status).toBe(400)
  })

  it('of a blocked device is Status 129, and HTTP 403 up to 12.1', async () => {
    const statuses = []
    for (const version of ['12.1', '14.1']) {
      const { address, phone } = await lives.life({ version })
      const account = await lives.server.accountOf(address)
      await lives.server.store.devices.change(account.id, phone.options.deviceId as DeviceId, {
        access: 'blocked',
        accessBasis: { kind: 'individual', by: 'admin', at: 0 },
      })
      const reply = await phone.post('Sync', syncOf([collectionOf('0', phone.folder('Inbox').id)]))
      statuses.push([reply.status, textAt(reply.node, 'Status')])
    }
    expect(statuses).toEqual([
      [403, null],
      [200, '129'],
    ])
  })

  it('of a disabled account is HTTP 403 in every version, and of a wrong password 401 with a challenge', async () => {
    for (const version of ['12.1', '16.1']) {
      const { address, phone } = await lives.life({ version })
      const wrong = await lives.server.bare(address, { version, password: 'a guess' }).post('FolderSync', null)
      expect([wrong.status, String(wrong.headers['www-authenticate'])]).toEqual([401, expect.stringMatching(/^Basic realm="/)])
      await lives.server.store.accounts.change((await lives.server.accountOf(address)).id, { disabled: true })
      await lives.server.clock.advance(31)
      const refused = await phone.post('FolderSync', null)
      expect([refused.status, refused.headers['www-authenticate']]).toEqual([403, undefined])
    }
  })
})

describe('trouble', () => {
  it('while a password is checked is 503: a passing 401 would make the phone ask its owner', async () => {
    const away = {
      admit: () => Promise.reject(new StoreFailure('unavailable')),
      forget: () => undefined,
      takesBasic: true,
      invitation: null,
    }
    const front = await Front.open({}, { desk: away })
    const reply = await front.ask({ body: 'x' })
    expect([reply.status, reply.headers['retry-after'], reply.headers['www-authenticate']]).toEqual([503, '30', undefined])
    await front.close()
  })
})

describe('an empty answer', () => {
  const lives = new Lives()

  it.each(versions)('means at %s that a Sync found nothing or mail was sent, and never stands for a Ping', async (version) => {
    const { address, phone } = await lives.life({ version, mail: 1 })
    await phone.syncAll('Inbox')
    const nothing = await phone.post('Sync', syncOf([phone.collectionNode('Inbox')]))
    const sent = await phone.sendMail(message({ from: address, to: await lives.account() }))
    for (const { status, bytes, headers } of [nothing, sent]) {
      expect([status, bytes.length, headers['content-length'], headers['content-type']]).toEqual([200, 0, '0', undefined])
    }
    const asking = phone.ping(['Inbox'], 120)
    await lives.pass(phone, 121, asking)
    expect(textAt((await asking).reply.node, 'Status')).toBe('1')
    expect(all((await asking).reply.node, 'Folders')).toEqual([])
    expect(syncStatus(nothing.node)).toBeNull()
  })
})
