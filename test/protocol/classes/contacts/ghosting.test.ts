// What a Change leaves out: kept or taken away, by what the first Sync said of Supported (MS-ASCMD 2.2.3.179).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Phone } from '../../../support/phone.ts'
import { fullContact, ghostable, notesOf, picture, portrait } from '../../../support/phone-contacts.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { el, type Node } from '../../../support/wire.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ accounts: [] })
})
afterAll(() => server.close())

let people = 0
/** A phone that knows some elements, one that sees what becomes of its changes, and a contact with all there is. */
async function scene(version: string, supported?: readonly string[], options: Parameters<TestServer['phone']>[1] = {}) {
  const address = `ghost${++people}@example.test`
  await server.account(address)
  const witness = await server.phone(address, { version: '16.1', deviceType: 'Simulated' })
  const { id } = await witness.add('Contacts', fullContact())
  const phone = await server.phone(address, { version, deviceType: 'Simulated', ...options })
  await phone.syncAll('Contacts', supported === undefined ? {} : { supported })
  return { phone, witness, id: id ?? '' }
}

/** What is left of a contact after a Change that says only this, as another phone sees it. */
async function left(phone: Phone, witness: Phone, id: string, nodes: readonly Node[]): Promise<string[]> {
  expect((await phone.change('Contacts', id, nodes)).status).toBe(1)
  await witness.syncAll('Contacts')
  const item = witness.collection('Contacts').items.get(id)!
  return [...item.properties.keys()].filter((name) => name !== 'AirSyncBase:Body' || notesOf(item) !== '').sort()
}

const untouchable = ['AirSyncBase:Body', 'Contacts:Picture']
const all = [...ghostable, ...untouchable].sort()
const rename = [el('Contacts:LastName', 'Changed'), el('Contacts:FileAs', 'Changed')]
const named = ['Contacts:FileAs', 'Contacts:LastName']
const known = ['Contacts:FirstName', 'Contacts:LastName', 'Contacts:FileAs', 'Contacts2:NickName', 'Contacts:Birthday', 'Contacts:Children']

describe.each(['12.1', '14.0', '14.1', '16.0', '16.1'])('in %s', (version) => {
  it('a phone that sent no Supported takes away what it leaves out, but never notes and picture', async () => {
    const { phone, witness, id } = await scene(version)
    expect(await left(phone, witness, id, rename)).toEqual([...named, ...untouchable].sort())
  })

  it('a phone that sent an empty Supported takes nothing away by leaving it out', async () => {
    const { phone, witness, id } = await scene(version, [])
    expect(await left(phone, witness, id, rename)).toEqual(all)
  })

  it('a phone that sent a list takes away what it named and leaves out, and keeps the rest', async () => {
    const { phone, witness, id } = await scene(version, known)
    const gone = known.filter((name) => !named.includes(name))
    expect(await left(phone, witness, id, rename)).toEqual(all.filter((name) => !gone.includes(name)))
  })

  it('an empty element takes its value away, ghosted or not', async () => {
    const { phone, witness, id } = await scene(version, [])
    const empty = [
      'Contacts:FirstName',
      'Contacts2:NickName',
      'Contacts:Birthday',
      'Contacts:Categories',
      'Contacts:Children',
      'Contacts:Picture',
    ]
    const nodes = empty.map((name) => el(name))
    expect(await left(phone, witness, id, nodes)).toEqual(all.filter((name) => !empty.includes(name)))
  })

  it('a new Sync key with another Supported is another rule', async () => {
    const { phone, witness, id } = await scene(version, [])
    phone.collections.clear()
    await phone.syncAll('Contacts', { supported: ['Contacts:FirstName'] })
    expect(await left(phone, witness, id, rename)).toEqual(all.filter((name) => name !== 'Contacts:FirstName'))
  })
})

it('LG’s empty Supported ghosts everything, as the specification says', async () => {
  const { phone, witness, id } = await scene('14.1', [], { deviceType: 'LGD855' })
  expect(await left(phone, witness, id, rename)).toEqual(all)
})

it('iOS 4, which sends no Supported, does not lose the picture that it leaves out', async () => {
  const { phone, witness, id } = await scene('12.1', undefined, { deviceType: 'iPhone', userAgent: 'Apple-iPhone3C1/802.117' })
  expect(await left(phone, witness, id, rename)).toContain('Contacts:Picture')
})

const empty = el('Contacts:Picture')
it.each([
  ['Apple-iPhone7C2/1204.508', true],
  ['Apple-iPhone15C2/2105.219', true],
  ['Apple-iPhone7C2/1202.440', false],
  ['Apple-iPhone3C1/802.117', false],
])('an empty Picture of %s keeps the picture: %s', async (userAgent, isKept) => {
  const { phone, witness, id } = await scene('14.1', undefined, { deviceType: 'iPhone', userAgent })
  expect((await left(phone, witness, id, [...rename, empty])).includes('Contacts:Picture')).toBe(isKept)
})

it('a picture that is sent again is replaced, whoever sends it', async () => {
  const { phone, witness, id } = await scene('16.1', undefined, { deviceType: 'iPhone', userAgent: 'Apple-iPhone15C2/2105.219' })
  const other = Buffer.concat([portrait, Buffer.from(' of somebody else')])
  await left(phone, witness, id, [...rename, picture(other)])
  expect(witness.collection('Contacts').items.get(id)?.properties.get('Contacts:Picture')).toBe(other.toString('base64'))
})

it('TouchDown, which leaves categories out of what it edits, does not lose them', async () => {
  const { phone, witness, id } = await scene('14.1', undefined, { deviceType: 'TouchDown', userAgent: 'TouchDown(MSRPC)/7.3.00052/' })
  expect(await left(phone, witness, id, rename)).toEqual(['Contacts:Categories', ...named, ...untouchable].sort())
})
