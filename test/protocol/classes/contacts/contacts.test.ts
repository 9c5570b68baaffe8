// Contacts through the door: every element, in every version, between two phones.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Phone } from '../../../support/phone.ts'
import { children, fullContact, labels, notes, notesOf } from '../../../support/phone-contacts.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { el, type Node } from '../../../support/wire.ts'

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
