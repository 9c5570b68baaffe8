// The contract of the census: everything is counted by the database.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountId, DeviceId, SubmissionId } from '../../src/model/id.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'
import { newAccount, noon } from './samples.ts'

describe.each(engines)('the census on $name', (engine) => {
  let place: Place
  let store: Store
  let account: AccountId
  beforeAll(async () => {
    place = await engine.place()
    store = await place.open()
  })
  afterAll(async () => {
    await store.close()
    await place.remove()
  })

  test('of an empty store finds nothing', async () => {
    expect(await store.census()).toEqual({ accounts: 0, devices: [], wipes: new Map(), openWipes: 0, queue: { length: 0, oldestAt: null } })
  })

  test('counts devices that are alike together, the most frequent first', async () => {
    account = (await newAccount(store)).id
    const make = async (id: string, type: string, model: string | null, os: string | null) => {
      await store.devices.enrol(account, id as DeviceId, { type, userAgent: null, version: '16.1', address: null, at: noon })
      const information = { ...(model === null ? {} : { model }), ...(os === null ? {} : { os }), friendlyName: `It's "${id}"` }
      await store.devices.change(account, id as DeviceId, { information })
    }
    await make('one', 'Android', null, null)
    await make('two', 'iPhone', 'iPhone15C2', 'iOS 17.4')
    await make('three', 'iPhone', 'iPhone15C2', 'iOS 17.4')
    await make('four', 'iPhone', 'iPhone15C2', 'iOS 17.4')
    await store.devices.change(account, 'four' as DeviceId, { access: 'blocked' })
    const { accounts, devices } = await store.census()
    expect(accounts).toBe(1)
    expect(devices[0]).toEqual({ access: 'allowed', version: '16.1', type: 'iPhone', model: 'iPhone15C2', os: 'iOS 17.4', count: 2 })
    expect(devices.slice(1).map(({ access, model, count }) => [access, model, count])).toEqual(
      expect.arrayContaining([
        ['allowed', null, 1],
        ['blocked', 'iPhone15C2', 1],
      ]),
    )
  })

  test('counts wipes by state, and those that are not over', async () => {
    const add = () =>
      store.wipes.add({
        account,
        device: 'two' as DeviceId,
        scope: 'device',
        state: 'requested',
        requestedBy: 'me',
        requestedFrom: null,
        requestedAt: noon,
      })
    const [, told, failed, done] = [await add(), await add(), await add(), await add()]
    await store.wipes.change(told.id, { state: 'delivered', deliveredAt: noon })
    // The device says it could not, and is told again.
    await store.wipes.change(failed.id, { state: 'failed' })
    await store.wipes.change(done.id, { state: 'acknowledged', endedAt: noon })
    const { wipes, openWipes } = await store.census()
    expect(wipes).toEqual(
      new Map([
        ['requested', 1],
        ['delivered', 1],
        ['failed', 1],
        ['acknowledged', 1],
      ]),
    )
    expect(openWipes).toBe(3)
  })

  test('counts mail on its way out, with the age of the oldest', async () => {
    for (const at of [noon + 1000, noon]) {
      const source = Buffer.from('x')
      await store.outbox.submit({ id: `s${at}` as SubmissionId, account, from: 'a@b.example', recipients: ['c@d.example'], source, at })
    }
    expect((await store.census()).queue).toEqual({ length: 2, oldestAt: noon })
  })
})
