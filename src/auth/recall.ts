// What a remembered proof still stands for, once whoever knows was asked whether anything changed.
import type { Proof } from './credential-cache.ts'
import { Unavailable, type PasswordSource } from './password-source.ts'

/** How old a proof may be before it is asked whether the password or the account changed. */
export const freshSeconds = 30
/** Where nobody tells of a changed password, a right one is looked at again after this long. */
const unstampedSeconds = 300
/**
 * Where nobody tells, a wrong password is looked at again after this long, and then after twice as long each time: directories lock an
 * account for some wrong passwords within half an hour.
 */
const wrongSecondsFirst = 900
const wrongSecondsMax = 86_400

export type Recalled =
  | { readonly kind: 'stands'; readonly proof: Proof }
  /** Nothing changed that anybody knows of, but the password has to be looked at again. */
  | { readonly kind: 'doubtful' }
  /** The account or its password is another. */
  | { readonly kind: 'gone' }
  /** Nobody can be asked, and nobody could for too long. */
  | { readonly kind: 'unavailable' }

/** Whether a proof may be answered from without a question. */
export function isFresh({ askedAt }: Proof, now: number): boolean {
  return now - askedAt < freshSeconds * 1000
}

/**
 * Asks whether a proof still stands. Where nobody answers, what was wrong stays wrong, and what was right stays right for
 * `staleSeconds` after it was last confirmed.
 */
export async function recall(proof: Proof, user: string, source: PasswordSource, now: number, staleSeconds: number): Promise<Recalled> {
  if (proof.kind === 'barred') return { kind: 'doubtful' }
  try {
    return await confirm(proof, user, source, now)
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    return proof.kind === 'wrong' || isStillGood(proof, now, staleSeconds)
      ? { kind: 'stands', proof: { ...proof, askedAt: now } }
      : { kind: 'unavailable' }
  }
}

/** Whether a right proof may be answered from while nobody can be asked. */
export function isStillGood({ confirmedAt }: Proof & { readonly kind: 'right' }, now: number, staleSeconds: number): boolean {
  return now - confirmedAt <= staleSeconds * 1000
}

async function confirm(proof: Exclude<Proof, { kind: 'barred' }>, user: string, source: PasswordSource, now: number): Promise<Recalled> {
  const account = await source.find(user)
  const stamp = account === null ? null : await source.stamp(account)
  const id = proof.kind === 'right' ? proof.account.id : proof.account
  if ((account?.id ?? null) !== id) return { kind: 'gone' }
  if (stamp !== proof.stamp) {
    if (proof.kind === 'right') return { kind: 'gone' }
    // In some directories the look itself is a change (it counts the wrong password in the entry): they are not believed at once again.
    const isPatient = now - proof.provenAt < freshSeconds * 1000 * 4 ** Math.min(proof.looks - 1, 6)
    return isPatient ? { kind: 'stands', proof: { ...proof, askedAt: now } } : { kind: 'doubtful' }
  }
  if (proof.kind === 'wrong') {
    const waits = Math.min(wrongSecondsMax, wrongSecondsFirst * 2 ** Math.min(proof.looks - 1, 20))
    const isOver = account !== null && stamp === null && now - proof.provenAt >= waits * 1000
    return isOver ? { kind: 'doubtful' } : { kind: 'stands', proof: { ...proof, askedAt: now } }
  }
  if (account === null || (stamp === null && now - proof.provenAt >= unstampedSeconds * 1000)) return { kind: 'doubtful' }
  return { kind: 'stands', proof: { ...proof, account, confirmedAt: now, askedAt: now } }
}
