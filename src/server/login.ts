// Puts together who is asked who may come in.
import type { Logger } from 'pino'
import type { CertificateAuthenticator } from '../auth/authenticator.ts'
import { createAppPasswordAuthenticator } from '../auth/app-passwords.ts'
import { createBasicRule } from '../auth/basic-rule.ts'
import { createBasicAuthenticator } from '../auth/basic.ts'
import { Budgets } from '../auth/budgets.ts'
import { createFrontDesk, type FrontDesk } from '../auth/front-desk.ts'
import type { PasswordSource } from '../auth/password-source.ts'
import { createPhonePasswords } from '../auth/phone-passwords.ts'
import { RememberedRoster } from '../auth/remembered-roster.ts'
import type { SprayWatch } from '../auth/spraying.ts'
import { WipeProofs } from '../auth/wipe-proofs.ts'
import type { Config } from '../config.ts'
import type { Clock } from '../model/clock.ts'
import type { Store } from '../store/store.ts'
import { openOauth } from './oauth.ts'

export interface LoginParts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  /** Who proves names and passwords. */
  readonly passwords: PasswordSource
  /** Told of strangers' guesses. */
  readonly watch: SprayWatch
  /** Null where client certificates are no login. */
  readonly certificate: CertificateAuthenticator | null
}

/** The desk, as the configuration wants it. */
export function openFrontDesk(config: Pick<Config, 'auth' | 'login' | 'oauth' | 'directory'>, parts: LoginParts): FrontDesk {
  const { store, clock, log, passwords, certificate, watch } = parts
  const rule = createBasicRule(config.login)
  const hasDirectory = config.directory.servers.length > 0
  const cacheSeconds = config.auth.cacheMinutes * 60
  const shared = {
    ...config.auth,
    clock,
    log,
    devices: store.devices,
    budgets: new Budgets(clock, config.auth, watch),
    wipeProofs: new WipeProofs(store.devices, clock),
    staleSeconds: hasDirectory ? config.directory.graceMinutes * 60 : cacheSeconds,
  }
  const people = createBasicAuthenticator({ ...shared, passwords })
  // Where both would answer the same, a password is looked at once for both.
  const basic = rule.isPlain ? people : createBasicAuthenticator({ ...shared, passwords: createPhonePasswords(passwords, rule) })
  // A directory's roster knows by itself whom it saw lately.
  const roster = new RememberedRoster(passwords, clock, hasDirectory ? 0 : cacheSeconds)
  const appPasswords = createAppPasswordAuthenticator({ ...shared, store, roster, rule })
  const oauth = openOauth(config, { ...shared, roster })
  return createFrontDesk({
    basic,
    people,
    appPasswords,
    bearer: oauth?.bearer ?? null,
    certificate,
    log,
    takesBasic: rule.takesBasic,
    invitation: oauth?.invitation ?? null,
  })
}
