// What is too much ASN.1 to be read, whoever sent it.
import { expect, test } from 'vitest'
import { MalformedCertificate, readCertificate } from '../../../src/auth/chain/certificate.ts'
import { certificateBounds, isModest } from '../../../src/auth/chain/measure.ts'
import { NoScepMessage, parseMessage } from '../../../src/enroll/scep/message.ts'
import { TestAuthority, x509 } from '../../support/authority.ts'
import { VirtualClock } from '../../support/clock.ts'

const now = new VirtualClock().now()
const bounds = { values: 10, depth: 4 }
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

/** A SEQUENCE of as many of these as are wanted. */
function many(hex: string, times: number): Buffer<ArrayBuffer> {
  const content = Buffer.concat(Array.from({ length: times }, () => bytes(hex)))
  return Buffer.from([0x30, 0x82, content.length >> 8, content.length & 255, ...content])
}

test.each([
  ['a value', '02 01 05', true],
  ['values in values', '30 06 02 01 05 30 01 00', false],
  ['a value that ends with the one around it', '30 05 30 03 02 01 05', true],
  ['one whose end is two zeros', '30 80 24 80 04 01 aa 00 00 00 00', true],
  ['one whose end never comes', '30 80 02 01 05', false],
  ['one that goes beyond the one around it', '30 03 04 05 aa aa aa aa aa', false],
  ['one that breaks off', '30 05 02 01', false],
  ['a length of four gigabytes', '04 84 ff ff ff ff aa', false],
  ['a length of a length of many bytes', '04 89 01 01 01 01 01 01 01 01 01 aa', false],
  ['values in octets', '04 0a 30 08 05 00 05 00 05 00 05 00', true],
  ['too many in octets', '04 16 30 14 ' + '05 00 '.repeat(10), false],
  ['too many in bits', '03 17 00 30 14 ' + '05 00 '.repeat(10), false],
  ['octets that are none', '04 04 30 7f 01 02', true],
  ['a number of two bytes', '3f 81 01 02 05 00', true],
  ['ten of them', '05 00 '.repeat(10), true],
  ['eleven of them', '05 00 '.repeat(11), false],
  ['four levels', '30 06 30 04 30 02 30 00', true],
  ['five levels', '30 08 30 06 30 04 30 02 30 00', false],
])('%s: %s', (_title, hex, isGood) => {
  expect(isModest(bytes(hex), bounds)).toBe(isGood)
})

test('a certificate with thousands of values is none, wherever they are', async () => {
  const root = await TestAuthority.make(now)
  const unread = (extension: x509.Extension) => root.issue({ names: [], usages: null, extensions: [extension] })
  const names = await unread(new x509.Extension('2.5.29.17', false, many('82 01 61', 8000)))
  const policies = await unread(new x509.Extension('2.5.29.32', false, many('30 03 06 01 2a', 5000)))
  for (const { der } of [names, policies]) {
    expect(() => readCertificate(der)).toThrow(new MalformedCertificate('a certificate of too many parts'))
  }
  const plenty = Array.from({ length: 200 }, (_, index) => ({ type: 'dns' as const, value: `host-${index}.example.test` }))
  expect(readCertificate((await root.issue({ names: plenty })).der).alternative.dns).toHaveLength(200)
  expect(isModest(root.der, { ...certificateBounds, values: 200 })).toBe(true)
})

test('a message of SCEP with thousands of values is none', () => {
  expect(() => parseMessage(many('05 00', 30_000))).toThrow(new NoScepMessage('too many parts, or none'))
  expect(() => parseMessage(bytes('30 80'.repeat(20_000)))).toThrow('too many parts')
})
