// When the owner of an account is not free: by his calendar, his working hours and his absence.
import { setImmediate } from 'node:timers/promises'
import { busyTimes, dateSlack, timesOff, type BusyTime } from '../../../format/free-busy.ts'
import type { Account } from '../../../model/account.ts'
import { folderType } from '../../../model/folder.ts'
import type { Instant } from '../../../model/id.ts'
import { recordOf } from '../../../model/item.ts'
import type { Cursor } from '../../../store/mailbox.ts'
import type { House } from '../../command.ts'

/** Events that are read at once. */
const pageSize = 100
/** Events that are not over at the begin: nobody has so many, and one question must not keep a server busy. */
const eventsMax = 10_000

/**
 * The times between `from` and `to` that an account's owner is not free. Only his own calendar counts: further ones hold what interests
 * him, his family or his club. Null where there is more than can be read; `late` where that was not done by `until`.
 */
export async function timesTaken(
  house: House,
  account: Account,
  from: Instant,
  to: Instant,
  until: Instant,
): Promise<readonly BusyTime[] | null | 'late'> {
  const zone = house.zoneOf(account)
  const mailbox = await house.store.mailbox(account.id)
  const { id } = await mailbox.defaultFolder(folderType.calendar)
  const events = mailbox.items(id, 'Calendar')
  const times: BusyTime[] = [...(account.workingHours === null ? [] : timesOff(account.workingHours, zone, from, to))]
  times.push(...(await timeAway(house, account, from, to)))
  let read = 0
  let cursor: Cursor | null = null
  do {
    // The date of an event is its last end; of an all-day one the end of its date in Greenwich.
    const { changes, next } = await events.newestFirst(cursor, from - dateSlack, pageSize)
    read += changes.length
    if (read > eventsMax) return null
    const items = await events.read(changes.map((change) => change.id))
    for (const item of items.values()) {
      // Others get their turn behind each: an endless series costs a third of a millisecond, and one that somebody made up a hundred times as much.
      await setImmediate()
      if (house.clock.now() > until) return 'late'
      times.push(...busyTimes(recordOf(item, 'Calendar'), zone, from, to))
    }
    cursor = next
  } while (cursor !== null)
  return times
}

/** An absence that has an end. One until further notice is no statement about next month. */
async function timeAway({ store }: House, account: Account, from: Instant, to: Instant): Promise<readonly BusyTime[]> {
  const kept = await store.absences.of(account.id)
  if (kept === null || kept.absence.state !== 2) return []
  const { start, end } = kept.absence
  return start === null || end === null || start >= to || end <= from ? [] : [{ start, end, digit: 3 }]
}
