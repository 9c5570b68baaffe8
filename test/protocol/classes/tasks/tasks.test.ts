// Tasks, as phones of every version make, change and finish them.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folderType } from '../../../../src/model/folder.ts'
import type { Task } from '../../../../src/model/task.ts'
import { recordOf } from '../../../../src/model/item.ts'
import type { ServerId } from '../../../../src/model/id.ts'
import { recordDraft } from '../../../../src/store/record.ts'
import type { Phone } from '../../../support/phone.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { el, textAt, type Node } from '../../../support/wire.ts'

const alice = 'alice@example.test'
const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const

let server: TestServer
beforeEach(async () => {
  server = await startTestServer({ environment: { EASEL_TIME_ZONE: 'Europe/Berlin' } })
})
afterEach(() => server.close())

const task = (name: string, value?: string | number | Node[]) => el(`Tasks:${name}`, value)
const body = (text: string, type = 1) => el('AirSyncBase:Body', [el('AirSyncBase:Type', type), el('AirSyncBase:Data', text)])
const plain = (subject: string, ...more: Node[]) => [task('Subject', subject), task('Complete', 0), ...more]
const repeats = (type: number, ...more: Node[]) =>
  task('Recurrence', [task('Type', type), task('Start', '2026-03-03T00:00:00.000Z'), task('Interval', 1), ...more])
/** A recurrence that all versions know, and a day to begin on. */
const weekly = [
  task('StartDate', '2026-03-03T00:00:00.000Z'),
  task('UtcStartDate', '2026-03-02T23:00:00.000Z'),
  repeats(1, task('DayOfWeek', 4)),
]

async function add(phone: Phone, nodes: readonly Node[]): Promise<string> {
  const { status, id } = await phone.add('Tasks', nodes)
  expect(status).toBe(1)
  return id ?? ''
}

async function stored(id: string): Promise<Task> {
  const mailbox = await server.mailbox(alice)
  return recordOf((await mailbox.read([id as ServerId])).get(id as ServerId), 'Tasks')
}

