// Free and busy, asked by phones: of people and groups, by their calendars, and only for those who may know.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CalendarEvent } from '../../../src/model/event.ts'
import { folderType } from '../../../src/model/folder.ts'
import type { ZoneId } from '../../../src/model/zone.ts'
import { recordDraft } from '../../../src/store/record.ts'
import { resolveRecipients } from '../../../src/protocol/commands/resolve-recipients.ts'
import { bookFile, type BookFile } from '../../support/address-book.ts'
import { openDesk } from '../../support/call.ts'
import { invitation } from '../../support/invitation.ts'
import { Caller } from '../../support/caller.ts'
import type { Phone } from '../../support/phone.ts'
import { addEvent, compact, properties, zoneText } from '../../support/phone-events.ts'
import { anEvent, aRecurrence, put } from '../../support/records.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { all, el, textAt, type Node } from '../../support/wire.ts'

const [alice, bob, carol, eve] = ['alice@example.test', 'bob@example.test', 'carol@example.test', 'eve@other.test']
let book: BookFile
let server: TestServer
let phone: Phone

beforeEach(() => begin())
afterEach(async () => {
  await server.close()
  book.remove()
})

async function begin(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  book = bookFile([
    { name: 'Team', kind: 'group', address: 'team@example.test', members: [bob, carol] },
    { name: 'Strangers', kind: 'group', address: 'strangers@example.test', members: ['zoe@else.test'] },
    { name: 'Mixed', kind: 'group', address: 'mixed@example.test', members: ['zoe@else.test', bob] },
    { name: 'Zoe', address: 'zoe@else.test' },
  ])
  server = await startTestServer({
    accounts: [alice, bob, carol, eve],
    environment: { EASEL_DIRECTORY_FILE: book.path, EASEL_TIME_ZONE: 'Europe/Berlin', ...environment },
  })
  phone = await server.phone(alice, { version: '16.1' })
}

async function restart(environment: Readonly<Record<string, string>>): Promise<void> {
  await server.close()
  book.remove()
  await begin(environment)
}

const at = (time: string) => Date.parse(`2026-03-03T${time}Z`)

const part = (name: string, content?: Parameters<typeof el>[1]) => el(`ResolveRecipients:${name}`, content)

function question(recipients: readonly string[], from = '09:00:00', to = '12:00:00'): Node {
  const span = [part('StartTime', `2026-03-03T${from}.000Z`), part('EndTime', `2026-03-03T${to}.000Z`)]
  const named = recipients.map((recipient) => part('To', recipient))
  return part('ResolveRecipients', [...named, part('Options', [part('Availability', span)])])
}

/** What is told of each recipient from 09:00 to 12:00 UTC: the digits, or the Status that says why there are none. */
async function told(recipients: readonly string[], asker = phone, from = '09:00:00', to = '12:00:00') {
  const { node } = await asker.post('ResolveRecipients', question(recipients, from, to))
  return all(node, 'Response/Recipient/Availability').map((each) => textAt(each, 'MergedFreeBusy') ?? textAt(each, 'Status'))
}

async function event(address: string, changes: Partial<CalendarEvent> = {}): Promise<void> {
  await put(await server.mailbox(address), 'Calendar', anEvent({ start: at('10:00:00'), end: at('10:45:00'), ...changes }))
}

