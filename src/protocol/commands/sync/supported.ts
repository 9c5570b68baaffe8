// Supported (MS-ASCMD 2.2.3.179): the elements that the device says it knows; those that it does not name stay as they are.
import type { Supported } from '../../../model/collection.ts'
import { AirSync, allTags, tagNamed, type Tag } from '../../../wbxml/pages.ts'
import { as, container, emptyOr, flag, type Infer } from '../../../wbxml/schema.ts'

/** Pages whose elements can be named. */
const pages: ReadonlySet<string> = new Set(['Calendar', 'Contacts', 'Contacts2', 'Tasks', 'Notes', 'Email', 'AirSyncBase'])

const nameOf = ({ namespace, name }: Tag) => `${namespace}:${name}`

/** One flag per element, under the name with its page: pages share names. */
const flags = allTags()
  .filter(({ namespace }) => pages.has(namespace))
  .map((tag) => as(nameOf(tag), flag(tag)))

export const SupportedElements = emptyOr(container(AirSync.Supported, flags))

/** As the collection remembers it: null where nothing was said, none where the element is empty. */
export function supportedOf(elements: Infer<typeof SupportedElements> | null | undefined): Supported {
  if (elements === undefined) return null
  return Object.entries(elements ?? {}).flatMap(([name, isNamed]) => (isNamed && tagNamed(name) !== undefined ? [name] : []))
}
