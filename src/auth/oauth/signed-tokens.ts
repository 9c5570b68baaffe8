// Access tokens that are signed (RFC 9068, and the JWTs that came before it).
import { compactVerify, errors, type JWTVerifyGetKey } from 'jose'
import { judgeClaims, type ClaimRule, type TokenVerdict } from './claims.ts'
import type { Provider } from './provider.ts'

/** Asymmetric all of them: a public key must never be taken for the secret of an HMAC. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
/** Of everything that is signed with the provider's keys, these are access tokens; those that came before RFC 9068 say less. */
const types: ReadonlySet<unknown> = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt'])

/** Whether a token has the form of a signed one. */
export function isSigned(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)
}

/** Rejects with Unavailable where the provider's keys cannot be had. */
export async function judgeSignedToken(
  token: string,
  provider: Provider,
  rule: Omit<ClaimRule, 'issuer'>,
  now: () => number,
): Promise<TokenVerdict> {
  const keys = await provider.keys()
  const { issuer } = await provider.metadata()
  try {
    const { payload, protectedHeader } = await verify(token, keys, provider)
    if (!types.has(protectedHeader.typ?.toLowerCase())) return { kind: 'invalid', why: 'it is no access token' }
    return judgeClaims(JSON.parse(new TextDecoder().decode(payload)), { ...rule, issuer }, now())
  } catch (error) {
    if (error instanceof errors.JOSEError) return { kind: 'invalid', why: error.code }
    if (error instanceof SyntaxError) return { kind: 'invalid', why: 'its claims are no JSON' }
    throw error
  }
}

/** With the keys that are known; with fresher ones where the provider has begun to sign with another. */
async function verify(token: string, keys: JWTVerifyGetKey, provider: Provider) {
  try {
    return await compactVerify(token, keys, { algorithms })
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyWithAny(token, error)
    const others = error instanceof errors.JWKSNoMatchingKey ? await provider.otherKeys(keys) : null
    if (others === null) throw error
    return compactVerify(token, others, { algorithms })
  }
}

/** A token that names no key is tried with each that could be meant. */
async function verifyWithAny(token: string, keys: errors.JWKSMultipleMatchingKeys) {
  for await (const key of keys) {
    try {
      return await compactVerify(token, key, { algorithms })
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
    }
  }
  throw new errors.JWSSignatureVerificationFailed()
}
