// Time zones: every zone of IANA through the 172 bytes and back, the edges of summer time, names of all origins.
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blobOf, dayOf, instantOf, localOf, startOfDay, zoneNamed, zoneOfBlob, zoneOfRules } from '../../src/format/time-zone.ts'
import { readBlob, writeBlob } from '../../src/format/time-zone/blob.ts'
import { offsetAt } from '../../src/format/time-zone/clock.ts'
import { stretchOfRules } from '../../src/format/time-zone/rules.ts'
import type { ZoneId } from '../../src/model/zone.ts'

const hour = 3_600_000
const day = 24 * hour
const zone = (name: string) => zoneNamed(name) ?? expect.unreachable(`there is no ${name}`)
const at = (iso: string) => Temporal.Instant.from(iso).epochMilliseconds
const zones = Intl.supportedValuesOf('timeZone').map(zone)
const iso = (instant: number) => Temporal.Instant.fromEpochMilliseconds(instant).toString()

/** The changes of a zone's clocks in ten years, as the runtime tells them. */
function changes(name: ZoneId): number[] {
  const found: number[] = []
  const end = at('2036-01-01T00:00Z')
  let next = Temporal.Instant.from('2026-01-01T00:00Z').toZonedDateTimeISO(name).getTimeZoneTransition('next')
  while (next !== null && next.epochMilliseconds < end) {
    found.push(next.epochMilliseconds)
    next = next.getTimeZoneTransition('next')
  }
  return found
}

const told = (blob: Uint8Array, instant: number) => stretchOfRules(readBlob(blob).rules, instant).offset
const unnamed = (blob: Uint8Array) => Uint8Array.from(blob).fill(0, 4, 68).fill(0, 88, 152)

describe('every zone of IANA, at every change of its clocks in ten years', () => {
  const edges = [-2 * day, -hour, -1, 0, hour, 2 * day]
  const instants = zones.flatMap((name) =>
    [at('2026-01-15T12:00Z'), at('2031-07-15T12:00Z'), ...changes(name).flatMap((change) => edges.map((edge) => change + edge))].map(
      (instant): [ZoneId, number] => [name, instant],
    ),
  )

  it('is told by 172 bytes that hold at the instant', () => {
    const wrong = instants.filter(([name, instant]) => told(blobOf(name, instant), instant) !== offsetAt(name, instant))
    expect(wrong.map(([name, instant]) => `${name} ${iso(instant)}`)).toEqual([])
  })

  it('is found again by itself where it is known', () => {
    const wrong = instants.filter(([name, instant]) => zoneOfBlob(unnamed(blobOf(name, instant)), instant, [name]) !== name)
    expect(wrong.map(([name, instant]) => `${name} ${iso(instant)}`)).toEqual([])
  })

  it('is found again as a zone with the same clocks where nothing is known', () => {
    const wrong = instants.filter(([name, instant]) => {
      const found = zoneOfBlob(unnamed(blobOf(name, instant)), instant, [])
      return offsetAt(found, instant) !== offsetAt(name, instant)
    })
    expect(wrong.map(([name, instant]) => `${name} ${iso(instant)}`)).toEqual([])
  })

  it('keeps its days of all-day events, also where midnight is jumped over', () => {
    const wrong = instants.filter(([name, instant]) => {
      const date = Math.floor(instant / day) * day
      const found = zoneOfBlob(blobOf(name, instant), instant, [])
      return dayOf(name, startOfDay(name, date)) !== date || dayOf(found, startOfDay(found, date)) !== date
    })
    expect(wrong.map(([name, instant]) => `${name} ${iso(instant)}`)).toEqual([])
  })
})

