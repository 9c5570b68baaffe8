// The job that reads the directory: accounts follow their people, and whoever is out there is out here, open Pings included.
import { setImmediate as turn } from 'node:timers/promises'
import type { Logger } from 'pino'
import { DirectoryUnavailable, type DirectoryUser, type LoginDirectory } from '../directory/directory.ts'
import type { Account } from '../model/account.ts'
import { accountSubject } from '../model/actor.ts'
import type { Clock } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'
import type { Store } from '../store/store.ts'
import { memberlessGroups, type ConfiguredGroup } from './configured-groups.ts'
import { barredBecause, type DirectoryAccounts } from './directory-accounts.ts'

export interface DirectorySyncOptions {
  readonly directory: LoginDirectory
  readonly accounts: DirectoryAccounts
  readonly store: Pick<Store, 'accounts' | 'consoleSessions'>
  readonly clock: Clock
  readonly log: Logger
  /** Whether everybody gets an account, or who logs in. */
  readonly welcomesAll: boolean
  /** Those that the configuration names: somebody should be in each. */
  readonly groups: readonly ConfiguredGroup[]
  /** Told of everybody who was seen, and when the look began. */
  readonly saw: (user: DirectoryUser, at: Instant) => void
  /** Told whether the directory is doubted. */
  readonly doubted: (isDoubted: boolean) => void
  /** Told after an account was shut, opened, or got another password: what it has open ends. */
  readonly changed: (account: Account) => void
  /** Told after others choose its policy. */
  readonly regrouped: (account: Account) => void
  /** Told once when so many are gone that it is not believed. */
  readonly alarmed: (sentence: string) => void
}

/** What a look at the directory found. */
export interface SyncReport {
  readonly at: Instant
  /** People in the directory. */
  readonly people: number
  /** Accounts that belong to them. */
  readonly accounts: number
  readonly made: number
  readonly changed: number
  /** Accounts whose people are out, or gone. */
  readonly barred: number
  /** Accounts that would be shut, if it were believed. */
  readonly doubted: number
  /** Which groups of the configuration nobody is in, a sentence for each. */
  readonly memberless: readonly string[]
}

/** More than these, and more than a tenth, do not leave a company within a minute. */
const leaversMax = 20
const leaversShare = 0.1
/** A directory is asked for other entries than its people, or does not show them: nobody comes in, and nobody would say why. */
const nobodyThere =
  'The directory answers, but shows nobody who could log in: look at directory.base and directory.userFilter, and at what directory.user may read.'
/** In a small company, it is at least not everybody. */
const smallShare = 0.5
const smallMin = 3
/** How often it is written down that the directory still has its people. */
const seenSeconds = 300
/** Accounts looked at between two turns of everybody else. */
const atOnce = 500

interface Due {
  readonly account: Account
  /** Null for somebody who is gone. */
  readonly user: DirectoryUser | null
}

export class DirectorySync {
  readonly #options: DirectorySyncOptions
  readonly #stamps = new Map<string, string | null>()
  #last: SyncReport | null = null
  #trouble: string | null = null
  #isDoubted = false
  #running: Promise<SyncReport> | null = null
  #seenAt: Instant | null = null
  /** What was said of groups, and still holds. */
  #memberless: readonly string[] = []

  constructor(options: DirectorySyncOptions) {
    this.#options = options
  }

  /** The last look that came to its end. */
  get last(): SyncReport | null {
    return this.#last
  }

  /** Why the last look did not, or is not believed, in a sentence; null where all is well. */
  get trouble(): string | null {
    return this.#trouble
  }

  /** Looks once; whoever comes while it does waits for the same. `believes` whatever is missing. Rejects with DirectoryUnavailable. */
  async run(believes = false): Promise<SyncReport> {
    if (this.#running !== null) {
      const report = await this.#running
      if (!believes) return report
    }
    this.#running = this.#look(believes).finally(() => (this.#running = null))
    return this.#running
  }

