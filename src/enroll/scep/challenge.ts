// Challenges of SCEP: a secret of one profile, good for one key of one person.
import { createHash, randomBytes } from 'node:crypto'
import type { AccountId, Instant } from '../../model/id.ts'
import type { ScepChallenges } from '../../store/scep-challenges.ts'

const challengeBytes = 24

/** By this a challenge is looked up: nothing that is compared can be told from the time it takes. */
export const challengeHash = (challenge: string) => createHash('sha256').update(challenge).digest('hex')

/** Makes a challenge for an account; it is kept by its hash alone. */
export async function newChallenge(challenges: ScepChallenges, account: AccountId, expiresAt: Instant): Promise<string> {
  const challenge = randomBytes(challengeBytes).toString('base64url')
  await challenges.add({ hash: challengeHash(challenge), account, expiresAt })
  return challenge
}
