// Whatever bytes come in: one of two errors or a value, in bounded time; and every tree that can be written is read back.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { protocolVersions } from '../../src/model/version.ts'
import { SchemaError, WireError } from '../../src/wbxml/error.ts'
import { AirSync, AirSyncBase, allTags, Contacts, Email, Email2, type Tag } from '../../src/wbxml/pages.ts'
import { Reader } from '../../src/wbxml/reader.ts'
import {
  base64,
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
  rootTag,
  since,
  text,
} from '../../src/wbxml/schema.ts'
import { fromXml, toXml } from '../../src/wbxml/xml.ts'
import { Writer } from '../../src/wbxml/writer.ts'
import { hasReference, referenceFiles, referencePath } from '../support/reference.ts'

const runs = Number(process.env['EASEL_FUZZ_RUNS'] ?? 300)

const Data = container(AirSync.ApplicationData, [
  optional(text(Email.Subject)),
  optional(dateTime(Email.DateReceived)),
  optional(bool(Email.Read)),
  optional(nullable(oneOfNumbers(Email.Importance, [0, 1, 2]))),
  optional(emptyOr(container(Email.Flag, [optional(integer(Email.Status)), optional(text(Email.FlagType))]))),
  optional(container(Contacts.Categories, [many(text(Contacts.Category))])),
  optional(base64(Contacts.Picture)),
  optional(container(AirSyncBase.Body, [optional(oneOfNumbers(AirSyncBase.Type, [1, 2, 4])), optional(text(AirSyncBase.Data))])),
  since('14.0', optional(bytes(Email2.ConversationId))),
])
const Sync = container(AirSync.Sync, [
  optional(integer(AirSync.Wait, { min: 1, max: 59 })),
  flag(AirSync.Partial),
  optional(
    container(AirSync.Collections, [
      many(
        container(AirSync.Collection, [
          text(AirSync.SyncKey),
          optional(oneOf(AirSync.Class, ['Email', 'Contacts'])),
          optional(
            container(AirSync.Commands, [many(container(AirSync.Add, [text(AirSync.ClientId), deferred(AirSync.ApplicationData)]))]),
          ),
        ]),
      ),
    ]),
  ),
])

/** Everything that reads bytes of a peer. Anything but the two errors gets through and fails the test. */
function readEverything(document: Uint8Array): void {
  const attempts = [
    () => rootTag(document),
    () => toXml(document),
    () => toXml(document, { pretty: true, namespaces: 'prefixed', mask: true }),
    () => {
      for (const { Commands } of decode(Sync, document, '14.1').Collections?.Collection ?? []) {
        for (const { ApplicationData } of Commands?.Add ?? []) resolve(ApplicationData, Data, '14.1')
      }
    },
    () => encode(Sync, decode(Sync, document, '16.1'), '16.1'),
    () => decode(Data, document, '2.5'),
  ]
  for (const attempt of attempts) {
    try {
      attempt()
    } catch (error) {
      if (!(error instanceof WireError || error instanceof SchemaError)) throw error
    }
  }
}

const header = Uint8Array.of(3, 1, 0x6a, 0)
const withHeader = (rest: Uint8Array) => Buffer.concat([header, rest])

/** Bytes that mean something more often than chance would have it. */
const likely = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 3, 0xc3, 0x45, 0x5c, 0x4f, 0x56, 0x47, 0x5d, 0x4b, 0x02, 0x31, 0x2d) },
  { weight: 1, arbitrary: fc.nat(255) },
)

it('random bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => (readEverything(noise), readEverything(withHeader(noise)))),
    { numRuns: runs },
  )
})

it('random tokens', () => {
  fc.assert(
    fc.property(fc.array(likely, { maxLength: 400 }), (tokens) => readEverything(withHeader(Uint8Array.from(tokens)))),
    { numRuns: runs },
  )
})

interface Tree {
  readonly tag: Tag
  readonly content: readonly Tree[] | string | Uint8Array
}

const character = fc.oneof(
  fc.constantFrom(
    'a',
    '<',
    '&',
    '>',
    '"',
    '\r',
    '\n',
    '\t',
    ' ',
    'é',
    '€',
    '😀',
    '\ud800',
    '\udc00',
    '\u0000',
    '\u0001',
    '\u001f',
    '\ufffe',
    '\uffff',
    '\ufeff',
    '\u2028',
    '\u2029',
    '\u0085',
  ),
  fc.string({ unit: 'binary', maxLength: 3 }),
)
const anyText = fc.oneof(
  { weight: 9, arbitrary: fc.array(character, { maxLength: 60 }).map((pieces) => pieces.join('')) },
  { weight: 1, arbitrary: fc.array(character, { minLength: 200, maxLength: 1000, size: 'max' }).map((pieces) => pieces.join('')) },
)
const leaf: fc.Arbitrary<Tree> = fc
  .tuple(fc.constantFrom(...allTags()), anyText, fc.uint8Array({ maxLength: 200 }))
  .map(([tag, written, raw]) => ({ tag, content: tag.kind === 'opaque' ? raw : written }))
const containers = allTags().filter((tag) => tag.kind !== 'opaque')
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.record({ tag: fc.constantFrom(...containers), content: fc.array(tie('tree'), { maxLength: 4 }) }),
  ),
}))

function write(writer: Writer, { tag, content }: Tree): void {
  writer.open(tag.key)
  if (typeof content === 'string') writer.text(content)
  else if (content instanceof Uint8Array) writer.opaque(content)
  else for (const each of content) write(writer, each)
  writer.close()
}

