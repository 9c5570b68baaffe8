// What a token says once it is known to be genuine: for whom, by whom, until when, to do what, and who holds it.
import { z } from 'zod'

export interface ClaimRule {
  readonly issuer: string
  /** One of them has to be the token's. */
  readonly audiences: readonly string[]
  /** All of them. */
  readonly scopes: readonly string[]
  /** The claim that names the account. */
  readonly claim: string
  readonly skewSeconds: number
}

export type TokenVerdict =
  /** `until`: milliseconds. */
  | { readonly kind: 'good'; readonly name: string; readonly until: number }
  /** All of it was right, once. */
  | { readonly kind: 'expired'; readonly name: string }
  /** Genuine, and not allowed to do this. */
  | { readonly kind: 'unscoped' }
  /** `why` is for the log. */
  | { readonly kind: 'invalid'; readonly why: string }

const nameLengthMax = 256

const claims = z.looseObject({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  /** Seconds. A token that never ends is none. */
  exp: z.number(),
  nbf: z.number().optional(),
  iat: z.number().optional(),
  /** RFC 8693 4.2; Entra and AD FS write `scp`. */
  scope: z.string().optional(),
  scp: z.union([z.string(), z.array(z.string())]).optional(),
  email_verified: z.unknown().optional(),
  /** Keycloak says here what it signed with one key for several uses. */
  typ: z.unknown().optional(),
})

/** What stands in no access token: of an ID token (OpenID Connect Core 3.3.2.11), and of a logout token (Back-Channel Logout 2.4). */
const othersClaims = ['at_hash', 'c_hash', 's_hash', 'events'] as const

/** Judges the claims of a genuine token; whether it is genuine is for its signature, or for the provider, to say. */
export function judgeClaims(payload: unknown, rule: ClaimRule, now: number): TokenVerdict {
  const read = claims.safeParse(payload)
  const invalid = (why: string): TokenVerdict => ({ kind: 'invalid', why })
  if (!read.success) return invalid('it lacks iss, aud or exp')
  const { iss, aud, exp, nbf, scope, scp, email_verified: isVerified, typ } = read.data
  if (iss !== rule.issuer) return invalid('it is of another issuer')
  const isElse = typeof typ === 'string' && !/^(?:bearer|(?:at\+)?jwt)$/i.test(typ)
  if (isElse || othersClaims.some((each) => each in read.data)) return invalid('it is no access token')
  // RFC 7800: good for whoever proves to hold a key, by DPoP or a certificate. Nobody proves that here: it may be stolen.
  if (read.data['cnf'] !== undefined) return invalid('it is bound to a key')
  const audiences = typeof aud === 'string' ? [aud] : aud
  if (!audiences.some((each) => rule.audiences.includes(each))) return invalid('it is meant for somebody else')
  if (nbf !== undefined && nbf * 1000 > now + rule.skewSeconds * 1000) return invalid('it is not good yet')
  const granted = new Set([...(scope?.split(' ') ?? []), ...(typeof scp === 'string' ? scp.split(' ') : (scp ?? []))])
  if (!rule.scopes.every((each) => granted.has(each))) return { kind: 'unscoped' }
  // Where people write their own address into the provider, an unproven one is whatever they like.
  const isProven = isVerified === undefined || isVerified === true || isVerified === 'true'
  if (rule.claim === 'email' && !isProven) return invalid('its address is not verified')
  const name = read.data[rule.claim]
  if (typeof name !== 'string' || name === '' || name.length > nameLengthMax || /\p{Cc}/u.test(name)) {
    return invalid(`its claim ${rule.claim} names nobody`)
  }
  const until = exp * 1000 + rule.skewSeconds * 1000
  return now < until ? { kind: 'good', name, until } : { kind: 'expired', name }
}
