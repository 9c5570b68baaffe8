// MeetingRequest: what phones of every version are told of the meetings that mail is about.
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { globalObjectIdOf } from '../../../src/format/global-object-id.ts'
import type { ProtocolVersion } from '../../../src/model/version.ts'
import type { Phone, PhoneItem } from '../../support/phone.ts'
import { calendar, invitation, reply, type InvitationFields } from '../../support/invitation.ts'
import { eventsOf, ownMeeting, putEvent } from '../../support/meetings.ts'
import { TestServer } from '../../support/server.ts'
import { all, el, one, textAt, type Node } from '../../support/wire.ts'

const versions: readonly ProtocolVersion[] = ['12.1', '14.0', '14.1', '16.0', '16.1']
const folder = new URL('../../../fixtures/meetings/', import.meta.url)
const corpus = readdirSync(folder)
const fixture = (name: string) => readFileSync(new URL(name, folder), 'utf8').replaceAll('\n', '\r\n')

let server: TestServer
beforeAll(async () => {
  server = await TestServer.start({ accounts: [], environment: { EASEL_TIME_ZONE: 'Europe/Berlin' } })
})
afterAll(() => server.close())

let lives = 0

/** A mail to Alice as one to somebody else, in a calendar in base64 as well. */
function readdressed(source: string, address: string): string {
  const renamed = (text: string) => text.replaceAll(/alice@example\.test/gi, address)
  const encoded = /(Content-Type: text\/calendar[^\r]*\r\nContent-Transfer-Encoding: base64\r\n\r\n)([A-Za-z0-9+/=\r\n]+)/
  return renamed(source).replace(encoded, (_, head: string, body: string) => {
    const text = Buffer.from(renamed(Buffer.from(body, 'base64').toString('utf8'))).toString('base64')
    return `${head}${text.replaceAll(/.{76}/g, '$&\r\n')}\r\n`
  })
}

/** What a phone of this version is shown of a mail that somebody got; the address is Alice's in the mail, and another for each test. */
async function shown(source: string, version: ProtocolVersion, before: (address: string) => Promise<unknown> = () => Promise.resolve()) {
  const { item, address } = await life(source, version, before)
  const request = item.nodes.get('Email:MeetingRequest') ?? null
  return { item, request, address }
}

async function life(source: string, version: ProtocolVersion, before: (address: string) => Promise<unknown>) {
  const address = `alice${++lives}@example.test`
  await server.account(address)
  await before(address)
  expect(await server.deliver(address, readdressed(source, address))).toBe('delivered')
  const phone = await server.phone(address, { version })
  await phone.syncAll('Inbox')
  const [item] = phone.items('Inbox')
  if (item === undefined) throw new Error('nothing arrived')
  return { item, address, phone }
}

const told = (request: Node | null) => Object.fromEntries((request?.children ?? []).map(({ name, value }) => [name, value]))
const classOf = (item: PhoneItem) => item.properties.get('Email:MessageClass')