describe('of a person', () => {
  test.each(['14.0', '14.1', '16.0', '16.1'])('half hours are told at %s, and nothing else of his calendar', async (version) => {
    await event(bob, { subject: 'Divorce', sensitivity: 2 })
    const asker = await server.phone(alice, { version })
    expect(await told([bob, alice], asker)).toEqual(['002200', '000000'])
  })

  test('what his phone puts into it is told', async () => {
    const old = await server.phone(bob, { version: '14.1' })
    const late = await server.phone(carol, { version: '16.1' })
    const timed = { StartTime: compact(at('10:00:00')), EndTime: compact(at('10:30:00')), Subject: 'Tea', BusyStatus: 3, UID: '1' }
    const { status } = await addEvent(old, properties({ Timezone: zoneText('Europe/Berlin'), DtStamp: compact(at('08:00:00')), ...timed }))
    const whole = { AllDayEvent: 1, StartTime: '20260303T000000Z', EndTime: '20260304T000000Z', Subject: 'Away', BusyStatus: 1 }
    const added = await addEvent(late, properties(whole))
    expect([status, added.status]).toEqual([1, 1])
    expect(await told([bob, carol])).toEqual(['003000', '111111'])
  })

  test('an invitation keeps its time tentatively, until it is cancelled', async () => {
    await server.deliver(carol, invitation({ attendees: [carol] }))
    expect(await told([carol], phone, '08:30:00', '10:30:00')).toEqual(['0110'])
    await server.deliver(carol, invitation({ attendees: [carol], method: 'CANCEL', sequence: 1 }))
    expect(await told([carol], phone, '08:30:00', '10:30:00')).toEqual(['0000'])
  })

  test('one series counts wherever it takes place, as its exceptions have it', async () => {
    await event(bob, {
      start: at('10:00:00') - 30 * 86_400_000,
      end: at('10:30:00') - 30 * 86_400_000,
      zone: 'Etc/UTC' as ZoneId,
      recurrence: aRecurrence(),
    })
    await event(carol, {
      start: at('10:00:00') - 30 * 86_400_000,
      end: at('10:30:00') - 30 * 86_400_000,
      zone: 'Etc/UTC' as ZoneId,
      recurrence: aRecurrence(),
      exceptions: [{ original: at('10:00:00'), deleted: false, changes: { start: at('11:00:00'), end: at('11:30:00'), allDay: false } }],
    })
    expect(await told([bob, carol])).toEqual(['002000', '000020'])
  })

  test('an all-day event takes his day, wherever he is', async () => {
    const day = { allDay: true, start: at('00:00:00'), end: at('00:00:00') + 86_400_000 }
    await event(bob, day)
    await event(carol, day)
    const { id } = await server.accountOf(carol)
    await server.store.accounts.change(id, { timeZone: 'America/Chicago' as ZoneId })
    expect(await told([bob, carol], phone, '04:00:00', '08:00:00')).toEqual(['22222222', '00002222'])
    expect(await told([bob, carol], phone, '22:00:00', '23:59:59')).toEqual(['2200', '2222'])
  })

  test('calendars beside his own do not count, nor what lies in Deleted Items', async () => {
    const mailbox = await server.mailbox(bob)
    const club = await mailbox.createFolder('0' as never, 'Club', folderType.userCalendar, null)
    const deleted = await mailbox.defaultFolder(folderType.deletedItems)
    const content = { class: 'Calendar', record: anEvent({ start: at('10:00:00'), end: at('11:00:00') }) } as const
    for (const folder of [club.id, deleted.id]) await mailbox.create(folder, recordDraft(content), null)
    expect(await told([bob])).toEqual(['000000'])
  })

  test('his absence and the hours he does not work are out of office', async () => {
    const { id } = await server.accountOf(bob)
    await server.store.accounts.change(id, { workingHours: { days: [2], start: 11 * 60, end: 18 * 60 } })
    await event(bob)
    // Berlin is an hour ahead.
    expect(await told([bob])).toEqual(['332200'])
    const away = await server.phone(bob, { version: '14.1' })
    const value = (name: string, content: string) => el(`Settings:${name}`, content)
    const times = [value('StartTime', '2026-03-03T11:30:00.000Z'), value('EndTime', '2026-03-05T00:00:00.000Z')]
    await away.post('Settings', el('Settings:Settings', [el('Settings:Oof', [el('Settings:Set', [value('OofState', '2'), ...times])])]))
    expect(await told([bob])).toEqual(['332203'])
    // Away until further notice says nothing of next month.
    await away.post('Settings', el('Settings:Settings', [el('Settings:Oof', [el('Settings:Set', [value('OofState', '1')])])]))
    expect(await told([bob])).toEqual(['332200'])
  })

  test('who has no account here, or a shut one, is 163', async () => {
    const { id } = await server.accountOf(carol)
    expect(await told(['zoe@else.test', carol])).toEqual(['163', '000000'])
    await server.store.accounts.change(id, { disabled: true })
    expect(await told(['team@example.test'])).toEqual(['000000'])
  })
})

