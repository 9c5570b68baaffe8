// EnvelopedData (RFC 5652 6) as SCEP uses it: a key carried by RSA, PKCS #1 v1.5, and a content under it.
import {
  constants,
  createCipheriv,
  createDecipheriv,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import * as asn1 from 'asn1js'
import * as pkijs from 'pkijs'
import { isModest, messageBounds } from '../../auth/chain/measure.ts'
import { bytesOf, certificateOf, encode, integer, issuerAndSerial, nothing, octets, oid, sequence, set, tagged } from '../der.ts'
import { cms } from '../signed-data.ts'

/** What a content may be under. */
const ciphers = {
  'aes-128-cbc': { oid: '2.16.840.1.101.3.4.1.2', keyBytes: 16, blockBytes: 16 },
  'aes-192-cbc': { oid: '2.16.840.1.101.3.4.1.22', keyBytes: 24, blockBytes: 16 },
  'aes-256-cbc': { oid: '2.16.840.1.101.3.4.1.42', keyBytes: 32, blockBytes: 16 },
  'des-ede3-cbc': { oid: '1.2.840.113549.3.7', keyBytes: 24, blockBytes: 8 },
  // micromdm's client knows no other. Whoever breaks it reads a challenge that is used up; nothing of ours goes under it.
  'des-cbc': { oid: '1.3.14.3.2.7', keyBytes: 8, blockBytes: 8 },
} as const
type Cipher = keyof typeof ciphers
/** What our own messages go under. */
export type AnswerCipher = Exclude<Cipher, 'des-cbc'>

const rsaEncryption = '1.2.840.113549.1.1.1'
/** A request names one recipient; some name every certificate they were given. */
const recipientsMax = 8

/** The message cannot be opened; nobody is told why. */
export class UnopenedEnvelope extends Error {
  override readonly name = 'UnopenedEnvelope'
}

export interface Opened {
  readonly content: Uint8Array
  /** What the answer is to go under: what this was under, or the nearest to it that is any good. */
  readonly cipher: AnswerCipher
}

/** Opens what was sealed for this certificate. Throws UnopenedEnvelope. */
export function openEnvelope(der: Uint8Array, certificate: Uint8Array, key: KeyObject): Opened {
  try {
    return open(der, certificate, key)
  } catch (error) {
    throw new UnopenedEnvelope('the envelope cannot be opened', { cause: error })
  }
}

function open(der: Uint8Array, certificate: Uint8Array, key: KeyObject): Opened {
  if (!isModest(der, messageBounds)) throw new Error('too many parts, or none')
  const info = pkijs.ContentInfo.fromBER(bytesOf(der))
  if (info.contentType !== cms.envelopedData) throw new Error('no EnvelopedData')
  const envelope = new pkijs.EnvelopedData({ schema: info.content as asn1.Sequence })
  const { contentEncryptionAlgorithm: algorithm } = envelope.encryptedContentInfo
  const cipher = (Object.keys(ciphers) as Cipher[]).find((name) => ciphers[name].oid === algorithm.algorithmId)
  if (cipher === undefined) throw new Error(`unknown cipher ${algorithm.algorithmId}`)
  const iv: unknown = algorithm.algorithmParams
  if (!(iv instanceof asn1.OctetString)) throw new Error('no initialization vector')
  const { keyBytes, blockBytes } = ciphers[cipher]
  const vector = iv.valueBlock.valueHexView
  if (vector.byteLength !== blockBytes) throw new Error('a wrong initialization vector')
  // A wrong padding yields a random key in OpenSSL 3.2 and later, not an error: there is no oracle (Bleichenbacher).
  const contentKey = privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, carriedKey(envelope, certificate))
  if (contentKey.length !== keyBytes) throw new Error('a wrong key')
  const isDes = cipher === 'des-cbc'
  // DES three times with one key is DES: OpenSSL 3 has no other.
  const decipher = isDes
    ? createDecipheriv('des-ede3-cbc', Buffer.concat([contentKey, contentKey, contentKey]), vector)
    : createDecipheriv(cipher, contentKey, vector)
  const content = Buffer.concat([decipher.update(Buffer.from(envelope.encryptedContentInfo.getEncryptedContent())), decipher.final()])
  return { content, cipher: isDes ? 'des-ede3-cbc' : cipher }
}

/** The key as it was encrypted for this certificate. */
function carriedKey(envelope: pkijs.EnvelopedData, certificate: Uint8Array): Uint8Array {
  const { issuer, serialNumber } = certificateOf(certificate)
  for (const { value } of envelope.recipientInfos.slice(0, recipientsMax)) {
    if (!(value instanceof pkijs.KeyTransRecipientInfo) || !(value.rid instanceof pkijs.IssuerAndSerialNumber)) continue
    if (!value.rid.serialNumber.isEqual(serialNumber) || !value.rid.issuer.isEqual(issuer)) continue
    if (value.keyEncryptionAlgorithm.algorithmId !== rsaEncryption) throw new Error('a key that RSA PKCS #1 does not carry')
    return value.encryptedKey.valueBlock.valueHexView
  }
  throw new Error('sealed for somebody else')
}

/** Seals a content for the RSA key of a certificate (DER), as a ContentInfo, DER. */
export function sealEnvelope(content: Uint8Array, recipient: Uint8Array, cipher: AnswerCipher): Buffer {
  const { oid: algorithm, keyBytes, blockBytes } = ciphers[cipher]
  const contentKey = randomBytes(keyBytes)
  const vector = randomBytes(blockBytes)
  const encryption = createCipheriv(cipher, contentKey, vector)
  const sealed = Buffer.concat([encryption.update(content), encryption.final()])
  const { publicKey } = new X509Certificate(recipient)
  const carried = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, contentKey)
  const recipientInfo = sequence(integer(0), issuerAndSerial(recipient), sequence(oid(rsaEncryption), nothing()), octets(carried))
  const encrypted = sequence(
    oid(cms.data),
    sequence(oid(algorithm), octets(vector)),
    new asn1.Primitive({ idBlock: { tagClass: 3, tagNumber: 0 }, valueHex: bytesOf(sealed) }),
  )
  return encode(sequence(oid(cms.envelopedData), tagged(0, sequence(integer(0), set(recipientInfo), encrypted))))
}
