// One occurrence of a series, changed or deleted by its InstanceId (16.x; MS-ASAIRS 2.2.2.25, MS-ASCAL 2.2.2.22).
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addEvent,
  anHour,
  changeEvent,
  deleteEvent,
  lateVersions,
  properties,
  property,
  toldEvent,
  twoPhones,
  zoneText,
} from '../../../support/phone-events.ts'
import type { PhoneItem } from '../../../support/phone.ts'
import { TestServer } from '../../../support/server.ts'
import { all, el, textAt, type Node } from '../../../support/wire.ts'

let server: TestServer

beforeAll(async () => {
  server = await TestServer.start({ accounts: [] })
})
afterAll(() => server.close())

const tuesdays = { Recurrence: properties({ Type: 1, Interval: 1, DayOfWeek: 4, Occurrences: 10 }) }
const third = '20260317T090000Z'
const fourth = '20260324T090000Z'

function told(item: PhoneItem): Record<string, Record<string, string>> {
  const list = all({ name: 'Calendar:', children: [...item.nodes.values()], value: null }, 'Exceptions/Exception')
  const textOf = (node: Node): string => (node.children.length > 0 ? node.children.map(textOf).join(' ') : String(node.value ?? ''))
  return Object.fromEntries(
    list.map((node) => [
      textAt(node, 'AirSyncBase:InstanceId') ?? '',
      Object.fromEntries(
        node.children
          .filter(({ name }) => !name.endsWith('InstanceId'))
          .map((child) => [child.name.replace('Calendar:', ''), textOf(child)]),
      ),
    ]),
  )
}

async function series(version: string, fields: Parameters<typeof anHour>[1] = {}) {
  const phones = await twoPhones(server, version)
  const { id } = await addEvent(phones.phone, anHour(version, { ...tuesdays, ...fields }))
  return { ...phones, id }
}

