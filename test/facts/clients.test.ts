// What single clients do, and what the server does about it: one test for each row of the table of quirks, and more for those that need no row.
import { describe, expect, it } from 'vitest'
import { quirkRows, quirkRowsOf, quirksOf } from '../../src/protocol/quirks.ts'
import { message } from '../support/message.ts'
import type { Phone } from '../support/phone.ts'
import { all, el, one, textAt } from '../support/wire.ts'
import { collectionOf, Lives, syncOf, syncStatus } from './lives.ts'

const lives = new Lives()
const unasked = new Lives({ EASEL_POLICY: 'false' })

/** DeviceTypes and User-Agents as they were seen, with the facts that hold for them. */
const seen = [
  ['iPhone', ['daysAtLocalMidnight'], null],
  ['iPhone', [], 'Apple-iPhone3C1/802.117'],
  ['iPhone', ['daysAtLocalMidnight'], 'Apple-iPhone3C1/901.334'],
  ['iPad', ['daysAtLocalMidnight'], 'Apple-iPad4C1/1201.405'],
  ['iPhone', ['daysAtLocalMidnight', 'emptyPictureUnchanged'], 'Apple-iPhone7C2/1204.508'],
  ['iPhone', ['daysAtLocalMidnight', 'emptyPictureUnchanged'], 'Apple-iPhone15C2/2105.219'],
  ['iPhone', ['leavesAnswers', 'daysAtLocalMidnight', 'emptyPictureUnchanged'], 'Apple-iPhone9C1/1607.76'],
  ['iPhone', ['leavesAnswers', 'daysAtLocalMidnight', 'emptyPictureUnchanged'], 'Apple-iPhone12C1/1707.44'],
  ['iPhone', ['daysAtLocalMidnight', 'emptyPictureUnchanged'], 'Apple-iPhone12C1/1708.44'],
  ['Android', ['estimateDespiteKey'], null],
  ['Android', ['estimateDespiteKey', 'daysAtMidnight'], 'Android-Mail/2024.07.28.660409857.Release'],
  ['Android', ['estimateDespiteKey', 'daysAtMidnight'], 'nine-sdk/4.9.4'],
  ['googleNexus5', ['daysInTheMorning', 'companyTold'], 'googleNexus5/4.4.4-EAS-2.0'],
  ['SAMSUNGSGHI317M', ['daysAtMidnight'], 'SAMSUNG-SGH-I317M/100.40102'],
  ['htcvision', ['noEmptySync', 'senderNamed', 'noEmptyFlag', 'estimateDespiteKey'], null],
  ['WindowsOutlook', ['leaveOutMissingFolder', 'changeAfterMove'], null],
  ['WindowsOutlook15', ['leaveOutMissingFolder', 'changeAfterMove'], null],
  ['MicrosoftOutlook', ['leaveOutMissingFolder', 'changeAfterMove'], null],
  ['Outlook', [], null],
  ['WindowsMail', [], null],
  ['WP8', ['daysAtMidnight'], null],
  ['TouchDown', ['categoriesStay'], 'TouchDown(MSRPC)/7.3.00052/'],
  ['BlackBerry', ['daysBeforeNoon'], 'RIM-Q10-SQN100-3/10.2.0.1443'],
  ['MeeGo', ['noEmptySync'], null],
  ['N900', ['noEmptySync'], null],
  ['NokiaE72', ['noEmptySync'], null],
] as const

describe('the table of quirks', () => {
  it.each(seen)('knows %s by its DeviceType, and says %j of it', (type, facts, userAgent) => {
    const device = { type, userAgent }
    expect(quirkRowsOf(device).map((row) => row.fact)).toEqual(facts)
    const quirks = quirksOf(device)
    for (const fact of Object.keys(quirks) as (keyof typeof quirks)[])
      expect(quirks[fact]).toBe((facts as readonly string[]).includes(fact))
  })

  it('has for each row a reason, where it was seen, when it was looked at last, and a client here that it holds for', () => {
    const used = new Set<string>(seen.flatMap(([, facts]) => facts))
    for (const { fact, why, source, reviewed } of quirkRows) {
      expect([why.length > 20, source.length > 5, /^20\d\d-\d\d$/.test(reviewed), used.has(fact)]).toEqual([true, true, true, true])
    }
  })
})

