// Which zone somebody means by a name: IANA in any alias or case, Windows, and what other programs write as TZID.
import { keepLatest } from '../../model/bounded.ts'
import type { ZoneId } from '../../model/zone.ts'
import { isIana, offsetAt, ownRules, rulesZone } from './clock.ts'
import { zoneOfRules } from './known.ts'
import { minute } from './rules.ts'
import { ianaOfWindows } from './windows.ts'

/** Longer names are of nobody we know. */
const nameCharsMax = 300

/** Names of Lotus Notes, of Outlook's lists and of old programs that are neither IANA's nor a city's. */
const foreignNames: Readonly<Record<string, string>> = {
  z: 'UTC',
  'coordinated universal time': 'UTC',
  'greenwich mean time': 'Europe/London',
  'tzone://microsoft/utc': 'UTC',
  eastern: 'America/New_York',
  central: 'America/Chicago',
  mountain: 'America/Denver',
  pacific: 'America/Los_Angeles',
  alaskan: 'America/Anchorage',
  alaska: 'America/Anchorage',
  hawaiian: 'Pacific/Honolulu',
  hawaii: 'Pacific/Honolulu',
  atlantic: 'America/Halifax',
  newfoundland: 'America/St_Johns',
  arizona: 'America/Phoenix',
  indiana: 'America/Indiana/Indianapolis',
  'western europe': 'Europe/London',
  'w. europe': 'Europe/Berlin',
  'western/central europe': 'Europe/Berlin',
  'central europe': 'Europe/Budapest',
  'central european': 'Europe/Warsaw',
  romance: 'Europe/Paris',
  'e. europe': 'Europe/Chisinau',
  cest: 'CET',
  eest: 'EET',
  west: 'WET',
  bst: 'Europe/London',
  edt: 'America/New_York',
  cst: 'America/Chicago',
  cdt: 'America/Chicago',
  mdt: 'America/Denver',
  pst: 'America/Los_Angeles',
  pdt: 'America/Los_Angeles',
  jst: 'Asia/Tokyo',
  ist: 'Asia/Kolkata',
}

/** Of a display name; the longest of Windows has six. */
const citiesMax = 8

/** Each TZID comes with every event of a calendar. */
const readsMax = 1000
const reads = new Map<string, ZoneId | null>()

/** The zone that somebody means by `name`; null if nobody knows. */
export function zoneOfName(name: string): ZoneId | null {
  if (name.length > nameCharsMax) return null
  const known = reads.get(name)
  if (known !== undefined) return known
  const zone = read(name)
  keepLatest(reads, name, zone, readsMax)
  return zone
}

function read(name: string): ZoneId | null {
  const clean = name
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()
  const own = ownRules(clean)
  if (own !== null) return rulesZone(own.bytes)
  for (const reading of readings(clean)) {
    const zone = iana(reading) ?? iana(ianaOfWindows(reading) ?? '') ?? iana(foreignNames[reading.toLowerCase()] ?? '')
    if (zone !== null) return zone
  }
  return displayed(clean) ?? plainOffset(clean)
}

/** The name as the runtime spells it; aliases stay what they are (Europe/Kiev, Europe/Kyiv). Its own `+02:00` is no name of IANA. */
function iana(name: string): ZoneId | null {
  if (!/^[A-Za-z]/.test(name) || !isIana(name)) return null
  return new Temporal.ZonedDateTime(0n, name).timeZoneId as ZoneId
}

/** What a name may be meant as, the likeliest first. */
function* readings(name: string): Iterable<string> {
  yield name
  // /freeassociation.sourceforge.net/Tzfile/Europe/Berlin, /mozilla.org/20050126_1/America/Argentina/Buenos_Aires
  const segments = name.replaceAll('\\', '/').replaceAll(' ', '_').split('/')
  for (const count of [3, 2, 1]) if (segments.length > count) yield segments.slice(-count).join('/')
  // US-Eastern, Europe-Berlin: the first programs of Mozilla.
  yield name.replace('-', '/')
  // Eastern Standard Time (Mexico) 1; Eastern Time (US & Canada); Customized names of Exchange with a number behind.
  const bare = name.replace(/^\([^)]*\)\s*/, '').replace(/\s+\d+$/, '')
  yield bare
  yield bare.replace(/\s*\(.*\)$/, '')
  yield bare.replace(/\s*\(.*\)$/, '').replace(/\s+(standard |daylight |summer )?time$/i, '')
}

/** `(UTC+01:00) Amsterdam, Berlin, Bern, Rome`: the first city that has a zone which is so far from UTC in winter. */
function displayed(name: string): ZoneId | null {
  const match = /^\((?:UTC|GMT)\s*([+-]\d{1,2}[:.]\d{2})?\)\s*(.*)$/i.exec(name)
  if (match === null) return null
  const [, offset = '+00:00', cities = ''] = match
  for (const city of cities.split(/[,/;]/).slice(0, citiesMax)) {
    const zone = zoneOfCity(city)
    if (zone !== null && winterOffset(zone) === minutesOf(offset)) return zone
  }
  return null
}

/** The zone of a city, whatever continent it lies in, by its name of today or of long ago (Kolkata, Calcutta). */
function zoneOfCity(city: string): ZoneId | null {
  const spelling = city.trim().replaceAll('.', '').replaceAll(' ', '_')
  continents ??= new Set(Intl.supportedValuesOf('timeZone').map((zone) => zone.split('/')[0] ?? zone))
  for (const continent of continents) {
    const zone = iana(`${continent}/${spelling}`)
    if (zone !== null) return zone
  }
  return null
}

let continents: ReadonlySet<string> | null = null

/** Minutes east of Greenwich: the smaller of January and July, in a year like any other. */
function winterOffset(zone: ZoneId): number {
  return Math.min(offsetAt(zone, Date.UTC(2024, 0, 1)), offsetAt(zone, Date.UTC(2024, 6, 1))) / minute
}

/** `UTC+2`, `GMT -0500`, `+01:00`, `(UTC+03:00)`: so many hours, always. */
function plainOffset(name: string): ZoneId | null {
  const match = /^\(?(?:UTC|GMT)?\s*([+-]\d{1,2}(?:[:.]?\d{2})?)\)?$/i.exec(name)
  if (match === null) return null
  const minutes = minutesOf(match[1] ?? '')
  return Math.abs(minutes) < 24 * 60 ? zoneOfRules({ standard: minutes, daylight: null }) : null
}

function minutesOf(offset: string): number {
  const [, sign = '+', hours = '0', minutes = '0'] = /^([+-])(\d{1,2})[:.]?(\d{2})?$/.exec(offset) ?? []
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
}