describe('the clocks of a zone', () => {
  const anyZone = fc.constantFrom(...zones)
  const anyInstant = fc.integer({ min: at('1975-01-01T00:00Z'), max: at('2099-01-01T00:00Z') })

  it('are what the runtime says, at any time', () => {
    fc.assert(
      fc.property(anyZone, anyInstant, (name, instant) => {
        expect(localOf(name, instant).toString()).toBe(
          Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(name).toPlainDateTime().toString(),
        )
      }),
      { numRuns: 2000 },
    )
  })

  it('are read the first time where they show a time twice, and later where they never show it', () => {
    fc.assert(
      fc.property(anyZone, fc.integer({ min: 0, max: 20 * 365 * 24 * 2 }), (name, halfHours) => {
        const local = Temporal.PlainDateTime.from('2015-01-01T00:00').add({ minutes: 30 * halfHours })
        expect(instantOf(name, local)).toBe(local.toZonedDateTime(name, { disambiguation: 'compatible' }).epochMilliseconds)
      }),
      { numRuns: 3000 },
    )
    const gap = Temporal.PlainDateTime.from('2026-03-29T02:30')
    expect(iso(instantOf(zone('Europe/Berlin'), gap))).toBe('2026-03-29T01:30:00Z')
    expect(iso(instantOf(zone('Europe/Berlin'), Temporal.PlainDateTime.from('2026-10-25T02:30')))).toBe('2026-10-25T00:30:00Z')
  })

  it('make a day begin at one where midnight is jumped over', () => {
    expect(iso(startOfDay(zone('Africa/Cairo'), at('2027-04-30T00:00Z')))).toBe('2027-04-29T22:00:00Z')
    expect(localOf(zone('Africa/Cairo'), at('2027-04-29T22:00:00Z')).toString()).toBe('2027-04-30T01:00:00')
  })

  it('go by UTC in a zone that only a later release knows', () => {
    expect(localOf('Mars/Olympus_Mons' as ZoneId, 0).toString()).toBe('1970-01-01T00:00:00')
    expect(blobOf('Mars/Olympus_Mons' as ZoneId, 0).length).toBe(172)
  })
})