describe('HTC and Nokia', () => {
  it('HTC finds a name at every sender, and no Flag where none is set', async () => {
    const { address, phone } = await lives.life({ deviceType: 'htcvision', version: '12.1' })
    const other = await lives.server.phone(address, { version: '12.1' })
    await lives.server.deliver(address, message({ from: 'bob@example.test', subject: 'Bare' }))
    await lives.server.deliver(address, message({ from: 'Carol <carol@example.test>', subject: 'Named' }))
    for (const one_ of [phone, other]) await one_.syncAll('Inbox')
    const from = (device: Phone, subject: string) => device.mail('Inbox', subject).properties.get('Email:From')
    expect([from(phone, 'Bare'), from(phone, 'Named')]).toEqual(['"bob@example.test" <bob@example.test>', '"Carol" <carol@example.test>'])
    expect(from(other, 'Bare')).toBe('bob@example.test')
    expect([phone.mail('Inbox', 'Bare').nodes.has('Email:Flag'), other.mail('Inbox', 'Bare').nodes.has('Email:Flag')]).toEqual([
      false,
      true,
    ])
    // A flag that is taken away is taken away with the empty element, also here.
    const { id } = other.mail('Inbox', 'Bare')
    await other.flag('Inbox', id, el('Email:Flag', [el('Email:Status', 2), el('Email:FlagType', 'for follow up')]))
    await phone.syncAll('Inbox')
    await other.flag('Inbox', id, el('Email:Flag'))
    await phone.syncAll('Inbox')
    expect(phone.mail('Inbox', 'Bare').nodes.get('Email:Flag')).toMatchObject({ children: [], value: null })
  })

  it.each(['htcvision', 'MeeGo', 'N900', 'NokiaE72'])('%s reads no empty answer, and gets the keys as they were', async (deviceType) => {
    const { phone } = await lives.life({ deviceType, version: '12.1', mail: 1 })
    await phone.syncAll('Inbox')
    const { key } = phone.collection('Inbox')
    const { reply } = await phone.sync('Inbox')
    expect([syncStatus(reply.node), textAt(reply.node, 'Collections/Collection/SyncKey')]).toEqual(['1', key])
    expect(one(reply.node, 'Collections/Collection/Commands')).toBeNull()
  })

  it('Android of old hears of a refused key from Sync, and meanwhile of one change', async () => {
    const ask = async (deviceType: string) => {
      const { phone } = await lives.life({ deviceType, version: '12.1' })
      await phone.syncAll('Inbox')
      const estimate = el('GetItemEstimate:GetItemEstimate', [
        el('GetItemEstimate:Collections', [
          el('GetItemEstimate:Collection', [
            el('GetItemEstimate:Class', 'Email'),
            el('GetItemEstimate:CollectionId', phone.folder('Inbox').id),
            el('AirSync:FilterType', 0),
            el('AirSync:SyncKey', '77'),
          ]),
        ]),
      ])
      const { node } = await phone.post('GetItemEstimate', estimate)
      const { node: synced } = await phone.post('Sync', syncOf([collectionOf('77', phone.folder('Inbox').id)]))
      return [textAt(node, 'Response/Status'), textAt(node, 'Response/Collection/Estimate'), syncStatus(synced)]
    }
    expect(await ask('Android')).toEqual(['1', '1', '3'])
    expect(await ask('SmartPhone')).toEqual(['4', null, '3'])
  })
})

describe('iPhones', () => {
  it('delete and move what they found by searching, by the id the search gave', async () => {
    const { phone } = await lives.life({ version: '16.1', mail: 3 })
    await phone.syncAll('Inbox')
    const find = async (words: string) => {
      const query = el('Search:Query', [el('Search:And', [el('AirSync:Class', 'Email'), el('Search:FreeText', words)])])
      const { node } = await phone.post('Search', el('Search:Search', [el('Search:Store', [el('Search:Name', 'Mailbox'), query])]))
      return textAt(node, 'Response/Store/Result/LongId') ?? ''
    }
    const [first, second] = [await find('"Mail 1"'), await find('"Mail 2"')]
    expect(phone.mail('Inbox', 'Mail 1').id).toBe(first)
    await phone.remove('Inbox', [first])
    expect((await phone.move('Inbox', [second], 'Archive')).map(({ status }) => status)).toEqual([3])
    await phone.syncAll('Inbox')
    expect(phone.items('Inbox').map((item) => item.properties.get('Email:Subject'))).toEqual(['Mail 3'])
  })

  it('show the folders for junk and the archive by their names, as folders of mail', async () => {
    const { phone } = await lives.life()
    for (const name of ['Junk E-mail', 'Archive']) expect(phone.folder(name).type).toBe(12)
    const types = [...phone.folders.values()].map((folder) => folder.type).filter((type) => type !== 12)
    expect(new Set(types).size).toBe(types.length)
  })

  it('are given mail in the body type they list first for it: MIME where they ask for it, never HTML as text', async () => {
    const { address, phone } = await lives.life({ version: '16.1' })
    await lives.server.deliver(address, message({ text: 'plain', html: '<p>HTML</p>' }))
    const bodyType = async (mimeSupport: number) => {
      const device = await lives.server.phone(address, { version: '16.1' })
      await device.syncAll('Inbox', { mimeSupport, body: [{ type: 2, truncation: 51_200 }, { type: 4 }] })
      return textAt(device.items('Inbox')[0]?.nodes.get('AirSyncBase:Body') ?? null, 'Type')
    }
    expect([await bodyType(0), await bodyType(2)]).toEqual(['2', '4'])
    await phone.syncAll('Inbox', { body: [{ type: 4 }] })
    expect(textAt(phone.items('Inbox')[0]?.nodes.get('AirSyncBase:Body') ?? null, 'Data')).toContain('Content-Type: multipart/alternative')
  })
})

