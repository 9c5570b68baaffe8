// Meetings of too many words or too many mails: each is one item's affair, and costs nobody else his.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventsOf } from '../../support/meetings.ts'
import { attendees, meetingMails, settled } from '../../support/meeting-phone.ts'
import { addNode, properties } from '../../support/phone-events.ts'
import { TestServer } from '../../support/server.ts'
import { all, el, textAt } from '../../support/wire.ts'

const [organizer, guest] = ['organizer@example.test', 'guest@example.test']
let server: TestServer
beforeAll(async () => {
  server = await TestServer.start({ accounts: [organizer, guest], environment: { EASEL_MESSAGE_MEGABYTES: '1' } })
})
afterAll(() => server.close())

const times = { StartTime: '20260303T090000Z', EndTime: '20260303T100000Z' }
const body = (characters: number) => [el('AirSyncBase:Type', 1), el('AirSyncBase:Data', 'words '.repeat(characters / 6))]

describe('what a phone of 16.1 sends at once', () => {
  test('is kept, all of it, where one meeting has more words than a mail may have', async () => {
    const phone = await server.phone(organizer, { version: '16.1' })
    await phone.syncAll('Calendar')
    const wordy = properties({ Subject: 'Wordy', ...times, Attendees: attendees([guest]), 'AirSyncBase:Body': body(600_000) })
    const commands = [addNode('1', wordy), addNode('2', properties({ Subject: 'Plain', ...times }))]
    const { status, collection } = await phone.sync('Calendar', { commands })
    expect([status, ...all(collection, 'Responses/Add').map((node) => textAt(node, 'Status'))]).toEqual([1, '1', '1'])
    await settled(server)
    expect((await eventsOf(server, organizer)).map(({ subject }) => subject).sort()).toEqual(['Plain', 'Wordy'])
    expect((await meetingMails(server, guest)).map(({ method, subject }) => `${method} ${subject}`)).toEqual(['REQUEST Wordy'])
  })

  test('leaves nothing behind where each of a crowd would have to hear something else', async () => {
    const phone = await server.phone(organizer, { version: '16.1' })
    await phone.syncAll('Calendar')
    const day = (index: number) => new Date(Date.UTC(2026, 2, 3, 9) + index * 86_400_000).toISOString().replaceAll(/[-:]|\.\d+/g, '')
    const exceptions = Array.from({ length: 250 }, (_, index) =>
      el('Calendar:Exception', [
        el('AirSyncBase:InstanceId', day(index)),
        el('Calendar:Attendees', attendees([`crowd-${index}@else.test`])),
      ]),
    )
    const crowd = properties({
      Subject: 'Crowd',
      ...times,
      Attendees: attendees([guest]),
      Recurrence: properties({ Type: 0, Interval: 1 }),
      Exceptions: exceptions,
    })
    const commands = [addNode('1', crowd), addNode('2', properties({ Subject: 'Small', ...times }))]
    const { status, collection } = await phone.sync('Calendar', { commands })
    expect([status, ...all(collection, 'Responses/Add').map((node) => textAt(node, 'Status'))]).toEqual([1, '6', '1'])
    const subjects = (await eventsOf(server, organizer)).map(({ subject }) => subject)
    expect([subjects.includes('Crowd'), subjects.includes('Small')]).toEqual([false, true])
    expect(await server.store.outbox.list()).toEqual([])
  })
})
