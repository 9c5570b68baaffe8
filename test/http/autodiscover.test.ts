// Autodiscover, in both versions, as phones and monitors ask.
import { readFileSync } from 'node:fs'
import { DOMParser } from '@xmldom/xmldom'
import { validateXML } from 'xmllint-wasm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { originOf } from '../../src/http/origin.ts'
import { describeWithReference, referenceFiles, referencePath } from '../support/reference.ts'
import { basic, Front, password, type Question, type Reply } from './front.ts'

const outer = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006'
const mobile = 'http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006'

let front: Front
beforeAll(async () => {
  front = await Front.open()
})
afterAll(() => front.close())

const request = (address: string, schema = mobile) =>
  `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/mobilesync/requestschema/2006">` +
  `<Request><EMailAddress>${address}</EMailAddress><AcceptableResponseSchema>${schema}</AcceptableResponseSchema></Request></Autodiscover>`

const ask = (body: string | undefined, more: Question = {}): Promise<Reply> =>
  front.ask({
    path: '/autodiscover/autodiscover.xml',
    headers: { 'Content-Type': 'text/xml' },
    ...(body === undefined ? {} : { body }),
    ...more,
  })

/** The text of each element without children, by name. */
function read(reply: Reply): Record<string, string> {
  const document = new DOMParser().parseFromString(reply.body.toString('utf8'), 'text/xml')
  const found: Record<string, string> = {}
  for (const element of Array.from(document.getElementsByTagName('*'))) found[element.tagName] = element.textContent ?? ''
  return found
}

