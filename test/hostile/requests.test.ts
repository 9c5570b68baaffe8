// Requests that no phone sends: random and mutated documents, numbers without measure, ids that are none. Each is answered in the
// specification's words, and costs nobody else anything.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Phone, Reply } from '../support/phone.ts'
import { message } from '../support/message.ts'
import { dice } from '../support/random.ts'
import { invalid } from '../support/validate.ts'
import { all, el, textAt, walk, write, type Node } from '../support/wire.ts'
import { commandNames, hostileBody } from './documents.ts'
import { startLoggedServer, type LoggedServer } from './logged-server.ts'

/** Raised for a long night: EASEL_HOSTILE_RUNS=20000, with another EASEL_HOSTILE_SEED. */
const runs = Number(process.env['EASEL_HOSTILE_RUNS'] ?? 80)
const seed = Number(process.env['EASEL_HOSTILE_SEED'] ?? 26)
/** A request is served in milliseconds; one that hangs is never. */
const bearable = 5000

const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const

let house: LoggedServer
let phones: Record<(typeof versions)[number], Phone>
let phone: Phone

beforeAll(async () => {
  // A phone that sends nonsense by the hundred would be sent away, and nothing of it looked at.
  house = await startLoggedServer('correct horse', { EASEL_BRAKE: '0' })
  const alice = await house.account('alice@example.test')
  const inbox = await (await house.running.store.mailbox(alice.id)).defaultFolder(2)
  expect(inbox.name).toBe('Inbox')
  const made = versions.map((version) => house.phone('alice@example.test', { version, deviceId: `V${version.replace('.', 'x')}` }))
  for (const each of made) {
    await each.hello()
    expect(await each.folderSync()).toBe(1)
  }
  await made[0]?.sendMail(message({ from: 'alice@example.test', to: 'alice@example.test' }))
  phones = Object.fromEntries(made.map((each) => [each.version, each])) as typeof phones
  phone = phones['16.1']
})
afterAll(() => house.close())

describe('random documents', () => {
  const answers: { command: string; version: string; bytes: Buffer }[] = []

  test.each(versions)('of %s are answered in the words of the specification', { timeout: 60_000 + runs * 100 }, async (version) => {
    const random = dice(seed + versions.indexOf(version))
    const from = phones[version]
    for (let run = 0; run < runs; run++) {
      if (run % 40 === 0) {
        for (const name of ['Inbox', 'Drafts']) {
          from.collection(name).key = '0'
          from.collection(name).items.clear()
        }
        from.folderKey = '0'
        expect(await from.folderSync()).toBe(1)
        for (const name of ['Inbox', 'Drafts']) await from.sync(name)
      }
      const command = random.pick(commandNames)
      const body = hostileBody(command, from, random)
      const headers: Record<string, string> = random.chance(0.1) ? { 'MS-ASAcceptMultiPart': 'T' } : {}
      const parameters: Record<string, string> = random.chance(0.1)
        ? { AttachmentName: '1:1:1', CollectionId: '1', ItemId: '1:1', LongId: random.pick(['', '1:1', 'x']), SaveInSent: 'T' }
        : {}
      const about = `seed ${seed}, run ${run}, ${command} ${body?.toString('hex').slice(0, 2000) ?? ''}`
      const began = performance.now()
      const reply = await house.answered(from.post(command, body, { headers, parameters }))
      expect(performance.now() - began, about).toBeLessThan(bearable)
      // 12.1 says by HTTP what later versions say in a document.
      expect(version === '12.1' ? [200, 400, 403, 449, 500, 501] : [200, 400, 501], about).toContain(reply.status)
      expect(reply.headers['request-id'], about).toBeUndefined()
      if (reply.node !== null) answers.push({ command, version, bytes: reply.bytes })
    }
    expect(house.errors()).toEqual([])
    expect(from.violations).toEqual([])
  })

  test('are answered in documents that the schemas allow', { timeout: 60_000 + runs * 100 }, async () => {
    // A move of nothing is answered as one, beside the others.
    expect((await invalid(answers)).filter((line) => !line.includes("{Move}SrcMsgId': [facet 'minLength']"))).toEqual([])
  })
})

