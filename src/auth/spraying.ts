// Password spraying: many accounts tried from one network, or one password tried over many accounts; noticed, and told.
import { hash, randomBytes } from 'node:crypto'
import type { Clock } from '../model/clock.ts'
import type { Instant } from '../model/id.ts'
import { keepLatest } from '../model/bounded.ts'

/** `accounts`: many of them from one network. `password`: one password over many accounts. */
export type SprayingKind = 'accounts' | 'password'

export interface Spraying {
  readonly kind: SprayingKind
  /** Where it comes from, at most a few of them. */
  readonly networks: readonly string[]
  /** How many people were tried, whether they have accounts here or not. */
  readonly tried: number
  readonly attempts: number
  readonly since: Instant
  readonly lastAt: Instant
  /** Addresses of accounts that somebody came into from the same network, or with the same password, meanwhile: those may be lost. */
  readonly opened: readonly string[]
}

export interface Sprayings {
  /** Those that stand, the latest first. */
  list(): readonly Spraying[]
}

/** Where nobody logs in. */
export const noSprayings: Sprayings = { list: () => [] }

/** One guess of a stranger. */
export interface Guess {
  readonly network: string
  readonly person: string
  readonly password: string
}

export interface SprayWatchOptions {
  readonly clock: Clock
  /** People tried from one network before it is spraying. */
  readonly accountsPerNetwork: number
  /** People tried with one password before that is. */
  readonly accountsPerPassword: number
  /** Told when it begins, and each time somebody comes in. */
  readonly told: (spraying: Spraying, what: 'began' | 'opened') => void
}

/** After so long without a wrong guess it is over, and begins anew. */
const quietSeconds = 3600
/** Networks and passwords that are watched; the one without a guess for longest goes first. */
const watchedMax = 20_000
const peopleMax = 500
const networksMax = 20
const openedMax = 20

interface Watched {
  readonly kind: SprayingKind
  readonly people: Set<string>
  readonly networks: Set<string>
  readonly opened: Set<string>
  attempts: number
  readonly since: Instant
  lastAt: Instant
  isAlarm: boolean
}

/** In memory, of this node alone. */
export class SprayWatch implements Sprayings {
  readonly #options: SprayWatchOptions
  readonly #watched = new Map<string, Watched>()
  /** Passwords are not kept, nor what they could be guessed from once the process has ended. */
  readonly #secret = randomBytes(32).toString('base64')

  constructor(options: SprayWatchOptions) {
    this.#options = options
  }

  list(): readonly Spraying[] {
    const alarms = Array.from(this.#watched.values()).filter((each) => each.isAlarm && this.#isOn(each))
    return alarms.map(shown).sort((one, other) => other.lastAt - one.lastAt)
  }

  /** What a password is counted under. */
  passwordKey(password: string): string {
    return hash('sha256', this.#secret + password, 'base64')
  }

  isSpraying(network: string): boolean {
    const watched = this.#watched.get(nameOf('accounts', network))
    return watched !== undefined && watched.isAlarm && this.#isOn(watched)
  }

  /** A stranger's guess was wrong. */
  wrong({ network, person, password }: Guess): void {
    const { accountsPerNetwork, accountsPerPassword } = this.#options
    this.#note('accounts', network, { network, person }, accountsPerNetwork)
    this.#note('password', this.passwordKey(password), { network, person }, accountsPerPassword)
  }

  /** A stranger's password was right: he may be the one who was guessing. */
  right({ network, password }: Guess, address: string): void {
    for (const name of [nameOf('accounts', network), nameOf('password', this.passwordKey(password))]) {
      const watched = this.#watched.get(name)
      if (watched === undefined || !watched.isAlarm || !this.#isOn(watched)) continue
      if (watched.opened.has(address) || watched.opened.size >= openedMax) continue
      watched.opened.add(address)
      this.#options.told(shown(watched), 'opened')
    }
  }

  #note(kind: SprayingKind, key: string, { network, person }: Omit<Guess, 'password'>, most: number): void {
    const now = this.#options.clock.now()
    const name = nameOf(kind, key)
    const known = this.#watched.get(name)
    const watched = known !== undefined && this.#isOn(known) ? known : fresh(kind, now)
    keepLatest(this.#watched, name, watched, watchedMax)
    watched.attempts++
    watched.lastAt = now
    if (watched.people.size < peopleMax) watched.people.add(person)
    if (watched.networks.size < networksMax) watched.networks.add(network)
    if (!watched.isAlarm && watched.people.size >= most) {
      watched.isAlarm = true
      this.#options.told(shown(watched), 'began')
    }
  }

  #isOn({ lastAt }: Watched): boolean {
    return this.#options.clock.now() - lastAt < quietSeconds * 1000
  }
}

const nameOf = (kind: SprayingKind, key: string) => `${kind}/${key}`

function fresh(kind: SprayingKind, now: Instant): Watched {
  return { kind, people: new Set(), networks: new Set(), opened: new Set(), attempts: 0, since: now, lastAt: now, isAlarm: false }
}

function shown({ kind, people, networks, opened, attempts, since, lastAt }: Watched): Spraying {
  return { kind, networks: [...networks], tried: people.size, attempts, since, lastAt, opened: [...opened] }
}
