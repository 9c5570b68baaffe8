// A key with its certificates as one file (PKCS#12, RFC 7292), in the old form: triple DES and SHA-1 are what every iOS opens.
import { createHash, randomInt, type KeyObject } from 'node:crypto'
import forge from 'node-forge'

const { asn1, pki } = forge
const { SEQUENCE, SET, OCTETSTRING, OID, BMPSTRING, INTEGER, NULL } = asn1.Type

/** What all readers take; the password has more to guess than a higher count could add. */
const rounds = 2048
const saltBytes = 8
const macBytes = 20
const macPurpose = 3 // RFC 7292 B.3

export interface Identity {
  /** RSA. */
  readonly key: KeyObject
  /** DER: the key's certificate first, then those above it. */
  readonly certificates: readonly Uint8Array[]
  /** What a phone shows. */
  readonly name: string
  readonly password: string
}

/**
 * The file's bytes. The library's own function would write certificates anew from what it understood of them, and it understands no
 * elliptic curves, which the company's root may be on: here they go in as they are.
 */
export function pkcs12({ key, certificates, name, password }: Identity): Uint8Array {
  const [own] = certificates
  const localKey = own === undefined ? '' : createHash('sha1').update(own).digest('latin1')
  const attributes = set([
    sequence([oid('localKeyId'), set([octets(localKey)])]),
    sequence([oid('friendlyName'), set([asn1.create(asn1.Class.UNIVERSAL, BMPSTRING, false, name)])]),
  ])
  const certificateBags = certificates.map((der, index) =>
    sequence([
      oid('certBag'),
      explicit(sequence([oid('x509Certificate'), explicit(octets(Buffer.from(der).toString('latin1')))])),
      ...(index === 0 ? [attributes] : []),
    ]),
  )
  const plain = asn1.fromDer(key.export({ type: 'pkcs8', format: 'der' }).toString('latin1'))
  const sealed = pki.encryptPrivateKeyInfo(plain, password, { algorithm: '3des', count: rounds, saltSize: saltBytes })
  const keyBag = sequence([oid('pkcs8ShroudedKeyBag'), explicit(sealed), attributes])
  const safe = bytesOf(sequence([contentInfo(bytesOf(sequence(certificateBags))), contentInfo(bytesOf(sequence([keyBag])))]))
  const file = sequence([integer(3), contentInfo(safe), macOf(safe, password)])
  return Buffer.from(bytesOf(file), 'latin1')
}

function macOf(safe: string, password: string): forge.asn1.Asn1 {
  const salt = forge.random.getBytesSync(saltBytes)
  const digest = forge.md.sha1.create()
  const mac = forge.hmac.create()
  mac.start('sha1', forge.pkcs12.generateKey(password, forge.util.createBuffer(salt), macPurpose, rounds, macBytes, digest))
  mac.update(safe)
  const algorithm = sequence([oid('sha1'), asn1.create(asn1.Class.UNIVERSAL, NULL, false, '')])
  return sequence([sequence([algorithm, octets(mac.digest().getBytes())]), octets(salt), integer(rounds)])
}

/** Letters that nobody takes for others, typed on a phone without changing its keyboard. */
const letters = 'abcdefghjkmnpqrstuvwxyz'

/** Four groups of five letters: 90 bits. */
export function newPassword(): string {
  const group = () => Array.from({ length: 5 }, () => letters[randomInt(letters.length)] ?? '').join('')
  return [group(), group(), group(), group()].join('-')
}

const sequence = (parts: forge.asn1.Asn1[]) => asn1.create(asn1.Class.UNIVERSAL, SEQUENCE, true, parts)
const set = (parts: forge.asn1.Asn1[]) => asn1.create(asn1.Class.UNIVERSAL, SET, true, parts)
const explicit = (part: forge.asn1.Asn1) => asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, true, [part])
const octets = (bytes: string) => asn1.create(asn1.Class.UNIVERSAL, OCTETSTRING, false, bytes)
const integer = (value: number) => asn1.create(asn1.Class.UNIVERSAL, INTEGER, false, asn1.integerToDer(value).getBytes())
const oid = (name: string) => asn1.create(asn1.Class.UNIVERSAL, OID, false, asn1.oidToDer(pki.oids[name] ?? '').getBytes())
const contentInfo = (content: string) => sequence([oid('data'), explicit(octets(content))])
const bytesOf = (value: forge.asn1.Asn1) => asn1.toDer(value).getBytes()
