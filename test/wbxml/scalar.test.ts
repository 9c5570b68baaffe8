// Dates and base64 as phones write them, well and badly.
import { describe, expect, it } from 'vitest'
import { AirSync, Calendar, Contacts, Email, Tasks } from '../../src/wbxml/pages.ts'
import { parseDateTime } from '../../src/wbxml/scalar.ts'
import { base64, compactDateTime, container, dateTime, decode, encode, many, optional, SchemaError, text } from '../../src/wbxml/schema.ts'
import { fromXml, toXml } from '../../src/wbxml/xml.ts'

describe('an instant', () => {
  const morning = Date.UTC(2026, 2, 3, 9)

  it.each([
    ['2026-03-03T09:00:00.000Z', morning],
    ['2026-03-03T09:00:00Z', morning],
    ['2026-03-03T09:00:00', morning],
    ['20260303T090000Z', morning],
    ['20260303T090000', morning],
    ['20260303T090000.250Z', morning + 250],
    ['2026-03-03T09:00:00.5Z', morning + 500],
    ['2026-03-03T09:00:00.1239999Z', morning + 123],
    [' 2026-03-03T09:00:00.000Z\n', morning],
    ['2026-03-03', Date.UTC(2026, 2, 3)],
    ['20260303', Date.UTC(2026, 2, 3)],
    ['1900-01-01T00:00:00.000Z', Date.UTC(1900, 0, 1)],
    ['0001-01-01T00:00:00.000Z', -62135596800000],
    ['9999-12-31T23:59:59.999Z', 253402300799999],
    ['2024-02-29T00:00:00.000Z', Date.UTC(2024, 1, 29)],
    ['2000-02-29T00:00:00.000Z', Date.UTC(2000, 1, 29)],
  ])('%s is read', (written, instant) => {
    expect(parseDateTime(written)).toBe(instant)
  })

  it.each([
    '',
    'x',
    'now',
    '2026-03-03T',
    '2026-3-3T09:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31',
    '2026-01-00',
    '2026-03-03T24:00:00Z',
    '2026-03-03T09:60:00Z',
    '2026-03-03T09:00:60Z',
    '2026-03-03T090000Z',
    '20260303T09:00:00Z',
    '2026-0303T090000Z',
    '2026-03-03T09:00:00.Z',
    '2026-03-03T09:00:00+01:00',
    '26-03-03T09:00:00Z',
    '02026-03-03T09:00:00Z',
  ])('"%s" is none', (written) => {
    expect(parseDateTime(written)).toBeNull()
  })

  const Event = container(AirSync.ApplicationData, [optional(compactDateTime(Calendar.StartTime)), optional(dateTime(Tasks.DueDate))])
  const event = (xml: string) => fromXml(`<ApplicationData xmlns="AirSync" xmlns:c="Calendar" xmlns:t="Tasks">${xml}</ApplicationData>`)

  it('is written in the form of its field and read in both', () => {
    const xml = toXml(encode(Event, { StartTime: morning, DueDate: morning }, '14.1'))
    expect(xml).toContain(
      '<Calendar:StartTime>20260303T090000Z</Calendar:StartTime><Tasks:DueDate>2026-03-03T09:00:00.000Z</Tasks:DueDate>',
    )
    const crossed = event('<c:StartTime>2026-03-03T09:00:00.000Z</c:StartTime><t:DueDate>20260303T090000Z</t:DueDate>')
    expect(decode(Event, crossed, '14.1')).toEqual({ StartTime: morning, DueDate: morning })
    expect(decode(Event, event('<c:StartTime/>'), '14.1')).toEqual({})
  })

  it('that is none is refused as a date, and not as any value', () => {
    try {
      decode(Event, event('<c:StartTime>tomorrow</c:StartTime>'), '14.1')
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(SchemaError)
      expect(error).toMatchObject({ kind: 'dateTime', path: 'ApplicationData/StartTime' })
    }
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Date.UTC(10000, 0, 1), Date.UTC(-1, 11, 31)])('%d is not written', (instant) => {
    expect(() => encode(Event, { StartTime: instant }, '14.1')).toThrow(RangeError)
  })

  it.each([Date.UTC(9999, 11, 31), Date.UTC(1, 0, 1), 0, -1])('%d is written and read back', (instant) => {
    expect(decode(Event, encode(Event, { DueDate: instant }, '14.1'), '14.1')).toEqual({ DueDate: instant })
  })
})

describe('base64', () => {
  const Contact = container(AirSync.ApplicationData, [optional(base64(Contacts.Picture)), many(text(Email.Subject))])
  const contact = (picture: string) =>
    fromXml(`<ApplicationData xmlns="AirSync" xmlns:c="Contacts"><c:Picture>${picture}</c:Picture></ApplicationData>`)

  it('goes out as text and comes back as bytes', () => {
    const document = encode(Contact, { Picture: Uint8Array.of(0, 1, 2, 255) }, '14.1')
    expect(toXml(document)).toContain('<Contacts:Picture>AAEC/w==</Contacts:Picture>')
    expect(decode(Contact, document, '14.1').Picture).toEqual(Buffer.of(0, 1, 2, 255))
  })

  it('may be folded, unpadded or empty', () => {
    expect(decode(Contact, contact('AAEC\r\n/w'), '14.1').Picture).toEqual(Buffer.of(0, 1, 2, 255))
    expect(decode(Contact, contact(''), '14.1').Picture).toHaveLength(0)
  })

  it('that is none is refused', () => {
    expect(() => decode(Contact, contact('ÿØÿà'), '14.1')).toThrow(SchemaError)
  })
})
