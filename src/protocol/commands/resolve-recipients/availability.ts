// When recipients are free (MS-ASCMD 2.2.3.16): the span that is asked for, and what whoever asks may know of them.
import type { DirectoryEntry } from '../../../directory/directory.ts'
import { mergedFreeBusy, type BusyTime } from '../../../format/free-busy.ts'
import { accountOf, domainKey, splitAddress } from '../../../mail/local-address.ts'
import type { Account } from '../../../model/account.ts'
import type { AccountId, Instant } from '../../../model/id.ts'
import { StoreFailure } from '../../../store/failure.ts'
import { commonStatus, Failure } from '../../error.ts'
import type { Call } from '../../command.ts'
import { ask } from '../../people.ts'
import { timesTaken } from './busy-calendar.ts'
import type { Match } from './matches.ts'
import type { Availability, ResolveOptions } from './schema.ts'

const minute = 60_000
const day = 24 * 60 * minute
/** MS-ASCMD 2.2.3.61.1. */
const span = { least: 30 * minute, most: 42 * day, usual: 7 * day }
/** MS-ASCMD 2.2.3.183: of a larger group it is not worth knowing. */
const groupMax = 20
/** MS-ASCMD 2.2.3.177.12, <16>: whose calendars one request may have read, members of groups included. */
const peopleMax = 100
/** A phone waits half a minute: whoever's turn has not come by then is to be asked for again. */
const patience = 20_000

const [groupTooLarge] = commonStatus.AvailabilityDLLimitReached
const [unavailable] = commonStatus.AvailabilityFailure
/** MS-ASCMD 2.2.3.177.12, of Availability. */
const status = { success: 1, tooMany: 160, groupTooLarge, temporary: 162, unavailable } as const

/** Throws ProtocolError for a span that is none: MS-ASCMD 2.2.3.61.1. */
export function checkSpan(asked: ResolveOptions['Availability']): void {
  if (asked === undefined) return
  const { StartTime, EndTime = StartTime + span.usual } = asked
  const length = EndTime - StartTime
  if (length < span.least || length > span.most) throw new Failure('ProtocolError', `a span of ${length / minute} minutes`)
}

/** What one answer tells of free times; `of` is asked one recipient after the other. */
export class Appointments {
  readonly #from: Instant
  readonly #to: Instant
  readonly #isAsked: boolean
  readonly #call: Call
  readonly #until: Instant
  /** Who is in several groups is read once. */
  readonly #known = new Map<AccountId, readonly BusyTime[] | null>()
  #left = peopleMax

  /** `asked` is a span that was checked. */
  constructor(asked: ResolveOptions['Availability'], call: Call) {
    this.#isAsked = asked !== undefined
    this.#from = asked?.StartTime ?? 0
    this.#to = asked?.EndTime ?? this.#from + span.usual
    this.#call = call
    this.#until = call.house.clock.now() + patience
  }

  /** Of one recipient who is certain; undefined where nobody asked. */
  async of({ type, entry }: Match): Promise<Availability | undefined> {
    if (!this.#isAsked) return undefined
    // A contact is nobody whose calendar lies here, whatever address it bears.
    if (type !== 1) return { Status: status.unavailable }
    try {
      return await this.#told(entry)
    } catch (thrown) {
      if (thrown instanceof StoreFailure && thrown.reason === 'unavailable') return { Status: status.temporary }
      throw thrown
    }
  }

  async #told(entry: DirectoryEntry): Promise<Availability> {
    const people = await this.#peopleOf(entry)
    if (people === null) return { Status: status.groupTooLarge }
    if (people.length > this.#left) return { Status: status.tooMany }
    this.#left -= people.length
    const times: (readonly BusyTime[] | null)[] = []
    for (const each of people) {
      // MS-ASCMD 2.2.3.177.12: of some there was no time left to ask.
      if (this.#call.house.clock.now() > this.#until) return { Status: status.temporary }
      const taken = await this.#timesOf(each)
      if (taken === 'late') return { Status: status.temporary }
      times.push(taken)
    }
    // MS-ASCMD 2.2.3.177.12: success does not say that it is complete. Of a group those count of whom something is known.
    const known = times.filter((each) => each !== null)
    if (known.length === 0) return { Status: status.unavailable }
    return { Status: status.success, MergedFreeBusy: mergedFreeBusy(known.flat(), this.#from, this.#to) }
  }

  /** Null for a group that is too large. */
  async #peopleOf(entry: DirectoryEntry): Promise<readonly DirectoryEntry[] | null> {
    if (entry.kind !== 'group') return [entry]
    const { account, house } = this.#call
    const { entries, total } = await ask(this.#call, (book) => book.members(entry.id, groupMax, account.address))
    if (total > groupMax) return null
    // Who reads groups reads the address book.
    house.lookUps.charge(account.id, entries.length)
    return entries
  }

  /** Null where nothing is known, or not for whoever asks; `late` where a calendar is too full for the time that is left. */
  async #timesOf({ address }: DirectoryEntry): Promise<readonly BusyTime[] | null | 'late'> {
    const { account: asker, house } = this.#call
    const owner = address === null ? null : await accountOf(house.store.accounts, address)
    if (owner === null || owner.disabled || !this.#mayKnow(asker, owner)) return null
    const known = this.#known.get(owner.id)
    if (known !== undefined) return known
    const times = await timesTaken(house, owner, this.#from, this.#to, this.#until)
    if (times === 'late') return times
    this.#known.set(owner.id, times)
    return times
  }

  #mayKnow(asker: Account, owner: Account): boolean {
    if (asker.id === owner.id) return true
    switch (this.#call.house.freeBusy) {
      case 'everybody':
        return true
      case 'domain':
        return !domainsOf(asker).isDisjointFrom(domainsOf(owner))
      case 'nobody':
        return false
    }
  }
}

function domainsOf({ addresses }: Account): ReadonlySet<string> {
  return new Set(addresses.map((address) => domainKey(splitAddress(address)?.domain ?? '')))
}
