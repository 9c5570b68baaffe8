// ResolveRecipients from phones: who is meant, with certificates, pictures, and what is known of free times.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bookFile, picture, type BookFile } from '../../support/address-book.ts'
import { MailAuthority } from '../../support/mail-authority.ts'
import type { Phone } from '../../support/phone.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { all, el, one, textAt, type Node } from '../../support/wire.ts'

const alice = 'alice@example.test'
const versions = ['12.1', '14.0', '14.1', '16.0', '16.1']
const now = Date.parse('2026-03-02T08:00:00Z')

let book: BookFile
let server: TestServer
let certificateOf: Record<'bob' | 'fresh' | 'expired' | 'signing' | 'web' | 'carol', Uint8Array>
beforeAll(async () => {
  const root = await MailAuthority.root('Mail CA', now)
  certificateOf = {
    bob: await root.issue('bob@example.test', { until: 100 }),
    fresh: await root.issue('bob@example.test', { until: 300 }),
    expired: await root.issue('bob@example.test', { from: -300, until: -1 }),
    signing: await root.issue('dave@example.test', { usages: 'signing' }),
    web: await root.issue('dave@example.test', { purposes: ['1.3.6.1.5.5.7.3.1'] }),
    carol: await root.issue('carol@example.test'),
  }
  const { bob, fresh, expired, signing, web, carol } = certificateOf
  const crowd = Array.from({ length: 21 }, (_, index) => `crowd${index}@example.test`)
  book = bookFile([
    { name: 'Bob', address: 'bob@example.test', certificates: [fresh, bob, expired], photo: picture(500) },
    { name: 'Carol One', address: 'carol@example.test', certificates: [carol], photo: picture(400) },
    { name: 'Carol Two', address: 'carol.two@example.test', photo: picture(300) },
    { name: 'Carol Three', address: 'carol.three@example.test' },
    { name: 'Dave', address: 'dave@example.test', certificates: [signing, web, Buffer.from('no certificate')] },
    { name: 'Longer', address: 'erin@example.test.long' },
    { name: 'Meeting Room', kind: 'resource' },
    { name: 'Team', kind: 'group', address: 'team@example.test', members: ['bob@example.test', 'carol@example.test', 'dave@example.test'] },
    { name: 'Everyone', kind: 'group', address: 'everyone@example.test', members: [...crowd, 'team@example.test'] },
    ...crowd.map((address, index) => ({ name: `Crowd ${index}`, address })),
  ])
  server = await startTestServer({
    accounts: [alice],
    environment: { EASEL_DIRECTORY_FILE: book.path, EASEL_ADDRESS_BOOK_PER_MINUTE: '100000' },
  })
})
afterAll(async () => {
  await server.close()
  book.remove()
})

interface Asked {
  readonly retrieval?: number
  readonly certificatesMax?: number
  readonly ambiguousMax?: number
  readonly from?: string
  readonly to?: string
  readonly pictures?: 'empty' | { readonly size?: number; readonly count?: number }
}

const part = (name: string, content?: Parameters<typeof el>[1]) => el(`ResolveRecipients:${name}`, content)

function node(recipients: readonly string[], asked: Asked = {}): Node {
  const { retrieval, certificatesMax, ambiguousMax, from, to, pictures } = asked
  const limits =
    typeof pictures === 'object'
      ? [pictures.size !== undefined && part('MaxSize', pictures.size), pictures.count !== undefined && part('MaxPictures', pictures.count)]
      : undefined
  return part('ResolveRecipients', [
    ...recipients.map((recipient) => part('To', recipient)),
    part('Options', [
      retrieval !== undefined && part('CertificateRetrieval', retrieval),
      certificatesMax !== undefined && part('MaxCertificates', certificatesMax),
      ambiguousMax !== undefined && part('MaxAmbiguousRecipients', ambiguousMax),
      (from !== undefined || to !== undefined) &&
        part('Availability', [from !== undefined && part('StartTime', from), to !== undefined && part('EndTime', to)]),
      pictures !== undefined && part('Picture', limits),
    ]),
  ])
}

async function ask(phone: Phone, recipients: readonly string[], asked: Asked = {}): Promise<Node | null> {
  const reply = await phone.post('ResolveRecipients', node(recipients, asked))
  expect(reply.status).toBe(200)
  return reply.node
}

/** Each Response as [Status, RecipientCount, names]. */
const told = (found: Node | null) =>
  all(found, 'Response').map((response) => [
    textAt(response, 'Status'),
    textAt(response, 'RecipientCount'),
    all(response, 'Recipient/DisplayName').map(({ value }) => value),
  ])

