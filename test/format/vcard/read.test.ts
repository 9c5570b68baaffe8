// Cards as other programs write them, right and wrong, and what comes of them.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CardFormatError, cardText, readCards, writeCard } from '../../../src/format/vcard.ts'
import type { Contact } from '../../../src/model/contact.ts'

const card = (version: string, ...lines: readonly string[]) => ['BEGIN:VCARD', `VERSION:${version}`, ...lines, 'END:VCARD', ''].join('\r\n')

function contactOf(version: string, ...lines: readonly string[]): Contact {
  const [read] = readCards(card(version, ...lines))
  if (read === undefined) throw new Error('no card')
  return read.contact
}
const rewritten = (contact: Contact, version: '3.0' | '4.0' = '3.0') =>
  writeCard(contact, new Uint8Array(0), version)
    .split('\r\n')
    .filter((line) => !/^(?:BEGIN|END|VERSION|UID|FN|N):|^$/.test(line))

describe('vCard 2.1', () => {
  it('has quoted-printable of any charset, over several lines', () => {
    const contact = contactOf(
      '2.1',
      'N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg',
      'NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:eins=0D=0Azwei=20=',
      'drei =C3=A9',
      'TITLE;QUOTED-PRINTABLE:Chef=3Bin',
    )
    expect([contact.lastName, contact.firstName, contact.text?.text, contact.jobTitle]).toEqual([
      'Müller',
      'Jörg',
      'eins\nzwei drei é',
      'Chef;in',
    ])
  })

  it('goes on behind a soft break with the blank that stands there', () => {
    const contact = contactOf('2.1', 'N:Doe', 'NOTE;ENCODING=QUOTED-PRINTABLE:one=', ' two=', '=20three')
    expect(contact.text?.text).toBe('one two three')
  })

  it('has types without a name, and commas that divide nothing', () => {
    const contact = contactOf('2.1', 'N:Doe;John;Q,R', 'TEL;CELL;VOICE:1', 'TEL;WORK;FAX:2', 'TEL;HOME:3', 'ORG:Smith, Sons;Sales, South')
    expect([contact.middleName, contact.companyName, contact.department]).toEqual(['Q,R', 'Smith, Sons', 'Sales, South'])
    expect([contact.phones.mobile, contact.phones.businessFax, contact.phones.home]).toEqual(['1', '2', '3'])
  })

  it('has pictures in base64, folded with or without blanks', () => {
    const bytes = Buffer.from('a picture of some length, so that it takes several lines')
    const lines = bytes.toString('base64').match(/.{1,20}/g) ?? []
    for (const blank of [' ', '\t', '']) {
      const [read] = readCards(
        card('2.1', 'N:Face', 'PHOTO;JPEG;ENCODING=BASE64:', ...lines.map((line) => blank + line), '', 'TITLE:Chief'),
      )
      expect([Buffer.from(read!.source), read!.contact.jobTitle]).toEqual([bytes, 'Chief'])
    }
  })

  it('in Latin-1 or UTF-16 is text all the same', () => {
    const text = card('2.1', 'N:Müller')
    const files = [Buffer.from(text, 'latin1'), Buffer.from(text), Buffer.from(`\uFEFF${text}`), Buffer.from(`\uFEFF${text}`, 'utf16le')]
    expect(files.map((file) => readCards(cardText(file))[0]?.contact.lastName)).toEqual(['Müller', 'Müller', 'Müller', 'Müller'])
  })

  it('has a card within a card, whose lines are not the outer one’s', () => {
    const contact = contactOf('2.1', 'N:Boss', 'AGENT:', 'BEGIN:VCARD', 'VERSION:2.1', 'N:Secretary', 'TITLE:S', 'END:VCARD', 'NOTE:kept')
    expect([contact.lastName, contact.jobTitle, contact.text?.text]).toEqual(['Boss', '', 'kept'])
  })
})

