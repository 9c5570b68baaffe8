// A phone that sends back all that it was told of a contact changes nothing, whatever the contact holds.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { folderType } from '../../../../src/model/folder.ts'
import { recordDraft } from '../../../../src/store/record.ts'
import { anyContact } from '../../../support/contact.ts'
import type { Phone } from '../../../support/phone.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { el } from '../../../support/wire.ts'

let server: TestServer
const phones: Phone[] = []
const clients = [
  { version: '12.1', deviceType: 'iPhone', userAgent: 'Apple-iPhone3C1/901.334' },
  { version: '14.1', deviceType: 'SAMSUNGSGHI317M' },
  { version: '16.1', deviceType: 'Simulated' },
]
beforeAll(async () => {
  server = await startTestServer({ environment: { EASEL_TIME_ZONE: 'America/New_York' } })
  for (const client of clients) phones.push(await server.phone('alice@example.test', client))
})
afterAll(() => server.close())

it('from whichever phone, in whichever version', async () => {
  const mailbox = await server.mailbox('alice@example.test')
  const { id: folder } = await mailbox.defaultFolder(folderType.contacts)
  await fc.assert(
    fc.asyncProperty(anyContact, fc.uint8Array({ maxLength: 200 }), async (any, picture) => {
      // What a phone is told of a contact that nobody filed, it sends back as filed so.
      const fileAs = any.fileAs === '' ? 'Filed' : any.fileAs
      const children = any.children.map((child) => child.trim())
      const place = picture.length === 0 ? null : { start: 0, end: picture.length }
      const record = { ...any, fileAs, children, picture: place }
      const { id, modseq } = await mailbox.create(folder, recordDraft({ class: 'Contacts', record }, picture), null)
      for (const phone of phones) {
        await phone.syncAll('Contacts')
        const told = [...(phone.collection('Contacts').items.get(id)?.nodes.values() ?? [])]
        const sent = told.filter(({ name }) => name !== 'AirSyncBase:Body')
        const [type, , data] = told.find(({ name }) => name === 'AirSyncBase:Body')?.children ?? []
        const body = el('AirSyncBase:Body', [type, data])
        expect((await phone.change('Contacts', id, [...sent, body], { whole: true })).status).toBe(1)
        expect((await mailbox.changes([id])).get(id)?.modseq).toBe(modseq)
      }
      await mailbox.remove(id, 'forever')
    }),
    { numRuns: 25 },
  )
})
