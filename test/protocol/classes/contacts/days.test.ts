// Birthdays and anniversaries are days: whoever writes them in whatever way, in whatever zone, everybody sees the same day.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlainDay, ZoneId } from '../../../../src/model/zone.ts'
import { dayIn, dayOut } from '../../../../src/protocol/classes/contacts/day.ts'
import type { Phone } from '../../../support/phone.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { el } from '../../../support/wire.ts'

/** Clients by their names, with the time at which each writes the day 1980-02-29, and reads it. */
const clients = [
  [
    'an iPhone of 2010, edited in the afternoon',
    { deviceType: 'iPhone', userAgent: 'Apple-iPhone3C1/802.117' },
    '1980-02-29T15:32:11.000Z',
    '1980-02-29T12:00:00.000Z',
  ],
  ['an iPhone in Berlin', { deviceType: 'iPhone' }, '1980-02-28T23:00:00.000Z', '1980-02-28T23:00:00.000Z'],
  [
    'Samsung Email',
    { deviceType: 'SAMSUNGSGHI317M', userAgent: 'SAMSUNG-SGH-I317M/100.40102' },
    '1980-02-29T00:00:00.000Z',
    '1980-02-29T00:00:00.000Z',
  ],
  [
    'Email of Android',
    { deviceType: 'googleNexus5', userAgent: 'googleNexus5/4.4.4-EAS-2.0' },
    '1980-02-29T08:00:00.000Z',
    '1980-02-29T08:00:00.000Z',
  ],
  [
    'the Gmail app',
    { deviceType: 'Android', userAgent: 'Android-Mail/2024.07.28' },
    '1980-02-29T12:00:00.000Z',
    '1980-02-29T00:00:00.000Z',
  ],
  ['BlackBerry 10', { deviceType: 'BlackBerry', userAgent: 'RIM-Q10/10.2' }, '1980-02-29T11:00:00.000Z', '1980-02-29T11:00:00.000Z'],
  ['Windows Phone in summer', { deviceType: 'WP8', userAgent: 'MSFT-WP/8.10' }, '1980-02-29T01:00:00.000Z', '1980-02-29T00:00:00.000Z'],
  ['a client that nobody knows', { deviceType: 'Simulated' }, '1980-02-29T12:00:00.000Z', '1980-02-29T12:00:00.000Z'],
  ['one that keeps to the letter', { deviceType: 'Simulated' }, '1980-02-29T11:59:00.000Z', '1980-02-29T12:00:00.000Z'],
  ['one that writes the date alone', { deviceType: 'Simulated' }, '1980-02-29', '1980-02-29T12:00:00.000Z'],
  ['a stranger in Berlin with local midnights', { deviceType: 'Simulated' }, '1980-02-28T23:00:00.000Z', '1980-02-29T12:00:00.000Z'],
] as const

describe('in an account in Berlin', () => {
  let server: TestServer
  const phones: Phone[] = []
  beforeAll(async () => {
    server = await startTestServer({ environment: { EASEL_TIME_ZONE: 'Europe/Berlin' } })
    for (const [, options] of clients) phones.push(await server.phone('alice@example.test', { version: '14.1', ...options }))
  })
  afterAll(() => server.close())

  it.each(clients)('what %s writes is the same day for all others', async (name, _, written) => {
    const own = clients.findIndex(([other]) => other === name)
    const dates = [el('Contacts:Birthday', written), el('Contacts:Anniversary', written)]
    const { id } = await phones[own]!.add('Contacts', [el('Contacts:FileAs', name), ...dates])
    const seen = []
    for (const [index, phone] of phones.entries()) {
      await phone.syncAll('Contacts')
      const properties = phone.collection('Contacts').items.get(id ?? '')?.properties
      if (index !== own) seen.push([properties?.get('Contacts:Birthday'), properties?.get('Contacts:Anniversary')])
    }
    expect(seen).toEqual(clients.filter((_one, index) => index !== own).map(([, , , read]) => [read, read]))
  })

  it('what a client was told and sends back is no change of the day', async () => {
    const [, iphone] = phones
    const { id } = await iphone!.add('Contacts', [el('Contacts:FileAs', 'Echo'), el('Contacts:Birthday', '1980-02-28T23:00:00.000Z')])
    for (const phone of phones) {
      await phone.syncAll('Contacts')
      const told =
        phone
          .collection('Contacts')
          .items.get(id ?? '')
          ?.properties.get('Contacts:Birthday') ?? '1980-02-28T23:00:00.000Z'
      await phone.change('Contacts', id ?? '', [el('Contacts:FileAs', 'Echo'), el('Contacts:Birthday', told)])
    }
    await iphone!.syncAll('Contacts')
    expect(
      iphone!
        .collection('Contacts')
        .items.get(id ?? '')
        ?.properties.get('Contacts:Birthday'),
    ).toBe('1980-02-28T23:00:00.000Z')
  })
})

