// Opens the directory the configuration names: LDAP servers, or the accounts of the store.
import type { Logger } from 'pino'
import { verifyPassword } from '../auth/password.ts'
import type { DirectoryConfig } from '../config.ts'
import type { BookRules } from '../directory/book.ts'
import type { Directory } from '../directory/directory.ts'
import { readListed } from '../directory/static-file.ts'
import { createStaticDirectory } from '../directory/static.ts'
import type { Clock } from '../model/clock.ts'
import type { Accounts } from '../store/accounts.ts'

export interface DirectoryParts {
  readonly accounts: Accounts
  readonly clock: Clock
  readonly log: Logger
}

/** The directory; nobody is asked yet. Throws a ConfigError where a file it needs cannot be used. */
export function openDirectory(config: DirectoryConfig, { accounts, clock }: DirectoryParts): Directory {
  const { lettersMin, foundMax, separateDomains, file } = config
  const rules: BookRules = { lettersMin, foundMax, separateDomains }
  const listed = file === null ? [] : readListed(file)
  return createStaticDirectory({ accounts, clock, rules, listed, verify: verifyPassword })
}
