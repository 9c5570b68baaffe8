// The commands that know no class of their own, over items of every class: fetched, found, counted, moved, emptied, waited for.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folderType } from '../../../src/model/folder.ts'
import type { FolderId, ServerId } from '../../../src/model/id.ts'
import type { RecordClass } from '../../../src/model/item.ts'
import type { Phone } from '../../support/phone.ts'
import { aContact, anEvent, aNote, aTask, put } from '../../support/records.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { message } from '../../support/message.ts'
import { all, el, one, textAt, type Node } from '../../support/wire.ts'

const alice = 'alice@example.test'
const day = 86_400

interface Kind {
  readonly itemClass: RecordClass
  readonly folder: string
  /** What a client makes such a folder with. */
  readonly type: number
  /** The element that names an item. */
  readonly title: string
  readonly make: (server: TestServer, name: string) => Promise<ServerId>
}

const text = { type: 1, text: 'Only the lighthouse keeper knows' } as const
const kinds: readonly Kind[] = [
  {
    itemClass: 'Calendar',
    folder: 'Calendar',
    type: folderType.userCalendar,
    title: 'Calendar:Subject',
    make: async (server, name) => {
      const start = server.clock.now() + day * 1000
      return put(await server.mailbox(alice), 'Calendar', anEvent({ uid: name, subject: name, text, start, end: start + 3_600_000 }))
    },
  },
  {
    itemClass: 'Contacts',
    folder: 'Contacts',
    type: folderType.userContacts,
    title: 'Contacts:FileAs',
    make: async (server, name) => put(await server.mailbox(alice), 'Contacts', aContact({ uid: name, fileAs: name, text })),
  },
  {
    itemClass: 'Tasks',
    folder: 'Tasks',
    type: folderType.userTasks,
    title: 'Tasks:Subject',
    make: async (server, name) => put(await server.mailbox(alice), 'Tasks', aTask({ uid: name, subject: name, text })),
  },
  {
    itemClass: 'Notes',
    folder: 'Notes',
    type: folderType.userNotes,
    title: 'Notes:Subject',
    make: async (server, name) => put(await server.mailbox(alice), 'Notes', aNote({ subject: name, text })),
  },
]

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.close())

const titles = (phone: Phone, { folder, title }: Kind) => phone.items(folder).map(({ properties }) => properties.get(title))
const titled = (nodes: readonly Node[], { title }: Kind) => nodes.map((node) => textAt(node, `Properties/${title}`))

