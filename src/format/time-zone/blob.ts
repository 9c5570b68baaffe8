// The 172 bytes of a time zone (MS-ASDTYPE 2.7.6; MS-DTYP TIME_ZONE_INFORMATION), written and read.
import { lastOfDay, type ZoneRules, type ZoneTurn } from './rules.ts'

export const blobBytes = 172

/** The name a zone goes by in Windows, or none; 32 UTF-16 units with a zero at the end. */
const nameUnits = 32

/** What the bytes say. */
export interface ZoneBlob {
  readonly rules: ZoneRules
  /** As they came: empty, in any language, or a name that is known. */
  readonly names: readonly string[]
}

const place = { bias: 0, standardName: 4, standardDate: 68, standardBias: 84, daylightName: 88, daylightDate: 152, daylightBias: 168 }

/** Biases count west of Greenwich: UTC = local time + bias. */
export function writeBlob(rules: ZoneRules, standardName: string, daylightName: string): Uint8Array {
  const bytes = new Uint8Array(blobBytes)
  const view = new DataView(bytes.buffer)
  view.setInt32(place.bias, -rules.standard, true)
  writeName(view, place.standardName, standardName)
  writeName(view, place.daylightName, daylightName)
  if (rules.daylight !== null) {
    writeTurn(view, place.standardDate, rules.daylight.ends)
    writeTurn(view, place.daylightDate, rules.daylight.begins)
    view.setInt32(place.daylightBias, rules.standard - rules.daylight.offset, true)
  }
  return bytes
}

/** Throws RangeError, with a sentence, for what is no time zone. */
export function readBlob(bytes: Uint8Array): ZoneBlob {
  if (bytes.length !== blobBytes) throw new RangeError(`A time zone takes ${blobBytes} bytes, not ${bytes.length}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const bias = view.getInt32(place.bias, true)
  const ends = readTurn(view, place.standardDate)
  const begins = readTurn(view, place.daylightDate)
  const names = [readName(view, place.standardName), readName(view, place.daylightName)].filter((name) => name !== '')
  // Windows passes over StandardBias where there is no StandardDate.
  if (ends === null || begins === null) return { rules: { standard: offsetOf(bias), daylight: null }, names }
  const standard = offsetOf(bias + view.getInt32(place.standardBias, true))
  const offset = offsetOf(bias + view.getInt32(place.daylightBias, true))
  return { rules: { standard, daylight: offset === standard ? null : { offset, begins, ends } }, names }
}

function offsetOf(bias: number): number {
  if (Math.abs(bias) >= 24 * 60) throw new RangeError('A time zone is less than a day away from UTC')
  return bias === 0 ? 0 : -bias
}

function writeTurn(view: DataView, at: number, { month, weekday, week, timeOfDay }: ZoneTurn): void {
  const seconds = Math.floor(timeOfDay / 1000)
  const fields = [0, month, weekday, week, Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, timeOfDay % 1000]
  fields.forEach((field, index) => view.setUint16(at + 2 * index, field, true))
}

/** SYSTEMTIME: month 0 stands for no change; year 0 for every year, and then the day is the nth of its kind. */
function readTurn(view: DataView, at: number): ZoneTurn | null {
  const field = (index: number) => view.getUint16(at + 2 * index, true)
  const [year, month, day] = [field(0), field(1), field(3)]
  if (month === 0 || month > 12 || day === 0 || day > 31) return null
  const timeOfDay = Math.min(((field(4) * 60 + field(5)) * 60 + field(6)) * 1000 + field(7), lastOfDay)
  if (year === 0) return { month, weekday: field(2) % 7, week: Math.min(day, 5), timeOfDay }
  // A date of one year: the rule is what it comes to in others.
  return { month, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay(), week: Math.ceil(day / 7), timeOfDay }
}

function writeName(view: DataView, at: number, name: string): void {
  for (let index = 0; index < Math.min(name.length, nameUnits - 1); index++) view.setUint16(at + 2 * index, name.charCodeAt(index), true)
}

function readName(view: DataView, at: number): string {
  let name = ''
  for (let index = 0; index < nameUnits; index++) {
    const unit = view.getUint16(at + 2 * index, true)
    if (unit === 0) break
    name += String.fromCharCode(unit)
  }
  return name.trim()
}
