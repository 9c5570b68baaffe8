// A week in the life of a phone of every version: it makes, moves, repeats, excepts, invites and hears answers, while replies get lost; two
// other devices of its owner, and the phone of somebody else, see the same.
import { afterEach, describe, expect, it } from 'vitest'
import { recordOf } from '../src/model/item.ts'
import { invitation } from './support/invitation.ts'
import { eventsOf } from './support/meetings.ts'
import type { Phone, PhoneItem } from './support/phone.ts'
import { allVersions, anHour, properties, property, zoneText } from './support/phone-events.ts'
import { dice } from './support/random.ts'
import { startTestServer, type TestServer } from './support/server.ts'
import { el, textAt, type Node } from './support/wire.ts'

const alice = 'alice@example.test'
const bob = 'bob@example.test'
const day = 86_400
const loss = 0.25

/** Mail between accounts works in its own time: whoever waits for it looks again. */
async function until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error(`it never came about that ${what}`)
}

function named(phone: Phone, folder: string, element: string, value: string): PhoneItem {
  const found = phone.items(folder).find((item) => item.properties.get(element) === value)
  if (found === undefined) throw new Error(`no ${value} in ${folder}`)
  return found
}

/** What the phone holds of an item, with some of it put in anew: older phones send the whole. */
function whole(item: PhoneItem, changes: readonly Node[]): Node[] {
  const names = new Set([...changes.map((node) => node.name), 'AirSyncBase:NativeBodyType', 'AirSyncBase:Body'])
  return [...[...item.nodes.values()].filter((node) => !names.has(node.name)), ...changes]
}

class Week {
  readonly #server: TestServer
  readonly phone: Phone
  readonly others: readonly Phone[]
  readonly bobs: Phone

  constructor(server: TestServer, phone: Phone, others: readonly Phone[], bobs: Phone) {
    this.#server = server
    this.phone = phone
    this.others = others
    this.bobs = bobs
  }

  get isNew(): boolean {
    return Number(this.phone.version) >= 16
  }

