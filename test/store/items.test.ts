// The contract of items: storing, changing, moving and removing them, and reading their sources.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderType } from '../../src/model/folder.ts'
import { rootFolder, type ServerId } from '../../src/model/id.ts'
import { chunkBytes } from '../../src/store/sql/chunks.ts'
import type { Mailbox } from '../../src/store/mailbox.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'
import { envelope, fill, folderOf, identity, inboxOf, mail, modseq, newMailbox, noon, pattern, unread } from './samples.ts'
import { emailOf } from '../../src/model/item.ts'

const unknown = '1:zzzz' as ServerId

describe.each(engines)('items on $name', (engine) => {
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

  const stateOf = async (mailbox: Mailbox, id: ServerId) => emailOf((await mailbox.read([id])).get(id)).state

  test('a stored item carries the id of its folder and the newest modseq', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const before = await mailbox.modseq()
    const stored = await mailbox.create(inbox, mail(), null)
    expect(stored).toEqual({ id: stored.id, modseq: before + 1, created: true })
    expect(stored.id).toMatch(/^[0-9a-z]+:[0-9a-z]+$/)
    expect(stored.id.startsWith(`${inbox}:`)).toBe(true)
    expect(await mailbox.modseq()).toBe(stored.modseq)
  })

  test('folders and items never share a number, nor do two items', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const ids = await fill(mailbox, inbox, {}, {})
    const folder = await mailbox.createFolder(rootFolder, 'A', folderType.userMail, null)
    const numbers = [...ids.map((id) => id.split(':')[1]), ...(await mailbox.allFolders()).map(({ id }) => id)]
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(numbers).toContain(folder.id)
  })

  test('the same identity again gives the same item, and writes nothing', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const first = await mailbox.create(inbox, mail(), identity('i1'))
    const again = await mailbox.create(inbox, mail({ subject: 'Other' }), identity('i1'))
    expect(again).toEqual({ ...first, created: false })
    expect(await mailbox.modseq()).toBe(first.modseq)
    const other = await newMailbox(store)
    expect((await other.create(await inboxOf(other), mail(), identity('i1'))).created).toBe(true)
  })

  test('an identity whose item was moved answers with the id it had at first', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const first = await mailbox.create(inbox, mail(), identity('i1'))
    const moved = await mailbox.move(first.id, await folderOf(mailbox, folderType.drafts))
    const again = await mailbox.create(inbox, mail(), identity('i1'))
    expect(again).toMatchObject({ id: first.id, created: false })
    expect(again.modseq).toBe((await mailbox.changes([first.id])).get(first.id)?.modseq)
    expect((await mailbox.items(inbox, 'Email').newestFirst(null, null, 10)).changes).toEqual([])
    expect((await mailbox.read([moved.id])).size).toBe(1)
  })

  test('an identity whose item was removed answers with the id it had at first', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const first = await mailbox.create(inbox, mail(), identity('gone'))
    await mailbox.remove(first.id, 'forever')
    expect(await mailbox.create(inbox, mail(), identity('gone'))).toMatchObject({ id: first.id, created: false })

    const second = await mailbox.create(inbox, mail(), identity('moved'))
    const moved = await mailbox.move(second.id, await folderOf(mailbox, folderType.drafts))
    await mailbox.remove(moved.id, 'forever')
    expect(await mailbox.create(inbox, mail(), identity('moved'))).toMatchObject({ id: second.id, created: false })
  })

  test('each field of the state is replaced on its own', async () => {
    const mailbox = await newMailbox(store)
    const [id] = (await fill(mailbox, await inboxOf(mailbox), {})) as [ServerId]
    const read = await mailbox.change(id, { class: 'Email', state: { read: true } }, null)
    expect(read).toEqual({ id, modseq: await mailbox.modseq(), created: false })
    const flag = { status: 2, type: 'Follow up', due: noon } as const
    await mailbox.change(id, { class: 'Email', state: { flag, categories: ['Blue'] } }, null)
    await mailbox.change(id, { class: 'Email', state: { lastVerb: { verb: 1, at: noon } } }, null)
    expect(await stateOf(mailbox, id)).toEqual({ ...unread, read: true, flag, categories: ['Blue'], lastVerb: { verb: 1, at: noon } })
    await mailbox.change(id, { class: 'Email', state: { flag: null, read: false } }, null)
    expect(await stateOf(mailbox, id)).toEqual({ ...unread, categories: ['Blue'], lastVerb: { verb: 1, at: noon } })
  })

  test('a change that changes nothing wakes nobody', async () => {
    const mailbox = await newMailbox(store)
    const { id, modseq: stored } = await mailbox.create(await inboxOf(mailbox), mail(), null)
    expect(await mailbox.change(id, { class: 'Email', state: { read: false } }, null)).toEqual({ id, modseq: stored, created: false })
    expect(await mailbox.modseq()).toBe(stored)
  })

  test('a change is refused where the item is newer than expected', async () => {
    const mailbox = await newMailbox(store)
    const { id, modseq: stored } = await mailbox.create(await inboxOf(mailbox), mail(), null)
    const { modseq: changed } = await mailbox.change(id, { class: 'Email', state: { read: true } }, stored)
    await expect(mailbox.change(id, { class: 'Email', state: { read: false } }, stored)).rejects.toMatchObject({ reason: 'conflict' })
    expect(await stateOf(mailbox, id)).toMatchObject({ read: true })
    await mailbox.change(id, { class: 'Email', state: { read: false } }, modseq(changed + 100))
    expect(await stateOf(mailbox, id)).toMatchObject({ read: false })
  })

  test('what is not there cannot be changed, moved, removed or read', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const [gone] = (await fill(mailbox, inbox, {})) as [ServerId]
    await mailbox.remove(gone, 'forever')
    const before = await mailbox.modseq()
    for (const id of [unknown, gone, 'nonsense' as ServerId]) {
      const refusal = { reason: 'item-not-found' }
      await expect(mailbox.change(id, { class: 'Email', state: { read: true } }, null)).rejects.toMatchObject(refusal)
      await expect(mailbox.move(id, inbox)).rejects.toMatchObject(refusal)
      await expect(mailbox.remove(id, 'trash')).rejects.toMatchObject(refusal)
      await expect(mailbox.remove(id, 'forever')).rejects.toMatchObject(refusal)
      expect(await mailbox.source(id)).toBeNull()
    }
    expect(await mailbox.modseq()).toBe(before)
  })

  test('trash is a move to Deleted Items, and the end for what lies there already', async () => {
    const mailbox = await newMailbox(store)
    const trash = await folderOf(mailbox, folderType.deletedItems)
    const [id] = (await fill(mailbox, await inboxOf(mailbox), { subject: 'Old' })) as [ServerId]
    expect(await mailbox.remove(id, 'trash')).toBe(await mailbox.modseq())
    const [there] = (await mailbox.items(trash, 'Email').newestFirst(null, null, 10)).changes
    const item = (await mailbox.read([there!.id])).get(there!.id)
    expect(item).toMatchObject({ folder: trash, content: { email: { envelope: { subject: 'Old' } } } })
    await mailbox.remove(there!.id, 'trash')
    expect((await mailbox.items(trash, 'Email').newestFirst(null, null, 10)).changes).toEqual([])
  })

  test('a moved item keeps everything but its id', async () => {
    const mailbox = await newMailbox(store)
    const drafts = await folderOf(mailbox, folderType.drafts)
    const source = pattern(700_000)
    const stored = await mailbox.create(
      await inboxOf(mailbox),
      mail({ subject: 'Moves', source, conversation: 'c', state: { read: true } }),
      null,
    )
    const before = (await mailbox.read([stored.id])).get(stored.id)
    const moved = await mailbox.move(stored.id, drafts)
    expect(moved).toEqual({ id: moved.id, modseq: await mailbox.modseq(), created: true })
    const after = (await mailbox.read([moved.id])).get(moved.id)
    expect(after).toEqual({ ...before, id: moved.id, folder: drafts, modseq: moved.modseq })
    expect(Buffer.from(await (await mailbox.source(moved.id))!.read(0, source.length)).equals(source)).toBe(true)
    expect(await mailbox.source(stored.id)).toBeNull()
  })

  test('a repeated move answers the same, and moves nothing twice', async () => {
    const mailbox = await newMailbox(store)
    const [inbox, drafts, sent] = [
      await inboxOf(mailbox),
      await folderOf(mailbox, folderType.drafts),
      await folderOf(mailbox, folderType.sentItems),
    ]
    const [id] = (await fill(mailbox, inbox, {})) as [ServerId]
    const moved = await mailbox.move(id, drafts)
    expect(await mailbox.move(id, drafts)).toEqual({ ...moved, created: false })
    expect(await mailbox.modseq()).toBe(moved.modseq)
    await expect(mailbox.move(id, sent)).rejects.toMatchObject({ reason: 'item-not-found' })
    await mailbox.move(moved.id, sent)
    expect(await mailbox.move(id, drafts)).toMatchObject({ id: moved.id, created: false })
  })

  test('a move to where the item lies changes nothing; one to nowhere is refused', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const stored = await mailbox.create(inbox, mail(), null)
    expect(await mailbox.move(stored.id, inbox)).toEqual({ ...stored, created: false })
    await expect(mailbox.move(stored.id, 'zzzz' as never)).rejects.toMatchObject({ reason: 'folder-not-found' })
    expect(await mailbox.modseq()).toBe(stored.modseq)
  })

  test('a draft is replaced as a whole, its state aside', async () => {
    const mailbox = await newMailbox(store)
    const drafts = await folderOf(mailbox, folderType.drafts)
    const { id } = await mailbox.create(
      drafts,
      mail({ subject: 'First', text: 'alpha', state: { draft: true, categories: ['Red'] } }),
      null,
    )
    const open = (await mailbox.source(id))!
    const source = pattern(300_000)
    await mailbox.change(
      id,
      {
        class: 'Email',
        state: { read: true },
        replace: { source, envelope: envelope('Second'), searchText: 'beta', received: noon + 1, conversation: 'cc' },
      },
      null,
    )
    expect((await mailbox.read([id])).get(id)).toMatchObject({
      date: noon + 1,
      content: {
        email: {
          envelope: { subject: 'Second' },
          state: { draft: true, read: true, categories: ['Red'] },
          bytes: 300_000,
          received: noon + 1,
          conversation: 'cc',
        },
      },
    })
    expect((await mailbox.items(drafts, 'Email').since(modseq(0), 10)).changes).toMatchObject([{ id, date: noon + 1, bytes: 300_000 }])
    expect(Buffer.from(await (await mailbox.source(id))!.read(0, source.length)).equals(source)).toBe(true)
    expect(new TextDecoder().decode(await open.read(0, 14))).toBe('Subject: First')
    const search = async (text: string) =>
      (
        await mailbox.search(
          { class: 'Email', text: [text], folders: null, after: null, before: null, conversation: null },
          { from: 0, to: 9 },
        )
      ).ids
    expect(await search('alpha')).toEqual([])
    expect(await search('beta')).toEqual([id])
  })

  test('any range of a source is read, across the borders of its chunks', async () => {
    const mailbox = await newMailbox(store)
    const source = pattern(2 * chunkBytes + 1000)
    const { id } = await mailbox.create(await inboxOf(mailbox), mail({ source }), null)
    const stored = (await mailbox.source(id))!
    expect(stored.bytes).toBe(source.length)
    const ranges: [number, number][] = [
      [0, 10],
      [chunkBytes - 5, chunkBytes],
      [chunkBytes - 5, chunkBytes + 5],
      [chunkBytes, chunkBytes + 1],
      [100, 2 * chunkBytes + 100],
      [0, source.length],
      [source.length - 1, source.length + 100],
      [source.length, source.length + 1],
      [-5, 5],
      [50, 50],
      [60, 50],
    ]
    for (const [start, end] of ranges) {
      const expected = source.subarray(Math.max(0, start), Math.max(0, end))
      expect(Buffer.from(await stored.read(start, end)).equals(end > start ? expected : new Uint8Array()), `${start} to ${end}`).toBe(true)
    }
  })

  test('sources of no bytes, and of exactly one chunk, are kept whole', async () => {
    const mailbox = await newMailbox(store)
    for (const bytes of [0, chunkBytes]) {
      const source = pattern(bytes)
      const { id } = await mailbox.create(await inboxOf(mailbox), mail({ source }), null)
      const stored = (await mailbox.source(id))!
      expect(stored.bytes).toBe(bytes)
      expect(Buffer.from(await stored.read(0, bytes + 1)).equals(source)).toBe(true)
    }
  })

  test('text of any kind comes back as it was', async () => {
    const mailbox = await newMailbox(store)
    const subject = 'NUL \u0000, quote \' " \\, 😀, e\u0301, \ud800, $1 ?2'
    const { id } = await mailbox.create(await inboxOf(mailbox), mail({ subject, text: `${subject} '; drop table items` }), null)
    expect(emailOf((await mailbox.read([id])).get(id)).envelope.subject).toBe(subject)
  })

  test('a conversation is found outside Deleted Items, or in the folder that is named', async () => {
    const mailbox = await newMailbox(store)
    const [inbox, sent, trash] = [
      await inboxOf(mailbox),
      await folderOf(mailbox, folderType.sentItems),
      await folderOf(mailbox, folderType.deletedItems),
    ]
    const c = { conversation: 'c1' }
    const [a, , gone] = (await fill(mailbox, inbox, c, { conversation: 'c2' }, c)) as [ServerId, ServerId, ServerId]
    const [b] = (await fill(mailbox, sent, c)) as [ServerId]
    const [old] = (await fill(mailbox, trash, c)) as [ServerId]
    await mailbox.remove(gone, 'forever')
    expect((await mailbox.conversation('c1', null)).toSorted()).toEqual([a, b].toSorted())
    expect(await mailbox.conversation('c1', trash)).toEqual([old])
    expect(await mailbox.conversation('c1', sent)).toEqual([b])
    expect(await mailbox.conversation('none', null)).toEqual([])
  })
})
