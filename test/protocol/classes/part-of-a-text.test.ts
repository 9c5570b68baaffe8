// What phones send back of a text that they were shown in a form of their own, or only a part of, in every class.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ServerId } from '../../../src/model/id.ts'
import type { RecordClass, RecordContent } from '../../../src/model/item.ts'
import type { RecordText } from '../../../src/model/record.ts'
import { aContact, anEvent, aNote, aTask, put } from '../../support/records.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { el } from '../../support/wire.ts'

const address = 'alice@example.test'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ accounts: [address] })
})
afterAll(() => server.close())

const contentOf: Readonly<Record<RecordClass, (text: RecordText) => RecordContent>> = {
  Calendar: (text) => ({ class: 'Calendar', record: anEvent({ text }) }),
  Contacts: (text) => ({ class: 'Contacts', record: aContact({ text }) }),
  Tasks: (text) => ({ class: 'Tasks', record: aTask({ text }) }),
  Notes: (text) => ({ class: 'Notes', record: aNote({ text }) }),
}
const classes = Object.keys(contentOf) as RecordClass[]

async function textOf(id: ServerId): Promise<RecordText | null> {
  const content = (await (await server.mailbox(address)).read([id])).get(id)?.content
  return content === undefined || content.class === 'Email' ? null : content.record.text
}

interface Preference {
  readonly type: 1 | 2
  readonly truncation?: number
  readonly allOrNone?: boolean
}

/** The text after a phone sent back what it was shown, or what `edited` makes of that; by preferences that are others `later`. */
async function after(
  itemClass: RecordClass,
  text: RecordText,
  preference: Preference,
  edited = (shown: string) => shown,
  later: readonly Preference[] = [],
) {
  const mailbox = await server.mailbox(address)
  const { record } = contentOf[itemClass](text)
  const id = await put(mailbox, itemClass, record)
  const phone = await server.phone(address, { version: '14.1' })
  const options = { body: [preference] }
  await phone.syncAll(itemClass, options)
  const item = phone.collection(itemClass).items.get(id)
  const shown = item?.nodes.get('AirSyncBase:Body')?.children.find(({ name }) => name === 'AirSyncBase:Data')?.value ?? ''
  const rest = [...(item?.nodes.values() ?? [])].filter(({ name }) => !/:(?:Body|NativeBodyType)$/.test(name))
  const body = el('AirSyncBase:Body', [el('AirSyncBase:Type', preference.type), el('AirSyncBase:Data', edited(String(shown)))])
  for (const one of later.slice(0, -1)) await phone.sync(itemClass, { body: [one] })
  const last = later.slice(-1)
  expect((await phone.change(itemClass, id, [...rest, body], { body: last.length === 0 ? [preference] : last, whole: true })).status).toBe(
    1,
  )
  phone.close()
  return textOf(id)
}

const long: RecordText = { type: 1, text: 'Größe: '.repeat(200).trim() }
const rich: RecordText = { type: 2, text: `<html><body>${'<p>Bring <b>both</b> keys.</p>'.repeat(60)}</body></html>` }

describe.each(classes)('in %s', (itemClass) => {
  test.each([
    ['plain text that was cut', long, { type: 1, truncation: 500 }],
    ['plain text that was cut as HTML', long, { type: 2, truncation: 500 }],
    ['HTML that was cut', rich, { type: 2, truncation: 500 }],
    ['HTML that was cut as text', rich, { type: 1, truncation: 500 }],
    ['HTML that was shown as text', rich, { type: 1 }],
    ['plain text that was shown as HTML', long, { type: 2 }],
    ['text that came all or not at all', long, { type: 1, truncation: 500, allOrNone: true }],
  ] satisfies [string, RecordText, Preference][])(
    '%s stays whole, and what it is, when a phone sends it back',
    async (_, text, preference) => {
      expect(await after(itemClass, text, preference)).toEqual(text)
    },
  )

  test('a text that was shown whole can be shortened, and taken away', async () => {
    expect(await after(itemClass, long, { type: 1 }, (shown) => shown.slice(0, 500))).toEqual({ type: 1, text: long.text.slice(0, 500) })
    expect(await after(itemClass, long, { type: 1 }, () => '')).toBeNull()
  })

  test.each([
    ['a larger one', [{ type: 1, truncation: 5000 }]],
    ['none', [{ type: 1 }]],
    ['several others', [{ type: 1, truncation: 5000 }, { type: 1, truncation: 6000 }, { type: 1 }]],
  ] satisfies [string, Preference[]][])(
    'a text that was cut by one limit stays whole when the phone has named %s since',
    async (_, later) => {
      expect(await after(itemClass, long, { type: 1, truncation: 500 }, (shown) => shown, later)).toEqual(long)
      expect(await after(itemClass, rich, { type: 2, truncation: 500 }, (shown) => shown, later)).toEqual(rich)
    },
  )

  test('a text of which a part was shown can be written anew', async () => {
    expect(await after(itemClass, long, { type: 1, truncation: 500 }, () => 'Small')).toEqual({ type: 1, text: 'Small' })
  })
})
