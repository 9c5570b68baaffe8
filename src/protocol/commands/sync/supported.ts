// Supported (MS-ASCMD 2.2.3.179): the elements that the device says it knows; those that it does not name stay as they are.
import type { Supported } from '../../../model/collection.ts'
import { AirSync } from '../../../wbxml/pages.ts'
import { container, emptyOr, type Infer } from '../../../wbxml/schema.ts'
import { flagsOf, namesIn } from '../../element-names.ts'

const flags = flagsOf('Calendar', 'Contacts', 'Contacts2', 'Tasks', 'Notes', 'Email', 'AirSyncBase')

export const SupportedElements = emptyOr(container(AirSync.Supported, flags))

/** As the collection remembers it: null where nothing was said, none where the element is empty. */
export function supportedOf(elements: Infer<typeof SupportedElements> | null | undefined): Supported {
  return elements === undefined ? null : namesIn(elements)
}