const certificates = (found: Node | null, kind: 'Certificate' | 'MiniCertificate' = 'Certificate') =>
  all(found, 'Response/Recipient/Certificates').map((each) => ({
    status: textAt(each, 'Status'),
    count: textAt(each, 'CertificateCount'),
    recipients: textAt(each, 'RecipientCount'),
    given: all(each, kind).map(({ value }) => value),
  }))
const base64 = (name: keyof typeof certificateOf) => Buffer.from(certificateOf[name]).toString('base64')

describe.each(versions)('a recipient at %s', (version) => {
  let phone: Phone
  beforeAll(async () => {
    phone = await server.phone(alice, { version })
  })

  test('is resolved by name and by address, each in a Response of its own, in their order', async () => {
    const found = await ask(phone, ['bob', 'CAROL@example.test', 'alice'])
    expect(textAt(found, 'Status')).toBe('1')
    expect(all(found, 'Response/To').map(({ value }) => value)).toEqual(['bob', 'CAROL@example.test', 'alice'])
    expect(told(found)).toEqual([
      ['1', '1', ['Bob']],
      ['1', '1', ['Carol One']],
      ['1', '1', ['Alice']],
    ])
    expect(all(found, 'Response/Recipient/Type').map(({ value }) => value)).toEqual(['1', '1', '1'])
    expect(all(found, 'Response/Recipient/EmailAddress').map(({ value }) => value)).toEqual([
      'bob@example.test',
      'carol@example.test',
      alice,
    ])
  })

  test('that may be several is answered with suggestions: all of them is 2, a part of them 3 with the count of all', async () => {
    expect(told(await ask(phone, ['carol']))).toEqual([['2', '3', ['Carol One', 'Carol Three', 'Carol Two']]])
    expect(told(await ask(phone, ['carol'], { ambiguousMax: 2 }))).toEqual([['3', '3', ['Carol One', 'Carol Three']]])
    expect(told(await ask(phone, ['carol'], { ambiguousMax: 0 }))).toEqual([['3', '3', []]])
    expect(certificates(await ask(phone, ['carol'], { retrieval: 2 }))).toEqual([])
  })

  test('whom nobody knows is 4, and so is who has no address', async () => {
    expect(told(await ask(phone, ['nobody', 'x', 'meeting']))).toEqual(Array.from({ length: 3 }, () => ['4', '0', []]))
  })

  test('whose address begins like a longer one is a suggestion: nobody encrypts for a stranger', async () => {
    expect(told(await ask(phone, ['erin@example.test'], { retrieval: 2 }))).toEqual([['2', '1', ['Longer']]])
  })

  test('comes with the certificate that is good for longest, whole or mini, or with 7 where none is good', async () => {
    const full = { status: '1', count: '1', recipients: '1', given: [base64('fresh')] }
    expect(certificates(await ask(phone, ['bob'], { retrieval: 2 }))).toEqual([full])
    expect(certificates(await ask(phone, ['bob'], { retrieval: 3 }), 'MiniCertificate')).toEqual([full])
    expect(certificates(await ask(phone, ['bob'], { retrieval: 1 }))).toEqual([])
    expect(certificates(await ask(phone, ['bob']))).toEqual([])
    // One for signing only, one for the web, and what is none.
    expect(certificates(await ask(phone, ['dave'], { retrieval: 2 }))).toEqual([{ status: '7', count: '0', recipients: '1', given: [] }])
  })

  test('that is a group comes with one certificate for each member, to be compared with their number', async () => {
    const team = await ask(phone, ['team'], { retrieval: 2 })
    expect(told(team)).toEqual([['1', '1', ['Team']]])
    expect(certificates(team)).toEqual([{ status: '1', count: '2', recipients: '3', given: [base64('fresh'), base64('carol')] }])
    expect(certificates(await ask(phone, ['everyone'], { retrieval: 2 }))[0]).toMatchObject({ status: '1', count: '2', recipients: '24' })
  })

  test('gets all of its certificates or, beyond the limit of the whole answer, 8 and how many there were', async () => {
    const found = certificates(await ask(phone, ['bob', 'team', 'carol@example.test'], { retrieval: 2, certificatesMax: 2 }))
    expect(found.map(({ status, count, given }) => [status, count, given.length])).toEqual([
      ['1', '1', 1],
      ['8', '2', 0],
      ['1', '1', 1],
    ])
    expect(certificates(await ask(phone, ['bob'], { retrieval: 2, certificatesMax: 0 }))[0]).toMatchObject({ status: '8', given: [] })
    expect(certificates(await ask(phone, ['team'], { retrieval: 3 }), 'MiniCertificate')[0]).toMatchObject({
      status: '8',
      count: '2',
      given: [],
    })
  })

  test('is one of at most a hundred: none, more, and options out of range are Status 5', async () => {
    const status = async (recipients: readonly string[], asked: Asked = {}) => {
      const found = await ask(phone, recipients, asked)
      expect(all(found, 'Response')).toHaveLength(textAt(found, 'Status') === '1' ? recipients.length : 0)
      return textAt(found, 'Status')
    }
    const hundred = Array.from({ length: 100 }, (_, index) => `Crowd ${index}`)
    expect(await status(hundred)).toBe('1')
    expect(await status([...hundred, 'bob'])).toBe('5')
    expect(await status([])).toBe('5')
    expect(await status(['x'.repeat(257)])).toBe('5')
    expect(await status(['bob'], { retrieval: 4 })).toBe('5')
    expect(await status(['bob'], { certificatesMax: 10_000 })).toBe('5')
    expect(await status(['bob'], { ambiguousMax: -1 })).toBe('5')
  })
})