describe('names', () => {
  it.each([
    [['FN:John Quincy Public'], ['John Quincy', 'Public', '']],
    [['FN:Madonna'], ['Madonna', '', '']],
    [
      ['FN:Acme', 'KIND:org'],
      ['', '', 'Acme'],
    ],
    [
      ['FN:Acme', 'ORG:Acme', 'N:;;;;'],
      ['', '', 'Acme'],
    ],
    [
      ['FN:The Fellowship', 'KIND:group', 'MEMBER:urn:uuid:1'],
      ['', 'The Fellowship', ''],
    ],
    [
      ['N:Public;John', 'FN:Johnny P.'],
      ['John', 'Public', ''],
    ],
  ])('of %j are %j', (lines, names) => {
    const contact = contactOf('4.0', ...lines)
    expect([contact.firstName, contact.lastName, contact.companyName]).toEqual(names)
    expect(writeCard(contact, new Uint8Array(0), '4.0')).toContain(`\r\n${lines.find((line) => line.startsWith('FN:'))}\r\n`)
  })

  it('follow a change of the phone’s, where FN was somebody’s own words', () => {
    const contact = { ...contactOf('4.0', 'N:Public;John', 'FN:Johnny P.'), lastName: 'Private' }
    expect(writeCard(contact, new Uint8Array(0), '4.0')).toContain('\r\nFN:John Private\r\n')
  })
})

describe('days', () => {
  it.each([
    ['BDAY:1980-02-29', '1980-02-29', 'BDAY:19800229'],
    ['BDAY:19800229', '1980-02-29', 'BDAY:19800229'],
    ['BDAY:1980-02-29T00:00:00Z', '1980-02-29', 'BDAY:1980-02-29T00:00:00Z'],
    ['BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29', '1604-02-29', 'BDAY:--0229'],
    ['BDAY:--0229', '1604-02-29', 'BDAY:--0229'],
    ['BDAY:--02-29', '1604-02-29', 'BDAY:--0229'],
    ['BDAY:1980-02', null, 'BDAY:1980-02'],
    ['BDAY:---29', null, 'BDAY:---29'],
    ['BDAY:1981-02-29', null, 'BDAY:1981-02-29'],
    ['BDAY;VALUE=text:circa 1800', null, 'BDAY;VALUE=text:circa 1800'],
    ['X-EVOLUTION-ANNIVERSARY:2001-01-01', null, 'X-EVOLUTION-ANNIVERSARY:2001-01-01'],
  ])('%s is %s, and goes out as %s', (line, birthday, out) => {
    const contact = contactOf('4.0', 'N:Day', line)
    expect(contact.birthday).toBe(birthday)
    expect(rewritten(contact, '4.0')).toEqual([out])
  })

  it('without a year go out to 3.0 as Apple writes them', () => {
    expect(rewritten(contactOf('4.0', 'N:Day', 'BDAY:--0203'))).toEqual(['BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-03'])
  })

  it('of a wedding have many names', () => {
    const names = ['ANNIVERSARY', 'X-ANNIVERSARY', 'X-EVOLUTION-ANNIVERSARY', 'X-KADDRESSBOOK-X-Anniversary', 'X-MS-ANNIVERSARY']
    expect(names.map((name) => contactOf('3.0', 'N:Day', `${name}:2001-01-01`).anniversary)).toEqual(names.map(() => '2001-01-01'))
  })
})

