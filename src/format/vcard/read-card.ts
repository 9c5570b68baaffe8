// A card as a contact: every line finds its place, or is kept.
import { createHash } from 'node:crypto'
import type { Contact } from '../../model/contact.ts'
import type { ForeignProperty } from '../../model/record.ts'
import { formattedName } from '../contact.ts'
import { speakable } from '../text.ts'
import { binaryOf } from './binary.ts'
import type { CardLine, RawCard } from './line.ts'
import { propertyReaders } from './properties.ts'
import { isUntyped } from './read-place.ts'
import { besideParameter, boundTo, emptyDraft, foreignOf, placeParameter, type Laid, type Reading } from './reading.ts'

/** What is kept of one card, characters: a certificate or a logo fits, a film does not. It is read whenever the contact is. */
const foreignCharsMax = 128 * 1024
/** One value that is not a picture: notes of a book's length. */
const valueCharsMax = 4 * 1024 * 1024

export interface ReadCard {
  readonly contact: Contact
  /** The picture's bytes; none where there is no picture. */
  readonly source: Uint8Array
}

const isLabel = (line: CardLine) => line.group !== null && line.name.startsWith('x-ab') && !(line.name in propertyReaders)

/** Apple writes `_$!<Spouse>!$_` for a label that it translates. */
function labelsOf(lines: readonly CardLine[]): Map<string, string> {
  const labels = new Map<string, string>()
  for (const { group, name, value } of lines) {
    if (group !== null && name === 'x-ablabel') labels.set(group, value.replace(/^_\$!<(.*)>!\$_$/, '$1').toLowerCase())
  }
  return labels
}

/** Lines whose meaning depends on others come behind them. */
function turnOf(line: CardLine): number {
  if (line.name === 'x-alt-desc') return 2
  return isUntyped(line) ? 1 : 0
}

/** FN where N says nothing: a firm, a group, or a person whose last word is the name of the family. */
function takeNames({ draft, formattedName: full, kind, taken }: Reading): void {
  if (taken.has('name') || full === '' || full === formattedName(draft).trim()) return
  if (kind === 'org' && draft.companyName === '') draft.companyName = full
  else if (kind === 'group') draft.lastName = full
  else {
    const space = full.lastIndexOf(' ')
    draft.firstName = space === -1 ? full : full.slice(0, space).trim()
    draft.lastName = space === -1 ? '' : full.slice(space + 1)
  }
}

/** Who wrote a card, and when: Outlook does not name its cards, and says this anew in each export. */
const restless = new Set(['rev', 'prodid'])

/** A name of its own for a card without one: the same card read again has the same. */
function uidOf(lines: readonly CardLine[]): string {
  const hash = createHash('sha256')
  for (const { name, value } of lines) if (!restless.has(name)) hash.update(`${name}:${value}\n`)
  const hex = hash.digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function layAll(lines: readonly CardLine[], reading: Reading): Map<CardLine, Laid> {
  const laid = new Map<CardLine, Laid>()
  for (const line of lines.toSorted((one, other) => turnOf(one) - turnOf(other))) {
    if (isLabel(line)) continue
    const reader = Object.hasOwn(propertyReaders, line.name) ? propertyReaders[line.name] : undefined
    laid.set(line, reader === undefined ? (line.value === '' ? 'dropped' : 'foreign') : reader(line, reading))
  }
  // A label says something about what its group is.
  const groups = Map.groupBy(
    lines.filter((line) => !isLabel(line)),
    ({ group }) => group,
  )
  for (const line of lines.filter(isLabel)) {
    const mates = (groups.get(line.group) ?? []).map((one) => laid.get(one))
    const place = mates.flatMap((one) => (typeof one === 'object' && 'place' in one ? [one.place] : []))[0]
    laid.set(line, place === undefined || mates.includes('foreign') ? 'foreign' : { beside: place })
  }
  return laid
}

/** What is kept of a line; null for nothing. */
function keptOf(line: CardLine, laid: Laid | undefined, { formattedName: full }: Reading, contact: Contact): ForeignProperty | null {
  if (laid === undefined || laid === 'dropped') return null
  if (laid === 'foreign') return foreignOf(line)
  if ('beside' in laid) return boundTo(foreignOf(line), besideParameter, laid.beside, contact)
  // What is HTML now was made plain for the NOTE.
  if (laid.place === 'text' && contact.text?.type === 2) return null
  const isPlain = laid.plain || (laid.place === 'formattedName' && full === formattedName(contact).trim())
  return isPlain ? null : boundTo(foreignOf(line), placeParameter, laid.place, contact)
}

function cleaned(line: CardLine): CardLine | null {
  if (binaryOf(line) !== null) return line
  return line.value.length > valueCharsMax ? null : { ...line, value: speakable(line.value) }
}

/** The contact that a card describes. */
export function readCard({ lines: raw }: RawCard): ReadCard {
  const lines = raw.flatMap((line) => cleaned(line) ?? [])
  const reading: Reading = { draft: emptyDraft(), taken: new Set(), labels: labelsOf(lines), picture: null, formattedName: '', kind: '' }
  const laid = layAll(lines, reading)
  takeNames(reading)
  const { draft, picture } = reading
  if (draft.uid === '') draft.uid = uidOf(lines)
  draft.picture = picture === null ? null : { start: 0, end: picture.length }
  let chars = 0
  const kept = lines
    .map((line) => keptOf(line, laid.get(line), reading, draft))
    .filter((property) => property !== null)
    .filter((property) => (chars += JSON.stringify(property).length) <= foreignCharsMax)
  const contact: Contact = { ...draft, foreign: kept.length === 0 ? null : { properties: kept, components: [] } }
  return { contact, source: picture ?? new Uint8Array(0) }
}
