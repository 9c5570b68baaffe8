// Puts together who is asked who may come in.
import type { Logger } from 'pino'
import type { CertificateAuthenticator } from '../auth/authenticator.ts'
import { createBasicAuthenticator } from '../auth/basic.ts'
import { Budgets } from '../auth/budgets.ts'
import { createFrontDesk, type FrontDesk } from '../auth/front-desk.ts'
import type { PasswordSource } from '../auth/password-source.ts'
import type { Config } from '../config.ts'
import type { Clock } from '../model/clock.ts'
import type { Store } from '../store/store.ts'

export interface LoginParts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
  /** Who proves names and passwords. */
  readonly passwords: PasswordSource
  /** Null where client certificates are no login. */
  readonly certificate: CertificateAuthenticator | null
}

export function openFrontDesk(config: Pick<Config, 'auth'>, { store, clock, log, passwords, certificate }: LoginParts): FrontDesk {
  const budgets = new Budgets(clock, config.auth)
  const basic = createBasicAuthenticator({ ...config.auth, passwords, devices: store.devices, budgets, clock, log })
  return createFrontDesk({ basic, bearer: null, certificate, log })
}
