// Messages as phones get them: which body, how much of it, with which properties beside it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Mailbox } from '../../../src/store/mailbox.ts'
import { StoreFailure } from '../../../src/store/failure.ts'
import { defaultOptions } from '../../../src/model/collection.ts'
import type { ServerId } from '../../../src/model/id.ts'
import { MailData } from '../../../src/protocol/classes/email-schema.ts'
import { renderMail } from '../../../src/protocol/classes/render-mail.ts'
import { encode } from '../../../src/wbxml/schema.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { prefer, putMail, shownMail } from '../../support/mail.ts'
import { message } from '../../support/message.ts'
import { all, one, read, textAt, type Node } from '../../support/wire.ts'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

const bodyOf = (mail: Node) => ({
  type: textAt(mail, 'AirSyncBase:Body/Type'),
  size: Number(textAt(mail, 'AirSyncBase:Body/EstimatedDataSize')),
  truncated: textAt(mail, 'AirSyncBase:Body/Truncated'),
  data: textAt(mail, 'AirSyncBase:Body/Data'),
  preview: textAt(mail, 'AirSyncBase:Body/Preview'),
})

const both = () => message({ text: 'Grüße, plain', html: '<p>Grüße, <b>HTML</b></p>' })

const signed = (text: string) =>
  [
    'From: bob@example.test',
    'To: alice@example.test',
    'Subject: signed',
    'Date: Mon, 2 Mar 2026 08:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=s',
    '',
    '--s',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    text,
    '--s',
    'Content-Type: application/pkcs7-signature; name=smime.p7s',
    'Content-Transfer-Encoding: base64',
    '',
    'MIAGCSqGSIb3DQEHAqCAMIACAQExCzAJ',
    '--s--',
    '',
  ].join('\r\n')

describe('the choice of a body', () => {
  test('without any preference is plain text, whole', async () => {
    const id = await putMail(desk, both())
    expect(bodyOf(await shownMail(desk, id))).toMatchObject({ type: '1', data: 'Grüße, plain', size: 14, truncated: null })
  })

  test('of several types takes the one nearest to how the message was written', async () => {
    const preferences = { bodyPreferences: [prefer(1), prefer(2)] }
    expect(bodyOf(await shownMail(desk, await putMail(desk, both()), preferences)).type).toBe('2')
    expect(bodyOf(await shownMail(desk, await putMail(desk, message({ text: 'plain' })), preferences)).type).toBe('1')
  })

  test('converts when the client can read one type only', async () => {
    const html = await putMail(desk, message({ text: 'x', html: '<p>one &amp; two</p>' }))
    const plain = await putMail(desk, message({ text: 'one < two' }))
    expect(bodyOf(await shownMail(desk, html, { bodyPreferences: [prefer(1)] })).data).toBe('x')
    const wrapped = bodyOf(await shownMail(desk, plain, { bodyPreferences: [prefer(2)] }))
    expect(wrapped.type).toBe('2')
    expect(wrapped.data).toContain('one &lt; two')
    expect(bodyOf(await shownMail(desk, plain, { bodyPreferences: [prefer(3)] })).type).toBe('1')
  })

  test('skips a type that would be cut where the client wants all or none', async () => {
    const id = await putMail(desk, message({ text: 'short', html: `<p>${'long '.repeat(100)}</p>` }))
    const preferences = [prefer(2, { truncationSize: 100, allOrNone: true }), prefer(1, { truncationSize: 100 })]
    expect(bodyOf(await shownMail(desk, id, { bodyPreferences: preferences }))).toMatchObject({ type: '1', data: 'short', truncated: null })
    const none = bodyOf(await shownMail(desk, id, { bodyPreferences: preferences.slice(0, 1) }))
    expect(none).toMatchObject({ type: '2', truncated: '1', data: null })
    expect(none.size).toBeGreaterThan(500)
  })

  test('ignores AllOrNone without a TruncationSize', async () => {
    const id = await putMail(desk, both())
    const options = { mimeSupport: 2, mimeTruncation: 0, bodyPreferences: [prefer(4, { allOrNone: true })] } as const
    expect(bodyOf(await shownMail(desk, id, options))).toMatchObject({ type: '4', truncated: '1' })
  })

  test('NativeBodyType tells how the message was written and is never 0', async () => {
    const html = await shownMail(desk, await putMail(desk, both()), { bodyPreferences: [prefer(1)] })
    const plain = await shownMail(desk, await putMail(desk, message()), { bodyPreferences: [prefer(2)] })
    const empty = await shownMail(desk, await putMail(desk, 'Subject: nothing\r\n\r\n'))
    expect([html, plain, empty].map((mail) => textAt(mail, 'AirSyncBase:NativeBodyType'))).toEqual(['2', '1', '1'])
  })
})

