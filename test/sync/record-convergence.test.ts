// Whole lives of phones with events, contacts, tasks and notes: made, changed, moved, deleted on all sides, and in the end all agree.
import { afterAll, expect, it } from 'vitest'
import type { RecordClass, RecordContent } from '../../src/model/item.ts'
import type { FolderId } from '../../src/model/id.ts'
import { rootFolder } from '../../src/model/id.ts'
import { folderType, type FolderType } from '../../src/model/folder.ts'
import type { Mailbox, RecordDraft } from '../../src/store/mailbox.ts'
import { recordDraft } from '../../src/store/record.ts'
import type { Phone } from '../support/phone.ts'
import { zoneText } from '../support/phone-events.ts'
import { dice, firstSeed, type Dice } from '../support/random.ts'
import { aContact, anEvent, aNote, aTask } from '../support/records.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { el, textAt, type Node } from '../support/wire.ts'

const address = 'alice@example.test'
// A tenth of what mail lives through: each of these is longer.
const lives = Math.ceil(Number(process.env['EASEL_LIVES'] ?? 200) / 10)

interface Kind {
  readonly itemClass: RecordClass
  /** The default folder and one of the user's own, by name. */
  readonly folders: readonly [string, string]
  readonly type: FolderType
  /** The element that names an item. */
  readonly title: string
  /** All that a phone of this version sends of an item. */
  readonly nodes: (title: string, text: string, phone: Phone) => Node[]
  readonly content: (title: string, text: string) => RecordContent
}

const body = (text: string) => el('AirSyncBase:Body', [el('AirSyncBase:Type', 1), el('AirSyncBase:Data', text)])
const textOf = (text: string) => ({ type: 1, text }) as const

const kinds: readonly Kind[] = [
  {
    itemClass: 'Calendar',
    folders: ['Calendar', 'Family'],
    type: folderType.userCalendar,
    title: 'Calendar:Subject',
    nodes: (title, text, phone) => [
      ...(Number(phone.version) < 16
        ? [el('Calendar:Timezone', zoneText('Europe/Berlin')), el('Calendar:UID', title.replace(/ .*/, ''))]
        : []),
      el('Calendar:AllDayEvent', '0'),
      body(text),
      el('Calendar:BusyStatus', '2'),
      el('Calendar:DtStamp', '20260301T080000Z'),
      el('Calendar:EndTime', '20260303T100000Z'),
      el('Calendar:Sensitivity', '0'),
      el('Calendar:Subject', title),
      el('Calendar:StartTime', '20260303T090000Z'),
      el('Calendar:MeetingStatus', '0'),
    ],
    content: (title, text) => ({ class: 'Calendar', record: anEvent({ uid: title, subject: title, text: textOf(text) }) }),
  },
  {
    itemClass: 'Contacts',
    folders: ['Contacts', 'Customers'],
    type: folderType.userContacts,
    title: 'Contacts:FileAs',
    nodes: (title, text) => [body(text), el('Contacts:FileAs', title), el('Contacts:LastName', title)],
    content: (title, text) => ({ class: 'Contacts', record: aContact({ uid: title, fileAs: title, text: textOf(text) }) }),
  },
  {
    itemClass: 'Tasks',
    folders: ['Tasks', 'Garden'],
    type: folderType.userTasks,
    title: 'Tasks:Subject',
    nodes: (title, text) => [body(text), el('Tasks:Subject', title), el('Tasks:Importance', '1'), el('Tasks:Complete', '0')],
    content: (title, text) => ({ class: 'Tasks', record: aTask({ uid: title, subject: title, text: textOf(text) }) }),
  },
  {
    itemClass: 'Notes',
    folders: ['Notes', 'Recipes'],
    type: folderType.userNotes,
    title: 'Notes:Subject',
    nodes: (title, text) => [el('Notes:Subject', title), body(text), el('Notes:MessageClass', 'IPM.StickyNote')],
    content: (title, text) => ({ class: 'Notes', record: aNote({ subject: title, text: textOf(text) }) }),
  },
]

/** What a phone shows of an item, in every version: its title and its text. */
function shown(phone: Phone, folder: string, { title }: Kind): Record<string, string> {
  const said = phone.items(folder).map(({ id, nodes, properties }) => {
    const text = textAt(nodes.get('AirSyncBase:Body') ?? null, 'Data') ?? ''
    return [id, `${properties.get(title)}: ${text.trim()}`]
  })
  return Object.fromEntries(said.sort()) as Record<string, string>
}

class Life {
  readonly server: TestServer
  readonly random: Dice
  readonly phones: Phone[] = []
  #titles = 0

  constructor(server: TestServer, random: Dice) {
    this.server = server
    this.random = random
  }

