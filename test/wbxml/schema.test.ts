// Documents by their declarations: what is written, in which order and version, what is read, and how it is refused.
import { describe, expect, it } from 'vitest'
import { protocolVersions } from '../../src/model/version.ts'
import { WireError } from '../../src/wbxml/error.ts'
import { AirSync, AirSyncBase, Calendar, Email, Email2, FolderHierarchy, Ping, Provision, Settings } from '../../src/wbxml/pages.ts'
import {
  as,
  bool,
  bytes,
  container,
  decode,
  emptyOr,
  encode,
  flag,
  integer,
  many,
  nullable,
  oneOf,
  oneOfNumbers,
  optional,
  SchemaError,
  since,
  text,
  until,
  type Infer,
  type Schema,
} from '../../src/wbxml/schema.ts'
import { fromXml, toXml } from '../../src/wbxml/xml.ts'

const PingRequest = container(Ping.Ping, [
  optional(integer(Ping.HeartbeatInterval, { min: 60, max: 3540 })),
  optional(container(Ping.Folders, [many(container(Ping.Folder, [text(Ping.Id), oneOf(Ping.Class, ['Email', 'Calendar'])]))])),
])
const ping = (xml: string) => fromXml(`<Ping xmlns="Ping">${xml}</Ping>`)
const mail = (xml: string) =>
  fromXml(`<ApplicationData xmlns="AirSync" xmlns:e="Email" xmlns:f="Email2" xmlns:b="AirSyncBase">${xml}</ApplicationData>`)

