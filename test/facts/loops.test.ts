// Phones that run in circles are braked, each for its cause, and phones in order never are.
import { describe, expect, it } from 'vitest'
import type { Phone, Reply } from '../support/phone.ts'
import { message } from '../support/message.ts'
import { el, textAt } from '../support/wire.ts'
import { collectionOf, Lives, syncOf } from './lives.ts'

const lives = new Lives()

interface Answered {
  readonly reply: Reply
  readonly held: boolean
}

/** Asks once; an answer that is held back for ten seconds is waited for. */
async function ask(asking: () => Promise<Reply>): Promise<Answered> {
  const { clock } = lives.server
  const until = clock.now() + 10_000
  const others = clock.timersAt(until)
  let isAnswered = false
  const asked = asking().finally(() => (isAnswered = true))
  while (!isAnswered && clock.timersAt(until) <= others) await new Promise((resolve) => setImmediate(resolve))
  const held = !isAnswered
  if (held) await clock.advance(10)
  return { reply: await asked, held }
}

/** What became of so many requests, each sent as soon as the one before was answered: free, held back, or sent away. */
async function hammer(times: number, asking: () => Promise<Reply>): Promise<string> {
  let course = ''
  for (let asked = 0; asked < times; asked++) {
    const { reply, held } = await ask(asking)
    course += reply.status === 503 ? 'x' : held ? '-' : '.'
    if (reply.status === 503) expect(Number(reply.headers['retry-after'])).toBeGreaterThanOrEqual(30)
  }
  return course
}

const alarmsOf = async (address: string) => {
  const { id } = await lives.server.accountOf(address)
  return lives.server.running.admin.alarms.list().filter(({ account }) => account === id)
}

