// Events through the door, in every version: what a phone adds another one is told.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TestServer } from '../../../support/server.ts'
import { addEvent, changeEvent, compact, deleteEvent, properties, property, toldEvent, zoneText } from '../../../support/phone-events.ts'
import { el } from '../../../support/wire.ts'

const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const
const alice = 'alice@example.test'
let server: TestServer

beforeAll(async () => {
  server = await TestServer.start({ accounts: [alice] })
})
afterAll(() => server.close())

describe.each(versions)('in %s', (version) => {
  test('an event that a phone adds comes to another one as it is', async () => {
    const phone = await server.phone(alice, { version })
    const other = await server.phone(alice, { version })
    const subject = `Review ${version}`
    const { status, id } = await addEvent(
      phone,
      properties({
        Timezone: zoneText('Europe/Berlin'),
        AllDayEvent: 0,
        BusyStatus: 3,
        StartTime: compact('2026-03-03T09:00:00Z'),
        EndTime: compact('2026-03-03T10:00:00Z'),
        Subject: subject,
        Sensitivity: 2,
        Reminder: 15,
        MeetingStatus: 0,
        Categories: [el('Calendar:Category', 'Work'), el('Calendar:Category', 'Red')],
        'AirSyncBase:Body': [el('AirSyncBase:Type', 1), el('AirSyncBase:Data', 'Bring the list.')],
      }),
    )
    expect(status).toBe(1)
    const told = await toldEvent(other, subject)
    expect(told.id).toBe(id)
    expect(property(told, 'StartTime')).toBe('20260303T090000Z')
    expect(property(told, 'EndTime')).toBe('20260303T100000Z')
    expect(property(told, 'BusyStatus')).toBe('3')
    expect(property(told, 'Reminder')).toBe('15')
    expect(property(told, 'Sensitivity')).toBe('2')
    expect(property(told, 'MeetingStatus')).toBe('0')
    expect(property(told, 'AirSyncBase:Body')).toContain('Bring the list.')
    expect(property(told, 'Categories')).toContain('Red')
    const changed = await changeEvent(
      phone,
      id,
      properties({ Subject: `${subject} moved`, StartTime: compact('2026-03-04T09:00:00Z'), EndTime: compact('2026-03-04T10:00:00Z') }),
    )
    expect(changed.status).toBe(1)
    const moved = await toldEvent(other, `${subject} moved`)
    expect(property(moved, 'StartTime')).toBe('20260304T090000Z')
    expect(await deleteEvent(phone, id)).toBe(1)
    await other.syncAll('Calendar')
    expect(other.collection('Calendar').items.has(id)).toBe(false)
  })
})