describe.each(kinds)('$itemClass', (kind) => {
  const { itemClass, folder, type, title, make } = kind

  describe('ItemOperations', () => {
    const fetch = (phone: Phone, ...children: Node[]) =>
      phone.post(
        'ItemOperations',
        el('ItemOperations:ItemOperations', [el('ItemOperations:Fetch', [el('ItemOperations:Store', 'Mailbox'), ...children])]),
      )
    const found = (node: Node | null) => one(node, 'Response/Fetch')

    test('fetches it by its id or by what a search found it by, and says what it is', async () => {
      const id = await make(server, 'Lamp')
      const phone = await server.phone(alice)
      const named = [el('AirSync:CollectionId', phone.folder(folder).id), el('AirSync:ServerId', id)]
      for (const children of [named, [el('Search:LongId', id)]]) {
        const result = found((await fetch(phone, ...children)).node)
        expect(textAt(result, 'Status')).toBe('1')
        expect(textAt(result, 'AirSync:Class')).toBe(itemClass)
        expect(textAt(result, `Properties/${title}`)).toBe('Lamp')
        expect(textAt(result, 'Properties/AirSyncBase:Body/Data')).toBe(text.text)
      }
    })

    test('cuts its text as the client prefers, and tells the properties alone that are named', async () => {
      const id = await make(server, 'Lamp')
      const phone = await server.phone(alice)
      const options = el('ItemOperations:Options', [
        el('ItemOperations:Schema', [el(title), el('AirSyncBase:Body')]),
        el('AirSyncBase:BodyPreference', [el('AirSyncBase:Type', 1), el('AirSyncBase:TruncationSize', 8)]),
      ])
      const properties = one(found((await fetch(phone, el('Search:LongId', id), options)).node), 'Properties')
      expect(new Set(properties?.children.map(({ name }) => name))).toEqual(new Set([title, 'AirSyncBase:Body']))
      expect(textAt(properties, 'AirSyncBase:Body/Data')).toBe('Only the')
    })

    test('finds none that was deleted, and none by a wrong folder', async () => {
      const id = await make(server, 'Lamp')
      const phone = await server.phone(alice)
      const wrong = [el('AirSync:CollectionId', phone.folder('Inbox').id), el('AirSync:ServerId', id)]
      expect(textAt(found((await fetch(phone, ...wrong)).node), 'Status')).toBe('6')
      const mailbox = await server.mailbox(alice)
      const moved = await mailbox.move(id, (await mailbox.defaultFolder(folderType.deletedItems)).id)
      for (const gone of [id, moved.id]) expect(textAt(found((await fetch(phone, el('Search:LongId', gone))).node), 'Status')).toBe('6')
    })

    test('empties its folder, for every phone', async () => {
      await make(server, 'Lamp')
      const phone = await server.phone(alice)
      await phone.syncAll(folder)
      const empty = el('ItemOperations:EmptyFolderContents', [el('AirSync:CollectionId', phone.folder(folder).id)])
      const { node } = await phone.post('ItemOperations', el('ItemOperations:ItemOperations', [empty]))
      expect(textAt(node, 'Response/EmptyFolderContents/Status')).toBe('1')
      await phone.syncAll(folder)
      expect(phone.items(folder)).toEqual([])
    })
  })

  test('Sync fetches it whole, and none that lies elsewhere', async () => {
    const id = await make(server, 'Lamp')
    const phone = await server.phone(alice)
    await phone.syncAll(folder, { body: [{ type: 1, truncation: 8 }] })
    const wanted = [id, `${phone.folder('Inbox').id}:1`].map((one_) => el('AirSync:Fetch', [el('AirSync:ServerId', one_)]))
    const { collection } = await phone.sync(folder, { commands: wanted, getChanges: false })
    const answers = all(collection, 'Responses/Fetch')
    expect(answers.map((answer) => textAt(answer, 'Status'))).toEqual(['1', '8'])
    expect(textAt(answers[0] ?? null, 'ApplicationData/AirSyncBase:Body/Data')).toBe(text.text)
  })

  test('GetItemEstimate counts what the next Sync brings', async () => {
    const phone = await server.phone(alice)
    await phone.syncAll(folder)
    await make(server, 'Lamp')
    await make(server, 'Light')
    const { id } = phone.folder(folder)
    const collection = el('GetItemEstimate:Collection', [
      el('AirSync:SyncKey', phone.collection(folder).key),
      el('GetItemEstimate:CollectionId', id),
      el('AirSync:Options', [el('AirSync:Class', itemClass)]),
    ])
    const request = el('GetItemEstimate:GetItemEstimate', [el('GetItemEstimate:Collections', [collection])])
    const { node } = await phone.post('GetItemEstimate', request)
    expect(textAt(node, 'Response/Collection/Estimate')).toBe('2')
    expect((await phone.sync(folder)).added).toHaveLength(2)
  })

  describe('MoveItems', () => {
    test('moves it to another folder of its class, whole', async () => {
      const id = await make(server, 'Lamp')
      const phone = await server.phone(alice)
      await phone.syncAll(folder)
      const shown = phone.collection(folder).items.get(id)?.properties
      const other = await makeFolder(phone, 'Elsewhere', type)
      const [moved] = await phone.move(folder, [id], other)
      expect(moved?.status).toBe(3)
      await phone.syncAll(folder)
      await phone.syncAll(other)
      expect(phone.items(folder)).toEqual([])
      expect(phone.collection(other).items.get(moved?.id ?? '')?.properties).toEqual(shown)
    })

    test('moves it to no folder of another class, but for Deleted Items, where no phone sees it', async () => {
      const id = await make(server, 'Lamp')
      const phone = await server.phone(alice)
      const others = kinds.filter((one_) => one_.itemClass !== itemClass).map((one_) => one_.folder)
      for (const other of ['Inbox', ...others]) expect([other, (await phone.move(folder, [id], other))[0]?.status]).toEqual([other, 5])
      const [moved] = await phone.move(folder, [id], 'Deleted Items')
      expect(moved?.status).toBe(3)
      await phone.syncAll('Deleted Items')
      expect(phone.items('Deleted Items')).toEqual([])
      expect((await phone.move('Deleted Items', [moved?.id ?? ''], folder))[0]?.status).toBe(5)
    })

    test('takes no mail in', async () => {
      await server.deliver(alice)
      const phone = await server.phone(alice)
      await phone.syncAll('Inbox')
      const [mail] = phone.items('Inbox')
      expect((await phone.move('Inbox', [mail?.id ?? ''], folder))[0]?.status).toBe(5)
    })
  })

  test('a folder of the user’s own is made, filled, waited for, renamed and removed', async () => {
    const phone = await server.phone(alice)
    const id = await makeFolder(phone, 'Mine', type)
    await phone.syncAll(id)
    const tablet = await server.phone(alice)
    expect(tablet.folder(id)).toMatchObject({ name: 'Mine', type })
    const waiting = phone.ping([id])
    await server.parked(alice, phone.options.deviceId)
    const lamp = await make(server, 'Lamp')
    await (await server.mailbox(alice)).move(lamp, id as FolderId)
    await server.clock.advance(0.1)
    expect(await waiting).toMatchObject({ status: 2, folders: ['Mine'] })
    await phone.syncAll(id)
    expect(titles(phone, { ...kind, folder: id })).toEqual(['Lamp'])
    const update = [el('FolderHierarchy:ServerId', id), el('FolderHierarchy:ParentId', '0'), el('FolderHierarchy:DisplayName', 'Ours')]
    expect(await hierarchy(phone, 'FolderUpdate', update)).toBe('1')
    await tablet.folderSync()
    expect(tablet.folder(id).name).toBe('Ours')
    expect(await hierarchy(phone, 'FolderDelete', [el('FolderHierarchy:ServerId', id)])).toBe('1')
    await tablet.folderSync()
    expect(tablet.folders.has(id)).toBe(false)
  })

  test('the default folder stays where and what it is', async () => {
    const phone = await server.phone(alice)
    const { id } = phone.folder(folder)
    expect(await hierarchy(phone, 'FolderDelete', [el('FolderHierarchy:ServerId', id)])).toBe('3')
  })

  describe('Search', () => {
    test('finds it by its class', async () => {
      await make(server, 'Lamp')
      const phone = await server.phone(alice)
      const results = await search(phone, el('AirSync:Class', itemClass), el('Search:FreeText', 'lamp'))
      expect(titled(results, kind)).toEqual(['Lamp'])
      expect(textAt(results[0] ?? null, 'AirSync:Class')).toBe(itemClass)
      expect(textAt(results[0] ?? null, 'AirSync:CollectionId')).toBe(phone.folder(folder).id)
      expect(await search(phone, el('AirSync:Class', itemClass), el('Search:FreeText', 'lighthouse'))).toHaveLength(1)
    })

    test('finds none that was deleted', async () => {
      const id = await make(server, 'Lamp')
      await (await server.mailbox(alice)).remove(id, 'trash')
      const phone = await server.phone(alice)
      expect(await search(phone, el('AirSync:Class', itemClass), el('Search:FreeText', 'lamp'))).toEqual([])
    })

    test('takes none of its elements for a condition', async () => {
      const phone = await server.phone(alice)
      const { node } = await ask(phone, el(title, 'Lamp'), el('Search:FreeText', 'lamp'))
      expect(textAt(node, 'Response/Store/Status')).toBe('2')
    })
  })

  test('a reply to it, or a file of it, is not to be had', async () => {
    const id = await make(server, 'Lamp')
    const phone = await server.phone(alice)
    if (itemClass !== 'Calendar')
      expect(textAt((await phone.smart('SmartForward', folder, id, message({ to: 'bob@example.test' }))).node, 'Status')).toBe('150')
    const file = el('ItemOperations:Fetch', [el('ItemOperations:Store', 'Mailbox'), el('AirSyncBase:FileReference', `${id}:1`)])
    const { node } = await phone.post('ItemOperations', el('ItemOperations:ItemOperations', [file]))
    expect(textAt(node, 'Response/Fetch/Status')).toBe('15')
    const old = await server.phone(alice, { version: '12.1' })
    expect((await old.post('GetAttachment', null, { parameters: { AttachmentName: `${id}:1` } })).status).toBe(500)
  })
})

