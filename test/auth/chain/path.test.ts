// Paths from a certificate to a trusted issuer: what TLS clients of today refuse to send, and what only values show.
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { MalformedCertificate, readCertificate } from '../../../src/auth/chain/certificate.ts'
import { createChains } from '../../../src/auth/chain/chain.ts'
import { findPath, type PathQuestion } from '../../../src/auth/chain/path.ts'
import { isStrong } from '../../../src/auth/chain/signature.ts'
import { TestAuthority, x509, type Identity } from '../../support/authority.ts'
import { VirtualClock } from '../../support/clock.ts'

const clock = new VirtualClock()
const now = clock.now()
const root = await TestAuthority.make(now)
const issuing = await TestAuthority.make(now, { parent: root })
const trusted = [readCertificate(root.der)]

/** A number that looks like a key, and is nobody's. */
function rsaKey(bits: number, exponentBytes: number) {
  const odd = (bytes: number) => Buffer.alloc(bytes, 0xff).toString('base64url')
  return createPublicKey({ key: { kty: 'RSA', n: odd(bits / 8), e: odd(exponentBytes) }, format: 'jwk' })
}
const curveKey = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).publicKey

function faultOf(leaf: Identity | Uint8Array, others: readonly TestAuthority[], question: Partial<PathQuestion> = {}): string {
  const der = leaf instanceof Uint8Array ? leaf : leaf.der
  const found = findPath({ leaf: der, intermediates: others.map((each) => each.der), trusted, purpose: 'clientAuth', ...question }, now)
  return found.kind === 'good' ? `${found.path.length} good` : found.fault
}

describe('a path', () => {
  it('is found in whatever order the certificates come, among others that do not belong to it', async () => {
    const deeper = await TestAuthority.make(now, { parent: issuing, name: 'Deeper' })
    const foreign = await TestAuthority.make(now, { name: 'Foreign' })
    expect(faultOf(await deeper.issue(), [foreign, root, deeper, issuing])).toBe('4 good')
    expect(faultOf(await deeper.issue(), [foreign, root, deeper])).toBe('incomplete')
  })

  it('is found through the right one of two authorities with one name', async () => {
    const twin = await TestAuthority.make(now, { parent: root })
    expect(faultOf(await issuing.issue(), [twin, issuing])).toBe('3 good')
    expect(faultOf(await issuing.issue(), [twin])).toBe('signature')
  })

  it('ends at an authority below a root, where that one is trusted', async () => {
    expect(faultOf(await issuing.issue(), [], { trusted: [readCertificate(issuing.der)] })).toBe('2 good')
  })

  it('is not the certificate alone, even where somebody lists it as an authority', async () => {
    const leaf = await issuing.issue()
    expect(faultOf(leaf, [], { trusted: [readCertificate(leaf.der)] })).toBe('incomplete')
    expect(faultOf(root.der, [])).toBe('untrusted')
  })

  it('names written in other letters and blanks are the same', async () => {
    const spelt = await TestAuthority.make(now, { name: 'example  ROOT' })
    expect(readCertificate(spelt.der).subject).toBe(readCertificate(root.der).subject)
  })

  it('is not found below a key that is too short', async () => {
    const short = await TestAuthority.make(now, { parent: root, keys: 'rsa-1024' })
    expect(faultOf(await short.issue(), [short])).toBe('signature')
  })

  it('lets nobody log in whose own key is too short, or so long that it holds others up', async () => {
    expect(faultOf(await root.issue({ keys: 'rsa-1024' }), [])).toBe('purpose')
    expect(faultOf(await root.issue({ keys: 'rsa-1024', usages: null }), [], { purpose: 'emailProtection' })).toBe('2 good')
    expect(isStrong(rsaKey(8192, 3))).toBe(true)
    // Held against 64 of them, a certificate that anybody made up would take a third of a second.
    expect([isStrong(rsaKey(16_384, 3)), isStrong(rsaKey(4096, 8))]).toEqual([false, false])
    expect([curveKey('P-256'), curveKey('P-521'), curveKey('prime192v1'), curveKey('secp224r1')].map(isStrong)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('is not found below an authority that is limited to names', async () => {
    const limited = await TestAuthority.make(now, {
      parent: root,
      // permittedSubtrees with one address.
      extensions: [new x509.Extension('2.5.29.30', true, Buffer.from('300da00b30098107612e746573742e', 'hex').subarray(0, 15))],
    })
    expect(['authority', 'malformed', 'incomplete']).toContain(faultOf(await limited.issue(), [limited]))
  })

  it('with an expired certificate comes along with the fault, for those who owe a wipe', async () => {
    const leaf = await issuing.issue({ until: now - 1 })
    const found = findPath({ leaf: leaf.der, intermediates: [issuing.der], trusted, purpose: 'clientAuth' }, now)
    expect(found).toMatchObject({ kind: 'bad', fault: 'expired', path: { length: 3 } })
  })

  it('is held against its purpose', async () => {
    const mail = await issuing.issue({ usages: [x509.ExtendedKeyUsage.emailProtection] })
    expect(faultOf(mail, [issuing])).toBe('purpose')
    expect(faultOf(mail, [issuing], { purpose: 'emailProtection' })).toBe('3 good')
    expect(faultOf(await issuing.issue({ usages: null }), [issuing])).toBe('3 good')
    expect(faultOf(await issuing.issue({ usages: ['2.5.29.37.0'] }), [issuing])).toBe('3 good')
  })

  it('of many authorities with one name is given up at some point', async () => {
    const twins = await Promise.all(Array.from({ length: 30 }, () => TestAuthority.make(now, { parent: root })))
    expect(faultOf(await issuing.issue(), twins)).toBe('signature')
  })
})

describe('bytes that are no certificate', () => {
  it.each([
    ['nothing', () => Buffer.alloc(0)],
    ['text', () => Buffer.from('certificate')],
    ['a certificate that breaks off', () => root.der.subarray(0, -1)],
    ['a certificate with something behind it', () => Buffer.concat([root.der, Buffer.from([0])])],
    ['forty kilobytes', () => Buffer.alloc(40_000, 0x30)],
    ['a deep nest', () => Buffer.concat(Array.from({ length: 2000 }, () => Buffer.from([0x30, 0x80])))],
  ])('%s', (_title, bytes) => {
    expect(() => readCertificate(bytes())).toThrow(MalformedCertificate)
    expect(faultOf(bytes(), [])).toBe('malformed')
  })

  it('mutated at any place are judged without a failure', () => {
    const leaf = Buffer.from(issuing.der)
    for (let at = 0; at < leaf.length; at++) {
      for (const bit of [0x01, 0x80]) {
        const mutated = Buffer.from(leaf)
        mutated[at] = (mutated[at] ?? 0) ^ bit
        expect(faultOf(mutated, [])).not.toMatch(/good/)
      }
    }
  })
})

it('without anybody who knows of revocations, only who insists is refused', async () => {
  const chains = createChains(clock, null)
  const question = { leaf: (await issuing.issue()).der, intermediates: [issuing.der], trusted, purpose: 'clientAuth' } as const
  expect(await chains.judge({ ...question, revocation: 'off' })).toMatchObject({ kind: 'good' })
  expect(await chains.judge({ ...question, revocation: 'tolerate' })).toMatchObject({ kind: 'good' })
  expect(await chains.judge({ ...question, revocation: 'require' })).toMatchObject({ kind: 'bad', fault: 'revocation-unknown' })
})