describe('an invitation', () => {
  const tea = (fields: InvitationFields = {}) => invitation({ location: 'Room 4', lines: ['CLASS:PRIVATE'], ...fields })

  test.each(['12.1', '14.0', '14.1'] as const)('is told at %s with a GlobalObjId and the name of the place', async (version) => {
    const { item, request } = await shown(tea(), version)
    expect(classOf(item)).toBe('IPM.Schedule.Meeting.Request')
    expect(item.properties.get('Email:ContentClass')).toBe('urn:content-classes:calendarmessage')
    const properties = told(request)
    expect(properties).toMatchObject({
      'Email:AllDayEvent': '0',
      'Email:StartTime': '2026-03-03T09:00:00.000Z',
      'Email:DtStamp': '2026-03-02T08:00:00.000Z',
      'Email:EndTime': '2026-03-03T10:00:00.000Z',
      'Email:InstanceType': '0',
      'Email:Location': 'Room 4',
      'Email:Organizer': '"Bob" <bob@example.test>',
      'Email:ResponseRequested': '1',
      'Email:Sensitivity': '2',
      'Email:BusyStatus': '2',
      'Email:GlobalObjId': Buffer.from(globalObjectIdOf('tea@example.test', null)).toString('base64'),
    })
    expect(Buffer.from(String(properties['Email:TimeZone']), 'base64')).toHaveLength(172)
    expect(properties['Calendar:UID']).toBeUndefined()
    expect(properties['AirSyncBase:Location']).toBeUndefined()
    expect(properties['Email:RecurrenceId']).toBeUndefined()
    expect(properties['Email2:MeetingMessageType']).toBe(version === '14.1' ? '1' : undefined)
    expect(properties['Email:DisallowNewTimeProposal']).toBe(version === '12.1' ? undefined : '0')
  })

  test.each(['16.0', '16.1'] as const)('is told at %s with its UID and a place', async (version) => {
    const { request } = await shown(tea(), version)
    expect(told(request)).toMatchObject({
      'Email:StartTime': '2026-03-03T09:00:00.000Z',
      'Email2:MeetingMessageType': '1',
      'Calendar:UID': 'tea@example.test',
    })
    expect(textAt(request, 'AirSyncBase:Location/DisplayName')).toBe('Room 4')
    expect(told(request)['Email:GlobalObjId']).toBeUndefined()
    expect(told(request)['Email:Location']).toBeUndefined()
  })

  test('is no file beside itself', async () => {
    const { item } = await shown(tea(), '16.1')
    expect(item.nodes.get('AirSyncBase:Attachments')).toBeUndefined()
  })

  test('of a day begins at midnight of the zone beside it, in every version', async () => {
    for (const version of versions) {
      const { request } = await shown(invitation({ start: 'DTSTART;VALUE=DATE:20260310', end: 'DTEND;VALUE=DATE:20260311' }), version)
      expect(told(request)).toMatchObject({
        'Email:AllDayEvent': '1',
        'Email:StartTime': '2026-03-09T23:00:00.000Z',
        'Email:EndTime': '2026-03-10T23:00:00.000Z',
      })
      expect(Buffer.from(String(told(request)['Email:TimeZone']), 'base64').readInt32LE(0)).toBe(-60)
    }
  })

  test('says in seconds when it reminds, and no more than its element can hold', async () => {
    const alarm = (trigger: string) => ['BEGIN:VALARM', 'ACTION:DISPLAY', `TRIGGER:${trigger}`, 'DESCRIPTION:Tea', 'END:VALARM']
    expect(told((await shown(tea({ lines: alarm('-PT15M') }), '14.1')).request)['Email:Reminder']).toBe('900')
    expect(told((await shown(tea({ lines: alarm('-P2D') }), '14.1')).request)['Email:Reminder']).toBe('65535')
  })

  test('asks for an answer, or for another time, only where its organizer does', async () => {
    const quiet = tea({ attendees: ['ATTENDEE;RSVP=FALSE:mailto:alice@example.test'], lines: ['X-MICROSOFT-DISALLOW-COUNTER:TRUE'] })
    expect(told((await shown(quiet, '14.1')).request)).toMatchObject({
      'Email:ResponseRequested': '0',
      'Email:DisallowNewTimeProposal': '1',
    })
  })

  test('by somebody who works elsewhere is of 16.0, and leaves one free before', async () => {
    const elsewhere = tea({ lines: ['X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE', 'X-MICROSOFT-CDO-INTENDEDSTATUS:WORKINGELSEWHERE'] })
    expect(told((await shown(elsewhere, '14.1')).request)['Email:BusyStatus']).toBe('0')
    expect(told((await shown(elsewhere, '16.0')).request)['Email:BusyStatus']).toBe('4')
  })

  test('of a series is told with its recurrence, in elements of mail', async () => {
    const weekly = tea({ lines: ['RRULE:FREQ=MONTHLY;BYDAY=1TU;UNTIL=20261231T090000Z'] })
    for (const version of versions) {
      const { request } = await shown(weekly, version)
      expect(told(request)['Email:InstanceType']).toBe('1')
      const recurrence = told(one(request, 'Recurrences/Recurrence'))
      expect(recurrence).toMatchObject({
        'Email:Type': '3',
        'Email:Interval': '1',
        'Email:Until': '20261231T090000Z',
        'Email:WeekOfMonth': '1',
        'Email:DayOfWeek': '4',
      })
      expect(recurrence['Email2:CalendarType']).toBe(version === '12.1' ? undefined : '0')
    }
  })

  test('of one occurrence is told with its name, its GlobalObjId with its date', async () => {
    const once = tea({ start: 'DTSTART:20260310T130000Z', end: 'DTEND:20260310T140000Z', lines: ['RECURRENCE-ID:20260310T090000Z'] })
    const { request } = await shown(once, '14.1')
    expect(told(request)).toMatchObject({ 'Email:RecurrenceId': '2026-03-10T09:00:00.000Z', 'Email:InstanceType': '3' })
    expect(Buffer.from(String(told(request)['Email:GlobalObjId']), 'base64').toString('hex', 16, 20)).toBe('07ea030a')
    // MS-ASEMAIL 2.2.2.39: nobody told of its series.
    expect(told((await shown(once, '16.1')).request)).toMatchObject({ 'Email:InstanceType': '4', 'Calendar:UID': 'tea@example.test' })
  })

  test('is plain mail to him who sent it, to him who reads it in no calendar, and as a mere file', async () => {
    const own = invitation({ organizer: 'alice@example.test', from: 'alice@example.test' })
    expect((await shown(own, '16.1')).request).toBeNull()
    const file = invitation().replace('; method=REQUEST', '').replace('METHOD:REQUEST\r\n', '')
    const { item, request } = await shown(file, '16.1')
    expect([request, classOf(item), item.properties.get('Email:ContentClass')]).toEqual([null, 'IPM.Note', 'urn:content-classes:message'])
    expect(all(item.nodes.get('AirSyncBase:Attachments') ?? null, 'Attachment')).toHaveLength(1)
    expect((await shown(invitation({ method: 'REFRESH' }), '16.1')).request).toBeNull()
  })

  test('is told to a phone that fetches or searches as well', async () => {
    const { phone, item } = await life(tea(), '14.1', () => Promise.resolve())
    const { id } = phone.folder('Inbox')
    const fetch = el('ItemOperations:Fetch', [
      el('ItemOperations:Store', 'Mailbox'),
      el('AirSync:CollectionId', id),
      el('AirSync:ServerId', item.id),
    ])
    const { node } = await phone.post('ItemOperations', el('ItemOperations:ItemOperations', [fetch]))
    expect(textAt(one(node, 'Response/Fetch/Properties'), 'Email:MeetingRequest/InstanceType')).toBe('0')
  })
})

