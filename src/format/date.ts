// The Date field (RFC 5322 3.3, its obsolete forms, and what else programs write) as an instant.
import type { Instant } from '../model/id.ts'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const minute = 60_000

/** Minutes east of Greenwich; RFC 5322 4.3 counts military letters and unknown names as zero. */
const zones: Readonly<Record<string, number>> = {
  edt: -240,
  est: -300,
  cdt: -300,
  cst: -360,
  mdt: -360,
  mst: -420,
  pdt: -420,
  pst: -480,
  cet: 60,
  cest: 120,
  bst: 60,
  jst: 540,
}

const internet =
  /(\d{1,2})[\s-]+([a-z]{3})[a-z]*\.?[\s-]+(\d{2,4}),?\s+(\d{1,2})\s?[:.]\s?(\d{2})(?:\s?[:.]\s?(\d{2}))?(?:\.\d+)?\s*([ap]m)?\s*(.*)/i
const asctime = /([a-z]{3})[a-z]*\s+(\d{1,2}),?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s+(?:([a-z]{2,5}|[+-]\d{4})\s+)?(\d{4})\s*(.*)/i
const american = /([a-z]{3})[a-z]*\s+(\d{1,2}),?\s+(\d{4}),?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(.*)/i
const iso = /(\d{4})-(\d{2})-(\d{2})[T\s](\d{2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*(.*)/i

function offsetMinutes(zone: string): number {
  const numeric = /^(?:gmt|utc?)?\s*([+-])(\d{1,2}):?(\d{2})?/i.exec(zone)
  if (numeric === null) return zones[/^[a-z]*/i.exec(zone)?.[0].toLowerCase() ?? ''] ?? 0
  const [, sign, hours, minutes] = numeric
  const total = Number(hours) * 60 + Number(minutes ?? 0)
  // Beyond a day it is no offset (-0000 and 9900 are seen).
  return total >= 24 * 60 ? 0 : sign === '-' ? -total : total
}

interface Parts {
  year: string | undefined
  month: string | number | undefined
  day: string | undefined
  hour: string | undefined
  minute: string | undefined
  second: string | undefined
  half?: string | undefined
  zone: string | undefined
}

function parts(text: string): Parts | null {
  let match = iso.exec(text)
  if (match !== null) {
    const [, year, month, day, hour, minutes, second, zone] = match
    return { year, month: Number(month) - 1, day, hour, minute: minutes, second, zone }
  }
  match = internet.exec(text)
  if (match !== null) {
    const [, day, month, year, hour, minutes, second, half, zone] = match
    return { year, month, day, hour, minute: minutes, second, half, zone }
  }
  match = american.exec(text)
  if (match !== null) {
    const [, month, day, year, hour, minutes, second, zone] = match
    return { year, month, day, hour, minute: minutes, second, zone }
  }
  match = asctime.exec(text)
  if (match === null) return null
  const [, month, day, hour, minutes, second, zone, year, after] = match
  return { year, month, day, hour, minute: minutes, second, zone: zone ?? after }
}

/** RFC 5322 4.3: two digits below 50 are of this century, three count from 1900. */
function fullYear(text: string): number {
  const year = Number(text)
  if (text.length === 2) return year < 50 ? 2000 + year : 1900 + year
  return text.length === 3 ? 1900 + year : year
}

/** Milliseconds since 1970, null if the text is no date or one outside of 1900 to 9999. A time without a zone counts as UTC. */
export function parseDate(text: string): Instant | null {
  const found = parts(
    text
      .slice(0, 200)
      .replace(/\([^()]*\)/g, ' ')
      .replace(/\s+/g, ' '),
  )
  if (found === null) return null
  const month = typeof found.month === 'number' ? found.month : months.indexOf((found.month ?? '').toLowerCase())
  const year = fullYear(found.year ?? '')
  const day = Number(found.day)
  let hour = Number(found.hour)
  if (found.half !== undefined) hour = (hour % 12) + (found.half.toLowerCase() === 'pm' ? 12 : 0)
  const minutes = Number(found.minute)
  // A leap second is the next minute's first.
  const second = Number(found.second ?? 0)
  if (month < 0 || month > 11 || day < 1 || day > 31 || hour > 24 || minutes > 59 || second > 60) return null
  const instant = Date.UTC(year, month, day, hour, minutes, second) - offsetMinutes((found.zone ?? '').trim()) * minute
  return year >= 1900 && year <= 9999 ? instant : null
}
