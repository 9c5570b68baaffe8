// The window for people: WBXML to and from XML, for fixtures, recorded sessions and traces. Never on the way of a request.
import { DOMImplementation, DOMParser, onErrorStopParsing, type Document, type Element, type Node } from '@xmldom/xmldom'
import { WireError } from './error.ts'
import { forgiving } from './forgiving.ts'
import { defaultLimits } from './limits.ts'
import { tagNamed, tagOf, type Tag } from './pages.ts'
import { isPrivate } from './private.ts'
import { close, finish, opaque, open, type Reader, text } from './reader.ts'
import { Writer } from './writer.ts'

const xmlns = 'http://www.w3.org/2000/xmlns/'

/** MS-ASCMD's schemas spell this one otherwise. */
const schemaNamespaces: ReadonlyMap<string, string> = new Map([['Gal', 'GAL']])

/** Names that other documents, MS-ASCMD's schemas among them, give an element of MS-ASWBXML. */
const secondNames: ReadonlyMap<string, string> = new Map([
  ['ComposeMail:ForwardeeName', 'ComposeMail:Name'],
  ['ComposeMail:ForwardeeEmail', 'ComposeMail:Email'],
  ['Find:GALSearchCriterion', 'Find:GalSearchCriterion'],
])

/** What XML 1.0 (2.2 Char) has no place for. */
const illegal = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu

export interface XmlOptions {
  /** One element a line, indented. */
  readonly pretty?: boolean
  /**
   * `schema` (the default): as the schemas have it, `<Sync xmlns="AirSync" xmlns:Email="Email">`. `prefixed`: each element with its page,
   * `<AirSync:Sync xmlns:AirSync="AirSync:">`, as recorded sessions have it.
   */
  readonly namespaces?: 'schema' | 'prefixed'
  /** Elements whose content is not shown but for its length; true: whatever may be private (see private.ts). */
  readonly mask?: boolean | ((tag: Tag, content: Uint8Array) => boolean)
}

export interface FromXmlOptions {
  /** Elements (`ComposeMail:Mime`) whose text itself goes out as OPAQUE. Elsewhere the XML holds the base64 of OPAQUE bytes. */
  readonly opaque?: readonly string[]
}

/** The XML of a document, with a declaration. Throws WireError if the bytes are no WBXML of ActiveSync. */
export function toXml(bytes: Uint8Array, options: XmlOptions = {}): string {
  const root = toDocument(bytes, options).documentElement
  if (root === null) throw new WireError('a document without an element')
  const xml = `<?xml version="1.0" encoding="utf-8"?>\n${serialized(root, options.pretty === true ? '\n' : '')}`
  return options.pretty === true ? `${xml}\n` : xml
}

/** The document as a DOM. Throws as `toXml` does. */
export function toDocument(bytes: Uint8Array, options: XmlOptions = {}): Document {
  return forgiving(bytes, defaultLimits, (reader) => new Builder(reader, options).build())
}

/** The WBXML of a document. Throws an Error that says what is wrong if the XML is none, or names an element that no code page has. */
export function fromXml(xml: string, options: FromXmlOptions = {}): Uint8Array {
  const parser = new DOMParser({ onError: onErrorStopParsing, normalizeLineEndings })
  return fromDocument(parser.parseFromString(xml, 'text/xml'), options)
}

/** XML 1.0, 2.11: of the line ends only these, and not those of XML 1.1. */
function normalizeLineEndings(xml: string): string {
  return xml.replaceAll(/\r\n?/g, '\n')
}

/** The WBXML of a DOM. Throws as `fromXml` does. */
export function fromDocument(document: Document, { opaque: opaqueText = [] }: FromXmlOptions = {}): Uint8Array {
  const root = document.documentElement
  if (root === null) throw new Error('the document has no element')
  const writer = new Writer()
  try {
    writeElement(writer, root, new Set(opaqueText.map((name) => named(name).key)))
    return writer.finish()
  } finally {
    writer.release()
  }
}

/** What a masked text becomes: its length says what went wrong with a body, and too much of a password. */
function masked(bytes: number): string {
  return bytes > 64 ? `[${bytes} bytes]` : '***'
}

class Builder {
  readonly #reader: Reader
  readonly #hidden: (tag: Tag, content: Uint8Array) => boolean
  readonly #prefixed: boolean
  readonly #document = new DOMImplementation().createDocument(null, '')
  /** The elements that are open, outermost first, and their tags. */
  readonly #open: { readonly element: Element; readonly tag: Tag }[] = []
  /** Text and bytes of the innermost, not yet in the DOM. */
  #pieces: Buffer[] = []

  constructor(reader: Reader, { mask = false, namespaces = 'schema' }: XmlOptions) {
    this.#reader = reader
    this.#hidden = typeof mask === 'function' ? mask : mask ? isPrivate : () => false
    this.#prefixed = namespaces === 'prefixed'
  }

