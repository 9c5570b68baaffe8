// Records in the store: what is no mail.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folderType, type ItemClass } from '../../src/model/folder.ts'
import { recordOf } from '../../src/model/item.ts'
import type { Mailbox } from '../../src/store/mailbox.ts'
import { recordDraft } from '../../src/store/record.ts'
import type { Store } from '../../src/store/store.ts'
import { aContact, anEvent, aNote, aTask, put } from '../support/records.ts'
import { engines, type Place } from './engines.ts'
import { mail, newMailbox } from './samples.ts'

describe.each(engines)('records on $name', (engine) => {
  let place: Place
  let store: Store
  let mailbox: Mailbox
  beforeEach(async () => {
    place = await engine.place()
    store = await place.open()
    mailbox = await newMailbox(store)
  })
  afterEach(async () => {
    await store.close()
    await place.remove()
  })

  const picture = Uint8Array.of(1, 2, 3, 4)

  test('come back as they were put in, with their files', async () => {
    const contact = aContact({ picture: { start: 1, end: 3 } })
    const id = await put(mailbox, 'Contacts', contact, picture)
    const item = (await mailbox.read([id])).get(id)
    expect(recordOf(item, 'Contacts')).toEqual(contact)
    const source = await mailbox.source(id)
    expect(source?.bytes).toBe(4)
    expect([...((await source?.read(1, 3)) ?? [])]).toEqual([2, 3])
    expect(item?.bytes).toBeGreaterThan(4)
  })

  test('the same content again is no change, another picture of the same length is one', async () => {
    const contact = aContact({ picture: { start: 0, end: 4 } })
    const id = await put(mailbox, 'Contacts', contact, picture)
    const before = await mailbox.modseq()
    const replace = (source: Uint8Array) =>
      ({ class: 'Contacts', replace: recordDraft({ class: 'Contacts', record: contact }, source) }) as const
    await mailbox.change(id, replace(picture.slice()), null)
    expect(await mailbox.modseq()).toBe(before)
    await mailbox.change(id, replace(Uint8Array.of(4, 3, 2, 1)), null)
    expect(await mailbox.modseq()).toBeGreaterThan(before)
  })

  test('are found by their uid in every folder, until they are gone', async () => {
    const event = anEvent({ uid: 'x'.repeat(2000) })
    const id = await put(mailbox, 'Calendar', event)
    await put(mailbox, 'Tasks', aTask({ uid: event.uid }))
    expect(await mailbox.withUid('Calendar', event.uid)).toEqual([id])
    const trash = await mailbox.defaultFolder(folderType.deletedItems)
    const moved = await mailbox.move(id, trash.id)
    expect(await mailbox.withUid('Calendar', event.uid)).toEqual([moved.id])
    await mailbox.remove(moved.id, 'forever')
    expect(await mailbox.withUid('Calendar', event.uid)).toEqual([])
  })

  test('lie in Deleted Items beside mail, and are fed by class', async () => {
    const trash = await mailbox.defaultFolder(folderType.deletedItems)
    const letter = await mailbox.create(trash.id, mail({}), null)
    const id = await put(mailbox, 'Notes', aNote())
    await mailbox.remove(id, 'trash')
    const { changes } = await mailbox.items(trash.id, 'Email').newestFirst(null, null, 10)
    expect(changes.map((change) => change.id)).toEqual([letter.id])
    const notes = await mailbox.items(trash.id, 'Notes').newestFirst(null, null, 10)
    expect(notes.changes).toHaveLength(1)
    expect(await mailbox.items(trash.id, 'Email').read(notes.changes.map((change) => change.id))).toEqual(new Map())
  })

  test('are found by what they say, in their own class only', async () => {
    const id = await put(mailbox, 'Calendar', anEvent({ subject: 'Board meeting', text: { type: 2, text: '<p>The <b>budget</b></p>' } }))
    const query = { text: ['budget'], folders: null, after: null, before: null, conversation: null }
    expect((await mailbox.search({ ...query, class: 'Calendar' }, { from: 0, to: 9 })).ids).toEqual([id])
    expect((await mailbox.search({ ...query, class: 'Email' }, { from: 0, to: 9 })).ids).toEqual([])
  })

  test('a task that is done is out of the window, and a change of another class is refused', async () => {
    const id = await put(mailbox, 'Tasks', aTask())
    const done = recordDraft({ class: 'Tasks', record: aTask({ complete: true }) })
    expect((await mailbox.read([id])).get(id)?.date).toBeNull()
    await mailbox.change(id, { class: 'Tasks', replace: done }, null)
    expect((await mailbox.read([id])).get(id)?.date).toBe(0)
    await expect(mailbox.change(id, { class: 'Email', state: { read: true } }, null)).rejects.toThrow('another class')
  })

  test('of several classes are found by one search, and none that was deleted', async () => {
    await put(mailbox, 'Tasks', aTask({ subject: 'Lamp' }))
    await put(mailbox, 'Notes', aNote({ subject: 'Lamp' }))
    await put(mailbox, 'Contacts', aContact({ fileAs: 'Lamp' }))
    await mailbox.remove(await put(mailbox, 'Tasks', aTask({ uid: 'other', subject: 'Lamp' })), 'trash')
    const found = async (itemClass: ItemClass | readonly ItemClass[]) => {
      const query = { class: itemClass, text: ['lamp'], folders: null, after: null, before: null, conversation: null }
      const { ids, total } = await mailbox.search(query, { from: 0, to: 9 })
      const items = await mailbox.read(ids)
      expect(total).toBe(ids.length)
      return [...items.values()].map(({ content }) => content.class).sort()
    }
    expect(await found(['Tasks', 'Notes', 'Email'])).toEqual(['Notes', 'Tasks'])
    expect(await found(['Email', 'Contacts'])).toEqual(['Contacts'])
    expect(await found('Tasks')).toEqual(['Tasks'])
  })
})
