// Signatures on certificates, lists and answers: which algorithms count, and whether one is right.
import { constants, verify, type KeyObject } from 'node:crypto'
import * as pkijs from 'pkijs'

/** What is signed with anything else (SHA-1, MD5) could be somebody else's. RFC 4055, RFC 5758, RFC 8410. */
const algorithms: Readonly<Record<string, { readonly key: 'rsa' | 'ec' | 'eddsa'; readonly hash: string | null }>> = {
  '1.2.840.113549.1.1.11': { key: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', hash: 'sha512' },
  '1.2.840.10045.4.3.2': { key: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', hash: 'sha512' },
  '1.3.101.112': { key: 'eddsa', hash: null },
  '1.3.101.113': { key: 'eddsa', hash: null },
}
const pss = '1.2.840.113549.1.1.10'
const pssHashes: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

/** What is longer takes milliseconds for each signature, and whoever makes up certificates chooses the keys in them. */
const rsaBits = { least: 2048, most: 8192 } as const
const exponentMost = 2n ** 32n
/** P-192 and its like are too short. */
const curves: ReadonlySet<string | undefined> = new Set([
  'prime256v1',
  'secp256k1',
  'secp384r1',
  'secp521r1',
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
])

/** Whether a signature by this algorithm proves anything. Throws if its parameters cannot be read. */
export function counts(algorithm: pkijs.AlgorithmIdentifier): boolean {
  return algorithm.algorithmId === pss ? pssOf(algorithm) !== null : algorithm.algorithmId in algorithms
}

/** Whether nobody else can have found out the private half of a key, and to ask the public half takes no longer than it should. */
export function isStrong(key: KeyObject): boolean {
  const { asymmetricKeyType, asymmetricKeyDetails: { modulusLength = 0, namedCurve } = {} } = key
  if (asymmetricKeyType === 'rsa' || asymmetricKeyType === 'rsa-pss') return modulusLength >= rsaBits.least && isQuick(key)
  if (asymmetricKeyType === 'ec') return curves.has(namedCurve)
  return asymmetricKeyType === 'ed25519' || asymmetricKeyType === 'ed448'
}

/** Whether a signature can be held against this key without holding up everybody else. */
export function isQuick({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'ec') return curves.has(asymmetricKeyDetails?.namedCurve)
  if (asymmetricKeyType !== 'rsa' && asymmetricKeyType !== 'rsa-pss') return false
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {}
  return modulusLength <= rsaBits.most && publicExponent <= exponentMost
}

/** Whether `signature` over `content` is right by this key. Never throws. */
export function isSignature(content: Uint8Array, algorithm: pkijs.AlgorithmIdentifier, signature: Uint8Array, key: KeyObject): boolean {
  try {
    if (!isStrong(key)) return false
    const { algorithmId } = algorithm
    if (algorithmId === pss) return isPssSignature(content, algorithm, signature, key)
    const known = algorithms[algorithmId]
    return known !== undefined && fits(key, known.key) && verify(known.hash, content, key, signature)
  } catch {
    return false
  }
}

function fits({ asymmetricKeyType }: KeyObject, kind: 'rsa' | 'ec' | 'eddsa'): boolean {
  if (kind === 'eddsa') return asymmetricKeyType === 'ed25519' || asymmetricKeyType === 'ed448'
  return asymmetricKeyType === kind
}

function isPssSignature(content: Uint8Array, algorithm: pkijs.AlgorithmIdentifier, signature: Uint8Array, key: KeyObject): boolean {
  const parameters = pssOf(algorithm)
  if (parameters === null) return false
  const { hash, saltLength } = parameters
  return verify(hash, content, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature)
}

/** RFC 4055 3.1: the hash inside the mask is the one outside, as every profile wants it. */
function pssOf({ algorithmParams }: pkijs.AlgorithmIdentifier): { hash: string; saltLength: number } | null {
  const { hashAlgorithm, saltLength } = new pkijs.RSASSAPSSParams({ schema: algorithmParams })
  const hash = pssHashes[hashAlgorithm.algorithmId]
  return hash === undefined ? null : { hash, saltLength }
}
