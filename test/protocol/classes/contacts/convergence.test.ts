// Two phones and a third of one account change contacts at once, with replies lost on the way: in the end all show the same.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Phone } from '../../../support/phone.ts'
import { contactTexts, fullContact, labels, notes, notesOf, picture, portrait } from '../../../support/phone-contacts.ts'
import { dice } from '../../../support/random.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { el, type Node } from '../../../support/wire.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ accounts: [] })
})
afterAll(() => server.close())

let people = 0
async function phones(count: number, options: Parameters<TestServer['phone']>[1] = {}): Promise<Phone[]> {
  const address = `many${++people}@example.test`
  await server.account(address)
  const found: Phone[] = []
  for (let index = 0; index < count; index++)
    found.push(await server.phone(address, { deviceType: 'Simulated', version: '14.1', ...options }))
  return found
}

/** All that a phone shows, by id. */
const shown = (phone: Phone) =>
  phone
    .items('Contacts')
    .map((item) => [item.id, ...[...item.properties].filter(([name, value]) => name !== 'AirSyncBase:Body' && value !== ''), notesOf(item)])
    .sort((one, other) => (String(one[0]) < String(other[0]) ? -1 : 1))
    .map((item) => JSON.stringify(item.slice(1).map(String).sort()))

describe('a conflict', () => {
  const rename = (name: string) => [el('Contacts:FileAs', name), el('Contacts:LastName', name)]

  it.each([
    [undefined, 7, 'Theirs'],
    [1, 7, 'Theirs'],
    [0, 1, 'Mine'],
  ] as const)('with the option %s is answered with %i, and in the end the name is %s', async (conflict, status, name) => {
    const [one, two] = (await phones(2)) as [Phone, Phone]
    const { id } = await one.add('Contacts', rename('First'))
    await two.syncAll('Contacts')
    await one.change('Contacts', id ?? '', rename('Theirs'))
    const done = await two.change('Contacts', id ?? '', rename('Mine'), conflict === undefined ? {} : { conflict })
    expect(done.status).toBe(status)
    for (const phone of [two, one, two]) await phone.syncAll('Contacts')
    expect([one, two].map((phone) => phone.items('Contacts').map((item) => item.properties.get('Contacts:LastName')))).toEqual([
      [name],
      [name],
    ])
  })

  it('is none where both wrote the same', async () => {
    const [one, two] = (await phones(2)) as [Phone, Phone]
    const { id } = await one.add('Contacts', rename('First'))
    await two.syncAll('Contacts')
    expect((await two.change('Contacts', id ?? '', rename('First'))).status).toBe(1)
    expect((await one.sync('Contacts')).changed).toEqual([])
  })
})

/** A change as somebody makes it: some elements anew, the rest as the phone shows them. */
function edited(phone: Phone, id: string, random: () => number): Node[] {
  const item = phone.collection('Contacts').items.get(id)
  const kept = [...(item?.nodes.values() ?? [])].filter((node) => node.name !== 'AirSyncBase:Body')
  const name = contactTexts[Math.floor(random() * contactTexts.length)] ?? 'Contacts:Title'
  const fresh = [el(name, `edit ${Math.floor(random() * 1000)}`), labels(`label ${Math.floor(random() * 5)}`)]
  const more =
    random() < 0.3 ? [picture(Buffer.concat([portrait, Buffer.from(String(random()))]))] : random() < 0.3 ? [el('Contacts:Picture')] : []
  const changed = [...fresh, ...more, notes(`note ${Math.floor(random() * 1000)}`)]
  return [...kept.filter((node) => !changed.some((one) => one.name === node.name)), ...changed]
}

it.each([1, 2, 3, 4])('life %i: added, edited and deleted by three phones while a third of the replies are lost', async (seed) => {
  const random = dice(seed).next
  const all = await phones(3, { random, version: seed % 2 === 0 ? '16.1' : '12.1' })
  for (const phone of all) phone.losing(0.3)
  for (let step = 0; step < 40; step++) {
    const phone = all[Math.floor(random() * all.length)]!
    const item = phone.items('Contacts')[Math.floor(random() * phone.items('Contacts').length)]
    const lot = random()
    if (item === undefined || lot < 0.3) await phone.add('Contacts', fullContact(` ${step}`))
    else if (lot < 0.4) await phone.delete('Contacts', item.id, { deletesAsMoves: random() < 0.5 })
    else if (lot < 0.8)
      await phone.change('Contacts', item.id, edited(phone, item.id, random), { whole: true, conflict: random() < 0.5 ? 0 : 1 })
    else await phone.syncAll('Contacts', { window: 3 })
  }
  for (const phone of all) phone.losing(0)
  for (let turn = 0; turn < 2; turn++) for (const phone of all) await phone.syncAll('Contacts')
  const fresh = await server.phone(all[0]!.options.address, { deviceType: 'Simulated', version: '16.1' })
  await fresh.syncAll('Contacts')
  expect(all.map(shown)).toEqual(all.map(() => shown(fresh)))
  expect(fresh.items('Contacts').length).toBeGreaterThan(3)
})
