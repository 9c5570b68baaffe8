// Bad input: one item is refused with Status 6, the others of the request are served, nothing that stood is lost.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addEvent,
  addNode,
  allVersions,
  anHour,
  changeEvent,
  oldVersions,
  property,
  textsAt,
  toldEvent,
  twoPhones,
} from '../../../support/phone-events.ts'
import { dice, firstSeed } from '../../../support/random.ts'
import { TestServer } from '../../../support/server.ts'
import { all, el, textAt, type Node } from '../../../support/wire.ts'

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start({ accounts: [] })
})
afterAll(() => server.close())

const wrong: Readonly<Record<string, string>> = {
  StartTime: 'tomorrow',
  EndTime: '20260230T100000Z',
  BusyStatus: '7',
  Sensitivity: '4',
  Reminder: '-5',
  AllDayEvent: 'perhaps',
  MeetingStatus: '300',
  Timezone: '@@@',
}

describe.each(allVersions)('in %s', (version) => {
  test.each(Object.entries(wrong))('%s “%s” is refused with Status 6, and the event beside it is served', async (name, value) => {
    const { phone, other } = await twoPhones(server, version)
    const commands = [addNode('bad', anHour(version, { Subject: 'Bad', [name]: value })), addNode('good', anHour(version))]
    const { collection } = await phone.sync('Calendar', { commands })
    const statuses = all(collection, 'Responses/Add').map((node) => [textAt(node, 'ClientId'), textAt(node, 'Status')])
    expect(statuses).toEqual([
      ['bad', '6'],
      ['good', '1'],
    ])
    await other.syncAll('Calendar')
    expect(other.items('Calendar')).toHaveLength(1)
  })

  test('a zone that is not 172 bytes long is refused, an empty one is not', async () => {
    const { phone } = await twoPhones(server, version)
    expect((await addEvent(phone, anHour(version, { Timezone: 'AAAA' }))).status).toBe(6)
    expect((await addEvent(phone, anHour(version, { Timezone: '' }))).status).toBe(1)
  })

  test('long texts are cut, and no more than 300 categories are kept', async () => {
    const { phone, other } = await twoPhones(server, version)
    const names = Array.from({ length: 400 }, (_, index) => el('Calendar:Category', `Category ${index}`))
    await addEvent(phone, anHour(version, { Subject: 'x'.repeat(10_000), Categories: names }))
    await other.syncAll('Calendar')
    const [item] = other.items('Calendar')
    expect(property(item ?? { id: '', properties: new Map(), nodes: new Map() }, 'Subject')).toHaveLength(2048)
    expect(textsAt(item ?? { id: '', properties: new Map(), nodes: new Map() }, 'Categories/Category')).toHaveLength(300)
  })

  test('control characters of a subject, a place and a name are taken out', async () => {
    const { phone, other } = await twoPhones(server, version)
    const hidden = Buffer.from('Re\u0001view\uFFFE')
    await addEvent(phone, anHour(version, { Subject: hidden.toString() }))
    expect(property(await toldEvent(other, 'Review'), 'Subject')).toBe('Review')
  })

  test('a Change that is refused leaves the event as it was', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id } = await addEvent(phone, anHour(version))
    expect((await changeEvent(phone, id, anHour(version, { Subject: 'Broken', EndTime: '20260301T100000Z' }))).status).toBe(6)
    expect(property(await toldEvent(other, 'Review'), 'EndTime')).toBe('20260303T100000Z')
  })

  test('of two phones that changed the same event the server’s stands, unless the phone is to win', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id } = await addEvent(phone, anHour(version))
    const UID = property(await toldEvent(other, 'Review'), 'UID') ?? ''
    const named = (Subject: string) => anHour(version, { UID, Subject }).filter((node) => node.name !== 'Calendar:ClientUid')
    await changeEvent(other, id, named('Theirs'))
    const lost = await changeEvent(phone, id, named('Mine'))
    expect(lost.status).toBe(7)
    // The server's version follows by itself.
    expect(lost.synced.changed).toEqual([id])
    expect(property(await toldEvent(phone, 'Theirs'), 'Subject')).toBe('Theirs')
    await changeEvent(other, id, named('Theirs again'))
    expect((await changeEvent(phone, id, named('Mine'), { conflict: 0 })).status).toBe(1)
    const third = await server.phone(phone.options.address, { version })
    expect(property(await toldEvent(third, 'Mine'), 'Subject')).toBe('Mine')
  })

  test('a Change of what is gone is Status 8', async () => {
    const { phone, other } = await twoPhones(server, version)
    const { id } = await addEvent(phone, anHour(version))
    await other.syncAll('Calendar')
    await other.remove('Calendar', [id])
    expect((await changeEvent(phone, id, anHour(version))).status).toBe(8)
  })
})

describe.each(oldVersions)('in %s', (version) => {
  test('a name of more than 1024 characters is refused', async () => {
    const { phone } = await twoPhones(server, version)
    expect((await addEvent(phone, anHour(version, { UID: 'x'.repeat(1025) }))).status).toBe(6)
  })
})

test('whatever stands in the elements of an event, the server answers, and what is stored can be told', async () => {
  const roll = dice(firstSeed)
  const values = ['', '0', '1', '2', '5', '127', '-1', '20260303T090000Z', '99991231T235959Z', '00010101T000000Z', 'x', '4294967296', '1e9']
  const names = ['AllDayEvent', 'BusyStatus', 'StartTime', 'EndTime', 'Reminder', 'Sensitivity', 'Subject', 'MeetingStatus', 'Timezone']
  const inner = [
    'Type',
    'Interval',
    'Occurrences',
    'Until',
    'DayOfWeek',
    'DayOfMonth',
    'WeekOfMonth',
    'MonthOfYear',
    'FirstDayOfWeek',
    'CalendarType',
  ]
  const leaf = (list: readonly string[]): Node => el(`Calendar:${roll.pick(list)}`, roll.pick(values))
  const some = (make: () => Node): Node[] => Array.from({ length: roll.between(0, 4) }, make)
  for (const version of allVersions) {
    const { phone, other } = await twoPhones(server, version)
    const nodes = () => [
      ...some(() => leaf(names)),
      ...(roll.chance(0.6)
        ? [
            el(
              'Calendar:Recurrence',
              some(() => leaf(inner)),
            ),
          ]
        : []),
      ...(roll.chance(0.4)
        ? [
            el('Calendar:Exceptions', [
              el('Calendar:Exception', [el('Calendar:ExceptionStartTime', roll.pick(values)), ...some(() => leaf(names))]),
            ]),
          ]
        : []),
    ]
    for (let round = 0; round < 10; round++) {
      const commands = Array.from({ length: 10 }, (_, index) => addNode(`${round}-${index}`, nodes()))
      const { status, collection } = await phone.sync('Calendar', { commands })
      expect(status, `seed ${firstSeed}`).toBe(1)
      const statuses = all(collection, 'Responses/Add').map((node) => textAt(node, 'Status'))
      expect(statuses).toHaveLength(10)
      for (const one of statuses) expect(['1', '6'], `seed ${firstSeed}`).toContain(one)
    }
    await other.syncAll('Calendar')
  }
})
