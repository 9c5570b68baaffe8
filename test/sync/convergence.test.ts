// Whole lives of phones, wandering at random: whatever is lost, repeated, interleaved or restarted, in the end phone and server agree.
import { afterAll, expect, it } from 'vitest'
import { folderType } from '../../src/model/folder.ts'
import type { FolderId, ServerId } from '../../src/model/id.ts'
import type { Mailbox } from '../../src/store/mailbox.ts'
import { cutOf, isInside } from '../../src/sync/window.ts'
import { message } from '../support/message.ts'
import type { Phone } from '../support/phone.ts'
import { dice, firstSeed, type Dice } from '../support/random.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { shortDraft } from '../support/shelf.ts'
import { el } from '../support/wire.ts'
import { emailOf } from '../../src/model/item.ts'
import { RecordLife } from './record-life.ts'

const day = 86_400_000
const folders = ['Inbox', 'Archive', 'Deleted Items'] as const
const lives = Number(process.env['EASEL_LIVES'] ?? 200)
const address = 'alice@example.test'

/** A phone with its habits: how far back it looks at each folder. */
interface Owner {
  readonly phone: Phone
  readonly filters: Map<string, number>
  /** Folders whose filter was changed and not synced with since. */
  readonly untold: Set<string>
}

class Life {
  readonly server: TestServer
  readonly random: Dice
  readonly owners: Owner[] = []
  #subjects = 0

  constructor(server: TestServer, random: Dice) {
    this.server = server
    this.random = random
  }

  async begin(): Promise<void> {
    const { random } = this
    for (const loss of [0.35, 0.1]) {
      const version = random.pick(['12.1', '14.0', '14.1', '16.0', '16.1'])
      const query = random.chance(0.3) ? 'base64' : 'plain'
      const phone = await this.server.phone(address, { version, query, random: random.next })
      phone.losing(loss)
      this.owners.push({ phone, filters: new Map(folders.map((name) => [name, random.pick([0, 0, 2, 3, 5])])), untold: new Set() })
    }
  }

  mailbox(): Promise<Mailbox> {
    return this.server.mailbox(address)
  }

