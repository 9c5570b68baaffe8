// A few words of ASN.1: what signed and enveloped messages are made of, as DER.
import * as asn1 from 'asn1js'
import * as pkijs from 'pkijs'

/** One value, as the library has it. */
export type Asn1Value = asn1.BaseBlock

export const sequence = (...value: readonly Asn1Value[]): Asn1Value => new asn1.Sequence({ value: [...value] })
export const oid = (value: string): Asn1Value => new asn1.ObjectIdentifier({ value })
export const nothing = (): Asn1Value => new asn1.Null()
export const integer = (value: number): Asn1Value => new asn1.Integer({ value })
export const octets = (bytes: Uint8Array): Asn1Value => new asn1.OctetString({ valueHex: bytesOf(bytes) })
export const printable = (value: string): Asn1Value => new asn1.PrintableString({ value })

/** `[number]`, explicit or (constructed) implicit. */
export const tagged = (tagNumber: number, ...value: readonly Asn1Value[]): Asn1Value =>
  new asn1.Constructed({ idBlock: { tagClass: 3, tagNumber }, value: [...value] })

/** DER wants the members of a set in the order of their encodings. */
export const set = (...members: readonly Asn1Value[]): Asn1Value => new asn1.Set({ value: members.toSorted(byEncoding) })
export const taggedSet = (tagNumber: number, ...members: readonly Asn1Value[]): Asn1Value =>
  tagged(tagNumber, ...members.toSorted(byEncoding))

const byEncoding = (a: Asn1Value, b: Asn1Value) => Buffer.compare(encode(a), encode(b))

export function encode(value: Asn1Value): Buffer {
  return Buffer.from(value.toBER())
}

/** Throws where the bytes are no value of ASN.1, or more follows it. */
export function decode(bytes: Uint8Array): Asn1Value {
  const { offset, result } = asn1.fromBER(bytesOf(bytes))
  if (offset !== bytes.byteLength) throw new Error('this is no ASN.1')
  return result
}

/** A copy with a buffer of its own: the libraries look at the whole buffer behind a view. */
export function bytesOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

/** Parses a certificate. Throws where it is none. */
export function certificateOf(der: Uint8Array): pkijs.Certificate {
  return pkijs.Certificate.fromBER(bytesOf(der))
}

/** RFC 5652 10.2.4. */
export function issuerAndSerial(der: Uint8Array): Asn1Value {
  const { issuer, serialNumber } = certificateOf(der)
  return sequence(issuer.toSchema(), serialNumber)
}
