// API tokens: 256 random bits that a program presents, kept by their hash.
import { hash, randomBytes } from 'node:crypto'
import type { Clock } from '../model/clock.ts'
import type { ApiToken, ApiTokens } from '../store/api-tokens.ts'

/** Scanners for secrets that were published by mistake know a token by its beginning. */
const prefix = 'easel_'
const tokenForm = /^easel_[0-9A-Za-z_-]{43}$/
/** Use is noted to this precision. */
const touchSeconds = 60

/** The hash needs no salt and no cost: nobody guesses 256 bits. */
const hashOf = (token: string) => hash('sha256', token, 'base64url')

/** A fresh token, and what is kept of it. */
export function newToken(): { readonly token: string; readonly hash: string } {
  const token = `${prefix}${randomBytes(32).toString('base64url')}`
  return { token, hash: hashOf(token) }
}

/** What is kept of a token that somebody presents; null if it is none, was revoked, or is over. */
export async function findToken(tokens: ApiTokens, clock: Clock, presented: string): Promise<ApiToken | null> {
  if (!tokenForm.test(presented)) return null
  const found = await tokens.byHash(hashOf(presented))
  const now = clock.now()
  if (found === null || (found.expiresAt !== null && found.expiresAt <= now)) return null
  if (found.usedAt === null || now - found.usedAt >= touchSeconds * 1000) await tokens.touch(found.name, now)
  return found
}