describe('MIME', () => {
  const mime = { bodyPreferences: [prefer(2), prefer(4)] }

  test('goes out as MIMESupport allows: 0 never, 1 of S/MIME only, 2 always', async () => {
    const mail = await putMail(desk, both())
    const smime = await putMail(desk, signed('hello'))
    const types = async (mimeSupport: 0 | 1 | 2) =>
      Promise.all([mail, smime].map(async (id) => bodyOf(await shownMail(desk, id, { ...mime, mimeSupport })).type))
    expect(await types(0)).toEqual(['2', '2'])
    expect(await types(1)).toEqual(['2', '4'])
    expect(await types(2)).toEqual(['4', '4'])
  })

  test('goes to a client that names no other type, or it would show HTML as text', async () => {
    const id = await putMail(desk, both())
    expect(bodyOf(await shownMail(desk, id, { bodyPreferences: [prefer(4)] })).type).toBe('4')
  })

  test('is asked for by MIMESupport alone where no body is preferred, cut as MIMETruncation says', async () => {
    const id = await putMail(desk, message({ text: 'x'.repeat(10_000) }))
    const body = bodyOf(await shownMail(desk, id, { mimeSupport: 2, mimeTruncation: 1 }))
    expect(body).toMatchObject({ type: '4', truncated: '1' })
    expect(body.data).toHaveLength(4096)
  })

  test('of a signed message is whole, whatever truncation the client asks for', async () => {
    const source = signed('text '.repeat(2000))
    const id = await putMail(desk, source)
    const options = {
      mimeSupport: 1,
      mimeTruncation: 0,
      bodyPreferences: [prefer(4, { truncationSize: 100, allOrNone: true }), prefer(2)],
    } as const
    const body = bodyOf(await shownMail(desk, id, options))
    expect(body).toMatchObject({ type: '4', truncated: null, data: source })
  })

  test('has CRLF line ends, without which Outlook misreads quoted-printable', async () => {
    const id = await putMail(desk, 'Subject: a\nContent-Transfer-Encoding: quoted-printable\n\nsoft=\nline\n')
    const { data } = bodyOf(await shownMail(desk, id, { bodyPreferences: [prefer(4)] }))
    expect(data).toBe('Subject: a\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nsoft=\r\nline\r\n')
  })

  test('of a message with NUL bytes travels without them and without losing what follows', async () => {
    const id = await putMail(
      desk,
      Buffer.from('Subject: a\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\none\0two \xfc\r\n', 'latin1'),
    )
    const { data } = bodyOf(await shownMail(desk, id, { bodyPreferences: [prefer(4)] }))
    const encoded = data?.split('\r\n\r\n')[1] ?? ''
    expect(Buffer.from(encoded, 'base64').toString('latin1')).toBe('one\0two \xfc\r\n')
  })
})

describe('truncation', () => {
  test('cuts on a character and tells the size of the whole', async () => {
    const id = await putMail(desk, message({ text: 'ü'.repeat(2000) }))
    for (const limit of [1, 2, 3, 1025, 1999, 2001]) {
      const body = bodyOf(await shownMail(desk, id, { bodyPreferences: [prefer(1, { truncationSize: limit })] }))
      expect(body).toMatchObject({ size: 4002, truncated: '1' })
      expect(body.data ?? '').toBe('ü'.repeat(Math.floor(limit / 2)))
    }
  })

  test('to nothing leaves Data out, and Truncated is never 0', async () => {
    const id = await putMail(desk, message({ text: 'text' }))
    expect(bodyOf(await shownMail(desk, id, { bodyPreferences: [prefer(1, { truncationSize: 0 })] }))).toMatchObject({
      truncated: '1',
      data: null,
    })
    expect(bodyOf(await shownMail(desk, id, { bodyPreferences: [prefer(1, { truncationSize: 6 })] }))).toMatchObject({
      truncated: null,
      data: 'text\r\n',
    })
  })

  test('for a list leaves addresses of links and names of pictures out, so that the line shows words', async () => {
    const text = `Hello <https://example.test/${'x'.repeat(400)}> [image: logo.png] see you at noon. ${'More. '.repeat(100)}`
    const id = await putMail(desk, message({ text }))
    const { data } = bodyOf(await shownMail(desk, id, { bodyPreferences: [prefer(1, { truncationSize: 60 })] }))
    expect(data).toMatch(/^Hello {2}see you at noon\. More\./)
    expect(bodyOf(await shownMail(desk, id, { bodyPreferences: [prefer(1)] })).data).toContain('https://example.test/')
  })
})

