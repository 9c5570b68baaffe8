// What Windows calls the zones of IANA, and the other way round.
import { findWindows, WINDOWS_TO_IANA_MAP } from 'windows-iana'
import type { ZoneId } from '../../model/zone.ts'
import { isIana } from './clock.ts'

/** Names that Windows had once, or has beside its own; CLDR, from which windows-iana is made, lists them no more. */
const others: Readonly<Record<string, string>> = {
  'Kamchatka Standard Time': 'Asia/Kamchatka',
  'Mid-Atlantic Standard Time': 'Etc/GMT+2',
  'Mexico Standard Time': 'America/Mexico_City',
  'Mexico Standard Time 2': 'America/Chihuahua',
  'Armenian Standard Time': 'Asia/Yerevan',
}

/** The territory that stands for the world: the zone that a Windows name means where nobody says in which country. */
const world = '001'

/** How many zones of IANA a Windows name covers: by it the better known one is taken where several go by the same rules. */
const sizes = new Map<string, number>()
const ianaNames = new Map(Object.entries(others).map(([windows, iana]) => [windows.toLowerCase(), iana]))
for (const { windowsName, territory, iana } of WINDOWS_TO_IANA_MAP) {
  sizes.set(windowsName, (sizes.get(windowsName) ?? 0) + iana.length)
  const [first] = iana
  if (territory === world && first !== undefined) ianaNames.set(windowsName.toLowerCase(), first)
}

/** Where more people live than where a name covers more places. */
const crowded = ['Australia/Sydney']

/** The IANA zone of a Windows name in any case, in summer or winter; null if Windows has no such name. */
export function ianaOfWindows(name: string): string | null {
  return ianaNames.get(name.toLowerCase().replace(/ daylight time$/, ' standard time')) ?? null
}

/** The Windows name of a zone; null if it has none. */
export function windowsName(zone: ZoneId): string | null {
  if (!isIana(zone)) return null
  const [found] = findWindows(zone)
  if (found !== undefined) return found
  // windows-iana lacks the younger names (Europe/Kyiv). The runtime knows which zone they are.
  return findWindows(new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone)[0] ?? null
}

/**
 * The zones that a blob without a name may mean, the better known first: those that stand for a Windows name, the most widespread first;
 * then all others.
 */
export function zonesByRenown(): readonly ZoneId[] {
  const standing = WINDOWS_TO_IANA_MAP.filter(({ territory }) => territory === world)
    .toSorted((a, b) => (sizes.get(b.windowsName) ?? 0) - (sizes.get(a.windowsName) ?? 0))
    .flatMap(({ iana }) => iana)
  // Of zones that never change their clocks none is more likely than another: Etc/GMT-3 claims no country.
  const plain = Array.from({ length: 27 }, (_, index) => index - 12).map((hours) => (hours === 0 ? 'UTC' : plainZone(hours)))
  const all = [...plain, ...crowded, ...standing, ...Intl.supportedValuesOf('timeZone')]
  return [...new Set(all)].filter(isIana) as ZoneId[]
}

/** The zone of IANA that is always so many hours east of Greenwich; its sign counts west. */
export function plainZone(hours: number): string {
  return hours === 0 ? 'UTC' : `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`
}
