// The contract of feeds: what changed since, what lies there newest first, and what ids mean now.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderType } from '../../src/model/folder.ts'
import { rootFolder, serverId, type ServerId } from '../../src/model/id.ts'
import type { Cursor, Mailbox } from '../../src/store/mailbox.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'
import { day, fill, folderOf, idsOf, inboxOf, mail, modseq, newMailbox, noon, readFeed } from './samples.ts'

describe.each(engines)('feeds on $name', (engine) => {
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

  test('an empty folder has nothing to tell, and keeps the token', async () => {
    const mailbox = await newMailbox(store)
    const feed = mailbox.items(await inboxOf(mailbox), 'Email')
    expect(await feed.since(modseq(5), 10)).toEqual({ changes: [], token: 5, more: false })
    expect(await feed.newestFirst(null, null, 10)).toEqual({ changes: [], next: null })
  })

  test('a folder id that cannot be ours names an empty folder', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    await fill(mailbox, inbox, {})
    for (const folder of ['Inbox', `0${inbox}`, 'zz', `${inbox}:1`, `${inbox} `, ''] as never[]) {
      expect(await mailbox.folder(folder)).toBeNull()
      expect((await mailbox.items(folder, 'Email').since(modseq(0), 10)).changes).toEqual([])
      expect((await mailbox.items(folder, 'Email').newestFirst(null, null, 10)).changes).toEqual([])
    }
  })

  test('changes come ascending, each item once at its newest change', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const [first, second, third] = (await fill(mailbox, inbox, {}, {}, {})) as [ServerId, ServerId, ServerId]
    await mailbox.change(first, { class: 'Email', state: { read: true } }, null)
    const page = await mailbox.items(inbox, 'Email').since(modseq(0), 10)
    expect(idsOf(page.changes)).toEqual([second, third, first])
    const modseqs = page.changes.map((change) => change.modseq)
    expect(modseqs).toEqual(modseqs.toSorted((a, b) => a - b))
    expect(new Set(modseqs).size).toBe(3)
    expect(page.token).toBe(modseqs.at(-1))
    expect(page.more).toBe(false)
  })

  test('a change tells the date and the size, never the content', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const [id] = await fill(mailbox, inbox, { received: noon, source: new Uint8Array(1234) })
    const { changes } = await mailbox.items(inbox, 'Email').since(modseq(0), 10)
    expect(changes).toEqual([{ id, modseq: changes[0]?.modseq, gone: false, date: noon, bytes: 1234 }])
  })

  test('a removed item is told as gone', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const [id] = (await fill(mailbox, inbox, {})) as [ServerId]
    const { token } = await mailbox.items(inbox, 'Email').since(modseq(0), 10)
    const removed = await mailbox.remove(id, 'forever')
    const page = await mailbox.items(inbox, 'Email').since(token, 10)
    expect(page.changes).toMatchObject([{ id, gone: true, modseq: removed }])
    expect(await mailbox.items(inbox, 'Email').read([id])).toEqual(new Map())
  })

  test('a moved item is gone in the one folder and there in the other', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const sent = await folderOf(mailbox, folderType.sentItems)
    const [id] = (await fill(mailbox, inbox, {})) as [ServerId]
    const moved = await mailbox.move(id, sent)
    expect((await mailbox.items(inbox, 'Email').since(modseq(0), 10)).changes).toMatchObject([{ id, gone: true }])
    expect((await mailbox.items(sent, 'Email').since(modseq(0), 10)).changes).toMatchObject([
      { id: moved.id, gone: false, modseq: moved.modseq },
    ])
  })

  test('pages join without a gap or a repetition', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const ids = await fill(mailbox, inbox, ...Array.from({ length: 10 }, () => ({})))
    const pages = await readFeed(mailbox, inbox, 0, 3)
    expect(pages.map((page) => page.changes.length)).toEqual([3, 3, 3, 1])
    expect(pages.map((page) => page.more)).toEqual([true, true, true, false])
    expect(pages.flatMap((page) => idsOf(page.changes))).toEqual(ids)
  })

  test('a page that ends exactly at the last change has no more', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    await fill(mailbox, inbox, {}, {}, {})
    expect((await mailbox.items(inbox, 'Email').since(modseq(0), 3)).more).toBe(false)
    expect((await mailbox.items(inbox, 'Email').since(modseq(0), 2)).more).toBe(true)
  })

  test('changes of one folder do not show in another, nor of one mailbox in another', async () => {
    const [mine, theirs] = [await newMailbox(store), await newMailbox(store)]
    const inbox = await inboxOf(mine)
    const { token } = await mine.items(inbox, 'Email').since(await mine.modseq(), 10)
    await fill(mine, await folderOf(mine, folderType.drafts), {})
    await fill(theirs, await inboxOf(theirs), {})
    expect((await mine.items(inbox, 'Email').since(token, 10)).changes).toEqual([])
    expect((await mine.items(inbox, 'Email').newestFirst(null, null, 10)).changes).toEqual([])
  })

  /** Reads a backfill to its end, page by page. */
  async function backfill(mailbox: Mailbox, after: number | null, limit: number) {
    const feed = mailbox.items(await inboxOf(mailbox), 'Email')
    const ids: ServerId[] = []
    let from: Cursor | null = null
    do {
      const page = await feed.newestFirst(from, after, limit)
      expect(page.changes.length).toBeLessThanOrEqual(limit)
      ids.push(...idsOf(page.changes))
      from = page.next
    } while (from !== null)
    return ids
  }

  test('the backfill goes newest first, whatever the order of arrival', async () => {
    const mailbox = await newMailbox(store)
    const dates = [3, 1, 5, 2, 4].map((days) => noon - days * day)
    const ids = await fill(mailbox, await inboxOf(mailbox), ...dates.map((received) => ({ received })))
    const order = [1, 3, 0, 4, 2].map((index) => ids[index])
    expect(await backfill(mailbox, null, 10)).toEqual(order)
    expect(await backfill(mailbox, null, 2)).toEqual(order)
    expect(await backfill(mailbox, null, 1)).toEqual(order)
  })

  test('items of one date are each offered once, however small the pages', async () => {
    const mailbox = await newMailbox(store)
    const ids = await fill(mailbox, await inboxOf(mailbox), ...Array.from({ length: 7 }, () => ({ received: noon })))
    for (const limit of [1, 2, 3, 7]) expect(await backfill(mailbox, null, limit)).toEqual(ids.toReversed())
  })

  test('the backfill stops at the cut, which is inside', async () => {
    const mailbox = await newMailbox(store)
    const ids = await fill(mailbox, await inboxOf(mailbox), { received: noon - 1 }, { received: noon }, { received: noon + 1 })
    expect(await backfill(mailbox, noon, 10)).toEqual([ids[2], ids[1]])
    expect(await backfill(mailbox, noon, 1)).toEqual([ids[2], ids[1]])
    expect(await backfill(mailbox, noon + 2, 1)).toEqual([])
  })

  test('the backfill leaves out what is gone, and mail before 1970 is not too old for it', async () => {
    const mailbox = await newMailbox(store)
    const [gone, old] = (await fill(mailbox, await inboxOf(mailbox), {}, { received: -day })) as [ServerId, ServerId]
    await mailbox.remove(gone, 'forever')
    expect(await backfill(mailbox, null, 10)).toEqual([old])
  })

  test('a cursor without a date stands before every date', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const [id] = await fill(mailbox, inbox, { received: 8.64e15 })
    expect(idsOf((await mailbox.items(inbox, 'Email').newestFirst({ date: null, number: 1 }, null, 10)).changes)).toEqual([id])
  })

  test('reading gives the present state, and leaves out what is gone, foreign or elsewhere', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const drafts = await folderOf(mailbox, folderType.drafts)
    const [mine, gone] = (await fill(mailbox, inbox, { subject: 'Mine', conversation: 'abc' }, {})) as [ServerId, ServerId]
    const [other] = (await fill(mailbox, drafts, {})) as [ServerId]
    await mailbox.remove(gone, 'forever')
    const number = mine.split(':')[1] ?? ''
    const bogus = [`${drafts}:${number}`, `0${inbox}:${number}`, 'x', '1:zzz', serverId(inbox, 2 ** 50)] as ServerId[]
    const found = await mailbox.items(inbox, 'Email').read([mine, gone, other, ...bogus])
    expect([...found.keys()]).toEqual([mine])
    const draft = mail({ subject: 'Mine', conversation: 'abc' })
    expect(found.get(mine)).toEqual({
      id: mine,
      folder: inbox,
      modseq: found.get(mine)?.modseq,
      date: noon,
      bytes: draft.source.length,
      content: {
        class: 'Email',
        email: { envelope: draft.envelope, state: draft.state, received: noon, bytes: draft.source.length, conversation: 'abc' },
      },
    })
    expect([...(await mailbox.read([mine, gone, other, ...bogus])).keys()].toSorted()).toEqual([mine, other].toSorted())
    for (const id of bogus) {
      expect(await mailbox.items(inbox, 'Email').read([id])).toEqual(new Map())
      expect(await mailbox.read([id])).toEqual(new Map())
      expect(await mailbox.changes([id])).toEqual(new Map())
    }
    expect(await mailbox.read([])).toEqual(new Map())
  })

  test('changes by id tell the newest change of each, gone or not', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const [first, second] = (await fill(mailbox, inbox, {}, {})) as [ServerId, ServerId]
    const modseqGone = await mailbox.remove(second, 'forever')
    const changes = await mailbox.changes([second, first, '3:zzz' as ServerId])
    expect(changes.size).toBe(2)
    expect(changes.get(first)).toMatchObject({ id: first, gone: false })
    expect(changes.get(second)).toMatchObject({ id: second, gone: true, modseq: modseqGone })
  })

  test('the hierarchy is a feed: births, renames and removals, each folder once', async () => {
    const mailbox = await newMailbox(store)
    const all = await mailbox.allFolders()
    const first = await mailbox.folders.since(modseq(0), 100)
    expect(idsOf(first.changes)).toEqual(idsOf(all))
    const made = await mailbox.createFolder(rootFolder, 'Projects', folderType.userMail, null)
    const other = await mailbox.createFolder(rootFolder, 'Other', folderType.userMail, null)
    await mailbox.changeFolder(made.id, rootFolder, 'Plans')
    await mailbox.removeFolder(other.id)
    const page = await mailbox.folders.since(first.token, 100)
    expect(page.changes).toMatchObject([
      { id: made.id, gone: false, date: null, bytes: 0 },
      { id: other.id, gone: true },
    ])
    expect(page.token).toBe(await mailbox.modseq())
    const read = await mailbox.folders.read([made.id, other.id, 'zzz' as never])
    expect([...read.values()]).toMatchObject([{ id: made.id, name: 'Plans', parent: rootFolder, type: folderType.userMail }])
  })

  test('the hierarchy is paged like any other feed', async () => {
    const mailbox = await newMailbox(store)
    const all = idsOf(await mailbox.allFolders())
    const page = await mailbox.folders.since(modseq(0), 4)
    expect(page).toMatchObject({ more: true, token: page.changes.at(-1)?.modseq })
    const rest = await mailbox.folders.since(page.token, 100)
    expect([...idsOf(page.changes), ...idsOf(rest.changes)]).toEqual(all)
    const seen: string[] = []
    let from: Cursor | null = null
    do {
      const back = await mailbox.folders.newestFirst(from, noon, 4)
      seen.push(...idsOf(back.changes))
      from = back.next
    } while (from !== null)
    expect(seen.toSorted()).toEqual(all.toSorted())
  })
})
