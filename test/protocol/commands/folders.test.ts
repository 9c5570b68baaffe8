// The folder commands: one key chain, changes told once, lost replies answered again.
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultOptions } from '../../../src/model/collection.ts'
import { folderType, type FolderType } from '../../../src/model/folder.ts'
import { rootFolder, type FolderId } from '../../../src/model/id.ts'
import { dialects } from '../../../src/model/dialect.ts'
import { shownTo } from '../../../src/protocol/classes/index.ts'
import { folderCreate } from '../../../src/protocol/commands/folder-create.ts'
import { folderDelete } from '../../../src/protocol/commands/folder-delete.ts'
import { folderSync } from '../../../src/protocol/commands/folder-sync.ts'
import { folderUpdate } from '../../../src/protocol/commands/folder-update.ts'
import { prime } from '../../../src/sync/collection.ts'
import { hierarchyMoved } from '../../../src/sync/hierarchy.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { TreePhone } from '../../support/tree-phone.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { all, el, one, textAt } from '../../support/wire.ts'

const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const

const answered: Answered[] = []
let desk: Desk
let phone: TreePhone
let other: TreePhone

beforeEach(async () => {
  desk = await openDesk()
  phone = new TreePhone(desk, { version: '14.1', device: 'phone' })
  other = new TreePhone(desk, { version: '16.1', device: 'other' })
})

afterEach(async () => {
  answered.push(...desk.answered)
  expect([...phone.violations, ...other.violations]).toEqual([])
  await desk.close()
})

afterAll(async () => expect(await invalid(answered)).toEqual([]))

const isShown = shownTo(dialects['14.1'])
const moved = async (device: string) => hierarchyMoved(await desk.state(device), desk.mailbox, isShown)
const make = (name: string, parent: FolderId = rootFolder, type: FolderType = folderType.userMail) =>
  desk.mailbox.createFolder(parent, name, type, null)
const names = (one: TreePhone) => [...one.folders.values()].map((folder) => folder.name)

describe.each(versions)('FolderSync at %s', (version) => {
  beforeEach(() => {
    phone = new TreePhone(desk, { version, device: 'phone' })
  })

  it('gives the whole tree for key 0, with the default folders of the classes that are served', async () => {
    await make('Projects')
    await make('2026', (await make('Cellar')).id)
    expect(await phone.sync()).toBe(phone.folders.size)
    const types = [...phone.folders.values()].map((folder) => folder.type)
    // Android gives the account up without Drafts and Outbox.
    expect(types).toEqual(expect.arrayContaining([2, 3, 4, 5, 6]))
    for (const type of types) expect(isShown(type as 12)).toBe(true)
    expect(phone.folders.get(phone.id('2026'))?.parent).toBe(phone.id('Cellar'))
  })

  it('says nothing, under the same key, where nothing has changed', async () => {
    await phone.sync()
    const { key } = phone
    expect(await phone.sync()).toBe(0)
    expect(await phone.sync()).toBe(0)
    expect(phone.key).toBe(key)
  })

  it('tells what was added, changed and removed, once', async () => {
    const going = await make('Going')
    const renamed = await make('Before')
    await phone.sync()
    await desk.mailbox.removeFolder(going.id)
    await desk.mailbox.changeFolder(renamed.id, rootFolder, 'After')
    await make('New')
    expect(await phone.sync()).toBe(3)
    expect(names(phone)).toEqual(expect.arrayContaining(['New', 'After']))
    expect(names(phone)).not.toContain('Going')
    expect(await phone.sync()).toBe(0)
  })

  it('answers 9 to a key it never gave, and 10 to a request without one', async () => {
    for (const key of ['17', '', 'x'.repeat(200), "'; drop table folders"]) {
      expect(await phone.ask(phone.syncing(key))).toBe(9)
    }
    await phone.sync()
    expect(await phone.ask(phone.syncing('17'))).toBe(9)
    expect(await phone.sync()).toBe(0)
    expect((await phone.send(folderSync, el('FolderHierarchy:FolderSync'))).status).toBe(10)
  })
})