function written(root: Tree): Buffer {
  const writer = new Writer()
  try {
    write(writer, root)
    return Buffer.from(writer.finish())
  } finally {
    writer.release()
  }
}

/** What XML 1.0 can hold of a text, said another way than the writer says it. */
const legal = (value: string) =>
  Array.from(value.toWellFormed())
    .filter((each) => /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]$/u.test(each))
    .join('')

function readTree(reader: Reader): unknown {
  const children: unknown[] = []
  let content = ''
  for (;;) {
    const token = reader.next()
    if (token === 1) children.push([reader.key, readTree(reader)])
    else if (token === 2) children.push([reader.key, ''])
    else if (token === 4) content += reader.text()
    else if (token === 5) content += reader.content().toString('hex')
    else return children.length > 0 ? children : content
  }
}

function expectedTree({ tag, content }: Tree): unknown {
  if (typeof content === 'string') return [tag.key, legal(content)]
  if (content instanceof Uint8Array) return [tag.key, Buffer.from(content).toString('hex')]
  return [tag.key, content.length > 0 ? content.map(expectedTree) : '']
}

it('a random tree is read back, and goes through XML unharmed', () => {
  fc.assert(
    fc.property(tree, (root) => {
      const document = written(root)
      expect(readTree(Reader.document(document))).toEqual([expectedTree(root)])
      for (const options of [{}, { pretty: true }, { namespaces: 'prefixed' }] as const)
        expect(fromXml(toXml(document, options))).toEqual(document)
      readEverything(document)
    }),
    { numRuns: runs },
  )
})

const value = fc.record(
  {
    Subject: anyText.map(legal),
    DateReceived: fc.integer({ min: Date.UTC(1, 0, 1), max: Date.UTC(9999, 0, 1) }),
    Read: fc.boolean(),
    Importance: fc.constantFrom(0, 1, 2, null),
    Flag: fc.option(fc.record({ Status: fc.maxSafeInteger().filter((number) => Math.abs(number) < 1e14) })),
    Categories: fc.record({ Category: fc.array(fc.string({ maxLength: 20 }).map(legal)) }),
    Picture: fc.uint8Array({ minLength: 1 }),
    Body: fc.record({ Type: fc.constantFrom(1 as const, 2 as const, 4 as const), Data: anyText.map(legal) }),
    ConversationId: fc.uint8Array({ minLength: 1 }),
  },
  { requiredKeys: [] },
)

it('a random value is decoded as it was encoded', () => {
  fc.assert(
    fc.property(value, (given) => {
      const decoded = decode(Data, encode(Data, given as Parameters<typeof encode<typeof Data>>[1], '16.1'), '16.1')
      const plain = (bytes: Uint8Array | undefined) => bytes && Array.from(bytes)
      expect({ ...decoded, Picture: plain(decoded.Picture), ConversationId: plain(decoded.ConversationId) }).toEqual({
        ...given,
        Picture: plain(given.Picture),
        ConversationId: plain(given.ConversationId),
      })
    }),
    { numRuns: runs },
  )
})

/** A few documents of every shape; with the reference, the specification's samples too. */
const seeds: readonly Buffer[] = [
  written({
    tag: AirSync.Sync,
    content: [
      { tag: AirSync.Status, content: '1' },
      { tag: AirSync.Collections, content: [] },
    ],
  }),
  Buffer.from('03016a00455c4f4b033100015647 4c033100015d000255 0356 0001 0000 01 01 01 01 01 01'.replaceAll(' ', ''), 'hex'),
  Buffer.from('03016a00455c4f4b033100015647 4c033100015d0001 55560301010101 00004e033100 0101010101'.replaceAll(' ', ''), 'hex'),
  ...(hasReference ? ['request', 'response', 'edge'] : []).flatMap((kind) => {
    const folder = join('spec', 'samples', kind)
    return referenceFiles(folder, '.hex').map((name) => Buffer.from(readFileSync(referencePath(folder, name), 'utf8').trim(), 'hex'))
  }),
]

const mutation = fc.record({
  what: fc.constantFrom('set', 'insert', 'delete', 'repeat', 'cut'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  byte: likely,
})

it('mutated documents', () => {
  fc.assert(
    fc.property(fc.constantFrom(...seeds), fc.array(mutation, { minLength: 1, maxLength: 6 }), (seed, mutations) => {
      let document = Array.from(seed)
      for (const { what, at, byte } of mutations) {
        const index = Math.floor(at * document.length)
        if (what === 'set') document[index] = byte
        else if (what === 'insert') document.splice(index, 0, byte)
        else if (what === 'delete') document.splice(index, 1 + (byte & 7))
        else if (what === 'repeat') document.splice(index, 0, ...document.slice(index, index + byte))
        else document = document.slice(0, index)
      }
      readEverything(Uint8Array.from(document))
    }),
    { numRuns: runs * 3 },
  )
})

it('a version more or less changes nothing about what is thrown', () => {
  fc.assert(
    fc.property(fc.array(likely, { maxLength: 100 }), fc.constantFrom(...protocolVersions), (tokens, version) => {
      try {
        decode(Sync, withHeader(Uint8Array.from(tokens)), version)
      } catch (error) {
        if (!(error instanceof WireError || error instanceof SchemaError)) throw error
      }
    }),
    { numRuns: runs },
  )
})
