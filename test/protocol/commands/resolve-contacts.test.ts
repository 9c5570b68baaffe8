// ResolveRecipients over the user's own contacts: behind the address book, each address once, with what their cards brought.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCards } from '../../../src/format/vcard.ts'
import { folderType } from '../../../src/model/folder.ts'
import { recordDraft } from '../../../src/store/record.ts'
import { bookFile, picture, type BookFile } from '../../support/address-book.ts'
import { MailAuthority } from '../../support/mail-authority.ts'
import type { Phone } from '../../support/phone.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { all, el, one, textAt, type Node } from '../../support/wire.ts'

const alice = 'alice@example.test'
const now = Date.parse('2026-03-02T08:00:00Z')

let book: BookFile
let server: TestServer
let phone: Phone
let certificate: Buffer

const card = (...lines: readonly string[]) => ['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD'].join('\r\n')

/** Contacts come in as an administrator imports them. */
async function bring(...cards: readonly string[]): Promise<void> {
  const mailbox = await server.mailbox(alice)
  const { id } = await mailbox.defaultFolder(folderType.contacts)
  for (const { contact, source } of readCards(cards.join('\r\n')))
    await mailbox.create(id, recordDraft({ class: 'Contacts', record: contact }, source), null)
}

beforeAll(async () => {
  const root = await MailAuthority.root('Mail CA', now)
  certificate = Buffer.from(await root.issue('fay@else.test'))
  const old = Buffer.from(await root.issue('fay@else.test', { from: -300, until: -1 }))
  book = bookFile([
    { name: 'Bob Boss', address: 'bob@example.test', photo: picture(500) },
    { name: 'Zoe Zander', address: 'zoe@example.test' },
  ])
  server = await startTestServer({ environment: { EASEL_DIRECTORY_FILE: book.path, EASEL_ADDRESS_BOOK_PER_MINUTE: '100000' } })
  phone = await server.phone(alice, { version: '16.1' })
  const key = (der: Buffer) => `KEY;ENCODING=b;TYPE=X509:${der.toString('base64')}`
  await bring(
    card('N:Boss;Robert', 'EMAIL:Bob@Example.test'),
    card('N:Foreigner;Fäy', 'EMAIL:fay@else.test', key(old), key(certificate), `PHOTO;ENCODING=b:${picture(400).toString('base64')}`),
    card('N:Many;Mo', 'EMAIL:mo@work.test', 'EMAIL:mo@home.test', 'NOTE:knows Fäy'),
    card('N:Zander;Zoe', 'EMAIL:zoe.private@else.test'),
    card('N:Mute;Mia', 'TEL:1'),
    card('FN:Named', 'N:Named', 'EMAIL;X-MAILBOX="^\'Ned, N.^\' <ned@else.test>":ned@else.test'),
  )
})
afterAll(async () => {
  await server.close()
  book.remove()
})

const part = (name: string, content?: Parameters<typeof el>[1]) => el(`ResolveRecipients:${name}`, content)

async function ask(to: string, options: readonly Node[] = []): Promise<Node | null> {
  const { node } = await phone.post('ResolveRecipients', part('ResolveRecipients', [part('To', to), part('Options', options)]))
  return one(node, 'Response')
}

/** Status, count, and each recipient as [Type, DisplayName, EmailAddress]. */
const told = (response: Node | null) => [
  textAt(response, 'Status'),
  textAt(response, 'RecipientCount'),
  ...all(response, 'Recipient').map((each) => [textAt(each, 'Type'), textAt(each, 'DisplayName'), textAt(each, 'EmailAddress')]),
]

describe('a recipient', () => {
  test.each([
    ['fay@else.test', ['1', '1', ['2', 'Fäy Foreigner', 'fay@else.test']]],
    ['FAY@else.test', ['1', '1', ['2', 'Fäy Foreigner', 'fay@else.test']]],
    ['Fäy For', ['1', '1', ['2', 'Fäy Foreigner', 'fay@else.test']]],
    ['Foreigner, Fäy', ['1', '1', ['2', 'Fäy Foreigner', 'fay@else.test']]],
    ['ned@else.test', ['1', '1', ['2', 'Named', 'ned@else.test']]],
    ['mute', ['4', '0']],
    ['oreigner', ['4', '0']],
  ])('%s is found among contacts by the beginning of names and addresses', async (to, found) => {
    expect(told(await ask(to))).toEqual(found)
  })

  test('whose address stands in the address book is told once, as of there', async () => {
    expect(told(await ask('bob@example.test'))).toEqual(['1', '1', ['1', 'Bob Boss', 'bob@example.test']])
  })

  test('of the address book comes before contacts of that name', async () => {
    expect(told(await ask('zoe'))).toEqual([
      '2',
      '2',
      ['1', 'Zoe Zander', 'zoe@example.test'],
      ['2', 'Zoe Zander', 'zoe.private@else.test'],
    ])
  })

  test('with several addresses is a choice between them, and by one of them certain', async () => {
    expect(told(await ask('mo many'))).toEqual(['2', '2', ['2', 'Mo Many', 'mo@work.test'], ['2', 'Mo Many', 'mo@home.test']])
    expect(told(await ask('mo@home.test'))).toEqual(['1', '1', ['2', 'Mo Many', 'mo@home.test']])
    expect(told(await ask('mo many', [part('MaxAmbiguousRecipients', 1)]))).toEqual(['3', '2', ['2', 'Mo Many', 'mo@work.test']])
  })

  test('brings the certificate of its card that is good for longest, and its picture', async () => {
    const response = await ask('fay@else.test', [part('CertificateRetrieval', 2), part('Picture')])
    const recipient = one(response, 'Recipient')
    expect([textAt(recipient, 'Certificates/Status'), textAt(recipient, 'Certificates/Certificate')]).toEqual([
      '1',
      certificate.toString('base64'),
    ])
    expect(one(recipient, 'Picture/Data')?.value).toEqual(picture(400))
    expect(textAt(recipient, 'Picture/Status')).toBe('1')
  })

  test('without either is told so: 7 and 173', async () => {
    const recipient = one(await ask('mo@home.test', [part('CertificateRetrieval', 2), part('Picture')]), 'Recipient')
    expect([textAt(recipient, 'Certificates/Status'), textAt(recipient, 'Picture/Status')]).toEqual(['7', '173'])
  })

  test('that was deleted is nobody', async () => {
    await phone.syncAll('Contacts')
    const { id } = phone.items('Contacts').find((item) => item.properties.get('Contacts:LastName') === 'Named')!
    await phone.delete('Contacts', id, { deletesAsMoves: true })
    expect(told(await ask('ned@else.test'))).toEqual(['4', '0'])
  })
})
