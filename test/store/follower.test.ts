// Random lives of a mailbox: whoever follows its feeds, in pages of any size, holds what lies there.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { folderType } from '../../src/model/folder.ts'
import type { FolderId, Modseq, ServerId } from '../../src/model/id.ts'
import type { Cursor, Mailbox } from '../../src/store/mailbox.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'
import { folderOf, identity, mail, modseq, newMailbox, noon } from './samples.ts'

const types = [folderType.inbox, folderType.sentItems, folderType.deletedItems] as const

type Step =
  | { readonly kind: 'create'; readonly folder: number; readonly date: number; readonly identity: number }
  | { readonly kind: 'change' | 'trash' | 'remove'; readonly item: number }
  | { readonly kind: 'move'; readonly item: number; readonly folder: number }
  | { readonly kind: 'empty'; readonly folder: number }
  | { readonly kind: 'follow'; readonly folder: number; readonly limit: number }

const folder = fc.nat(types.length - 1)
const item = fc.nat(30)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('create' as const), folder, date: fc.nat(4), identity: fc.nat(12) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('change' as const, 'trash' as const, 'remove' as const), item }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('move' as const), item, folder }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('empty' as const), folder }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('follow' as const), folder, limit: fc.integer({ min: 1, max: 5 }) }) },
)

/** What somebody who follows one folder holds of it. */
class Follower {
  readonly held = new Map<ServerId, Modseq>()
  #token = modseq(0)

  async page(mailbox: Mailbox, id: FolderId, limit: number): Promise<boolean> {
    const page = await mailbox.items(id, 'Email').since(this.#token, limit)
    expect(page.changes.length).toBeLessThanOrEqual(limit)
    let last: number = this.#token
    for (const change of page.changes) {
      expect(change.modseq).toBeGreaterThan(last)
      last = change.modseq
      if (change.gone) this.held.delete(change.id)
      else this.held.set(change.id, change.modseq)
    }
    this.#token = page.token
    return page.more
  }
}

describe.each(engines)('followers on $name', (engine) => {
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

  async function perform(mailbox: Mailbox, folders: readonly FolderId[], ids: ServerId[], step: Step): Promise<void> {
    const at = (index: number) => ids[index % ids.length] ?? ('1:zzz' as ServerId)
    const before = await mailbox.modseq()
    switch (step.kind) {
      case 'create': {
        const draft = mail({ received: noon + step.date })
        const stored = await mailbox.create(folders[step.folder]!, draft, identity(`identity ${step.identity}`))
        if (stored.created) ids.push(stored.id)
        return
      }
      case 'change':
        await mailbox.change(at(step.item), { class: 'Email', state: { categories: [String(before)] } }, null)
        return
      case 'move': {
        const stored = await mailbox.move(at(step.item), folders[step.folder]!)
        if (stored.created) ids.push(stored.id)
        return
      }
      case 'trash':
      case 'remove':
        await mailbox.remove(at(step.item), step.kind === 'trash' ? 'trash' : 'forever')
        return
      case 'empty':
        await mailbox.emptyFolder(folders[step.folder]!, false)
        return
      case 'follow':
        return
    }
  }

  /** Everything in a folder, newest first, by the backfill. */
  async function listed(mailbox: Mailbox, id: FolderId): Promise<Map<ServerId, Modseq>> {
    const found = new Map<ServerId, Modseq>()
    let from: Cursor | null = null
    do {
      const page = await mailbox.items(id, 'Email').newestFirst(from, null, 3)
      for (const change of page.changes) {
        expect(found.has(change.id)).toBe(false)
        found.set(change.id, change.modseq)
      }
      from = page.next
    } while (from !== null)
    return found
  }

  test('whoever follows a feed holds what lies there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const mailbox = await newMailbox(store)
        const folders = await Promise.all(types.map((type) => folderOf(mailbox, type)))
        const followers = folders.map(() => new Follower())
        const ids: ServerId[] = []
        for (const step of steps) {
          if (step.kind === 'follow') await followers[step.folder]!.page(mailbox, folders[step.folder]!, step.limit)
          else {
            await perform(mailbox, folders, ids, step).catch((error: unknown) => {
              expect(error).toMatchObject({ reason: 'item-not-found' })
            })
          }
        }
        for (const [index, id] of folders.entries()) {
          const follower = followers[index]!
          while (await follower.page(mailbox, id, 2)) continue
          const there = await listed(mailbox, id)
          expect(follower.held).toEqual(there)
          expect(new Set((await mailbox.items(id, 'Email').read([...there.keys()])).keys())).toEqual(new Set(there.keys()))
        }
      }),
      { numRuns: 15 },
    )
  })
})