describe('a task', () => {
  for (const version of versions) {
    test(`made on one phone of ${version} is the same on another`, async () => {
      const phone = await server.phone(alice, { version })
      const all = [
        body('Oats\r\nMilk'),
        task('Subject', 'Groceries'),
        task('Importance', 2),
        task('UtcStartDate', '2026-03-02T23:00:00.000Z'),
        task('StartDate', '2026-03-03T00:00:00.000Z'),
        task('UtcDueDate', '2026-03-04T23:00:00.000Z'),
        task('DueDate', '2026-03-05T00:00:00.000Z'),
        task('Categories', [task('Category', 'Home'), task('Category', 'Food')]),
        task('Recurrence', [
          task('Type', 1),
          task('Start', '2026-03-03T00:00:00.000Z'),
          task('Occurrences', 5),
          task('Interval', 2),
          task('DayOfWeek', 4),
          ...(version === '12.1' || version === '14.0' ? [] : [task('FirstDayOfWeek', 1)]),
        ]),
        task('Complete', 0),
        task('Sensitivity', 2),
        task('ReminderTime', '2026-03-03T08:00:00.000Z'),
        task('ReminderSet', 1),
      ]
      const id = await add(phone, all)
      const tablet = await server.phone(alice, { version })
      await tablet.syncAll('Tasks', { body: [{ type: 1 }] })
      const shown = tablet.collection('Tasks').items.get(id)?.nodes
      for (const { name, value } of all.filter(({ children }) => children.length === 0))
        expect([name, shown?.get(name)?.value]).toEqual([name, value])
      expect(textAt(shown?.get('AirSyncBase:Body') ?? null, 'Data')).toBe('Oats\r\nMilk')
      expect(shown?.get('Tasks:Categories')?.children.map(({ value }) => value)).toEqual(['Home', 'Food'])
      const recurrence = shown?.get('Tasks:Recurrence') ?? null
      expect(textAt(recurrence, 'Occurrences')).toBe('5')
      expect(textAt(recurrence, 'Interval')).toBe('2')
      expect(textAt(recurrence, 'DayOfWeek')).toBe('4')
    })
  }

  test('with its answer lost on the way is made once', async () => {
    const phone = await server.phone(alice)
    await phone.syncAll('Tasks')
    phone.losing(0.5)
    await add(phone, plain('Once'))
    await add(phone, plain('Twice'))
    phone.losing(0)
    const tablet = await server.phone(alice)
    await tablet.syncAll('Tasks')
    expect(tablet.items('Tasks').map(({ properties }) => properties.get('Tasks:Subject'))).toEqual(
      expect.arrayContaining(['Once', 'Twice']),
    )
    expect(tablet.items('Tasks')).toHaveLength(2)
  })

  test('shows its level whether or not anybody set one', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, plain('Level'))
    const tablet = await server.phone(alice, { version: '12.1' })
    await tablet.syncAll('Tasks')
    expect(tablet.collection('Tasks').items.get(id)?.properties.get('Tasks:Importance')).toBe('1')
  })

  test('with a date in one form is told in both, by the zone of its owner', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, plain('Due', task('UtcDueDate', '2026-07-04T22:00:00.000Z')))
    expect(await stored(id)).toMatchObject({ due: Date.UTC(2026, 6, 5), dueUtc: Date.UTC(2026, 6, 4, 22) })
  })

  test('that is done says when, and forgets it when it is to be done again', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, plain('Done'))
    await phone.change('Tasks', id, [task('Subject', 'Done'), task('Complete', 1)])
    expect(await stored(id)).toMatchObject({ complete: true, completedAt: server.clock.now() })
    await phone.change('Tasks', id, [task('Subject', 'Done'), task('Complete', 0)])
    expect(await stored(id)).toMatchObject({ complete: false, completedAt: null })
  })

  test('that is done leaves the window of what is not, and comes back', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, plain('Tidy up'))
    const tablet = await server.phone(alice)
    await tablet.syncAll('Tasks', { filter: 8 })
    expect(tablet.items('Tasks')).toHaveLength(1)
    await phone.change('Tasks', id, [task('Complete', 1)])
    expect((await tablet.sync('Tasks')).softDeleted).toEqual([id])
    await phone.change('Tasks', id, [task('Complete', 0)])
    expect((await tablet.sync('Tasks')).added).toEqual([id])
  })

  test('knows no other window', async () => {
    const phone = await server.phone(alice)
    await phone.syncAll('Tasks')
    for (const filter of [1, 4, 7]) expect((await phone.sync('Tasks', { filter })).status).toBe(4)
  })
})

describe('what a Change leaves out', () => {
  const full = () =>
    plain(
      'Everything',
      body('Text'),
      task('Importance', 2),
      task('Sensitivity', 2),
      task('Categories', [task('Category', 'Home')]),
      task('ReminderSet', 1),
      task('ReminderTime', '2026-03-03T08:00:00.000Z'),
      task('UtcDueDate', '2026-03-04T23:00:00.000Z'),
      task('DueDate', '2026-03-05T00:00:00.000Z'),
      ...weekly,
    )

  test('of levels, marks and texts stays; of dates and recurrence goes', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, full())
    await phone.change('Tasks', id, [task('Subject', 'Little'), task('Complete', 0)])
    expect(await stored(id)).toMatchObject({
      subject: 'Little',
      text: { text: 'Text' },
      importance: 2,
      sensitivity: 2,
      categories: ['Home'],
      reminder: Date.UTC(2026, 2, 3, 8),
      due: null,
      dueUtc: null,
      start: null,
      recurrence: null,
    })
  })

  test('stays where the device did not say that it knows it', async () => {
    const phone = await server.phone(alice)
    await phone.syncAll('Tasks', { supported: ['Tasks:DueDate', 'Tasks:UtcDueDate'] })
    const id = await add(phone, full())
    await phone.change('Tasks', id, [task('Subject', 'Little'), task('Complete', 0)])
    const after = await stored(id)
    expect(after).toMatchObject({ due: null, start: Date.UTC(2026, 2, 3) })
    expect(after.recurrence).not.toBeNull()
  })

  test('stays whole where it said so of nothing', async () => {
    const phone = await server.phone(alice)
    await phone.syncAll('Tasks', { supported: [] })
    const id = await add(phone, full())
    await phone.change('Tasks', id, [task('Complete', 0)])
    expect(await stored(id)).toMatchObject({ subject: 'Everything', due: Date.UTC(2026, 2, 5), start: Date.UTC(2026, 2, 3) })
  })

  test('goes where an empty element says so', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, full())
    await phone.change('Tasks', id, [task('Categories'), task('ReminderSet', 0), body(''), task('Subject', '')])
    expect(await stored(id)).toMatchObject({ subject: '', text: null, categories: [], reminder: null })
  })
})

