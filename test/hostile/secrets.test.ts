// What is nobody's business stays out of the log at its most talkative, and out of a device's trace.
import { readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeviceId } from '../../src/model/id.ts'
import { LineClient, startCounterpart, type Counterpart } from '../mail/counterpart.ts'
import { message } from '../support/message.ts'
import type { Phone } from '../support/phone.ts'
import { el, textAt } from '../support/wire.ts'
import { startLoggedServer, type LoggedServer } from './logged-server.ts'

const password = 'Pa55-quagmire'
/** Each stands in one place of a message, a search or a setting. */
const secrets = [
  ...[
    password,
    Buffer.from(password).toString('base64'),
    Buffer.from(`alice@example.test:${password}`).toString('base64'),
    'wrong-quixotic',
  ],
  ...['subject-quartz', 'body-quokka', 'html-quill', 'from-quail', 'to-quince', 'cc-quiver', 'bcc-quota', 'file-quiche', 'content-quorum'],
  ...['folder-quarry', 'search-quest', 'find-quench', 'device-quirky', 'friend-quotes', 'category-quarter', 'flag-quiz', 'draft-quick'],
  ...['reply-quiet', 'refused-quell', 'sender-quash', 'asked-quaint', 'display-queue', 'header-quaver', 'rcpt-quack', 'alice@example.test'],
  ...['absence-quoll'],
]

let house: LoggedServer
let smarthost: Counterpart
let lines = ''
let trace = ''
let phone: Phone

/** Everything queued so far has been tried; what waits, waits for its time. */
async function settled(): Promise<void> {
  while ((await house.running.store.outbox.list()).some(({ attempts }) => attempts === 0)) await turn()
}

beforeAll(async () => {
  smarthost = await startCounterpart({
    recipient: (address) => (address.startsWith('rcpt-quack') ? [550, `5.1.1 <${address}> is nobody here`] : undefined),
    message: (text) => (text.includes('reply-quiet') ? [451, '4.3.0 subject-quartz body-quokka try later'] : undefined),
  })
  house = await startLoggedServer(password, {
    EASEL_SMARTHOST: '127.0.0.1',
    EASEL_SMARTHOST_PORT: String(smarthost.port),
    EASEL_SMARTHOST_TLS: 'none',
  })
  const { traces } = house.running.admin
  const account = await house.account('alice@example.test', 'display-queue')
  await house.account('to-quince@example.test')
  await traces.start(account.id, 'TRACED' as DeviceId, house.clock.now() + 3_600_000)
  await play()
  await traces.flushed()
  trace = traces
    .running()
    .map(({ file }) => readFileSync(file, 'utf8'))
    .join('')
  lines = house.log()
}, 60_000)

afterAll(async () => {
  await house.close()
  await smarthost.close()
})

async function handIn(source: string): Promise<void> {
  const line = await LineClient.open(house.running.ports.lmtp ?? 0)
  await line.say('LHLO mta.else.test')
  await line.say('MAIL FROM:<from-quail@else.test>')
  await line.say('RCPT TO:<nobody-rcpt-quack@example.test>')
  await line.say('RCPT TO:<alice@example.test>')
  await line.say('DATA')
  await line.message(source, 1)
  line.destroy()
}

/** What is said of it, answered with it, and asked again. */
async function goAway(): Promise<void> {
  const reply = [el('Settings:AppliesToExternalUnknown'), el('Settings:Enabled', '1'), el('Settings:ReplyMessage', 'absence-quoll')]
  const set = el('Settings:Set', [el('Settings:OofState', '1'), el('Settings:OofMessage', reply)])
  for (const property of [
    set,
    el('Settings:Get', [el('Settings:BodyType', 'HTML')]),
    el('Settings:Set', [el('Settings:OofState', 'absence-quoll')]),
  ]) {
    await phone.post('Settings', el('Settings:Settings', [el('Settings:Oof', [property])]))
  }
  await handIn(message({ from: 'from-quail@else.test', to: 'alice@example.test', subject: 'subject-quartz' }))
  await settled()
  expect(smarthost.taken.some(({ text }) => text.includes('absence-quoll'))).toBe(true)
}