describe('the kind of an invitation', () => {
  async function kinds(mails: readonly string[]): Promise<(string | null | undefined)[]> {
    const address = `alice${++lives}@example.test`
    await server.account(address)
    for (const [index, mail] of mails.entries()) {
      await server.deliver(address, mail.replaceAll('alice@example.test', address).replace(/^Subject: .*$/m, `Subject: ${index}`))
    }
    const phone = await server.phone(address, { version: '16.1' })
    await phone.syncAll('Inbox')
    return mails.map(
      (_, index) => told(phone.mail('Inbox', `${index}`).nodes.get('Email:MeetingRequest') ?? null)['Email2:MeetingMessageType'],
    ) as string[]
  }
  const later = { start: 'DTSTART:20260303T110000Z', end: 'DTEND:20260303T120000Z' }

  test('is first, full or informational as it changed the calendar', async () => {
    const mails = [
      {},
      { sequence: 1, stamp: '20260302T090000Z', ...later },
      { sequence: 1, stamp: '20260302T093000Z', summary: 'x', ...later },
    ]
    // What is newer makes what was before it out of date.
    expect(await kinds(mails.map(invitation))).toEqual(['4', '4', '3'])
    expect(await kinds(mails.slice(0, 2).map(invitation))).toEqual(['4', '2'])
  })

  test('is out of date where something newer came before it', async () => {
    expect(await kinds([invitation({ sequence: 1, stamp: '20260302T090000Z' }), invitation()])).toEqual(['1', '4'])
  })
})

