// The enrolment desk as the configuration wants it.
import type { Config } from '../config.ts'
import { profileKinds, type ProfileKind } from './account-profile.ts'
import { showsOwnCertificate } from './certificate-keeper.ts'
import { createEnrolmentDesk, type EnrolmentDesk, type EnrolmentOptions } from './enrolment-desk.ts'

type Entrances = Pick<Config, 'enrolment' | 'ca' | 'certificates' | 'login' | 'oauth' | 'data' | 'acme' | 'https'>

/** Whatever a phone can come in with. */
function kindsByThemselves({ certificates: { mode }, login, oauth }: Entrances): ProfileKind[] {
  const possible: Readonly<Record<ProfileKind, boolean>> = {
    password: mode !== 'require' && login.basic !== 'off',
    certificate: mode !== 'off',
    scep: mode !== 'off',
    oauth: mode !== 'require' && oauth !== null,
  }
  return profileKinds.filter((kind) => possible[kind])
}

/** Opens the desk over what there is. */
export function openEnrolment(config: Entrances, parts: Omit<EnrolmentOptions, 'rules'>): EnrolmentDesk {
  const { enrolment: given, ca } = config
  return createEnrolmentDesk({
    ...parts,
    rules: {
      kinds: given.kinds.length > 0 ? profileKinds.filter((kind) => given.kinds.includes(kind)) : kindsByThemselves(config),
      bringsAuthority: showsOwnCertificate(config),
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