  async #anyItem(): Promise<{ id: ServerId; folder: FolderId } | null> {
    const mailbox = await this.mailbox()
    const all = await mailbox.allFolders()
    const name = this.random.pick(folders)
    const folder = all.find((one) => one.name === name)
    if (folder === undefined) return null
    const { changes } = await mailbox.items(folder.id, 'Email').newestFirst(null, null, 100)
    return changes.length === 0 ? null : { id: this.random.pick(changes).id, folder: folder.id }
  }

  /** Something happens on the server: a delivery, or another client's doing. */
  async #elsewhere(): Promise<void> {
    const { random } = this
    const mailbox = await this.mailbox()
    const what = random.between(0, 9)
    if (what < 4) {
      for (let count = random.between(1, 4); count > 0; count--)
        await this.server.deliver(address, message({ subject: `Subject ${++this.#subjects}` }))
      return
    }
    if (what === 4) {
      const received = this.server.clock.now() - random.between(0, 40) * day
      const inbox = await mailbox.defaultFolder(folderType.inbox)
      await mailbox.create(inbox.id, shortDraft(`Subject ${++this.#subjects}`, received), null)
      return
    }
    const item = await this.#anyItem()
    if (item === null) return
    if (what < 7)
      await mailbox.change(
        item.id,
        { class: 'Email', state: { read: random.chance(0.5), categories: random.chance(0.3) ? ['Red'] : [] } },
        null,
      )
    else if (what === 7) await mailbox.remove(item.id, random.chance(0.5) ? 'trash' : 'forever')
    else await mailbox.move(item.id, (await mailbox.allFolders()).find((one) => one.name === random.pick(folders))?.id ?? item.folder)
  }

  async #onPhone(owner: Owner): Promise<void> {
    const { random } = this
    const { phone, filters, untold } = owner
    const name = random.pick(folders)
    const filter = filters.get(name) ?? 0
    const held = phone.items(name)
    const what = random.between(0, 14)
    if (what === 14) {
      if (Number(phone.version) >= 16) await phone.draft(`Draft ${++this.#subjects}`)
      return
    }
    if (what < 5 || held.length === 0) {
      await phone.sync(name, { window: random.between(1, 9), filter })
      untold.delete(name)
    } else if (what < 7) await phone.mark(name, random.pick(held).id, random.chance(0.5))
    else if (what === 7) await phone.remove(name, [random.pick(held).id], random.chance(0.6))
    else if (what === 8) await phone.move(name, [random.pick(held).id], random.pick(folders.filter((one) => one !== name)))
    else if (what === 9) {
      filters.set(name, random.pick([0, 2, 3, 5]))
      owner.untold.add(name)
    } else if (what === 10) {
      await phone.burst(name, { window: random.between(1, 9), filter })
      untold.delete(name)
    } else if (what === 11) {
      phone.collection(name).key = '0'
      phone.collection(name).items.clear()
      await phone.sync(name, { window: random.between(1, 9), filter })
      untold.delete(name)
    } else if (what === 12) await this.#pingAgrees(owner)
    else await this.#flag(owner, name)
  }

  async #flag({ phone }: Owner, name: string): Promise<void> {
    const { id } = this.random.pick(phone.items(name))
    const flag = this.random.chance(0.5)
      ? el('Email:Flag', [el('Email:Status', 2), el('Email:FlagType', 'for follow up')])
      : el('Email:Flag')
    await phone.flag(name, id, flag)
  }

  /** Ping and Sync share one truth: what Ping announces, the next Sync delivers. */
  async #pingAgrees({ phone, filters, untold }: Owner): Promise<void> {
    phone.losing(0)
    const primed = folders.filter((name) => phone.collection(name).key !== '0')
    if (primed.length > 0) {
      const asked = phone.ping(primed, 60)
      await Promise.race([asked, this.server.parked(address, phone.options.deviceId)])
      await this.server.clock.advance(61)
      const { status, folders: told } = await asked
      if (status === 2) {
        for (const name of told) {
          const synced = await phone.sync(name, { filter: filters.get(name) ?? 0 })
          const news = synced.added.length + synced.changed.length + synced.deleted.length + synced.softDeleted.length
          // Ping judged by the filter it knew: what it announced may lie outside of the one that Sync brings along.
          if (news === 0 && !untold.has(name)) phone.violations.push(`Ping announced ${name}, and Sync had nothing`)
          untold.delete(name)
        }
      }
    }
    phone.losing(0.35)
  }

  async live(steps: number): Promise<void> {
    await this.begin()
    for (let step = 0; step < steps; step++) {
      const what = this.random.between(0, 99)
      if (what < 35) await this.#elsewhere()
      else if (what < 96) await this.#onPhone(this.random.pick(this.owners))
      else if (what < 98) await this.server.clock.advance((this.random.next() * 3 * day) / 1000)
      else await this.server.restart()
    }
  }

  /** What the server would show a phone with these habits. */
  async #truth(owner: Owner, name: string): Promise<Map<string, string>> {
    const mailbox = await this.mailbox()
    const folder = (await mailbox.allFolders()).find((one) => one.name === name)
    if (folder === undefined) throw new Error(`the server has no ${name}`)
    const cut = cutOf(owner.filters.get(name) ?? 0, this.server.clock.now())
    const { changes } = await mailbox.items(folder.id, 'Email').newestFirst(null, null, 10_000)
    const items = await mailbox.read(changes.filter((change) => isInside(change.date, cut)).map((change) => change.id))
    return new Map(
      [...items].map(([id, item]) => {
        const { envelope, state } = emailOf(item)
        return [
          id,
          JSON.stringify([
            envelope.subject,
            state.read ? '1' : '0',
            state.flag === null || state.flag.status === 0 ? '' : String(state.flag.status),
          ]),
        ]
      }),
    )
  }

  /** Everything settled: what each phone holds is what the server has. */
  async settle(): Promise<void> {
    for (const owner of this.owners) {
      const { phone, filters } = owner
      phone.losing(0)
      for (const name of folders) {
        await phone.syncAll(name, { window: 7, filter: filters.get(name) ?? 0 })
        const held = new Map(
          phone.items(name).map((item) => {
            const flag = item.nodes.get('Email:Flag')
            const status = flag?.children.find((child) => child.name === 'Email:Status')?.value ?? ''
            return [
              item.id,
              JSON.stringify([item.properties.get('Email:Subject'), item.properties.get('Email:Read'), status === '0' ? '' : status]),
            ]
          }),
        )
        expect(Object.fromEntries(held), `${phone.version} ${name}`).toEqual(Object.fromEntries(await this.#truth(owner, name)))
      }
      await this.#draftsAgree(phone)
      expect(phone.violations).toEqual([])
      // Whatever was lost, repeated or begun anew: none of it is a circle.
      expect(this.server.running.admin.alarms.list()).toEqual([])
      // A reset is the last resort: nothing in these lives is worth one.
      expect(phone.resets).toBe(0)
    }
  }

  /** Every draft is there once, under the id its phone was told. */
  async #draftsAgree(phone: Phone): Promise<void> {
    await phone.syncAll('Drafts', { window: 7 })
    const mailbox = await this.mailbox()
    const drafts = await mailbox.defaultFolder(folderType.drafts)
    const { changes } = await mailbox.items(drafts.id, 'Email').newestFirst(null, null, 10_000)
    const items = await mailbox.read(changes.map((change) => change.id))
    const truth = Object.fromEntries([...items].map(([id, item]) => [id, emailOf(item).envelope.subject]))
    expect(Object.fromEntries(phone.items('Drafts').map(({ id, properties }) => [id, properties.get('Email:Subject')]))).toEqual(truth)
    expect(new Set(Object.values(truth)).size).toBe(items.size)
  }

  end(): void {
    for (const { phone } of this.owners) phone.close()
  }
}

let lived = 0
afterAll(() => console.log(`convergence: ${lived} lives from seed ${firstSeed}`))

it('phone and server agree after every life, whatever was lost on the way', { timeout: 900_000 }, async () => {
  for (let number = 0; number < lives; number++) {
    const seed = firstSeed + number
    const server = await startTestServer({ accounts: [address] })
    const life = new Life(server, dice(seed))
    try {
      await life.live(life.random.between(10, 60))
      await life.settle()
    } catch (thrown) {
      throw new Error(`life with EASEL_SEED=${seed} went wrong: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
        cause: thrown,
      })
    } finally {
      life.end()
      await server.close()
    }
    lived++
  }
})

it('phones agree about events, contacts, tasks and notes after every life, too', { timeout: 900_000 }, async () => {
  for (let number = 0; number < lives / 5; number++) {
    const seed = firstSeed + number
    const server = await startTestServer({ accounts: [address] })
    const life = new RecordLife(server, dice(seed))
    try {
      await life.live(dice(seed).between(10, 60))
      await life.settle()
    } catch (thrown) {
      throw new Error(
        `a life of records with EASEL_SEED=${seed} went wrong: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
        {
          cause: thrown,
        },
      )
    } finally {
      life.end()
      await server.close()
    }
    lived++
  }
})
