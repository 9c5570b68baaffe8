// Cards written and read again mean the same: any contact, and whatever other address books write.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import ICAL from 'ical.js'
import { expect, it } from 'vitest'
import { cardText, readCards, writeCard } from '../../../src/format/vcard.ts'
import type { Contact } from '../../../src/model/contact.ts'
import { anyContact, contactWith } from '../../support/contact.ts'
import { describeWithReference, hasReference, referenceFiles, referencePath } from '../../support/reference.ts'

const versions = ['3.0', '4.0'] as const
const noBytes = new Uint8Array(0)

it.each(versions)('any contact comes back as it was from a card of %s', (version) => {
  fc.assert(
    fc.property(anyContact, (contact) => {
      expect(readCards(writeCard(contact, noBytes, version))).toEqual([{ contact, source: noBytes }])
    }),
  )
})

it.each(versions)('a picture comes back byte by byte from a card of %s', (version) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 4000 }), (bytes) => {
      const contact = contactWith({ lastName: 'Face', picture: { start: 3, end: 3 + bytes.length } })
      const [read] = readCards(writeCard(contact, Buffer.concat([Buffer.from('abc'), bytes]), version))
      expect(Buffer.from(read!.source)).toEqual(Buffer.from(bytes))
      expect(read!.contact).toEqual({ ...contact, picture: { start: 0, end: bytes.length } })
    }),
  )
})

it.each(versions)('notes in HTML come back from a card of %s, with plain text beside them for others', (version) => {
  const contact = contactWith({ lastName: 'Note', text: { type: 2, text: '<p>Met in <b>2019</b>; later, too</p>' } })
  const card = writeCard(contact, noBytes, version)
  expect(card).toContain('NOTE:Met in 2019\\; later\\, too\r\n')
  expect(readCards(card)[0]?.contact).toEqual(contact)
})

it('no line of a card is longer than 75 octets, and no character is cut', () => {
  fc.assert(
    fc.property(anyContact, fc.constantFrom(...versions), (contact, version) => {
      const lines = writeCard(contact, noBytes, version).split('\r\n')
      expect(lines.pop()).toBe('')
      for (const line of lines) expect([Buffer.byteLength(line) <= 75, line.isWellFormed()]).toEqual([true, true])
    }),
  )
})

// ical.js leaves `\\;` of a single text as it stands, and divides a name behind an escaped backslash.
const tame = (text: string) => text.replaceAll(/[\\;]/g, '')

it.each(versions)('another implementation reads the same of a card of %s', (version) => {
  fc.assert(
    fc.property(anyContact, (contact) => {
      const names = [contact.lastName, contact.firstName, contact.middleName, contact.title, contact.suffix].map(tame)
      const [lastName = '', firstName = '', middleName = '', title = '', suffix = ''] = names
      const tamed = { ...contact, lastName, firstName, middleName, title, suffix, jobTitle: tame(contact.jobTitle) }
      const component = new ICAL.Component(ICAL.parse(writeCard(tamed, noBytes, version)) as unknown[])
      expect([component.getFirstPropertyValue('n')].flat()).toEqual(names)
      expect(component.getFirstPropertyValue('title') ?? '').toBe(tamed.jobTitle)
      expect(component.getAllProperties('email')).toHaveLength(contact.emails.filter((email) => email !== '').length)
    }),
    { numRuns: 50 },
  )
})

/** What two readings of one card agree in: the marks are of the reading, and who is preferred is said in another way in each version. */
const meaning = ({ foreign, ...fields }: Contact) => ({
  ...fields,
  kept: foreign?.properties.map(([name, , , ...values]) => JSON.stringify([name, ...values])).sort(),
})

describeWithReference('cards of other address books', () => {
  it.each(hasReference ? referenceFiles('contacts', '.vcf') : ['each'])('%s comes out of both versions meaning what went in', (file) => {
    const cards = readCards(cardText(readFileSync(referencePath('contacts', file))))
    expect(cards.length).toBeGreaterThan(0)
    for (const { contact, source } of cards) {
      for (const version of versions) {
        const [again] = readCards(writeCard(contact, source, version))
        expect(meaning(again!.contact)).toEqual(meaning(contact))
        expect(Buffer.from(again!.source)).toEqual(Buffer.from(source))
      }
    }
  })
})
