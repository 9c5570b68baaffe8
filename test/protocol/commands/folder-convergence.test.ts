// Phones that change folders at random, lose replies and ask again: in the end each holds the server's tree.
import { afterAll, expect, it } from 'vitest'
import { folderType } from '../../../src/model/folder.ts'
import { rootFolder, type FolderId } from '../../../src/model/id.ts'
import { dialects } from '../../../src/model/dialect.ts'
import { shownTo } from '../../../src/protocol/classes/index.ts'
import { StoreFailure } from '../../../src/store/failure.ts'
import { hierarchyMoved, visibleTree } from '../../../src/sync/hierarchy.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { dice, type Dice } from '../../support/random.ts'
import { TreePhone, type Asked, type TreeFolder } from '../../support/tree-phone.ts'
import { invalid, type Answered } from '../../support/validate.ts'

const lives = Number(process.env['EASEL_LIVES'] ?? 48)
const steps = 60
const lossShare = 0.35
const words = ['Work', 'work', 'Home', 'Play', 'Rest', 'Mail']

const answered: Answered[] = []
afterAll(async () => expect(await invalid(answered)).toEqual([]))

class Life {
  readonly desk: Desk
  readonly chance: Dice
  readonly phones: readonly TreePhone[]
  readonly story: string[] = []

  constructor(desk: Desk, seed: number) {
    this.desk = desk
    this.chance = dice(seed)
    this.phones = [new TreePhone(desk, { version: '14.1', device: 'one' }), new TreePhone(desk, { version: '12.1', device: 'two' })]
    for (const [index, phone] of this.phones.entries()) phone.cascades = index === 0
  }

  async live(): Promise<void> {
    for (let step = 0; step < steps; step++) {
      if (this.chance.chance(0.2)) await this.#serverActs()
      else await this.#phoneActs(this.chance.pick(this.phones))
    }
  }

  #name(): string {
    return `${this.chance.pick(words)}${this.chance.chance(0.5) ? '' : ` ${this.chance.between(1, 9)}`}`
  }

  /** Another client: it also makes folders of a class no phone is shown, and folders below those. */
  async #serverActs(): Promise<void> {
    const { mailbox } = this.desk
    const folders = await mailbox.allFolders()
    const own = folders.filter((folder) => folder.type === folderType.userMail || folder.type === folderType.userJournal)
    const parent = this.chance.chance(0.4) ? rootFolder : this.chance.pick(folders).id
    const type = this.chance.chance(0.25) ? folderType.userJournal : folderType.userMail
    const act = this.chance.between(0, 2)
    this.story.push(`server ${act}`)
    try {
      if (act === 0 || own.length === 0) await mailbox.createFolder(parent, this.#name(), type, null)
      else if (act === 1) await mailbox.changeFolder(this.chance.pick(own).id, parent, this.#name())
      else await mailbox.removeFolder(this.chance.pick(own).id)
    } catch (thrown) {
      if (!(thrown instanceof StoreFailure)) throw thrown
    }
  }

  #request(phone: TreePhone): Asked {
    const own = [...phone.folders].filter(([, folder]) => folder.type === 12).map(([id]) => id)
    const parent = this.chance.chance(0.4) || phone.folders.size === 0 ? '0' : this.chance.pick([...phone.folders.keys()])
    const act = this.chance.between(0, 9)
    if (phone.key === '0' || act < 4) return phone.syncing(this.chance.chance(0.05) ? '0' : phone.key)
    if (act < 7 || own.length === 0) return phone.creating(this.#name(), parent)
    if (act < 9) return phone.updating(this.chance.pick(own), this.#name(), this.chance.chance(0.5) ? parent : undefined)
    return phone.deleting(this.chance.pick(own))
  }

  /** A request, repeated while its replies get lost, or given up; now and then sent twice at once. */
  async #phoneActs(phone: TreePhone): Promise<void> {
    const asked = this.#request(phone)
    for (;;) {
      // Phones take their time; who takes none is braked as one that runs in a circle.
      await this.desk.clock.advance(30)
      const lost = this.chance.chance(lossShare)
      const twice = this.chance.chance(0.1)
      this.story.push(`${phone.device} ${asked.command.name}${lost ? ' lost' : ''}${twice ? ' twice' : ''}`)
      const [status] = await Promise.all([phone.ask(asked, lost), ...(twice ? [phone.ask(asked, true)] : [])])
      if (![1, 2, 4, 5, 10].includes(status ?? 0)) throw new Error(`Status ${status}`)
      if (!lost || this.chance.chance(0.4)) return
      if (this.chance.chance(0.2)) await this.#serverActs()
    }
  }

  /** The phones ask until there is nothing more to hear, and hold what the server holds. */
  async settle(): Promise<void> {
    const folders = await this.desk.mailbox.allFolders()
    for (const phone of this.phones) {
      const shows = shownTo(dialects[phone.version])
      const tree = [...visibleTree(folders, shows).values()]
      const expected = new Map<string, TreeFolder>(tree.map(({ id, parent, name, type }) => [id, { parent, name, type }]))
      const state = await this.desk.state(phone.device)
      const waits = phone.key === '0' || (await hierarchyMoved(state, this.desk.mailbox, shows))
      const told = await phone.sync()
      // Ping and FolderSync share one truth: a phone is not called for nothing. It may be told again what a lost reply held.
      if (waits) expect(told).toBeGreaterThan(0)
      expect(await phone.sync()).toBe(0)
      expect(await hierarchyMoved(state, this.desk.mailbox, shows)).toBe(false)
      expect(phone.violations).toEqual([])
      expect(phone.folders).toEqual(expected)
    }
  }
}

it(`${lives} lives of two phones end with the server's tree, with nothing told twice`, async () => {
  for (let seed = 1; seed <= lives; seed++) {
    const desk = await openDesk()
    const life = new Life(desk, seed)
    try {
      await life.live()
      await life.settle()
    } catch (thrown) {
      throw new Error(`life ${seed}: ${life.story.join(', ')}`, { cause: thrown })
    } finally {
      answered.push(...desk.answered)
      await desk.close()
    }
  }
}, 600_000)

it('removing the folder a phone is about to rename harms nobody', async () => {
  const desk = await openDesk()
  const [one, two] = [new TreePhone(desk, { device: 'one' }), new TreePhone(desk, { device: 'two' })]
  await one.sync()
  await one.ask(one.creating('Work'))
  await two.sync()
  const id = one.id('Work') as FolderId
  await two.ask(two.deleting(id))
  expect(await one.ask(one.updating(id, 'Play'))).toBe(4)
  expect(await one.sync()).toBe(1)
  expect([one.violations, two.violations, one.folders]).toEqual([[], [], two.folders])
  await desk.close()
})

it('a folder below one that no phone is shown is told where it hangs once that one moves', async () => {
  const desk = await openDesk()
  const { mailbox } = desk
  const deleted = await mailbox.defaultFolder(folderType.deletedItems)
  const journal = await mailbox.createFolder(deleted.id, 'Journal', folderType.userJournal, null)
  const notes = await mailbox.createFolder(journal.id, 'Trips', folderType.userMail, null)
  const phone = new TreePhone(desk, {})
  await phone.sync()
  expect(phone.folders.get(notes.id)?.parent).toBe(deleted.id)
  await mailbox.changeFolder(journal.id, rootFolder, 'Journal')
  expect(await phone.sync()).toBe(1)
  expect(phone.folders.get(notes.id)).toMatchObject({ parent: rootFolder, name: 'Trips' })
  expect(await phone.sync()).toBe(0)
  await desk.close()
})
