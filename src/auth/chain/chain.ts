// Whether a certificate is good: its path to a trusted issuer, and that nothing on the path was revoked.
import type { Clock } from '../../model/clock.ts'
import type { ReadCertificate } from './certificate.ts'
import { findPath, type PathFault, type Purpose } from './path.ts'

export interface ChainQuestion {
  /** DER. */
  readonly leaf: Uint8Array
  /** DER of what came with it, in any order; those that cannot be read are left out. */
  readonly intermediates: readonly Uint8Array[]
  /** The issuers that are trusted, read once with `readCertificate`: roots, or authorities below one. */
  readonly trusted: readonly ReadCertificate[]
  readonly purpose: Purpose
  readonly revocation: RevocationPolicy
}

/**
 * What becomes of a certificate of which nobody can tell now whether it was revoked: `require` refuses it, `tolerate` takes it;
 * `off` asks nobody. One that is known to be revoked is refused by the first two.
 */
export type RevocationPolicy = 'require' | 'tolerate' | 'off'

export type ChainFault =
  | PathFault
  /** The certificate itself was revoked, */
  | 'revoked'
  /** or one above it. */
  | 'revoked-above'
  /** Whoever knows cannot be reached. */
  | 'revocation-unreachable'
  /** Neither the certificate nor the settings say who knows, or he does not. */
  | 'revocation-unknown'

export type ChainVerdict =
  | {
      readonly kind: 'good'
      /** The certificate first, the trusted issuer last: at least two. */
      readonly path: readonly ReadCertificate[]
    }
  | {
      readonly kind: 'bad'
      readonly fault: ChainFault
      /** A sentence for the log; it names no person. */
      readonly why: string
      /** The path, where it is the only thing that is good. */
      readonly path: readonly ReadCertificate[] | null
    }

/** What is known about the certificates of a path. */
export type Standing =
  | { readonly kind: 'good' }
  | { readonly kind: 'revoked'; readonly at: ReadCertificate }
  /** `reached`: somebody was asked and answered, and does not know either. */
  | { readonly kind: 'unknown'; readonly reached: boolean; readonly why: string }

/** Who knows of revocations. */
export interface Revocations {
  /** About every certificate of a path that was found good, but its last. Waits a few seconds for others, at most. Never rejects. */
  standing(path: readonly ReadCertificate[]): Promise<Standing>
}

export interface Chains {
  /** Never rejects: whatever the bytes are, there is a verdict. */
  judge(question: ChainQuestion): Promise<ChainVerdict>
}

/** Chains as of this clock; without `revocations` nobody knows of any. */
export function createChains(clock: Clock, revocations: Revocations | null): Chains {
  return {
    async judge(question) {
      const found = findPath(question, clock.now())
      if (found.kind === 'bad') return found
      return judgeRevocation(found.path, question.revocation, revocations)
    },
  }
}

/** The verdict on a path that is good otherwise. */
export async function judgeRevocation(
  path: readonly ReadCertificate[],
  policy: RevocationPolicy,
  revocations: Revocations | null,
): Promise<ChainVerdict> {
  if (policy === 'off') return { kind: 'good', path }
  const nobody: Standing = { kind: 'unknown', reached: true, why: 'nobody tells what was revoked' }
  const standing = revocations === null ? nobody : await revocations.standing(path)
  switch (standing.kind) {
    case 'good':
      return { kind: 'good', path }
    case 'revoked': {
      const isAbove = standing.at !== path[0]
      return {
        kind: 'bad',
        fault: isAbove ? 'revoked-above' : 'revoked',
        why: isAbove ? 'an authority above the certificate was revoked' : 'the certificate was revoked',
        path,
      }
    }
    case 'unknown':
      if (policy === 'tolerate') return { kind: 'good', path }
      return { kind: 'bad', fault: standing.reached ? 'revocation-unknown' : 'revocation-unreachable', why: standing.why, path }
  }
}
