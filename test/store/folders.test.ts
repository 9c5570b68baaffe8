// The contract of folders: the ones a mailbox is born with, and what may be done to the others.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderType } from '../../src/model/folder.ts'
import { rootFolder, type FolderId, type ServerId } from '../../src/model/id.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'
import { fill, folderOf, identity, idsOf, inboxOf, mail, modseq, newMailbox } from './samples.ts'

const nowhere = 'zzzz' as FolderId

describe.each(engines)('folders on $name', (engine) => {
  let place: Place
  let store: Store
  beforeAll(async () => {
    place = await engine.place()
    store = await place.open()
  })
  afterAll(async () => {
    await store.close()
    await place.remove()
  })

  test('a mailbox is born with its default folders', async () => {
    const mailbox = await newMailbox(store)
    const folders = await mailbox.allFolders()
    expect(folders.map(({ name, type, parent }) => [name, type, parent])).toEqual([
      ['Inbox', 2, '0'],
      ['Drafts', 3, '0'],
      ['Deleted Items', 4, '0'],
      ['Sent Items', 5, '0'],
      ['Outbox', 6, '0'],
      ['Tasks', 7, '0'],
      ['Calendar', 8, '0'],
      ['Contacts', 9, '0'],
      ['Notes', 10, '0'],
      ['Junk E-mail', 12, '0'],
      ['Archive', 12, '0'],
    ])
    for (const { id } of folders) expect(id).toMatch(/^[0-9a-z]{1,11}$/)
    expect((await mailbox.defaultFolder(folderType.calendar)).name).toBe('Calendar')
    await expect(mailbox.defaultFolder(folderType.journal)).rejects.toMatchObject({ reason: 'folder-not-found' })
  })

  test('a folder is created, found and listed below its parent', async () => {
    const mailbox = await newMailbox(store)
    const parent = await mailbox.createFolder(rootFolder, 'Projects', folderType.userMail, null)
    const child = await mailbox.createFolder(parent.id, 'Easel', folderType.userMail, null)
    expect(child).toMatchObject({ parent: parent.id, name: 'Easel', type: folderType.userMail })
    expect(child.modseq).toBe(await mailbox.modseq())
    expect(await mailbox.folder(child.id)).toEqual(child)
    expect(await mailbox.folder(nowhere)).toBeNull()
    expect(await mailbox.folder(rootFolder)).toBeNull()
  })

  test('parents are listed before their children, even if they came later', async () => {
    const mailbox = await newMailbox(store)
    const child = await mailbox.createFolder(rootFolder, 'Child', folderType.userMail, null)
    const parent = await mailbox.createFolder(rootFolder, 'Parent', folderType.userMail, null)
    await mailbox.changeFolder(child.id, parent.id, 'Child')
    const order = idsOf(await mailbox.allFolders())
    expect(order.indexOf(parent.id)).toBeLessThan(order.indexOf(child.id))
  })

  test('the same identity again gives the same folder, and changes nothing', async () => {
    const mailbox = await newMailbox(store)
    const first = await mailbox.createFolder(rootFolder, 'Once', folderType.userMail, identity('f1'))
    const before = await mailbox.modseq()
    expect(await mailbox.createFolder(rootFolder, 'Once', folderType.userMail, identity('f1'))).toEqual(first)
    expect(await mailbox.modseq()).toBe(before)
  })

  test('siblings cannot share a name in another letter case or form', async () => {
    const mailbox = await newMailbox(store)
    const made = await mailbox.createFolder(rootFolder, 'Caf\u00e9', folderType.userMail, null)
    for (const name of ['CAF\u00c9', 'cafe\u0301', ' Caf\u00e9 ', 'inbox']) {
      await expect(mailbox.createFolder(rootFolder, name, folderType.userMail, null)).rejects.toMatchObject({ reason: 'name-taken' })
    }
    const other = await mailbox.createFolder(rootFolder, 'Cafe', folderType.userMail, null)
    await expect(mailbox.changeFolder(other.id, rootFolder, 'caf\u00e9')).rejects.toMatchObject({ reason: 'name-taken' })
    expect((await mailbox.createFolder(made.id, 'Caf\u00e9', folderType.userMail, null)).parent).toBe(made.id)
  })

  test('a name is free again once its folder is gone', async () => {
    const mailbox = await newMailbox(store)
    const made = await mailbox.createFolder(rootFolder, 'Again', folderType.userMail, null)
    await mailbox.removeFolder(made.id)
    const next = await mailbox.createFolder(rootFolder, 'Again', folderType.userMail, null)
    expect(next.id).not.toBe(made.id)
  })

  test('a parent that is not there is refused', async () => {
    const mailbox = await newMailbox(store)
    const made = await mailbox.createFolder(rootFolder, 'A', folderType.userMail, null)
    const refusal = { reason: 'folder-not-found' }
    await expect(mailbox.createFolder(nowhere, 'B', folderType.userMail, null)).rejects.toMatchObject(refusal)
    await expect(mailbox.changeFolder(made.id, nowhere, 'B')).rejects.toMatchObject(refusal)
    await expect(mailbox.changeFolder(nowhere, rootFolder, 'B')).rejects.toMatchObject(refusal)
    await expect(mailbox.removeFolder(nowhere)).rejects.toMatchObject(refusal)
    await expect(mailbox.emptyFolder(nowhere, false)).rejects.toMatchObject(refusal)
    await expect(mailbox.create(nowhere, mail(), null)).rejects.toMatchObject(refusal)
  })

  test('a folder is renamed and moved; the letter case of its own name may change', async () => {
    const mailbox = await newMailbox(store)
    const parent = await mailbox.createFolder(rootFolder, 'Parent', folderType.userMail, null)
    const made = await mailbox.createFolder(rootFolder, 'plans', folderType.userMail, null)
    const changed = await mailbox.changeFolder(made.id, parent.id, 'Plans')
    expect(changed).toEqual({ ...made, parent: parent.id, name: 'Plans', modseq: await mailbox.modseq() })
    expect(changed.modseq).toBeGreaterThan(made.modseq)
    const before = await mailbox.modseq()
    expect(await mailbox.changeFolder(made.id, parent.id, 'Plans')).toEqual(changed)
    expect(await mailbox.modseq()).toBe(before)
    expect((await mailbox.changeFolder(made.id, parent.id, 'PLANS')).name).toBe('PLANS')
  })

  test('a folder cannot come to lie within itself', async () => {
    const mailbox = await newMailbox(store)
    const top = await mailbox.createFolder(rootFolder, 'Top', folderType.userMail, null)
    const middle = await mailbox.createFolder(top.id, 'Middle', folderType.userMail, null)
    const bottom = await mailbox.createFolder(middle.id, 'Bottom', folderType.userMail, null)
    for (const parent of [top.id, middle.id, bottom.id]) {
      await expect(mailbox.changeFolder(top.id, parent, 'Top')).rejects.toMatchObject({ reason: 'folder-cycle' })
    }
  })

  test('default folders stay as they are', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    await expect(mailbox.changeFolder(inbox, rootFolder, 'Post')).rejects.toMatchObject({ reason: 'default-folder' })
    await expect(mailbox.removeFolder(inbox)).rejects.toMatchObject({ reason: 'default-folder' })
  })

  test('removing a folder removes everything below it, with all items', async () => {
    const mailbox = await newMailbox(store)
    const top = await mailbox.createFolder(rootFolder, 'Top', folderType.userMail, null)
    const below = await mailbox.createFolder(top.id, 'Below', folderType.userMail, null)
    const bottom = await mailbox.createFolder(below.id, 'Bottom', folderType.userMail, null)
    const beside = await mailbox.createFolder(rootFolder, 'Beside', folderType.userMail, null)
    const ids = [...(await fill(mailbox, top.id, {}, {})), ...(await fill(mailbox, below.id, {}))]
    const [kept] = (await fill(mailbox, beside.id, {})) as [ServerId]
    const token = await mailbox.modseq()
    expect(await mailbox.removeFolder(top.id)).toBe(await mailbox.modseq())
    expect(await mailbox.read([...ids, kept]).then((found) => [...found.keys()])).toEqual([kept])
    expect(idsOf((await mailbox.folders.since(token, 10)).changes)).toEqual([bottom.id, below.id, top.id])
    for (const folder of [top.id, below.id]) {
      const { changes } = await mailbox.items(folder, 'Email').since(token, 10)
      expect(changes.every((change) => change.gone)).toBe(true)
      expect(changes.length).toBeGreaterThan(0)
    }
    expect(await mailbox.folder(below.id)).toBeNull()
  })

  test('every tombstone of an emptied folder has a modseq of its own, so that pages lose none', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const ids = await fill(mailbox, inbox, ...Array.from({ length: 9 }, () => ({})))
    const token = await mailbox.modseq()
    expect(await mailbox.emptyFolder(inbox, false)).toBe(token + 9)
    expect(await mailbox.modseq()).toBe(token + 9)
    const first = await mailbox.items(inbox, 'Email').since(token, 4)
    const second = await mailbox.items(inbox, 'Email').since(first.token, 10)
    expect([...idsOf(first.changes), ...idsOf(second.changes)].toSorted()).toEqual(ids.toSorted())
    expect(new Set([...first.changes, ...second.changes].map((change) => change.modseq)).size).toBe(9)
    expect((await mailbox.items(inbox, 'Email').newestFirst(null, null, 10)).changes).toEqual([])
  })

  test('emptying keeps subfolders unless they are to go as well', async () => {
    const mailbox = await newMailbox(store)
    const trash = await folderOf(mailbox, folderType.deletedItems)
    const below = await mailbox.createFolder(trash, 'Old', folderType.userMail, null)
    const [kept] = (await fill(mailbox, below.id, {})) as [ServerId]
    await fill(mailbox, trash, {})
    await mailbox.emptyFolder(trash, false)
    expect([...(await mailbox.read([kept])).keys()]).toEqual([kept])
    await mailbox.emptyFolder(trash, true)
    expect(await mailbox.folder(below.id)).toBeNull()
    expect(await mailbox.read([kept])).toEqual(new Map())
    expect(await mailbox.folder(trash)).not.toBeNull()
  })

  test('emptying an empty folder changes nothing', async () => {
    const mailbox = await newMailbox(store)
    const before = await mailbox.modseq()
    expect(await mailbox.emptyFolder(await inboxOf(mailbox), true)).toBe(before)
    expect((await mailbox.folders.since(modseq(before), 10)).changes).toEqual([])
  })
})