describe('the preview', () => {
  const text = 'First line of the message. '.repeat(20)

  test('comes from 14.0 on, no longer than asked', async () => {
    const id = await putMail(desk, message({ text, html: `<p>${text}</p>` }))
    const options = { bodyPreferences: [prefer(2, { preview: 40, truncationSize: 0 })] }
    const at = async (version: '12.1' | '14.0') => bodyOf(await shownMail(desk, id, { ...options, version })).preview
    expect(await at('14.0')).toBe('First line of the message. First line of')
    expect(await at('12.1')).toBeNull()
  })

  test('is left out beside plain text, which is its own', async () => {
    const id = await putMail(desk, message({ text }))
    const preview = async (truncationSize: number) =>
      bodyOf(await shownMail(desk, id, { bodyPreferences: [prefer(1, { preview: 40, truncationSize })] })).preview
    expect(await preview(100)).toBeNull()
    expect(await preview(0)).not.toBeNull()
  })
})

describe('a body part', () => {
  test('stands beside the body from 14.1 on, with its Status first', async () => {
    const id = await putMail(desk, both())
    const bodyPart = prefer(2, { truncationSize: 10 })
    const part = one(await shownMail(desk, id, { bodyPart }), 'AirSyncBase:BodyPart')
    expect(part?.children.map((child) => child.name.split(':')[1])).toEqual(['Status', 'Type', 'EstimatedDataSize', 'Truncated', 'Data'])
    expect(textAt(part, 'Status')).toBe('1')
    expect(one(await shownMail(desk, id, { bodyPart, version: '14.0' }), 'AirSyncBase:BodyPart')).toBeNull()
  })
})

