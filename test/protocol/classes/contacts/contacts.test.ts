// Contacts through the door: every element, in every version, between two phones.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCards, writeCard } from '../../../../src/format/vcard.ts'
import { folderType } from '../../../../src/model/folder.ts'
import type { DeviceId, FolderId, ServerId } from '../../../../src/model/id.ts'
import { recordOf } from '../../../../src/model/item.ts'
import { recordDraft } from '../../../../src/store/record.ts'
import { contactWith } from '../../../support/contact.ts'
import type { Phone } from '../../../support/phone.ts'
import { children, fullContact, labels, notes, notesOf } from '../../../support/phone-contacts.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { el, textAt, type Node } from '../../../support/wire.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ accounts: [] })
})
afterAll(() => server.close())

let people = 0
/** Two phones of one new account, that speak these versions. */
async function pair(version = '16.1', other = version): Promise<[Phone, Phone]> {
  const address = `person${++people}@example.test`
  await server.account(address)
  const options = { deviceType: 'Simulated' }
  return [await server.phone(address, { ...options, version }), await server.phone(address, { ...options, version: other })]
}

/** What a phone shows of a contact, without the notes, which come in a form of their own. */
const shown = (phone: Phone, id: string) => {
  const item = phone.collection('Contacts').items.get(id)
  return Object.fromEntries([...(item?.properties ?? [])].filter(([name]) => name !== 'AirSyncBase:Body'))
}
const byId = async (phone: Phone, id: string) => {
  await phone.syncAll('Contacts')
  return phone.collection('Contacts').items.get(id)
}

describe.each(['12.1', '14.0', '14.1', '16.0', '16.1'])('in %s', (version) => {
  it('every element that one phone writes reaches the other as it was', async () => {
    const [one, two] = await pair(version)
    const added = await one.add('Contacts', fullContact())
    expect(added.status).toBe(1)
    const item = await byId(two, added.id ?? '')
    expect(shown(two, added.id ?? '')).toEqual(shown(one, added.id ?? ''))
    expect(notesOf(item!)).toBe('Met in 2019')
  })

  it('a change reaches the other phone, and what was taken away is gone there', async () => {
    const [one, two] = await pair(version)
    const { id } = await one.add('Contacts', fullContact())
    await two.syncAll('Contacts')
    const few = [el('Contacts:FirstName', 'Zo'), el('Contacts:FileAs', 'Zo'), labels('Work'), children(), notes('')]
    expect((await two.change('Contacts', id ?? '', few, { whole: true })).status).toBe(1)
    const item = await byId(one, id ?? '')
    expect([...item!.properties.keys()].sort()).toEqual([
      'AirSyncBase:Body',
      'Contacts:Categories',
      'Contacts:FileAs',
      'Contacts:FirstName',
      'Contacts:Picture',
    ])
    expect(notesOf(item!)).toBe('')
  })

  it('a contact that one phone deletes goes to the wastebasket, and from the other phone', async () => {
    const [one, two] = await pair(version)
    const { id } = await one.add('Contacts', [el('Contacts:LastName', 'Gone')])
    await two.syncAll('Contacts')
    await two.delete('Contacts', id ?? '', { deletesAsMoves: true })
    await one.syncAll('Contacts')
    expect(one.items('Contacts')).toEqual([])
  })
})

it.each([0, 1, 5, 8])('a FilterType of %i is ignored, in Sync and in an estimate', async (filter) => {
  const [one, two] = await pair()
  await one.add('Contacts', [el('Contacts:LastName', 'Always')])
  await two.syncAll('Contacts', { filter })
  expect(two.items('Contacts')).toHaveLength(1)
  await one.add('Contacts', [el('Contacts:LastName', 'New')])
  const { key } = two.collection('Contacts')
  const options = el('AirSync:Options', [el('AirSync:FilterType', filter)])
  const id = el('GetItemEstimate:CollectionId', two.folder('Contacts').id)
  const collection = el('GetItemEstimate:Collection', [el('AirSync:SyncKey', key), id, options])
  const { node } = await two.post(
    'GetItemEstimate',
    el('GetItemEstimate:GetItemEstimate', [el('GetItemEstimate:Collections', [collection])]),
  )
  expect([textAt(node, 'Response/Status'), textAt(node, 'Response/Collection/Estimate')]).toEqual(['1', '1'])
})