describe('FolderSync', () => {
  it('records why a key was refused', async () => {
    await phone.sync()
    await phone.ask(phone.syncing('gone'))
    const resets = await (await desk.state('phone')).resets()
    expect(resets).toMatchObject([{ folder: rootFolder, presented: 'gone' }])
  })

  it('answers the previous key again, completely, where the reply was lost', async () => {
    await phone.sync()
    await make('One')
    await phone.ask(phone.syncing(), true)
    await make('Two')
    expect(await phone.sync()).toBe(2)
    expect(names(phone)).toEqual(expect.arrayContaining(['One', 'Two']))
    expect(await phone.sync()).toBe(0)
  })

  it('answers a lost reply with the same key where nothing has happened since', async () => {
    await phone.sync()
    await make('One')
    const first = await phone.send(folderSync, phone.syncing().body)
    const second = await phone.send(folderSync, phone.syncing().body)
    expect(textAt(second.node, 'SyncKey')).toBe(textAt(first.node, 'SyncKey'))
    expect(second.node).toEqual(first.node)
  })

  it('takes either key of two answers to key 0 that were in flight together', async () => {
    const asked = phone.syncing('0')
    const replies = await Promise.all([phone.send(folderSync, asked.body), phone.send(folderSync, asked.body)])
    for (const reply of replies) {
      expect(all(reply.node, 'Changes/Add').length).toBeGreaterThan(4)
      const device = new TreePhone(desk, { device: 'phone' })
      device.syncing('0').take({ ...reply })
      expect(await device.sync()).toBe(0)
    }
  })

  it('with key 0 on every refresh leaves the items alone, and what the last key stood for', async () => {
    await phone.sync()
    await phone.sync()
    const { key } = phone
    const state = await desk.state('phone')
    const primed = await prime(state, desk.inbox, defaultOptions, null, desk.clock.now())
    for (let refresh = 0; refresh < 6; refresh++) {
      await make(`Folder ${refresh}`)
      await phone.ask(phone.syncing('0'))
    }
    expect((await state.generations(desk.inbox)).map((record) => record.pending[0]?.key)).toEqual([primed])
    // One generation beside the acknowledged one, whatever the number of refreshes.
    expect((await state.generations(rootFolder)).length).toBeLessThanOrEqual(2)
    // The replies got lost after all: the old key still counts.
    const behind = new TreePhone(desk, { device: 'phone' })
    behind.key = key
    behind.folders = new Map([...phone.folders].filter(([, folder]) => !folder.name.startsWith('Folder ')))
    expect(await behind.sync()).toBe(6)
    expect(behind.violations).toEqual([])
  })

  it('goes on with the old key where the answer to key 0 was lost, and is not called for what that answer held', async () => {
    await phone.sync()
    await phone.sync()
    await make('Fleeting')
    await phone.ask(phone.syncing('0'), true)
    await desk.mailbox.removeFolder((await desk.mailbox.allFolders()).find((folder) => folder.name === 'Fleeting')!.id)
    expect(await phone.sync()).toBe(0)
    expect(await moved('phone')).toBe(false)
  })

  it('is not called again and again for a folder of a lost reply that is gone since', async () => {
    await phone.sync()
    await phone.sync()
    const fleeting = await make('Fleeting')
    await phone.ask(phone.syncing(), true)
    await desk.mailbox.removeFolder(fleeting.id)
    expect(await moved('phone')).toBe(true)
    expect(await phone.sync()).toBe(0)
    expect(await moved('phone')).toBe(false)
  })

  it('drops the old state once the new key comes back', async () => {
    await phone.sync()
    await phone.sync()
    const old = phone.key
    await phone.ask(phone.syncing('0'))
    await phone.sync()
    expect(await phone.ask(phone.syncing(old))).toBe(9)
    expect(await (await desk.state('phone')).generations(rootFolder)).toHaveLength(1)
  })

  it('keeps nothing of the DeviceId "validate"', async () => {
    const validating = new TreePhone(desk, { device: 'validate' })
    expect(await validating.sync()).toBeGreaterThan(4)
    expect(await (await desk.state('validate')).collections()).toEqual([])
  })

  it('shows a mail folder below a hidden one at the nearest place that is shown', async () => {
    const calendar = await desk.mailbox.defaultFolder(folderType.calendar)
    const within = await make('Within', calendar.id)
    await make('Deeper', within.id)
    await phone.sync()
    expect(phone.folders.has(calendar.id)).toBe(isShown(folderType.calendar))
    expect(phone.folders.get(phone.id('Within'))?.parent).toBe(isShown(folderType.calendar) ? calendar.id : '0')
    expect(phone.folders.get(phone.id('Deeper'))?.parent).toBe(phone.id('Within'))
    // Renamed by the phone, which names the parent it sees: the folder stays where it is.
    expect(await phone.ask(phone.updating(within.id, 'Still within'))).toBe(1)
    expect((await desk.mailbox.folder(within.id))?.parent).toBe(calendar.id)
  })

  it('names a parent before the folders in it, however they came to be there', async () => {
    const young = await make('Young')
    const old = await make('Old')
    await desk.mailbox.changeFolder(young.id, old.id, 'Young')
    await desk.mailbox.changeFolder(old.id, (await make('Newest')).id, 'Old')
    await phone.sync()
    expect([phone.folders.get(young.id)?.parent, phone.folders.get(old.id)?.parent]).toEqual([old.id, phone.id('Newest')])
  })

  it('takes a folder with everything in it off every phone', async () => {
    const top = await make('Top')
    const middle = await make('Middle', top.id)
    await make('Bottom', middle.id)
    await phone.sync()
    await desk.mailbox.removeFolder(top.id)
    expect(await phone.sync()).toBe(3)
    expect(await phone.sync()).toBe(0)
  })
})

