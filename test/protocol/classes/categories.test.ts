// Categories that an import brought and no phone could have made: more than are told, longer than are taken, in every class.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RecordClass, RecordContent } from '../../../src/model/item.ts'
import type { Phone } from '../../support/phone.ts'
import { aContact, anEvent, aNote, aTask, put } from '../../support/records.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { el } from '../../support/wire.ts'

const address = 'alice@example.test'

let server: TestServer
let phone: Phone
beforeAll(async () => {
  server = await startTestServer({ accounts: [address] })
  phone = await server.phone(address, { version: '14.1' })
})
afterAll(() => server.close())

const categories = ['x'.repeat(300), ' framed ', ...Array.from({ length: 308 }, (_, index) => `Category ${index}`)]

const contentOf: Readonly<Record<RecordClass, () => RecordContent>> = {
  Calendar: () => ({ class: 'Calendar', record: anEvent({ categories }) }),
  Contacts: () => ({ class: 'Contacts', record: aContact({ categories }) }),
  Tasks: () => ({ class: 'Tasks', record: aTask({ categories }) }),
  Notes: () => ({ class: 'Notes', record: aNote({ categories }) }),
}

/** The categories after a phone sent back those it was told, or what `edited` makes of them; and how many it was told. */
async function after(itemClass: RecordClass, edited = (told: readonly string[]) => told) {
  const mailbox = await server.mailbox(address)
  const { record } = contentOf[itemClass]()
  const id = await put(mailbox, itemClass, record)
  await phone.syncAll(itemClass)
  const item = phone.collection(itemClass).items.get(id)
  const told = (item?.nodes.get(`${itemClass}:Categories`)?.children ?? []).map(({ value }) => String(value))
  const rest = [...(item?.nodes.values() ?? [])].filter(({ name }) => !/:(?:Categories|NativeBodyType)$/.test(name))
  const sent = edited(told).map((name) => el(`${itemClass}:Category`, name))
  const changed = await phone.change(itemClass, id, [...rest, el(`${itemClass}:Categories`, sent)], { whole: true })
  expect(changed.status).toBe(1)
  const content = (await mailbox.read([id])).get(id)?.content
  return { told: told.length, stored: content === undefined || content.class === 'Email' ? null : content.record.categories }
}

describe.each(Object.keys(contentOf) as RecordClass[])('in %s', (itemClass) => {
  test('no more than 300 are told, and all stay when a phone sends them back', async () => {
    expect(await after(itemClass)).toEqual({ told: 300, stored: categories })
  })

  test('those that were never shown stay when a phone adds one, or takes one away', async () => {
    const { stored } = await after(itemClass, (told) => [...told.slice(0, -1), 'Added'])
    expect(stored).toEqual([...categories.slice(0, 299), 'Added', ...categories.slice(300)])
  })
})
