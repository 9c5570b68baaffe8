// Accounts that live elsewhere: 451 at the endpoint, another server or another address in Autodiscover.
import { readFileSync } from 'node:fs'
import { DOMParser } from '@xmldom/xmldom'
import { validateXML } from 'xmllint-wasm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Residences } from '../../src/policy/residence.ts'
import { act, actorOf } from '../support/admin.ts'
import { describeWithReference, referenceFiles, referencePath } from '../support/reference.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'

const endpoint = '/Microsoft-Server-ActiveSync'
const schema = 'http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006'
let other: TestServer
let server: TestServer

beforeAll(async () => {
  other = await startTestServer({ accounts: ['alice@example.test'], secure: true })
  const moved = [
    `alice@example.test=${other.url}`,
    'group:Branch=https://branch.example.test',
    'group:Here=https://a.example.test',
    'gone.test=https://mail.gone.test',
    'renamed.test=example.test',
    'carol@example.test=carol@elsewhere.test',
  ]
  server = await startTestServer({
    accounts: ['alice@example.test', 'carol@example.test', 'dora@gone.test', 'eve@example.test'],
    environment: { EASEL_PUBLIC_URL: 'https://a.example.test', EASEL_MOVED: moved.join(',') },
  })
  await server.account('bob@example.test', { groups: ['Staff', 'Branch'] })
  await server.account('here@gone.test', { groups: ['Here'] })
  await server.account('frank@example.test', { addresses: ['frank@example.test', 'frank@renamed.test'] })
})
afterAll(async () => {
  await server.close()
  await other.close()
})

const answerOf = async (address: string, method = 'OPTIONS', version = '16.1', secret = password) => {
  const phone = server.bare(address, { version, password: secret })
  if (method === 'OPTIONS') return phone.hello()
  const reply = await phone.post('FolderSync', null)
  // Answers without a version are nothing a phone of the tests complains of here.
  return reply
}
const locationOf = async (address: string, method?: string, version?: string) => {
  const { status, headers, bytes } = await answerOf(address, method, version)
  return [status, headers['x-ms-location'], bytes.length]
}

const ask = (path: string, init: { body?: string; user?: string; host?: string } = {}) => {
  const phone = server.bare(init.user ?? 'eve@example.test')
  const headers = {
    ...(init.user === undefined ? {} : { Authorization: phone.authorization }),
    ...(init.host === undefined ? {} : { Host: init.host }),
  }
  const body = init.body === undefined ? null : Buffer.from(init.body)
  return phone.send(
    body === null ? 'GET' : 'POST',
    path,
    body,
    body === null ? headers : { ...headers, 'Content-Type': 'text/xml', 'Content-Length': String(body.length) },
  )
}
const discover = async (user: string, address = user) => {
  const body =
    `<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/mobilesync/requestschema/2006"><Request>` +
    `<EMailAddress>${address}</EMailAddress><AcceptableResponseSchema>${schema}</AcceptableResponseSchema></Request></Autodiscover>`
  return ask('/Autodiscover/Autodiscover.xml', { user, body })
}
const textOf = (xml: string, name: string) =>
  new DOMParser().parseFromString(xml, 'text/xml').getElementsByTagName(name)[0]?.textContent ?? null

describe('at the endpoint, whoever lives elsewhere', () => {
  test.each(['12.1', '14.0', '14.1', '16.0', '16.1'])('is told the address of his server, with a bare 451, in %s', async (version) => {
    const there = `https://branch.example.test${endpoint}`
    expect(await locationOf('bob@example.test', 'POST', version)).toEqual([451, there, 0])
  })

  test('is told so by OPTIONS as well', async () => {
    expect(await locationOf('bob@example.test')).toEqual([451, `https://branch.example.test${endpoint}`, 0])
    expect(await locationOf('dora@gone.test')).toEqual([451, `https://mail.gone.test${endpoint}`, 0])
  })

  test('under another address is told to ask Autodiscover: no server is named', async () => {
    expect(await locationOf('carol@example.test', 'POST')).toEqual([451, undefined, 0])
  })

  test('is told nothing before he has logged in', async () => {
    expect((await answerOf('bob@example.test', 'OPTIONS', '16.1', 'wrong')).status).toBe(401)
    expect((await answerOf('bob@example.test', 'POST', '16.1', 'wrong')).status).toBe(401)
  })

  test('leaves no device behind', async () => {
    await answerOf('bob@example.test', 'POST')
    expect(await act(server.running.admin, 'device.list', { account: 'bob@example.test' })).toEqual([])
  })

  test('and everybody else is served: one list does for all front ends', async () => {
    for (const address of ['eve@example.test', 'here@gone.test', 'frank@example.test'])
      expect(await locationOf(address)).toEqual([200, undefined, 0])
  })

  test('is wiped first, where that was asked for here', async () => {
    await server.account('grace@example.test')
    const phone = await server.phone('grace@example.test')
    const [{ name } = { name: '' }] = await act(server.running.admin, 'device.list', { account: 'grace@example.test' })
    const order = { device: phone.options.deviceId, account: 'grace@example.test', scope: 'device' as const, confirm: name }
    await act(server.running.admin, 'device.wipe', order, actorOf('administrator'))
    const { id } = await server.accountOf('grace@example.test')
    await server.store.accounts.change(id, { groups: ['Branch'] })
    expect((await phone.obey())?.status).toBe(200)
    expect(phone.erased).toBe('device')
    // Who he is was remembered for half a minute.
    await server.clock.advance(60)
    expect((await phone.post('FolderSync', null)).status).toBe(451)
  })

  test('is served there, when his phone follows', async () => {
    let url = server.url
    let phone = server.bare('alice@example.test')
    for (let hop = 0; hop < 3; hop++) {
      const { status, headers } = await phone.hello()
      if (status !== 451) break
      url = new URL(String(headers['x-ms-location'])).origin
      phone = other.bare('alice@example.test', { url })
    }
    expect(url).toBe(other.url)
    expect(await phone.folderSync()).toBe(1)
  })
})

