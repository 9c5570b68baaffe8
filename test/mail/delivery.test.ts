// Delivery into inboxes: once per message and person, and honest about what it could not do.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDelivery } from '../../src/mail/delivery.ts'
import type { Store } from '../../src/store/store.ts'
import { buildTown, letter, silent, type Town } from './town.ts'

let town: Town
beforeEach(async () => {
  town = await buildTown()
})
afterEach(() => town.close())

const message = letter({ From: 'bob@example.test', To: 'alice@example.test', Subject: 'Tea' })
const options = { returnPath: 'bob@example.test', identity: 'one', received: null }

describe('delivery', () => {
  test('the same identity is delivered once, whoever hands it in again', async () => {
    const recipients = ['alice@example.test', 'bob@example.test']
    expect([...(await town.delivery.deliver(message, ['alice@example.test'], options)).values()]).toEqual(['delivered'])
    expect([...(await town.delivery.deliver(message, recipients, options)).values()]).toEqual(['delivered', 'delivered'])
    expect(await town.letters(town.alice)).toHaveLength(1)
    expect(await town.letters(town.bob)).toHaveLength(1)
    await town.delivery.deliver(message, recipients, { ...options, identity: 'two' })
    expect(await town.letters(town.alice)).toHaveLength(2)
  })

  test('a message without an identity is delivered as often as it comes', async () => {
    for (let count = 0; count < 2; count++) await town.delivery.deliver(message, ['alice@example.test'], { ...options, identity: null })
    expect(await town.letters(town.alice)).toHaveLength(2)
  })

  test('a message that was delivered and deleted does not come back', async () => {
    await town.delivery.deliver(message, ['alice@example.test'], options)
    const mailbox = await town.store.mailbox(town.alice.id)
    await mailbox.remove((await town.letters(town.alice))[0]!.id, 'forever')
    expect([...(await town.delivery.deliver(message, ['alice@example.test'], options)).values()]).toEqual(['delivered'])
    expect(await town.letters(town.alice)).toEqual([])
  })

  test('a forged Return-Path gives way to the real one', async () => {
    const forged = Buffer.concat([Buffer.from('Return-Path: <ceo@example.test>\r\n'), message])
    await town.delivery.deliver(forged, ['alice@example.test'], options)
    const [tea] = await town.letters(town.alice)
    expect(tea?.text.match(/^Return-Path:.*$/gm)).toEqual(['Return-Path: <bob@example.test>'])
  })

  test('one mailbox in trouble does not hold up the others', async () => {
    const store: Store = Object.create(town.store, {
      unit: {
        value: (work: Parameters<Store['unit']>[0]) =>
          town.store.unit((unit) =>
            work(
              Object.create(unit, {
                mailbox: {
                  value: (account: string) =>
                    account === town.alice.id ? Promise.reject(new Error('the disk is on fire')) : unit.mailbox(account as never),
                },
              }),
            ),
          ),
      },
      accounts: { value: town.store.accounts },
    })
    const delivery = createDelivery({ store, clock: town.clock, log: silent, meetings: null })
    const outcome = await delivery.deliver(message, ['alice@example.test', 'bob@example.test', 'nobody@example.test'], options)
    expect(Object.fromEntries(outcome)).toEqual({
      'alice@example.test': 'later',
      'bob@example.test': 'delivered',
      'nobody@example.test': 'unknown',
    })
    expect(await town.letters(town.bob)).toHaveLength(1)
  })

  test('a message that nobody can read is delivered all the same', async () => {
    for (const [count, source] of [Buffer.from('\0\0\0 no header at all'), Buffer.alloc(0)].entries()) {
      const outcome = await town.delivery.deliver(source, ['alice@example.test'], { ...options, identity: `broken ${count}` })
      expect([...outcome.values()]).toEqual(['delivered'])
    }
    expect(await town.letters(town.alice)).toHaveLength(2)
  })

  test('tells its own people from those who only share a domain, and both from strangers', async () => {
    const all = ['ALICE@example.test', 'bob+x@EXAMPLE.test', 'nobody@example.test', 'a@sub.example.test', 'no address']
    expect(await town.delivery.sort(all)).toEqual({
      known: ['ALICE@example.test', 'bob+x@EXAMPLE.test'],
      unknown: ['nobody@example.test'],
      foreign: ['a@sub.example.test', 'no address'],
    })
  })
})
