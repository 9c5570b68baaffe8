// The contract of the search: what is found, in which order, and how much there is.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderType } from '../../src/model/folder.ts'
import type { ServerId } from '../../src/model/id.ts'
import type { Mailbox, Query } from '../../src/store/mailbox.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'
import { day, fill, folderOf, inboxOf, newMailbox, noon, type Sample } from './samples.ts'

describe.each(engines)('search on $name', (engine) => {
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

  const everything: Query = { class: 'Email', text: [], folders: null, after: null, before: null, conversation: null }

  async function found(mailbox: Mailbox, query: Partial<Query>, from = 0, to = 99) {
    return mailbox.search({ ...everything, ...query }, { from, to })
  }

  /** Which of the samples contain the words, by their place. */
  async function hits(samples: readonly Sample[], ...text: string[]): Promise<readonly number[]> {
    const mailbox = await newMailbox(store)
    const ids = await fill(mailbox, await inboxOf(mailbox), ...samples)
    const page = await found(mailbox, { text })
    expect(page.total).toBe(page.ids.length)
    return page.ids.map((id) => ids.indexOf(id)).toSorted((a, b) => a - b)
  }

  test('words are found in the subject and in the text', async () => {
    const samples = [{ subject: 'Invoice 4711' }, { text: 'Please find the invoice attached' }, { subject: 'Lunch' }]
    expect(await hits(samples, 'invoice')).toEqual([0, 1])
  })

  test('every word must occur', async () => {
    const samples = [{ subject: 'red fox' }, { subject: 'red', text: 'fox' }, { subject: 'red' }, { text: 'fox' }]
    expect(await hits(samples, 'red', 'fox')).toEqual([0, 1])
    expect(await hits(samples, 'fox', 'red', 'fox')).toEqual([0, 1])
  })

  test('a phrase is found as it stands, across line ends but not from subject to text', async () => {
    const samples = [
      { text: 'the red\r\n  fox' },
      { text: 'the fox is red' },
      { subject: 'the red', text: 'fox' },
      { subject: 'The Red Fox' },
    ]
    expect(await hits(samples, 'red fox')).toEqual([0, 3])
    expect(await hits(samples, ' red \t fox ')).toEqual([0, 3])
  })

  test('letter case and marks make no difference', async () => {
    const samples = [
      { subject: 'Müller' },
      { subject: 'MULLER' },
      { subject: 'mu\u0308ller' },
      { subject: 'Miller' },
      { subject: 'ＭＵＬＬＥＲ' },
    ]
    for (const word of ['müller', 'MÜLLER', 'muller', 'mu\u0308ller']) expect(await hits(samples, word)).toEqual([0, 1, 2, 4])
  })

  test('a part of a word is enough', async () => {
    expect(await hits([{ subject: 'Donaudampfschiff' }, { subject: 'Schifffahrt' }], 'dampf')).toEqual([0])
  })

  test('words of one and two characters are found, alone and beside longer ones', async () => {
    const samples = [{ subject: 'QA plan' }, { subject: 'plan b' }, { subject: 'other' }]
    expect(await hits(samples, 'qa')).toEqual([0])
    expect(await hits(samples, 'b')).toEqual([1])
    expect(await hits(samples, 'plan', 'qa')).toEqual([0])
    expect(await hits(samples, 'b', 'plan')).toEqual([1])
    expect(await hits([{ subject: '会議の件' }, { subject: '会' }], '会議')).toEqual([0])
    expect(await hits([{ subject: 'party 🎉🎊' }, { subject: '🎉' }], '🎊')).toEqual([0])
  })

  test('signs that mean something to the database mean only themselves', async () => {
    const samples = [
      { subject: '100% sure_thing "quoted" c:\\temp' },
      { subject: 'nothing of the kind' },
      { subject: "it's * (near) ^top:" },
    ]
    for (const sign of ['%', '_', '100%', 'sure_thing', '"', '"quoted"', '\\', 'c:\\temp'])
      expect(await hits(samples, sign), sign).toEqual([0])
    for (const sign of ["'", "it's", '*', '(near)', '^top:', '* (']) expect(await hits(samples, sign), sign).toEqual([2])
    for (const sign of ['a%b', 'not_ing', 'AND OR', 'n* ', '$1', '?1', "';--"]) expect(await hits(samples, sign), sign).toEqual([])
  })

  test('a word of nothing but marks or blanks asks for nothing', async () => {
    expect(await hits([{}, {}], '\u0301', '  ', '')).toEqual([0, 1])
  })

  test('very long words and very many are answered, not refused', async () => {
    expect(await hits([{ text: 'x'.repeat(1000) }], 'x'.repeat(60_000))).toEqual([0])
    const words = Array.from({ length: 500 }, (_, index) => `word${index}`)
    expect(await hits([{ text: words.join(' ') }, { text: words[0]! }], ...words)).toEqual([0])
    // Each of these has hundreds of different trigrams.
    const long = words.map((word, index) => words.slice(index).join(word).slice(0, 256))
    expect(await hits([{ text: long.slice(0, 100).join(' ') }, { text: long[0]! }], ...long)).toEqual([0])
  })

  test('folders, dates and conversation narrow the search', async () => {
    const mailbox = await newMailbox(store)
    const [inbox, sent] = [await inboxOf(mailbox), await folderOf(mailbox, folderType.sentItems)]
    const at = (days: number, conversation: string) => ({ subject: 'same', received: noon - days * day, conversation })
    const [a, b, c] = (await fill(mailbox, inbox, at(1, 'x'), at(2, 'y'), at(3, 'x'))) as [ServerId, ServerId, ServerId]
    const [d] = (await fill(mailbox, sent, at(0, 'x'))) as [ServerId]
    const ids = async (query: Partial<Query>) => (await found(mailbox, { text: ['same'], ...query })).ids
    expect(await ids({})).toEqual([d, a, b, c])
    expect(await ids({ folders: [inbox] })).toEqual([a, b, c])
    expect(await ids({ folders: [sent, inbox] })).toEqual([d, a, b, c])
    expect(await ids({ folders: [] })).toEqual([])
    expect(await ids({ folders: ['nonsense!' as never] })).toEqual([])
    expect(await ids({ after: noon - 2 * day })).toEqual([d, a, b])
    expect(await ids({ before: noon - 2 * day })).toEqual([c])
    expect(await ids({ after: noon - 2 * day, before: noon })).toEqual([a, b])
    expect(await ids({ conversation: 'x' })).toEqual([d, a, c])
    expect(await ids({ conversation: 'x', folders: [inbox], after: noon - 2 * day })).toEqual([a])
    expect(await ids({ class: 'Notes' })).toEqual([])
  })

  test('pages go newest first, and each tells the total', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const ids = await fill(mailbox, inbox, ...Array.from({ length: 7 }, (_, index) => ({ subject: 'same', received: noon + index })))
    const newest = ids.toReversed()
    for (const text of [[], ['same'], ['sa']]) {
      expect(await found(mailbox, { text }, 0, 2)).toEqual({ ids: newest.slice(0, 3), total: 7 })
      expect(await found(mailbox, { text }, 3, 6)).toEqual({ ids: newest.slice(3), total: 7 })
      expect(await found(mailbox, { text }, 6, 99)).toEqual({ ids: newest.slice(6), total: 7 })
      expect(await found(mailbox, { text }, 50, 99)).toEqual({ ids: [], total: 7 })
    }
  })

  test('nobody finds what is removed, and what is moved is found where it is', async () => {
    const mailbox = await newMailbox(store)
    const inbox = await inboxOf(mailbox)
    const [gone, moving] = (await fill(mailbox, inbox, { subject: 'findme' }, { subject: 'findme' })) as [ServerId, ServerId]
    await mailbox.remove(gone, 'forever')
    const moved = await mailbox.move(moving, await folderOf(mailbox, folderType.drafts))
    expect(await found(mailbox, { text: ['findme'] })).toEqual({ ids: [moved.id], total: 1 })
  })

  test('nobody finds what lies in the mailbox of another', async () => {
    const [mine, theirs] = [await newMailbox(store), await newMailbox(store)]
    await fill(mine, await inboxOf(mine), { subject: 'secret' })
    for (const text of [['secret'], ['se'], []]) expect(await found(theirs, { text })).toEqual({ ids: [], total: 0 })
    // Both mailboxes count from one: the numbers are the same, the texts are not.
    await fill(theirs, await inboxOf(theirs), { subject: 'public' })
    for (const text of [['secret'], ['se']]) expect(await found(theirs, { text })).toEqual({ ids: [], total: 0 })
    const [id] = await fill(theirs, await inboxOf(theirs), { subject: 'secret' })
    expect((await found(theirs, { text: ['secret'] })).ids).toEqual([id])
  })
})
