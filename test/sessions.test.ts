// Recorded sessions of real clients, replayed in full: every line gets the answer its client needs.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CalendarEvent } from '../src/model/event.ts'
import type { DeviceId } from '../src/model/id.ts'
import type { ProtocolVersion } from '../src/model/version.ts'
import { act } from './support/admin.ts'
import { message } from './support/message.ts'
import type { Phone } from './support/phone.ts'
import { Captures, commandOf, complaints, deviceOf, exchanges, placeholders, prepare, type Exchange } from './support/replay.ts'
import { aContact, anAttendee, anEvent, aRecurrence, aTask, put } from './support/records.ts'
import { password, startTestServer, type TestServer } from './support/server.ts'

const folder = join(import.meta.dirname, '..', 'fixtures', 'sessions')
const alice = 'alice@example.test'

/** What each session finds on the server (the index of the recordings says so). */
interface Setting {
  /** A policy is required of the device. */
  readonly policy?: boolean
  readonly maxVersion?: ProtocolVersion
  /** Messages in the inbox. */
  readonly mail?: number
  readonly attachment?: boolean
  /** Mail that arrives before this exchange. */
  readonly arrives?: number
  /** An administrator has asked for a wipe of this device. */
  readonly wiped?: string
  readonly event?: CalendarEvent
  readonly contact?: boolean
  readonly task?: boolean
}

/** Alice is asked to come every Wednesday, for years. */
const standingMeeting = anEvent({
  start: Date.parse('2013-02-06T22:00:00Z'),
  end: Date.parse('2013-02-06T23:00:00Z'),
  organizer: { name: 'Bob', address: 'bob@example.test' },
  attendees: [anAttendee({ name: 'Alice', address: alice })],
  recurrence: aRecurrence({ type: 1, daysOfWeek: 8 }),
  meetingStatus: 3,
  responseType: 5,
  responseRequested: true,
})

const settings: Readonly<Record<string, Setting>> = {
  'o01-ios4-firstrun-mail-121': { mail: 2 },
  'o02-ios6-firstrun-provision-141': { policy: true, mail: 1, event: anEvent(), contact: true },
  'o03-ios61-meetingresponse-instance-141': { event: standingMeeting },
  'o04-ios11-firstrun-161': { policy: true, mail: 1 },
  'o05-ios12-steady-mail-141': { mail: 2, arrives: 5 },
  'o06-ios17-calendar-create-161': {},
  'o07-ios12-send-reply-forward-141': { mail: 1 },
  'o08-ios7-contacts-reminders-141': { task: true },
  'o09-android-aosp-firstrun-121': { policy: true, mail: 1, attachment: true, contact: true },
  'o10-android-aosp-calendar-send-141': { policy: true, mail: 1 },
  'o11-samsung-settings-tasks-141': { mail: 1 },
  'o12-outlook2013-firstrun-140': { mail: 1 },
  'o13-windows10-mail-base64-140': { policy: true, maxVersion: '14.0', mail: 1 },
  'o14-wp81-firstrun-base64-141': {},
  'o15-blackberry10-provision-140': { policy: true, mail: 1 },
  'o16-nine-calendar-base64-141': {},
  'o17-ios5-remote-wipe-141': { policy: true, wiped: 'Appl88TESTWA4S' },
  'o18-ios16-provision-140-find': { policy: true, maxVersion: '14.0' },
}

function environmentOf({ policy }: Setting): Record<string, string> {
  return policy === true ? { EASEL_POLICY_PASSCODE: 'true', EASEL_POLICY_ALLOW_NON_PROVISIONABLE: 'false' } : { EASEL_POLICY: 'false' }
}