describe('what no place holds', () => {
  const lines = [
    'N:Doe;John;;;',
    'item1.EMAIL;TYPE=INTERNET,PREF:john@example.test',
    'item1.X-ABLabel:Boat',
    'EMAIL:2@example.test',
    'EMAIL:3@example.test',
    'EMAIL:4@example.test',
    'item2.TEL:555',
    'item2.X-ABLabel:_$!<HomePage>!$_',
    'TEL;TYPE=CELL;X-ID=7:666',
    'GEO:1;2',
    'X-SOCIALPROFILE;TYPE=twitter:https://example.test/doe',
  ]

  it('goes out again as it came, with its groups, labels and parameters', () => {
    const out = rewritten(contactOf('3.0', ...lines))
    expect(out.sort()).toEqual([
      'EMAIL:2@example.test',
      'EMAIL:3@example.test',
      'EMAIL:4@example.test',
      'GEO:1;2',
      'TEL;TYPE=CELL;X-ID=7:666',
      'X-SOCIALPROFILE;TYPE=twitter:https://example.test/doe',
      'item1.EMAIL;TYPE=INTERNET;TYPE=PREF:john@example.test',
      'item1.X-ABLabel:Boat',
      'item2.TEL:555',
      'item2.X-ABLabel:_$!<HomePage>!$_',
    ])
  })

  it('goes with what it was about, where a phone wrote something else there', () => {
    const contact = contactOf('3.0', ...lines)
    const changed: Contact = { ...contact, emails: ['new@example.test', '', ''], phones: { ...contact.phones, mobile: '777' } }
    const out = rewritten(changed)
    expect(out.filter((line) => /EMAIL|Boat|CELL/.test(line)).sort()).toEqual([
      'EMAIL:4@example.test',
      'EMAIL:new@example.test',
      'TEL;TYPE=CELL:777',
    ])
  })

  it('keeps an address’s label until the address changes', () => {
    const contact = contactOf('3.0', 'N:Doe', 'ADR;TYPE=HOME:Box 7;;Street;City;;;', 'LABEL;TYPE=HOME:Box 7\\nStreet\\nCity')
    expect(contact.home.street).toBe('Box 7\nStreet')
    expect(rewritten(contact)).toEqual(['ADR;TYPE=HOME:Box 7;;Street;City;;;', 'LABEL;TYPE=HOME:Box 7\\nStreet\\nCity'])
    const moved = { ...contact, home: { ...contact.home, city: 'Town' } }
    expect(rewritten(moved)).toEqual(['ADR;TYPE=HOME:;;Box 7\\nStreet;Town;;;'])
  })

  it('says who is preferred in the way of the version', () => {
    expect(rewritten(contactOf('3.0', 'N:Doe', 'EMAIL;TYPE=HOME,PREF:a@example.test'), '4.0')).toEqual([
      'EMAIL;TYPE=HOME;PREF=1:a@example.test',
    ])
    expect(rewritten(contactOf('4.0', 'N:Doe', 'EMAIL;PREF=1:a@example.test'))).toEqual(['EMAIL;TYPE=PREF:a@example.test'])
  })

  it('turns bytes into the form of the version', () => {
    const key = Buffer.from('a certificate').toString('base64')
    const contact = contactOf('3.0', 'N:Doe', `KEY;ENCODING=b;TYPE=X509:${key}`)
    expect(rewritten(contact)).toEqual([`KEY;TYPE=X509;ENCODING=b:${key}`])
    expect(rewritten(contact, '4.0').join('').replaceAll(' ', '')).toBe(`KEY;TYPE=X509:data:application/pkix-cert;base64,${key}`)
  })

  it('is bounded: what no address book writes is left out', () => {
    const contact = contactOf('3.0', 'N:Doe', ...Array.from({ length: 20 }, (_, index) => `X-FILM-${index}:${'x'.repeat(30_000)}`))
    expect(contact.foreign?.properties).toHaveLength(4)
    expect(JSON.stringify(contact.foreign).length).toBeLessThan(132_000)
  })
})

describe('pictures', () => {
  const bytes = Buffer.from('some bytes')
  const base64 = bytes.toString('base64')
  it.each([
    ['3.0', `PHOTO;ENCODING=b;TYPE=JPEG:${base64}`],
    ['3.0', `PHOTO;ENCODING=BASE64;JPEG:${base64}`],
    ['3.0', `PHOTO;X-ABCROP-RECTANGLE=ABClipRect_1&0&0&1&1&x==;ENCODING=b:${base64}`],
    ['3.0', `PHOTO;VALUE=uri:data:image/png;base64,${base64}`],
    ['4.0', `PHOTO:data:image/jpeg;base64,${base64}`],
    ['4.0', `PHOTO:data:image/jpeg\\;base64\\,${base64}`],
  ])('in %s come as %s', (version, line) => {
    const [read] = readCards(card(version, 'N:Face', line))
    expect(Buffer.from(read!.source)).toEqual(bytes)
    expect(read!.contact.picture).toEqual({ start: 0, end: bytes.length })
  })

  it('that lie elsewhere are not fetched, and keep their address', () => {
    const contact = contactOf('4.0', 'N:Face', 'PHOTO:https://example.test/face.jpg')
    expect([contact.picture, rewritten(contact, '4.0')]).toEqual([null, ['PHOTO:https://example.test/face.jpg']])
  })
})

