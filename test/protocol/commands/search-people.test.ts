// The address book searched from phones, by Search in every version and by Find at 16.1.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DirectoryUnavailable, type AddressBook } from '../../../src/directory/directory.ts'
import type { ProtocolVersion } from '../../../src/model/version.ts'
import { find as findCommand } from '../../../src/protocol/commands/find.ts'
import { resolveRecipients } from '../../../src/protocol/commands/resolve-recipients.ts'
import { search as searchCommand } from '../../../src/protocol/commands/search.ts'
import { bookFile, picture, type BookFile } from '../../support/address-book.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import type { Phone, PhoneOptions } from '../../support/phone.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { all, el, one, textAt, type Node } from '../../support/wire.ts'

const alice = 'alice@example.test'
const versions = ['12.1', '14.0', '14.1', '16.0', '16.1']

let book: BookFile
let server: TestServer
beforeAll(async () => {
  const many = Array.from({ length: 120 }, (_, index) => `Many ${String(index).padStart(3, '0')}`)
  book = bookFile([
    {
      name: 'Carol Danvers',
      address: 'carol@example.test',
      firstName: 'Carol',
      lastName: 'Danvers',
      alias: 'carold',
      title: 'Engineer',
      company: 'Example',
      office: '4.12',
      phone: '+420 555 0100',
      homePhone: '+420 555 0101',
      mobilePhone: '+420 555 0102',
      photo: picture(2000),
    },
    { name: 'Carola Large', address: 'carola@example.test', photo: picture(30_000) },
    { name: 'Carolus Huge', address: 'carolus@example.test', photo: picture(110_000) },
    { name: 'Carolyn Small', address: 'carolyn@example.test', photo: picture(1000) },
    { name: 'Carole Plain', address: 'carole@example.test' },
    { name: 'Carol’s Room', kind: 'resource' },
    ...many.map((name, index) => ({ name, address: `many${index}@example.test` })),
  ])
  server = await startTestServer({
    accounts: [alice],
    environment: { EASEL_DIRECTORY_FILE: book.path, EASEL_DIRECTORY_FOUND: '1000', EASEL_ADDRESS_BOOK_PER_MINUTE: '100000' },
  })
})
afterAll(async () => {
  await server.close()
  book.remove()
})

interface Asked {
  readonly range?: string
  /** `'empty'` for an element without limits, as iOS sends it. */
  readonly pictures?: 'empty' | { readonly size?: number; readonly count?: number }
}

function options(page: 'Search' | 'Find', { range, pictures }: Asked): Node {
  const limits =
    pictures === undefined || pictures === 'empty'
      ? undefined
      : [
          pictures.size !== undefined && el(`${page}:MaxSize`, pictures.size),
          pictures.count !== undefined && el(`${page}:MaxPictures`, pictures.count),
        ]
  return el(`${page}:Options`, [range !== undefined && el(`${page}:Range`, range), pictures !== undefined && el(`${page}:Picture`, limits)])
}

function searchNode(query: string, asked: Asked = {}): Node {
  return el('Search:Search', [el('Search:Store', [el('Search:Name', 'GAL'), el('Search:Query', query), options('Search', asked)])])
}

function findNode(query: string, asked: Asked & { readonly id?: string } = {}): Node {
  const criterion = el('Find:GalSearchCriterion', [el('Find:Query', query), options('Find', asked)])
  return el('Find:Find', [el('Find:SearchId', asked.id ?? query), el('Find:ExecuteSearch', [criterion])])
}

/** The Store of the answer. */
async function search(phone: Phone, query: string, asked: Asked = {}): Promise<Node | null> {
  const { status, node } = await phone.post('Search', searchNode(query, asked))
  expect(status).toBe(200)
  return one(node, 'Response/Store')
}

const names = (found: Node | null) => all(found, 'Result/Properties/Gal:DisplayName').map(({ value }) => value)
const pictures = (found: Node | null) =>
  all(found, 'Result/Properties').map((person) => {
    const data = one(person, 'Gal:Picture/Data')
    return [textAt(person, 'Gal:Picture/Status'), Buffer.isBuffer(data?.value) ? data.value.length : null]
  })
const phoneOf = (version: string, more: Partial<PhoneOptions> = {}) => server.phone(alice, { version, ...more })

