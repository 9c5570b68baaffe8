// The contract of devices: what a phone said of itself, and what it need not say again.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultOptions } from '../../src/model/collection.ts'
import type { AccountId, DeviceId, FolderId, PolicyKey } from '../../src/model/id.ts'
import type { DeviceSighting } from '../../src/store/devices.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'
import { newAccount, noon } from './samples.ts'

const phone = 'ApplC39ABC' as DeviceId
const sighting: DeviceSighting = { type: 'iPhone', userAgent: 'Apple-iPhone/1', version: '16.1', address: '192.0.2.1', at: noon }

describe.each(engines)('devices on $name', (engine) => {
  let place: Place
  let store: Store
  let account: AccountId
  beforeAll(async () => {
    place = await engine.place()
    store = await place.open()
    account = (await newAccount(store)).id
  })
  afterAll(async () => {
    await store.close()
    await place.remove()
  })

  test('a device seen for the first time is enrolled, allowed and without a policy', async () => {
    expect(await store.devices.find(account, phone)).toBeNull()
    const device = await store.devices.enrol(account, phone, sighting)
    expect(device).toEqual({
      account,
      id: phone,
      type: 'iPhone',
      userAgent: 'Apple-iPhone/1',
      version: '16.1',
      information: {},
      access: 'allowed',
      accessBasis: null,
      label: null,
      wipe: null,
      verifier: null,
      provision: { key: 0, offered: 0, hash: null, offeredHash: null, acknowledgedAt: null, outcome: null },
      firstSeen: noon,
      lastSeen: noon,
      lastAddress: '192.0.2.1',
    })
    expect(await store.devices.find(account, phone)).toEqual(device)
    expect(await store.devices.enrol(account, phone, { ...sighting, type: 'Other', at: noon + 1 })).toEqual(device)
    expect(await store.devices.find(account, phone.toLowerCase() as DeviceId)).toBeNull()
  })

  test('what was decided about a device is kept, and taken back with null', async () => {
    const id = 'Decided' as DeviceId
    expect(await store.devices.enrol(account, id, { ...sighting, verifier: 'a hash' })).toMatchObject({ verifier: 'a hash' })
    const change = {
      access: 'blocked',
      accessBasis: { kind: 'individual', by: 'admin', at: noon },
      label: 'The lost one',
      wipe: { id: 7, scope: 'account', state: 'requested', verifierUntil: noon },
      verifier: 'another',
    } as const
    await store.devices.change(account, id, change)
    expect(await store.devices.find(account, id)).toMatchObject(change)
    const back = { accessBasis: null, label: null, wipe: null, verifier: null }
    expect(await store.devices.change(account, id, back)).toMatchObject({ ...back, access: 'blocked' })
    await store.devices.remove(account, id)
  })

  test('a device that is dropped stays known and holds nothing', async () => {
    const id = 'Dropped' as DeviceId
    await store.devices.enrol(account, id, sighting)
    await store.devices.remember(account, id, 'ping', { heartbeatSeconds: 470 })
    for (const shown of [store, store.waitingRoom]) {
      const state = await shown.syncState(account, id)
      await state.begin('1' as FolderId, state.newKey(), defaultOptions, null, noon)
      expect(await state.collections()).toHaveLength(1)
    }
    await store.devices.drop(account, id)
    expect(await store.devices.find(account, id)).not.toBeNull()
    expect(await store.devices.recall(account, id, 'ping')).toBeNull()
    for (const shown of [store, store.waitingRoom]) expect(await (await shown.syncState(account, id)).collections()).toEqual([])
    await store.devices.remove(account, id)
  })

  test('the same phone under another account is another device', async () => {
    const other = (await newAccount(store)).id
    await store.devices.enrol(account, phone, sighting)
    expect(await store.devices.find(other, phone)).toBeNull()
    await store.devices.enrol(other, phone, { ...sighting, type: 'Other' })
    expect((await store.devices.find(account, phone))?.type).toBe('iPhone')
    await expect(store.devices.enrol('nobody' as AccountId, phone, sighting)).rejects.toMatchObject({ reason: 'account-not-found' })
  })

  test('a device enrolled by many requests at once is one', async () => {
    const id = 'burst' as DeviceId
    const devices = await Promise.all(
      Array.from({ length: 10 }, (_, index) => store.devices.enrol(account, id, { ...sighting, at: noon + index })),
    )
    expect(new Set(devices.map((device) => device.firstSeen)).size).toBe(1)
    expect((await store.devices.list(account)).filter((device) => device.id === id)).toHaveLength(1)
  })

  test('each field changes on its own', async () => {
    const id = 'changing' as DeviceId
    const device = await store.devices.enrol(account, id, sighting)
    const provision = {
      key: 4_294_967_295 as PolicyKey,
      offered: 7 as PolicyKey,
      hash: 'h',
      offeredHash: 'o',
      acknowledgedAt: noon,
      outcome: 2,
    }
    expect(await store.devices.change(account, id, { provision })).toEqual({ ...device, provision })
    expect(await store.devices.change(account, id, { information: { model: 'iPhone17,1', imei: '1' }, access: 'quarantined' })).toEqual({
      ...device,
      provision,
      information: { model: 'iPhone17,1', imei: '1' },
      access: 'quarantined',
    })
    const last = await store.devices.change(account, id, {
      userAgent: null,
      version: null,
      type: 'iPad',
      lastSeen: noon + 5,
      lastAddress: null,
    })
    expect(last).toMatchObject({
      userAgent: null,
      version: null,
      type: 'iPad',
      firstSeen: noon,
      lastSeen: noon + 5,
      lastAddress: null,
      provision,
    })
    expect(await store.devices.find(account, id)).toEqual(last)
    await expect(store.devices.change(account, 'unknown' as DeviceId, { type: 'x' })).rejects.toMatchObject({ reason: 'item-not-found' })
  })

  test('devices are listed by account, or all of them', async () => {
    const [one, two] = [(await newAccount(store)).id, (await newAccount(store)).id]
    const mine = [await store.devices.enrol(one, 'a' as DeviceId, sighting), await store.devices.enrol(one, 'b' as DeviceId, sighting)]
    const theirs = await store.devices.enrol(two, 'a' as DeviceId, sighting)
    expect(await store.devices.list(one)).toEqual(mine)
    expect(await store.devices.list(null)).toEqual(expect.arrayContaining([...mine, theirs]))
  })

  test('what a device may leave out is remembered by kind, until it is replaced', async () => {
    const id = 'memory' as DeviceId
    expect(await store.devices.recall(account, id, 'ping')).toBeNull()
    await store.devices.remember(account, id, 'ping', { heartbeat: 470, folders: ['1'] })
    await store.devices.remember(account, id, 'sync', ['x', null, 'é\u0000'])
    expect(await store.devices.recall(account, id, 'ping')).toEqual({ heartbeat: 470, folders: ['1'] })
    expect(await store.devices.recall(account, id, 'sync')).toEqual(['x', null, 'é\u0000'])
    await store.devices.remember(account, id, 'ping', null)
    expect(await store.devices.recall(account, id, 'ping')).toBeNull()
  })

  test('a removed device is forgotten with everything it held', async () => {
    const [id, other] = ['leaving' as DeviceId, 'staying' as DeviceId]
    const inbox = '1' as FolderId
    for (const device of [id, other]) {
      await store.devices.enrol(account, device, sighting)
      await store.devices.remember(account, device, 'sync', 1)
      const state = await store.syncState(account, device)
      await state.begin(inbox, state.newKey(), defaultOptions, null, noon)
      await state.recordReset({ at: noon, folder: inbox, reason: 'x', presented: null })
      await state.recordPoison(inbox, '1:1' as never, 'x', noon)
    }
    expect(await store.devices.remove(account, id)).toBe(true)
    expect(await store.devices.remove(account, id)).toBe(false)
    expect(await store.devices.find(account, id)).toBeNull()
    expect(await store.devices.recall(account, id, 'sync')).toBeNull()
    const gone = await store.syncState(account, id)
    expect(await gone.collections()).toEqual([])
    expect(await gone.resets()).toEqual([])
    expect(await gone.poison()).toEqual([])
    expect(await (await store.syncState(account, other)).collections()).toHaveLength(1)
    expect(await store.devices.recall(account, other, 'sync')).toBe(1)
  })
})