describe.each(versions)('FolderCreate, FolderUpdate and FolderDelete at %s', (version) => {
  beforeEach(async () => {
    phone = new TreePhone(desk, { version, device: 'phone' })
    other = new TreePhone(desk, { version, device: 'other' })
    await phone.sync()
    await other.sync()
  })

  it('make, rename, move and remove a folder; the phone is not told its own changes, the others are', async () => {
    const { key } = phone
    expect(await phone.ask(phone.creating('Projects'))).toBe(1)
    expect(phone.key).not.toBe(key)
    const projects = phone.id('Projects')
    expect(await phone.sync()).toBe(0)
    expect(await other.sync()).toBe(1)
    expect(other.folders.get(projects)).toEqual({ parent: '0', name: 'Projects', type: 12 })

    expect(await phone.ask(phone.creating('2026', projects))).toBe(1)
    expect(await phone.ask(phone.updating(projects, 'Work'))).toBe(1)
    expect(await phone.ask(phone.updating(phone.id('2026'), '2026', phone.id('Inbox')))).toBe(1)
    expect(await phone.sync()).toBe(0)
    expect(await other.sync()).toBe(2)
    expect(other.folders).toEqual(phone.folders)

    expect(await phone.ask(phone.deleting(projects))).toBe(1)
    expect(await phone.sync()).toBe(0)
    expect(await other.sync()).toBe(1)
    expect(other.folders).toEqual(phone.folders)
  })

  it('answer 9 to a key that does not match, and give no key with a failure', async () => {
    phone.key = 'nonsense'
    const inbox = phone.id('Inbox')
    for (const asked of [phone.creating('A'), phone.updating(inbox, 'B'), phone.deleting(inbox)]) {
      const reply = await phone.send(asked.command, asked.body)
      expect([reply.status, one(reply.node, 'SyncKey'), one(reply.node, 'ServerId')]).toEqual([9, null, null])
    }
    phone.key = '0'
    expect(await phone.ask(phone.creating('A'))).toBe(9)
  })

  it('answer 10 to a request that lacks an element', async () => {
    for (const command of [folderCreate, folderUpdate, folderDelete]) {
      const body = el(`FolderHierarchy:${command.name}`, [el('FolderHierarchy:ParentId', '0'), el('FolderHierarchy:DisplayName', 'x')])
      expect((await phone.send(command, body)).status).toBe(10)
    }
  })

  it('leave the default folders alone', async () => {
    const inbox = phone.id('Inbox')
    expect(await phone.ask(phone.updating(inbox, 'Mine'))).toBe(2)
    expect(await phone.ask(phone.deleting(inbox))).toBe(3)
    expect(await phone.ask(phone.updating('RI', 'Mine'))).toBe(3)
    expect(await phone.ask(phone.deleting('RI'))).toBe(3)
    expect(await phone.ask(phone.creating('Below', 'RI'))).toBe(3)
  })
})