describe.each(versions)('a search of the address book at %s', (version) => {
  let phone: Phone
  beforeAll(async () => {
    phone = await phoneOf(version)
  })

  test('shows every property that somebody has, and no other', async () => {
    const store = await search(phone, 'danvers', { range: '0-9' })
    expect([textAt(store, 'Range'), textAt(store, 'Total')]).toEqual(['0-0', '1'])
    expect(one(store, 'Result/Properties')?.children.map(({ name, value }) => [name.split(':')[1], value])).toEqual([
      ['DisplayName', 'Carol Danvers'],
      ['Phone', '+420 555 0100'],
      ['Office', '4.12'],
      ['Title', 'Engineer'],
      ['Company', 'Example'],
      ['Alias', 'carold'],
      ['FirstName', 'Carol'],
      ['LastName', 'Danvers'],
      ['HomePhone', '+420 555 0101'],
      ['MobilePhone', '+420 555 0102'],
      ['EmailAddress', 'carol@example.test'],
    ])
    expect(one(await search(phone, 'room'), 'Result/Properties')?.children.map(({ name }) => name)).toEqual(['Gal:DisplayName'])
  })

  test('finds names, aliases and addresses by their beginning, in the order of names', async () => {
    expect(names(await search(phone, 'CAROL'))).toEqual([
      'Carol Danvers',
      'Carol’s Room',
      'Carola Large',
      'Carole Plain',
      'Carolus Huge',
      'Carolyn Small',
    ])
    expect(names(await search(phone, 'carold'))).toEqual(['Carol Danvers'])
    expect(names(await search(phone, 'carol@'))).toEqual(['Carol Danvers'])
    expect(names(await search(phone, 'Carol D'))).toEqual(['Carol Danvers'])
    expect(names(await search(phone, 'alic'))).toEqual(['Alice'])
  })

  test('says with one empty Result that nobody was found, or that the text was too short to look', async () => {
    for (const text of ['nobody', 'c', '']) {
      const store = await search(phone, text)
      expect(store?.children.map(({ name }) => name)).toEqual(['Search:Status', 'Search:Result'])
      expect(textAt(store, 'Status')).toBe('1')
      expect(one(store, 'Result')?.children).toEqual([])
    }
  })

  test('gives the first hundred, in pages with the Total, and nobody behind them', async () => {
    const whole = await search(phone, 'many')
    expect([textAt(whole, 'Range'), textAt(whole, 'Total')]).toEqual(['0-99', '120'])
    const page = await search(phone, 'many', { range: '98-120' })
    expect([textAt(page, 'Range'), textAt(page, 'Total')]).toEqual(['98-99', '120'])
    expect(names(page)).toEqual(['Many 098', 'Many 099'])
    expect(names(await search(phone, 'many', { range: '0-999' }))).toHaveLength(100)
    expect(textAt(await search(phone, 'many', { range: '100-119' }), 'Status')).toBe('12')
    expect(textAt(await search(phone, 'danvers', { range: '1-9' }), 'Status')).toBe('12')
    expect(textAt(await search(phone, 'danvers', { range: '9-1' }), 'Status')).toBe('2')
  })
})

describe.each(['14.1', '16.0', '16.1'])('pictures at %s', (version) => {
  let phone: Phone
  beforeAll(async () => {
    phone = await phoneOf(version)
  })

  test('come with everybody who has one, for an iPhone that asks with an empty element', async () => {
    const found = pictures(await search(phone, 'carol', { pictures: 'empty' }))
    expect(found).toEqual([
      ['1', 2000],
      ['173', null],
      ['1', 30_000],
      ['173', null],
      // Larger than any picture may be.
      ['174', null],
      ['1', 1000],
    ])
  })

  test('obey MaxSize and MaxPictures: 173 for none, 174 for one too large, 175 for one too many', async () => {
    const found = pictures(await search(phone, 'carol', { pictures: { size: 20_480, count: 1 } }))
    expect(found).toEqual([
      ['1', 2000],
      ['173', null],
      ['174', null],
      ['173', null],
      ['174', null],
      ['175', null],
    ])
    expect(pictures(await search(phone, 'danvers', { pictures: { count: 0 } }))).toEqual([['175', null]])
    expect(pictures(await search(phone, 'danvers', { pictures: { size: 0 } }))).toEqual([['174', null]])
  })

  test('are left out where nobody asked', async () => {
    expect(pictures(await search(phone, 'danvers'))).toEqual([[null, null]])
  })
})

test.each(['12.1', '14.0'])('a phone that asks for pictures at %s, which has none, gets people without', async (version) => {
  const phone = await phoneOf(version)
  expect(pictures(await search(phone, 'danvers', { pictures: 'empty' }))).toEqual([[null, null]])
})

describe('a find of people at 16.1', () => {
  let phone: Phone
  beforeAll(async () => {
    phone = await phoneOf('16.1')
  })
  const find = async (query: string, asked: Asked & { readonly id?: string } = {}) => {
    const { status, node } = await phone.post('Find', findNode(query, asked))
    expect(status).toBe(200)
    return one(node, 'Response')
  }

  test('shows the same person, with his picture', async () => {
    const found = await find('danvers', { range: '0-9', pictures: { size: 100 } })
    expect(pictures(found)).toEqual([['174', null]])
    expect(textAt(found, 'Result/Properties/Gal:MobilePhone')).toBe('+420 555 0102')
    expect(pictures(await find('carol', { pictures: 'empty' })).map(([status]) => status)).toEqual(['1', '173', '1', '173', '174', '1'])
  })

  test('is paged to its end under one SearchId, a hundred at a time', async () => {
    const first = await find('many', { range: '0-999', id: 'A' })
    expect([textAt(first, 'Range'), textAt(first, 'Total')]).toEqual(['0-99', '120'])
    const second = await find('many', { range: '100-199', id: 'A' })
    expect([textAt(second, 'Range'), textAt(second, 'Total')]).toEqual(['100-119', '120'])
    expect(textAt(await find('many', { range: '100-199', id: 'B' }), 'Status')).toBe('4')
  })

  test('that finds nobody has no Result and a Total of 0', async () => {
    const found = await find('nobody')
    expect(found?.children.map(({ name }) => name)).toEqual(['ItemOperations:Store', 'Find:Status', 'Find:Total'])
    expect(textAt(found, 'Total')).toBe('0')
  })
})

