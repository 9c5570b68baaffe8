// Ping through the door: what wakes a phone, what does not, and what is remembered of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeviceId, FolderId, ServerId } from '../../../src/model/id.ts'
import { folderType } from '../../../src/model/folder.ts'
import type { Phone } from '../../support/phone.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { el, textAt } from '../../support/wire.ts'

let server: TestServer
let number = 0

beforeAll(async () => {
  server = await startTestServer({ accounts: [] })
})

afterAll(() => server.close())

async function life(version = '14.1', deviceType = 'iPhone'): Promise<{ address: string; phone: Phone }> {
  const address = `ping${++number}@example.test`
  await server.account(address)
  const phone = await server.phone(address, { version, deviceType })
  await phone.syncAll('Inbox')
  return { address, phone }
}

const parked = (phone: Phone) => server.parked(phone.options.address, phone.options.deviceId)

/** Pings and lets the time pass. */
async function quietPing(phone: Phone, names: readonly string[] | null = ['Inbox'], heartbeat = 480): Promise<number> {
  const asked = phone.ping(names, heartbeat)
  await Promise.race([asked, parked(phone)])
  await server.clock.advance(heartbeat + 1)
  return (await asked).status
}

describe('a change wakes the phone', () => {
  it('mail that arrives answers a parked Ping with the folder', async () => {
    const { address, phone } = await life()
    const asked = phone.ping(['Inbox'])
    await parked(phone)
    await server.deliver(address)
    await server.clock.advance(0.1)
    expect(await asked).toMatchObject({ status: 2, folders: ['Inbox'] })
  })

  it('mail that came while nobody pinged answers at once, until it is synced', async () => {
    const { address, phone } = await life()
    await server.deliver(address)
    expect((await phone.ping(['Inbox'])).status).toBe(2)
    await phone.syncAll('Inbox')
    expect(await quietPing(phone)).toBe(1)
  })

  it('a folder that was empty at its first Sync wakes the phone all the same', async () => {
    const { address, phone } = await life()
    const asked = phone.ping(['Inbox'])
    await parked(phone)
    await server.deliver(address)
    await server.clock.advance(0.1)
    expect((await asked).status).toBe(2)
  })

  it('a prime whose reply was lost does not make a Ping deaf for the state that is in use', async () => {
    const { address, phone } = await life()
    const { key, items } = phone.collection('Inbox')
    phone.collections.set(phone.folder('Inbox').id, { key: '0', items: new Map() })
    await phone.post('Sync', el('AirSync:Sync', [el('AirSync:Collections', [phone.collectionNode('Inbox')])]))
    phone.collections.set(phone.folder('Inbox').id, { key, items })
    await server.deliver(address)
    expect((await phone.ping(['Inbox'])).status).toBe(2)
    await phone.syncAll('Inbox')
    expect(await quietPing(phone)).toBe(1)
  })

  it('what the phone did itself does not wake it', async () => {
    const { address, phone } = await life()
    await server.deliver(address)
    await phone.syncAll('Inbox')
    await phone.mark('Inbox', phone.items('Inbox')[0]?.id ?? '', true)
    expect(await quietPing(phone)).toBe(1)
  })

  it('what merely left the window does not wake it', async () => {
    const { address, phone } = await life()
    await server.deliver(address)
    await phone.syncAll('Inbox', { filter: 1 })
    await server.clock.advance(3 * 86_400)
    expect(await quietPing(phone)).toBe(1)
  })

  it('another folder’s mail does not wake a phone that did not ask for it', async () => {
    const { address, phone } = await life()
    await phone.syncAll('Archive')
    const mailbox = await server.mailbox(address)
    const asked = phone.ping(['Archive'])
    await parked(phone)
    await server.deliver(address)
    await server.clock.advance(60)
    expect(server.running.parking.isParked((await server.accountOf(address)).id, phone.options.deviceId as DeviceId)).toBe(true)
    const inbox = await mailbox.defaultFolder(folderType.inbox)
    const [first] = (await mailbox.items(inbox.id, 'Email').newestFirst(null, null, 1)).changes
    await mailbox.move(first?.id as ServerId, phone.folder('Archive').id as FolderId)
    await server.clock.advance(0.1)
    expect(await asked).toMatchObject({ status: 2, folders: ['Archive'] })
  })

  it('a new folder ends the wait with 7', async () => {
    const { address, phone } = await life()
    const asked = phone.ping(['Inbox'])
    await parked(phone)
    const mailbox = await server.mailbox(address)
    await mailbox.createFolder('0' as FolderId, 'Projects', folderType.userMail, null)
    await server.clock.advance(0.1)
    expect((await asked).status).toBe(7)
    await phone.folderSync()
    expect(await quietPing(phone)).toBe(1)
  })

  it('after a block, a new password or a disabled account the phone is sent to find out', async () => {
    const { address, phone } = await life()
    const asked = phone.ping(['Inbox'])
    await parked(phone)
    server.running.parking.evict((await server.accountOf(address)).id, null)
    expect((await asked).status).toBe(7)
  })
})

it('a phone that was blocked between the verdict and the parking is not left waiting', async () => {
  const { address, phone } = await life()
  const account = await server.accountOf(address)
  const asked = phone.ping(['Inbox'])
  await server.store.devices.change(account.id, phone.options.deviceId as DeviceId, {
    access: 'blocked',
    accessBasis: { kind: 'individual', by: 'admin', at: 0 },
  })
  server.running.parking.evict(account.id, null)
  // Refused by the verdict, sent on by the parked request, or evicted from it: never left for eight minutes.
  expect([7, 129]).toContain((await asked).status)
})