const syncOf = (collections: readonly Node[], tail: readonly Node[] = []) =>
  el('AirSync:Sync', [el('AirSync:Collections', collections), ...tail])
const collection = (key: string, id: string, ...rest: Node[]) =>
  el('AirSync:Collection', [el('AirSync:SyncKey', key), el('AirSync:CollectionId', id), ...rest])
const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))

/** The Status of the whole answer, or else of its first part. */
function statusOf(reply: Reply): string | null {
  const direct = textAt(reply.node, 'Status')
  if (direct !== null) return direct
  const first = reply.node === null ? undefined : [...walk(reply.node)].find((node) => node.name.endsWith(':Status'))
  return first === undefined ? null : String(first.value)
}

describe('numbers without measure', () => {
  const cases: readonly (readonly [string, string, () => Node, readonly (string | null)[]])[] = [
    [
      'eighty thousand folders in a Ping',
      'Ping',
      () =>
        el('Ping:Ping', [
          el('Ping:HeartbeatInterval', 60),
          el(
            'Ping:Folders',
            times(80_000, (index) => el('Ping:Folder', [el('Ping:Id', index)])),
          ),
        ]),
      ['102', '6'],
    ],
    [
      'three hundred and one folders in a Ping',
      'Ping',
      () =>
        el('Ping:Ping', [
          el('Ping:HeartbeatInterval', 60),
          el(
            'Ping:Folders',
            times(301, (index) => el('Ping:Folder', [el('Ping:Id', index), el('Ping:Class', 'Email')])),
          ),
        ]),
      ['6'],
    ],
    [
      'an id of a megabyte in a Ping',
      'Ping',
      () =>
        el('Ping:Ping', [
          el('Ping:HeartbeatInterval', 60),
          el('Ping:Folders', [el('Ping:Folder', [el('Ping:Id', 'x'.repeat(1 << 20)), el('Ping:Class', 'Email')])]),
        ]),
      ['4'],
    ],
    ...['-1', '0', '59', '3541', '4294967296', '99999999999999999999'].map(
      (seconds) =>
        [
          `a Ping of ${seconds} seconds`,
          'Ping',
          () =>
            el('Ping:Ping', [
              el('Ping:HeartbeatInterval', seconds),
              el('Ping:Folders', [el('Ping:Folder', [el('Ping:Id', '1'), el('Ping:Class', 'Email')])]),
            ]),
          ['5', '4'],
        ] as const,
    ),
    ['a hundred thousand collections', 'Sync', () => syncOf(times(100_000, (index) => collection('0', String(index)))), ['102', '15']],
    ['three hundred and one collections', 'Sync', () => syncOf(times(301, (index) => collection('0', String(index)))), ['15']],
    ['one collection a thousand times', 'Sync', () => syncOf(times(1000, () => collection('0', '1'))), ['4']],
    [
      'two hundred and one commands',
      'Sync',
      () =>
        syncOf([
          collection(
            '1',
            '1',
            el(
              'AirSync:Commands',
              times(201, (index) => el('AirSync:Fetch', [el('AirSync:ServerId', `1:${index}`)])),
            ),
          ),
        ]),
      ['4'],
    ],
    ...['-1', '-4294967296', '0', '513', '4294967296'].map(
      (size) =>
        [
          `a WindowSize of ${size}`,
          'Sync',
          () => syncOf([collection('0', '1', el('AirSync:WindowSize', size))], [el('AirSync:WindowSize', size)]),
          ['1', '4'],
        ] as const,
    ),
    ...['-1', '0', '60000', '99999999999'].map(
      (minutes) =>
        [`a Wait of ${minutes} minutes`, 'Sync', () => syncOf([collection('0', '1')], [el('AirSync:Wait', minutes)]), ['14', '4']] as const,
    ),
    [
      'a Wait and a HeartbeatInterval',
      'Sync',
      () => syncOf([collection('0', '1')], [el('AirSync:Wait', 1), el('AirSync:HeartbeatInterval', 60)]),
      ['4'],
    ],
    [
      'a TruncationSize beyond 32 bits',
      'Sync',
      () =>
        syncOf([
          collection(
            '0',
            '1',
            el('AirSync:Options', [
              el('AirSyncBase:BodyPreference', [el('AirSyncBase:Type', 1), el('AirSyncBase:TruncationSize', '4294967296')]),
            ]),
          ),
        ]),
      ['4'],
    ],
    [
      'a FilterType that is none',
      'Sync',
      () => syncOf([collection('0', '1', el('AirSync:Options', [el('AirSync:FilterType', 9)]))]),
      ['4'],
    ],
    ['a SyncKey of a megabyte', 'Sync', () => syncOf([collection('x'.repeat(1 << 20), '1')]), ['4']],
    [
      'a thousand and one moves',
      'MoveItems',
      () =>
        el(
          'Move:MoveItems',
          times(1001, (index) => el('Move:Move', [el('Move:SrcMsgId', `1:${index}`), el('Move:SrcFldId', '1'), el('Move:DstFldId', '2')])),
        ),
      ['103'],
    ],
    [
      'a thousand moves of nothing',
      'MoveItems',
      () =>
        el(
          'Move:MoveItems',
          times(1000, (index) =>
            el('Move:Move', [el('Move:SrcMsgId', `1:zz${index}`), el('Move:SrcFldId', '1'), el('Move:DstFldId', '2')]),
          ),
        ),
      ['1', '2'],
    ],
    [
      'a thousand and one estimates',
      'GetItemEstimate',
      () =>
        el('GetItemEstimate:GetItemEstimate', [
          el(
            'GetItemEstimate:Collections',
            times(1001, () => el('GetItemEstimate:Collection', [el('AirSync:SyncKey', '1'), el('GetItemEstimate:CollectionId', '1')])),
          ),
        ]),
      ['103'],
    ],
    [
      'a hundred and one operations',
      'ItemOperations',
      () =>
        el(
          'ItemOperations:ItemOperations',
          times(101, () => el('ItemOperations:Fetch', [el('ItemOperations:Store', 'Mailbox')])),
        ),
      ['11'],
    ],
    [
      'a SearchId of a megabyte',
      'Find',
      () =>
        el('Find:Find', [
          el('Find:SearchId', 'x'.repeat(1 << 20)),
          el('Find:ExecuteSearch', [el('Find:GalSearchCriterion', [el('Find:Query', 'x')])]),
        ]),
      ['2'],
    ],
    [
      'a search for a megabyte of stars',
      'Find',
      () =>
        el('Find:Find', [
          el('Find:SearchId', 'x'),
          el('Find:ExecuteSearch', [
            el('Find:MailBoxSearchCriterion', [el('Find:Query', [el('Find:FreeText', `${'*'.repeat(1 << 20)}a`)])]),
          ]),
        ]),
      ['1'],
    ],
    [
      'a search in fifty thousand folders',
      'Search',
      () =>
        el('Search:Search', [
          el('Search:Store', [
            el('Search:Name', 'Mailbox'),
            el('Search:Query', [el('Search:And', [...times(50_000, () => el('AirSync:CollectionId', '1')), el('Search:FreeText', 'x')])]),
          ]),
        ]),
      ['1'],
    ],
    ...['0-4294967295', '4294967295-4294967295', '999999999999999-999999999999999', '5-2', '-1-5', '0-99999999999999999999', 'x'].map(
      (range) =>
        [
          `results ${range}`,
          'Search',
          () =>
            el('Search:Search', [
              el('Search:Store', [
                el('Search:Name', 'Mailbox'),
                el('Search:Query', [el('Search:And', [el('Search:FreeText', 'x')])]),
                el('Search:Options', [el('Search:Range', range)]),
              ]),
            ]),
          ['1'],
        ] as const,
    ),
    ...['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', '2026-02-30T00:00:00.000Z', '99999-01-01T00:00:00.000Z'].map(
      (date) =>
        [
          `mail after ${date}`,
          'Search',
          () =>
            el('Search:Search', [
              el('Search:Store', [
                el('Search:Name', 'Mailbox'),
                el('Search:Query', [el('Search:And', [el('Search:GreaterThan', [el('Email:DateReceived'), el('Search:Value', date)])])]),
              ]),
            ]),
          ['1'],
        ] as const,
    ),
    [
      'a folder name of a megabyte',
      'FolderCreate',
      () =>
        el('FolderHierarchy:FolderCreate', [
          el('FolderHierarchy:SyncKey', phone.folderKey),
          el('FolderHierarchy:ParentId', '0'),
          el('FolderHierarchy:DisplayName', 'x'.repeat(1 << 20)),
          el('FolderHierarchy:Type', 12),
        ]),
      ['2'],
    ],
    [
      'a device name of a megabyte',
      'Settings',
      () =>
        el('Settings:Settings', [
          el('Settings:DeviceInformation', [el('Settings:Set', [el('Settings:FriendlyName', 'x'.repeat(1 << 20))])]),
        ]),
      ['1'],
    ],
    [
      'a policy key of twenty digits',
      'Provision',
      () =>
        el('Provision:Provision', [
          el('Provision:Policies', [
            el('Provision:Policy', [
              el('Provision:PolicyType', 'MS-EAS-Provisioning-WBXML'),
              el('Provision:PolicyKey', '99999999999999999999'),
              el('Provision:Status', 1),
            ]),
          ]),
        ]),
      ['1'],
    ],
    [
      'a hundred thousand policies',
      'Provision',
      () =>
        el('Provision:Provision', [
          el(
            'Provision:Policies',
            times(100_000, () => el('Provision:Policy', [el('Provision:PolicyType', 'x')])),
          ),
        ]),
      ['102', '1', '165'],
    ],
  ]

  test.each(cases)('%s: %s says so', async (_, command, document, allowed) => {
    const began = performance.now()
    const reply = await house.answered(phone.post(command, write(document())))
    expect(performance.now() - began).toBeLessThan(bearable)
    expect(reply.status).toBe(200)
    expect(allowed).toContain(statusOf(reply))
    expect(house.errors()).toEqual([])
    expect(reply.bytes.length).toBeLessThan(2 << 20)
  })

  test('a document nested without end, of page switches, of strings without end, of opaques larger than itself', async () => {
    const head = Buffer.from('03016a00', 'hex')
    const bodies = [
      Buffer.concat([head, Buffer.alloc(1 << 20, 0x45)]),
      Buffer.concat([head, Buffer.from('45', 'hex'), Buffer.alloc(1 << 20, 0)]),
      Buffer.concat([head, Buffer.from('4503', 'hex'), Buffer.alloc(1 << 20, 0x61)]),
      Buffer.concat([head, Buffer.from('45c38fffffff7f', 'hex')]),
      Buffer.concat([head, Buffer.from('45c3ffffffffff7f', 'hex')]),
      Buffer.from('03016a8fffffff7f', 'hex'),
      Buffer.from('0301ffffffffff7f00', 'hex'),
      Buffer.from('03', 'hex'),
      Buffer.concat([head, Buffer.alloc(1 << 20, 1)]),
      Buffer.concat([head, Buffer.from('455c4f4b0330000152033100010101'.repeat(20_000), 'hex')]),
      Buffer.alloc(1 << 20),
      Buffer.alloc(1 << 20, 0xff),
    ]
    for (const [index, body] of bodies.entries()) {
      const began = performance.now()
      const reply = await house.answered(phone.post('Sync', body))
      expect([index, reply.status]).toEqual([index, 200])
      expect(['102', '103', '4', '101']).toContain(statusOf(reply))
      expect(performance.now() - began).toBeLessThan(bearable)
    }
    expect(house.errors()).toEqual([])
  })
})

