// Contacts as a simulated phone writes them: every element with a value of its own, and the list of those a phone says it knows.
import { textFields } from '../../src/protocol/classes/contacts/schema.ts'
import type { PhoneItem } from './phone.ts'
import { el, type Node } from './wire.ts'

/** Elements of one text each, `Page:Element`. */
export const contactTexts = textFields.map(({ tag }) => `${tag.namespace}:${tag.name}`)

/** Elements that can be ghosted (MS-ASCNTC 2.2.2 says so of each): all but Body, Picture, Alias and WeightedRank. */
export const ghostable = [...contactTexts, 'Contacts:Anniversary', 'Contacts:Birthday', 'Contacts:Categories', 'Contacts:Children']

/** A picture of a few bytes, which begins like a JPEG. */
export const portrait = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from('JFIF of a face')])

export const labels = (...names: readonly string[]) =>
  el(
    'Contacts:Categories',
    names.map((name) => el('Contacts:Category', name)),
  )
export const children = (...names: readonly string[]) =>
  el(
    'Contacts:Children',
    names.map((name) => el('Contacts:Child', name)),
  )
export const picture = (bytes: Buffer) => el('Contacts:Picture', bytes.toString('base64'))
export const notes = (text: string, type = 1) => el('AirSyncBase:Body', [el('AirSyncBase:Type', type), el('AirSyncBase:Data', text)])

/** Every element of the class that a phone writes, with values that `mark` makes different. */
export function fullContact(mark = ''): Node[] {
  return [
    ...contactTexts.map((name) => el(name, `${name.split(':')[1]}${mark} é`)),
    el('Contacts:Anniversary', '2001-05-20T12:00:00.000Z'),
    el('Contacts:Birthday', '1980-02-29T12:00:00.000Z'),
    labels(`Friends${mark}`, 'Work'),
    children(`Ema${mark}`, 'Ben'),
    picture(portrait),
    notes(`Met in 2019${mark}`),
  ]
}

/** The text of the notes that a phone shows. */
export function notesOf(item: PhoneItem): string {
  const data = item.nodes.get('AirSyncBase:Body')?.children.find((child) => child.name === 'AirSyncBase:Data')
  return String(data?.value ?? '')
}
