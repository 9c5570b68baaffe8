// Properties that are one text each, and those that list texts.
import type { Contact } from '../../model/contact.ts'
import { htmlToText } from '../html-text.ts'
import { listOf, unescaped } from './escape.ts'
import { isPlain, take, typesOf, type Laid, type PropertyReader } from './reading.ts'

/** More than anybody writes into one line; notes may be longer. */
const textCharsMax = 32 * 1024

type TextField = Exclude<{ [Key in keyof Contact]-?: Contact[Key] extends string ? Key : never }[keyof Contact], 'uid'>

/** A property that is one text. `types`: those that say nothing new. */
export function text(field: TextField, ...types: readonly string[]): PropertyReader {
  return (line, reading) => {
    const value = unescaped(line.value).slice(0, textCharsMax)
    if (value.trim() === '') return 'dropped'
    const place = take(reading, field)
    if (place === null) return 'foreign'
    reading.draft[field] = value
    return { place, plain: isPlain(line, ...types) }
  }
}

/** A property by which others say what we write under another name: theirs goes out again. */
export function theirs(reader: PropertyReader): PropertyReader {
  return (line, reading): Laid => {
    const laid = reader(line, reading)
    return typeof laid === 'object' && 'place' in laid ? { place: laid.place, plain: false } : laid
  }
}

export const nickname: PropertyReader = (line, reading) => {
  const names = listOf(line.value)
  if (names.length <= 1) return text('nickName')(line, reading)
  const laid = take(reading, 'nickName')
  if (laid === null) return 'foreign'
  reading.draft.nickName = names.join(', ')
  return { place: laid, plain: false }
}

export const categories: PropertyReader = (line, reading) => {
  const names = listOf(line.value).map((name) => name.trim())
  if (names.length === 0) return 'dropped'
  reading.draft.categories = [...new Set([...reading.draft.categories, ...names])]
  return { place: 'categories', plain: isPlain(line) }
}

export const note: PropertyReader = (line, reading) => {
  const value = unescaped(line.value)
  if (value.trim() === '') return 'dropped'
  if (take(reading, 'text') === null) return 'foreign'
  reading.draft.text = { type: 1, text: value }
  return { place: 'text', plain: isPlain(line) }
}

/** Notes in HTML, as Outlook writes them (read last): the NOTE beside them says the same in plain text, or they are something else. */
export const richNote: PropertyReader = (line, reading) => {
  const value = unescaped(line.value)
  const isHtml = line.parameters.get('fmttype')?.[0]?.toLowerCase() === 'text/html'
  const plain = reading.draft.text
  if (!isHtml || value.trim() === '' || plain?.type === 2) return 'foreign'
  if (plain !== null && htmlToText(value).trim() !== plain.text.trim()) return 'foreign'
  reading.draft.text = { type: 2, text: value }
  return { place: 'text', plain: true }
}

export const child: PropertyReader = (line, reading) => {
  const value = unescaped(line.value).slice(0, textCharsMax)
  if (value.trim() === '') return 'dropped'
  reading.draft.children = [...reading.draft.children, value]
  return { place: 'children', plain: isPlain(line, 'child') }
}

/** RELATED of 4.0 says by its type who somebody is; most of them have no place, and an address of a card is nobody's name. */
export const related: PropertyReader = (line, reading) => {
  if (line.parameters.get('value')?.[0]?.toLowerCase() !== 'text') return 'foreign'
  const types = typesOf(line)
  if (types.has('spouse')) return text('spouse', 'spouse')(line, reading)
  return types.has('child') ? child(line, reading) : 'foreign'
}

const relations: Readonly<Record<string, PropertyReader>> = {
  spouse: text('spouse'),
  manager: text('managerName'),
  assistant: text('assistantName'),
  child,
}

/** Apple says by a label who somebody is. */
export const labelled: PropertyReader = (line, reading) => {
  const relation = line.group === null ? undefined : relations[reading.labels.get(line.group) ?? '']
  return relation === undefined ? 'foreign' : relation(line, reading)
}

export const weightedRank: PropertyReader = (line, reading) => {
  const value = Number(line.value)
  if (line.value.trim() === '' || !Number.isSafeInteger(value)) return 'dropped'
  reading.draft.weightedRank = value
  return { place: 'weightedRank', plain: true }
}

export const uid: PropertyReader = (line, reading) => {
  const value = unescaped(line.value).trim()
  if (value === '' || value.length > textCharsMax) return 'dropped'
  reading.draft.uid = value
  return { place: 'uid', plain: true }
}