describe('what one request may hold', () => {
  let id: string
  beforeAll(async () => {
    const text = `${'y'.repeat(98)}\r\n`.repeat(60_000)
    await phone.sendMail(`From: alice@example.test\r\nTo: alice@example.test\r\nSubject: large\r\n\r\n${text}`)
    while ((await house.running.store.outbox.nextDue()) !== null) await new Promise((resolve) => setImmediate(resolve))
    phone.collection('Inbox').key = '0'
    phone.collection('Inbox').items.clear()
    await phone.syncAll('Inbox', { body: [{ type: 1, truncation: 100 }] })
    id = [...phone.collection('Inbox').items.values()].find((item) => item.properties.get('Email:Subject') === 'large')?.id ?? ''
    expect(id).not.toBe('')
  })

  test.each([false, true])('is bounded where it fetches one message a hundred times, as parts: %s', { timeout: 60_000 }, async (parts) => {
    const preference = el('AirSyncBase:BodyPreference', [el('AirSyncBase:Type', 4)])
    const fetch = el('ItemOperations:Fetch', [
      el('ItemOperations:Store', 'Mailbox'),
      el('AirSync:ServerId', id),
      el('ItemOperations:Options', [el('AirSync:MIMESupport', 2), preference]),
    ])
    const reply = await phone.post(
      'ItemOperations',
      el(
        'ItemOperations:ItemOperations',
        times(100, () => fetch),
      ),
      { headers: { 'Accept-Encoding': 'identity', ...(parts ? { 'MS-ASAcceptMultiPart': 'T' } : {}) } },
    )
    expect(reply.status).toBe(200)
    expect(reply.bytes.length).toBeGreaterThan(10 << 20)
    expect(reply.bytes.length).toBeLessThan(70 << 20)
    if (reply.node === null) return
    expect(new Set(all(reply.node, 'Response/Fetch').map((node) => textAt(node, 'Status')))).toEqual(new Set(['1', '11']))
  })

  test('is bounded where a Sync fetches one message two hundred times', { timeout: 60_000 }, async () => {
    const synced = await phone.sync('Inbox', {
      mimeSupport: 2,
      body: [{ type: 4 }],
      commands: times(200, () => el('AirSync:Fetch', [el('AirSync:ServerId', id)])),
    })
    expect(synced.reply.bytes.length).toBeLessThan(30 << 20)
    expect(new Set(all(synced.collection, 'Responses/Fetch').map((node) => textAt(node, 'Status')))).toEqual(new Set(['1', '16']))
  })

  test('is bounded where it writes on a message', async () => {
    const long = 'z'.repeat(2 << 20)
    const flag = el('Email:Flag', [
      el('Tasks:Subject', long),
      el('Email:Status', 2),
      el('Email:FlagType', long),
      el('Tasks:SubOrdinalDate', long),
    ])
    const categories = el(
      'Email:Categories',
      times(1000, (index) => el('Email:Category', `${index}${'c'.repeat(1000)}`)),
    )
    await phone.sync('Inbox', {
      commands: [el('AirSync:Change', [el('AirSync:ServerId', id), el('AirSync:ApplicationData', [flag, categories])])],
    })
    const other = house.phone('alice@example.test')
    await other.hello()
    await other.folderSync()
    await other.sync('Inbox', { body: [{ type: 1, truncation: 0 }] })
    const shown = other.collection('Inbox').items.get(id)
    expect(JSON.stringify([...(shown?.properties ?? [])]).length).toBeLessThan(200_000)
  })

  test.each([
    ['addresses', [el('Email:To', 'a@b,'.repeat(500_000))], '6'],
    ['a subject', [el('Email:Subject', 'é'.repeat(500_000))], '6'],
    ['elements', [el('AirSyncBase:Body', [el('AirSyncBase:Type', 2), el('AirSyncBase:Data', '<p>x</p>'.repeat(200_000))])], '1'],
    [
      'files',
      [
        el(
          'AirSyncBase:Attachments',
          times(5000, (index) =>
            el('AirSyncBase:Add', [
              el('AirSyncBase:ClientId', index),
              el('AirSyncBase:Content', Buffer.from('x')),
              el('AirSyncBase:DisplayName', '../'.repeat(50)),
            ]),
          ),
        ),
      ],
      '1',
    ],
  ])('is bounded where a draft is made of %s', { timeout: 60_000 }, async (_, properties, status) => {
    await phone.sync('Drafts')
    const began = performance.now()
    const add = el('AirSync:Add', [el('AirSync:ClientId', `bound${_}`), el('AirSync:ApplicationData', properties)])
    const synced = await phone.sync('Drafts', { commands: [add] })
    expect(all(synced.collection, 'Responses/Add').map((node) => textAt(node, 'Status'))).toEqual([status])
    expect(performance.now() - began).toBeLessThan(bearable)
  })
})

test('after all that the server is well, and nobody finds a defect in its log', async () => {
  const fresh = house.phone('alice@example.test')
  await fresh.hello()
  expect(await fresh.folderSync()).toBe(1)
  await fresh.syncAll('Inbox')
  expect(fresh.violations).toEqual([])
  expect(house.errors()).toEqual([])
})