describe('the address book', () => {
  test('shows nobody of another domain where domains are kept apart', async () => {
    const apart = await startTestServer({ accounts: [alice, 'albert@other.test'], environment: { EASEL_DIRECTORY_SEPARATE: '1' } })
    try {
      expect(names(await search(await apart.phone(alice), 'al'))).toEqual(['Alice'])
      expect(names(await search(await apart.phone('albert@other.test'), 'al'))).toEqual(['Albert'])
    } finally {
      await apart.close()
    }
  })

  test('cannot be copied: whoever has seen enough in a minute is told to come later, in every command', async () => {
    const guarded = await startTestServer({
      accounts: [alice, 'bob@example.test'],
      environment: { EASEL_DIRECTORY_FILE: book.path, EASEL_ADDRESS_BOOK_PER_MINUTE: '100' },
    })
    try {
      const phone = await guarded.phone(alice)
      expect(names(await search(phone, 'many'))).toHaveLength(100)
      expect(textAt(await search(phone, 'danvers'), 'Status')).toBe('10')
      expect(textAt((await phone.post('Find', findNode('danvers'))).node, 'Status')).toBe('111')
      const resolve = el('ResolveRecipients:ResolveRecipients', [el('ResolveRecipients:To', 'danvers')])
      expect(textAt((await phone.post('ResolveRecipients', resolve)).node, 'Status')).toBe('6')
      const other = await guarded.phone(alice, { deviceId: 'ANOTHERPHONE' })
      expect(textAt(await search(other, 'danvers'), 'Status')).toBe('10')
      expect(names(await search(await guarded.phone('bob@example.test'), 'danvers'))).toEqual(['Carol Danvers'])
      await guarded.clock.advance(6)
      expect(names(await search(phone, 'danvers'))).toEqual(['Carol Danvers'])
    } finally {
      await guarded.close()
    }
  })
})

test('pictures end where an answer is full, and so does what ResolveRecipients gives', async () => {
  const gallery = bookFile(
    Array.from({ length: 12 }, (_, index) => ({
      name: `Painter ${index}`,
      address: `painter${index}@example.test`,
      photo: picture(100_000),
    })),
  )
  const small = await startTestServer({
    accounts: [alice],
    environment: { EASEL_DIRECTORY_FILE: gallery.path, EASEL_ANSWER_MEGABYTES: '1' },
  })
  try {
    const phone = await small.phone(alice)
    const statuses = [...Array.from({ length: 10 }, () => '1'), '175', '175']
    expect(pictures(await search(phone, 'painter', { pictures: 'empty' })).map(([status]) => status)).toEqual(statuses)
    const recipients = ['Painter 1@', 'painter'].map((to) => el('ResolveRecipients:To', to))
    const options = el('ResolveRecipients:Options', [el('ResolveRecipients:Picture')])
    const { node } = await phone.post('ResolveRecipients', el('ResolveRecipients:ResolveRecipients', [...recipients, options]))
    expect(all(node, 'Response/Recipient/Picture/Status').map(({ value }) => value)).toEqual(statuses)
  } finally {
    await small.close()
    gallery.remove()
  }
})

describe('a directory that does not answer', () => {
  /** As an LDAP server that is down. */
  const silent: AddressBook = {
    search: () => Promise.reject(new DirectoryUnavailable('no answer')),
    photo: () => Promise.reject(new DirectoryUnavailable('no answer')),
    certificates: () => Promise.reject(new DirectoryUnavailable('no answer')),
    members: () => Promise.reject(new DirectoryUnavailable('no answer')),
  }
  let desk: Desk
  beforeAll(async () => {
    desk = await openDesk({}, silent)
  })
  afterAll(() => desk.close())
  const resolve = el('ResolveRecipients:ResolveRecipients', [el('ResolveRecipients:To', 'carol')])

  test.each(versions)('is "later" at %s, in the words of each command, and never "nobody"', async (value) => {
    const version = value as ProtocolVersion
    const searched = await desk.serve(searchCommand, searchNode('carol'), { version })
    expect([searched.status, textAt(searched.node, 'Status'), textAt(searched.node, 'Response/Store/Status')]).toEqual([200, '1', '7'])
    const resolved = await desk.serve(resolveRecipients, resolve, { version })
    expect([resolved.status, textAt(resolved.node, 'Status')]).toEqual([200, '6'])
  })

  test('is the common Status 111 in Find', async () => {
    expect(textAt((await desk.serve(findCommand, findNode('carol'), { version: '16.1' })).node, 'Status')).toBe('111')
  })
})
