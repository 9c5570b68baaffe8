// Failed logins in the audit log: summed up, so that whoever guesses can make it neither long nor say what he likes.
import type { Logger } from 'pino'
import type { Clock } from '../model/clock.ts'
import type { Store } from '../store/store.ts'
import { nameOf, networkOf } from './login-name.ts'

export interface FailedLoginsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Logger
}

/** At most one entry in this time. */
const entrySeconds = 60
/** Names and networks that are told apart in one entry; more are counted only. */
const toldMax = 20
const triedMax = 1000

interface Tally {
  attempts: number
  readonly tried: Set<string>
  readonly networks: Set<string>
}

export class FailedLogins {
  readonly #options: FailedLoginsOptions
  readonly #stop = new AbortController()
  #tally: Tally | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor(options: FailedLoginsOptions) {
    this.#options = options
  }

  /** Counts one; written within a minute. */
  note(user: string, address: string): void {
    const tally = (this.#tally ??= this.#begin())
    tally.attempts++
    if (tally.tried.size < triedMax) tally.tried.add(nameOf(user.slice(0, 256).replaceAll(/\p{Cc}/gu, ' ')))
    if (tally.networks.size < triedMax) tally.networks.add(networkOf(address))
  }

  #begin(): Tally {
    const write = () => this.#write()
    this.#writing = this.#writing.then(() => this.#options.clock.after(entrySeconds, this.#stop.signal)).then(write, write)
    return { attempts: 0, tried: new Set(), networks: new Set() }
  }

  async #write(): Promise<void> {
    const { store, clock, log } = this.#options
    const tally = this.#tally
    this.#tally = null
    if (tally === null) return
    try {
      const known = await this.#known([...tally.tried])
      const networks = [...tally.networks]
      await store.audit.append({
        at: clock.now(),
        actor: 'somebody',
        role: 'user',
        action: 'login.failed',
        target: null,
        origin: networks.length === 1 ? (networks[0] ?? null) : `${networks.length} networks`,
        detail: {
          attempts: tally.attempts,
          // What is typed into the wrong field may be a password: only names that there are stand here.
          names: known.slice(0, toldMax),
          unknownNames: tally.tried.size - known.length,
          networks: networks.slice(0, toldMax),
        },
      })
    } catch (error) {
      log.error({ err: error, attempts: tally.attempts }, 'failed logins could not be written into the audit log')
    }
  }

  async #known(tried: readonly string[]): Promise<string[]> {
    const { administrators, accounts } = this.#options.store
    const found: string[] = []
    for (const name of tried) {
      const isKnown = name.includes('@') ? (await accounts.byAddress(name)) !== null : (await administrators.find(name)) !== null
      if (isKnown) found.push(name)
    }
    return found
  }

  /** Writes what is still owed. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#writing
  }
}