describe.each(['14.0', '14.1', '16.0', '16.1'])('availability at %s', (version) => {
  let phone: Phone
  beforeAll(async () => {
    phone = await server.phone(alice, { version })
  })
  const from = '2026-03-03T00:00:00.000Z'
  const told = async (recipients: readonly string[], asked: Asked = { from, to: '2026-03-04T00:00:00.000Z' }) =>
    all(await ask(phone, recipients, asked), 'Response/Recipient/Availability').map((each) => each.children.map(({ value }) => value))

  test('of one who is certain and has no account here is 163, and none is told of suggestions', async () => {
    expect(await told(['bob', 'carol', 'nobody'])).toEqual([['163']])
    expect(await told(['team'])).toEqual([['163']])
    expect(await told(['bob'], {})).toEqual([])
  })

  test('of a group of more than twenty is 161', async () => {
    expect(await told(['everyone'])).toEqual([['161']])
  })

  test('is asked for half an hour to 42 days, a week where no end is named: anything else is Status 5', async () => {
    const status = async (asked: Asked) => textAt(await ask(phone, ['bob'], asked), 'Status')
    expect(await status({ from })).toBe('1')
    expect(await status({ from, to: '2026-03-03T00:30:00.000Z' })).toBe('1')
    expect(await status({ from, to: '2026-03-03T00:29:59.000Z' })).toBe('5')
    expect(await status({ from, to: '2026-04-14T00:00:00.000Z' })).toBe('1')
    expect(await status({ from, to: '2026-04-14T00:00:01.000Z' })).toBe('5')
    expect(await status({ from, to: '2026-03-02T00:00:00.000Z' })).toBe('5')
    expect(await status({ to: '2026-03-04T00:00:00.000Z' })).toBe('5')
    expect(await status({ from: 'tomorrow' })).toBe('5')
    expect(await status({ from, to: 'some day' })).toBe('5')
  })
})

describe.each(['14.1', '16.0', '16.1'])('pictures at %s', (version) => {
  test('are counted for each recipient by itself', async () => {
    const phone = await server.phone(alice, { version })
    const told = async (asked: Asked) =>
      all(await ask(phone, ['bob', 'carol'], asked), 'Response/Recipient/Picture').map((each) => {
        const value = one(each, 'Data')?.value
        return [textAt(each, 'Status'), Buffer.isBuffer(value) ? value.length : null]
      })
    expect(await told({ pictures: { count: 1 } })).toEqual([
      ['1', 500],
      ['1', 400],
      ['173', null],
      ['175', null],
    ])
    expect(await told({ pictures: { size: 350 } })).toEqual([
      ['174', null],
      ['174', null],
      ['173', null],
      ['1', 300],
    ])
    expect((await told({ pictures: 'empty' })).map(([status]) => status)).toEqual(['1', '1', '173', '1'])
    expect(await told({})).toEqual([])
  })
})

test('at 12.1 a phone asks in vain for what came later', async () => {
  const phone = await server.phone(alice, { version: '12.1' })
  const found = await ask(phone, ['bob'], { from: 'tomorrow', pictures: 'empty' })
  expect(one(found, 'Response/Recipient')?.children.map(({ name }) => name)).toEqual([
    'ResolveRecipients:Type',
    'ResolveRecipients:DisplayName',
    'ResolveRecipients:EmailAddress',
  ])
})

test('one request copies no more of the address book than several do', async () => {
  const small = await startTestServer({
    accounts: [alice],
    environment: { EASEL_DIRECTORY_FILE: book.path, EASEL_ADDRESS_BOOK_PER_MINUTE: '30' },
  })
  const phone = await small.phone(alice)
  const many = (times: number) => Array.from({ length: times }, () => 'crowd')
  expect(textAt(await ask(phone, many(100)), 'Status')).toBe('6')
  await small.clock.advance(180)
  expect(textAt(await ask(phone, many(2)), 'Status')).toBe('1')
  expect(textAt(await ask(phone, ['bob']), 'Status')).toBe('6')
  await small.close()
})
