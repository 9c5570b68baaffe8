// What the compiler says about schemas: a misspelt property, a missing one or one of the wrong type does not compile.
import { describe, expectTypeOf, it } from 'vitest'
import type { Instant } from '../../src/model/id.ts'
import { AirSync, AirSyncBase, Email, Ping, Provision, type Tag } from '../../src/wbxml/pages.ts'
import {
  as,
  bind,
  bool,
  bytes,
  container,
  dateTime,
  decode,
  deferred,
  emptyOr,
  encode,
  flag,
  integer,
  many,
  nullable,
  oneOf,
  oneOfNumbers,
  optional,
  resolve,
  since,
  text,
  until,
  type Deferred,
  type Encodable,
  type Infer,
  type Schema,
} from '../../src/wbxml/schema.ts'

const Folder = container(Ping.Folder, [text(Ping.Id), oneOf(Ping.Class, ['Email', 'Calendar'])])
const Request = container(Ping.Ping, [optional(integer(Ping.HeartbeatInterval)), optional(container(Ping.Folders, [many(Folder)]))])
const Mail = container(AirSync.ApplicationData, [
  text(Email.Subject),
  dateTime(Email.DateReceived),
  nullable(oneOfNumbers(Email.Importance, [0, 1, 2])),
  optional(bool(Email.Read)),
  since('16.0', text(AirSyncBase.Data)),
  until('14.1', as('OldLocation', text(Email.Location))),
  since('14.0', many(bytes(AirSyncBase.Content))),
  optional(many(text(Email.Category))),
  flag(AirSync.MoreAvailable),
  emptyOr(container(Provision.RemoteWipe, [integer(Provision.Status)])),
])
const Add = container(AirSync.Add, [deferred(AirSync.ApplicationData)])

/** Never called: `npm run types` is what checks this file, and it fails where an expected error does not come. */
export function compiled(): void {
  encode(Request, {}, '14.1')
  encode(Request, { HeartbeatInterval: undefined, Folders: undefined }, '14.1')
  encode(Request, { Folders: {} }, '14.1')
  encode(Request, { Folders: { Folder: [{ Id: new Uint8Array(1), Class: 'Email' }] } }, '14.1')
  // @ts-expect-error a misspelt property
  encode(Request, { HeartBeatInterval: 60 }, '14.1')
  // @ts-expect-error a misspelt property further down
  encode(Request, { Folders: { Folder: [{ Id: '1', Class: 'Email', Name: 'x' }] } }, '14.1')
  // @ts-expect-error a missing property
  encode(Request, { Folders: { Folder: [{ Id: '1' }] } }, '14.1')
  // @ts-expect-error a word that is none of those declared
  encode(Request, { Folders: { Folder: [{ Id: '1', Class: 'Mail' }] } }, '14.1')
  // @ts-expect-error a number for text
  encode(Request, { Folders: { Folder: [{ Id: 1, Class: 'Email' }] } }, '14.1')
  // @ts-expect-error text for a number
  encode(Request, { HeartbeatInterval: '60' }, '14.1')
  // @ts-expect-error one for many
  encode(Request, { Folders: { Folder: { Id: '1', Class: 'Email' } } }, '14.1')
  // @ts-expect-error null where no empty element may stand
  encode(Request, { Folders: null }, '14.1')
  // @ts-expect-error no such version
  encode(Request, {}, '15.0')
  // @ts-expect-error a bound value of the wrong shape
  bind(Mail, { Subject: 'x' })
  // @ts-expect-error a value that is not bound
  encode(Add, { ApplicationData: { Subject: 'x' } }, '14.1')
  // @ts-expect-error what was decoded is not to be changed
  decode(Request, new Uint8Array(), '14.1').HeartbeatInterval = 60
  // @ts-expect-error nor are its arrays
  decode(Mail, new Uint8Array(), '14.1').Content.push(new Uint8Array())
  // @ts-expect-error no such element
  text(Ping.Nothing)
  // @ts-expect-error no such property
  void decode(Request, new Uint8Array(), '14.1').Status
  const anything: Schema = Request
  expectTypeOf(decode(anything, new Uint8Array(), '14.1')).toEqualTypeOf<unknown>()
  expectTypeOf(resolve(bind(Folder, { Id: '1', Class: 'Email' }), Folder, '14.1')).toEqualTypeOf<Infer<typeof Folder>>()
}

describe('the type of a document', () => {
  it('has one property per element, named by it', () => {
    expectTypeOf(Ping.HeartbeatInterval).toEqualTypeOf<Tag<'HeartbeatInterval'>>()
    expectTypeOf<Infer<typeof Request>>().toEqualTypeOf<{
      readonly HeartbeatInterval?: number | undefined
      readonly Folders?: { readonly Folder: readonly { readonly Id: string; readonly Class: 'Email' | 'Calendar' }[] } | undefined
    }>()
  })

  it('says what may be missing, empty or repeated', () => {
    expectTypeOf<Infer<typeof Mail>>().toEqualTypeOf<{
      readonly Subject: string
      readonly DateReceived: Instant
      readonly Importance: 0 | 1 | 2 | null
      readonly Content: readonly Uint8Array[]
      readonly RemoteWipe: { readonly Status: number } | null
      readonly Read?: boolean | undefined
      readonly Data?: string | undefined
      readonly OldLocation?: string | undefined
      readonly Category?: readonly string[] | undefined
      readonly MoreAvailable?: boolean | undefined
    }>()
  })

  it('takes bytes for text and leaves out arrays when it is to be written', () => {
    expectTypeOf<Encodable<typeof Folder>>().toEqualTypeOf<{ readonly Id: string | Uint8Array; readonly Class: 'Email' | 'Calendar' }>()
    expectTypeOf<Encodable<typeof Request>['Folders']>().toEqualTypeOf<
      { readonly Folder?: readonly Encodable<typeof Folder>[] | undefined } | undefined
    >()
    expectTypeOf<Infer<typeof Mail>>().toExtend<Encodable<typeof Mail>>()
    expectTypeOf<Infer<typeof Add>>().toEqualTypeOf<{ readonly ApplicationData: Deferred }>()
  })
})