describe('Android', () => {
  it('that checks a password under the DeviceId "validate" is served, and leaves nothing behind', async () => {
    const address = await unasked.account(1)
    const phone = unasked.server.bare(address, { deviceId: 'validate', deviceType: 'Android', version: '14.1' })
    expect(await phone.folderSync()).toBe(1)
    expect(phone.folders.size).toBeGreaterThan(4)
    expect(await unasked.server.store.devices.list(null)).toEqual([])
  })

  it('gets a folder for drafts and an Outbox, without which it gives the account up', async () => {
    const { phone } = await lives.life({ deviceType: 'Android' })
    expect([...phone.folders.values()].map((folder) => folder.type)).toEqual(expect.arrayContaining([2, 3, 4, 5, 6]))
  })

  it('Gmail asks for the folders anew at every refresh, and loses nothing on its screen', async () => {
    const { address, phone } = await lives.life({ deviceType: 'Android', userAgent: 'Android-Mail/2025.11.02.1.Release', mail: 2 })
    await phone.syncAll('Inbox')
    for (let refresh = 0; refresh < 4; refresh++) {
      phone.folderKey = '0'
      expect(await phone.folderSync()).toBe(1)
      await lives.server.deliver(address)
      const { status, added, deleted } = await phone.sync('Inbox')
      expect([status, added.length, deleted.length]).toEqual([1, 1, 0])
    }
    expect(phone.resets).toBe(0)
    expect(phone.items('Inbox')).toHaveLength(6)
  })

  it('Gmail sends mail bare in the newest version, and is understood by its Content-Type', async () => {
    const { address, phone } = await lives.life({ deviceType: 'Android', version: '16.1' })
    const mime = Buffer.from(message({ from: address, to: await lives.account(), subject: 'Bare' }))
    const sent = await phone.post('SendMail', mime, { type: 'message/rfc822', parameters: { SaveInSent: 'T' } })
    expect([sent.status, sent.bytes.length]).toEqual([200, 0])
    await phone.syncAll('Sent Items')
    expect(phone.mail('Sent Items', 'Bare').properties.get('Email:Read')).toBe('1')
  })
})

describe('Windows and others', () => {
  it('Nine is told by a header of IIS that versions beyond 12.1 may be used', async () => {
    const { phone } = await lives.life({ deviceId: 'Nine0123456789ab', deviceType: 'Android', query: 'base64' })
    expect((await phone.hello()).headers['x-aspnet-version']).toMatch(/^\d+\.\d+/)
  })

  it('Windows Phone and Outlook are told once that a folder is gone', async () => {
    const { address, phone } = await lives.life({ deviceType: 'WP8', query: 'base64' })
    const mailbox = await lives.server.mailbox(address)
    const folder = await mailbox.createFolder('0' as never, 'Project', 12, null)
    await phone.folderSync()
    await phone.syncAll('Project')
    await mailbox.removeFolder(folder.id)
    await phone.folderSync()
    expect(phone.folders.has(folder.id)).toBe(false)
    await phone.folderSync()
    expect(phone.violations).toEqual([])
  })

  it('TouchDown leaves categories out of a change, and they stay', async () => {
    const { address, phone } = await lives.life({ mail: 1 })
    await phone.syncAll('Inbox')
    const { id } = phone.mail('Inbox', 'Mail 1')
    await phone.sync('Inbox', {
      commands: [
        el('AirSync:Change', [
          el('AirSync:ServerId', id),
          el('AirSync:ApplicationData', [el('Email:Categories', [el('Email:Category', 'Red')])]),
        ]),
      ],
    })
    await phone.mark('Inbox', id, true)
    const tablet = await lives.server.phone(address, { version: '14.1' })
    await tablet.syncAll('Inbox')
    const item = tablet.mail('Inbox', 'Mail 1')
    expect([
      item.properties.get('Email:Read'),
      all(item.nodes.get('Email:Categories') ?? null, 'Category').map(({ value }) => value),
    ]).toEqual(['1', ['Red']])
  })
})
