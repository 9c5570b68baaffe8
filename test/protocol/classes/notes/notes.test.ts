// Notes, which came with 14.0: made, changed, and kept from phones that do not know them.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folderType } from '../../../../src/model/folder.ts'
import type { ServerId } from '../../../../src/model/id.ts'
import { recordOf } from '../../../../src/model/item.ts'
import type { Note } from '../../../../src/model/note.ts'
import type { Phone } from '../../../support/phone.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { el, textAt, type Node } from '../../../support/wire.ts'

const alice = 'alice@example.test'
const versions = ['14.0', '14.1', '16.0', '16.1'] as const

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.close())

const note = (name: string, value?: string | Node[]) => el(`Notes:${name}`, value)
const body = (text: string, type = 1) => el('AirSyncBase:Body', [el('AirSyncBase:Type', type), el('AirSyncBase:Data', text)])
const sticky = note('MessageClass', 'IPM.StickyNote')
const full = [
  note('Subject', 'Ideas'),
  body('One\r\nTwo'),
  sticky,
  note('Categories', [note('Category', 'Blue'), note('Category', 'Work')]),
]

async function add(phone: Phone, nodes: readonly Node[]): Promise<string> {
  const { status, id } = await phone.add('Notes', nodes)
  expect(status).toBe(1)
  return id ?? ''
}

async function stored(id: string): Promise<Note> {
  const mailbox = await server.mailbox(alice)
  return recordOf((await mailbox.read([id as ServerId])).get(id as ServerId), 'Notes')
}

test.each(versions)('a note made on one phone of %s is the same on another', async (version) => {
  const phone = await server.phone(alice, { version })
  const id = await add(phone, full)
  const tablet = await server.phone(alice, { version })
  await tablet.syncAll('Notes', { body: [{ type: 1 }] })
  const shown = tablet.collection('Notes').items.get(id)?.nodes
  expect(shown?.get('Notes:Subject')?.value).toBe('Ideas')
  expect(shown?.get('Notes:MessageClass')?.value).toBe('IPM.StickyNote')
  expect(shown?.get('Notes:LastModifiedDate')?.value).toMatch(/^\d{8}T\d{6}Z$/)
  expect(shown?.get('Notes:Categories')?.children.map(({ value }) => value)).toEqual(['Blue', 'Work'])
  expect(textAt(shown?.get('AirSyncBase:Body') ?? null, 'Data')).toBe('One\r\nTwo')
})

describe('what a Change leaves out', () => {
  test('stays of subject, text and class, and goes of categories', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, full)
    await phone.change('Notes', id, [sticky])
    expect(await stored(id)).toMatchObject({ subject: 'Ideas', text: { text: 'One\nTwo' }, messageClass: 'IPM.StickyNote', categories: [] })
  })

  test('of several categories goes as well', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, full)
    await phone.change('Notes', id, [sticky, note('Categories', [note('Category', 'Work')])])
    expect((await stored(id)).categories).toEqual(['Work'])
  })
})

describe('the time of the last change', () => {
  test('is the server’s, whatever the phone says', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, [...full, note('LastModifiedDate', '20010101T000000Z')])
    expect((await stored(id)).modified).toBe(server.clock.now())
  })

  test('moves with a change, and not without one', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, full)
    const made = server.clock.now()
    await server.clock.advance(3600)
    await phone.change('Notes', id, full)
    expect((await stored(id)).modified).toBe(made)
    await phone.change('Notes', id, [...full.slice(1), note('Subject', 'Better ideas')])
    expect((await stored(id)).modified).toBe(server.clock.now())
  })
})

test('a class that is no note is malformed, one with a suffix is kept', async () => {
  const phone = await server.phone(alice)
  for (const named of ['IPM.Note', 'IPM.StickyNotes', 'IPM.StickyNote.', ''])
    expect([named, (await phone.add('Notes', [note('Subject', 'Wrong'), note('MessageClass', named)])).status]).toEqual([named, 6])
  const id = await add(phone, [note('Subject', 'Right'), note('MessageClass', 'IPM.StickyNote.Mine')])
  expect((await stored(id)).messageClass).toBe('IPM.StickyNote.Mine')
  expect((await phone.change('Notes', id, [note('MessageClass', 'IPM.Note')])).status).toBe(6)
})

test('HTML, as iOS 7 writes it, is text to who asks for text, and comes back as HTML when it was not changed', async () => {
  const phone = await server.phone(alice)
  const id = await add(phone, [note('Subject', 'List'), sticky, body('<div>One</div><div>Two</div>', 2)])
  const old = await server.phone(alice, { version: '14.1' })
  await old.syncAll('Notes', { body: [{ type: 1 }] })
  const shown = old.collection('Notes').items.get(id)?.nodes.get('AirSyncBase:Body')
  expect(textAt(shown ?? null, 'Data')).toBe('One\r\nTwo')
  await old.change('Notes', id, [note('Subject', 'Renamed'), sticky, body('One\r\nTwo')])
  expect(await stored(id)).toMatchObject({ subject: 'Renamed', text: { type: 2, text: '<div>One</div><div>Two</div>' } })
})

test('Supported is an error, and FilterType says nothing', async () => {
  const phone = await server.phone(alice)
  expect((await phone.sync('Notes', { supported: ['Notes:Subject'] })).status).toBe(4)
  const tablet = await server.phone(alice)
  await tablet.syncAll('Notes')
  await add(await server.phone(alice), full)
  expect(await tablet.sync('Notes', { filter: 5 })).toMatchObject({ status: 1, added: [expect.any(String)] })
})

/** The same phone after it learned another version: it goes on with what it has. */
function upgrade(phone: Phone, version: string): Phone {
  const updated = server.bare(alice, { version, deviceId: phone.options.deviceId })
  updated.folderKey = phone.folderKey
  updated.policyKey = phone.policyKey
  for (const [id, folder] of phone.folders) updated.folders.set(id, folder)
  for (const [id, collection] of phone.collections) updated.collections.set(id, collection)
  return updated
}

describe('a phone of 12.1', () => {
  test('sees no folder of notes, its own or made by others, until it speaks 14.0', async () => {
    const modern = await server.phone(alice)
    const notes = modern.folder('Notes').id
    const old = server.bare(alice, { version: '12.1' })
    await old.folderSync()
    expect(old.folders.has(notes)).toBe(false)
    old.folders.set(notes, { id: notes, parent: '0', name: 'Notes', type: folderType.notes })
    expect((await old.sync('Notes')).status).toBe(12)
    old.folders.delete(notes)

    const updated = upgrade(old, '14.0')
    await updated.folderSync()
    expect(updated.folders.has(notes)).toBe(true)
    await updated.delete('Notes', await add(updated, full))
  })

  test('is told of the folders as soon as it waits with a newer version', async () => {
    const phone = server.bare(alice, { version: '12.1' })
    await phone.folderSync()
    await phone.syncAll('Inbox')
    expect((await upgrade(phone, '14.1').ping(['Inbox'])).status).toBe(7)
  })
})