describe('a cancellation', () => {
  test.each(versions)('is told at %s of a meeting that takes its item away', async (version) => {
    const cancel = invitation({ method: 'CANCEL', sequence: 1, lines: ['STATUS:CANCELLED'] })
    const { item, request } = await shown(cancel, version)
    expect(classOf(item)).toBe('IPM.Schedule.Meeting.Canceled')
    expect(told(request)).toMatchObject({ 'Email:ResponseRequested': '0', 'Email:StartTime': '2026-03-03T09:00:00.000Z' })
    expect(told(request)['Email2:MeetingMessageType']).toBe(version < '14.1' ? undefined : '0')
  })
})

describe('an answer', () => {
  const own = (address: string) => putEvent(server, address, ownMeeting(address, ['bob@example.test']))
  const fields = { organizer: 'alice@example.test', to: 'alice@example.test' }

  test.each([
    ['ACCEPTED', 'Pos'],
    ['DECLINED', 'Neg'],
    ['TENTATIVE', 'Tent'],
  ])('%s is of class %s, to its organizer', async (status, ending) => {
    const { item, request } = await shown(reply('bob@example.test', status, fields), '16.1', own)
    expect(classOf(item)).toBe(`IPM.Schedule.Meeting.Resp.${ending}`)
    expect(told(request)).toMatchObject({ 'Calendar:UID': 'tea@example.test', 'Email2:MeetingMessageType': '0' })
    expect((await shown(reply('bob@example.test', status, { organizer: 'carol@example.test' }), '16.1')).request).toBeNull()
  })

  test('that proposes another time tells it at 16.1', async () => {
    const counter = fixture('outlook-counter.eml')
    const { item, request } = await shown(counter, '16.1')
    expect(classOf(item)).toBe('IPM.Schedule.Meeting.Resp.Tent')
    expect(told(request)).toMatchObject({
      'MeetingResponse:ProposedStartTime': '20260303T100000Z',
      'MeetingResponse:ProposedEndTime': '20260303T110000Z',
    })
    expect(told((await shown(counter, '16.0')).request)['MeetingResponse:ProposedStartTime']).toBeUndefined()
  })
})