it('a picture that was imported and is too large for phones is not told, and is not lost by a phone’s change', async () => {
  const [one] = await pair()
  const mailbox = await server.mailbox(one.options.address)
  const { id: folder } = await mailbox.defaultFolder(folderType.contacts)
  const bytes = Buffer.alloc(1_100_000, 1)
  const record = contactWith({ lastName: 'Large', picture: { start: 0, end: bytes.length } })
  const { id } = await mailbox.create(folder, recordDraft({ class: 'Contacts', record }, bytes), null)
  await one.syncAll('Contacts')
  expect(shown(one, id)).toEqual({ 'Contacts:LastName': 'Large', 'Contacts:FileAs': 'Large' })
  expect((await one.change('Contacts', id, [el('Contacts:LastName', 'Larger')])).status).toBe(1)
  const item = (await mailbox.read([id])).get(id)
  expect(recordOf(item, 'Contacts').picture).toEqual({ start: 0, end: bytes.length })
  const source = await mailbox.source(id)
  expect(Buffer.from((await source?.read(0, source.bytes)) ?? []).equals(bytes)).toBe(true)
})

it('what a card brought that phones do not know outlives a phone’s change', async () => {
  const [one] = await pair()
  const mailbox = await server.mailbox(one.options.address)
  const { id: folder } = await mailbox.defaultFolder(folderType.contacts)
  const [card] = readCards('BEGIN:VCARD\nVERSION:3.0\nN:Doe;John\nGEO:1;2\nEMAIL;TYPE=HOME:a@example.test\nEND:VCARD')
  const { id } = await mailbox.create(folder, recordDraft({ class: 'Contacts', record: card!.contact }), null)
  await one.syncAll('Contacts')
  await one.change('Contacts', id, [el('Contacts:LastName', 'Dove'), el('Contacts:Email1Address', 'a@example.test')])
  const after = recordOf((await mailbox.read([id])).get(id), 'Contacts')
  const written = writeCard(after, new Uint8Array(0), '3.0')
  expect(written).toContain('\r\nN:Dove;;;;\r\n')
  expect(written).toContain('\r\nGEO:1;2\r\n')
  expect(written).toContain('\r\nEMAIL;TYPE=HOME:a@example.test\r\n')
})

it('Alias and WeightedRank are kept, and told to nobody: they are of the recipient cache', async () => {
  const [one, two] = await pair()
  const { id } = await one.add('Contacts', [
    el('Contacts:LastName', 'Ranked'),
    el('Contacts:Alias', 'rank'),
    el('Contacts:WeightedRank', 7),
  ])
  await two.syncAll('Contacts')
  expect(Object.keys(shown(two, id ?? '')).sort()).toEqual(['Contacts:FileAs', 'Contacts:LastName'])
  await two.change('Contacts', id ?? '', [el('Contacts:LastName', 'Still ranked')])
  const item = (await (await server.mailbox(one.options.address)).read([id as ServerId])).get(id as ServerId)
  expect(recordOf(item, 'Contacts')).toMatchObject({ alias: 'rank', weightedRank: 7, lastName: 'Still ranked' })
})

it.each([
  [{ 'Contacts:FirstName': 'Zo', 'Contacts:LastName': 'Nova', 'Contacts:MiddleName': 'M' }, 'Nova, Zo M'],
  [{ 'Contacts:FirstName': 'Zo' }, 'Zo'],
  [{ 'Contacts:CompanyName': 'Acme' }, 'Acme'],
  [{ 'Contacts:Email2Address': 'zo@example.test' }, 'zo@example.test'],
  [{ 'Contacts:PagerNumber': '555' }, '555'],
  [{ 'Contacts:FileAs': 'As I like', 'Contacts:LastName': 'Nova' }, 'As I like'],
])('a contact with %j is filed as %s', async (fields, filed) => {
  const [one, two] = await pair()
  const { id } = await one.add(
    'Contacts',
    Object.entries(fields).map(([name, value]) => el(name, value)),
  )
  expect((await byId(two, id ?? ''))?.properties.get('Contacts:FileAs')).toBe(filed)
})

