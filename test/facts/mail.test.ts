// Mail, from one phone to another: sent once, kept where it is asked, answered, flagged and read on every device.
import { describe, expect, it } from 'vitest'
import { message } from '../support/message.ts'
import { el, one, textAt, type Node } from '../support/wire.ts'
import { Lives } from './lives.ts'

const lives = new Lives()

const body = (node: Node | undefined) => textAt(node ?? null, 'Data') ?? ''

describe('sending', () => {
  it('SaveInSentItems counts by being there, whatever stands in it', async () => {
    const { address, phone } = await lives.life()
    const to = await lives.account()
    const send = async (id: string, ...save: Node[]) => {
      const mime = Buffer.from(message({ from: address, to, subject: id }))
      return phone.post('SendMail', el('ComposeMail:SendMail', [el('ComposeMail:ClientId', id), ...save, el('ComposeMail:Mime', mime)]))
    }
    expect((await send('none')).bytes).toHaveLength(0)
    expect((await send('empty', el('ComposeMail:SaveInSentItems'))).bytes).toHaveLength(0)
    expect((await send('valued', el('ComposeMail:SaveInSentItems', '1'))).bytes).toHaveLength(0)
    await phone.syncAll('Sent Items')
    expect(
      phone
        .items('Sent Items')
        .map((item) => item.properties.get('Email:Subject'))
        .sort(),
    ).toEqual(['empty', 'valued'])
  })

  it('a message whose answer was lost is sent again with its ClientId, and arrives once', async () => {
    const { address, phone } = await lives.life()
    const receiver = await lives.life()
    const mime = message({ from: address, to: receiver.address, subject: 'Once' })
    expect((await phone.sendMail(mime, { clientId: 'SendMail-1' })).bytes).toHaveLength(0)
    expect(textAt((await phone.sendMail(mime, { clientId: 'SendMail-1' })).node, 'Status')).toBe('118')
    await phone.syncAll('Sent Items')
    expect(phone.items('Sent Items')).toHaveLength(1)
    // The queue works in its own time.
    while ((await receiver.phone.sync('Inbox')).added.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await lives.server.clock.advance(3600)
    await receiver.phone.syncAll('Inbox')
    expect(receiver.phone.items('Inbox')).toHaveLength(1)
  })

  it('of a command that this version does not have is refused with an HTTP status and no fault: iOS 16 sends Find at 14.0', async () => {
    const { phone } = await lives.life({ version: '14.0' })
    const find = el('Find:Find', [
      el('Find:SearchId', 'A'),
      el('Find:ExecuteSearch', [el('Find:MailBoxSearchCriterion', [el('Find:Query', [el('Find:FreeText', 'a')])])]),
    ])
    const reply = await phone.post('Find', find)
    expect([reply.status, reply.bytes.length]).toEqual([501, 0])
    expect(phone.commands).toContain('Search')
  })
})

describe('a draft of 16.1', () => {
  it('may say how long it is: what only the server knows better is passed over', async () => {
    const { address, phone } = await lives.life({ version: '16.1' })
    const size = el('AirSyncBase:EstimatedDataSize', 5)
    const data = [el('Email:Subject', 'Sized'), el('AirSyncBase:Body', [el('AirSyncBase:Type', 1), size, el('AirSyncBase:Data', 'hello')])]
    const added = el('AirSync:Add', [el('AirSync:ClientId', '1'), el('AirSync:ApplicationData', data)])
    expect(textAt((await phone.sync('Drafts', { commands: [added] })).collection, 'Responses/Add/Status')).toBe('1')
    const tablet = await lives.server.phone(address, { version: '16.1' })
    await tablet.syncAll('Drafts')
    expect(body(tablet.mail('Drafts', 'Sized').nodes.get('AirSyncBase:Body'))).toContain('hello')
  })
})

describe('two phones of one account', () => {
  it('hear of each other: read, flagged, put into a category, answered, forwarded', async () => {
    const { address, phone } = await lives.life({ version: '16.1', mail: 2 })
    const tablet = await lives.server.phone(address, { version: '14.1' })
    for (const device of [phone, tablet]) await device.syncAll('Inbox')
    const { id } = phone.mail('Inbox', 'Mail 1')
    const shown = (name: string) => tablet.mail('Inbox', 'Mail 1').properties.get(name)
    const hears = async () => expect((await tablet.sync('Inbox')).changed).toContain(id)

    await phone.mark('Inbox', id, true)
    await hears()
    expect(shown('Email:Read')).toBe('1')
    await phone.flag('Inbox', id, el('Email:Flag', [el('Email:Status', 2), el('Email:FlagType', 'for follow up')]))
    await hears()
    expect(textAt(tablet.mail('Inbox', 'Mail 1').nodes.get('Email:Flag') ?? null, 'Status')).toBe('2')
    const to = await lives.account()
    await phone.smart('SmartReply', 'Inbox', id, message({ from: address, to, text: 'Thank you' }))
    await hears()
    expect(shown('Email2:LastVerbExecuted')).toBe('1')
    await phone.smart('SmartForward', 'Inbox', id, message({ from: address, to, text: 'Look' }))
    await hears()
    expect(shown('Email2:LastVerbExecuted')).toBe('3')
    // And the other way round, with nothing of all that lost.
    await tablet.mark('Inbox', id, false)
    expect((await phone.sync('Inbox')).changed).toEqual([id])
    const item = phone.mail('Inbox', 'Mail 1')
    expect([item.properties.get('Email:Read'), item.properties.get('Email2:LastVerbExecuted')]).toEqual(['0', '3'])
    expect(textAt(item.nodes.get('Email:Flag') ?? null, 'Status')).toBe('2')
  })

  it('a reply keeps the letters of both writers and the files of the original', async () => {
    const { address, phone } = await lives.life()
    const receiver = await lives.life()
    const latin = Buffer.from(
      `From: ${receiver.address}\r\nTo: ${address}\r\nSubject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nSch=F6ne Gr=FC=DFe aus K=F6ln\r\n`,
    ).toString()
    await lives.server.deliver(address, latin)
    await phone.syncAll('Inbox')
    const original = phone.mail('Inbox', 'Grüße')
    expect(body(original.nodes.get('AirSyncBase:Body'))).toContain('Schöne Grüße aus Köln')
    await phone.smart(
      'SmartReply',
      'Inbox',
      original.id,
      message({ from: address, to: receiver.address, subject: 'Re: Grüße', text: 'Danke, schön!' }),
    )
    await phone.syncAll('Sent Items', { body: [{ type: 1 }] })
    const reply = phone.mail('Sent Items', 'Re: Grüße')
    expect(body(reply.nodes.get('AirSyncBase:Body'))).toContain('Danke, schön!')
    expect(body(reply.nodes.get('AirSyncBase:Body'))).toContain('> Schöne Grüße aus Köln')
  })
})

describe('a broken message', () => {
  it('stands in the folder as a placeholder, and everything around it arrives', async () => {
    const { address, phone } = await lives.life({ version: '16.1' })
    const deep = Array.from({ length: 80 }, (_, level) => `--b${level}\r\nContent-Type: multipart/mixed; boundary=b${level + 1}\r\n\r\n`)
    await lives.server.deliver(address, message({ subject: 'Before' }))
    await lives.server.deliver(address, `Subject: Deep\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n${deep.join('')}`)
    await lives.server.deliver(address, 'no header at all')
    await lives.server.deliver(address, message({ subject: 'After' }))
    await phone.syncAll('Inbox', { window: 1, body: [{ type: 2, truncation: 32_768 }] })
    expect(phone.items('Inbox')).toHaveLength(4)
    expect(body(phone.mail('Inbox', 'Deep').nodes.get('AirSyncBase:Body'))).toContain('cannot be shown')
    for (const item of phone.items('Inbox')) {
      expect(item.properties.get('Email:DateReceived')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      expect(item.properties.has('Email:Importance')).toBe(true)
      expect(one(item.nodes.get('AirSyncBase:Body') ?? null, 'Type')).not.toBeNull()
    }
  })
})