describe('version 1', () => {
  test.each(['/autodiscover/autodiscover.xml', '/Autodiscover/Autodiscover.xml', '/AutoDiscover/AutoDiscover.xml'])(
    'sends the phone to the endpoint, at %s',
    async (path) => {
      const reply = await ask(request('Alice@Example.com'), { path })
      expect(reply.status).toBe(200)
      expect(reply.headers['content-type']).toBe('text/xml; charset=utf-8')
      expect(read(reply)).toMatchObject({
        Culture: 'en:us',
        DisplayName: 'Alice <Liddell>',
        EMailAddress: 'alice@example.com',
        Type: 'MobileSync',
        Url: 'https://mail.example.com/Microsoft-Server-ActiveSync',
        Name: 'https://mail.example.com/Microsoft-Server-ActiveSync',
      })
      const text = reply.body.toString()
      expect(text).toContain(`<Autodiscover xmlns="${outer}">`)
      expect(text).toContain(`<Response xmlns="${mobile}">`)
    },
  )

  test('answers for each address of the account, whatever the name it logged in by', async () => {
    const reply = await ask(request('a.liddell@example.com'), { authorization: basic('EXAMPLE\\alice', password) })
    expect(read(reply)['EMailAddress']).toBe('a.liddell@example.com')
  })

  test('without credentials is answered with a challenge', async () => {
    const reply = await ask(request('alice@example.com'), { authorization: null })
    expect(reply.status).toBe(401)
    expect(reply.headers['www-authenticate']).toMatch(/^Basic realm=/)
  })

  test('without a document means the user of the credentials: some Androids send none', async () => {
    expect(read(await ask(undefined))['EMailAddress']).toBe('alice@example.com')
    expect(read(await ask(' \r\n'))['EMailAddress']).toBe('alice@example.com')
  })

  test('tells nobody whether another address exists', async () => {
    const [other, none, foreign] = await Promise.all(
      ['bob@example.com', 'nobody@example.com', 'x@elsewhere.test'].map((each) => ask(request(each))),
    )
    const shape = (reply: Reply | undefined) => [reply?.status, reply?.body.toString().replace(/Time="[^"]*"/, '')]
    expect(shape(other)).toEqual(shape(none))
    expect(shape(other)).toEqual(shape(foreign))
    expect(other && read(other)).toMatchObject({ ErrorCode: '600' })
  })

  test('asked by GET says 600, in the outer namespace: monitors wait for it', async () => {
    const reply = await ask(undefined, { method: 'GET' })
    expect(reply.status).toBe(200)
    expect(read(reply)).toMatchObject({ ErrorCode: '600', Message: 'Invalid Request', DebugData: '' })
    expect(reply.body.toString()).toMatch(/<Error Time="\d\d:\d\d:\d\d\.\d{7}" Id="1">/)
    expect(reply.body.toString()).not.toContain('mobilesync')
  })

  test('for a schema we do not serve is 601', async () => {
    const outlook = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a'
    expect(read(await ask(request('alice@example.com', outlook)))).toMatchObject({ ErrorCode: '601' })
  })

  test.each<[what: string, body: string]>([
    ['no XML', 'hello'],
    ['half a document', request('alice@example.com').slice(0, 150)],
    ['another document', '<Sync/>'],
    ['no request', '<Autodiscover/>'],
    ['two requests', request('alice@example.com').replace(/(<Request>.*<\/Request>)/, '$1$1')],
    ['no address', request('')],
    ['a document type', `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${request('&e;').replace(/^<\?.*?\?>/, '')}`],
    ['an entity', request('&alice;')],
    ['more than eight kilobytes', request(`alice@example.com${' '.repeat(9000)}`)],
  ])('%s is 600', async (_what, body) => {
    const reply = await ask(body)
    expect(reply.status).toBe(200)
    expect(read(reply)).toMatchObject({ ErrorCode: '600' })
    expect(reply.body.toString()).not.toContain('root:')
  })
})

describe('version 2', () => {
  const json = async (query: string, path = '/autodiscover/autodiscover.json') => {
    const reply = await front.ask({ method: 'GET', path: `${path}${query}`, authorization: null })
    return { status: reply.status, body: JSON.parse(reply.body.toString()) as unknown }
  }

  test('needs no credentials, and says the same for any address of a domain of ours', async () => {
    const answer = { status: 200, body: { Protocol: 'ActiveSync', Url: 'https://mail.example.com/Microsoft-Server-ActiveSync' } }
    expect(await json('?Email=alice%40example.com&Protocol=ActiveSync&RedirectCount=1')).toEqual(answer)
    expect(await json('?Email=nobody%40Example.COM&Protocol=ActiveSync')).toEqual(answer)
    expect(await json('?Email=nobody%40mail.example.com&Protocol=ActiveSync')).toEqual(answer)
    expect(await json('?Protocol=ActiveSync')).toEqual(answer)
    expect(await json('?protocol=activesync', '/Autodiscover/Autodiscover.json/v1.0/alice@example.com')).toEqual(answer)
  })

  test('answers for no domain of others, and for nothing that is no address', async () => {
    for (const address of [
      'nobody@elsewhere.test',
      'example',
      'x@com',
      'x@group:Sales',
      'alice@example.com@evil.test',
      '..%2F..%2Fetc',
      '%00',
    ]) {
      const answer = { status: 404, body: { ErrorCode: 'UserNotFound', ErrorMessage: 'The given user is not found.' } }
      expect(await json(`?Email=${address}&Protocol=ActiveSync`)).toEqual(answer)
      expect(await json('?Protocol=ActiveSync', `/autodiscover/autodiscover.json/v1.0/${address}`)).toEqual(answer)
    }
  })

  test('knows where version 1 is', async () => {
    expect((await json('?Protocol=AutodiscoverV1')).body).toEqual({
      Protocol: 'AutodiscoverV1',
      Url: 'https://mail.example.com/autodiscover/autodiscover.xml',
    })
  })

  test('refuses other protocols by name', async () => {
    expect(await json('?Protocol=EWS')).toEqual({
      status: 400,
      body: {
        ErrorCode: 'InvalidProtocol',
        ErrorMessage: "The given protocol value 'EWS' is invalid. Supported values are 'ActiveSync,AutodiscoverV1'",
      },
    })
    expect(await json('')).toMatchObject({ status: 400, body: { ErrorCode: 'MandatoryParameterMissing' } })
    expect(await json('?Protocol=constructor')).toMatchObject({ status: 400 })
  })
})

describe('the address phones are told', () => {
  const names = ['mail.example.com', '192.0.2.7', '::1', 'localhost']

  test('is the configured one, whatever the phone used', () => {
    expect(originOf('https://push.example.com', names, () => 8443)('localhost:8443')).toBe('https://push.example.com')
  })

  test('is the name the phone used, if it is one of ours', () => {
    const origin = originOf(null, names, () => 8443)
    expect(origin('Mail.Example.com')).toBe('https://mail.example.com')
    expect(origin('localhost:9443')).toBe('https://localhost:9443')
    expect(origin('192.0.2.7:8443')).toBe('https://192.0.2.7:8443')
    expect(origin('[::1]:8443')).toBe('https://[::1]:8443')
  })

  test('is our first name where the phone only asked the way, at the port it reached', () => {
    const origin = originOf(null, ['mail.example.com', 'autodiscover.example.com', 'autodiscover.example.org'], () => 8443)
    expect(origin('autodiscover.example.com')).toBe('https://mail.example.com')
    expect(origin('AutoDiscover.example.org:9443')).toBe('https://mail.example.com:9443')
    expect(originOf(null, ['autodiscover.example.com', 'vm'], () => 8443)('autodiscover.example.com')).toBe(
      'https://autodiscover.example.com',
    )
  })

  test("is our first name and port otherwise: somebody else's name is never repeated", () => {
    const origin = originOf(null, names, () => 8443)
    for (const host of [undefined, 'evil.test', 'mail.example.com/evil', 'user@mail.example.com', 'mail.example.com evil.test', '']) {
      expect(origin(host)).toBe('https://mail.example.com:8443')
    }
    expect(originOf(null, names, () => 443)('evil.test')).toBe('https://mail.example.com')
    expect(originOf(null, names, () => null)('evil.test')).toBe('https://mail.example.com')
  })
})

describeWithReference('the schema', () => {
  test('holds for the answer and for the refusal', async () => {
    const schema = (name: string) => ({ fileName: name, contents: readFileSync(referencePath('spec', 'schemas', 'linked', name), 'utf8') })
    const imported = referenceFiles('spec/schemas/linked', '.xsd').filter(
      (name) => /autodiscover/i.test(name) && name !== 'AutodiscoverResponse.xsd',
    )
    const answers = [await ask(request('alice@example.com')), await ask('hello')]
    const result = await validateXML({
      xml: answers.map((reply, index) => ({ fileName: `${index}.xml`, contents: reply.body.toString('utf8') })),
      schema: [schema('AutodiscoverResponse.xsd')],
      preload: imported.map(schema),
    })
    expect(result.errors.filter(({ message }) => /(validity|parser) error/.test(message))).toEqual([])
    expect(result.valid).toBe(true)
  })
})
