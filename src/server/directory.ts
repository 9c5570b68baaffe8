// Opens the directory the configuration names (LDAP servers, or the accounts of the store), and what follows it: logins, and the job that reads it.
import type { Logger } from 'pino'
import type { DirectoryDesk } from '../admin/house.ts'
import { configuredGroups } from '../auth/configured-groups.ts'
import { DirectoryAccounts } from '../auth/directory-accounts.ts'
import { DirectoryPasswords } from '../auth/directory-passwords.ts'
import { DirectorySync, type DirectorySyncOptions } from '../auth/directory-sync.ts'
import { verifyPassword } from '../auth/password.ts'
import type { PasswordSource } from '../auth/password-source.ts'
import { createStorePasswords } from '../auth/store-passwords.ts'
import type { Config, DirectoryConfig } from '../config.ts'
import type { BookRules } from '../directory/book.ts'
import type { Directory } from '../directory/directory.ts'
import { createLdapDirectory } from '../directory/ldap.ts'
import { readListed } from '../directory/static-file.ts'
import { createStaticDirectory } from '../directory/static.ts'
import type { Notices } from '../mail/notice.ts'
import type { Clock } from '../model/clock.ts'
import type { Accounts } from '../store/accounts.ts'
import type { Store } from '../store/store.ts'

export interface DirectoryParts {
  readonly accounts: Accounts
  readonly clock: Clock
  readonly log: Logger
}

/** The directory; nobody is asked yet. Throws a ConfigError where a file it needs cannot be used. */
export function openDirectory(config: DirectoryConfig, { accounts, clock, log }: DirectoryParts): Directory {
  if (config.servers.length > 0) return createLdapDirectory({ config, clock, log })
  const { lettersMin, foundMax, separateDomains, file } = config
  const rules: BookRules = { lettersMin, foundMax, separateDomains }
  const listed = file === null ? [] : readListed(file)
  return createStaticDirectory({ accounts, clock, rules, listed, verify: verifyPassword })
}

export interface DirectoryLoginParts {
  readonly store: Pick<Store, 'accounts' | 'consoleSessions'>
  readonly directory: Directory
  readonly clock: Clock
  readonly log: Logger
}

/** What is told of what the job finds. */
export type DirectoryListener = Pick<DirectorySyncOptions, 'changed' | 'regrouped' | 'alarmed'>

export interface DirectoryLogin {
  readonly passwords: PasswordSource
  /** The job, and what an administrator can ask; null where the accounts are the directory. */
  readonly desk: (listener: DirectoryListener) => DirectoryDesk | null
}

/** Who proves names and passwords, and what keeps accounts as the directory has them. */
export function openDirectoryLogin(
  settings: Pick<Config, 'directory' | 'login' | 'admin'>,
  { store, directory, clock, log }: DirectoryLoginParts,
): DirectoryLogin {
  const config = settings.directory
  const local = createStorePasswords(store.accounts)
  if (config.servers.length === 0) return { passwords: local, desk: () => null }
  const accounts = new DirectoryAccounts(store, log)
  const wrong = { most: config.wrongMax, minutes: config.wrongMinutes }
  const passwords = new DirectoryPasswords({ directory, accounts, store, local, clock, graceMinutes: config.graceMinutes, wrong })
  const desk = (listener: DirectoryListener): DirectoryDesk => {
    const sync = new DirectorySync({
      ...listener,
      directory,
      accounts,
      store,
      clock,
      log,
      welcomesAll: config.accounts === 'sync',
      groups: configuredGroups(settings),
      saw: (user, at) => passwords.saw(user, at),
      doubted: (isDoubted) => (passwords.isDoubted = isDoubted),
    })
    return {
      pollSeconds: config.pollSeconds,
      health: () => directory.health(),
      find: (login) => directory.find(login),
      sync: (believes) => sync.run(believes),
      last: () => sync.last,
      trouble: () => sync.trouble,
    }
  }
  return { passwords, desk }
}

/** Tells the administrators by mail. */
export function tellAdministrators(notices: Notices, administrators: readonly string[], clock: Clock): (sentence: string) => void {
  return (sentence) => {
    const occasion = `directory doubted ${clock.now()}`
    const letters = administrators.map((to) => ({ to, subject: 'The directory has lost many people', text: `${sentence}\n`, occasion }))
    void notices.send(letters)
  }
}