  async #look(believes: boolean): Promise<SyncReport> {
    const { store, clock } = this.#options
    const all = await store.accounts.list()
    const owned = all.filter(({ directoryId }) => directoryId !== null)
    const people = await this.#people()
    this.#compareGroups(
      people.values(),
      all.values().filter(({ directoryId }) => directoryId === null),
    )
    const due: Due[] = owned.map((account) => ({ account, user: people.get(account.directoryId ?? '') ?? null }))
    const leavers = due.filter(({ account, user }) => account.barred === null && (user === null || !user.enabled))
    const isDoubted = !believes && isTooMany(leavers.length, owned.filter(({ barred }) => barred === null).length)
    this.#doubt(isDoubted, leavers.length)
    if (people.size === 0 && !believes) this.#trouble ??= nobodyThere
    const spared = new Set(isDoubted ? leavers : [])
    const changed = await this.#keep(due.filter((each) => !spared.has(each)))
    const made = await this.#welcome(people, new Set(owned.map(({ directoryId }) => directoryId)))
    this.#stamps.clear()
    for (const { id, passwordStamp } of people.values()) this.#stamps.set(id, passwordStamp)
    await this.#note()
    const barred = due.filter(({ user }) => user === null || barredBecause(user) !== null).length - spared.size
    const accounts = owned.length + made
    const memberless = this.#memberless
    this.#last = { at: clock.now(), people: people.size, accounts, made, changed, barred, doubted: spared.size, memberless }
    return this.#last
  }

  async #people(): Promise<ReadonlyMap<string, DirectoryUser>> {
    const { directory, saw, clock } = this.#options
    const began = clock.now()
    const people = new Map<string, DirectoryUser>()
    try {
      for await (const user of directory.users()) people.set(user.id, user)
    } catch (error) {
      if (error instanceof DirectoryUnavailable) this.#trouble = error.message
      throw error
    }
    for (const user of people.values()) saw(user, began)
    return people
  }

  /** Says once of a group that nobody is in it: whoever misspells one hears it of nobody else. */
  #compareGroups(people: Iterable<DirectoryUser>, locals: Iterable<Account>): void {
    const { groups, log } = this.#options
    const memberless = memberlessGroups(groups, people, locals)
    for (const sentence of memberless) if (!this.#memberless.includes(sentence)) log.warn(sentence)
    this.#memberless = memberless
  }

  /** Writes down what is another, and tells who has something open. */
  async #keep(due: readonly Due[]): Promise<number> {
    const { accounts, store, changed, regrouped, log } = this.#options
    let count = 0
    for (const [index, { account, user }] of due.entries()) {
      if (index % atOnce === 0) await turn()
      if (user === null) {
        if (account.barred === 'removed') continue
        count++
        log.info({ account: account.id }, 'somebody is gone from the directory: the account is shut, its mailbox is kept')
        changed(await accounts.bar(account, 'removed'))
        continue
      }
      const kept = await accounts.keep(account, user)
      const before = this.#stamps.get(user.id)
      const hasOtherPassword = before !== undefined && before !== user.passwordStamp
      if (kept.changed !== 'nothing') count++
      // Whoever knew the old one may be logged in at the console. Nothing there tells of a directory's password.
      if (hasOtherPassword) await store.consoleSessions.removeOf(accountSubject(account.id))
      if (kept.changed === 'standing' || hasOtherPassword) changed(kept.account)
      if (kept.changed === 'groups') regrouped(kept.account)
      if (kept.changed === 'standing') log.info({ account: account.id, barred: kept.account.barred }, 'the directory says who is in')
    }
    return count
  }

  async #welcome(people: ReadonlyMap<string, DirectoryUser>, known: ReadonlySet<string | null>): Promise<number> {
    const { welcomesAll, accounts } = this.#options
    if (!welcomesAll) return 0
    let made = 0
    for (const user of people.values()) {
      if (known.has(user.id) || barredBecause(user) !== null) continue
      if ((await accounts.welcome(user)) !== null) made++
    }
    return made
  }

  #doubt(isDoubted: boolean, count: number): void {
    const { doubted, alarmed, log } = this.#options
    const sentence = `${count} accounts at once are gone from the directory, or may no longer synchronise: that is not believed, and they stay in. If it is true: easel directory sync --believe.`
    const wasDoubted = this.#isDoubted
    this.#isDoubted = isDoubted
    this.#trouble = isDoubted ? sentence : null
    doubted(isDoubted)
    if (!isDoubted || wasDoubted) return
    log.error({ accounts: count }, 'too many are gone from the directory at once to be believed')
    alarmed(sentence)
  }

  async #note(): Promise<void> {
    const { store, clock } = this.#options
    const now = clock.now()
    if (this.#seenAt !== null && now - this.#seenAt < seenSeconds * 1000) return
    this.#seenAt = now
    await store.accounts.sawDirectory(now)
  }
}

/** Whether so many of those who were in are out that something is wrong with the directory, or with how it is asked. */
function isTooMany(leavers: number, all: number): boolean {
  if (leavers > leaversMax && leavers > all * leaversShare) return true
  return leavers >= smallMin && leavers > all * smallShare
}
