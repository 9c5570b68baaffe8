// What a responder (OCSP) answers, and what of it is believed.
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto'
import { Constructed, GeneralizedTime, Integer, Null, OctetString, Primitive } from 'asn1js'
import * as pkijs from 'pkijs'
import { describe, expect, it } from 'vitest'
import { readCertificate } from '../../../src/auth/chain/certificate.ts'
import { askAbout, readAnswer, UnusableAnswer, type ResponderQuestion } from '../../../src/auth/chain/responder.ts'
import { serialNumber } from '../../../src/model/certificate.ts'
import { TestAuthority, x509 } from '../../support/authority.ts'
import { VirtualClock } from '../../support/clock.ts'

const now = new VirtualClock().now()
const hour = 3_600_000
const root = await TestAuthority.make(now)
const issuer = readCertificate(root.der)
const leaf = await root.issue()
const serial = serialNumber(leaf.serial)

interface Terms {
  readonly state?: 'good' | 'revoked' | 'unknown'
  readonly of?: TestAuthority
  readonly serial?: string
  readonly from?: number
  readonly until?: number | null
  readonly nonce?: Buffer | null
  readonly signer?: { readonly key: KeyObject; readonly certificate: Uint8Array | null }
}

const bytesOf = (buffer: Uint8Array) => new Uint8Array(buffer).buffer

/** As a responder makes it; without a signer, the issuer itself. */
async function answerTo({ nonce: asked }: ResponderQuestion, terms: Terms = {}): Promise<Uint8Array> {
  const {
    state = 'good',
    of = root,
    from = now - hour,
    until = now + hour,
    nonce = asked,
    signer = { key: root.key, certificate: null },
  } = terms
  const about = pkijs.Certificate.fromBER(new Uint8Array(of.der))
  const sha1 = (bytes: ArrayBuffer | Uint8Array) =>
    new OctetString({ valueHex: bytesOf(createHash('sha1').update(new Uint8Array(bytes)).digest()) })
  const status = {
    good: () => new Primitive({ idBlock: { tagClass: 3, tagNumber: 0 } }),
    revoked: () =>
      new Constructed({ idBlock: { tagClass: 3, tagNumber: 1 }, value: [new GeneralizedTime({ valueDate: new Date(now - hour) })] }),
    unknown: () => new Primitive({ idBlock: { tagClass: 3, tagNumber: 2 } }),
  }
  const single = new pkijs.SingleResponse({
    certID: new pkijs.CertID({
      hashAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: '1.3.14.3.2.26', algorithmParams: new Null() }),
      issuerNameHash: sha1(about.subject.toSchema().toBER()),
      issuerKeyHash: sha1(about.subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView),
      serialNumber: new Integer({ valueHex: bytesOf(Buffer.from(terms.serial ?? leaf.serial, 'hex')) }),
    }),
    certStatus: status[state](),
    thisUpdate: new Date(from),
    ...(until === null ? {} : { nextUpdate: new Date(until) }),
  })
  const basic = new pkijs.BasicOCSPResponse()
  basic.tbsResponseData.responderID = about.subject
  basic.tbsResponseData.producedAt = new Date(now)
  basic.tbsResponseData.responses = [single]
  if (nonce !== null) {
    const extnValue = new OctetString({ valueHex: bytesOf(nonce) }).toBER()
    basic.tbsResponseData.responseExtensions = [new pkijs.Extension({ extnID: '1.3.6.1.5.5.7.48.1.2', extnValue })]
  }
  if (signer.certificate !== null) basic.certs = [pkijs.Certificate.fromBER(new Uint8Array(signer.certificate))]
  await basic.sign(signer.key.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']) as unknown as CryptoKey, 'SHA-256')
  const response = new pkijs.OCSPResponse()
  response.responseStatus.valueBlock.valueDec = 0
  const content = new OctetString({ valueHex: basic.toSchema().toBER() })
  response.responseBytes = new pkijs.ResponseBytes({ responseType: '1.3.6.1.5.5.7.48.1.1', response: content })
  return new Uint8Array(response.toSchema().toBER())
}

/** A responder with a certificate of its own. */
async function delegate(by: TestAuthority, purposes: readonly string[], until = now + 24 * hour): Promise<NonNullable<Terms['signer']>> {
  const { key, der } = await by.issue({ usages: purposes, names: [], until })
  return { key: createPrivateKey(key), certificate: der }
}

const signing = '1.3.6.1.5.5.7.3.9'

async function said(terms: Terms = {}): Promise<string> {
  const question = askAbout(serial, issuer)
  try {
    return readAnswer(await answerTo(question, terms), question, issuer, now).state
  } catch (error) {
    expect(error).toBeInstanceOf(UnusableAnswer)
    return error instanceof Error ? error.message : ''
  }
}

describe('an answer', () => {
  it.each(['good', 'revoked', 'unknown'] as const)('of the issuer itself is believed: %s', async (state) => {
    expect(await said({ state })).toBe(state)
  })

  it('of whom the issuer certified for that is believed', async () => {
    expect(await said({ signer: await delegate(root, [signing]) })).toBe('good')
  })

  it('without a nonce is believed', async () => {
    expect(await said({ nonce: null })).toBe('good')
  })

  it.each([
    [
      'of somebody with a certificate for clients',
      async () => ({ signer: await delegate(root, [x509.ExtendedKeyUsage.clientAuth]) }),
      /nobody who may tell/,
    ],
    [
      'of a responder whose certificate has expired',
      async () => ({ signer: await delegate(root, [signing], now - 1) }),
      /nobody who may tell/,
    ],
    [
      'of a responder of a foreign authority with the same name',
      async () => ({ signer: await delegate(await TestAuthority.make(now), [signing]) }),
      /nobody who may tell/,
    ],
    [
      'of a foreign authority',
      async () => ({ signer: { key: (await TestAuthority.make(now)).key, certificate: null } }),
      /nobody who may tell/,
    ],
    ['about another certificate', async () => ({ serial: '7f01' }), /another certificate/],
    [
      'about a certificate of another issuer',
      async () => ({ of: await TestAuthority.make(now, { name: 'Other' }) }),
      /another certificate/,
    ],
    ['to another question', async () => ({ nonce: Buffer.alloc(16) }), /another question/],
    ['that holds no longer', async () => ({ until: now - hour / 2 }), /no longer/],
    ['from the future', async () => ({ from: now + hour }), /future/],
  ] as const)('%s is not', async (_title, terms, sentence) => {
    expect(await said(await terms())).toMatch(sentence)
  })

  it('that does not say how long it holds, holds for some minutes', async () => {
    const question = askAbout(serial, issuer)
    const answer = readAnswer(await answerTo(question, { until: null }), question, issuer, now)
    expect(answer.until - now).toBe(300_000)
  })
})

it('bytes that are no answer, or one that was changed, say nothing', async () => {
  const question = askAbout(serial, issuer)
  const answer = Buffer.from(await answerTo(question, { nonce: null }))
  for (const bytes of [Buffer.alloc(0), Buffer.from('<html>'), answer.subarray(0, -3)]) {
    expect(() => readAnswer(bytes, question, issuer, now)).toThrow(UnusableAnswer)
  }
  for (let at = 0; at < answer.length; at++) {
    const mutated = Buffer.from(answer)
    mutated[at] = (mutated[at] ?? 0) ^ 0x01
    try {
      // Outside of what is signed there are bytes that say nothing.
      expect(readAnswer(mutated, question, issuer, now).state).toBe('good')
    } catch (error) {
      expect(error).toBeInstanceOf(UnusableAnswer)
    }
  }
})
