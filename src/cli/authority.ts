// Easel's own certificate authority, as the shell finds it in the data folder.
import type { Config } from '../config.ts'
import { authorityFolder, readAuthority, type Authority } from '../enroll/authority.ts'

/** The authority of this installation; null if the certificate comes from somebody else, or no server was ever started. */
export function ownAuthority(config: Config): Authority | null {
  return config.https.certificate === null ? readAuthority(authorityFolder(config.data)) : null
}