describe('a conflict', () => {
  const both = async (conflict: 0 | 1) => {
    const phone = await server.phone(alice)
    const id = await add(phone, plain('First'))
    const tablet = await server.phone(alice)
    await tablet.syncAll('Tasks', { conflict })
    await phone.change('Tasks', id, plain('By the phone'))
    const { status } = await tablet.change('Tasks', id, plain('By the tablet'))
    await tablet.syncAll('Tasks')
    await phone.syncAll('Tasks')
    const subjects = [phone, tablet].map((one) => one.collection('Tasks').items.get(id)?.properties.get('Tasks:Subject'))
    return { status, subjects }
  }

  test('is won by the server, and the loser is told', async () => {
    expect(await both(1)).toEqual({ status: 7, subjects: ['By the phone', 'By the phone'] })
  })

  test('is won by the client where it asked for that', async () => {
    expect(await both(0)).toEqual({ status: 1, subjects: ['By the tablet', 'By the tablet'] })
  })
})

describe('the rules of the specification', () => {
  const cases: readonly [string, Node[]][] = [
    ['a recurrence without a Start', [task('Recurrence', [task('Type', 0), task('Interval', 1)])]],
    ['a recurrence without a Type', [task('Recurrence', [task('Start', '2026-03-03T00:00:00.000Z')])]],
    ['a recurrence of Type 4', [repeats(4)]],
    ['a calendar where days are counted', [repeats(0, task('CalendarType', 1))]],
    ['a calendar where weeks are counted', [repeats(1, task('DayOfWeek', 2), task('CalendarType', 1))]],
    ['a calendar that is not supported', [repeats(2, task('DayOfMonth', 2), task('CalendarType', 13))]],
    ['a day of the month where weeks are counted', [repeats(1, task('DayOfWeek', 2), task('DayOfMonth', 3))]],
    ['a day of the week in a monthly recurrence', [repeats(2, task('DayOfMonth', 2), task('DayOfWeek', 2))]],
    ['a day of the week in a yearly recurrence', [repeats(5, task('DayOfMonth', 2), task('MonthOfYear', 2), task('DayOfWeek', 2))]],
    ['a week of the month in a weekly recurrence', [repeats(1, task('DayOfWeek', 2), task('WeekOfMonth', 2))]],
    ['a week that begins on day 7', [repeats(1, task('DayOfWeek', 2), task('FirstDayOfWeek', 7))]],
    ['a reminder that is set to 2', [task('ReminderSet', 2)]],
    ['a sensitivity of 4', [task('Sensitivity', 4)]],
    ['a date that is none', [task('UtcDueDate', 'tomorrow')]],
    ['a body in RTF', [body('e1xydGYxfQ==', 3)]],
  ]
  test.each(cases)('%s makes a task malformed', async (_name, nodes) => {
    const phone = await server.phone(alice)
    expect((await phone.add('Tasks', plain('Wrong', ...nodes))).status).toBe(6)
    const id = await add(phone, plain('Right'))
    expect((await phone.change('Tasks', id, nodes)).status).toBe(6)
    expect((await stored(id)).subject).toBe('Right')
  })

  test('a level beyond the highest does not: it is the highest', async () => {
    const phone = await server.phone(alice)
    expect(await stored(await add(phone, plain('High', task('Importance', 5))))).toMatchObject({ importance: 2 })
  })
})