  /** Changes an event as the phone's version does. */
  async #change(subject: string, changes: readonly Node[]): Promise<void> {
    const item = named(this.phone, 'Calendar', 'Calendar:Subject', subject)
    const nodes = this.isNew ? changes : whole(item, changes)
    expect((await this.phone.change('Calendar', item.id, nodes, { whole: !this.isNew })).status).toBe(1)
  }

  async monday(): Promise<void> {
    const { phone } = this
    expect((await phone.add('Calendar', anHour(phone.version, { Subject: 'Dentist' }))).status).toBe(1)
    const contact = [el('Contacts:FirstName', 'Ann'), el('Contacts:LastName', 'Able'), el('Contacts:FileAs', 'Able, Ann')]
    expect((await phone.add('Contacts', contact)).status).toBe(1)
    const task = [el('Tasks:Subject', 'Rent'), el('Tasks:Importance', '1'), el('Tasks:Complete', '0'), el('Tasks:ReminderSet', '0')]
    expect((await phone.add('Tasks', task)).status).toBe(1)
  }

  async tuesday(): Promise<void> {
    const { phone } = this
    await this.#change('Dentist', properties({ StartTime: '20260305T140000Z', EndTime: '20260305T150000Z' }))
    const ann = named(phone, 'Contacts', 'Contacts:FirstName', 'Ann')
    await phone.change('Contacts', ann.id, whole(ann, [el('Contacts:MobilePhoneNumber', '+420 1')]), { whole: true })
    // Another device writes to the same card at the same time.
    const [tablet] = this.others
    if (tablet === undefined) throw new Error('Alice has two other devices')
    await tablet.syncAll('Contacts')
    const seen = named(tablet, 'Contacts', 'Contacts:FirstName', 'Ann')
    await tablet.change('Contacts', seen.id, whole(seen, [el('Contacts:JobTitle', 'Baker')]), { whole: true })
  }

  /** A series, one occurrence of which is moved and another one dropped. */
  async wednesday(): Promise<void> {
    const { phone } = this
    const rule = el('Calendar:Recurrence', [
      el('Calendar:Type', '1'),
      el('Calendar:Interval', '1'),
      ...(this.isNew ? [] : [el('Calendar:Occurrences', '6')]),
      el('Calendar:DayOfWeek', '8'),
      ...(this.isNew ? [el('Calendar:Occurrences', '6')] : []),
    ])
    const hour = { StartTime: '20260304T080000Z', EndTime: '20260304T090000Z' }
    const added = await phone.add('Calendar', [...anHour(phone.version, { Subject: 'Choir', ...hour }), rule])
    expect(added.status).toBe(1)
    const moved = properties({ StartTime: '20260311T100000Z', EndTime: '20260311T110000Z' })
    if (this.isNew) {
      const id = added.id ?? ''
      expect((await phone.change('Calendar', id, moved, { instance: '20260311T080000Z' })).status).toBe(1)
      expect((await phone.delete('Calendar', id, { instance: '20260318T080000Z' })).status).toBe(1)
      return
    }
    const exceptions = el('Calendar:Exceptions', [
      el('Calendar:Exception', [...moved, el('Calendar:ExceptionStartTime', '20260311T080000Z')]),
      el('Calendar:Exception', [el('Calendar:Deleted', '1'), el('Calendar:ExceptionStartTime', '20260318T080000Z')]),
    ])
    await this.#change('Choir', [exceptions])
  }

  /** Bob is invited: below 16.0 the phone mails that itself. */
  async thursday(): Promise<void> {
    const { phone } = this
    const guest = el('Calendar:Attendees', [
      el('Calendar:Attendee', [
        el('Calendar:Email', bob),
        el('Calendar:Name', 'Bob'),
        ...(Number(phone.version) >= 12 ? [el('Calendar:AttendeeType', '1')] : []),
      ]),
    ])
    const times = { StartTime: '20260313T090000Z', EndTime: '20260313T100000Z', Subject: 'Plans', MeetingStatus: 1 }
    const own = this.isNew ? {} : { UID: 'plans@example.test', OrganizerEmail: alice, OrganizerName: 'Alice' }
    expect((await phone.add('Calendar', [...anHour(phone.version, { ...times, ...own }), guest])).status).toBe(1)
    await this.#mailed('REQUEST', 0, '20260313T090000Z', '20260313T100000Z')
    const invited = await this.#bobHas('Plans')
    expect(property(invited, 'MeetingStatus')).toBe('3')
  }

  /** What a phone of an older version mails about its meeting; a newer one leaves that to the server. */
  async #mailed(method: string, sequence: number, start: string, end: string): Promise<void> {
    if (this.isNew) return
    const stamp = `${new Date(this.#server.clock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
    const letter = invitation({
      method,
      sequence,
      stamp,
      uid: 'plans@example.test',
      summary: 'Plans',
      organizer: alice,
      attendees: [bob],
      start: `DTSTART:${start}`,
      end: `DTEND:${end}`,
      from: alice,
      to: bob,
      subject: method === 'CANCEL' ? 'Canceled: Plans' : 'Plans',
    })
    const { phone } = this
    // A phone whose answer was lost sends again under its ClientId; what is told here is the calendar's story.
    phone.losing(0)
    expect((await phone.sendMail(letter)).status).toBe(200)
    phone.losing(loss)
  }

  #bobHas(subject: string, isRight: (item: PhoneItem) => boolean = () => true): Promise<PhoneItem> {
    return until(`Bob sees ${subject}`, async () => {
      await this.bobs.syncAll('Calendar')
      return this.bobs.items('Calendar').find((item) => property(item, 'Subject')?.includes(subject) === true && isRight(item))
    })
  }

  /** Bob accepts, and Alice hears of it on each of her devices. */
  async friday(): Promise<void> {
    const { bobs, phone } = this
    const letter = await until('Bob has mail', async () => {
      await bobs.syncAll('Inbox')
      return bobs.items('Inbox').find((item) => item.nodes.has('Email:MeetingRequest'))
    })
    const reply = await bobs.post(
      'MeetingResponse',
      el('MeetingResponse:MeetingResponse', [
        el('MeetingResponse:Request', [
          el('MeetingResponse:UserResponse', 1),
          el('MeetingResponse:CollectionId', bobs.folder('Inbox').id),
          el('MeetingResponse:RequestId', letter.id),
          el('MeetingResponse:SendResponse'),
        ]),
      ]),
    )
    expect(textAt(reply.node, 'Result/Status')).toBe('1')
    for (const device of [phone, ...this.others]) {
      const status = await until(`${device.version} is told of the answer`, async () => {
        await device.syncAll('Calendar')
        const item = device.items('Calendar').find((one) => property(one, 'Subject') === 'Plans')
        const attendee = item?.nodes.get('Calendar:Attendees')?.children[0] ?? null
        return textAt(attendee, 'AttendeeStatus') === '3' ? '3' : null
      })
      expect(status).toBe('3')
    }
  }

  /** Alice moves the meeting. */
  async saturday(): Promise<void> {
    const later = { StartTime: '20260313T130000Z', EndTime: '20260313T140000Z' }
    await this.#change('Plans', properties({ Timezone: zoneText('Europe/Berlin'), ...later }))
    await this.#mailed('REQUEST', 1, later.StartTime, later.EndTime)
    await this.#bobHas('Plans', (item) => property(item, 'StartTime') === later.StartTime)
  }

  /** She calls it off, and it is gone from her devices. */
  async sunday(): Promise<void> {
    const { phone } = this
    await phone.syncAll('Calendar')
    const item = named(phone, 'Calendar', 'Calendar:Subject', 'Plans')
    expect((await phone.delete('Calendar', item.id, {})).status).toBe(1)
    await this.#mailed('CANCEL', 2, '20260313T130000Z', '20260313T140000Z')
    await this.#bobHas('Plans', (one) => (Number(property(one, 'MeetingStatus')) & 4) !== 0)
  }

  /** What each device holds is what one that is new would be given. */
  async agree(): Promise<void> {
    for (const device of [this.phone, ...this.others, this.bobs]) {
      device.losing(0)
      const fresh = await this.#server.phone(device.options.address, { version: device.version })
      for (const [folder, elements] of Object.entries(compared)) {
        await device.syncAll(folder)
        await fresh.syncAll(folder)
        const [held, given] = [device, fresh].map((one) =>
          Object.fromEntries(one.items(folder).map((item) => [item.id, elements.map((name) => item.properties.get(name) ?? '')])),
        )
        expect(held, `${device.options.address} ${device.version} ${folder}`).toEqual(given)
      }
      expect(device.resets).toBe(0)
    }
  }
}

const compared: Readonly<Record<string, readonly string[]>> = {
  Calendar: ['Calendar:Subject', 'Calendar:StartTime', 'Calendar:EndTime', 'Calendar:MeetingStatus'],
  Contacts: ['Contacts:FirstName', 'Contacts:LastName', 'Contacts:MobilePhoneNumber', 'Contacts:JobTitle'],
  Tasks: ['Tasks:Subject', 'Tasks:Complete'],
}

describe('a week in the life of a phone', () => {
  let server: TestServer
  afterEach(() => server.close())

  it.each(allVersions)('%s', { timeout: 120_000 }, async (version) => {
    server = await startTestServer({ accounts: [alice, bob] })
    const { clock } = server
    const pause = () => clock.advance(5)
    const random = dice(Number(version) * 10).next
    const phone = await server.phone(alice, { version, random, pause })
    phone.losing(loss)
    const others = [
      await server.phone(alice, { version: '14.1', random, pause }),
      await server.phone(alice, { version: '16.1', random, pause }),
    ]
    const bobs = await server.phone(bob, { version: '16.1' })
    const week = new Week(server, phone, others, bobs)
    for (const today of [week.monday, week.tuesday, week.wednesday, week.thursday, week.friday, week.saturday, week.sunday]) {
      await today.call(week)
      await clock.advance(day)
    }
    await week.agree()

    // The truth behind what phones were shown.
    const subjects = (await eventsOf(server, alice)).map(({ subject }) => subject)
    expect(subjects).toEqual(['Choir', 'Dentist'])
    const [choir] = await eventsOf(server, alice)
    expect(choir?.exceptions.map(({ original, deleted }) => [new Date(original).toISOString(), deleted])).toEqual([
      ['2026-03-11T08:00:00.000Z', false],
      ['2026-03-18T08:00:00.000Z', true],
    ])
    const mailbox = await server.mailbox(alice)
    const { changes } = await mailbox.items((await mailbox.defaultFolder(9)).id, 'Contacts').newestFirst(null, null, 10)
    const [ann] = (await mailbox.read(changes.map(({ id }) => id))).values()
    expect(recordOf(ann, 'Contacts')).toMatchObject({ jobTitle: 'Baker', phones: { mobile: '+420 1' } })
  })
})