const folderSync = (phone: Phone, key: string) =>
  phone.post('FolderSync', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', key)]))

/** A phone with an inbox it has synced. */
async function synced(mail = 0): Promise<{ address: string; phone: Phone; inbox: string }> {
  const life = await lives.life({ mail })
  await life.phone.syncAll('Inbox')
  return { ...life, inbox: life.phone.folder('Inbox').id }
}

/** Ten, twelve, twenty free, six held back, and from then on sent away. */
const course = (free: number) => `${'.'.repeat(free)}------xxx`

describe('a phone that runs in circles', () => {
  it('with Syncs that bring nothing is held back, then sent away, and shown with its cause', async () => {
    const { address, phone } = await synced()
    const asked = () => phone.sync('Inbox').then(({ reply }) => reply)
    // The first Sync of an empty folder brought nothing either.
    expect(await hammer(28, asked)).toBe(course(19))
    expect(await alarmsOf(address)).toMatchObject([
      { device: phone.options.deviceId, cause: 'Sync is asked again and again and brings nothing', count: 9 },
    ])
  })

  it('with Syncs that ask for no changes is held back as well', async () => {
    const { phone } = await synced(1)
    const asked = () => phone.sync('Inbox', { getChanges: false }).then(({ reply }) => reply)
    expect(await hammer(29, asked)).toBe(course(20))
  })

  it('with a key that is refused, which it does not give up, is held back', async () => {
    const { phone, inbox } = await synced()
    const asked = () => phone.post('Sync', syncOf([collectionOf('nonsense', inbox)]))
    expect(await hammer(28, asked)).toBe(course(19))
  })

  it('with a document nobody can read is held back', async () => {
    const { phone } = await synced()
    expect(await hammer(22, () => phone.post('Sync', Buffer.from('nonsense')))).toBe(`${'.'.repeat(20)}--`)
  })

  it('over one round that it never acknowledges is held back; the item that stops it is set aside before', async () => {
    const { address, phone, inbox } = await synced()
    const key = phone.collection('Inbox').key
    await lives.server.deliver(address)
    const asked = () => phone.post('Sync', syncOf([collectionOf(key, inbox)]))
    // The first is no repeat.
    expect(await hammer(22, asked)).toBe(course(13))
    const account = await lives.server.accountOf(address)
    const state = await lives.server.store.syncState(account.id, phone.options.deviceId as never)
    expect(await state.poison()).toHaveLength(1)
    expect(await alarmsOf(address)).toMatchObject([{ cause: expect.stringContaining('never acknowledged') }])
  })

  it('from SyncKey 0 over and over, fetching the folder each time, is held back', async () => {
    const { address, phone } = await synced(3)
    const begin = async () => {
      phone.collection('Inbox').key = '0'
      phone.collection('Inbox').items.clear()
      return phone.post('Sync', syncOf([collectionOf('0', phone.folder('Inbox').id)]))
    }
    let last: Reply | null = null
    const around = async () => {
      const reply = await begin()
      last = reply
      if (reply.status === 503) return reply
      phone.takeSync('Inbox', reply)
      await phone.sync('Inbox')
      return reply
    }
    expect(await hammer(18, around)).toBe(course(9))
    expect(last).toMatchObject({ status: 503 })
    expect(await alarmsOf(address)).toMatchObject([{ cause: expect.stringContaining('SyncKey 0') }])
  })

  it('through Provision is held back', async () => {
    const { address, phone } = await lives.life()
    const policy = el('Provision:Policies', [el('Provision:Policy', [el('Provision:PolicyType', 'MS-EAS-Provisioning-WBXML')])])
    const asked = () => phone.post('Provision', el('Provision:Provision', [phone.deviceInformation(), policy]))
    // Setting the phone up took two.
    expect(await hammer(19, asked)).toBe(course(10))
    expect(await alarmsOf(address)).toMatchObject([{ cause: 'Provision goes round in circles' }])
  })

  it('without the policy it is asked to take is held back', async () => {
    const { address, phone } = await synced()
    const asked = () => phone.post('FolderSync', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', '0')]), { policyKey: 1 })
    // So was the first request of its life.
    expect(await hammer(38, asked)).toBe(course(29))
    expect(await alarmsOf(address)).toMatchObject([{ cause: 'it is told to provision, and asks again without' }])
  })

  it('though it is blocked is held back', async () => {
    const { address, phone } = await synced()
    const { id } = await lives.server.accountOf(address)
    const basis = { kind: 'individual', by: 'the test', at: 0 } as const
    await lives.server.store.devices.change(id, phone.options.deviceId as never, { access: 'blocked', accessBasis: basis })
    expect(await hammer(39, () => folderSync(phone, phone.folderKey))).toBe(course(30))
  })

  it('from FolderSync 0 over and over is held back', async () => {
    const { address, phone } = await lives.life()
    expect(await hammer(20, () => folderSync(phone, '0'))).toBe(course(11))
    expect(await alarmsOf(address)).toMatchObject([{ cause: 'the folder list is fetched again and again' }])
  })

  it('with Pings goes from being held back to being sent away', async () => {
    const { address, phone } = await synced()
    await lives.server.deliver(address)
    expect(await hammer(19, () => phone.ping(['Inbox']).then(({ reply }) => reply))).toBe(course(10))
  })

  it('is served again as soon as it calms down, and its alarm ends ten minutes later', async () => {
    const { address, phone } = await synced()
    const asked = () => phone.sync('Inbox').then(({ reply }) => reply)
    await hammer(30, asked)
    await lives.server.deliver(address)
    await lives.server.clock.advance(3)
    expect((await phone.sync('Inbox')).added).toHaveLength(1)
    expect(await alarmsOf(address)).toHaveLength(1)
    for (let minute = 0; minute < 11; minute++) {
      await lives.server.clock.advance(60)
      expect((await ask(asked)).held).toBe(false)
    }
    expect(await alarmsOf(address)).toEqual([])
  })

  it('keeps no other device of its account from syncing, and none of its own other folders', async () => {
    const { address, phone } = await synced()
    await hammer(30, () => phone.sync('Inbox').then(({ reply }) => reply))
    expect((await ask(() => phone.sync('Archive').then(({ reply }) => reply))).reply.status).toBe(200)
    const other = await lives.server.phone(address, { version: '14.1' })
    expect((await other.sync('Inbox')).status).toBe(1)
  })

  it('is told of its wipe all the same', async () => {
    const { address, phone } = await synced()
    await hammer(30, () => folderSync(phone, '0'))
    const account = await lives.server.accountOf(address)
    const device = await lives.server.store.devices.find(account.id, phone.options.deviceId as never)
    if (device === null) throw new Error('the device is gone')
    await lives.server.running.admin.wipes.order(account, device, {
      scope: 'device',
      by: 'the test',
      from: null,
      needsApproval: false,
      perHour: 10,
    })
    for (let asked = 0; asked < 60; asked++) {
      const { node } = await phone.post('FolderSync', el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', '0')]))
      expect(textAt(node, 'Status')).toBe('140')
    }
    for (let asked = 0; asked < 30; asked++) {
      const { node } = await phone.post('Provision', el('Provision:Provision', []))
      expect(node?.children.some(({ name }) => name === 'Provision:RemoteWipe')).toBe(true)
    }
  })
})

describe('a phone in order', () => {
  /** Fails where any answer was braked. */
  async function innocent(address: string, doing: () => Promise<unknown>): Promise<void> {
    await doing()
    expect(await alarmsOf(address)).toEqual([])
  }

  it('fetches a large folder in a hundred rounds without a pause', async () => {
    const { address, phone } = await lives.life({ mail: 100 })
    await innocent(address, async () => expect(await phone.syncAll('Inbox', { window: 1 })).toBeGreaterThanOrEqual(100))
  })

  it('loses every third reply of a first sync and asks for each again', async () => {
    const { address, phone } = await lives.life({ mail: 60 })
    let number = 0
    const losing = await lives.server.phone(address, {
      version: '14.1',
      deviceId: phone.options.deviceId,
      random: () => (++number % 3 === 0 ? 0 : 1),
      pause: () => Promise.resolve(),
    })
    losing.losing(0.5)
    await innocent(address, () => losing.syncAll('Inbox', { window: 1 }))
    expect(losing.items('Inbox')).toHaveLength(60)
  })

  it('asks three times for a reply that was lost three times', async () => {
    const { address, phone, inbox } = await synced()
    await innocent(address, async () => {
      for (let times = 0; times < 10; times++) {
        const key = phone.collection('Inbox').key
        await lives.server.deliver(address)
        for (let lost = 0; lost < 3; lost++) await phone.post('Sync', syncOf([collectionOf(key, inbox)]))
        expect((await phone.sync('Inbox')).added).toHaveLength(1)
      }
    })
  })

  it('is opened ten times in a minute, and looks into every folder each time', async () => {
    const { address, phone } = await synced()
    for (const { name } of phone.folders.values()) await phone.sync(name)
    await innocent(address, async () => {
      for (let opened = 0; opened < 10; opened++) {
        expect(await phone.folderSync()).toBe(1)
        for (const { name } of phone.folders.values()) await phone.sync(name)
        await lives.server.clock.advance(6)
      }
    })
  })

  it('hears of fifty messages one by one, fetches each, and asks once more whether there are others', async () => {
    const { address, phone } = await synced()
    await innocent(address, async () => {
      for (let number = 0; number < 50; number++) {
        const asked = phone.ping(['Inbox'])
        await lives.server.parked(address, phone.options.deviceId)
        await lives.server.deliver(address, message({ subject: `Mail ${number}` }))
        await lives.server.clock.advance(0.1)
        expect((await asked).status).toBe(2)
        expect((await phone.sync('Inbox')).added).toHaveLength(1)
        expect((await phone.sync('Inbox')).added).toHaveLength(0)
      }
    })
  })

  it('marks a hundred messages read, one request each', async () => {
    const { address, phone } = await lives.life({ mail: 100 })
    await phone.syncAll('Inbox', { window: 100 })
    await innocent(address, async () => {
      for (const { id } of phone.items('Inbox')) await phone.mark('Inbox', id, true)
    })
  })

  it('pulls for its mail every five seconds, and there is none', async () => {
    const { address, phone } = await synced()
    await innocent(address, async () => {
      for (let pulled = 0; pulled < 240; pulled++) {
        await phone.sync('Inbox')
        await lives.server.clock.advance(5)
      }
    })
  })

  it('is set up anew three times in a row', async () => {
    const { address, phone } = await lives.life({ mail: 2 })
    await innocent(address, async () => {
      for (let times = 0; times < 3; times++) {
        const again = await lives.server.phone(address, { version: '14.1', deviceId: phone.options.deviceId })
        for (const { name } of again.folders.values()) await again.syncAll(name)
      }
    })
  })
})