describe('properties', () => {
  test('every message has DateReceived, Importance, Read and a Flag, empty where none is set', async () => {
    const mail = await shownMail(desk, await putMail(desk, 'Subject: bare\r\n\r\n'), { version: '12.1' })
    expect(textAt(mail, 'Email:DateReceived')).toBe('2026-03-02T08:00:00.000Z')
    // Android takes a missing Importance for low.
    expect(textAt(mail, 'Email:Importance')).toBe('1')
    expect(textAt(mail, 'Email:Read')).toBe('0')
    expect(one(mail, 'Email:Flag')).toMatchObject({ children: [], value: null })
  })

  test('a flag carries its task fields, with dashed dates', async () => {
    const at = Date.parse('2026-03-03T10:00:00Z')
    const flag = {
      status: 2,
      type: 'Flag for follow up',
      subject: 'Lunch',
      start: at,
      utcStart: at - 3_600_000,
      due: at,
      utcDue: at,
      reminderSet: false,
    } as const
    const mail = await shownMail(desk, await putMail(desk, message(), { state: { flag } }))
    expect(textAt(mail, 'Email:Flag/Status')).toBe('2')
    expect(textAt(mail, 'Email:Flag/Tasks:Subject')).toBe('Lunch')
    expect(textAt(mail, 'Email:Flag/Tasks:UtcStartDate')).toBe('2026-03-03T09:00:00.000Z')
    expect(textAt(mail, 'Email:Flag/Tasks:ReminderSet')).toBe('0')
  })

  test('categories stand from 14.0 on, as an empty element where there are none', async () => {
    const some = await putMail(desk, message(), { state: { categories: ['Red', 'Work'] } })
    const none = await putMail(desk, message())
    expect(all(await shownMail(desk, some), 'Email:Categories/Category').map((one) => one.value)).toEqual(['Red', 'Work'])
    expect(one(await shownMail(desk, none), 'Email:Categories')).toMatchObject({ children: [] })
    expect(one(await shownMail(desk, some, { version: '12.1' }), 'Email:Categories')).toBeNull()
  })

  test('a conversation has an opaque id of 16 bytes and an index of 5 and 5 for each answer; without one neither is sent', async () => {
    const threadIndex = Buffer.concat([Buffer.from([1]), Buffer.alloc(5, 7), Buffer.alloc(16, 9), Buffer.alloc(10, 3)]).toString('base64')
    const threaded = await shownMail(desk, await putMail(desk, message({ headers: [`Thread-Index: ${threadIndex}`] })))
    expect(one(threaded, 'Email2:ConversationId')?.value).toHaveLength(16)
    expect(one(threaded, 'Email2:ConversationIndex')?.value).toHaveLength(15)
    const lonely = await shownMail(desk, await putMail(desk, 'Subject: no id at all\r\n\r\ntext\r\n'))
    expect(one(lonely, 'Email2:ConversationId')).toBeNull()
    expect(one(lonely, 'Email2:ConversationIndex')).toBeNull()
  })

  test('the last verb tells that a message was answered, and when', async () => {
    const id = await putMail(desk, message(), { state: { lastVerb: { verb: 3, at: Date.parse('2026-03-01T12:00:00Z') } } })
    const mail = await shownMail(desk, id)
    expect(textAt(mail, 'Email2:LastVerbExecuted')).toBe('3')
    expect(textAt(mail, 'Email2:LastVerbExecutionTime')).toBe('2026-03-01T12:00:00.000Z')
    expect(one(await shownMail(desk, id, { version: '12.1' }), 'Email2:LastVerbExecuted')).toBeNull()
  })

  test('people are told with their names, Sender only where it is somebody else', async () => {
    const source = message({
      from: 'Bob <bob@example.test>',
      to: '"Alice; A." <alice@example.test>, carol@example.test',
      cc: 'Dan <dan@example.test>',
      headers: ['Reply-To: a@example.test, b@example.test', 'Sender: Bob <BOB@example.test>'],
    })
    const mail = await shownMail(desk, await putMail(desk, source))
    expect(textAt(mail, 'Email:From')).toBe('"Bob" <bob@example.test>')
    expect(textAt(mail, 'Email:To')).toBe('"Alice; A." <alice@example.test>, carol@example.test')
    expect(textAt(mail, 'Email:Cc')).toBe('"Dan" <dan@example.test>')
    expect(textAt(mail, 'Email:ReplyTo')).toBe('a@example.test; b@example.test')
    // Semicolons part the names.
    expect(textAt(mail, 'Email:DisplayTo')).toBe('Alice, A.; carol@example.test')
    expect(one(mail, 'Email2:Sender')).toBeNull()
    const delegated = await putMail(desk, message({ headers: ['Sender: Eve <eve@example.test>'] }))
    expect(textAt(await shownMail(desk, delegated), 'Email2:Sender')).toBe('"Eve" <eve@example.test>')
  })

  test('a list of recipients ends after a whole address before 32,768 characters', async () => {
    const to = Array.from({ length: 3000 }, (_, index) => `person-${index}@example.test`).join(', ')
    const text = textAt(await shownMail(desk, await putMail(desk, message({ to }))), 'Email:To') ?? ''
    expect(text.length).toBeLessThanOrEqual(32_768)
    expect(text.length).toBeGreaterThan(32_700)
    expect(text).toMatch(/@example\.test$/)
  })

  test('IsDraft and Bcc exist from 16.0 on, ReceivedAsBcc only where it is true', async () => {
    const id = await putMail(desk, message({ headers: ['Bcc: dan@example.test'] }), { state: { draft: true, receivedAsBcc: true } })
    const later = await shownMail(desk, id, { version: '16.0' })
    expect(textAt(later, 'Email2:IsDraft')).toBe('1')
    expect(textAt(later, 'Email2:Bcc')).toBe('dan@example.test')
    expect(textAt(later, 'Email2:ReceivedAsBcc')).toBe('1')
    expect(one(await shownMail(desk, id), 'Email2:IsDraft')).toBeNull()
    expect(one(await shownMail(desk, await putMail(desk, message())), 'Email2:ReceivedAsBcc')).toBeNull()
  })

  test('a meeting message is plain mail as long as no MeetingRequest stands beside it', async () => {
    const invitation =
      'Subject: a\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n'
    expect(textAt(await shownMail(desk, await putMail(desk, invitation)), 'Email:MessageClass')).toBe('IPM.Note')
  })
})