/** The SchemaError that reading throws. */
function refusal(schema: Schema, document: Uint8Array, version: (typeof protocolVersions)[number] = '14.1'): SchemaError {
  try {
    decode(schema, document, version)
  } catch (error) {
    if (error instanceof SchemaError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('a container', () => {
  it('becomes an object and back, in the order of its declaration', () => {
    const value: Infer<typeof PingRequest> = {
      Folders: {
        Folder: [
          { Class: 'Email', Id: '5' },
          { Id: '6', Class: 'Calendar' },
        ],
      },
      HeartbeatInterval: 480,
    }
    const document = encode(PingRequest, value, '14.1')
    expect(toXml(document)).toContain(
      '<Ping xmlns="Ping"><HeartbeatInterval>480</HeartbeatInterval><Folders><Folder><Id>5</Id><Class>Email</Class></Folder><Folder><Id>6</Id><Class>Calendar</Class></Folder></Folders></Ping>',
    )
    expect(decode(PingRequest, document, '14.1')).toEqual(value)
  })

  it('is read in any order, and elements nobody declared are passed over with all that is in them', () => {
    const document = ping(
      '<Status>1</Status><Folders><MaxFolders><Id>1</Id></MaxFolders><Folder><Class>Email</Class><Status/><Id>5</Id></Folder></Folders><HeartbeatInterval>60</HeartbeatInterval>',
    )
    expect(decode(PingRequest, document, '14.1')).toEqual({ HeartbeatInterval: 60, Folders: { Folder: [{ Id: '5', Class: 'Email' }] } })
  })

  it('takes the first of an element that should stand once', () => {
    expect(decode(PingRequest, ping('<HeartbeatInterval>60</HeartbeatInterval><HeartbeatInterval>90</HeartbeatInterval>'), '14.1')).toEqual(
      { HeartbeatInterval: 60 },
    )
    const Mail = container(AirSync.ApplicationData, [optional(container(Email.Flag, [text(Email.Status)]))])
    const twice = mail('<e:Flag><e:Status>2</e:Status></e:Flag><e:Flag><e:Status>0</e:Status></e:Flag>')
    expect(decode(Mail, twice, '14.1')).toEqual({ Flag: { Status: '2' } })
  })

  it('text beside its elements is passed over', () => {
    expect(decode(PingRequest, Buffer.from('03016a00 000d 45 032000 48 03393000 01 032000 01'.replaceAll(' ', ''), 'hex'), '14.1')).toEqual(
      { HeartbeatInterval: 90 },
    )
  })

  it('without content is an empty object where nothing is required', () => {
    expect(decode(PingRequest, fromXml('<Ping xmlns="Ping"/>'), '14.1')).toEqual({})
    expect(decode(PingRequest, ping('<Folders/>'), '14.1')).toEqual({ Folders: { Folder: [] } })
    expect(toXml(encode(PingRequest, { Folders: {} }, '14.1'))).toContain('<Ping xmlns="Ping"><Folders/></Ping>')
  })

  it('that names a property or an element twice cannot be declared', () => {
    expect(() => container(Ping.Ping, [text(Ping.Status), integer(Ping.Status)])).toThrow('Ping names a property or an element twice')
    expect(() => container(AirSync.ApplicationData, [text(Email.Location), text(Calendar.Location)])).toThrow('twice')
    expect(() =>
      container(AirSync.ApplicationData, [until('14.1', text(Email.Location)), since('16.0', text(AirSyncBase.Location))]),
    ).not.toThrow()
  })

  it('that lacks a required value cannot be written', () => {
    const untyped: Schema = PingRequest
    expect(() => encode(untyped, { Folders: { Folder: [{ Id: '5' }] } }, '14.1')).toThrow(TypeError)
  })
})

describe('a document that breaks its schema', () => {
  it.each<[string, string, SchemaError['kind'], string]>([
    ['a number too small', '<HeartbeatInterval>59</HeartbeatInterval>', 'value', 'Ping/HeartbeatInterval'],
    ['a number too large', '<HeartbeatInterval>3541</HeartbeatInterval>', 'value', 'Ping/HeartbeatInterval'],
    ['no number', '<HeartbeatInterval>ten</HeartbeatInterval>', 'value', 'Ping/HeartbeatInterval'],
    [
      'a word that is none of those allowed',
      '<Folders><Folder><Id>1</Id><Class>email</Class></Folder></Folders>',
      'value',
      'Ping/Folders/Folder/Class',
    ],
    ['a missing element', '<Folders><Folder><Class>Email</Class></Folder></Folders>', 'missing', 'Ping/Folders/Folder/Id'],
    ['a required word that is empty', '<Folders><Folder><Id>1</Id><Class/></Folder></Folders>', 'missing', 'Ping/Folders/Folder/Class'],
    ['a missing element in an empty tag', '<Folders><Folder/></Folders>', 'missing', 'Ping/Folders/Folder/Id'],
  ])('%s is refused with its place', (_, xml, kind, path) => {
    expect(refusal(PingRequest, ping(xml))).toMatchObject({ kind, path })
  })

  it('another root is refused', () => {
    expect(refusal(PingRequest, fromXml('<FolderSync xmlns="FolderHierarchy"><SyncKey>0</SyncKey></FolderSync>'))).toMatchObject({
      kind: 'root',
      path: 'FolderSync',
    })
  })

  it('the message holds nothing of what came', () => {
    expect(refusal(PingRequest, ping('<HeartbeatInterval>secret</HeartbeatInterval>')).message).not.toContain('secret')
  })

  it('a document without an element, or with something behind it, is no WBXML of ours', () => {
    expect(() => decode(PingRequest, Buffer.from('03016a00', 'hex'), '14.1')).toThrow(WireError)
    expect(() => decode(PingRequest, Buffer.from('03016a00000d0505', 'hex'), '14.1')).toThrow(WireError)
    expect(() => decode(PingRequest, Buffer.from('03016a00000d05033100', 'hex'), '14.1')).toThrow(WireError)
  })
})

describe('simple types', () => {
  const Body = container(AirSyncBase.Body, [
    optional(oneOfNumbers(AirSyncBase.Type, [1, 2, 3, 4])),
    optional(bool(AirSyncBase.Truncated)),
    optional(integer(AirSyncBase.EstimatedDataSize)),
    optional(text(AirSyncBase.Data)),
  ])
  const body = (xml: string) => decode(Body, fromXml(`<Body xmlns="AirSyncBase">${xml}</Body>`), '14.1')

  it('an empty number or choice says nothing, an empty text is a text, an empty boolean is true', () => {
    expect(body('<Type/><EstimatedDataSize></EstimatedDataSize><Data/><Truncated/>')).toEqual({ Data: '', Truncated: true })
    const withContentBit = Buffer.from('03016a0000114a46014c01 4b01 4d01 01'.replaceAll(' ', ''), 'hex')
    expect(decode(Body, withContentBit, '14.1')).toEqual({ Data: '', Truncated: true })
  })

  it('an empty number is no first one: a full one behind it counts', () => {
    expect(body('<Type/><Type>2</Type>')).toEqual({ Type: 2 })
  })

  it.each([
    ['1', true],
    ['0', false],
    ['true', true],
    ['false', false],
    [' 1 ', true],
  ])('the boolean "%s" is %s', (written, value) => {
    expect(body(`<Truncated>${written}</Truncated>`)).toEqual({ Truncated: value })
  })

  it.each(['2', 'yes', '-1', 'TRUE'])('"%s" is no boolean', (written) => {
    expect(refusal(Body, fromXml(`<Body xmlns="AirSyncBase"><Truncated>${written}</Truncated></Body>`)).kind).toBe('value')
  })

  it.each(['0', '5', '1.0', 'x'])('"%s" is none of the numbers', (written) => {
    expect(refusal(Body, fromXml(`<Body xmlns="AirSyncBase"><Type>${written}</Type></Body>`)).kind).toBe('value')
  })

  it('a boolean is written 1 or 0', () => {
    expect(toXml(encode(Body, { Truncated: true }, '14.1'))).toContain('<Truncated>1</Truncated>')
    expect(toXml(encode(Body, { Truncated: false }, '14.1'))).toContain('<Truncated>0</Truncated>')
  })

  it('text goes out from bytes of UTF-8 too, and an empty one as an empty tag', () => {
    expect(encode(Body, { Data: Buffer.from('Grüße') }, '14.1')).toEqual(encode(Body, { Data: 'Grüße' }, '14.1'))
    expect(toXml(encode(Body, { Data: '' }, '14.1'))).toContain('<Body xmlns="AirSyncBase"><Data/></Body>')
  })

  it('text is read from OPAQUE, bytes from text', () => {
    const opaqueText = fromXml('<Body xmlns="AirSyncBase"><Data>Grüße</Data></Body>', { opaque: ['AirSyncBase:Data'] })
    expect(decode(Body, opaqueText, '14.1')).toEqual({ Data: 'Grüße' })
    const Conversation = container(AirSync.ApplicationData, [bytes(Email2.ConversationId)])
    const inline = Buffer.from('03016a005d 0016 49 03 c3bc00 01 01'.replaceAll(' ', ''), 'hex')
    expect(Buffer.from(decode(Conversation, inline, '14.1').ConversationId).toString()).toBe('ü')
  })

  it.each([
    [container(Ping.Ping, [integer(Ping.HeartbeatInterval, { max: 10 })]), { HeartbeatInterval: 11 }],
    [container(Ping.Ping, [integer(Ping.HeartbeatInterval)]), { HeartbeatInterval: 1.5 }],
    [container(Ping.Ping, [integer(Ping.HeartbeatInterval)]), { HeartbeatInterval: Number.NaN }],
    [container(Ping.Ping, [oneOf(Ping.Class, ['Email'])]), { Class: 'Mail' }],
    [container(Ping.Ping, [oneOfNumbers(Ping.Status, [1, 2])]), { Status: 3 }],
  ])('a value that the type does not allow is not written (%#)', (schema: Schema, value) => {
    expect(() => encode(schema, value, '14.1')).toThrow(RangeError)
  })
})

describe('presence', () => {
  const Collection = container(AirSync.Collection, [text(AirSync.SyncKey), flag(AirSync.MoreAvailable), optional(bool(AirSync.GetChanges))])

  it('a flag is there or not, whatever is in it', () => {
    const read = (xml: string) => decode(Collection, fromXml(`<Collection xmlns="AirSync"><SyncKey>1</SyncKey>${xml}</Collection>`), '14.1')
    expect(read('<MoreAvailable/>')).toEqual({ SyncKey: '1', MoreAvailable: true })
    expect(read('<MoreAvailable>0</MoreAvailable>')).toEqual({ SyncKey: '1', MoreAvailable: true })
    expect(read('').MoreAvailable).toBeUndefined()
  })

  it('a flag is written empty, or not at all', () => {
    expect(toXml(encode(Collection, { SyncKey: '1', MoreAvailable: true }, '14.1'))).toContain(
      '<SyncKey>1</SyncKey><MoreAvailable/></Collection>',
    )
    expect(toXml(encode(Collection, { SyncKey: '1', MoreAvailable: false }, '14.1'))).toContain('<SyncKey>1</SyncKey></Collection>')
    expect(toXml(encode(Collection, { SyncKey: '1', MoreAvailable: undefined, GetChanges: undefined }, '14.1'))).toContain(
      '<SyncKey>1</SyncKey></Collection>',
    )
  })

  it('many is an array in any case, optional many only where there is one', () => {
    const Categories = container(Email.Categories, [many(text(Email.Category))])
    const Perhaps = container(Email.Categories, [optional(many(text(Email.Category)))])
    const none = fromXml('<Categories xmlns="Email"/>')
    const two = fromXml('<Categories xmlns="Email"><Category>a</Category><Category/></Categories>')
    expect(decode(Categories, none, '14.1')).toEqual({ Category: [] })
    expect(decode(Perhaps, none, '14.1')).toEqual({})
    expect(decode(Categories, two, '14.1')).toEqual({ Category: ['a', ''] })
    expect(encode(Categories, { Category: ['a', ''] }, '14.1')).toEqual(two)
    expect(encode(Categories, {}, '14.1')).toEqual(none)
  })

  it('one of many that says nothing is left out', () => {
    const Numbers = container(Provision.ApprovedApplicationList, [many(integer(Provision.Hash))])
    const document = fromXml('<ApprovedApplicationList xmlns="Provision"><Hash>1</Hash><Hash/><Hash>3</Hash></ApprovedApplicationList>')
    expect(decode(Numbers, document, '14.1')).toEqual({ Hash: [1, 3] })
  })

  it('emptyOr tells an empty container from a full one', () => {
    const Policy = container(Provision.Provision, [optional(emptyOr(container(Provision.RemoteWipe, [integer(Provision.Status)])))])
    const read = (xml: string) => decode(Policy, fromXml(`<Provision xmlns="Provision">${xml}</Provision>`), '14.1')
    expect(read('')).toEqual({})
    expect(read('<RemoteWipe/>')).toEqual({ RemoteWipe: null })
    expect(read('<RemoteWipe><Status>1</Status></RemoteWipe>')).toEqual({ RemoteWipe: { Status: 1 } })
    expect(decode(Policy, Buffer.from('03016a00000e454c0101', 'hex'), '14.1')).toEqual({ RemoteWipe: null })
    expect(refusal(Policy, fromXml('<Provision xmlns="Provision"><RemoteWipe><Policy/></RemoteWipe></Provision>'))).toMatchObject({
      kind: 'missing',
    })
    expect(toXml(encode(Policy, { RemoteWipe: null }, '14.1'))).toContain('<Provision xmlns="Provision"><RemoteWipe/></Provision>')
    expect(decode(Policy, encode(Policy, { RemoteWipe: { Status: 2 } }, '14.1'), '14.1')).toEqual({ RemoteWipe: { Status: 2 } })
  })

  it('nullable tells an empty value from a missing one', () => {
    const Body = container(Calendar.Exception, [optional(nullable(integer(Calendar.Reminder))), optional(nullable(text(Calendar.Subject)))])
    const read = (xml: string) => decode(Body, fromXml(`<Exception xmlns="Calendar">${xml}</Exception>`), '14.1')
    expect(read('<Reminder/><Subject/>')).toEqual({ Reminder: null, Subject: null })
    expect(read('<Reminder>5</Reminder><Subject>x</Subject>')).toEqual({ Reminder: 5, Subject: 'x' })
    expect(read('')).toEqual({})
    expect(toXml(encode(Body, { Reminder: null, Subject: null }, '14.1'))).toContain('<Reminder/><Subject/>')
  })
})

describe('versions', () => {
  const Mail = container(AirSync.ApplicationData, [
    text(Email.Subject),
    until('14.1', as('OldLocation', optional(text(Email.Location)))),
    since('16.0', optional(container(AirSyncBase.Location, [text(AirSyncBase.DisplayName)]))),
    optional(text(Email2.Sender)),
    since('14.0', many(text(Email2.Bcc))),
  ])
  const whole = { Subject: 's', OldLocation: 'old', Location: { DisplayName: 'new' }, Sender: 'x', Bcc: ['b'] }

  it('an element is written in its versions only, by the schema and by the code page', () => {
    expect(toXml(encode(Mail, whole, '12.1'))).toContain(
      '<Email:Subject>s</Email:Subject><Email:Location>old</Email:Location></ApplicationData>',
    )
    expect(toXml(encode(Mail, whole, '14.1'))).toContain(
      '<Email:Location>old</Email:Location><Email2:Sender>x</Email2:Sender></ApplicationData>',
    )
    expect(toXml(encode(Mail, whole, '16.0'))).toContain(
      '<AirSyncBase:Location><AirSyncBase:DisplayName>new</AirSyncBase:DisplayName></AirSyncBase:Location><Email2:Sender>x</Email2:Sender><Email2:Bcc>b</Email2:Bcc></ApplicationData>',
    )
  })

  it('an element is passed over outside the versions of its schema', () => {
    const document = mail(
      '<e:Subject>s</e:Subject><e:Location>old</e:Location><b:Location><b:DisplayName>new</b:DisplayName></b:Location><f:Bcc>b</f:Bcc>',
    )
    expect(decode(Mail, document, '12.1')).toEqual({ Subject: 's', OldLocation: 'old', Bcc: [] })
    expect(decode(Mail, document, '14.1')).toEqual({ Subject: 's', OldLocation: 'old', Bcc: ['b'] })
    expect(decode(Mail, document, '16.1')).toEqual({ Subject: 's', Location: { DisplayName: 'new' }, Bcc: ['b'] })
  })

  it('a required element is required where it is spoken', () => {
    const Late = container(Email.Flag, [since('14.0', text(Email.FlagType)), text(Email.Status)])
    const without = fromXml('<Flag xmlns="Email"><Status>1</Status></Flag>')
    expect(decode(Late, without, '12.1')).toEqual({ Status: '1' })
    expect(refusal(Late, without, '14.0')).toMatchObject({ kind: 'missing', path: 'Flag/FlagType' })
    expect(() => encode(Late, { Status: '1' }, '14.0')).toThrow(TypeError)
    expect(encode(Late, { Status: '1' }, '12.1')).toEqual(without)
  })

  it('bounds within bounds hold together', () => {
    const Between = container(Settings.Settings, [
      since('12.1', until('14.1', since('14.0', until('16.0', optional(text(Settings.Status)))))),
    ])
    const spoken = protocolVersions.filter((version) => encode(Between, { Status: '1' }, version).length > 7)
    expect(spoken).toEqual(['14.0', '14.1'])
  })

  it('every version of a document reads what it writes', () => {
    const Folder = container(FolderHierarchy.FolderSync, [text(FolderHierarchy.SyncKey)])
    for (const version of protocolVersions)
      expect(decode(Folder, encode(Folder, { SyncKey: '7' }, version), version)).toEqual({ SyncKey: '7' })
  })
})
