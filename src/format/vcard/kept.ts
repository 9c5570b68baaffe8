// What was kept of the card that a contact came from, as lines: as long as nobody wrote in its places since.
import type { Contact } from '../../model/contact.ts'
import type { ForeignProperty } from '../../model/record.ts'
import { binaryOf, writeBinary } from './binary.ts'
import { markOf, type Place } from './place.ts'
import { besideParameter, markParameter, placeParameter } from './reading.ts'
import type { CardVersion, OutLine } from './write-line.ts'

export interface Kept {
  /** In the place of what would be written anew. */
  readonly byPlace: ReadonlyMap<Place, readonly OutLine[]>
  /** Beside everything else. */
  readonly others: readonly OutLine[]
}

const own: ReadonlySet<string> = new Set([placeParameter, besideParameter, markParameter, 'group', 'x-place'])

/** Names that their makers write in their own way, and may look for in it. */
const spellings: Readonly<Record<string, string>> = { 'x-ablabel': 'X-ABLabel', 'x-abshowas': 'X-ABShowAs', 'x-abadr': 'X-ABADR' }

function valuesOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}

/** Whoever is preferred is so by a type in 3.0, and by a number of its own in 4.0 (RFC 6350 5.3). */
function preference(parameters: readonly (readonly [string, ...string[]])[], version: CardVersion): (readonly [string, ...string[]])[] {
  const isPreferred = parameters.some(
    ([name, ...values]) => (name === 'PREF' && values[0] === '1') || (name === 'TYPE' && values.some((value) => /^pref$/i.test(value))),
  )
  const rest = parameters.flatMap(([name, ...values]): (readonly [string, ...string[]])[] => {
    if (name === 'PREF') return version === '4.0' ? [[name, ...values]] : []
    const others = name === 'TYPE' ? values.filter((value) => !/^pref$/i.test(value)) : values
    return others.length === 0 && values.length > 0 ? [] : [[name, ...others]]
  })
  if (!isPreferred) return rest
  if (version === '4.0') return rest.some(([name]) => name === 'PREF') ? rest : [...rest, ['PREF', '1']]
  return [...rest, ['TYPE', 'PREF']]
}

function lineOf([name, parameters, , value]: ForeignProperty, version: CardVersion): OutLine {
  const [group] = valuesOf(parameters['group'])
  const text = typeof value === 'string' ? value : ''
  const said = Object.entries(parameters)
    .filter(([parameter]) => !own.has(parameter))
    .map(([parameter, values]): readonly [string, ...string[]] => [parameter.toUpperCase(), ...valuesOf(values)])
  const written = spellings[name] ?? name.toUpperCase()
  const binary = binaryOf({ group: null, name, parameters: new Map(), value: text })
  if (binary === null || version === '4.0') return { group, name: written, parameters: preference(said, version), value: text }
  // 3.0 knows no data: address; a type that was said stands for the one we would say.
  const bytes = writeBinary(binary, version)
  const hasType = said.some(([parameter]) => parameter === 'TYPE')
  const others = said.filter(([parameter]) => parameter !== 'VALUE')
  const added = bytes.parameters.filter(([parameter]) => parameter !== 'TYPE' || !hasType)
  return { group, name: written, parameters: [...preference(others, version), ...added], value: bytes.value }
}

/** The lines that still hold. */
export function keptLines(contact: Contact, version: CardVersion): Kept {
  const byPlace = new Map<Place, OutLine[]>()
  const others: OutLine[] = []
  for (const property of contact.foreign?.properties ?? []) {
    const parameters = property[1]
    const [place] = valuesOf(parameters[placeParameter])
    const [beside] = valuesOf(parameters[besideParameter])
    const [mark] = valuesOf(parameters[markParameter])
    const bound = place ?? beside
    if (bound !== undefined && markOf(contact, bound) !== mark) continue
    const line = lineOf(property, version)
    if (place === undefined) others.push(line)
    else byPlace.set(place, [...(byPlace.get(place) ?? []), line])
  }
  return { byPlace, others }
}