  build(): Document {
    const reader = this.#reader
    for (;;) {
      const token = reader.next()
      if (token === finish) break
      if (token === text || token === opaque) {
        this.#pieces.push(reader.content())
        continue
      }
      this.#flush()
      if (token === close) this.#open.pop()
      else this.#element(token === open)
    }
    if (this.#document.documentElement === null) throw new WireError('a document without an element')
    return this.#document
  }

  #element(hasContent: boolean): void {
    const tag = tagOf(this.#reader.key)
    if (tag === undefined) throw new WireError('a tag without a name')
    const parent = this.#open.at(-1)
    if (parent === undefined && this.#document.documentElement !== null) throw new WireError('a second root element')
    const element = this.#document.createElementNS(this.#namespace(tag), this.#qualified(tag))
    ;(parent?.element ?? this.#document).appendChild(element)
    this.#declare(tag)
    if (hasContent) this.#open.push({ element, tag })
  }

  #namespace({ namespace }: Tag): string {
    return this.#prefixed ? `${namespace}:` : (schemaNamespaces.get(namespace) ?? namespace)
  }

  /** In the schemas' manner the root's page is the default namespace. */
  #qualified(tag: Tag): string {
    const root = this.#open[0]?.tag ?? tag
    return !this.#prefixed && root.page === tag.page ? tag.name : `${tag.namespace}:${tag.name}`
  }

  /** All namespaces are declared on the root. */
  #declare(tag: Tag): void {
    const root = this.#document.documentElement
    const prefix = this.#qualified(tag).includes(':') ? `xmlns:${tag.namespace}` : 'xmlns'
    if (root !== null && !root.hasAttribute(prefix)) root.setAttributeNS(xmlns, prefix, this.#namespace(tag))
  }

  #flush(): void {
    const innermost = this.#open.at(-1)
    if (innermost === undefined || this.#pieces.length === 0) return
    const content = Buffer.concat(this.#pieces)
    this.#pieces = []
    if (content.length > 0) innermost.element.appendChild(this.#document.createTextNode(this.#shown(innermost.tag, content)))
  }

  #shown(tag: Tag, content: Buffer): string {
    if (this.#hidden(tag, content)) return masked(content.length)
    return tag.kind === 'opaque' ? content.toString('base64') : content.toString('utf8').replaceAll(illegal, '\ufffd')
  }
}

/** XML with its text as it is: a carriage return, for one, is escaped, or the next reader would lose it. `line` begins a new line, or is empty. */
function serialized(element: Element, line: string): string {
  const attributes = Array.from(element.attributes, ({ name, value }) => ` ${name}="${escaped(value)}"`).join('')
  const start = `${element.tagName}${attributes}`
  const children = Array.from(element.childNodes)
  if (children.length === 0) return `<${start}/>`
  const indented = line === '' || children.some((child) => !isElement(child)) ? '' : `${line}  `
  const content = children.map((child) => indented + (isElement(child) ? serialized(child, indented) : escaped(child.nodeValue ?? '')))
  return `<${start}>${content.join('')}${indented === '' ? '' : line}</${element.tagName}>`
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Line ends of XML 1.1 and Unicode count: readers there are, xmldom among them, that fold all of them into a line feed. */
function escaped(value: string): string {
  return value.replaceAll(/[&<>"\r\u0085\u2028\u2029]/g, (character) => escapes[character] ?? `&#${character.charCodeAt(0)};`)
}

function isElement(node: Node): node is Element {
  return node.nodeType === node.ELEMENT_NODE
}

function writeElement(writer: Writer, element: Element, opaqueText: ReadonlySet<number>): void {
  const tag = tagOfElement(element)
  writer.open(tag.key)
  const children = Array.from(element.childNodes)
  const elements = children.filter(isElement)
  if (elements.length === 0) writeContent(writer, tag, element.textContent ?? '', opaqueText.has(tag.key))
  else if (children.some((child) => !isElement(child) && child.nodeType !== child.COMMENT_NODE && (child.nodeValue ?? '').trim() !== '')) {
    throw new Error(`${element.tagName} holds text beside elements`)
  }
  for (const child of elements) writeElement(writer, child, opaqueText)
  writer.close()
}

function writeContent(writer: Writer, tag: Tag, content: string, asOpaqueText: boolean): void {
  if (asOpaqueText) writer.opaque(Buffer.from(content, 'utf8'))
  else if (tag.kind === 'opaque') writer.opaque(Buffer.from(content, 'base64'))
  else writer.text(content)
}

/** Both spellings of namespaces are understood, and the second names that some documents give three elements. */
function tagOfElement({ namespaceURI, localName, tagName }: Element): Tag {
  const namespace = (namespaceURI ?? '').replace(/:$/, '')
  const page = namespace === 'GAL' ? 'Gal' : namespace
  return named(secondNames.get(`${page}:${localName}`) ?? `${page}:${localName}`, tagName)
}

function named(name: string, shown = name): Tag {
  const tag = tagNamed(name)
  if (tag === undefined) throw new Error(`no code page has ${shown === name ? name : `${shown} (${name})`}`)
  return tag
}
