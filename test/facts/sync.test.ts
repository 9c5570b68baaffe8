// Sync, rule by rule, where single commands' own tests leave a row open.
import { describe, expect, it } from 'vitest'
import { folderType } from '../../src/model/folder.ts'
import type { DeviceId } from '../../src/model/id.ts'
import { propose } from '../../src/sync/round.ts'
import { newestLedger, prime } from '../../src/sync/collection.ts'
import { defaultOptions } from '../../src/model/collection.ts'
import { message } from '../support/message.ts'
import type { Phone } from '../support/phone.ts'
import { openShelf, shortDraft } from '../support/shelf.ts'
import { all, el, one, textAt, walk, type Node } from '../support/wire.ts'
import { collectionOf, Lives, syncOf } from './lives.ts'

const day = 86_400_000
const deleteOf = (id: string) => el('AirSync:Delete', [el('AirSync:ServerId', id)])
const idsIn = (collection: Node | null, kind = 'Add') => all(collection, `Commands/${kind}`).map((node) => textAt(node, 'ServerId'))

const lives = new Lives()

/** A Sync of the inbox by this phone's key, of which the phone takes no notice. */
async function unheard(phone: Phone, ...more: Node[]): Promise<Node | null> {
  const { node } = await phone.post('Sync', syncOf([collectionOf(phone.collection('Inbox').key, phone.folder('Inbox').id, ...more)]))
  return one(node, 'Collections/Collection')
}

/** Messages without any content of note, received at these times. */
async function fill(address: string, received: readonly number[]): Promise<void> {
  const account = await lives.server.accountOf(address)
  await lives.server.store.unit(async (unit) => {
    const mailbox = await unit.mailbox(account.id)
    const inbox = await mailbox.defaultFolder(folderType.inbox)
    for (const [index, at] of received.entries()) await mailbox.create(inbox.id, shortDraft(`Message ${index}`, at), null)
  })
}

describe('keys', () => {
  it('the previous key is answered again with the same result, and either answer can be gone on from', async () => {
    const { phone } = await lives.life({ mail: 3 })
    await phone.sync('Archive')
    const primed = await phone.post('Sync', syncOf([collectionOf('0', phone.folder('Inbox').id)]))
    phone.collection('Inbox').key = textAt(primed.node, 'Collections/Collection/SyncKey') ?? ''
    const first = await unheard(phone)
    const second = await unheard(phone)
    expect(one(second, 'Commands')).toEqual(one(first, 'Commands'))
    expect(idsIn(first)).toHaveLength(3)
    phone.collection('Inbox').key = textAt(first, 'SyncKey') ?? ''
    expect(await unheard(phone)).toBeNull()
  })

  it('GetChanges left out or empty asks for changes, and 0 does not', async () => {
    const { address, phone } = await lives.life()
    await phone.syncAll('Inbox')
    await lives.server.deliver(address)
    expect(await unheard(phone, el('AirSync:GetChanges', '0'))).toBeNull()
    expect(idsIn(await unheard(phone, el('AirSync:GetChanges')))).toHaveLength(1)
    expect(idsIn(await unheard(phone))).toHaveLength(1)
  })

  it('two Syncs of one folder at the same time are both answered, and the phone ends up with everything once', async () => {
    const { phone } = await lives.life({ mail: 4 })
    await phone.sync('Inbox', { window: 1 })
    const both = await Promise.all([unheard(phone), unheard(phone)])
    for (const answer of both) expect(idsIn(answer)).toHaveLength(3)
    await phone.syncAll('Inbox')
    expect(phone.items('Inbox')).toHaveLength(4)
  })

  it('ids and keys stay below 64 characters', async () => {
    const { phone } = await lives.life({ mail: 2 })
    const { reply } = await phone.sync('Inbox')
    const texts = [...walk(reply.node as Node)]
      .filter(({ name }) => /:(SyncKey|CollectionId|ServerId)$/.test(name))
      .map(({ value }) => String(value))
    expect(texts.length).toBeGreaterThan(3)
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThanOrEqual(64)
  })
})