it('notes come in the form that a phone asks for, and what it saw a part of is not cut', async () => {
  const [one, two] = await pair()
  const { id } = await one.add('Contacts', [el('Contacts:LastName', 'Noted'), notes('<p>Met in <b>2019</b>, and later too</p>', 2)])
  await two.syncAll('Contacts', { body: [{ type: 1, truncation: 8 }] })
  const cut = two.collection('Contacts').items.get(id ?? '')!
  expect(notesOf(cut)).toBe('Met in 2')
  const body = [...cut.nodes.values()].filter(({ name }) => name === 'AirSyncBase:Body')
  await two.change('Contacts', id ?? '', [el('Contacts:LastName', 'Still noted'), ...body])
  await one.syncAll('Contacts', { body: [{ type: 2 }] })
  expect(notesOf(one.collection('Contacts').items.get(id ?? '')!)).toBe('<p>Met in <b>2019</b>, and later too</p>')
})

it('a contact that was set aside comes as its names, and loses nothing by a change of them', async () => {
  const [one, two] = await pair('14.1', '14.1')
  const { id } = await one.add('Contacts', fullContact())
  const { id: account } = await server.accountOf(one.options.address)
  const state = await server.store.syncState(account, two.options.deviceId as DeviceId)
  await state.recordPoison(two.folder('Contacts').id as FolderId, id as ServerId, 'for the test', server.clock.now())
  await two.syncAll('Contacts')
  expect(Object.keys(shown(two, id ?? '')).sort()).toEqual(['Contacts:FileAs', 'Contacts:FirstName', 'Contacts:LastName'])
  expect((await two.change('Contacts', id ?? '', [el('Contacts:LastName', 'Changed')])).status).toBe(1)
  const before = shown(one, id ?? '')
  await one.syncAll('Contacts')
  expect(shown(one, id ?? '')).toEqual({ ...before, 'Contacts:LastName': 'Changed' })
})

const refused: readonly (readonly [string, readonly Node[]])[] = [
  ['a day that is none', [el('Contacts:Birthday', '1980-02-30T12:00:00.000Z')]],
  ['a picture that is no base64', [el('Contacts:Picture', 'no picture!')]],
  ['a picture beyond all measure', [el('Contacts:Picture', Buffer.alloc(1_200_000).toString('base64'))]],
  ['notes in RTF', [notes('{\\rtf1}', 3)]],
  ['a name as long as a book', [el('Contacts:LastName', 'x'.repeat(40_000))]],
]
it.each(refused)('%s is refused with Status 6, and the other contacts of the request are stored', async (_, nodes) => {
  const [one] = await pair()
  const add = (id: string, content: readonly Node[]) =>
    el('AirSync:Add', [el('AirSync:ClientId', id), el('AirSync:ApplicationData', content)])
  const synced = await one.sync('Contacts', { commands: [add('bad', nodes), add('good', [el('Contacts:LastName', 'Good')])] })
  const statuses = JSON.stringify(synced.collection).match(/"name":"AirSync:Status","children":\[\],"value":"\d+"/g)
  expect(statuses?.map((one_) => /\d+/.exec(one_)?.[0])).toEqual(['1', '6', '1'])
})

it('the first of two numbers of a kind is told first: AOSP knows them by their order', async () => {
  const [one, two] = await pair('14.1')
  const numbers = ['Business2PhoneNumber', 'BusinessPhoneNumber', 'Home2PhoneNumber', 'HomePhoneNumber']
  const { id } = await one.add('Contacts', [
    el('Contacts:FileAs', 'Zo'),
    ...numbers.map((name, index) => el(`Contacts:${name}`, `${index}`)),
  ])
  const order = [...((await byId(two, id ?? ''))?.properties.keys() ?? [])]
  for (const kind of ['Home', 'Business'])
    expect(order.indexOf(`Contacts:${kind}PhoneNumber`)).toBeLessThan(order.indexOf(`Contacts:${kind}2PhoneNumber`))
})

it('a title without a company comes beside an empty one to AOSP, which would drop it, and to nobody else', async () => {
  const [one, two] = await pair('14.1')
  const android = await server.phone(`person${people}@example.test`, { version: '14.1', userAgent: 'SonyD6603/6.0.1-EAS-2.0' })
  const { id } = await one.add('Contacts', [el('Contacts:FileAs', 'Zo'), el('Contacts:JobTitle', 'Baker')])
  expect((await byId(android, id ?? ''))?.properties.get('Contacts:CompanyName')).toBe('')
  expect((await byId(two, id ?? ''))?.properties.has('Contacts:CompanyName')).toBe(false)
})
