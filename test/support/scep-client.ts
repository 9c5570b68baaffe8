// A SCEP client that can also do wrong: what phones send to `/scep`, made by hand.
import { createPublicKey, generateKeyPairSync, randomBytes, X509Certificate, type KeyObject } from 'node:crypto'
import '../../src/enroll/reflection.ts'
import type * as asn1 from 'asn1js'
import * as pkijs from 'pkijs'
import * as x509 from '@peculiar/x509'
import { octets, printable } from '../../src/enroll/der.ts'
import { openEnvelope, sealEnvelope } from '../../src/enroll/scep/envelope.ts'
import { signed } from '../../src/enroll/signed-data.ts'

const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const
const oids = { messageType: 2, pkiStatus: 3, failInfo: 4, senderNonce: 5, recipientNonce: 6, transactionId: 7 } as const
const attributeOid = (name: keyof typeof oids) => `2.16.840.1.113733.1.9.${oids[name]}`

export interface ScepReply {
  readonly status: number
  /** `0` success, `2` failure; empty where the answer is none of SCEP's. */
  readonly pkiStatus: string
  readonly failInfo: string
  readonly transaction: string
  readonly recipientNonce: Buffer
  readonly certificate: X509Certificate | null
}

export interface Asking {
  readonly challenge?: string
  readonly type?: string
  readonly transaction?: string
  readonly method?: 'GET' | 'POST'
  /** Whose identity signs; the client's own if left out. */
  readonly by?: ScepClient
  /** Changes the message before it is sent. */
  readonly spoil?: (message: Buffer) => Buffer
}

export class ScepClient {
  readonly key: KeyObject
  /** What signs: of its own making at first, ours once there is one. */
  certificate: Uint8Array
  readonly nonce = randomBytes(16)
  readonly #url: string
  readonly #keys: CryptoKeyPair

  private constructor(url: string, key: KeyObject, keys: CryptoKeyPair, certificate: Uint8Array) {
    this.#url = url
    this.key = key
    this.#keys = keys
    this.certificate = certificate
  }

  /** A client of the server at this address, with a key of its own. */
  static async make(url: string, bits = 2048): Promise<ScepClient> {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
    const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
    const keys = {
      privateKey: await crypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), algorithm, true, ['sign']),
      publicKey: await crypto.subtle.importKey('spki', new Uint8Array(spki), algorithm, true, ['verify']),
    }
    const own = await x509.X509CertificateGenerator.createSelfSigned({ name: 'CN=SCEP', keys, signingAlgorithm: algorithm })
    return new ScepClient(`${url}/scep`, privateKey, keys, new Uint8Array(own.rawData))
  }

  async authority(): Promise<X509Certificate> {
    return new X509Certificate(Buffer.from(await (await fetch(`${this.#url}?operation=GetCACert`)).arrayBuffer()))
  }

  async request(challenge?: string): Promise<Uint8Array> {
    const attributes = challenge === undefined ? [] : [new x509.ChallengePasswordAttribute(challenge)]
    const made = await x509.Pkcs10CertificateRequestGenerator.create({
      name: 'CN=the boss, O=Everything',
      keys: this.#keys,
      signingAlgorithm: algorithm,
      attributes,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'email', value: 'boss@example.test' }])],
    })
    return new Uint8Array(made.rawData)
  }

  async ask(asking: Asking = {}): Promise<ScepReply> {
    const { challenge, type = '19', transaction = 'T1', method = 'POST', by = this, spoil = (message) => message } = asking
    const envelope = sealEnvelope(await this.request(challenge), (await this.authority()).raw, 'aes-256-cbc')
    const message = signed({
      content: envelope,
      signer: { certificate: by.certificate, key: by.key },
      certificates: [by.certificate],
      attributes: [
        [attributeOid('messageType'), printable(type)],
        [attributeOid('senderNonce'), octets(this.nonce)],
        [attributeOid('transactionId'), printable(transaction)],
      ],
    })
    return by.#send(spoil(message), method)
  }

  async #send(message: Buffer, method: 'GET' | 'POST'): Promise<ScepReply> {
    const url = `${this.#url}?operation=PKIOperation`
    const reply =
      method === 'GET'
        ? await fetch(`${url}&message=${encodeURIComponent(message.toString('base64'))}`)
        : await fetch(url, { method: 'POST', body: new Uint8Array(message), headers: { 'Content-Type': 'application/x-pki-message' } })
    const bytes = Buffer.from(await reply.arrayBuffer())
    if (reply.headers.get('content-type') !== 'application/x-pki-message') return { ...nothing, status: reply.status }
    return { ...this.#open(bytes), status: reply.status }
  }

  #open(bytes: Buffer): Omit<ScepReply, 'status'> {
    const data = signedData(bytes)
    const found = (name: keyof typeof oids): unknown =>
      data.signerInfos[0]!.signedAttrs!.attributes.find(({ type }) => type === attributeOid(name))?.values[0]
    const text = (name: keyof typeof oids) => (found(name) as asn1.PrintableString | undefined)?.valueBlock.value ?? ''
    const envelope = Buffer.from(data.encapContentInfo.eContent?.getValue() ?? new ArrayBuffer(0))
    return {
      pkiStatus: text('pkiStatus'),
      failInfo: text('failInfo'),
      transaction: text('transactionId'),
      recipientNonce: Buffer.from((found('recipientNonce') as asn1.OctetString).getValue()),
      certificate: envelope.length === 0 ? null : certificateIn(openEnvelope(envelope, this.certificate, this.key).content),
    }
  }
}

const nothing: Omit<ScepReply, 'status'> = {
  pkiStatus: '',
  failInfo: '',
  transaction: '',
  recipientNonce: Buffer.alloc(0),
  certificate: null,
}

function signedData(bytes: Uint8Array): pkijs.SignedData {
  const info = pkijs.ContentInfo.fromBER(new Uint8Array(bytes).buffer)
  return new pkijs.SignedData({ schema: info.content as asn1.Sequence })
}

function certificateIn(content: Uint8Array): X509Certificate {
  const [certificate] = signedData(content).certificates as pkijs.Certificate[]
  return new X509Certificate(Buffer.from(certificate!.toSchema().toBER()))
}