describe('the 172 bytes', () => {
  const rows: [string, string, string][] = [
    ['Europe/Berlin', '2026-11-27T12:00Z', '60 to 120, from month 3 week 5 day 0 2:00 to month 10 week 5 day 0 3:00'],
    ['America/New_York', '2026-11-27T12:00Z', '-300 to -240, from month 3 week 2 day 0 2:00 to month 11 week 1 day 0 2:00'],
    ['Europe/Dublin', '2026-07-01T12:00Z', '0 to 60, from month 3 week 5 day 0 1:00 to month 10 week 5 day 0 2:00'],
    ['America/Santiago', '2026-07-01T12:00Z', '-240 to -180, from month 9 week 1 day 6 24:00 to month 4 week 1 day 6 24:00'],
    ['America/Santiago', '2027-01-01T12:00Z', '-240 to -180, from month 9 week 1 day 6 24:00 to month 4 week 1 day 6 24:00'],
    ['Australia/Lord_Howe', '2027-01-01T12:00Z', '630 to 660, from month 10 week 1 day 0 2:00 to month 4 week 1 day 0 2:00'],
    ['Africa/Cairo', '2027-01-01T12:00Z', '120 to 180, from month 4 week 5 day 5 0:00 to month 10 week 5 day 4 24:00'],
    ['Asia/Kathmandu', '2027-01-01T12:00Z', '345 always'],
    ['Asia/Kolkata', '2027-01-01T12:00Z', '330 always'],
    ['Pacific/Kiritimati', '2027-01-01T12:00Z', '840 always'],
    // Morocco's clocks go back for the month of fasting.
    ['Africa/Casablanca', '2025-03-10T12:00Z', '0 to 60, from month 4 week 1 day 0 2:00 to month 2 week 5 day 0 3:00'],
    // Brazil had summer time until 2019, Turkey until 2016, and went on by it.
    ['America/Sao_Paulo', '2018-12-01T12:00Z', '-180 to -120, from month 11 week 1 day 0 0:00 to month 2 week 3 day 0 0:00'],
    ['America/Sao_Paulo', '2020-12-01T12:00Z', '-180 always'],
    ['Europe/Istanbul', '2015-12-30T12:00Z', '120 to 180, from month 3 week 5 day 0 3:00 to month 11 week 2 day 0 4:00'],
    ['Europe/Istanbul', '2016-12-30T12:00Z', '180 always'],
  ]

  it.each(rows)('of %s at %s say %s', (name, instant, words) => {
    expect(spoken(blobOf(zone(name), at(instant)))).toBe(words)
  })

  it('are, byte for byte, what Windows writes', () => {
    const blob = Buffer.from(blobOf(zone('America/Los_Angeles'), at('2026-07-01T00:00Z')))
    // MS-ASDTYPE 2.7.6: the bias of the Pacific coast is 480.
    expect(blob.readInt32LE(0)).toBe(480)
    expect(blob.subarray(4, 68).toString('utf16le').replaceAll('\0', '')).toBe('Pacific Standard Time')
    expect(blob.subarray(68, 84).toString('hex')).toBe('00000b00000001000200000000000000')
    expect(blob.readInt32LE(84)).toBe(0)
    expect(blob.subarray(88, 152).toString('utf16le').replaceAll('\0', '')).toBe('Pacific Daylight Time')
    expect(blob.subarray(152, 168).toString('hex')).toBe('00000300000002000200000000000000')
    expect(blob.readInt32LE(168)).toBe(-60)
  })

  it('bear a name only where clients that go by the name come to the same', () => {
    // British Columbia left the Pacific time of Windows in 2026.
    expect(readBlob(blobOf(zone('America/Vancouver'), at('2025-07-01T00:00Z'))).names[0]).toBe('Pacific Standard Time')
    expect(readBlob(blobOf(zone('America/Vancouver'), at('2027-07-01T00:00Z'))).names[0]).toBe('America/Vancouver')
    expect(readBlob(blobOf(zone('Europe/Kyiv'), at('2027-07-01T00:00Z'))).names[0]).toBe('FLE Standard Time')
    expect(readBlob(blobOf(zone('America/Argentina/ComodRivadavia'), at('2027-07-01T00:00Z'))).names[0]).toBe('Argentina Standard Time')
  })

  it('mean the zone of the event or mailbox first, then the one they name, then the best known', () => {
    const instant = at('2026-07-01T12:00Z')
    const named = blobOf(zone('Europe/Paris'), instant)
    expect(zoneOfBlob(named, instant, [zone('America/New_York'), zone('Europe/Vienna')])).toBe('Europe/Vienna')
    expect(zoneOfBlob(named, instant, [zone('America/New_York')])).toBe('Europe/Paris')
    expect(zoneOfBlob(unnamed(named), instant, [zone('America/New_York')])).toBe('Europe/Berlin')
    expect(zoneOfBlob(unnamed(blobOf(zone('Australia/Melbourne'), instant)), instant, [])).toBe('Australia/Sydney')
    expect(zoneOfBlob(new Uint8Array(172), instant, [])).toBe('UTC')
    expect(zoneOfBlob(writeBlob({ standard: 180, daylight: null }, '', ''), instant, [])).toBe('Etc/GMT-3')
    expect(zoneOfBlob(writeBlob({ standard: 180, daylight: null }, 'Arab Standard Time', ''), instant, [])).toBe('Asia/Riyadh')
  })

  it('are not believed by their name alone', () => {
    const instant = at('2026-07-01T12:00Z')
    const rules = readBlob(blobOf(zone('America/New_York'), instant)).rules
    const blob = writeBlob(rules, 'W. Europe Standard Time', 'W. Europe Daylight Time')
    expect(zoneOfBlob(blob, instant, [zone('Europe/Berlin')])).toBe('America/New_York')
    expect(zoneOfBlob(writeBlob(rules, 'Mitteleuropäische Zeit', 'Sommerzeit'), instant, [])).toBe('America/New_York')
  })

  it('mean a zone by its rules of today, whatever it did when the event was', () => {
    const today = blobOf(zone('America/New_York'), at('2026-07-01T12:00Z'))
    expect(zoneOfBlob(today, at('2004-07-01T12:00Z'), [zone('America/New_York')])).toBe('America/New_York')
    expect(zoneOfBlob(unnamed(today), at('2004-07-01T12:00Z'), [])).toBe('America/New_York')
  })

  it('mean a zone where they are a week off and it is the one they name', () => {
    const { rules } = readBlob(blobOf(zone('Asia/Jerusalem'), at('2029-07-01T12:00Z')))
    if (rules.daylight === null) return expect.unreachable()
    // Windows says the last Friday; in 2029 it is the one before.
    const simple = { ...rules, daylight: { ...rules.daylight, begins: { ...rules.daylight.begins, week: 5 } } }
    const instant = at('2029-07-01T12:00Z')
    expect(zoneOfBlob(writeBlob(simple, 'Israel Standard Time', ''), instant, [])).toBe('Asia/Jerusalem')
    expect(zoneOfBlob(writeBlob(simple, '', ''), instant, [zone('Asia/Jerusalem')])).toBe('Asia/Jerusalem')
  })

  it('mean a zone of their own where no zone of IANA does the like, and come back unchanged', () => {
    const begins = { month: 5, weekday: 3, week: 2, timeOfDay: 4 * hour }
    const ends = { month: 8, weekday: 1, week: 5, timeOfDay: day - 1 }
    const blob = writeBlob({ standard: 95, daylight: { offset: 140, begins, ends } }, 'Nowhere', 'Nowhere in summer')
    const own = zoneOfBlob(blob, at('2026-07-01T12:00Z'), [zone('Europe/Berlin')])
    expect(own).toMatch(/^rules:/)
    expect(blobOf(own, at('2031-01-01T00:00Z'))).toEqual(blob)
    expect(localOf(own, at('2026-07-01T12:00Z')).toString()).toBe('2026-07-01T14:20:00')
    expect(localOf(own, at('2026-12-01T12:00Z')).toString()).toBe('2026-12-01T13:35:00')
    expect(zoneOfBlob(blob, 0, [own])).toBe(own)
    expect(zoneNamed(own)).toBe(own)
  })

  it('are refused in any other number, and where they lie a day or more away from UTC', () => {
    expect(() => zoneOfBlob(new Uint8Array(171), 0, [])).toThrow(RangeError)
    expect(() => zoneOfBlob(new Uint8Array(0), 0, [])).toThrow(RangeError)
    const far = Buffer.alloc(172)
    far.writeInt32LE(1440, 0)
    expect(() => zoneOfBlob(far, 0, [])).toThrow('less than a day away')
  })

  it('never do more than be refused, whatever is in them', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 172, maxLength: 172 }),
        fc.integer({ min: -1500, max: 1500 }),
        fc.integer(),
        (noise, bias, minutes) => {
          const blob = Buffer.from(noise)
          blob.writeInt32LE(bias, 0)
          blob.writeInt32LE(0, 84)
          blob.writeInt32LE(-60, 168)
          for (const [index, most] of [
            [70, 14],
            [72, 7],
            [74, 7],
            [154, 14],
            [156, 7],
            [158, 7],
          ] as const)
            blob.writeUInt16LE((noise[index] ?? 0) % most, index)
          const instant = minutes * 60_000
          try {
            const found = zoneOfBlob(blob, instant, [])
            expect(offsetAt(found, instant)).toBe(told(blob, instant))
            expect(dayOf(found, startOfDay(found, 0))).toBe(0)
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

function spoken(blob: Uint8Array): string {
  const { standard, daylight } = readBlob(blob).rules
  if (daylight === null) return `${standard} always`
  const clock = (milliseconds: number) => `${Math.round(milliseconds / hour)}:00`
  const [from, to] = [daylight.begins, daylight.ends].map(
    ({ month, week, weekday, timeOfDay }) => `month ${month} week ${week} day ${weekday} ${clock(timeOfDay)}`,
  )
  return `${standard} to ${daylight.offset}, from ${from} to ${to}`
}

describe('a name', () => {
  it.each([
    ['europe/berlin', 'Europe/Berlin'],
    ['Europe/Kyiv', 'Europe/Kyiv'],
    ['Europe/Kiev', 'Europe/Kiev'],
    ['UTC', 'UTC'],
    ['Z', 'UTC'],
    ['W. Europe Standard Time', 'Europe/Berlin'],
    ['w. europe daylight time', 'Europe/Berlin'],
    ['Eastern Standard Time (Mexico)', 'America/Cancun'],
    ['"Europe/Paris"', 'Europe/Paris'],
    ['/freeassociation.sourceforge.net/Europe/Berlin', 'Europe/Berlin'],
    ['/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['/mozilla.org/20050126_1/Europe/London', 'Europe/London'],
    ['/citadel.org/20190914_1/America/New_York', 'America/New_York'],
    ['US-Eastern', 'US/Eastern'],
    ['Eastern', 'America/New_York'],
    ['W. Europe', 'Europe/Berlin'],
    ['(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna', 'Europe/Amsterdam'],
    ['(GMT+01.00) Sarajevo / Warsaw / Zagreb', 'Europe/Sarajevo'],
    ['(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi', 'Asia/Kolkata'],
    ['(UTC-05:00) Eastern Time (US & Canada)', 'America/New_York'],
    ['(UTC) Coordinated Universal Time', 'UTC'],
    ['Pacific Time (US & Canada)', 'America/Los_Angeles'],
    ['GMT -0500', 'Etc/GMT+5'],
    ['UTC+2', 'Etc/GMT-2'],
    ['+05:30', 'Asia/Calcutta'],
  ])('%s means %s', (name, meant) => {
    expect(zoneNamed(name)).toBe(meant)
  })

  it.each([
    ['Customized Time Zone'],
    ['tzone://Microsoft/Custom'],
    [''],
    ['/'],
    ['Europe'],
    ['nonsense'],
    ['rules:AAAA'],
    ['(UTC+01:00) Nowhere'],
    ['+99:99'],
    ['x'.repeat(301)],
  ])('%s means nothing', (name) => {
    expect(zoneNamed(name)).toBeNull()
  })

  it('of Windows is known, each of them', async () => {
    const { WINDOWS_TO_IANA_MAP } = await import('windows-iana')
    const unknown = WINDOWS_TO_IANA_MAP.filter(({ windowsName }) => zoneNamed(windowsName) === null)
    expect(unknown).toEqual([])
  })
})

describe('rules alone', () => {
  it('mean the zone that goes by them today', () => {
    const turn = { month: 3, weekday: 0, week: 5, timeOfDay: 2 * hour }
    const rules = { standard: 60, daylight: { offset: 120, begins: turn, ends: { ...turn, month: 10, timeOfDay: 3 * hour } } }
    expect(zoneOfRules(rules)).toBe('Europe/Berlin')
    // What the United States did until 2006.
    const old = { standard: -300, daylight: { offset: -240, begins: { ...turn, month: 4, week: 1 }, ends: { ...turn, month: 10 } } }
    expect(zoneOfRules(old, at('2005-07-01T12:00Z'))).toBe('America/New_York')
    expect(zoneOfRules(old)).toMatch(/^rules:/)
    expect(zoneOfRules({ standard: 61, daylight: null })).toMatch(/^rules:/)
    expect(zoneOfRules({ standard: 0, daylight: null })).toBe('UTC')
  })
})
