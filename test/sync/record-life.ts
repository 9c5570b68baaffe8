// One life of three phones over events, contacts, tasks and notes: what they and others do to them, in any order, with replies lost on the way.
import { expect } from 'vitest'
import { folderType, type FolderType, type ItemClass } from '../../src/model/folder.ts'
import type { Mailbox } from '../../src/store/mailbox.ts'
import type { Phone } from '../support/phone.ts'
import type { Dice } from '../support/random.ts'
import type { TestServer } from '../support/server.ts'
import type { Node } from '../support/wire.ts'
import type { Habit } from './habit.ts'
import { habits } from './record-habits.ts'
import { checkContact, checkEvent, checkTask, checkText } from './record-kept.ts'

const day = 86_400_000
const address = 'alice@example.test'

export const recordFolders: readonly { readonly name: string; readonly class: ItemClass; readonly type: FolderType }[] = [
  { name: 'Calendar', class: 'Calendar', type: folderType.calendar },
  { name: 'Contacts', class: 'Contacts', type: folderType.contacts },
  { name: 'Tasks', class: 'Tasks', type: folderType.tasks },
  { name: 'Notes', class: 'Notes', type: folderType.notes },
]

/** Phones that write birthdays each in a way of their own. */
const kinds = [
  {},
  { deviceType: 'SAMSUNGSMG991B', userAgent: 'SAMSUNG-SM-G991B/101.13' },
  { deviceType: 'Android', userAgent: 'Android/9-EAS-2.0' },
  { deviceType: 'Simulated' },
] as const

/** A phone, and how far back it looks at each folder. */
interface Owner {
  readonly phone: Phone
  readonly filters: Map<string, number>
  readonly untold: Set<string>
  /** In which form, and how much of it, it wants texts. */
  readonly body: readonly { readonly type: 1 | 2; readonly truncation?: number }[]
}

/** What is left of a phone's copy of an item when single elements are compared. */
function shownOf({ shown }: Habit, nodes: ReadonlyMap<string, Node>): string {
  return JSON.stringify(shown(nodes))
}

export class RecordLife {
  readonly #server: TestServer
  readonly #random: Dice
  readonly #owners: Owner[] = []
  #names = 0

  constructor(server: TestServer, random: Dice) {
    this.#server = server
    this.#random = random
  }