describe('windows', () => {
  it('a WindowSize of 0, and one above 512, is 512', async () => {
    const address = await lives.account()
    await fill(
      address,
      Array.from({ length: 515 }, () => lives.server.clock.now()),
    )
    for (const window of [0, 513, 100_000]) {
      const phone = await lives.server.phone(address, { version: '14.1' })
      const { added, more } = await phone.sync('Inbox', { window, body: [{ type: 1, truncation: 0 }] })
      expect([window, added.length, more]).toEqual([window, 512, true])
    }
  })

  it('a narrower FilterType takes mail off the phone with SoftDelete, and a wider one brings it back', async () => {
    const address = await lives.account()
    const now = lives.server.clock.now()
    await fill(address, [now, now - 5 * day, now - 20 * day])
    const phone = await lives.server.phone(address, { version: '14.1' })
    await phone.syncAll('Inbox', { filter: 5 })
    const narrowed = await phone.sync('Inbox', { filter: 2 })
    expect([narrowed.softDeleted.length, narrowed.deleted.length]).toEqual([2, 0])
    await phone.syncAll('Inbox', { filter: 4 })
    expect(phone.items('Inbox')).toHaveLength(2)
  })

  it('a Sync that has looked for long enough answers with what it has, and says that more waits', async () => {
    const shelf = await openShelf()
    try {
      await shelf.store.unit(async (unit) => {
        const mailbox = await unit.mailbox(shelf.account.id)
        for (let number = 0; number < 600; number++) await mailbox.create(shelf.inbox, shortDraft(`Message ${number}`, 0), null)
      })
      const state = await shelf.state()
      await prime(state, shelf.inbox, defaultOptions, null, 0)
      const [record] = await state.generations(shelf.inbox)
      if (record === undefined) throw new Error('the collection was primed')
      // Each look at the clock costs this store five seconds.
      let now = 0
      const clock = { now: () => (now += 5000), after: () => Promise.resolve() }
      const subject = {
        feed: shelf.mailbox.items(shelf.inbox, 'Email'),
        ledger: newestLedger(state, record),
        position: record.position,
        cut: null,
        modseq: () => shelf.mailbox.modseq(),
        clock,
      }
      const budget = { items: 600, bytes: 1e9, itemBytesMax: 1000 }
      const hurried = await propose(subject, { ...budget, deadline: 1 })
      expect(hurried.told.length).toBeGreaterThan(0)
      expect(hurried.told.length).toBeLessThan(600)
      expect(hurried.more).toBe(true)
      expect((await propose(subject, { ...budget, deadline: Number.POSITIVE_INFINITY })).told).toHaveLength(600)
    } finally {
      await shelf.close()
    }
  })

  it('a heartbeat over the Outbox waits like any other, as Android asks it', async () => {
    const { address, phone } = await lives.life()
    for (const name of ['Inbox', 'Outbox']) await phone.syncAll(name)
    const body = syncOf([phone.collectionNode('Inbox'), phone.collectionNode('Outbox')], el('AirSync:HeartbeatInterval', 600))
    const asked = phone.post('Sync', body)
    await lives.server.parked(address, phone.options.deviceId)
    await lives.server.deliver(address)
    await lives.server.clock.advance(0.1)
    expect(phone.takeSync('Inbox', await asked).added).toHaveLength(1)
  })
})