  async #begin(): Promise<void> {
    const mailbox = await this.server.mailbox(address)
    for (const { folders, type } of kinds) await mailbox.createFolder(rootFolder, folders[1], type, null)
    for (const loss of [0.35, 0.1]) {
      const version = this.random.pick(['12.1', '14.0', '14.1', '16.0', '16.1'])
      const phone = await this.server.phone(address, { version, random: this.random.next })
      phone.losing(loss)
      this.phones.push(phone)
    }
  }

  #title(): string {
    return `${this.random.between(1000, 9999)}-${++this.#titles} ${this.random.pick(['lamp', 'Größe', '灯'])}`
  }

  /** Another client: it makes, changes, moves and deletes what it likes. */
  async #elsewhere(): Promise<void> {
    const { random } = this
    const mailbox = await this.server.mailbox(address)
    const kind = random.pick(kinds)
    const folder = await this.#folder(mailbox, random.pick(kind.folders))
    const { changes } = await mailbox.items(folder, kind.itemClass).newestFirst(null, null, 100)
    const draft = (title: string): RecordDraft => recordDraft(kind.content(title, `Text ${random.between(1, 99)}`))
    if (changes.length === 0 || random.chance(0.3)) return void (await mailbox.create(folder, draft(this.#title()), null))
    const { id } = random.pick(changes)
    const what = random.between(0, 3)
    if (what < 2) await mailbox.change(id, { class: kind.itemClass, replace: draft(this.#title()) }, null)
    else if (what === 2) await mailbox.remove(id, random.chance(0.5) ? 'trash' : 'forever')
    else await mailbox.move(id, await this.#folder(mailbox, random.pick(kind.folders)))
  }

  async #folder(mailbox: Mailbox, name: string): Promise<FolderId> {
    const found = (await mailbox.allFolders()).find((one) => one.name === name)
    if (found === undefined) throw new Error(`the server has no ${name}`)
    return found.id
  }

  async #onPhone(phone: Phone): Promise<void> {
    const { random } = this
    const kind = random.pick(kinds.filter(({ itemClass }) => itemClass !== 'Notes' || phone.version !== '12.1'))
    const name = random.pick(kind.folders)
    const held = phone.items(name)
    const options = { window: random.between(1, 9), body: [{ type: 1 }], conflict: random.pick([0, 1] as const) }
    const what = random.between(0, 11)
    const text = `Text ${random.between(1, 99)}`
    if (what < 3 || (held.length === 0 && what > 5)) await phone.sync(name, options)
    else if (what < 6) expect([0, 1]).toContain((await phone.add(name, kind.nodes(this.#title(), text, phone), options)).status % 16)
    else if (what < 9) {
      const { id } = random.pick(held)
      // The phone itself forgets what it wanted where the server wins (7), or the item is gone (8).
      const { status } = await phone.change(name, id, kind.nodes(this.#title(), text, phone), { ...options, whole: true })
      expect([1, 7, 8]).toContain(status)
    } else if (what === 9) await phone.delete(name, random.pick(held).id, { ...options, deletesAsMoves: random.chance(0.5) })
    else if (what === 10) await phone.move(name, [random.pick(held).id], kind.folders[name === kind.folders[0] ? 1 : 0])
    else await phone.burst(name, options)
  }

  async live(steps: number): Promise<void> {
    await this.#begin()
    for (let step = 0; step < steps; step++) {
      const what = this.random.between(0, 99)
      if (what < 35) await this.#elsewhere()
      else if (what < 97) await this.#onPhone(this.random.pick(this.phones))
      else await this.server.restart()
    }
  }

  /** Everything settled: each phone shows what one shows that comes now, and nothing is there twice. */
  async settle(): Promise<void> {
    for (const phone of this.phones) {
      phone.losing(0)
      const fresh = await this.server.phone(address, { version: phone.version })
      for (const kind of kinds) {
        for (const name of kind.folders) {
          if (kind.itemClass === 'Notes' && phone.version === '12.1') continue
          for (const one of [phone, fresh]) await one.syncAll(name, { window: 7, body: [{ type: 1 }] })
          const truth = shown(fresh, name, kind)
          expect(shown(phone, name, kind), `${phone.version} ${name}`).toEqual(truth)
          const titles = Object.values(truth).map((said) => said.replace(/:.*/, ''))
          expect(new Set(titles).size, `${name} has something twice`).toBe(titles.length)
        }
      }
      expect(phone.violations).toEqual([])
      expect(this.server.running.admin.alarms.list()).toEqual([])
      expect(phone.resets).toBe(0)
    }
  }
}

let lived = 0
afterAll(() => console.log(`record convergence: ${lived} lives from seed ${firstSeed}`))

it('phones and server agree on what is no mail, whatever was lost on the way', { timeout: 900_000 }, async () => {
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
      await server.close()
    }
    lived++
  }
})