describe('a recurring task', () => {
  test('counts its occurrences where it says both how many and until when', async () => {
    const phone = await server.phone(alice)
    const nodes = plain('Both', repeats(0, task('Until', '2026-04-01T00:00:00.000Z'), task('Occurrences', 3)))
    expect((await stored(await add(phone, nodes))).recurrence).toMatchObject({ occurrences: 3, until: null })
  })

  test('tells calendar and first day of the week where the version has them', async () => {
    const phone = await server.phone(alice)
    const monthly = await add(phone, plain('Monthly', repeats(2, task('DayOfMonth', 3))))
    const every = await add(phone, plain('Weekly', ...weekly))
    for (const [version, calendar, first] of [
      ['12.1', null, null],
      ['14.0', '0', null],
      ['14.1', '0', '1'],
      ['16.1', '0', '1'],
    ] as const) {
      const other = await server.phone(alice, { version })
      await other.syncAll('Tasks')
      const { items } = other.collection('Tasks')
      expect(textAt(items.get(monthly)?.nodes.get('Tasks:Recurrence') ?? null, 'CalendarType')).toBe(calendar)
      expect(textAt(items.get(every)?.nodes.get('Tasks:Recurrence') ?? null, 'FirstDayOfWeek')).toBe(first)
    }
  })

  test('begins at the moment in UTC up to 14.1, and by the clock later', async () => {
    const phone = await server.phone(alice, { version: '14.1' })
    const utc = '2026-03-02T23:00:00.000Z'
    const local = '2026-03-03T00:00:00.000Z'
    const dates = [task('StartDate', local), task('UtcStartDate', utc)]
    const id = await add(phone, plain('Start', ...dates, task('Recurrence', [task('Type', 0), task('Start', utc), task('Interval', 1)])))
    expect((await stored(id)).recurrence?.start).toBe(Date.parse(local))
    for (const [version, start] of [
      ['12.1', utc],
      ['14.1', utc],
      ['16.0', local],
    ] as const) {
      const other = await server.phone(alice, { version })
      await other.syncAll('Tasks')
      expect(textAt(other.collection('Tasks').items.get(id)?.nodes.get('Tasks:Recurrence') ?? null, 'Start')).toBe(start)
    }
  })

  test('keeps what no element says when a phone sends back what it was told', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, plain('Rule', ...weekly))
    const mailbox = await server.mailbox(alice)
    const before = await stored(id)
    if (before.recurrence === null) throw new Error('no recurrence')
    const record = { ...before, recurrence: { ...before.recurrence, rule: 'FREQ=WEEKLY;BYDAY=TU;BYSETPOS=1' } }
    await mailbox.change(id as ServerId, { class: 'Tasks', replace: recordDraft({ class: 'Tasks', record }) }, null)
    await phone.syncAll('Tasks')
    const kept = [...(phone.collection('Tasks').items.get(id)?.nodes.values() ?? [])]
    await phone.change('Tasks', id, [...kept.filter(({ name }) => name !== 'Tasks:Subject'), task('Subject', 'Renamed')])
    expect((await stored(id)).recurrence?.rule).toBe('FREQ=WEEKLY;BYDAY=TU;BYSETPOS=1')
    await phone.change('Tasks', id, plain('Daily', repeats(0)))
    expect((await stored(id)).recurrence?.rule).toBeNull()
  })

  test.each(['inside Recurrence', 'beside it'])('is an occurrence that was done, with DeadOccur %s', async (place) => {
    const phone = await server.phone(alice, { version: '14.1' })
    const dead = task('DeadOccur', 1)
    const inside = place === 'inside Recurrence'
    const id = await add(phone, [
      task('Subject', 'Done'),
      task('Complete', 1),
      repeats(0, ...(inside ? [dead] : [])),
      ...(inside ? [] : [dead]),
    ])
    expect((await stored(id)).recurrence?.dead).toBe(true)
  })

  test('that is done goes on with its next occurrence, once', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, plain('Water', ...weekly))
    await phone.change('Tasks', id, [task('Subject', 'Water'), task('Complete', 1), ...weekly])
    await phone.syncAll('Tasks')
    expect(phone.items('Tasks')).toHaveLength(2)
    const [next] = phone.items('Tasks').filter((item) => item.id !== id)
    expect(next?.properties.get('Tasks:Complete')).toBe('0')
    expect(next?.properties.get('Tasks:StartDate')).toBe('2026-03-10T00:00:00.000Z')
    expect((await stored(id)).recurrence?.dead).toBe(true)
    expect(textAt(phone.collection('Tasks').items.get(id)?.nodes.get('Tasks:Recurrence') ?? null, 'DeadOccur')).toBe('1')
  })

  test('goes on once, though it is opened and done again', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, plain('Water', ...weekly))
    for (const complete of [1, 0, 1]) await phone.change('Tasks', id, [task('Complete', complete), ...weekly])
    await phone.syncAll('Tasks')
    expect(phone.items('Tasks')).toHaveLength(2)
  })

  test('goes on once, though it begins anew from when it is done, and its phone knows nothing of DeadOccur', async () => {
    const phone = await server.phone(alice)
    const anew = [weekly[0] as Node, weekly[1] as Node, repeats(1, task('DayOfWeek', 4), task('Regenerate', 1))]
    const id = await add(phone, plain('Water', ...anew))
    for (const [complete, day] of [
      [1, '04'],
      [0, '04'],
      [1, '12'],
    ] as const)
      await phone.change('Tasks', id, [task('Complete', complete), task('DateCompleted', `2026-03-${day}T09:00:00.000Z`), ...anew])
    await phone.syncAll('Tasks')
    expect(phone.items('Tasks')).toHaveLength(2)
  })

  test('ends with its last occurrence', async () => {
    const phone = await server.phone(alice)
    const once = [...weekly.slice(0, 2), repeats(1, task('DayOfWeek', 4), task('Occurrences', 1))]
    const id = await add(phone, plain('Once', ...once))
    await phone.change('Tasks', id, [task('Complete', 1), ...once])
    await phone.syncAll('Tasks')
    expect(phone.items('Tasks')).toHaveLength(1)
  })

  test.each([
    ['a day', '14.1', '2026-03-17T00:00:00.000Z'],
    ['a day', '16.1', '2026-03-17T00:00:00.000Z'],
    ['a moment in UTC, as its start is', '14.1', '2026-03-17T07:00:00.000Z'],
    ['a time by the clock, as its start is', '16.1', '2026-03-17T08:00:00.000Z'],
  ])('ends with the occurrence that its end names as %s (%s)', async (_, version, until) => {
    const phone = await server.phone(alice, { version })
    const [local, utc] = ['2026-03-03T08:00:00.000Z', '2026-03-03T07:00:00.000Z']
    const start = task('Start', version === '16.1' ? local : utc)
    const recurrence = task('Recurrence', [task('Type', 1), start, task('Until', until), task('Interval', 1), task('DayOfWeek', 4)])
    let id = await add(phone, plain('Until', task('StartDate', local), task('UtcStartDate', utc), recurrence))
    for (const day of ['10', '17']) {
      const { nodes } = phone.collection('Tasks').items.get(id) ?? { nodes: new Map() }
      const told = [...nodes.values()].filter(({ name }) => /:(?:Subject|StartDate|UtcStartDate|Recurrence)$/.test(name))
      await phone.change('Tasks', id, [...told, task('Complete', 1)])
      await phone.syncAll('Tasks')
      const next = phone.items('Tasks').find((item) => item.properties.get('Tasks:Complete') === '0')
      expect(next?.properties.get('Tasks:StartDate')).toBe(`2026-03-${day}T08:00:00.000Z`)
      id = next?.id ?? ''
    }
    await phone.change('Tasks', id, [...(phone.collection('Tasks').items.get(id)?.nodes.values() ?? []), task('Complete', 1)])
    await phone.syncAll('Tasks')
    expect(phone.items('Tasks').filter((item) => item.properties.get('Tasks:Complete') === '0')).toEqual([])
  })

  test.each(['14.1', '16.1'])(
    'ends when it ended, however often a phone of %s changes something else of how it repeats',
    async (version) => {
      const phone = await server.phone(alice, { version })
      const [local, utc] = ['2026-03-03T08:00:00.000Z', '2026-03-03T07:00:00.000Z']
      const ends = [task('Until', version === '16.1' ? '2026-03-31T08:00:00.000Z' : '2026-03-31T06:00:00.000Z'), task('DayOfWeek', 4)]
      const recurrence = task('Recurrence', [task('Type', 1), task('Start', version === '16.1' ? local : utc), ...ends])
      const id = await add(phone, plain('Until', task('StartDate', local), task('UtcStartDate', utc), recurrence))
      const tablet = await server.phone(alice, { version })
      for (const interval of [2, 3]) {
        await tablet.syncAll('Tasks')
        const { nodes } = tablet.collection('Tasks').items.get(id) ?? { nodes: new Map<string, Node>() }
        const told = [...nodes.values()].filter(({ name }) => /:(?:Subject|StartDate|UtcStartDate)$/.test(name))
        const { children = [] } = nodes.get('Tasks:Recurrence') ?? {}
        const other = children.map((node) => (node.name === 'Tasks:Interval' ? task('Interval', interval) : node))
        expect((await tablet.change('Tasks', id, [...told, task('Recurrence', other), task('Complete', 0)], { whole: true })).status).toBe(
          1,
        )
        expect((await stored(id)).recurrence).toMatchObject({ interval, until: Date.UTC(2026, 2, 31, 8) })
      }
    },
  )

  test('keeps its hour by the clock of its owner when summer comes', async () => {
    const phone = await server.phone(alice)
    const due = (day: string, hour: number) => [task('DueDate', `${day}T09:00:00.000Z`), task('UtcDueDate', `${day}T0${hour}:00:00.000Z`)]
    const id = await add(phone, plain('Hour', ...due('2026-03-24', 8), ...weekly))
    await phone.change('Tasks', id, [task('Complete', 1), ...due('2026-03-24', 8), ...weekly])
    await phone.syncAll('Tasks')
    const [next] = phone.items('Tasks').filter((item) => item.id !== id)
    const [local, utc] = ['Tasks:DueDate', 'Tasks:UtcDueDate'].map((name) => Date.parse(next?.properties.get(name) ?? ''))
    expect([local! % 86_400_000, local! - utc!]).toEqual([9 * 3_600_000, (local! > Date.UTC(2026, 2, 29) ? 2 : 1) * 3_600_000])
  })

  test('that a phone goes on with itself is left to the phone', async () => {
    const phone = await server.phone(alice)
    const id = await add(phone, plain('Water', ...weekly))
    const [start, utc] = weekly
    await phone.change('Tasks', id, [
      task('Subject', 'Water'),
      task('Complete', 1),
      start!,
      utc!,
      repeats(1, task('DayOfWeek', 4), task('DeadOccur', 1)),
    ])
    await phone.syncAll('Tasks')
    expect(phone.items('Tasks')).toHaveLength(1)
  })
})

