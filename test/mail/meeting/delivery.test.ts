// How mail about meetings is delivered: with its calendar or without, but always delivered.
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDelivery, type MeetingCustom } from '../../../src/mail/delivery.ts'
import type { ZoneId } from '../../../src/model/zone.ts'
import { StoreFailure } from '../../../src/store/failure.ts'
import type { Store } from '../../../src/store/store.ts'
import { invitation } from '../../support/invitation.ts'
import { eventOf, eventsOf, updatesOf } from '../../support/meetings.ts'
import { TestServer } from '../../support/server.ts'
import { silent } from '../town.ts'

const alice = 'alice@example.test'
const custom: MeetingCustom = { tentative: true, zoneOf: () => 'Europe/Berlin' as ZoneId }
const options = { returnPath: 'bob@example.test', identity: null, received: null }
let server: TestServer
beforeEach(async () => {
  server = await TestServer.start({ accounts: [alice], environment: { EASEL_LMTP_PORT: '0' } })
})
afterEach(() => server.close())

/** Delivers with these customs, into this store. */
async function deliver(source: string, meetings: MeetingCustom | null, store: Store = server.store, identity: string | null = null) {
  const delivery = createDelivery({ store, clock: server.clock, log: silent, meetings })
  return (await delivery.deliver(Buffer.from(source), [alice], { ...options, identity })).get(alice)
}

/** A store that cannot write events. */
function withoutCalendars(thrown: Error): Store {
  return Object.create(server.store, {
    accounts: { value: server.store.accounts },
    unit: {
      value: (work: Parameters<Store['unit']>[0]) =>
        server.store.unit((unit) =>
          work(
            Object.create(unit, {
              mailbox: {
                value: async (account: never) => {
                  const mailbox = await unit.mailbox(account)
                  const create: typeof mailbox.create = (folder, draft, identity) =>
                    draft.class === 'Calendar' ? Promise.reject(thrown) : mailbox.create(folder, draft, identity)
                  return new Proxy(mailbox, {
                    get: (target, name) => {
                      if (name === 'create') return create
                      const value: unknown = Reflect.get(target, name)
                      return typeof value === 'function' ? value.bind(target) : value
                    },
                  })
                },
              },
            }),
          ),
        ),
    },
  })
}

/** Hands a message in as a mail server does. */
async function handIn(source: string): Promise<string> {
  const socket = connect(server.running.ports.lmtp ?? 0, '127.0.0.1')
  try {
    await heard(socket)
    for (const line of ['LHLO mx.example.test', 'MAIL FROM:<bob@example.test>', `RCPT TO:<${alice}>`, 'DATA']) {
      socket.write(`${line}\r\n`)
      await heard(socket)
    }
    socket.write(`${source}\r\n.\r\n`)
    return await heard(socket)
  } finally {
    socket.destroy()
  }
}

function heard(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const take = (chunk: Buffer) => {
      text += chunk.toString()
      if (!/^\d{3} .*\r\n$/m.test(text)) return
      socket.off('data', take)
      resolve(text)
    }
    socket.on('data', take)
  })
}

describe('mail about a meeting', () => {
  test('that comes in by LMTP stands in the calendar when its receipt is told', async () => {
    expect(await handIn(invitation())).toMatch(/^250/)
    expect(await eventOf(server)).toMatchObject({ subject: 'Tea', responseType: 5 })
  })

  test('leaves the calendar alone until it is answered, where the administrator wants it so, and updates what is there', async () => {
    const quiet = { ...custom, tentative: false }
    await deliver(invitation(), quiet)
    expect(await eventsOf(server)).toEqual([])
    await deliver(invitation(), custom)
    await deliver(invitation({ sequence: 1, stamp: '20260302T090000Z', summary: 'High tea' }), quiet)
    expect((await eventOf(server)).subject).toBe('High tea')
  })

  test('leaves it alone where the settings say so', async () => {
    await server.close()
    server = await TestServer.start({ accounts: [alice], environment: { EASEL_LMTP_PORT: '0', EASEL_TENTATIVE_MEETINGS: '0' } })
    expect(await handIn(invitation())).toMatch(/^250/)
    expect(await updatesOf(server)).toEqual([undefined])
    expect(await eventsOf(server)).toEqual([])
  })

  test('of a message that was delivered before has its effect once', async () => {
    await deliver(invitation({ method: 'REQUEST' }), custom, server.store, 'one')
    const mailbox = await server.mailbox(alice)
    const [id] = await mailbox.withUid('Calendar', 'tea@example.test')
    await mailbox.remove(id!, 'forever')
    expect(await deliver(invitation(), custom, server.store, 'one')).toBe('delivered')
    expect(await eventsOf(server)).toEqual([])
    expect(await updatesOf(server)).toEqual(['initial'])
  })

  test('is delivered where the calendar has no room, or cannot be written', async () => {
    for (const thrown of [new StoreFailure('full'), new Error('a defect')]) {
      expect(await deliver(invitation(), custom, withoutCalendars(thrown))).toBe('delivered')
    }
    expect(await eventsOf(server)).toEqual([])
    expect(await updatesOf(server)).toEqual([undefined, undefined])
  })

  test('is taken later where the store is out of reach for a while: with its calendar', async () => {
    const mail = invitation()
    expect(await deliver(mail, custom, withoutCalendars(new StoreFailure('unavailable')), 'one')).toBe('later')
    expect(await updatesOf(server)).toEqual([])
    expect(await deliver(mail, custom, server.store, 'one')).toBe('delivered')
    expect(await eventOf(server)).toMatchObject({ subject: 'Tea' })
  })

  test('without a calendar to keep is mail', async () => {
    expect(await deliver(invitation(), null)).toBe('delivered')
    expect(await eventsOf(server)).toEqual([])
  })
})
