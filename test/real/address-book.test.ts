// The address book of a real directory as phones see it: pictures, certificates, groups, and a directory that goes away.
import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Phone } from '../support/phone.ts'
import type { TestServer } from '../support/server.ts'
import { all, el, one, textAt, type Node } from '../support/wire.ts'
import { startOver } from './support/company.ts'
import { photo, userPassword } from './support/crowd.ts'
import { describeWith } from './support/daemon.ts'
import { Slapd } from './support/slapd.ts'

const alice = 'alice@north.example'

const resolveNode = (recipients: readonly string[], options: readonly Node[] = []) =>
  el('ResolveRecipients:ResolveRecipients', [
    ...recipients.map((to) => el('ResolveRecipients:To', to)),
    el('ResolveRecipients:Options', [el('ResolveRecipients:CertificateRetrieval', 2), ...options]),
  ])
const searchNode = (text: string) => {
  const options = el('Search:Options', [el('Search:Range', '0-9'), el('Search:Picture')])
  return el('Search:Search', [el('Search:Store', [el('Search:Name', 'GAL'), el('Search:Query', text), options])])
}

describeWith(['slapd', 'slapadd', 'openssl'], 'the address book in OpenLDAP', () => {
  const parts = new AsyncDisposableStack()
  let slapd: Slapd
  let server: TestServer
  let phone: Phone
  beforeAll(async () => {
    slapd = await Slapd.start({ crowd: 300 })
    parts.defer(() => slapd.dispose())
    server = await startOver(slapd)
    parts.defer(() => server.close())
    phone = await server.phone(alice, { password: userPassword })
  })
  afterAll(() => parts.disposeAsync())

  test('shows somebody with his picture', async () => {
    const { node } = await phone.post('Search', searchNode(alice))
    const person = one(node, 'Response/Store/Result/Properties')
    expect([textAt(person, 'Gal:EmailAddress'), textAt(person, 'Gal:Title'), textAt(person, 'Gal:MobilePhone')]).toEqual([
      alice,
      'Engineer',
      '+49 170 1234',
    ])
    expect(textAt(person, 'Gal:Picture/Status')).toBe('1')
    expect(one(person, 'Gal:Picture/Data')?.value).toEqual(Buffer.from(photo))
  })

  test('gives the certificate of a recipient, and those of a group as far as it may be asked about', async () => {
    const { node } = await phone.post('ResolveRecipients', resolveNode([alice, 'bob@north.example', 'sales@north.example']))
    const [first, second, third] = all(node, 'Response')
    expect(all(node, 'Response/Status').map(({ value }) => value)).toEqual(['1', '1', '1'])
    const certificate = new X509Certificate(Buffer.from(textAt(first ?? null, 'Recipient/Certificates/Certificate') ?? '', 'base64'))
    expect(certificate.subjectAltName).toBe(`email:${alice}`)
    expect(textAt(second ?? null, 'Recipient/Certificates/Status')).toBe('7')
    // More than two hundred people: nobody asks about each of them.
    expect(textAt(third ?? null, 'Recipient/Certificates/Status')).toBe('8')
    expect(Number(textAt(third ?? null, 'Recipient/Certificates/RecipientCount'))).toBeGreaterThan(200)
  })

  test('that goes away is "later" to every command, and is there again afterwards', async () => {
    await slapd.stop()
    const search = async (text: string) => textAt((await phone.post('Search', searchNode(text))).node, 'Response/Store/Status')
    expect(await search('bob')).toBe('7')
    expect(textAt((await phone.post('ResolveRecipients', resolveNode(['zoe']))).node, 'Status')).toBe('6')
    await slapd.boot()
    await server.clock.advance(60)
    expect(await search('bob')).toBe('1')
  })
})
