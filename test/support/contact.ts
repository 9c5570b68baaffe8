// Contacts for tests: one of whom nothing is known, and any there can be.
import fc from 'fast-check'
import type { Contact, PhoneNumbers, PostalAddress } from '../../src/model/contact.ts'
import type { PlainDay } from '../../src/model/zone.ts'
import { emptyContact } from '../../src/format/contact.ts'

/** A contact with these fields, and nothing else. */
export function contactWith(fields: Partial<Contact> = {}): Contact {
  return { ...emptyContact('contact-1'), ...fields }
}

/** Text as a store holds it: no control characters but line feeds, never nothing but blanks. */
const words = fc
  .string({
    unit: fc.oneof(fc.constantFrom(...Array.from('ab ,;:\\"\'^=\n@<>.é漢')), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })),
    maxLength: 90,
  })
  .map((text) => text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f\ufffe\uffff]/g, '').toWellFormed())
  .map((text) => (text.trim() === '' ? '' : text))
const some = words.map((text) => (text === '' ? 'x' : text.trim()))
const maybe = fc.oneof(fc.constant(''), words)
const day = fc
  .date({ min: new Date('1601-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10) as PlainDay)
const maybeDay = fc.option(fc.oneof(day, fc.constant('1604-02-29' as PlainDay)))
const three = (each: fc.Arbitrary<string>) => fc.tuple(each, each, each)
const address: fc.Arbitrary<PostalAddress> = fc.record({ street: maybe, city: maybe, state: maybe, postalCode: maybe, country: maybe })
const mailbox = fc.oneof(maybe, fc.constantFrom('a@example.test', '"Žofie, née X" <z@example.test>', 'Bob <bob@example.test>'))
const number = fc.oneof(
  fc.constant(''),
  fc.constantFrom('+49 30 1234', '(905) 555-1234', '5;6,7'),
  maybe.filter((text) => !/^tel:/i.test(text)),
)
const kinds = Object.keys(emptyContact('').phones) as (keyof PhoneNumbers)[]
const phones = fc.record(Object.fromEntries(kinds.map((kind) => [kind, number])) as Record<keyof PhoneNumbers, fc.Arbitrary<string>>)

/** Any contact without a picture and without what is kept of a card. */
export const anyContact: fc.Arbitrary<Contact> = fc
  .record({
    uid: some,
    fileAs: maybe,
    title: maybe,
    firstName: maybe,
    middleName: maybe,
    lastName: maybe,
    suffix: maybe,
    nickName: maybe,
    yomiFirstName: maybe,
    yomiLastName: maybe,
    yomiCompanyName: maybe,
    companyName: maybe,
    department: maybe,
    jobTitle: maybe,
    officeLocation: maybe,
    managerName: maybe,
    assistantName: maybe,
    spouse: maybe,
    children: fc.array(
      words.filter((text) => text !== ''),
      { maxLength: 3 },
    ),
    emails: three(mailbox),
    instantMessages: three(fc.oneof(maybe, fc.constantFrom('xmpp:alice@example.test', 'im:alice', 'alice'))),
    phones,
    business: address,
    home: address,
    other: address,
    webPage: maybe,
    birthday: maybeDay,
    anniversary: maybeDay,
    customerId: maybe,
    governmentId: maybe,
    accountName: maybe,
    alias: maybe,
    weightedRank: fc.option(fc.integer()),
    categories: fc.uniqueArray(some, { maxLength: 4 }),
    text: fc.option(fc.record({ type: fc.constant(1 as const), text: some })),
  })
  .map((contact) => ({ ...contact, picture: null, foreign: null }))