async function hierarchy(phone: Phone, command: string, nodes: readonly Node[]): Promise<string | null> {
  const { node } = await phone.post(command, el(`FolderHierarchy:${command}`, [el('FolderHierarchy:SyncKey', phone.folderKey), ...nodes]))
  phone.folderKey = textAt(node, 'SyncKey') ?? phone.folderKey
  return textAt(node, 'Status')
}

/** Makes a folder; returns its id, under which the phone knows it. */
async function makeFolder(phone: Phone, name: string, type: number): Promise<string> {
  const nodes = [el('FolderHierarchy:ParentId', '0'), el('FolderHierarchy:DisplayName', name), el('FolderHierarchy:Type', type)]
  const body = el('FolderHierarchy:FolderCreate', [el('FolderHierarchy:SyncKey', phone.folderKey), ...nodes])
  const { node } = await phone.post('FolderCreate', body)
  const id = textAt(node, 'ServerId') ?? ''
  phone.folderKey = textAt(node, 'SyncKey') ?? phone.folderKey
  phone.folders.set(id, { id, parent: '0', name, type })
  return id
}

function ask(phone: Phone, ...conditions: Node[]) {
  const store = el('Search:Store', [
    el('Search:Name', 'Mailbox'),
    el('Search:Query', [el('Search:And', conditions)]),
    el('Search:Options', [el('Search:Range', '0-99')]),
  ])
  return phone.post('Search', el('Search:Search', [store]))
}