describe('Autodiscover', () => {
  test('names the server that has the account', async () => {
    const xml = (await discover('bob@example.test')).bytes.toString()
    expect(textOf(xml, 'Url')).toBe(`https://branch.example.test${endpoint}`)
    expect(textOf(xml, 'EMailAddress')).toBe('bob@example.test')
  })

  test('names the address somebody has now', async () => {
    const reply = await discover('carol@example.test')
    expect([reply.status, textOf(reply.bytes.toString(), 'Redirect'), textOf(reply.bytes.toString(), 'Url')]).toEqual([
      200,
      'carol@elsewhere.test',
      null,
    ])
    expect(textOf((await discover('frank@example.test', 'frank@renamed.test')).bytes.toString(), 'Redirect')).toBe('frank@example.test')
    expect(textOf((await discover('frank@example.test')).bytes.toString(), 'Url')).toBe(`https://a.example.test${endpoint}`)
  })

  test('sends a whole domain on, asked under its name, without a login', async () => {
    const at = async (host: string) => {
      const { status, headers, bytes } = await ask('/AutoDiscover/autodiscover.xml', { host, body: '' })
      return [status, headers.location, bytes.length]
    }
    expect(await at('autodiscover.gone.test')).toEqual([302, 'https://mail.gone.test/autodiscover/autodiscover.xml', 0])
    expect(await at('gone.test:8443')).toEqual([302, 'https://mail.gone.test/autodiscover/autodiscover.xml', 0])
    expect(await at('Autodiscover.Renamed.test')).toEqual([302, 'https://autodiscover.example.test/autodiscover/autodiscover.xml', 0])
    expect((await ask('/autodiscover/autodiscover.xml', { host: 'renamed.test' })).status).toBe(302)
    for (const host of ['autodiscover.example.test', 'group:Branch', 'x@gone.test', 'evil.test']) expect((await at(host))[0]).toBe(401)
  })

  const json = async (query: string) => {
    const { status, headers, bytes } = await ask(`/autodiscover/autodiscover.json?${query}`)
    return [status, headers.location ?? (JSON.parse(bytes.toString()) as { Url?: string }).Url]
  }

  test('version 2 says where a domain is, to anybody, and of single people nothing', async () => {
    const here = [200, `https://a.example.test${endpoint}`]
    expect(await json('Email=nobody@gone.test&Protocol=ActiveSync')).toEqual([200, `https://mail.gone.test${endpoint}`])
    expect(await json('Email=nobody@gone.test&Protocol=AutodiscoverV1')).toEqual([
      200,
      'https://mail.gone.test/autodiscover/autodiscover.xml',
    ])
    for (const address of ['alice', 'bob', 'carol', 'nobody'])
      expect(await json(`Email=${address}@example.test&Protocol=ActiveSync`)).toEqual(here)
    expect(await json('Email=x@group:Branch&Protocol=ActiveSync')).toEqual([404, undefined])
  })

  test('version 2 goes on to a domain that took the place of another, so far and no further', async () => {
    const there =
      'https://autodiscover.example.test/autodiscover/autodiscover.json?Email=x%2By%40example.test&Protocol=ActiveSync&RedirectCount='
    expect(await json('Email=x%2By@renamed.test&Protocol=activesync')).toEqual([302, `${there}1`])
    expect(await json('Email=x%2By@renamed.test&Protocol=ActiveSync&RedirectCount=9')).toEqual([302, `${there}10`])
    expect(await json('Email=x@renamed.test&Protocol=ActiveSync&RedirectCount=10')).toEqual([404, undefined])
    expect((await json('Email=x@renamed.test&Protocol=ActiveSync&RedirectCount=-1e9'))[0]).toBe(302)
  })
})

test('a rule for an address counts before one for a group, and that before one for a domain', async () => {
  const places = new Residences(['example.test=https://d.test', 'group:G=https://g.test', 'Alice@Example.test=https://a.test'], () => false)
  const { groups: _none, ...account } = await server.accountOf('alice@example.test')
  const at = (address: string, groups: string[]) => places.of({ ...account, groups }, address)
  expect(at('alice@example.test', ['G'])).toEqual({ kind: 'server', origin: 'https://a.test' })
  expect(at('a.l@example.test', ['F', 'G'])).toEqual({ kind: 'server', origin: 'https://g.test' })
  expect(at('a.l@example.test', ['g'])).toEqual({ kind: 'server', origin: 'https://d.test' })
  expect(at('alice@other.test', [])).toBeNull()
})

describeWithReference('the schema', () => {
  test('holds for a redirection', async () => {
    const contents = (name: string) => ({
      fileName: name,
      contents: readFileSync(referencePath('spec', 'schemas', 'linked', name), 'utf8'),
    })
    const imported = referenceFiles('spec/schemas/linked', '.xsd').filter(
      (name) => /autodiscover/i.test(name) && name !== 'AutodiscoverResponse.xsd',
    )
    const answers = [await discover('carol@example.test'), await discover('bob@example.test')]
    const { errors, valid } = await validateXML({
      xml: answers.map(({ bytes }, index) => ({ fileName: `${index}.xml`, contents: bytes.toString() })),
      schema: [contents('AutodiscoverResponse.xsd')],
      preload: imported.map(contents),
    })
    expect([valid, errors.filter(({ message }) => /(validity|parser) error/.test(message))]).toEqual([true, []])
  })
})
