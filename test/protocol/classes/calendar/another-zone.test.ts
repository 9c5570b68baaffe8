// Series and days that a phone sends back by another clock than they were made by: their exceptions and dates stay with their days.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventOccurrences } from '../../../../src/format/recurrence.ts'
import type { CalendarEvent } from '../../../../src/model/event.ts'
import type { ServerId } from '../../../../src/model/id.ts'
import { recordOf } from '../../../../src/model/item.ts'
import type { ZoneId } from '../../../../src/model/zone.ts'
import { anHour, allVersions, changeEvent, oldVersions, properties, zoneText } from '../../../support/phone-events.ts'
import { anEvent, aRecurrence, put } from '../../../support/records.ts'
import type { Phone } from '../../../support/phone.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { el } from '../../../support/wire.ts'

const address = 'alice@example.test'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ accounts: [address], environment: { EASEL_TIME_ZONE: 'Europe/Berlin' } })
})
afterAll(() => server.close())

const at = (text: string) => Date.parse(text)
const newYork = () => zoneText('America/New_York')

/** Every Tuesday at ten in Berlin: not on the tenth of March, when New York has summer already, and under another name on the 17th. */
const tuesdays = (uid: string) =>
  anEvent({
    uid,
    recurrence: aRecurrence({ type: 1, daysOfWeek: 4, occurrences: 5 }),
    exceptions: [
      { original: at('2026-03-10T09:00:00Z'), deleted: true, changes: {} },
      { original: at('2026-03-17T09:00:00Z'), deleted: false, changes: { subject: 'Fair' } },
    ],
  })
const repeated = { Recurrence: properties({ Type: 1, Interval: 1, DayOfWeek: 4, Occurrences: 5 }) }

async function begin(version: string, event: CalendarEvent): Promise<{ phone: Phone; id: ServerId }> {
  const phone = await server.phone(address, { version })
  const id = await put(await server.mailbox(address), 'Calendar', event)
  await phone.syncAll('Calendar')
  return { phone, id }
}

async function stored(id: ServerId): Promise<CalendarEvent> {
  return recordOf((await (await server.mailbox(address)).read([id])).get(id), 'Calendar')
}

/** The days on which it takes place, and how it is called then. */
async function days(id: ServerId): Promise<string[]> {
  const found = eventOccurrences(await stored(id), null, null, 20)
  return found.map(({ occasion }) => `${new Date(occasion.start).toISOString().slice(5, 10)} ${occasion.subject}`)
}

const asBefore = ['03-03 Review', '03-17 Fair', '03-24 Review', '03-31 Review']

describe.each(allVersions)('in %s', (version) => {
  test('a series that a traveller sends back with the zone he is in keeps its exceptions', async () => {
    const uid = `zone-${version}`
    const { phone, id } = await begin(version, tuesdays(uid))
    const nodes =
      Number(version) < 16 ? anHour(version, { UID: uid, ...repeated, Timezone: newYork() }) : properties({ Timezone: newYork() })
    expect((await changeEvent(phone, id, nodes)).status).toBe(1)
    expect((await stored(id)).zone).toBe('America/New_York')
    expect(await days(id)).toEqual(asBefore)
  })
})

describe.each(oldVersions)('in %s', (version) => {
  test('it does so where he lists them, too', async () => {
    const uid = `listed-${version}`
    const { phone, id } = await begin(version, tuesdays(uid))
    const list = phone.collection('Calendar').items.get(id)?.nodes.get('Calendar:Exceptions')?.children ?? []
    const nodes = anHour(version, { UID: uid, ...repeated, Timezone: newYork(), Exceptions: list })
    expect((await changeEvent(phone, id, nodes)).status).toBe(1)
    expect(await days(id)).toEqual(asBefore)
  })

  test('a series that is moved by an hour keeps its exceptions on their days', async () => {
    const uid = `moved-${version}`
    const { phone, id } = await begin(version, tuesdays(uid))
    const later = { StartTime: '20260303T100000Z', EndTime: '20260303T110000Z' }
    expect((await changeEvent(phone, id, anHour(version, { UID: uid, ...repeated, ...later }))).status).toBe(1)
    expect(await days(id)).toEqual(asBefore)
  })

  test.each(['Asia/Tokyo', 'America/Los_Angeles', 'Pacific/Kiritimati'])(
    'days that come back as they were told, from %s, stay',
    async (zone) => {
      const uid = `days-${version}-${zone}`
      const [start, end] = [at('2026-05-01T00:00:00Z'), at('2026-05-02T00:00:00Z')]
      const exceptions = [{ original: at('2026-05-02T00:00:00Z'), deleted: true, changes: {} }]
      const event = anEvent({ uid, allDay: true, start, end, recurrence: aRecurrence({ occurrences: 3 }), exceptions })
      const { phone, id } = await begin(version, event)
      const held = [...(phone.collection('Calendar').items.get(id)?.nodes.values() ?? [])]
      const sent = held.filter(({ name }) => !/:(?:Body|NativeBodyType|ResponseType|Timezone)$/.test(name))
      const there = el('Calendar:Timezone', zoneText(zone, '2026-05-01T00:00:00Z'))
      expect((await changeEvent(phone, id, [...sent, there])).status).toBe(1)
      expect(await days(id)).toEqual(['05-01 Review', '05-03 Review'])
    },
  )

  test('a series of days that becomes one of hours keeps its exceptions on their days', async () => {
    const uid = `hours-${version}`
    const [start, end] = [at('2026-03-03T00:00:00Z'), at('2026-03-04T00:00:00Z')]
    const exceptions = [{ original: at('2026-03-10T00:00:00Z'), deleted: true, changes: {} }]
    const recurrence = aRecurrence({ type: 1, daysOfWeek: 4, occurrences: 3 })
    const zone = 'America/New_York' as ZoneId
    const { phone, id } = await begin(version, anEvent({ uid, zone, allDay: true, start, end, recurrence, exceptions }))
    const three = { Recurrence: properties({ Type: 1, Interval: 1, DayOfWeek: 4, Occurrences: 3 }) }
    const times = { StartTime: '20260303T150000Z', EndTime: '20260303T160000Z', Timezone: newYork() }
    expect((await changeEvent(phone, id, anHour(version, { UID: uid, ...three, ...times }))).status).toBe(1)
    expect(await days(id)).toEqual(['03-03 Review', '03-17 Review'])
  })
})
