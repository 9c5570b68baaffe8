// How old an answer of a responder may be to be believed.
import { createHash, sign } from 'node:crypto'
import {
  BitString,
  Enumerated,
  GeneralizedTime,
  Integer,
  Null,
  ObjectIdentifier,
  OctetString,
  Primitive,
  Sequence,
  Constructed,
} from 'asn1js'
import * as pkijs from 'pkijs'
import { expect, test } from 'vitest'
import { readCertificate } from '../../../src/auth/chain/certificate.ts'
import { askAbout, readAnswer } from '../../../src/auth/chain/responder.ts'
import { TestAuthority } from '../../support/authority.ts'
import { VirtualClock } from '../../support/clock.ts'

const now = new VirtualClock().now()
const minute = 60_000
const root = await TestAuthority.make(now)
const issuer = readCertificate(root.der)
const { serial } = readCertificate((await root.issue()).der)

interface Said {
  readonly producedAt: number
  readonly from?: number
  readonly until?: number
  /** Who signs. */
  readonly by?: TestAuthority
  /** Bytes of the nonce; none where it is left out. */
  readonly nonce?: Buffer
}

/** A responder's answer "good" (RFC 6960 4.2.1), by hand. */
function answer({ producedAt, from = producedAt, until, by = root, nonce }: Said): Buffer {
  const { subject, subjectPublicKeyInfo } = pkijs.Certificate.fromBER(new Uint8Array(root.der))
  const sha1 = (bytes: ArrayBuffer | Uint8Array) =>
    new OctetString({ valueHex: new Uint8Array(createHash('sha1').update(new Uint8Array(bytes)).digest()).buffer })
  const time = (at: number) => new GeneralizedTime({ valueDate: new Date(at) })
  const tagged = (tagNumber: number, ...value: unknown[]) =>
    new Constructed({ idBlock: { tagClass: 3, tagNumber }, value: value as Sequence[] })
  const certificate = new Sequence({
    value: [
      new Sequence({ value: [new ObjectIdentifier({ value: '1.3.14.3.2.26' }), new Null()] }),
      sha1(subject.toSchema().toBER()),
      sha1(subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView),
      new Integer({ valueHex: new Uint8Array(Buffer.from(`00${serial.length % 2 === 0 ? '' : '0'}${serial}`, 'hex')).buffer }),
    ],
  })
  const good = new Primitive({ idBlock: { tagClass: 3, tagNumber: 0 } })
  const single = new Sequence({ value: [certificate, good, time(from), ...(until === undefined ? [] : [tagged(0, time(until))])] })
  const extensions =
    nonce === undefined
      ? []
      : [
          tagged(
            1,
            new Sequence({
              value: [
                new Sequence({
                  value: [
                    new ObjectIdentifier({ value: '1.3.6.1.5.5.7.48.1.2' }),
                    new OctetString({ valueHex: new OctetString({ valueHex: new Uint8Array(nonce).buffer }).toBER() }),
                  ],
                }),
              ],
            }),
          ),
        ]
  const content = new Sequence({
    value: [tagged(1, subject.toSchema()), time(producedAt), new Sequence({ value: [single] }), ...extensions],
  })
  const signature = sign('sha256', Buffer.from(content.toBER()), by.key)
  const basic = new Sequence({
    value: [
      content,
      new Sequence({ value: [new ObjectIdentifier({ value: '1.2.840.10045.4.3.2' })] }),
      new BitString({ valueHex: new Uint8Array(signature).buffer }),
    ],
  })
  const response = new Sequence({
    value: [new ObjectIdentifier({ value: '1.3.6.1.5.5.7.48.1.1' }), new OctetString({ valueHex: basic.toBER() })],
  })
  return Buffer.from(new Sequence({ value: [new Enumerated({ value: 0 }), tagged(0, response)] }).toBER())
}

const question = askAbout(serial, issuer)
const read = (said: Said) => readAnswer(answer(said), question, issuer, now)

test('an answer that ends is good until then, and one that has just been made for some minutes', () => {
  expect(read({ producedAt: now - 60 * minute, until: now + 60 * minute })).toMatchObject({ state: 'good', until: now + 60 * minute })
  expect(read({ producedAt: now - minute })).toMatchObject({ state: 'good', until: now + 5 * minute })
  expect(read({ producedAt: now - minute, from: now - 600 * minute })).toMatchObject({ state: 'good' })
})

test('an old answer without an end is none, unless it was made for our question', () => {
  const old = { producedAt: now - 365 * 1440 * minute }
  expect(() => read(old)).toThrow('it is old')
  expect(read({ ...old, nonce: question.nonce })).toMatchObject({ state: 'good' })
  expect(() => read({ ...old, nonce: Buffer.alloc(16) })).toThrow('another question')
})

test('an answer of another authority, over, or from the future is none', async () => {
  const twin = await TestAuthority.make(now)
  expect(() => read({ producedAt: now, by: twin })).toThrow('nobody who may tell has signed it')
  expect(() => read({ producedAt: now - 60 * minute, until: now - 30 * minute })).toThrow('no longer')
  expect(() => read({ producedAt: now, from: now + 30 * minute })).toThrow('future')
})
