// Hostile mail through the door it comes in by, and out of the one phones use: no message costs another one, or the server.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LineClient } from '../mail/counterpart.ts'
import { message } from '../support/message.ts'
import { hasReference, referenceFiles, referencePath } from '../support/reference.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { invalid } from '../support/validate.ts'
import { el, textAt } from '../support/wire.ts'
import { bombs } from './bombs.ts'

/** What a bomb may cost on a busy machine; those that are not defused take minutes. */
const bearable = 4000

let server: TestServer
let line: LineClient

beforeAll(async () => {
  server = await startTestServer({ accounts: ['alice@example.test', 'bob@example.test'], environment: { EASEL_LMTP_PORT: '0' } })
  line = await LineClient.open(server.running.ports.lmtp ?? 0)
  await line.say('LHLO mta.else.test')
})

afterAll(async () => {
  line.destroy()
  await server.close()
})

/** Hands a message in; the answer for its recipient. */
async function handIn(source: string | Buffer, recipient: string): Promise<string> {
  line.write(`MAIL FROM:<mallory@else.test>\r\nRCPT TO:<${recipient}>\r\nDATA\r\n`)
  for (let replies = 0; replies < 3; replies++) await line.reply()
  const text = typeof source === 'string' ? source : source.toString('latin1')
  line.write(`${text.replace(/^\./gm, '..')}${text.endsWith('\r\n') ? '' : '\r\n'}.\r\n`)
  return line.reply()
}

describe('hostile mail', () => {
  test.each(Object.keys(bombs))('is taken in no time: %s', { timeout: 120_000 }, async (name) => {
    const source = bombs[name]?.() ?? ''
    const began = performance.now()
    expect(await handIn(source, 'alice@example.test')).toMatch(/^250 /)
    expect(performance.now() - began).toBeLessThan(bearable)
  })

  test('can be answered', { timeout: 120_000 }, async () => {
    const phone = await server.phone('alice@example.test')
    await phone.syncAll('Inbox', { window: 100, body: [{ type: 1, truncation: 0 }] })
    for (const id of phone.collection('Inbox').items.keys()) {
      const began = performance.now()
      const answer = await phone.smart('SmartReply', 'Inbox', id, 'From: alice@example.test\r\nTo: bob@example.test\r\n\r\nWhat?\r\n', {
        save: false,
      })
      expect([200, textAt(answer.node, 'Status')]).toEqual([answer.status, null])
      expect(performance.now() - began).toBeLessThan(bearable)
    }
  })

  test('comes with the reference corpus, and a good message behind it all', async () => {
    const corpus = hasReference ? referenceFiles('mail', '.eml').map((name) => readFileSync(referencePath('mail', name))) : []
    for (const source of corpus) expect(await handIn(source, 'alice@example.test')).toMatch(/^250 /)
    expect(await handIn(message({ subject: 'Still here' }), 'alice@example.test')).toMatch(/^250 /)
  })

  const answers: { command: string; version: string; bytes: Buffer }[] = []
  const bodies = [
    ['plain text', '12.1', { body: [{ type: 1 }] }],
    ['the beginning of plain text', '14.1', { body: [{ type: 1, truncation: 500, preview: 200 }] }],
    ['HTML', '14.0', { body: [{ type: 2 }] }],
    ['MIME', '16.0', { body: [{ type: 4 }], mimeSupport: 2 }],
  ] as const

  test.each(bodies)('reaches a phone that wants %s whole, and sticks nowhere', { timeout: 120_000 }, async (_, version, options) => {
    const phone = await server.phone('alice@example.test', { version })
    for (let more = true; more;) {
      const synced = await phone.sync('Inbox', { ...options, window: 25 })
      answers.push({ command: 'Sync', version, bytes: synced.reply.bytes })
      more = synced.more
    }
    const mailbox = await server.mailbox('alice@example.test')
    const inbox = await mailbox.items(phone.folder('Inbox').id as never, 'Email').newestFirst(null, null, 10_000)
    expect(phone.collection('Inbox').items.size).toBe(inbox.changes.length)
    expect([...phone.collection('Inbox').items.values()].map((item) => item.properties.get('Email:Subject'))).toContain('Still here')
    expect(phone.violations).toEqual([])
  })

  test('is told of in documents that the schemas allow', { timeout: 120_000 }, async () => {
    const short = answers.filter(({ bytes }) => bytes.length < 300_000)
    expect(short.length).toBeGreaterThan(3)
    expect(await invalid(short)).toEqual([])
  })

  test('a message that a phone cannot take is set aside after some tries, and those behind it come', async () => {
    for (const subject of ['first', 'poison', 'last'])
      await server.deliver('bob@example.test', message({ subject, to: 'bob@example.test' }))
    const phone = await server.phone('bob@example.test')
    const options = { window: 1, body: [{ type: 1, truncation: 500 }] }
    await phone.sync('Inbox', options)
    const stuck = phone.collection('Inbox')
    const key = stuck.key
    const shown: (string | undefined)[] = []
    // The phone crashes on what it gets, and asks again with the key it had.
    for (let attempt = 0; attempt < 12; attempt++) {
      stuck.key = key
      const synced = await phone.sync('Inbox', options)
      const [id = ''] = synced.added
      shown.push(stuck.items.get(id)?.properties.get('AirSyncBase:Body'))
      stuck.items.delete(id)
    }
    expect(shown[0]).toContain('Text of message')
    expect(shown.at(-1)).toContain('cannot be shown')
    await phone.syncAll('Inbox', options)
    expect([...stuck.items.values()].map((item) => item.properties.get('Email:Subject')).sort()).toContain('first')
  })
})

describe('a mail system that misbehaves', () => {
  test('cannot write header fields by way of its commands', async () => {
    for (const sender of [
      'a\rX-Evil: 1@else.test',
      '"a\rX-Evil: 1"@else.test',
      'a@else.test>\rX-Evil: 1<',
      `${'a'.repeat(5000)}@else.test`,
    ]) {
      await line.say('RSET')
      await line.say(`MAIL FROM:<${sender}>`)
      await line.say('RCPT TO:<bob@example.test>')
      if (!(await line.say('DATA')).startsWith('354')) continue
      await line.message(message(), 1)
    }
    const mailbox = await server.mailbox('bob@example.test')
    const folder = await mailbox.defaultFolder(2)
    const { changes } = await mailbox.items(folder.id, 'Email').newestFirst(null, null, 100)
    for (const { id } of changes) {
      const source = await mailbox.source(id)
      const text = Buffer.from((await source?.read(0, source.bytes)) ?? '').toString('latin1')
      expect(text).not.toMatch(/^X-Evil/im)
      expect(text.slice(0, text.indexOf('\r\n\r\n'))).not.toMatch(/\r(?!\n)|\0/)
    }
  })

  test('may break off anywhere, and say anything', async () => {
    const pieces = [
      '\0\0\0',
      'MAIL FROM:<>',
      'RCPT TO:<bob@example.test>',
      'DATA',
      'x'.repeat(100_000),
      '.',
      'BDAT 99999999999',
      'STARTTLS',
      'AUTH PLAIN AAAA',
    ]
    for (let count = 1; count <= pieces.length; count++) {
      const other = await LineClient.open(server.running.ports.lmtp ?? 0)
      other.write('LHLO x\r\n')
      for (const piece of pieces.slice(0, count)) other.write(`${piece}\r\n`)
      other.destroy()
    }
    expect(await line.say('NOOP')).toMatch(/^250/)
    const phone = await server.phone('bob@example.test')
    expect((await phone.post('FolderSync', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', '0')]))).status).toBe(200)
  })
})
