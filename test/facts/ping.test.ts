// Ping, where its own tests leave a row open: the shape of the answer, the truth it shares with Sync, loops, and many phones at once.
import { describe, expect, it } from 'vitest'
import type { Phone } from '../support/phone.ts'
import { all, el, textAt } from '../support/wire.ts'
import { Lives } from './lives.ts'

const lives = new Lives()

const pingOf = (...children: ReturnType<typeof el>[]) => el('Ping:Ping', children)
const interval = (seconds: number) => el('Ping:HeartbeatInterval', seconds)
const folder = (id: string) => el('Ping:Folder', [el('Ping:Id', id), el('Ping:Class', 'Email')])

/** A phone with an inbox it has synced. */
async function synced(options = {}): Promise<{ address: string; phone: Phone }> {
  const life = await lives.life(options)
  await life.phone.syncAll('Inbox')
  return life
}

describe('the answer', () => {
  it('names a folder by its bare id, though the request names it with Id and Class', async () => {
    const { address, phone } = await synced()
    await lives.server.deliver(address)
    const { node } = await phone.post('Ping', pingOf(interval(480), el('Ping:Folders', [folder(phone.folder('Inbox').id)])))
    expect(all(node, 'Folders/Folder').map(({ value, children }) => [value, children.length])).toEqual([[phone.folder('Inbox').id, 0]])
  })

  it('has folders with 2, bounds with 5 and 6, and nothing but the Status with the others', async () => {
    const { address, phone } = await synced()
    const shape = async (asked: Promise<{ node: ReturnType<typeof el> | null }>) =>
      (await asked).node?.children.map((child) => child.name.split(':')[1])
    const many = Array.from({ length: 301 }, (_, index) => folder(`x${index}`))
    expect(await shape(phone.post('Ping', null))).toEqual(['Status'])
    expect(await shape(phone.post('Ping', Buffer.from('nonsense')))).toEqual(['Status'])
    expect(await shape(phone.post('Ping', pingOf(interval(1), el('Ping:Folders', many.slice(0, 1)))))).toEqual([
      'Status',
      'HeartbeatInterval',
    ])
    expect(await shape(phone.post('Ping', pingOf(interval(480), el('Ping:Folders', many))))).toEqual(['Status', 'MaxFolders'])
    await lives.server.deliver(address)
    expect(await shape(phone.post('Ping', pingOf(interval(480), el('Ping:Folders', [folder(phone.folder('Inbox').id)]))))).toEqual([
      'Status',
      'Folders',
    ])
  })

  it('to an empty Folders element is that of the folders it named before', async () => {
    const { address, phone } = await synced()
    await lives.server.deliver(address)
    expect(await phone.ping(['Inbox'])).toMatchObject({ status: 2 })
    const { node } = await phone.post('Ping', pingOf(interval(480), el('Ping:Folders')))
    expect([textAt(node, 'Status'), textAt(node, 'Folders/Folder')]).toEqual(['2', phone.folder('Inbox').id])
  })

  it('is called for by nothing the next Sync has not got: new, changed, removed and moved mail', async () => {
    const { address, phone } = await synced({ mail: 4 })
    const mailbox = await lives.server.mailbox(address)
    const ids = phone.items('Inbox').map((item) => item.id as never)
    const events = [
      () => lives.server.deliver(address),
      () => mailbox.change(ids[0] as never, { class: 'Email', state: { read: true } }, null),
      () => mailbox.remove(ids[1] as never, 'trash'),
      () => mailbox.move(ids[2] as never, phone.folder('Archive').id as never),
    ]
    for (const happen of events) {
      const asked = phone.ping(['Inbox'])
      await lives.server.parked(address, phone.options.deviceId)
      await happen()
      await lives.server.clock.advance(0.1)
      expect((await asked).status).toBe(2)
      const { added, changed, deleted } = await phone.sync('Inbox')
      expect(added.length + changed.length + deleted.length).toBe(1)
    }
  })

  it('is called for by nothing that changes nothing', async () => {
    const { address, phone } = await synced({ mail: 1 })
    const mailbox = await lives.server.mailbox(address)
    const [item] = phone.items('Inbox')
    await mailbox.change(item?.id as never, { class: 'Email', state: { read: false } }, null)
    const asked = phone.ping(['Inbox'], 120)
    await lives.pass(phone, 121, asked)
    expect((await asked).status).toBe(1)
  })
})

describe('a phone that pings in circles', () => {
  /** Whether a request is answered only after ten seconds. */
  async function held(asking: () => Promise<unknown>): Promise<boolean> {
    const { clock } = lives.server
    let isAnswered = false
    const asked = asking().then(() => (isAnswered = true))
    const until = clock.now() + 10_000
    const others = clock.timersAt(until)
    const isHeld = () => clock.timersAt(until) > others
    while (!isAnswered && !isHeld()) await new Promise((resolve) => setImmediate(resolve))
    const found = !isAnswered
    await clock.advance(10)
    await asked
    return found
  }

  it('after errors, as Android does, is held back', async () => {
    const { phone } = await synced()
    for (let times = 0; times < 10; times++) expect((await phone.ping(null)).status).toBe(3)
    expect(await held(() => phone.ping(null))).toBe(true)
    expect(await held(() => phone.post('Ping', Buffer.from('nonsense')))).toBe(true)
    await lives.server.clock.advance(60)
    expect((await phone.ping(null)).status).toBe(3)
  })

  it('over mail that it never fetches is held back', async () => {
    const { address, phone } = await synced()
    await lives.server.deliver(address)
    for (let times = 0; times < 10; times++) expect((await phone.ping(['Inbox'])).status).toBe(2)
    expect(await held(() => phone.ping(['Inbox']))).toBe(true)
  })

  it('is not one that waits for its mail and fetches it: each of thirty messages is pushed at once', async () => {
    const { address, phone } = await synced()
    for (let number = 0; number < 30; number++) {
      const asked = phone.ping(['Inbox'])
      await lives.server.parked(address, phone.options.deviceId)
      await lives.server.deliver(address)
      await lives.server.clock.advance(0.1)
      expect((await asked).status).toBe(2)
      expect((await phone.sync('Inbox')).added).toHaveLength(1)
    }
  })
})

describe('many phones that wait', () => {
  it('keep nobody from being served, and each is told of its own mail only', async () => {
    const phones: Awaited<ReturnType<typeof synced>>[] = []
    while (phones.length < 40) phones.push(await synced())
    const asked = phones.map(({ phone }) => phone.ping(['Inbox'], 900))
    for (const { address, phone } of phones) await lives.server.parked(address, phone.options.deviceId)
    expect(lives.server.running.parked()).toBe(40)
    const newcomer = await lives.life({ mail: 1 })
    expect((await newcomer.phone.sync('Inbox')).added).toHaveLength(1)
    await lives.server.deliver(phones[7]?.address ?? '')
    await lives.server.clock.advance(0.1)
    expect((await asked[7])?.status).toBe(2)
    expect(lives.server.running.parked()).toBe(39)
    await lives.server.clock.advance(901)
    expect(new Set((await Promise.all(asked.filter((_, index) => index !== 7))).map(({ status }) => status))).toEqual(new Set([1]))
  })
})