describe('damage', () => {
  it('that leaves no card is told in a sentence', () => {
    expect(() => readCards('This is a letter.')).toThrow(CardFormatError)
    expect(readCards(' \r\n')).toEqual([])
  })

  it('in one line harms no other', () => {
    const contact = contactOf('3.0', 'no colon here', ':nothing', 'N:Doe', 'TEL;TYPE="work:never ends', 'é.X:1', 'TITLE:Chief')
    expect([contact.lastName, contact.jobTitle]).toEqual(['Doe', 'Chief'])
  })

  it('at the end loses nobody', () => {
    expect(
      readCards('BEGIN:VCARD\nVERSION:3.0\nN:One\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nN:Two').map(({ contact }) => contact.lastName),
    ).toEqual(['One', 'Two'])
  })

  it('between two cards loses neither', () => {
    const cards = readCards('BEGIN:VCARD\nVERSION:3.0\nN:One\nBEGIN:VCARD\nVERSION:3.0\nN:Two\nEND:VCARD')
    expect(cards.map(({ contact }) => contact.lastName)).toEqual(['One', 'Two'])
  })

  it('that looks like half a megabyte of an encoding is passed over at once', () => {
    expect(contactOf('3.0', `X-A${'quoted-printable'.repeat(40_000)}:`, 'N:Doe').lastName).toBe('Doe')
  })

  it('of any kind never throws anything but that sentence', () => {
    const pieces = fc.constantFrom(
      'BEGIN:VCARD',
      'END:VCARD',
      'VERSION:2.1',
      'VERSION:4.0',
      'N:',
      ';',
      ':',
      ',',
      '\\',
      '"',
      '=',
      '=\n',
      '\n ',
      '\n',
      'TEL;TYPE=',
      'PHOTO;ENCODING=b:',
      'ENCODING=QUOTED-PRINTABLE',
      'BDAY:',
      'x.',
      'IMPP:',
      'RELATED;VALUE=text;TYPE=child:',
      '\u0000',
      'ü',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 60 }), (parts) => {
        try {
          for (const { contact, source } of readCards(parts.join(''))) readCards(writeCard(contact, source, '4.0'))
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(CardFormatError)
        }
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['2012-03-05T13:19:33Z', '2012-03-05T13:19:33Z'],
    ['20120305T131933Z', '2012-03-05T13:19:33Z'],
    ['20120305T131933+0100', '2012-03-05T12:19:33Z'],
    ['2012-03-05T13:19:33.5', '2012-03-05T13:19:33.5Z'],
    ['2012-03-05', '2012-03-05T00:00:00Z'],
    ['some time ago', null],
    ['20121305T131933Z', null],
  ])('a card says when it was written: %s', (value, at) => {
    expect(contactOf('3.0', 'N:Doe', `REV:${value}`).modified).toBe(at === null ? undefined : Date.parse(at))
  })

  it('a uid is given to whom none was, the same each time', () => {
    const read = () => contactOf('3.0', 'N:Doe', 'TEL:1').uid
    expect(read()).toMatch(/^[0-9a-f-]{36}$/)
    expect(read()).toBe(read())
    expect(contactOf('3.0', 'N:Doe', 'TEL:2').uid).not.toBe(read())
    expect(contactOf('3.0', 'N:Doe', 'TEL:1', 'REV:2012-03-05T13:19:33Z', 'PRODID:-//Any//EN').uid).toBe(read())
  })
})
