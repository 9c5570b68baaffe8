// Property lists as Apple's configuration profiles have them: values to XML, and identifiers that follow from what they are for.
import { createHash } from 'node:crypto'
import { DOMImplementation, XMLSerializer, type Document, type Element } from '@xmldom/xmldom'

export type PropertyValue = string | number | boolean | Uint8Array | Date | readonly PropertyValue[] | PropertyDictionary
export interface PropertyDictionary {
  readonly [key: string]: PropertyValue
}

/** RFC 9562, version 8: bits of our own choice, here a hash. What is the same thing has the same identifier. */
export function uuidOf(purpose: string, thing: string | Uint8Array): string {
  const bytes = createHash('sha256').update(purpose).update(thing).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex').toUpperCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** The list as an XML document. */
export function propertyList(root: PropertyDictionary): string {
  const implementation = new DOMImplementation()
  const type = implementation.createDocumentType(
    'plist',
    '"-//Apple//DTD PLIST 1.0//EN"',
    '"http://www.apple.com/DTDs/PropertyList-1.0.dtd"',
  )
  const document = implementation.createDocument(null, 'plist', type)
  document.documentElement?.setAttribute('version', '1.0')
  document.documentElement?.appendChild(element(document, root))
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(document)}\n`
}

function element(document: Document, value: PropertyValue): Element {
  const make = (name: string, text = '') => {
    const made = document.createElement(name)
    if (text !== '') made.appendChild(document.createTextNode(text))
    return made
  }
  // XML 1.0 has no place for most control characters, however they are written.
  if (typeof value === 'string') return make('string', value.replaceAll(/\p{Cc}/gu, ' '))
  if (typeof value === 'number') return make('integer', String(value))
  if (typeof value === 'boolean') return make(String(value))
  if (value instanceof Date) return make('date', `${value.toISOString().slice(0, 19)}Z`)
  if (value instanceof Uint8Array) return make('data', Buffer.from(value).toString('base64'))
  const parent = make(Array.isArray(value) ? 'array' : 'dict')
  if (Array.isArray(value)) for (const each of value as readonly PropertyValue[]) parent.appendChild(element(document, each))
  else {
    for (const [key, each] of Object.entries(value as PropertyDictionary)) {
      parent.appendChild(make('key', key))
      parent.appendChild(element(document, each))
    }
  }
  return parent
}
