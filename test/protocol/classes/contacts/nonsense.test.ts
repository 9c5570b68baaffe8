// Whatever a client writes into a contact: it is stored or it is malformed, and other phones can be told of it.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { allTags } from '../../../../src/wbxml/pages.ts'
import type { Phone } from '../../../support/phone.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { el, type Node } from '../../../support/wire.ts'

let server: TestServer
let one: Phone
let two: Phone
beforeAll(async () => {
  server = await startTestServer()
  one = await server.phone('alice@example.test', { version: '16.1', deviceType: 'Simulated' })
  two = await server.phone('alice@example.test', { version: '12.1', deviceType: 'Simulated' })
})
afterAll(() => server.close())

const names = allTags()
  .filter(({ namespace }) => ['Contacts', 'Contacts2', 'AirSyncBase'].includes(namespace))
  .map(({ namespace, name }) => `${namespace}:${name}`)
const anyName = fc.constantFrom(...names)
const anyValue = fc.oneof(
  fc.constantFrom('', '0', '-1', '1604-02-29T00:00:00.000Z', '0001-01-01', '9999-12-31T23:59:59.999Z', 'AAAA', '====', '\u0001\u000b'),
  fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll('\u0000', '')),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
)
const { anyNode } = fc.letrec<{ anyNode: Node }>((tie) => ({
  anyNode: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(anyName, anyValue).map(([name, value]) => el(name, value)),
    fc.tuple(anyName, fc.array(tie('anyNode'), { maxLength: 3 })).map(([name, children]) => el(name, children)),
  ),
}))

it('makes Status 1 or 6, of an Add as of a Change', async () => {
  const { id } = await one.add('Contacts', [el('Contacts:LastName', 'Victim')])
  await fc.assert(
    fc.asyncProperty(fc.array(anyNode, { maxLength: 8 }), async (nodes) => {
      const added = await one.add('Contacts', nodes)
      const changed = await one.change('Contacts', id ?? '', nodes)
      expect([1, 6]).toContain(added.status)
      expect(changed.status).toBe(added.status)
      expect((await two.sync('Contacts', { window: 512 })).status).toBe(1)
    }),
    { numRuns: 60 },
  )
  await two.syncAll('Contacts')
  await one.syncAll('Contacts')
  expect(
    two
      .items('Contacts')
      .map((item) => item.id)
      .sort(),
  ).toEqual(
    one
      .items('Contacts')
      .map((item) => item.id)
      .sort(),
  )
})