async function search(phone: Phone, ...conditions: Node[]): Promise<Node[]> {
  const { node } = await ask(phone, ...conditions)
  expect(textAt(node, 'Response/Store/Status')).toBe('1')
  return all(node, 'Response/Store/Result').filter((result) => result.children.length > 0)
}

describe('a Search that names no class', () => {
  beforeEach(async () => {
    for (const { make } of kinds) await make(server, 'Lamp')
    await server.deliver(alice, message({ subject: 'Lamp' }))
  })

  const classes = (results: readonly Node[]) => results.map((result) => textAt(result, 'AirSync:Class')).sort()

  test('finds items of all classes', async () => {
    const phone = await server.phone(alice)
    const results = await search(phone, el('Search:FreeText', 'lamp'))
    expect(classes(results)).toEqual(['Calendar', 'Contacts', 'Email', 'Notes', 'Tasks'])
  })

  test('finds no notes at 12.1, even by their name', async () => {
    const phone = await server.phone(alice, { version: '12.1' })
    expect(classes(await search(phone, el('Search:FreeText', 'lamp')))).toEqual(['Calendar', 'Contacts', 'Email', 'Tasks'])
    expect(await search(phone, el('AirSync:Class', 'Notes'), el('Search:FreeText', 'lamp'))).toEqual([])
  })

  test('finds mail alone where it asks for a date of receipt', async () => {
    const phone = await server.phone(alice)
    const since = el('Search:GreaterThan', [el('Email:DateReceived'), el('Search:Value', '2000-01-01T00:00:00.000Z')])
    expect(classes(await search(phone, el('Search:FreeText', 'lamp'), since))).toEqual(['Email'])
  })

  test('finds what lies in the folders that it names', async () => {
    const phone = await server.phone(alice)
    const named = ['Tasks', 'Contacts'].map((name) => el('AirSync:CollectionId', phone.folder(name).id))
    expect(classes(await search(phone, ...named, el('Search:FreeText', 'lamp')))).toEqual(['Contacts', 'Tasks'])
  })

  test('is Find’s as well, which knows mail alone', async () => {
    const phone = await server.phone(alice)
    const find = async (itemClass: string) => {
      const query = el('Find:Query', [el('AirSync:Class', itemClass), el('Find:FreeText', 'lamp')])
      const execute = el('Find:ExecuteSearch', [el('Find:MailBoxSearchCriterion', [query])])
      const { node } = await phone.post('Find', el('Find:Find', [el('Find:SearchId', itemClass), execute]))
      return all(node, 'Response/Result').length
    }
    expect([await find('Email'), await find('Calendar'), await find('Tasks')]).toEqual([1, 0, 0])
  })
})

describe('GetItemEstimate', () => {
  const estimate = async (phone: Phone, folder: string, filter: number) => {
    const collection = el('GetItemEstimate:Collection', [
      el('AirSync:SyncKey', phone.collection(folder).key),
      el('GetItemEstimate:CollectionId', phone.folder(folder).id),
      el('AirSync:Options', [el('AirSync:FilterType', filter)]),
    ])
    const { node } = await phone.post(
      'GetItemEstimate',
      el('GetItemEstimate:GetItemEstimate', [el('GetItemEstimate:Collections', [collection])]),
    )
    return Number(textAt(node, 'Status') ?? textAt(node, 'Response/Status'))
  }

  test('takes the windows of each class, and answers others with 110', async () => {
    const phone = await server.phone(alice)
    const windows: Readonly<Record<string, readonly number[]>> = {
      Inbox: [0, 1, 2, 3, 4, 5],
      Calendar: [0, 4, 5, 6, 7],
      Tasks: [0, 8],
      Contacts: [0, 1, 2, 3, 4, 5, 6, 7, 8],
      Notes: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    }
    for (const [folder, known] of Object.entries(windows)) {
      await phone.syncAll(folder)
      for (let filter = 0; filter <= 8; filter++)
        expect([folder, filter, await estimate(phone, folder, filter)]).toEqual([folder, filter, known.includes(filter) ? 1 : 110])
      expect(await estimate(phone, folder, 9)).toBe(103)
    }
  })
})

test('a phone of 12.1 is told the class of each folder, also where nothing is new and it reads no empty answer', async () => {
  const phone = await server.phone(alice, { version: '12.1', deviceType: 'htcvision' })
  for (const folder of ['Inbox', 'Calendar', 'Contacts', 'Tasks']) {
    const itemClass = folder === 'Inbox' ? 'Email' : folder
    const first = await phone.sync(folder)
    const second = await phone.sync(folder)
    expect([first, second].map(({ reply }) => textAt(reply.node, 'Collections/Collection/Class'))).toEqual([itemClass, itemClass])
  }
})
