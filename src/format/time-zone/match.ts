// Which zone the 172 bytes of a client mean.
import type { Instant } from '../../model/id.ts'
import type { ZoneId } from '../../model/zone.ts'
import { readBlob } from './blob.ts'
import { rulesZone } from './clock.ts'
import { differing, goesBy } from './fit.ts'
import { agreesAt, knownToday, knownZone, settled } from './known.ts'
import { zoneOfName } from './names.ts'
import { day, type ZoneRules } from './rules.ts'

/** In a year: a week in spring and one in autumn. */
const nearlyDays = 15

/**
 * The zone that 172 bytes mean at `at`. What is known of the event or the mailbox goes before what the bytes are called, and a name
 * before the best known zone of all that go by the rules; rules that are nearly a zone's (tables of Windows simplify, phones grow old)
 * are taken for it where a name or the mailbox says so too.
 */
export function zoneOfBytes(bytes: Uint8Array, at: Instant, preferred: readonly ZoneId[]): ZoneId {
  const { rules, names } = readBlob(bytes)
  const exactly = preferred.find((zone) => goesBy(zone, rules, at))
  if (exactly !== undefined) return exactly
  const named = names.flatMap((name) => zoneOfName(name) ?? [])
  return (
    named.find((zone) => goesBy(zone, rules, at)) ??
    [...preferred, ...named].find((zone) => goesByToday(zone, rules, at)) ??
    named.find((zone) => nearlyGoesBy(zone, rules, at)) ??
    knownZone(rules, at) ??
    preferred.find((zone) => nearlyGoesBy(zone, rules, at)) ??
    knownToday(rules, at) ??
    rulesZone(bytes)
  )
}

/** A phone may tell of all times what holds today; at `at` it must be right all the same. */
function goesByToday(zone: ZoneId, rules: ZoneRules, at: Instant): boolean {
  return agreesAt(zone, rules, at) && goesBy(zone, rules, settled)
}

function nearlyGoesBy(zone: ZoneId, rules: ZoneRules, at: Instant): boolean {
  const year = new Date(at).getUTCFullYear()
  return agreesAt(zone, rules, at) && differing(zone, rules, Date.UTC(year, 0), Date.UTC(year + 1, 0)) <= nearlyDays * day
}