describe('FolderCreate', () => {
  beforeEach(async () => {
    await phone.sync()
  })

  it('makes folders of the types a client may make and a server serves, and refuses the others with 10', async () => {
    for (let type = 0; type <= 20; type++) {
      const creatable = (type === 1 || (type >= 12 && type <= 17)) && isShown(type as 12)
      expect([type, await phone.ask(phone.creating(`Type ${type}`, '0', type))]).toEqual([type, creatable ? 1 : 10])
    }
    expect(await phone.sync()).toBe(0)
    expect(phone.folders.get(phone.id('Type 1'))?.type).toBe(1)
  })

  it('asks for another name where it is taken in any letter case, empty or too long', async () => {
    expect(await phone.ask(phone.creating('Projects'))).toBe(1)
    for (const name of ['Projects', 'PROJECTS', ' projects ', '', '   ', 'x'.repeat(257)]) {
      expect([name.length, await phone.ask(phone.creating(name))]).toEqual([name.length, 2])
    }
    expect(await phone.ask(phone.creating('x'.repeat(256)))).toBe(1)
    expect(await phone.ask(phone.creating('Projects', phone.id('Projects')))).toBe(1)
    expect(await phone.sync()).toBe(0)
  })

  it('takes an empty parent for the root, as BlackBerry sends it, and answers 5 to one that is not there or not shown', async () => {
    expect(await phone.ask(phone.creating('At the root', ''))).toBe(1)
    const hidden = (await make('Hidden', rootFolder, folderType.userJournal)).id
    expect(isShown(folderType.userJournal)).toBe(false)
    for (const parent of ['zzz', 'InvalidParentId', hidden]) expect(await phone.ask(phone.creating('Lost', parent))).toBe(5)
  })

  it('repeated under the same key, its reply lost, makes one folder', async () => {
    const asked = phone.creating('Once')
    await phone.ask(asked, true)
    await phone.ask(asked, true)
    expect(await phone.ask(asked)).toBe(1)
    expect(await phone.sync()).toBe(0)
    expect((await desk.mailbox.allFolders()).filter((folder) => folder.name === 'Once')).toHaveLength(1)
    await other.sync()
    expect(other.folders).toEqual(phone.folders)
  })

  it('given up after a lost reply, the folder comes with the next FolderSync', async () => {
    await phone.ask(phone.creating('Once'), true)
    expect(await phone.sync()).toBe(1)
    expect(names(phone)).toContain('Once')
    expect(await phone.sync()).toBe(0)
  })

  it('repeated after somebody renamed the folder, tells the new name with the next FolderSync', async () => {
    const asked = phone.creating('First')
    await phone.ask(asked, true)
    await other.sync()
    expect(await other.ask(other.updating(other.id('First'), 'Second'))).toBe(1)
    expect(await phone.ask(asked)).toBe(1)
    expect(await phone.sync()).toBe(1)
    expect(phone.folders).toEqual(other.folders)
  })

  it('repeated after somebody removed the folder, tells so with the next FolderSync', async () => {
    const asked = phone.creating('First')
    await phone.ask(asked, true)
    await other.sync()
    expect(await other.ask(other.deleting(other.id('First')))).toBe(1)
    expect(await phone.ask(asked)).toBe(1)
    expect(await phone.sync()).toBe(1)
    expect(names(phone)).not.toContain('First')
    expect(await phone.sync()).toBe(0)
  })

  it('of a name that was made and removed before makes a new folder', async () => {
    await phone.ask(phone.creating('Again'))
    const first = phone.id('Again')
    await phone.ask(phone.deleting(first))
    expect(await phone.ask(phone.creating('Again'))).toBe(1)
    expect(phone.id('Again')).not.toBe(first)
  })

  it('brings along nothing that others changed in between, which the next FolderSync tells', async () => {
    await make('Meanwhile')
    expect(await phone.ask(phone.creating('Mine'))).toBe(1)
    expect(names(phone)).not.toContain('Meanwhile')
    expect(await phone.sync()).toBe(1)
    expect(names(phone)).toContain('Meanwhile')
  })

  it('is refused where the mailbox has a thousand folders', async () => {
    await desk.store.unit(async (unit) => {
      const mailbox = await unit.mailbox(desk.account.id)
      for (let count = (await mailbox.allFolders()).length; count < 1000; count++) {
        await mailbox.createFolder(rootFolder, `Folder ${count}`, folderType.userMail, null)
      }
    })
    expect(await phone.sync()).toBeGreaterThan(900)
    expect(await phone.ask(phone.creating('One too many'))).toBe(151)
    const old = new TreePhone(desk, { version: '12.1', device: 'phone' })
    old.key = phone.key
    expect(await old.ask(old.creating('One too many'))).toBe(6)
  })
})

