// The contract of issued certificates and of the lists of those revoked.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { IssuerId, SerialNumber } from '../../src/model/certificate.ts'
import type { AccountId, DeviceId } from '../../src/model/id.ts'
import type { IssuedCertificate } from '../../src/store/certificates.ts'
import type { Store } from '../../src/store/store.ts'
import { engines, type Place } from './engines.ts'

const issuer = 'aa' as IssuerId
const issued = (serial: string, change: Partial<IssuedCertificate> = {}): IssuedCertificate => ({
  issuer,
  serial: serial as SerialNumber,
  account: 'alice' as AccountId,
  device: null,
  subject: 'CN=alice@example.com',
  names: ['alice@example.com'],
  notBefore: 0,
  notAfter: 1000,
  issuedAt: 10,
  issuedBy: 'shell: root',
  way: 'shell',
  fingerprint: 'ff',
  content: Uint8Array.of(0x30, 1),
  ...change,
})

describe.each(engines)('certificates, on $name', (engine) => {
  let place: Place
  let store: Store
  beforeAll(async () => {
    place = await engine.place()
    store = await place.open()
  })
  afterAll(async () => {
    await store.close()
    await place.remove()
  })

  test('a number is given once by each issuer, and found with what was issued under it', async () => {
    const { certificates } = store
    await certificates.add(issued('01'))
    await expect(certificates.add(issued('01'))).rejects.toMatchObject({ reason: 'name-taken' })
    await certificates.add(issued('01', { issuer: 'bb' as IssuerId, device: 'PHONE' as DeviceId, account: 'bob' as AccountId }))
    const { content, ...rest } = issued('01')
    expect(await certificates.find({ issuer, serial: rest.serial })).toEqual({ ...rest, revoked: null })
    expect(await certificates.find({ issuer: 'cc' as IssuerId, serial: rest.serial })).toBeNull()
    expect(Buffer.from((await certificates.content({ issuer, serial: rest.serial })) ?? [])).toEqual(Buffer.from(content))
    expect(await certificates.list({ device: 'PHONE' as DeviceId }, 10)).toMatchObject([{ issuer: 'bb', account: 'bob', device: 'PHONE' }])
  })

  test('a revocation stands as it was first written, and leaves the list of good ones', async () => {
    const { certificates } = store
    await certificates.add(issued('02', { issuedAt: 20, account: 'carl' as AccountId }))
    await certificates.add(issued('03', { issuedAt: 30, account: 'carl' as AccountId }))
    const key = { issuer, serial: '02' as SerialNumber }
    const first = await certificates.revoke(key, { at: 50, by: 'ada', reason: 'keyCompromise' })
    expect(first?.revoked).toEqual({ at: 50, by: 'ada', reason: 'keyCompromise' })
    expect(await certificates.revoke(key, { at: 60, by: 'abe', reason: 'superseded' })).toEqual(first)
    expect(await certificates.revoke({ issuer, serial: '99' as SerialNumber }, { at: 60, by: 'abe', reason: 'superseded' })).toBeNull()
    const serials = async (filter: Parameters<typeof certificates.list>[0]) =>
      (await certificates.list({ account: 'carl' as AccountId, ...filter }, 10)).map(({ serial }) => serial)
    expect(await serials({})).toEqual(['03', '02'])
    expect(await serials({ goodAt: 100 })).toEqual(['03'])
    expect(await serials({ goodAt: 1000 })).toEqual([])
    expect(await certificates.list({}, 1)).toHaveLength(1)
  })

  test('whoever looks for news is told of revocations since a moment; a list leaves out what ended long ago', async () => {
    const { certificates } = store
    expect((await certificates.revokedSince(50)).map(({ serial }) => serial)).toEqual(['02'])
    expect(await certificates.revokedSince(51)).toEqual([])
    expect((await certificates.revokedOf(issuer, 1000)).map(({ serial }) => serial)).toEqual(['02'])
    expect(await certificates.revokedOf(issuer, 1001)).toEqual([])
  })

  test('of two lists with one number the first stands: whoever signed the other one signs again', async () => {
    const { certificates } = store
    const list = { issuer, number: 1, from: 5, until: 9, content: Uint8Array.of(1) }
    expect(await certificates.revocationList(issuer)).toBeNull()
    expect(await certificates.publish(list)).toBe(true)
    expect(await certificates.publish({ ...list, from: 6, content: Uint8Array.of(2) })).toBe(false)
    expect(await certificates.revocationList(issuer)).toMatchObject({ number: 1, from: 5, until: 9 })
    expect(await certificates.publish({ ...list, number: 2, content: Uint8Array.of(3) })).toBe(true)
    expect(Array.from((await certificates.revocationList(issuer))?.content ?? [])).toEqual([3])
  })
})
