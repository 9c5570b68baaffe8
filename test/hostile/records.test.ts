// Events, contacts, tasks and notes of nonsense: each is refused or kept, and what is kept can be told to every phone.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FolderId } from '../../src/model/id.ts'
import { folderType, type FolderType } from '../../src/model/folder.ts'
import { protocolVersions, isSince, type ProtocolVersion } from '../../src/model/version.ts'
import { allTags, type Tag } from '../../src/wbxml/pages.ts'
import { openDesk, type Desk } from '../support/call.ts'
import { addOf, changeOf, FolderSync } from '../support/mail.ts'
import { dice, firstSeed, type Dice } from '../support/random.ts'
import { invalid } from '../support/validate.ts'
import { el, textAt, type Node } from '../support/wire.ts'

const runs = Number(process.env['EASEL_FUZZ_RUNS'] ?? 300)

const kinds: readonly { readonly itemClass: string; readonly type: FolderType; readonly pages: readonly string[] }[] = [
  { itemClass: 'Calendar', type: folderType.calendar, pages: ['Calendar', 'AirSyncBase'] },
  { itemClass: 'Contacts', type: folderType.contacts, pages: ['Contacts', 'Contacts2', 'AirSyncBase'] },
  { itemClass: 'Tasks', type: folderType.tasks, pages: ['Tasks', 'AirSyncBase'] },
  { itemClass: 'Notes', type: folderType.notes, pages: ['Notes', 'AirSyncBase'] },
]

const texts = ['', '0', '1', '2', '3', '4', '5', '7', '127', '255', '-1', '65536', 'x', 'Größe 灯 🏮', '<b>', ' ', '\r\n', 'a'.repeat(3000)]
const times = [
  '20260303T090000Z',
  '2026-03-03T09:00:00.000Z',
  '00000101T000000Z',
  '99991231T235959Z',
  '2026-02-30T00:00:00.000Z',
  '20261025T010000Z',
]
const others = ['mallory@example.test', 'AAAA', Buffer.alloc(172).toString('base64'), 'IPM.StickyNote', 'IPM.Note', '{\\rtf1 x}']

function value(random: Dice, tag: Tag): string {
  const isTime = tag.kind === 'dateTime' || /Time|Date|Until|Start|Birthday|Anniversary|Stamp/.test(tag.name)
  return random.pick(isTime && random.chance(0.7) ? times : random.chance(0.8) ? texts : others)
}

/** An element with whatever may stand in it, and what may not. */
function element(random: Dice, tags: readonly Tag[], depth: number): Node {
  const tag = random.pick(tags)
  const name = `${tag.namespace}:${tag.name}`
  if (depth < 3 && (tag.kind === 'container' || random.chance(0.05)))
    return el(
      name,
      Array.from({ length: random.between(0, 6) }, () => element(random, tags, depth + 1)),
    )
  return el(name, value(random, tag))
}

/** Half of what a client would send, and half of everything. */
function nonsense(random: Dice, tags: readonly Tag[], likely: readonly Node[]): Node[] {
  const kept = likely.filter(() => random.chance(0.7))
  return [...kept, ...Array.from({ length: random.between(0, 8) }, () => element(random, tags, 0))]
}

const likely: Readonly<Record<string, readonly Node[]>> = {
  Calendar: [
    el('Calendar:Subject', 'Nonsense'),
    el('Calendar:StartTime', '20260303T090000Z'),
    el('Calendar:EndTime', '20260303T100000Z'),
    el('Calendar:Recurrence', [el('Calendar:Type', '1'), el('Calendar:Interval', '1'), el('Calendar:DayOfWeek', '4')]),
  ],
  Contacts: [el('Contacts:FileAs', 'Nonsense'), el('Contacts:Birthday', '1980-02-29T00:00:00.000Z')],
  Tasks: [
    el('Tasks:Subject', 'Nonsense'),
    el('Tasks:Complete', '0'),
    el('Tasks:Recurrence', [el('Tasks:Type', '5'), el('Tasks:Start', '2026-03-03T00:00:00.000Z')]),
  ],
  Notes: [el('Notes:Subject', 'Nonsense'), el('Notes:MessageClass', 'IPM.StickyNote')],
}

let desk: Desk
beforeEach(async () => {
  desk = await openDesk()
})
afterEach(() => desk.close())

/** What could not be told as it is, or was not expected. */
const troubles = () => desk.logged.filter((line) => /could not be rendered|a client command failed|command failed/.test(line))

describe.each(kinds)('$itemClass of nonsense', ({ itemClass, type, pages }) => {
  it.each(protocolVersions.filter((version) => isSince(version, itemClass === 'Notes' ? '14.0' : '12.1')))(
    'is kept or refused at %s, and what is kept is told in every version',
    async (version) => {
      const random = dice(firstSeed + protocolVersions.indexOf(version))
      const tags = allTags().filter(({ namespace, kind }) => pages.includes(namespace) && kind !== 'legacy')
      const folder: FolderId = await desk.folder(type)
      const phone = await new FolderSync(desk, folder, { version, device: `${itemClass}${version}` }).fill()
      const story = `EASEL_SEED=${firstSeed}`
      for (let run = 0; run < Math.ceil(runs / 10); run++) {
        const nodes = nonsense(random, tags, likely[itemClass] ?? [])
        const { responses } = await phone.sync([addOf(`c${run}`, nodes)])
        const status = textAt(responses[0] ?? null, 'Status')
        expect(['1', '6'], story).toContain(status)
        const id = textAt(responses[0] ?? null, 'ServerId')
        if (id === null) continue
        const changed = await phone.sync([changeOf(id, nonsense(random, tags, likely[itemClass] ?? []))])
        expect(['1', '6', '7', undefined], story).toContain(textAt(changed.responses[0] ?? null, 'Status') ?? undefined)
      }
      expect(troubles(), story).toEqual([])
      for (const other of ['12.1', '14.1', '16.1'] as const satisfies readonly ProtocolVersion[]) {
        if (itemClass === 'Notes' && other === '12.1') continue
        await new FolderSync(desk, folder, { version: other, device: `${itemClass}${version}reads${other}` }).fill()
      }
      expect(troubles(), story).toEqual([])
      expect(await invalid(desk.answered.splice(0)), story).toEqual([])
    },
  )
})