describe('mail about meetings as programs write it', () => {
  test.each(corpus)('%s is told in every version', async (name) => {
    const { address } = await life(fixture(name), '16.1', () => Promise.resolve())
    for (const version of versions) {
      const phone = await server.phone(address, { version })
      await phone.syncAll('Inbox')
      const [item] = phone.items('Inbox')
      expect(item?.nodes.get('Email:MeetingRequest')).toBeDefined()
      expect(item?.properties.get('Email:MessageClass')).toMatch(/^IPM\.Schedule\.Meeting\./)
    }
  })

  test('of Exchange: text in base64, a Windows zone, a UID that is a GlobalObjId, and what it means to keep busy', async () => {
    const { request, address, item } = await shown(fixture('exchange-request.eml'), '14.1')
    const uid = '040000008200E00074C5B7101A82E0080000000057D5C95A94AADC01000000000000000010000000D1A1B7F4C2E5494FA3C0E2A9D3B4C5D6'
    expect(told(request)).toMatchObject({
      'Email:StartTime': '2026-03-10T13:00:00.000Z',
      'Email:Location': 'Conference Room 4',
      'Email:Organizer': '"Jürgen Müller" <juergen.mueller@contoso.test>',
      'Email:Reminder': '900',
      'Email:Sensitivity': '2',
      'Email:BusyStatus': '2',
      'Email:DisallowNewTimeProposal': '1',
      'Email:GlobalObjId': Buffer.from(uid, 'hex').toString('base64'),
    })
    expect(item.properties.get('Email:Subject')).toBe('Planung für den Frühling')
    const [event] = await eventsOf(server, address)
    expect(event).toMatchObject({ uid, zone: 'Europe/Berlin', subject: 'Planung für den Frühling', reminder: 15, busyStatus: 1 })
    await server.deliver(address, fixture('exchange-cancel.eml').replaceAll('alice@example.test', address))
    expect(await eventsOf(server, address)).toMatchObject([{ meetingStatus: 7, subject: 'Abgesagt: Planung für den Frühling', uid }])
  })

  test('of Google: beside the same as a file, which stays one', async () => {
    const { address, item } = await shown(fixture('google-request.eml'), '16.1')
    expect(all(item.nodes.get('AirSyncBase:Attachments') ?? null, 'Attachment').map((file) => textAt(file, 'DisplayName'))).toEqual([
      'invite.ics',
    ])
    expect(await eventsOf(server, address)).toMatchObject([{ uid: '4u1k3cq0l6r9f2m8n7b5v3@google.test', responseType: 5 }])
    const before = (own: string) => putEvent(server, own, ownMeeting(own, ['gina@gmail.test']))
    const answered = await shown(fixture('google-reply.eml'), '16.1', before)
    expect(await eventsOf(server, answered.address)).toMatchObject([{ attendees: [{ status: 3 }] }])
  })

  test('of Apple: a day, from an address that is nobody’s, in a part that calls itself a file', async () => {
    const { address, request } = await shown(fixture('apple-request.eml'), '16.1')
    expect(told(request)).toMatchObject({ 'Email:AllDayEvent': '1', 'Email:BusyStatus': '0' })
    expect(await eventsOf(server, address)).toMatchObject([
      {
        allDay: true,
        start: Date.UTC(2026, 2, 20),
        end: Date.UTC(2026, 2, 21),
        busyStatus: 0,
        organizer: { address: '2_GAYDANZ@imip.icloud.test' },
      },
    ])
  })

  test('of Zimbra: a series with its exception beside it, in quoted-printable', async () => {
    const { address } = await shown(fixture('zimbra-series.eml'), '16.1')
    expect(await eventsOf(server, address)).toMatchObject([
      {
        subject: 'Stand-up',
        place: { name: 'Café' },
        recurrence: { type: 1, occurrences: 10, daysOfWeek: 4 },
        exceptions: [
          {
            original: Date.UTC(2026, 2, 17, 8),
            deleted: false,
            changes: { subject: 'Stand-up with cake', start: Date.UTC(2026, 2, 17, 9) },
          },
        ],
      },
    ])
  })

  test('with nothing in it but a calendar are read in there', async () => {
    const bare = invitation({ lines: ['DESCRIPTION:Bring a cup\\, please'] }).replace(
      /--m\r\nContent-Type: text\/plain[^]*?(?=--m\r\n)/,
      '',
    )
    const { item } = await shown(bare, '16.1')
    expect(textAt(item.nodes.get('AirSyncBase:Body') ?? null, 'Data')).toBe('Bring a cup, please')
    expect(textAt(item.nodes.get('AirSyncBase:Body') ?? null, 'Type')).toBe('1')
  })

  test('of Lotus Notes: nothing but a calendar, in Latin-1, with its method inside', async () => {
    const { address, request } = await shown(fixture('notes-request.eml'), '14.1')
    expect(told(request)).toMatchObject({ 'Email:Location': 'Büro', 'Email:StartTime': '2026-03-10T13:00:00.000Z' })
    expect(await eventsOf(server, address)).toMatchObject([
      { subject: 'Prüfung', uid: '3C5D7E9F1A2B4C6DC1258DAF002BE0C1-Lotus_Notes_Generated' },
    ])
  })
})