describe('files', () => {
  test('are listed with name, size, reference and what the text needs to draw them', async () => {
    const source = [
      'Subject: files',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=m',
      '',
      '--m',
      'Content-Type: multipart/related; boundary=r',
      '',
      '--r',
      'Content-Type: text/html',
      '',
      '<img src="cid:logo@x">',
      '--r',
      'Content-Type: image/png; name=logo.png',
      'Content-ID: <logo@x>',
      'Content-Disposition: inline',
      'Content-Transfer-Encoding: base64',
      '',
      'AAAA',
      '--r--',
      '--m',
      'Content-Type: message/rfc822',
      '',
      'Subject: Inner',
      '',
      'inside',
      '--m--',
      '',
    ].join('\r\n')
    const id = await putMail(desk, source)
    const [logo, inner] = all(await shownMail(desk, id), 'AirSyncBase:Attachments/Attachment')
    expect(textAt(logo ?? null, 'DisplayName')).toBe('logo.png')
    expect(textAt(logo ?? null, 'Method')).toBe('1')
    expect(textAt(logo ?? null, 'ContentId')).toBe('logo@x')
    expect(textAt(logo ?? null, 'IsInline')).toBe('1')
    expect(textAt(logo ?? null, 'FileReference')).toBe(`${id}:1.2`)
    // Android shows an embedded message only with a size and a name that ends in .eml.
    expect(textAt(inner ?? null, 'DisplayName')).toBe('Inner.eml')
    expect(textAt(inner ?? null, 'Method')).toBe('5')
    expect(Number(textAt(inner ?? null, 'EstimatedDataSize'))).toBeGreaterThan(10)
    expect(one(inner ?? null, 'IsInline')).toBeNull()
  })
})

describe('a change', () => {
  test('tells what its owner did with a message, and nothing that cannot change', async () => {
    const id = await putMail(desk, message(), { state: { read: true } })
    const mail = await shownMail(desk, id, { extent: 'change' })
    expect(mail.children.map((child) => child.name)).toEqual(['Email:Read', 'Email:Flag', 'Email:Categories'])
  })

  test('tells everything of a draft', async () => {
    const id = await putMail(desk, message(), { state: { draft: true } })
    const mail = await shownMail(desk, id, { extent: 'change', version: '16.1' })
    expect(one(mail, 'AirSyncBase:Body')).not.toBeNull()
    expect(textAt(mail, 'Email2:IsDraft')).toBe('1')
  })
})

describe('a message that cannot be shown', () => {
  const nested = `Subject: Deep\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n${Array.from(
    { length: 80 },
    (_, level) => `--b${level}\r\nContent-Type: multipart/mixed; boundary=b${level + 1}\r\n\r\n`,
  ).join('')}`

  test('becomes a placeholder that keeps its subject and carries the original', async () => {
    const id = await putMail(desk, nested)
    for (const type of [1, 2, 4] as const) {
      const mail = await shownMail(desk, id, { bodyPreferences: [prefer(type)] })
      expect(textAt(mail, 'Email:Subject')).toBe('Deep')
      expect(bodyOf(mail)).toMatchObject({ type: String(type), truncated: null })
      expect(bodyOf(mail).data).toContain('cannot be shown')
      expect(textAt(mail, 'AirSyncBase:Attachments/Attachment/FileReference')).toBe(`${id}:0`)
      expect(textAt(mail, 'AirSyncBase:Attachments/Attachment/DisplayName')).toBe('Deep.eml')
    }
  })

  test('becomes one as well where it was set aside', async () => {
    const mail = await shownMail(desk, await putMail(desk, message({ subject: 'Poison' })), { aside: true })
    expect(textAt(mail, 'Email:Subject')).toBe('Poison')
    expect(bodyOf(mail).data).toContain('cannot be shown')
  })

  test('is logged without a word of its content, and the rest of the folder goes on', async () => {
    const id = await putMail(desk, message({ subject: 'Confidential' }))
    const failing = { ...desk.mailbox, source: () => Promise.reject(new Error('Confidential text')) } as Mailbox
    expect(textAt(await render(failing, id), 'Email:Subject')).toBe('Confidential')
    expect(desk.logged.join('')).toContain('message could not be rendered')
    expect(desk.logged.join('')).not.toContain('Confidential')
  })

  test('is no excuse for a store that fails', async () => {
    const id = await putMail(desk, message())
    const failing = { ...desk.mailbox, source: () => Promise.reject(new StoreFailure('unavailable')) } as Mailbox
    await expect(render(failing, id)).rejects.toThrow(StoreFailure)
  })

  async function render(mailbox: Mailbox, id: ServerId): Promise<Node> {
    const item = (await desk.mailbox.read([id])).get(id)
    if (item === undefined) throw new Error('no item')
    const call = await desk.call({ type: 'none', bytes: new Uint8Array(0) })
    return read(encode(MailData, await renderMail(item, { extent: 'add', options: defaultOptions, aside: false }, mailbox, call), '14.1'))
  }
})