/** A day in the life of a phone: what goes well and what goes wrong. */
async function play(): Promise<void> {
  await handIn(
    message({
      subject: 'subject-quartz',
      from: '"from-quail" <from-quail@else.test>',
      to: 'to-quince@example.test, alice@example.test',
      cc: 'cc-quiver@else.test',
      text: 'body-quokka',
      html: '<p>html-quill</p>',
      headers: ['X-Custom: header-quaver'],
      attachments: [{ name: 'file-quiche.txt', type: 'text/plain', content: 'content-quorum' }],
    }),
  )
  await handIn(
    `Subject: subject-quartz\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\nContent-Type: text/plain; name=file-quiche\r\n\r\nbody-quokka\r\n'.repeat(1100)}`,
  )

  const stranger = house.phone('alice@example.test', { password: 'wrong-quixotic' })
  for (let attempt = 0; attempt < 3; attempt++) await stranger.hello()
  phone = house.phone('alice@example.test', { deviceId: 'TRACED' })
  await phone.hello()
  await phone.folderSync()
  await phone.post(
    'Settings',
    el('Settings:Settings', [el('Settings:DevicePassword', [el('Settings:Set', [el('Settings:Password', 'device-quirky')])])]),
  )
  await phone.post(
    'Settings',
    el('Settings:Settings', [
      el('Settings:DeviceInformation', [
        el('Settings:Set', [el('Settings:FriendlyName', 'friend-quotes'), el('Settings:PhoneNumber', 'friend-quotes')]),
      ]),
      el('Settings:UserInformation', [el('Settings:Get')]),
    ]),
  )
  await goAway()
  for (const name of ['folder-quarry', 'folder-quarry', '']) {
    const fields = [
      el('FolderHierarchy:SyncKey', phone.folderKey),
      el('FolderHierarchy:ParentId', '0'),
      el('FolderHierarchy:DisplayName', name),
      el('FolderHierarchy:Type', 12),
    ]
    await phone.post('FolderCreate', el('FolderHierarchy:FolderCreate', fields))
  }
  await phone.folderSync()
  for (const type of [1, 2, 4]) {
    await phone.sync('Inbox', { body: [{ type, preview: 200 }], mimeSupport: 2 })
    phone.collection('Inbox').key = '0'
    phone.collection('Inbox').items.clear()
  }
  await phone.sync('Inbox', { body: [{ type: 1 }] })
  const [id = ''] = [...phone.collection('Inbox').items.keys()].reverse()
  await phone.flag(
    'Inbox',
    id,
    el('Email:Flag', [el('Email:Status', 2), el('Email:FlagType', 'flag-quiz'), el('Tasks:Subject', 'flag-quiz')]),
  )
  const category = el('AirSync:Change', [
    el('AirSync:ServerId', id),
    el('AirSync:ApplicationData', [el('Email:Categories', [el('Email:Category', 'category-quarter')])]),
  ])
  await phone.sync('Inbox', { commands: [category] })
  const wrong = el('AirSync:Change', [
    el('AirSync:ServerId', id),
    el('AirSync:ApplicationData', [el('Email:Subject', 'subject-quartz'), el('Email:Read', 'body-quokka')]),
  ])
  await phone.sync('Inbox', { commands: [wrong] })
  const draft = [
    el('Email:To', 'to-quince@example.test; rcpt-quack'),
    el('Email:Subject', 'draft-quick'),
    el('AirSyncBase:Body', [el('AirSyncBase:Type', 1), el('AirSyncBase:Data', 'draft-quick')]),
  ]
  for (const extra of [[], [el('Email2:Send')], [el('Email:DateReceived', 'body-quokka')]]) {
    await phone.sync('Drafts', {
      commands: [el('AirSync:Add', [el('AirSync:ClientId', `d${extra.length}`), el('AirSync:ApplicationData', [...draft, ...extra])])],
    })
  }

  const from = 'From: alice@example.test\r\n'
  await phone.sendMail(
    `${from}To: to-quince@example.test, rcpt-quack@else.test\r\nCc: cc-quiver@else.test\r\nBcc: bcc-quota@else.test\r\nSubject: subject-quartz\r\n\r\nbody-quokka`,
  )
  await phone.sendMail('From: sender-quash@else.test\r\nTo: to-quince@example.test\r\n\r\nbody-quokka')
  await phone.sendMail(`${from}refused-quell\r\nTo: to-quince\r\n\r\nbody-quokka`)
  await phone.sendMail(`${from}To: refused-quell\r\n\r\nbody-quokka`)
  await phone.post('SendMail', Buffer.from(`${from}To: refused-quell\r\n\r\nbody-quokka`), { type: 'message/rfc822' })
  await phone.smart('SmartReply', 'Inbox', id, `${from}To: from-quail@else.test\r\nSubject: reply-quiet\r\n\r\nreply-quiet`)
  await phone.smart('SmartForward', 'Inbox', '1:zzzz', `${from}To: from-quail@else.test\r\n\r\nreply-quiet`)
  await settled()

  const conditions = [el('Search:FreeText', 'search-quest')]
  await phone.post(
    'Search',
    el('Search:Search', [el('Search:Store', [el('Search:Name', 'Mailbox'), el('Search:Query', [el('Search:And', conditions)])])]),
  )
  await phone.post('Search', el('Search:Search', [el('Search:Store', [el('Search:Name', 'GAL'), el('Search:Query', 'search-quest')])]))
  const query = el('Find:Query', [el('Find:FreeText', 'find-quench')])
  await phone.post(
    'Find',
    el('Find:Find', [el('Find:SearchId', '1'), el('Find:ExecuteSearch', [el('Find:MailBoxSearchCriterion', [query])])]),
  )
  const fetches = [
    [el('AirSync:ServerId', id)],
    [el('AirSyncBase:FileReference', `${id}:2`)],
    [el('AirSyncBase:FileReference', 'file-quiche '.repeat(30))],
    [el('DocumentLibrary:LinkId', 'file-quiche')],
  ]
  await phone.post(
    'ItemOperations',
    el(
      'ItemOperations:ItemOperations',
      fetches.map((children) => el('ItemOperations:Fetch', [el('ItemOperations:Store', 'Mailbox'), ...children])),
    ),
  )
  await phone.move('Inbox', [id], 'Deleted Items')
  // What is broken, and what stands where it should not.
  await phone.post('Sync', Buffer.from('\x03\x01\x6a\x00\x45\x03body-quokka', 'latin1'))
  await phone.post('Sync', Buffer.from('body-quokka'))
  await phone.post('Sync', el('AirSync:Sync', [el('AirSync:Collections', 'body-quokka')]))
  await phone.post('Ping', el('Ping:Ping', [el('Ping:HeartbeatInterval', 60), el('Ping:Folders', 'body-quokka')]))
  await phone.send('GET', '/subject-quartz', null, { Authorization: phone.authorization, Cookie: password })
  await phone.send(
    'POST',
    `/Microsoft-Server-ActiveSync?Cmd=GetAttachment&AttachmentName=file-quiche&DeviceId=x&DeviceType=y&User=alice@example.test`,
    null,
    { Authorization: phone.authorization },
  )
  await phone.send(
    'POST',
    '/Autodiscover/Autodiscover.xml',
    Buffer.from('<Autodiscover><Request><EMailAddress>asked-quaint@example.test</EMailAddress></Request></Autodiscover>'),
    { Authorization: phone.authorization },
  )
}

test('the scene was played: mail went through every door', async () => {
  expect(smarthost.taken.map(({ text }) => text).join()).toContain('body-quokka')
  expect(lines).toContain('message delivered')
  expect(lines).toContain('wrong password')
  expect(lines).toContain('queued message tried')
  expect(trace).toContain('SendMail')
  expect(trace.length).toBeGreaterThan(10_000)
  const shown = await phone.sync('Sent Items', { body: [{ type: 1 }] })
  expect(textAt(shown.collection, 'Status')).toBe('1')
})

test.each(secrets)('%s stands in no line of the log', (secret) => {
  const found = lines.split('\n').filter((line) => line.includes(secret))
  expect(found).toEqual([])
})

test.each(secrets)('%s stands in no line of the trace', (secret) => {
  const found = trace.split('\n').filter((line) => line.includes(secret))
  expect(found).toEqual([])
})

test('what is encoded hides nothing either', () => {
  for (const text of [lines, trace]) {
    for (const secret of secrets) {
      expect(text).not.toContain(Buffer.from(secret).toString('base64').replace(/.=*$/, ''))
      expect(text).not.toContain(Buffer.from(secret).toString('hex'))
    }
  }
})
