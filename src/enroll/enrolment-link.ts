// What a one-time link holds, what proves that somebody agreed to it, and how a handed-out profile is kept for him.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { createVault } from '../auth/vault.ts'

/** Nobody guesses 256 bits. */
const tokenBytes = 32
const tokenForm = /^[\w-]{43}$/
const nonceBytes = 16
const proofForm = /^[\w-]{64}$/

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

/** A link's token: what the store knows of it, and what only the token opens. */
export class LinkToken {
  readonly value: string
  /** By this it is looked up: nothing that is compared can be told from the time it takes. */
  readonly hash: string

  private constructor(value: string) {
    this.value = value
    this.hash = hashOf(value)
  }

  static make(): LinkToken {
    return new LinkToken(randomBytes(tokenBytes).toString('base64url'))
  }

  /** Null for what cannot be one. */
  static parse(text: string): LinkToken | null {
    return tokenForm.test(text) ? new LinkToken(text) : null
  }

  seal(content: Uint8Array): Uint8Array {
    return this.#vault().seal(content, this.hash)
  }

  open(sealed: Uint8Array): Uint8Array | null {
    return this.#vault().open(sealed, this.hash)
  }

  #vault() {
    return createVault(createHash('sha256').update('sealed under ').update(this.value).digest())
  }
}

/** What a form that was sent is answered with: a preview or a scanner sends none, so it never knows it. */
export function newProof(token: LinkToken, secret: Uint8Array): string {
  const nonce = randomBytes(nonceBytes)
  return Buffer.concat([nonce, macOf(token, nonce, secret)]).toString('base64url')
}

export function isProof(proof: string, token: LinkToken, secret: Uint8Array): boolean {
  if (!proofForm.test(proof)) return false
  const bytes = Buffer.from(proof, 'base64url')
  return timingSafeEqual(bytes.subarray(nonceBytes), macOf(token, bytes.subarray(0, nonceBytes), secret))
}

/** By this whoever was first is known again. */
export const claimOf = (proof: string) => hashOf(proof)

function macOf(token: LinkToken, nonce: Uint8Array, secret: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(token.hash).update(nonce).digest()
}