describe('commands of the client', () => {
  it('200 are served', async () => {
    const { phone } = await lives.life()
    await phone.syncAll('Inbox')
    const fetches = Array.from({ length: 200 }, (_, index) => el('AirSync:Fetch', [el('AirSync:ServerId', `1:${index}`)]))
    const { status, collection } = await phone.sync('Inbox', { commands: fetches })
    expect([status, all(collection, 'Responses/Fetch').length]).toEqual([1, 200])
  })

  it('a Delete with an empty DeletesAsMoves goes to Deleted Items', async () => {
    const { phone } = await lives.life({ mail: 1 })
    await phone.syncAll('Inbox')
    const [item] = phone.items('Inbox')
    const commands = el('AirSync:Commands', [deleteOf(item?.id ?? '')])
    const answer = await unheard(phone, el('AirSync:DeletesAsMoves'), commands)
    expect(textAt(answer, 'Status')).toBe('1')
    await phone.syncAll('Deleted Items')
    expect(phone.items('Deleted Items')).toHaveLength(1)
  })

  it('a Change with an empty ServerId, as BlackBerry sends it, harms nothing', async () => {
    const { phone } = await lives.life({ mail: 1 })
    await phone.syncAll('Inbox')
    const empty = el('AirSync:Change', [el('AirSync:ServerId'), el('AirSync:ApplicationData', [el('Email:Read', '1')])])
    expect((await phone.sync('Inbox', { commands: [empty] })).status).toBe(1)
  })
})

describe('bodies', () => {
  it('MIMETruncation cuts at the sizes of its table: 0 everything, 8 nothing', async () => {
    const { address, phone } = await lives.life()
    const source = message({ text: 'x'.repeat(120_000) })
    await lives.server.deliver(address, source)
    const sizes: (number | undefined)[] = []
    for (let step = 0; step <= 8; step++) {
      const primed = await phone.post('Sync', syncOf([collectionOf('0', phone.folder('Inbox').id)]))
      phone.collection('Inbox').key = textAt(primed.node, 'Collections/Collection/SyncKey') ?? ''
      const preference = el('AirSyncBase:BodyPreference', [el('AirSyncBase:Type', 4)])
      const answer = await unheard(
        phone,
        el('AirSync:Options', [el('AirSync:MIMESupport', 2), el('AirSync:MIMETruncation', step), preference]),
      )
      const body = one(answer, 'Commands/Add/ApplicationData/AirSyncBase:Body')
      expect(textAt(body, 'Truncated')).toBe(step === 8 ? null : '1')
      expect(Number(textAt(body, 'EstimatedDataSize'))).toBeGreaterThan(120_000)
      sizes.push(textAt(body, 'Data')?.length)
    }
    expect(sizes.slice(0, 8)).toEqual([undefined, 4096, 5120, 7168, 10_240, 20_480, 51_200, 102_400])
    expect(sizes[8]).toBeGreaterThan(120_000)
  })
})

describe('a phone that cannot take an answer', () => {
  it('gets item by item when it asks again and again, and a placeholder for the one it stumbles over', async () => {
    const { address, phone } = await lives.life({ mail: 3 })
    await phone.sync('Archive')
    const primed = await phone.post('Sync', syncOf([collectionOf('0', phone.folder('Inbox').id)]))
    phone.collection('Inbox').key = textAt(primed.node, 'Collections/Collection/SyncKey') ?? ''
    const bodyOf = (answer: Node | null) => textAt(answer, 'Commands/Add/ApplicationData/AirSyncBase:Body/Data') ?? ''
    let answer = await unheard(phone)
    expect(idsIn(answer)).toHaveLength(3)
    let asked = 1
    for (; idsIn(answer).length > 1 && asked < 10; asked++) answer = await unheard(phone)
    expect([idsIn(answer).length, one(answer, 'MoreAvailable') !== null]).toEqual([1, true])
    expect(bodyOf(answer)).toMatch(/^Text of message/)
    for (; !bodyOf(answer).includes('cannot be shown') && asked < 20; asked++) answer = await unheard(phone)
    expect(bodyOf(answer)).toContain('cannot be shown')
    const [aside] = idsIn(answer)
    const state = await lives.server.store.syncState((await lives.server.accountOf(address)).id, phone.options.deviceId as DeviceId)
    expect((await state.poison()).map((one) => one.id)).toEqual([aside])
    // The phone took that one: the others come as ever.
    phone.collection('Inbox').key = textAt(answer, 'SyncKey') ?? ''
    const rest = await phone.sync('Inbox')
    expect([rest.added.length, rest.more]).toEqual([2, false])
  })
})