describe.each(lateVersions)('in %s', (version) => {
  test('a Change of one occurrence makes an exception, a Delete takes the occurrence out; the series stays', async () => {
    const { phone, other, id } = await series(version)
    const change = properties({ Subject: 'Moved', StartTime: '20260317T130000Z', EndTime: '20260317T140000Z' })
    expect((await changeEvent(phone, id, change, { instance: third })).status).toBe(1)
    expect(await deleteEvent(phone, id, fourth)).toBe(1)
    const item = await toldEvent(other, 'Review')
    expect(property(item, 'StartTime')).toBe('20260303T090000Z')
    expect(told(item)).toEqual({
      [third]: { Subject: 'Moved', StartTime: '20260317T130000Z', EndTime: '20260317T140000Z', AllDayEvent: '0' },
      [fourth]: { Deleted: '1' },
    })
  })

  test('what a Change of an occurrence leaves out stays as it is, in what the first one made too', async () => {
    const { phone, other, id } = await series(version, { Reminder: 10 })
    await changeEvent(phone, id, properties({ Subject: 'Moved', StartTime: '20260317T130000Z', EndTime: '20260317T140000Z' }), {
      instance: third,
    })
    await changeEvent(phone, id, properties({ BusyStatus: 0, Reminder: null }), { instance: third })
    expect(told(await toldEvent(other, 'Review'))[third]).toEqual({
      Subject: 'Moved',
      BusyStatus: '0',
      Reminder: '',
      StartTime: '20260317T130000Z',
      EndTime: '20260317T140000Z',
      AllDayEvent: '0',
    })
  })

  test('an occurrence is named by its original start, however far it was moved', async () => {
    const { phone, other, id } = await series(version)
    await changeEvent(phone, id, properties({ StartTime: '20260318T130000Z', EndTime: '20260318T140000Z' }), { instance: third })
    expect((await changeEvent(phone, id, properties({ Subject: 'Moved' }), { instance: third })).status).toBe(1)
    expect(told(await toldEvent(other, 'Review'))[third]).toMatchObject({ Subject: 'Moved', StartTime: '20260318T130000Z' })
  })

  test('a Change that brings an occurrence back to what the series says leaves no exception', async () => {
    const { phone, other, id } = await series(version)
    await changeEvent(phone, id, properties({ Subject: 'Moved' }), { instance: third })
    await changeEvent(phone, id, properties({ Subject: 'Review' }), { instance: third })
    expect(told(await toldEvent(other, 'Review'))).toEqual({})
  })

  test('an InstanceId that is no occurrence is Status 8; of what does not repeat, or no time at all, 6', async () => {
    const { phone, id } = await series(version)
    const change = properties({ Subject: 'Moved' })
    expect((await changeEvent(phone, id, change, { instance: '20260318T090000Z' })).status).toBe(8)
    expect((await changeEvent(phone, id, change, { instance: '20270317T090000Z' })).status).toBe(8)
    expect(await deleteEvent(phone, id, '20260318T090000Z')).toBe(8)
    expect((await changeEvent(phone, id, change, { instance: 'Tuesday' })).status).toBe(6)
    const single = await addEvent(phone, anHour(version))
    expect((await changeEvent(phone, single.id, change, { instance: '20260303T090000Z' })).status).toBe(6)
    expect(await deleteEvent(phone, single.id, '20260303T090000Z')).toBe(6)
  })

  test('a zone, another pattern or an all-day occurrence of a timed series is refused with 6', async () => {
    const { phone, id } = await series(version)
    const refused = async (fields: Parameters<typeof properties>[0]) =>
      (await changeEvent(phone, id, properties(fields), { instance: third })).status
    expect(await refused({ Subject: 'Moved', Timezone: zoneText('Asia/Tokyo') })).toBe(6)
    expect(await refused({ Recurrence: properties({ Type: 0 }) })).toBe(6)
    expect(await refused({ AllDayEvent: 1, StartTime: '20260317T000000Z', EndTime: '20260318T000000Z' })).toBe(6)
    expect(await refused({ EndTime: '20260317T120000Z' })).toBe(6)
  })

  test('a deleted occurrence is deleted again with success, and changed no more', async () => {
    const { phone, id } = await series(version)
    expect(await deleteEvent(phone, id, third)).toBe(1)
    expect(await deleteEvent(phone, id, third)).toBe(1)
    expect((await changeEvent(phone, id, properties({ Subject: 'Moved' }), { instance: third })).status).toBe(8)
  })

  test('several occurrences are changed and deleted in one request', async () => {
    const { phone, other, id } = await series(version)
    const change = (instance: string, subject: string) =>
      el('AirSync:Change', [
        el('AirSync:ServerId', id),
        el('AirSyncBase:InstanceId', instance),
        el('AirSync:ApplicationData', properties({ Subject: subject })),
      ])
    const remove = (instance: string) => el('AirSync:Delete', [el('AirSync:ServerId', id), el('AirSyncBase:InstanceId', instance)])
    const { status } = await phone.sync('Calendar', {
      commands: [change(third, 'Third'), change(fourth, 'Fourth'), remove('20260331T080000Z')],
    })
    expect(status).toBe(1)
    expect(Object.keys(told(await toldEvent(other, 'Review')))).toEqual([third, fourth, '20260331T080000Z'])
  })

  test('occurrences of an all-day series are named by their dates', async () => {
    const day = { AllDayEvent: 1, StartTime: '20260303T000000Z', EndTime: '20260304T000000Z' }
    const { phone, other, id } = await series(version, day)
    await changeEvent(phone, id, properties({ Subject: 'Third' }), { instance: '20260317T000000Z' })
    await changeEvent(phone, id, properties({ StartTime: '20260325T000000Z', EndTime: '20260327T000000Z' }), {
      instance: '20260324T000000Z',
    })
    expect(told(await toldEvent(other, 'Review'))).toEqual({
      '20260317T000000Z': { Subject: 'Third', AllDayEvent: '1', StartTime: '20260317T000000Z', EndTime: '20260318T000000Z' },
      '20260324T000000Z': { AllDayEvent: '1', StartTime: '20260325T000000Z', EndTime: '20260327T000000Z' },
    })
  })

  test('another start, end or pattern of the series deletes its exceptions; anything else leaves them (MS-ASCAL 2.2.2.22)', async () => {
    for (const fields of [
      { StartTime: '20260303T100000Z', EndTime: '20260303T110000Z' },
      { StartTime: '20260303T090000Z', EndTime: '20260303T120000Z' },
      { Recurrence: properties({ Type: 1, Interval: 2, DayOfWeek: 4 }) },
    ]) {
      const { phone, other, id } = await series(version)
      await deleteEvent(phone, id, third)
      await changeEvent(
        phone,
        id,
        properties({ Subject: 'Review', Reminder: 5, StartTime: '20260303T090000Z', EndTime: '20260303T100000Z', ...tuesdays }),
      )
      expect(Object.keys(told(await toldEvent(other, 'Review')))).toEqual([third])
      await changeEvent(phone, id, properties(fields))
      expect(told(await toldEvent(other, 'Review'))).toEqual({})
    }
  })

  test('an Add may bring exceptions, named by InstanceId', async () => {
    const exception = el('Calendar:Exception', [el('AirSyncBase:InstanceId', third), el('Calendar:Subject', 'Moved')])
    const { other } = await series(version, { Exceptions: [exception] })
    expect(told(await toldEvent(other, 'Review'))).toMatchObject({ [third]: { Subject: 'Moved', StartTime: third } })
  })

  test('the answer to a refused Change names the occurrence', async () => {
    const { phone, id } = await series(version)
    const { synced } = await changeEvent(phone, id, properties({ Subject: 'Moved' }), { instance: '20260318T090000Z' })
    const [answer] = all(synced.collection, 'Responses/Change')
    expect([textAt(answer ?? null, 'ServerId'), textAt(answer ?? null, 'AirSyncBase:InstanceId')]).toEqual([id, '20260318T090000Z'])
  })
})
