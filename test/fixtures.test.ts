// Written requests and the answers to them: `fixtures/<command>/<case>.<version>.request.xml` beside `.response.xml`.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CommandName } from '../src/protocol/command.ts'
import { fromXml, toXml } from '../src/wbxml/xml.ts'
import { bookFile, picture, type BookFile } from './support/address-book.ts'
import { startTestServer, type TestServer } from './support/server.ts'

const fixtures = join(import.meta.dirname, '..', 'fixtures')
const folders: Partial<Record<CommandName, string>> = {
  Search: 'search',
  Find: 'find',
  ResolveRecipients: 'resolve-recipients',
  ValidateCert: 'validate-cert',
}

const cases = Object.entries(folders).flatMap(([command, folder]) =>
  readdirSync(join(fixtures, folder)).flatMap((file) => {
    const [, name, version] = /^(.+)\.(\d\d\.\d)\.request\.xml$/.exec(file) ?? []
    return name === undefined || version === undefined ? [] : [{ command, folder, version, name }]
  }),
)

let book: BookFile
let server: TestServer
beforeAll(async () => {
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
      photo: picture(24),
    },
    { name: 'Dan', address: 'dan@example.test', photo: picture(20_481) },
    { name: 'Eve Adams', address: 'eve@example.test' },
    { name: 'Eve Brown', address: 'eve.brown@example.test' },
  ])
  server = await startTestServer({
    accounts: ['alice@example.test', 'bob@example.test'],
    environment: { EASEL_DIRECTORY_FILE: book.path },
  })
})
afterAll(async () => {
  await server.close()
  book.remove()
})

test.each(cases)('$command: $folder/$name at $version', async ({ command, folder, version, name }) => {
  const phone = await server.phone('alice@example.test', { version })
  const request = readFileSync(join(fixtures, folder, `${name}.${version}.request.xml`), 'utf8')
  const wbxml = Buffer.from(fromXml(request))
  expect(`${toXml(wbxml)}\n`).toBe(request)
  const { status, bytes } = await phone.post(command, wbxml)
  expect(status).toBe(200)
  const response = join(fixtures, folder, `${name}.${version}.response.xml`)
  // A fixture that is missing is written once, and then is what must be.
  expect(process.env['CI'] === 'true' && !existsSync(response)).toBe(false)
  await expect(`${toXml(bytes)}\n`).toMatchFileSnapshot(response)
})