describe('FolderUpdate', () => {
  beforeEach(async () => {
    await phone.sync()
    await phone.ask(phone.creating('A'))
    await phone.ask(phone.creating('B'))
    await other.sync()
  })

  it('refuses a name that is taken, a folder or parent that is not there, and a circle', async () => {
    const [a, b] = [phone.id('A'), phone.id('B')]
    expect(await phone.ask(phone.updating(a, 'b'))).toBe(2)
    expect(await phone.ask(phone.updating(a, ''))).toBe(2)
    expect(await phone.ask(phone.updating('zzz', 'C'))).toBe(4)
    expect(await phone.ask(phone.updating('', 'C'))).toBe(4)
    expect(await phone.ask(phone.updating(a, 'A', 'zzz'))).toBe(5)
    expect(await phone.ask(phone.updating(a, 'A', a))).toBe(10)
    expect(await phone.ask(phone.updating(b, 'B', a))).toBe(1)
    expect(await phone.ask(phone.updating(a, 'A', b))).toBe(10)
    expect(await phone.ask(phone.updating(b, 'B', ''))).toBe(1)
    expect((await desk.mailbox.folder(b as FolderId))?.parent).toBe(rootFolder)
  })

  it('refuses a request that carries a Status', async () => {
    const { body, command } = phone.updating(phone.id('A'), 'C')
    expect((await phone.send(command, { ...body, children: [...body.children, el('FolderHierarchy:Status', '1')] })).status).toBe(10)
  })

  it('repeated under the same key, its reply lost, succeeds and is not told again', async () => {
    const asked = phone.updating(phone.id('A'), 'C')
    await phone.ask(asked, true)
    expect(await phone.ask(asked)).toBe(1)
    expect(await phone.sync()).toBe(0)
    expect(await other.sync()).toBe(1)
    expect(other.folders).toEqual(phone.folders)
  })

  it('over somebody else’s change wins, and the merged folder comes back', async () => {
    const a = phone.id('A')
    expect(await other.ask(other.updating(a, 'A', other.id('B')))).toBe(1)
    expect(await phone.ask(phone.updating(a, 'Mine'))).toBe(1)
    expect(await phone.sync()).toBe(1)
    await other.sync()
    expect(other.folders).toEqual(phone.folders)
    expect(phone.folders.get(a)).toEqual({ parent: '0', name: 'Mine', type: 12 })
  })

  it('does not wake others for a name that is the same', async () => {
    await other.sync()
    expect(await phone.ask(phone.updating(phone.id('A'), 'A'))).toBe(1)
    expect(await moved('other')).toBe(false)
  })
})

describe('FolderDelete', () => {
  beforeEach(async () => {
    await phone.sync()
    await phone.ask(phone.creating('Top'))
    await phone.ask(phone.creating('Below', phone.id('Top')))
    await phone.sync()
    await other.sync()
  })

  it('answers 4 to a folder that is not there, is not shown, or was removed by somebody else', async () => {
    const hidden = (await make('Hidden', rootFolder, folderType.userJournal)).id
    for (const id of ['zzz', '', '0', hidden]) expect(await phone.ask(phone.deleting(id))).toBe(4)
    const below = phone.id('Below')
    await other.ask(other.deleting(below))
    expect(await phone.ask(phone.deleting(below))).toBe(4)
    expect(await phone.sync()).toBe(1)
  })

  it.each([true, false])('takes along what lies below, of which the phone hears once (it drops it at once: %s)', async (cascades) => {
    phone.cascades = cascades
    expect(await phone.ask(phone.deleting(phone.id('Top')))).toBe(1)
    expect(await phone.sync()).toBe(1)
    expect(await phone.sync()).toBe(0)
    expect(await other.sync()).toBe(2)
    expect(other.folders).toEqual(phone.folders)
  })

  it('repeated under the same key, its reply lost, succeeds, and no second Delete of it follows', async () => {
    const asked = phone.deleting(phone.id('Below'))
    for (let time = 0; time < 5; time++) expect(await phone.ask(asked, true)).toBe(1)
    expect(await phone.ask(asked)).toBe(1)
    expect(await phone.sync()).toBe(0)
  })

  it('given up after a lost reply, the Deletes come with the next FolderSync, once', async () => {
    await phone.ask(phone.deleting(phone.id('Top')), true)
    expect(await phone.sync()).toBe(2)
    expect(await phone.sync()).toBe(0)
  })
})

describe('a change of the hierarchy', () => {
  it('is news to every device but the one that made it, until it has asked', async () => {
    expect(await moved('phone')).toBe(false)
    await phone.sync()
    await other.sync()
    expect([await moved('phone'), await moved('other')]).toEqual([false, false])

    await phone.ask(phone.creating('Projects'))
    expect([await moved('phone'), await moved('other')]).toEqual([false, true])
    await other.sync()
    expect(await moved('other')).toBe(false)

    await desk.put()
    await make('Journal of mine', rootFolder, folderType.userJournal)
    expect([await moved('phone'), await moved('other')]).toEqual([false, false])

    await other.ask(other.deleting(other.id('Projects')))
    expect([await moved('phone'), await moved('other')]).toEqual([true, false])
    await phone.sync()
    expect(await moved('phone')).toBe(false)
  })

  it('wakes whoever watches the mailbox', async () => {
    await phone.sync()
    let woken = 0
    const unwatch = desk.store.notifier.watch(desk.mailbox.id, () => woken++)
    await phone.ask(phone.creating('Projects'))
    unwatch()
    expect(woken).toBeGreaterThan(0)
  })
})
