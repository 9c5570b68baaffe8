// SendMail, SmartReply and SmartForward: sent once, kept where it is asked, noted on the original.
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folderType, type FolderType } from '../../../src/model/folder.ts'
import type { ServerId } from '../../../src/model/id.ts'
import type { Item } from '../../../src/model/item.ts'
import { sendMail } from '../../../src/protocol/commands/send-mail.ts'
import { smartForward } from '../../../src/protocol/commands/smart-forward.ts'
import { smartReply } from '../../../src/protocol/commands/smart-reply.ts'
import { openDesk, type CallOptions, type Desk, type Served } from '../../support/call.ts'
import { putMail, shownMail } from '../../support/mail.ts'
import { message } from '../../support/message.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { el, textAt, type Node } from '../../support/wire.ts'
import { emailOf } from '../../../src/model/item.ts'

/** Validated together at the end. */
const answered: Answered[] = []
let desk: Desk
beforeEach(async () => {
  desk = await openDesk()
})
afterEach(async () => {
  answered.push(...desk.answered)
  await desk.close()
})
afterAll(async () => {
  expect(await invalid(answered)).toEqual([])
})

const part = (name: string, content?: Parameters<typeof el>[1]) => el(`ComposeMail:${name}`, content)

interface Written {
  readonly clientId?: string
  readonly save?: boolean
  readonly replace?: boolean
  readonly more?: readonly Node[]
}

const own = (fields: Parameters<typeof message>[0] = {}) =>
  message({ from: 'Alice <alice@example.test>', to: 'bob@example.test', ...fields })

function request(command: string, mime: string | null, { clientId = 'c-1', save = true, replace = false, more = [] }: Written = {}): Node {
  return part(command, [
    part('ClientId', clientId),
    save ? part('SaveInSentItems') : null,
    replace ? part('ReplaceMime') : null,
    ...more,
    mime === null ? null : part('Mime', Buffer.from(mime)),
  ])
}

const source = (id: string) => part('Source', [part('FolderId', id.split(':')[0]), part('ItemId', id)])
const sendAs = (mime: string, written?: Written, options?: CallOptions) => desk.serve(sendMail, request('SendMail', mime, written), options)
const success = { status: 200, type: null, bytes: null }

async function itemsIn(type: FolderType): Promise<Item[]> {
  const feed = desk.mailbox.items(await desk.folder(type), 'Email')
  const { changes } = await feed.newestFirst(null, null, 100)
  return [...(await feed.read(changes.map((change) => change.id))).values()]
}

const sentItems = () => itemsIn(folderType.sentItems)
const queued = () => desk.store.outbox.list()

async function wireOf(index = 0): Promise<string> {
  const entry = (await queued())[index]
  const stored = entry === undefined ? null : await desk.store.outbox.source(entry.number)
  return stored === null ? '' : Buffer.from(await stored.read(0, stored.bytes)).toString('utf8')
}

const statusOf = (served: Served) => textAt(served.node, 'Status')