describe('parameters', () => {
  it('interval and folders are sent once, then each may be left out, and a Ping without a body repeats both', async () => {
    const { phone } = await life()
    expect(await quietPing(phone, ['Inbox'], 300)).toBe(1)
    expect(await quietPing(phone, null, 300)).toBe(1)
    const only = phone.post('Ping', el('Ping:Ping', [el('Ping:HeartbeatInterval', 120)]))
    await parked(phone)
    await server.clock.advance(121)
    expect(textAt((await only).node, 'Status')).toBe('1')
  })

  it('a Ping of a device of which nothing is remembered is answered with 3', async () => {
    const { phone } = await life()
    expect((await phone.ping(null)).status).toBe(3)
    expect(textAt((await phone.post('Ping', el('Ping:Ping', [el('Ping:HeartbeatInterval', 120)]))).node, 'Status')).toBe('3')
  })

  it('an interval out of range is answered with 5 and the nearest bound', async () => {
    const { phone } = await life()
    const bound = async (heartbeat: number) => textAt((await phone.ping(['Inbox'], heartbeat)).reply.node, 'HeartbeatInterval')
    expect([await bound(10), await bound(3600)]).toEqual(['60', '3540'])
  })

  it('too many folders are answered with 6 and the limit', async () => {
    const { phone } = await life()
    const folders = Array.from({ length: 301 }, (_, index) => el('Ping:Folder', [el('Ping:Id', `x${index}`), el('Ping:Class', 'Email')]))
    const { node } = await phone.post('Ping', el('Ping:Ping', [el('Ping:HeartbeatInterval', 120), el('Ping:Folders', folders)]))
    expect([textAt(node, 'Status'), textAt(node, 'MaxFolders')]).toEqual(['6', '300'])
  })

  it('a body that is no Ping is answered with 4', async () => {
    const { phone } = await life()
    expect(textAt((await phone.post('Ping', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', '0')]))).node, 'Status')).toBe(
      '4',
    )
  })

  it('folders that were never synced, and folders that do not exist, are ignored: answering for them would loop', async () => {
    const { address, phone } = await life()
    await server.deliver(address)
    await phone.syncAll('Inbox')
    const folder = (id: string) => el('Ping:Folder', [el('Ping:Id', id), el('Ping:Class', 'Email')])
    const asked = phone.post(
      'Ping',
      el('Ping:Ping', [el('Ping:HeartbeatInterval', 120), el('Ping:Folders', [folder('zz'), folder(phone.folder('Archive').id)])]),
    )
    await parked(phone)
    await server.clock.advance(121)
    expect(textAt((await asked).node, 'Status')).toBe('1')
  })

  it('AOSP sends no policy key with Ping, and is not sent to Provision for it', async () => {
    const { phone } = await life('12.1', 'Android')
    expect(await quietPing(phone)).toBe(1)
  })
})

describe('one Ping per device', () => {
  it('a newer Ping takes the place of the older one, which is answered at once', async () => {
    const { phone } = await life()
    const older = phone.ping(['Inbox'], 900)
    await parked(phone)
    const newer = phone.ping(['Inbox'], 480)
    expect((await older).status).toBe(1)
    await server.clock.advance(481)
    expect((await newer).status).toBe(1)
    expect(server.running.parked()).toBe(0)
  })

  it('two phones of one account wait side by side, and one delivery wakes both', async () => {
    const { address, phone } = await life()
    const other = await server.phone(address, { version: '16.1' })
    await other.syncAll('Inbox')
    const both = [phone.ping(['Inbox']), other.ping(['Inbox'])]
    await parked(phone)
    await parked(other)
    await server.deliver(address)
    await server.clock.advance(0.1)
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([2, 2])
  })

  it('a phone that hung up is forgotten', async () => {
    const { phone } = await life()
    const hangUp = new AbortController()
    const asked = phone.ping(['Inbox'], 900, hangUp.signal).catch(() => 'gone')
    await parked(phone)
    hangUp.abort()
    expect(await asked).toBe('gone')
    while (server.running.parked() > 0) await new Promise((resolve) => setImmediate(resolve))
  })

  it('connections that die three times at one age teach a shorter heartbeat', async () => {
    const { phone } = await life()
    for (let times = 0; times < 3; times++) {
      const hangUp = new AbortController()
      const asked = phone.ping(['Inbox'], 900, hangUp.signal).catch(() => null)
      await parked(phone)
      await server.clock.advance(300)
      hangUp.abort()
      await asked
      while (server.running.parked() > 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const { status, reply } = await phone.ping(['Inbox'], 900)
    expect([status, textAt(reply.node, 'HeartbeatInterval')]).toEqual([5, '285'])
    expect(await quietPing(phone, ['Inbox'], 285)).toBe(1)
  })

  it('a stopping server answers what is parked', async () => {
    const own = await startTestServer({ accounts: ['stop@example.test'] })
    const phone = await own.phone('stop@example.test', { version: '14.1' })
    await phone.syncAll('Inbox')
    const asked = phone.ping(['Inbox'], 900)
    await own.parked('stop@example.test', phone.options.deviceId)
    const closing = own.running.close()
    expect((await asked).status).toBe(1)
    await closing
    await own.close()
  })
})
