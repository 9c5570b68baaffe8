// The production server as a process of its own, with accounts and mail in it before it listens.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { hashPassword } from '../src/auth/password.ts'
import { loadConfig } from '../src/config.ts'
import { emptyContact } from '../src/format/contact.ts'
import { systemClock } from '../src/model/clock.ts'
import type { Contact } from '../src/model/contact.ts'
import type { CalendarEvent } from '../src/model/event.ts'
import { folderType } from '../src/model/folder.ts'
import type { PlainDay } from '../src/model/zone.ts'
import { emailDraft } from '../src/mail/draft.ts'
import { startServer } from '../src/server.ts'
import { openStore } from '../src/store/sql/open.ts'
import { recordDraft } from '../src/store/record.ts'
import { storeName } from '../src/admin/backup.ts'
import { message } from '../test/support/message.ts'
import { anAttendee, anEvent, aRecurrence } from '../test/support/records.ts'

const data = process.env['EASEL_DATA'] ?? 'bench-data'
const accounts = Number(process.env['BENCH_ACCOUNTS'] ?? 1)
const messages = Number(process.env['BENCH_MESSAGES'] ?? 0)
const contacts = Number(process.env['BENCH_CONTACTS'] ?? 0)
const events = Number(process.env['BENCH_EVENTS'] ?? 0)
const series = Number(process.env['BENCH_SERIES'] ?? 0)
const photoBytes = Number(process.env['BENCH_PHOTO_BYTES'] ?? 10_000)
const messageBytes = Number(process.env['BENCH_MESSAGE_BYTES'] ?? 600)

/** Fills the store in bulk: what arrives is not what is measured here. */
async function seed(): Promise<void> {
  mkdirSync(data, { recursive: true })
  const store = await openStore({ database: { kind: 'sqlite', path: join(data, storeName) }, clock: systemClock })
  const passwordHash = await hashPassword('bench')
  for (let number = 0; number < accounts; number++) {
    await store.accounts.create({ addresses: [`user${number}@example.test`], displayName: `User ${number}`, passwordHash })
  }
  const account = await store.accounts.byAddress('user0@example.test')
  if (account === null) throw new Error('the account that was just made is not there')
  const now = systemClock.now()
  const line = 'The quick brown fox jumps over the lazy dog, and the dog does not mind at all.\r\n'
  const text = line.repeat(Math.max(1, Math.floor((messageBytes - 500) / line.length)))
  for (let from = 0; from < messages; from += 200) {
    await store.unit(async (unit) => {
      const mailbox = await unit.mailbox(account.id)
      const inbox = await mailbox.defaultFolder(folderType.inbox)
      for (let number = from; number < Math.min(messages, from + 200); number++) {
        const received = now - number * 60_000
        const source = Buffer.from(message({ subject: `Message ${number}`, text, date: received }))
        await mailbox.create(inbox.id, emailDraft(source, { received, read: true, draft: false, receivedAsBcc: false }), null)
      }
    })
  }
  for (let from = 0; from < contacts; from += 200) {
    await store.unit(async (unit) => {
      const mailbox = await unit.mailbox(account.id)
      const folder = await mailbox.defaultFolder(folderType.contacts)
      for (let number = from; number < Math.min(contacts, from + 200); number++) {
        const photo = Buffer.alloc(photoBytes, `photo ${number}`)
        await mailbox.create(folder.id, recordDraft({ class: 'Contacts', record: person(number) }, photo), null)
      }
    })
  }
  for (let from = 0; from < events; from += 200) {
    await store.unit(async (unit) => {
      const mailbox = await unit.mailbox(account.id)
      const folder = await mailbox.defaultFolder(folderType.calendar)
      for (let number = from; number < Math.min(events, from + 200); number++) {
        await mailbox.create(folder.id, recordDraft({ class: 'Calendar', record: appointment(number, now) }), null)
      }
    })
  }
  await store.close()
}

/** An hour of some day within years, with a guest; the first ones come again every week and have two exceptions each. */
function appointment(number: number, now: number): CalendarEvent {
  const hour = 3_600_000
  const start = Math.floor(now / hour) * hour - number * 6 * hour
  const week = 7 * 24 * hour
  const event = anEvent({
    uid: `event-${number}`,
    subject: `Event ${number}`,
    start,
    end: start + hour,
    organizer: { name: 'User 0', address: 'user0@example.test' },
    attendees: [anAttendee()],
    meetingStatus: 1,
    text: { type: 1, text: 'Bring the papers of last time, and read them before.' },
  })
  if (number >= series) return event
  const exceptions = [
    { original: start + week, deleted: true, changes: {} },
    {
      original: start + 2 * week,
      deleted: false,
      changes: { subject: 'Moved', allDay: false, start: start + 3 * hour, end: start + 4 * hour },
    },
  ]
  return { ...event, exceptions, recurrence: aRecurrence({ type: 1, daysOfWeek: 1 << new Date(start).getUTCDay(), occurrences: 100 }) }
}

/** Somebody with what address books hold of most people. */
function person(number: number): Contact {
  const unknown = emptyContact(`contact-${number}`)
  return {
    ...unknown,
    firstName: `First ${number}`,
    lastName: `Last ${number}`,
    companyName: 'Company',
    jobTitle: 'Keeper of the seals',
    emails: [`person${number}@example.test`, `home${number}@example.test`, ''],
    phones: { ...unknown.phones, mobile: `+49 170 ${number}`, business: `+49 30 ${number}` },
    business: { street: '1 Street', city: 'City', state: '', postalCode: '12345', country: 'Country' },
    birthday: '1980-02-29' as PlainDay,
    categories: ['Friends'],
    text: { type: 1, text: 'Met in 2019, and again later.' },
    picture: { start: 0, end: photoBytes },
  }
}

await seed()
const config = loadConfig({ file: null, environment: { ...process.env, EASEL_DEMO: '0' }, directory: process.cwd() })
const server = await startServer(config, { log: pino({ level: 'warn' }), machine: ['localhost', '127.0.0.1'] })
console.log(JSON.stringify({ ready: true, https: server.ports.https, lmtp: server.ports.lmtp, ca: server.authority?.certificate ?? null }))
process.on('SIGTERM', () => void server.close().then(() => process.exit(0)))