describe('a message of one’s own', () => {
  test('is queued, kept in Sent Items and answered with nothing', async () => {
    expect(await sendAs(own({ subject: 'Hello' }))).toMatchObject(success)
    expect((await queued()).map((entry) => entry.recipients)).toEqual([['bob@example.test']])
    const [copy] = await sentItems()
    expect(emailOf(copy).envelope.subject).toBe('Hello')
    expect(emailOf(copy).state.read).toBe(true)
    expect(desk.kicks()).toBe(1)
  })

  test('is kept nowhere without SaveInSentItems', async () => {
    await sendAs(own(), { save: false })
    expect(await sentItems()).toEqual([])
    expect(await queued()).toHaveLength(1)
  })

  test('with a ClientId that was sent before is 118, and nothing is sent twice', async () => {
    await sendAs(own({ subject: 'Once' }))
    const repeated = await sendAs(own({ subject: 'Once' }))
    expect(repeated.status).toBe(200)
    expect(statusOf(repeated)).toBe('118')
    expect(await queued()).toHaveLength(1)
    expect(await sentItems()).toHaveLength(1)
    expect(desk.kicks()).toBe(1)
  })

  test('with the ClientId of another device is another message', async () => {
    await sendAs(own())
    expect(await sendAs(own(), {}, { device: 'tablet' })).toMatchObject(success)
    expect(await queued()).toHaveLength(2)
  })

  test('sent twice at the same moment goes out once', async () => {
    const answers = await Promise.all([sendAs(own()), sendAs(own())])
    expect(new Set(answers.map(statusOf))).toEqual(new Set(['118', null]))
    expect(await queued()).toHaveLength(1)
  })

  test('leaves without Bcc, which its copy keeps', async () => {
    await sendAs(own({ headers: ['Bcc: carol@example.test'] }))
    expect((await queued())[0]?.recipients).toEqual(['bob@example.test', 'carol@example.test'])
    expect(await wireOf()).not.toMatch(/^bcc:/im)
    expect(emailOf((await sentItems())[0]).envelope.bcc).toHaveLength(1)
  })

  test('gets the From that Android leaves out', async () => {
    await sendAs('To: bob@example.test\r\nSubject: a\r\n\r\ntext\r\n')
    expect(await wireOf()).toMatch(/^From: Alice <alice@example\.test>\r$/m)
  })

  test('may have lines that end in LF alone', async () => {
    expect(await sendAs('From: alice@example.test\nTo: bob@example.test\nSubject: a\n\ntext\n')).toMatchObject(success)
    expect(await wireOf()).toContain('Subject: a\r\n')
  })

  test.each([
    ['nobody to go to', 'From: alice@example.test\r\nSubject: a\r\n\r\ntext\r\n', '119', 500],
    ['no header that is one', 'this is no header\r\n\r\ntext\r\n', '107', 400],
    ['somebody else in From', own({ from: 'eve@example.test' }), '120', 500],
    ['no address among its recipients', own({ to: 'Bob' }), '116', 500],
  ])('with %s is refused: a Status from 14.0 on, HTTP before', async (_, mime, status, http) => {
    expect(statusOf(await sendAs(mime))).toBe(status)
    expect(await desk.serve(sendMail, mime, { version: '12.1' })).toMatchObject({ status: http, bytes: null })
    expect(await queued()).toEqual([])
    expect(await sentItems()).toEqual([])
  })

  test('that is too large or goes to too many is refused', async () => {
    const small = await openDesk({ messageBytesMax: 1000, recipientsMax: 2 })
    const ask = async (mime: string) => statusOf(await small.serve(sendMail, request('SendMail', mime)))
    expect(await ask(own({ text: 'x'.repeat(1000) }))).toBe('122')
    expect(await ask(own({ to: 'a@example.test, b@example.test, c@example.test' }))).toBe('115')
    await small.close()
  })

  test('without Mime is no document, with an empty one no message', async () => {
    expect(statusOf(await desk.serve(sendMail, request('SendMail', null)))).toBe('103')
    expect(statusOf(await sendAs(''))).toBe('107')
  })

  test('from an account that does not exist is 166', async () => {
    expect(statusOf(await sendAs(own(), { more: [part('AccountId', '17')] }))).toBe('166')
    expect(await queued()).toEqual([])
  })
})

describe('a message that comes bare', () => {
  test.each(['12.1', '14.1', '16.1'] as const)('is taken for what it says it is at %s', async (version) => {
    expect(await desk.serve(sendMail, own(), { version, line: { saveInSent: true } })).toMatchObject(success)
    expect(await queued()).toHaveLength(1)
    expect(await sentItems()).toHaveLength(1)
  })

  test('again, after its answer was lost, is a success that sends nothing', async () => {
    const mime = own()
    for (let attempt = 0; attempt < 3; attempt++) expect(await desk.serve(sendMail, mime, { version: '12.1' })).toMatchObject(success)
    expect(await queued()).toHaveLength(1)
    expect(await sentItems()).toEqual([])
  })

  test('answers and forwards with its parameters in the request line', async () => {
    const id = await putMail(desk, message({ text: 'the original' }))
    const line = { itemId: id, collectionId: desk.inbox, saveInSent: true }
    expect(await desk.serve(smartReply, own({ text: 'my answer' }), { version: '12.1', line })).toMatchObject(success)
    expect(emailOf((await sentItems())[0]).envelope.preview).toContain('my answer')
    expect(await desk.serve(smartForward, own({ text: 'see below' }), { version: '12.1', line: { longId: id } })).toMatchObject(success)
    expect(await queued()).toHaveLength(2)
    expect(await desk.serve(smartReply, own(), { version: '12.1', line: { itemId: '1:zz' } })).toMatchObject({ status: 500, bytes: null })
  })
})