  async #begin(): Promise<void> {
    const random = this.#random
    for (const loss of [0.35, 0.1, 0.2]) {
      const version = random.pick(['12.1', '14.0', '14.1', '16.0', '16.1'])
      const phone = await this.#server.phone(address, { version, random: random.next, ...random.pick(kinds) })
      phone.losing(loss)
      const filters = new Map(recordFolders.map(({ name, class: itemClass }) => [name, random.pick(habits[itemClass].filters)]))
      const body = [random.pick([{ type: 1 }, { type: 2 }, { type: 1, truncation: 40 }, { type: 2, truncation: 60 }] as const)]
      this.#owners.push({ phone, filters, untold: new Set(), body })
      for (const { name, class: itemClass } of this.#folders({ phone })) {
        const { supported = null } = habits[itemClass]
        if (supported !== null && random.chance(0.4)) phone.collection(name).supported = random.pick([supported, []])
      }
    }
  }

  /** The folders that this phone has: notes came with 14.0. */
  #folders({ phone }: Pick<Owner, 'phone'>) {
    const known = new Set([...phone.folders.values()].map(({ name }) => name))
    return recordFolders.filter(({ name }) => known.has(name))
  }

  #name(): string {
    return `Name ${++this.#names}`
  }

  async #all(mailbox: Mailbox, { type, class: itemClass }: (typeof recordFolders)[number]) {
    const folder = await mailbox.defaultFolder(type)
    const { changes } = await mailbox.items(folder.id, itemClass).newestFirst(null, null, 1000)
    return changes.map((change) => change.id)
  }

  /** Somebody else writes to the mailbox: another server's gateway, an import. */
  async #elsewhere(): Promise<void> {
    const random = this.#random
    const mailbox = await this.#server.mailbox(address)
    const place = random.pick(recordFolders)
    const habit = habits[place.class]
    const ids = await this.#all(mailbox, place)
    const what = random.between(0, 9)
    if (what < 4 || ids.length === 0) return habit.made(mailbox, this.#name(), random, this.#server.clock.now())
    const id = random.pick(ids)
    if (what < 8) return habit.edited(mailbox, id, this.#name(), random)
    await mailbox.remove(id, random.chance(0.5) ? 'trash' : 'forever')
  }

  async #onPhone(owner: Owner): Promise<void> {
    const random = this.#random
    const { phone, filters, untold } = owner
    const { name, class: itemClass } = random.pick(this.#folders(owner))
    const habit = habits[itemClass]
    // Options that come without a filter or a preference have none: a phone tells them all, each time.
    const asks = { filter: filters.get(name) ?? 0, body: owner.body }
    const options = { ...asks, window: random.between(1, 9) }
    const held = phone.items(name)
    const what = random.between(0, 13)
    const now = this.#server.clock.now()
    if (what < 3) {
      await phone.sync(name, options)
      untold.delete(name)
    } else if (what < 6 || held.length === 0) {
      const added = await phone.add(name, habit.written(phone, this.#name(), random, now), asks)
      untold.delete(name)
      if (added.status !== 1) phone.violations.push(`Add to ${name}: Status ${added.status}`)
    } else if (what < 9) {
      await habit.changed(phone, name, random.pick(held), this.#name(), random, { ...asks, conflict: random.chance(0.3) ? 0 : 1 })
    } else if (what === 9) await phone.delete(name, random.pick(held).id, { ...asks, deletesAsMoves: random.chance(0.5) })
    else if (what === 10) {
      filters.set(name, random.pick(habit.filters))
      untold.add(name)
    } else if (what === 11) {
      await phone.burst(name, options)
      untold.delete(name)
    } else if (what === 12) {
      phone.collection(name).key = '0'
      phone.collection(name).items.clear()
      await phone.sync(name, options)
      untold.delete(name)
    } else await this.#pingAgrees(owner)
  }

  /** What Ping announces, the next Sync delivers. */
  async #pingAgrees(owner: Owner): Promise<void> {
    const { phone, filters, untold } = owner
    phone.losing(0)
    const primed = this.#folders(owner)
      .map(({ name }) => name)
      .filter((name) => phone.collection(name).key !== '0')
    if (primed.length > 0) {
      const asked = phone.ping(primed, 60)
      await Promise.race([asked, this.#server.parked(address, phone.options.deviceId)])
      await this.#server.clock.advance(61)
      const { status, folders: told } = await asked
      for (const name of status === 2 ? told : []) {
        const { added, changed, deleted, softDeleted } = await phone.sync(name, { filter: filters.get(name) ?? 0, body: owner.body })
        const news = added.length + changed.length + deleted.length + softDeleted.length
        if (news === 0 && !untold.has(name)) phone.violations.push(`Ping announced ${name}, and Sync had nothing`)
        untold.delete(name)
      }
    }
    phone.losing(0.35)
  }

  async live(steps: number): Promise<void> {
    await this.#begin()
    for (let step = 0; step < steps; step++) {
      const what = this.#random.between(0, 99)
      if (what < 25) await this.#elsewhere()
      else if (what < 95) await this.#onPhone(this.#random.pick(this.#owners))
      else if (what < 98) await this.#server.clock.advance((this.#random.next() * 5 * day) / 1000)
      else await this.#server.restart()
    }
  }

  /** Everything settled: what each phone holds is what a phone that is new would be given. */
  async settle(): Promise<void> {
    for (const owner of this.#owners) {
      const { phone, filters, body } = owner
      phone.losing(0)
      const { version, options } = phone
      const fresh = await this.#server.phone(address, { version, deviceType: options.deviceType, userAgent: options.userAgent })
      for (const { name, class: itemClass } of this.#folders(owner)) {
        const filter = filters.get(name) ?? 0
        await phone.syncAll(name, { window: 7, filter, body })
        await fresh.syncAll(name, { filter, body })
        const [held, given] = [phone, fresh].map((one) =>
          Object.fromEntries(one.items(name).map((item) => [item.id, shownOf(habits[itemClass], item.nodes)])),
        )
        expect(held, `${phone.version} ${name}`).toEqual(given)
      }
      fresh.close()
      expect(phone.violations).toEqual([])
      expect(fresh.violations).toEqual([])
      expect(phone.resets).toBe(0)
    }
    expect(this.#server.running.admin.alarms.list()).toEqual([])
    await this.#checkKept()
  }

  /** What no phone changed on purpose is as it was, though phones of every version wrote beside it. */
  async #checkKept(): Promise<void> {
    const mailbox = await this.#server.mailbox(address)
    const read = async (place: (typeof recordFolders)[number]) => [...(await mailbox.read(await this.#all(mailbox, place))).values()]
    for (const place of recordFolders) {
      for (const item of await read(place)) {
        if (item.content.class === 'Calendar') checkEvent(item.content.record)
        else if (item.content.class === 'Tasks') checkTask(item.content.record)
        else if (item.content.class === 'Contacts') await checkContact(item.content.record, await mailbox.source(item.id))
        else if (item.content.class === 'Notes') checkText(item.content.record.text)
      }
    }
  }

  end(): void {
    for (const { phone } of this.#owners) phone.close()
  }
}