describe('the folder', () => {
  test('is shown to phones of every version', async () => {
    for (const version of versions) {
      const phone = await server.phone(alice, { version })
      expect(phone.folder('Tasks').type).toBe(folderType.tasks)
    }
  })

  test('wakes a phone that waits for it', async () => {
    const phone = await server.phone(alice)
    await phone.syncAll('Tasks')
    const waiting = phone.ping(['Tasks'])
    await server.parked(alice, phone.options.deviceId)
    const tablet = await server.phone(alice)
    await add(tablet, plain('Wake'))
    await server.clock.advance(0.1)
    expect(await waiting).toMatchObject({ status: 2, folders: ['Tasks'] })
  })

  test('loses what a phone deletes, for good or to where no phone sees it', async () => {
    const phone = await server.phone(alice)
    const [kept, gone] = [await add(phone, plain('Kept')), await add(phone, plain('Gone'))]
    await phone.delete('Tasks', kept, { deletesAsMoves: true })
    await phone.delete('Tasks', gone, { deletesAsMoves: false })
    const mailbox = await server.mailbox(alice)
    const trash = await mailbox.defaultFolder(folderType.deletedItems)
    expect((await mailbox.items(trash.id, 'Tasks').newestFirst(null, null, 10)).changes).toHaveLength(1)
    await phone.syncAll('Deleted Items')
    expect(phone.items('Deleted Items')).toEqual([])
  })
})