describe('an answer', () => {
  const reply = (id: string, fields: Parameters<typeof message>[0] = {}, written: Written = {}) =>
    desk.serve(smartReply, request('SmartReply', own({ text: 'my answer', ...fields }), { more: [source(id)], ...written }))
  const lastVerb = async (id: ServerId) => emailOf((await desk.mailbox.read([id])).get(id)).state.lastVerb ?? null

  test('quotes the original and is tied to it', async () => {
    const id = await putMail(desk, message({ text: 'the original', messageId: '<root@example.test>' }))
    expect(await reply(id)).toMatchObject(success)
    const wire = await wireOf()
    expect(wire).toContain('my answer')
    expect(wire).toContain('> the original')
    expect(wire).toContain('In-Reply-To: <root@example.test>')
  })

  test('with ReplaceMime is sent as the phone wrote it, and tied to the original all the same', async () => {
    const id = await putMail(desk, message({ text: 'the original', messageId: '<root@example.test>' }))
    await reply(id, {}, { replace: true })
    expect(await wireOf()).not.toContain('the original')
    expect(await wireOf()).toContain('In-Reply-To: <root@example.test>')
  })

  test('shows on the original, so that other devices hear of it', async () => {
    const id = await putMail(desk, message())
    const before = await desk.mailbox.modseq()
    await desk.clock.advance(60)
    await reply(id)
    expect(await lastVerb(id)).toEqual({ verb: 1, at: desk.clock.now() })
    const { changes } = await desk.mailbox.items(desk.inbox, 'Email').since(before, 10)
    expect(changes.map((change) => change.id)).toEqual([id])
    const shown = await shownMail(desk, id, { extent: 'change' })
    expect(textAt(shown, 'Email2:LastVerbExecuted')).toBe('1')
  })

  test('to somebody who got the original beside oneself is an answer to all', async () => {
    const id = await putMail(desk, message({ to: 'alice@example.test, carol@example.test', cc: 'dan@example.test' }))
    await reply(id, { to: 'bob@example.test', cc: 'dan@example.test' })
    expect((await lastVerb(id))?.verb).toBe(2)
    const single = await putMail(desk, message({ to: 'alice@example.test, carol@example.test' }))
    await reply(single, { to: 'bob@example.test' }, { clientId: 'c-2' })
    expect((await lastVerb(single))?.verb).toBe(1)
    // Somebody new among the recipients makes no answer to all.
    await reply(single, { to: 'bob@example.test, eve@example.test' }, { clientId: 'c-3' })
    expect((await lastVerb(single))?.verb).toBe(1)
  })

  test('by a LongId alone works as after a search', async () => {
    const id = await putMail(desk, message({ text: 'found by searching' }))
    await reply(id, {}, { more: [part('Source', [part('LongId', id)])] })
    expect(await wireOf()).toContain('> found by searching')
  })

  test('to a message that is gone is 150, unless it was sent before that', async () => {
    const id = await putMail(desk, message())
    expect(statusOf(await reply('1:zz'))).toBe('150')
    expect(statusOf(await reply(id, {}, { more: [part('Source', [])] }))).toBe('150')
    await reply(id)
    await desk.mailbox.remove(id, 'forever')
    expect(statusOf(await reply(id))).toBe('118')
    expect(await queued()).toHaveLength(1)
  })

  test('that is refused leaves the original as it was', async () => {
    const id = await putMail(desk, message())
    expect(statusOf(await reply(id, { from: 'eve@example.test' }))).toBe('120')
    expect(await lastVerb(id)).toBeNull()
  })

  test('without a Source is no document', async () => {
    expect(statusOf(await desk.serve(smartReply, request('SmartReply', own())))).toBe('103')
  })
})

describe('a forwarded message', () => {
  const forward = (id: string, written: Written = {}) =>
    desk.serve(smartForward, request('SmartForward', own({ text: 'see below' }), { more: [source(id)], ...written }))

  test('carries the text and the files of the original, which shows it', async () => {
    const id = await putMail(
      desk,
      message({ text: 'the original', attachments: [{ name: 'plan.pdf', type: 'application/pdf', content: 'PDF' }] }),
    )
    expect(await forward(id)).toMatchObject(success)
    const wire = await wireOf()
    expect(wire).toContain('see below')
    expect(wire).toContain('the original')
    expect(wire).toContain('plan.pdf')
    expect(emailOf((await desk.mailbox.read([id])).get(id)).state.lastVerb?.verb).toBe(3)
  })

  test('with ReplaceMime carries nothing of it', async () => {
    const id = await putMail(
      desk,
      message({ text: 'the original', attachments: [{ name: 'plan.pdf', type: 'application/pdf', content: 'PDF' }] }),
    )
    await forward(id, { replace: true })
    expect(await wireOf()).not.toContain('plan.pdf')
  })

  test('with Forwardees instead of a message is 150, since mail is no meeting', async () => {
    const id = await putMail(desk, message())
    const guests = part('Forwardees', [part('Forwardee', [part('Email', 'dan@example.test')])])
    const served = await desk.serve(smartForward, request('SmartForward', null, { save: false, more: [source(id), guests] }), {
      version: '16.1',
    })
    expect(statusOf(served)).toBe('150')
  })
})