it('an iPhone whose owner has a time zone of his own reads and writes the midnights of that', async () => {
  const server = await startTestServer({ accounts: [], environment: { EASEL_TIME_ZONE: 'Europe/Berlin' } })
  await server.account('alice@example.test', { timeZone: 'Asia/Tokyo' as ZoneId })
  const [iphone, other] = [
    await server.phone('alice@example.test', { deviceType: 'iPhone' }),
    await server.phone('alice@example.test', { deviceType: 'Simulated' }),
  ]
  const { id } = await iphone.add('Contacts', [el('Contacts:FileAs', 'Tokyo'), el('Contacts:Birthday', '1980-02-28T15:00:00.000Z')])
  await other.syncAll('Contacts')
  expect(
    other
      .collection('Contacts')
      .items.get(id ?? '')
      ?.properties.get('Contacts:Birthday'),
  ).toBe('1980-02-29T12:00:00.000Z')
  await other.change('Contacts', id ?? '', [el('Contacts:Birthday', '1981-07-01T12:00:00.000Z')])
  await iphone.syncAll('Contacts')
  expect(
    iphone
      .collection('Contacts')
      .items.get(id ?? '')
      ?.properties.get('Contacts:Birthday'),
  ).toBe('1981-06-30T15:00:00.000Z')
  await server.close()
})

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'America/Los_Angeles',
  'Asia/Kolkata',
  'Pacific/Auckland',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'America/Sao_Paulo',
  'Africa/Cairo',
  'UTC',
] as ZoneId[]
const anyDay = fc
  .date({ min: new Date('1604-01-01'), max: new Date('2100-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10) as PlainDay)
const anyZone = fc.constantFrom(...zones)

/** Whoever crossed the date line left a day out, so that nobody there was born on it, or had one twice as long (Samoa in 1892). */
function exists(day: PlainDay, zone: ZoneId): boolean {
  const date = Temporal.PlainDate.from(day)
  const around = [-1, 0, 1].map((days) => date.add({ days }).toZonedDateTime(zone))
  return around[1]?.toPlainDate().toString() === day && around.every(({ hoursInDay }) => hoursInDay < 30)
}

it('a day that goes out comes back as the same day, in every form and zone', () => {
  const anyForm = fc.constantFrom<'local midnight' | number>('local midnight', 0, 8, 11, 12)
  fc.assert(
    fc.property(anyDay, anyForm, anyZone, (day, form, zone) => {
      fc.pre(exists(day, zone))
      const told = dayOut(day, form, zone)
      expect(told === null ? null : dayIn(told, form, zone)).toBe(day)
    }),
  )
})

it('the local midnight of a phone that travels some hours from home is still the day it means', () => {
  fc.assert(
    fc.property(anyDay, fc.integer({ min: -11, max: 11 }), anyZone, (day, hours, zone) => {
      fc.pre(exists(day, zone))
      const home = Temporal.PlainDate.from(day).toZonedDateTime(zone).epochMilliseconds
      expect(dayIn(home + hours * 3_600_000, 'local midnight', zone)).toBe(day)
    }),
  )
})

it.each([
  ['America/New_York', '1604-02-03T05:00:00.000Z'],
  ['Asia/Kolkata', '1604-02-02T18:30:00.000Z'],
  ['Europe/Berlin', '1604-02-02T23:06:32.000Z'],
  ['Pacific/Pago_Pago', '1604-02-02T11:22:48.000Z'],
  ['UTC', '1604-02-03T00:00:00.000Z'],
])('a birthday without a year begins for a phone in %s when it has begun by the sun and by the clocks of today: %s', (zone, told) => {
  expect(new Date(dayOut('1604-02-03' as PlainDay, 'local midnight', zone as ZoneId) ?? 0).toISOString()).toBe(told)
})

it('a day that no date on the wire can say is left out', () => {
  expect(dayOut('0000-01-01' as PlainDay, 12, zones[0]!)).toBeNull()
})
