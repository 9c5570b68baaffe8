// What the codec costs: a Sync answer of 100 mails, typed, against the same document by way of a DOM and of XML text, in one run.
import { AirSync, AirSyncBase, Email, Email2 } from '../src/wbxml/pages.ts'
import {
  bind,
  bool,
  bytes,
  container,
  dateTime,
  decode,
  deferred,
  encode,
  flag,
  integer,
  many,
  oneOfNumbers,
  optional,
  resolve,
  since,
  text,
  type Encodable,
} from '../src/wbxml/schema.ts'
import { fromDocument, fromXml, toDocument, toXml } from '../src/wbxml/xml.ts'

const version = '14.1'

const Mail = container(AirSync.ApplicationData, [
  text(Email.To),
  optional(text(Email.Cc)),
  text(Email.From),
  text(Email.Subject),
  optional(text(Email.ReplyTo)),
  dateTime(Email.DateReceived),
  text(Email.DisplayTo),
  text(Email.ThreadTopic),
  oneOfNumbers(Email.Importance, [0, 1, 2]),
  bool(Email.Read),
  container(AirSyncBase.Body, [
    oneOfNumbers(AirSyncBase.Type, [1, 2, 3, 4]),
    integer(AirSyncBase.EstimatedDataSize),
    bool(AirSyncBase.Truncated),
    text(AirSyncBase.Data),
  ]),
  text(Email.MessageClass),
  integer(Email.InternetCPID),
  container(Email.Flag, []),
  text(Email.ContentClass),
  integer(AirSyncBase.NativeBodyType),
  since('14.0', bytes(Email2.ConversationId)),
  since('14.0', bytes(Email2.ConversationIndex)),
  since('14.0', optional(container(Email.Categories, [many(text(Email.Category))]))),
])

const SyncAnswer = container(AirSync.Sync, [
  container(AirSync.Collections, [
    many(
      container(AirSync.Collection, [
        text(AirSync.SyncKey),
        text(AirSync.CollectionId),
        integer(AirSync.Status),
        flag(AirSync.MoreAvailable),
        container(AirSync.Commands, [many(container(AirSync.Add, [text(AirSync.ServerId), deferred(AirSync.ApplicationData)]))]),
      ]),
    ),
  ]),
])

const line = 'The quick brown fox jumps over the lazy dog; pack my box with five dozen liquor jugs.\r\n'

function mail(number: number): Encodable<typeof Mail> {
  return {
    To: '"Alice Example" <alice@example.test>',
    Cc: '"Bob Example" <bob@example.test>, "Carol Example" <carol@example.test>',
    From: '"Dave Sender" <dave@example.test>',
    Subject: `Minutes of meeting ${number} and what follows from it`,
    DateReceived: Date.UTC(2026, 2, 3, 9, number),
    DisplayTo: 'Alice Example',
    ThreadTopic: `Minutes of meeting ${number} and what follows from it`,
    Importance: 1,
    Read: number % 3 === 0,
    Body: { Type: 1, EstimatedDataSize: 5000, Truncated: true, Data: `${number} ${line.repeat(20)}` },
    MessageClass: 'IPM.Note',
    InternetCPID: 65001,
    Flag: {},
    ContentClass: 'urn:content-classes:message',
    NativeBodyType: 2,
    ConversationId: new Uint8Array(16).fill(number),
    ConversationIndex: new Uint8Array(5).fill(number),
  }
}

function answer(mails: readonly Encodable<typeof Mail>[]): Encodable<typeof SyncAnswer> {
  const Add = mails.map((value, index) => ({ ServerId: `5:${index}`, ApplicationData: bind(Mail, value) }))
  return { Collections: { Collection: [{ SyncKey: '{7c9}42', CollectionId: '5', Status: 1, MoreAvailable: true, Commands: { Add } }] } }
}

/** Milliseconds of one call: the median over batches, after warming up. */
function measure(act: () => unknown, seconds = 1): number {
  const until = performance.now() + seconds * 1000
  const samples: number[] = []
  while (performance.now() < until) {
    const start = performance.now()
    act()
    samples.push(performance.now() - start)
  }
  samples.splice(0, Math.floor(samples.length / 3))
  return samples.sort((one, other) => one - other)[Math.floor(samples.length / 2)] ?? Number.NaN
}

const mails = Array.from({ length: 100 }, (_, index) => mail(index))
const document = encode(SyncAnswer, answer(mails), version)
const dom = toDocument(document)
const xml = toXml(document)
const latin = answer(mails.map((each) => ({ ...each, Body: { ...each.Body, Data: `Grüße ✓ ${each.Body.Data as string}` } })))
const utf8 = answer(mails.map((each) => ({ ...each, Body: { ...each.Body, Data: Buffer.from(each.Body.Data) } })))

const decodeAll = () => {
  for (const { Commands } of decode(SyncAnswer, document, version).Collections.Collection) {
    for (const { ApplicationData } of Commands.Add) resolve(ApplicationData, Mail, version)
  }
}
const floor = Buffer.alloc(document.length)

const figures: readonly (readonly [what: string, milliseconds: number])[] = [
  ['copy the bytes (floor)', measure(() => floor.set(document))],
  ['encode, typed', measure(() => encode(SyncAnswer, answer(mails), version))],
  ['encode, typed, text beyond ASCII', measure(() => encode(SyncAnswer, latin, version))],
  ['encode, typed, bodies as bytes', measure(() => encode(SyncAnswer, utf8, version))],
  ['encode from a DOM', measure(() => fromDocument(dom))],
  ['encode from XML text', measure(() => fromXml(xml))],
  ['decode, typed', measure(decodeAll)],
  ['decode to a DOM', measure(() => toDocument(document))],
  ['decode to XML text', measure(() => toXml(document))],
]

console.log(`A Sync answer of ${mails.length} mails, ${document.length} bytes of WBXML, ${xml.length} characters of XML\n`)
const typed = { encode: figures[1]?.[1] ?? Number.NaN, decode: figures[6]?.[1] ?? Number.NaN }
for (const [what, milliseconds] of figures) {
  const against = what.startsWith('decode') ? typed.decode : typed.encode
  console.log(`${what.padEnd(36)}${milliseconds.toFixed(3).padStart(9)} ms${(milliseconds / against).toFixed(1).padStart(8)} x`)
}