async function furnish(server: TestServer, setting: Setting): Promise<void> {
  await server.account(alice, setting.maxVersion === undefined ? {} : { maxVersion: setting.maxVersion })
  await server.account('bob@example.test')
  if (setting.wiped !== undefined) await orderWipe(server, setting.wiped)
  await furnishRecords(server, setting)
  const attachments = setting.attachment === true ? [{ name: 'menu.pdf', type: 'application/pdf', content: '%PDF-1.4 a menu' }] : []
  for (let count = setting.mail ?? 0; count > 0; count--) {
    await server.deliver(alice, message({ subject: `Recorded ${count}`, html: `<p>Text of ${count}</p>`, attachments }))
  }
}

async function furnishRecords(server: TestServer, { event, contact, task }: Setting): Promise<void> {
  const mailbox = await server.store.mailbox((await server.accountOf(alice)).id)
  if (event !== undefined) await put(mailbox, 'Calendar', event)
  if (contact === true) await put(mailbox, 'Contacts', aContact())
  if (task === true) await put(mailbox, 'Tasks', aTask())
}

async function orderWipe(server: TestServer, device: string): Promise<void> {
  const { id } = await server.accountOf(alice)
  const sighting = { type: 'iPhone', userAgent: null, version: '14.1', address: null, at: server.clock.now() } as const
  await server.store.devices.enrol(id, device as DeviceId, sighting)
  await act(server.running.admin, 'device.wipe', { device, scope: 'device', confirm: device })
}

/** A folder of a class that is not built stays hidden; a Ping may name it all the same. The names are unknown again afterwards. */
async function sendPing(server: TestServer, phone: Phone, exchange: Exchange, captures: Captures): Promise<string[]> {
  const hidden = captures.missing(placeholders(exchange)).filter((name) => name.startsWith('collectionId:'))
  for (const name of hidden) captures.values.set(name, 'zz')
  const found = await send(server, phone, exchange, captures)
  for (const name of hidden) captures.values.delete(name)
  return found
}

/** Sends one exchange. A request that parks is let wait until its time is over. */
async function send(server: TestServer, phone: Phone, exchange: Exchange, captures: Captures): Promise<string[]> {
  const { path, body, headers } = prepare(exchange, captures)
  const { method } = exchange.request
  let isAnswered = false
  const answer = phone.send(method, path, body, headers).finally(() => (isAnswered = true))
  const device = deviceOf(exchange)
  if (commandOf(exchange) === 'Ping' && device !== null) {
    await Promise.race([answer, server.parked(alice, device)])
    if (!isAnswered) await server.clock.advance(3600)
  }
  const reply = await answer
  const found = complaints(exchange.expect, reply)
  if (found.length === 0 && exchange.expect !== 'any') captures.take(reply, exchange.expect.capture ?? {})
  return found
}

describe('a recorded session gets the answers its client needs', () => {
  it('every recording that is kept has its setting', () => {
    expect(Object.keys(settings).map((name) => `${name}.jsonl`)).toEqual(readdirSync(folder).sort())
  })

  for (const [name, setting] of Object.entries(settings)) {
    it(name, async () => {
      const server = await startTestServer({ accounts: [], environment: environmentOf(setting) })
      try {
        await furnish(server, setting)
        const captures = new Captures()
        captures.values.set('basic:alice', Buffer.from(`${alice}:${password}`).toString('base64'))
        captures.values.set('policyKey', '0')
        // Not every recording begins with a phone that is new.
        if (setting.wiped !== undefined) captures.values.set('syncKey:folders', '0')
        const phone = server.bare(alice)
        for (const exchange of exchanges(join(folder, `${name}.jsonl`))) {
          if (exchange.n === setting.arrives) await server.deliver(alice, message({ subject: 'Just arrived' }))
          const isPing = commandOf(exchange) === 'Ping'
          const found = await (isPing ? sendPing : send)(server, phone, exchange, captures)
          expect(found, `exchange ${exchange.n}: ${exchange.note}`).toEqual([])
        }
        const wipes = await act(server.running.admin, 'wipe.list', {})
        expect(wipes.map(({ device, state }) => [device, state])).toEqual(
          setting.wiped === undefined ? [] : [[setting.wiped, 'acknowledged']],
        )
      } finally {
        await server.close()
      }
    })
  }
})
