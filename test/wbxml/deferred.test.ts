// Content whose schema is chosen later: ApplicationData, by the class of its collection.
import { describe, expect, it } from 'vitest'
import { WireError } from '../../src/wbxml/error.ts'
import { AirSync, AirSyncBase, Contacts, Email, Search } from '../../src/wbxml/pages.ts'
import {
  bind,
  bytes,
  container,
  decode,
  deferred,
  encode,
  integer,
  many,
  optional,
  resolve,
  SchemaError,
  text,
} from '../../src/wbxml/schema.ts'
import { fromXml, toXml } from '../../src/wbxml/xml.ts'

const Commands = container(AirSync.Commands, [
  many(container(AirSync.Add, [text(AirSync.ClientId), deferred(AirSync.ApplicationData), optional(integer(AirSync.Status))])),
])
const Mail = container(AirSync.ApplicationData, [
  optional(text(Email.Subject)),
  optional(container(AirSyncBase.Body, [integer(AirSyncBase.Type), optional(text(AirSyncBase.Data))])),
])
const Contact = container(AirSync.ApplicationData, [text(Contacts.FileAs), optional(bytes(AirSyncBase.Content))])

const commands = (data: string) =>
  fromXml(
    `<Commands xmlns="AirSync" xmlns:e="Email" xmlns:b="AirSyncBase" xmlns:c="Contacts"><Add><ClientId>1</ClientId>${data}<Status>1</Status></Add></Commands>`,
  )
const only = (document: Uint8Array) => decode(Commands, document, '14.1').Add[0]!.ApplicationData

describe('what a deferred field remembers', () => {
  const document = commands(
    '<ApplicationData><e:Subject>Hello</e:Subject><b:Body><b:Type>1</b:Type><b:Data>Text</b:Data></b:Body></ApplicationData>',
  )

  it('is decoded by the schema that is chosen, and what follows it is read on its own page', () => {
    const { Add } = decode(Commands, document, '14.1')
    expect(Add).toMatchObject([{ ClientId: '1', Status: 1 }])
    expect(resolve(Add[0]!.ApplicationData, Mail, '14.1')).toEqual({ Subject: 'Hello', Body: { Type: 1, Data: 'Text' } })
  })

  it('can be decoded again, by another schema too', () => {
    const data = only(document)
    expect(resolve(data, Mail, '14.1')).toEqual(resolve(data, Mail, '14.1'))
    expect(() => resolve(data, Contact, '14.1')).toThrow(SchemaError)
  })

  it('that is empty decodes as an empty container', () => {
    expect(resolve(only(commands('<ApplicationData/>')), Mail, '14.1')).toEqual({})
    const contentBit = Buffer.from('03016a00 56 47 4c033100 01 5d 01 4e033100 01 01 01'.replaceAll(' ', ''), 'hex')
    expect(resolve(only(contentBit), Mail, '14.1')).toEqual({})
  })

  it('names the place of what breaks the schema', () => {
    const wrong = only(commands('<ApplicationData><b:Body><b:Type>x</b:Type></b:Body></ApplicationData>'))
    for (const [data, schema, path] of [
      [wrong, Mail, 'ApplicationData/Body/Type'],
      [only(commands('<ApplicationData/>')), Contact, 'ApplicationData/FileAs'],
      [only(document), container(AirSync.Add, []), 'ApplicationData'],
    ] as const) {
      expect(() => resolve(data, schema, '14.1')).toThrow(expect.objectContaining({ name: 'SchemaError', path }))
    }
  })

  it('is a view of the document, without a copy', () => {
    const Add = container(AirSync.Add, [deferred(AirSync.ApplicationData)])
    const Data = container(AirSync.ApplicationData, [bytes(AirSyncBase.Content)])
    const whole = Buffer.from(encode(Add, { ApplicationData: bind(Data, { Content: Buffer.from('payload') }) }, '16.0'))
    const { Content } = resolve(decode(Add, whole, '16.0').ApplicationData, Data, '16.0')
    whole.write('P', whole.indexOf('payload'))
    expect(Buffer.from(Content).toString()).toBe('Payload')
  })

  it('is malformed when the document is, before anybody resolves it', () => {
    expect(() => decode(Commands, Buffer.from('03016a0056475d7f01010101', 'hex'), '14.1')).toThrow(WireError)
  })

  it('is written again as it came', () => {
    const read = decode(Commands, document, '14.1')
    expect(encode(Commands, read, '14.1')).toEqual(document)
    const empty = commands('<ApplicationData/>')
    expect(encode(Commands, decode(Commands, empty, '14.1'), '14.1')).toEqual(empty)
  })

  it('is written whole again where it came in the manner of Samsung', () => {
    const broken = Buffer.from(
      '03016a00 56 47 4c033100 01 5d 0001 55 56 03 01 01 5e 034100 01 01 0000 4e 033100 01 01 01'.replaceAll(' ', ''),
      'hex',
    )
    const read = decode(Commands, broken, '14.1')
    const again = encode(Commands, read, '14.1')
    expect(toXml(again)).toBe(toXml(broken))
    expect(toXml(again)).toContain('<Contacts:Categories><Contacts:Category/></Contacts:Categories><Contacts:FileAs>A</Contacts:FileAs>')
    expect(resolve(read.Add[0]!.ApplicationData, Contact, '14.1')).toEqual({ FileAs: 'A' })
  })
})

describe('a bound value', () => {
  const data = bind(Mail, { Subject: 'Hello', Body: { Type: 2 } })

  it('is encoded in its place', () => {
    const document = encode(Commands, { Add: [{ ClientId: '1', ApplicationData: data, Status: 1 }] }, '14.1')
    expect(document).toEqual(commands('<ApplicationData><e:Subject>Hello</e:Subject><b:Body><b:Type>2</b:Type></b:Body></ApplicationData>'))
  })

  it('resolves as if it had travelled', () => {
    expect(resolve(data, Mail, '14.1')).toEqual({ Subject: 'Hello', Body: { Type: 2 } })
  })

  it('of another element cannot stand there', () => {
    const Properties = container(Search.Properties, [])
    expect(() => encode(Commands, { Add: [{ ClientId: '1', ApplicationData: bind(Properties, {}) }] }, '14.1')).toThrow(TypeError)
  })
})