describe('a calendar that somebody broke', () => {
  const around = (text: string, type = 'text/calendar; method=REQUEST; charset=utf-8') =>
    ['From: mallory@evil.test', 'To: alice@example.test', 'Subject: x', 'MIME-Version: 1.0', `Content-Type: ${type}`, '', text, ''].join(
      '\r\n',
    )
  const event = (...lines: string[]) => calendar({ lines })

  const victim = 'victim@example.test'
  let phones: Phone[]
  beforeAll(async () => {
    await server.account(victim)
    phones = await Promise.all((['12.1', '16.1'] as const).map((version) => server.phone(victim, { version })))
  })

  /** Whether phones of all ages are told of the mail, as mail at least. */
  async function told(source: string): Promise<PhoneItem[]> {
    const subject = `Broken ${++lives}`
    const mail = source.replaceAll('alice@example.test', victim).replace('Subject: x', `Subject: ${subject}`)
    expect(await server.deliver(victim, mail)).toBe('delivered')
    return Promise.all(
      phones.map(async (phone) => {
        await phone.syncAll('Inbox')
        return phone.mail('Inbox', subject)
      }),
    )
  }

  test.each<[string, string]>([
    ['nothing', ''],
    ['no calendar', 'Hello'],
    ['a calendar without an end', 'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:x'],
    ['a calendar without an event', 'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR'],
    ['bytes of all kinds', '\0\u0001\u0002ÿþ BEGIN:VCALENDAR \0'],
    ['an event that never begins', calendar({ start: null, end: null })],
    ['an event that begins on no day', calendar({ start: 'DTSTART:20261399T999999Z' })],
    ['an event that begins before it was invented', calendar({ start: 'DTSTART:00000101T000000Z', end: null })],
    ['an event that ends before it begins', calendar({ end: 'DTEND:20200101T000000Z' })],
    ['a series by the second', event('RRULE:FREQ=SECONDLY')],
    ['a rule that is none', event('RRULE:FREQ=FORTNIGHTLY;INTERVAL=-7;COUNT=banana')],
    ['a rule of great numbers', event('RRULE:FREQ=DAILY;INTERVAL=999999999999;COUNT=999999999999')],
    ['many rules', event(...Array.from({ length: 300 }, (_, index) => `RRULE:FREQ=DAILY;INTERVAL=${index}`))],
    ['an occurrence of nothing', event('RECURRENCE-ID:nonsense')],
    ['a sequence beyond numbers', event('SEQUENCE:99999999999999999999999')],
    ['a zone that is none', calendar({ start: 'DTSTART;TZID=Nowhere/Land:20260303T090000' })],
    ['a name of a megabyte', calendar({ uid: 'x'.repeat(1_000_000) })],
    ['ten thousand attendees', calendar({ attendees: Array.from({ length: 10_000 }, (_, index) => `person${index}@example.test`) })],
    [
      'ten thousand events',
      calendar({ components: Array.from({ length: 10_000 }, () => ['BEGIN:VEVENT', 'UID:x', 'DTSTART:20260303T090000Z', 'END:VEVENT']) }),
    ],
    ['thousands of dates that are taken out', event('RRULE:FREQ=DAILY', ...Array.from({ length: 5000 }, () => 'EXDATE:20270101T090000Z'))],
    ['a second series that is taken out', event('RRULE:FREQ=DAILY', 'EXRULE:FREQ=DAILY;INTERVAL=2')],
    ['a line of parameters', event(`X-A${';P="x"'.repeat(100_000)}:b`)],
    ['a text of megabytes', event(`DESCRIPTION:${'x'.repeat(4_000_000)}`)],
    ['components in components', `BEGIN:VCALENDAR\r\n${'BEGIN:VEVENT\r\n'.repeat(400)}`],
    ['a line without an end', `BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:${'x'.repeat(100_000)}`],
    ['a NUL in its name', calendar({ uid: 'a\0b', summary: 'x\0y' })],
    [
      'addresses that are none',
      calendar({ organizer: '<>;;"\r\n x', attendees: ['ATTENDEE:', 'ATTENDEE;CN="unclosed:mailto:x', 'ATTENDEE:urn:uuid:1'] }),
    ],
  ])('with %s costs nobody his mail', async (_, text) => {
    for (const item of await told(around(text))) expect(item.properties.get('Email:MessageClass')).toMatch(/^IPM\./)
  })

  test.each(['utf-16', 'no-such-charset', 'us-ascii'])('in the charset %s that it says is read if it can be', async (charset) => {
    const items = await told(around(calendar(), `text/calendar; method=REQUEST; charset=${charset}`))
    expect(items.map(classOf)).toEqual(Array(2).fill(charset === 'utf-16' ? 'IPM.Note' : 'IPM.Schedule.Meeting.Request'))
  })

  test('of TNEF is a file', async () => {
    const items = await told(around('x', 'application/ms-tnef; name=winmail.dat'))
    expect(items.map(classOf)).toEqual(['IPM.Note', 'IPM.Note'])
  })
})
