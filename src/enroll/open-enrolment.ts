// The enrolment desk as the configuration wants it.
import type { Config } from '../config.ts'
import { profileKinds } from './account-profile.ts'
import { createEnrolmentDesk, type EnrolmentDesk, type EnrolmentOptions } from './enrolment-desk.ts'

/** Opens the desk over what there is. */
export function openEnrolment(
  { enrolment: given, ca }: Pick<Config, 'enrolment' | 'ca'>,
  parts: Omit<EnrolmentOptions, 'rules'>,
): EnrolmentDesk {
  return createEnrolmentDesk({
    ...parts,
    rules: {
      kinds: profileKinds.filter((kind) => given.kinds.includes(kind)),
      makesAuthority: ca.automatic,
      linkHours: given.linkHours,
      asksPassword: given.identityPassword === 'asked',
      oauth: { signInUrl: given.oauthSignInUrl, tokenUrl: given.oauthTokenUrl },
      account: {
        organization: given.organization,
        pastDays: given.pastDays === 'all' ? 0 : Number(given.pastDays),
        preventMove: given.preventMove,
        keepRecents: given.keepRecents,
        smime: given.smime,
      },
    },
  })
}