describe('of a group', () => {
  test('the times of its members are merged, and the highest digit wins', async () => {
    await event(bob, { start: at('09:00:00'), end: at('10:30:00'), busyStatus: 1 })
    await event(carol, { busyStatus: 3, end: at('11:10:00') })
    expect(await told(['team@example.test', 'team'])).toEqual(['113330', '113330'])
  })

  test('those count of whom something is known, and where that is nobody it is 163', async () => {
    await event(bob)
    expect(await told(['mixed@example.test', 'strangers@example.test'])).toEqual(['002200', '163'])
  })
})

describe('who may know', () => {
  test.each([
    ['everybody', ['002200', '000000', '002200']],
    ['domain', ['002200', '163', '002200']],
    ['nobody', ['163', '163', '002200']],
  ])('is set by the administrator: %s', async (rule, expected) => {
    await restart({ EASEL_FREE_BUSY: rule })
    await event(bob)
    await event(alice)
    expect(await told([bob, eve, alice])).toEqual(expected)
  })

  test('is nobody of another domain where domains are kept apart', async () => {
    await restart({ EASEL_DIRECTORY_SEPARATE: '1' })
    await event(bob)
    const stranger = await server.phone(eve, { version: '16.1' })
    expect([await told([bob]), await told([bob], stranger)]).toEqual([['002200'], []])
  })
})

test('whoever could not be asked in time is 162, to be asked for again', async () => {
  const desk = await openDesk()
  try {
    for (const name of ['bob', 'carol', 'dave']) {
      await desk.store.accounts.create({ addresses: [`${name}@example.test`], displayName: name, passwordHash: null })
    }
    let now = desk.clock.now()
    // Every look at the clock takes six seconds.
    const clock = { now: () => (now += 6000), after: () => Promise.resolve() }
    const caller = new Caller({ ...desk, house: { ...desk.house, clock } }, { version: '14.1' })
    const { node } = await caller.send(resolveRecipients, question(['alice', 'bob', 'carol', 'dave'].map((name) => `${name}@example.test`)))
    const answers = all(node, 'Response/Recipient/Availability').map((each) => textAt(each, 'MergedFreeBusy') ?? textAt(each, 'Status'))
    expect(answers).toEqual(['000000', '000000', '000000', '162'])
  } finally {
    await desk.close()
  }
})

test('a calendar that takes too long to read is 162, and keeps nobody waiting', async () => {
  const desk = await openDesk()
  try {
    const bob_ = await desk.store.accounts.create({ addresses: [bob], displayName: 'Bob', passwordHash: null })
    const mailbox = await desk.store.mailbox(bob_.id)
    for (let hour = 0; hour < 30; hour++)
      await put(mailbox, 'Calendar', anEvent({ uid: `${hour}`, start: at('10:00:00'), end: at('10:45:00') }))
    let now = desk.clock.now()
    // Every look at the clock takes a second.
    const clock = { now: () => (now += 1000), after: () => Promise.resolve() }
    const caller = new Caller({ ...desk, house: { ...desk.house, clock } }, { version: '14.1' })
    const { node } = await caller.send(resolveRecipients, question([bob]))
    expect(textAt(node, 'Response/Recipient/Availability/Status')).toBe('162')
  } finally {
    await desk.close()
  }
})

test('of more than a hundred people in one request it is 160 for those that come last', async () => {
  const many = Array.from({ length: 60 }, () => 'team@example.test')
  expect([...Map.groupBy(await told(many), (each) => each)].map(([each, all]) => [each, all.length])).toEqual([
    ['000000', 50],
    ['160', 10],
  ])
})
