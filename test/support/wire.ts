// Documents as a client sees them: a plain tree of elements, read and written without the server's own declarations.
import { tagNamed, tagOf, type Tag } from '../../src/wbxml/pages.ts'
import * as token from '../../src/wbxml/reader.ts'
import { Writer } from '../../src/wbxml/writer.ts'

/** An element. `name` is `Page:Element`. */
export interface Node {
  readonly name: string
  readonly children: readonly Node[]
  /** Text content, or the bytes of an OPAQUE. */
  readonly value: string | Buffer | null
}

type Content = string | number | Buffer | null | undefined | false | Node | readonly (Node | null | undefined | false)[]

function known(name: string): Tag {
  const tag = tagNamed(name)
  if (tag === undefined) throw new Error(`no element ${name}`)
  return tag
}

/** An element with text, bytes, or children; `false`, null and undefined among the children are left out. */
export function el(name: string, content?: Content): Node {
  if (content === undefined || content === null || content === false) return { name, children: [], value: null }
  if (typeof content === 'number') return { name, children: [], value: String(content) }
  if (typeof content === 'string' || Buffer.isBuffer(content)) return { name, children: [], value: content }
  const list = (Array.isArray(content) ? content : [content]) as readonly (Node | null | undefined | false)[]
  return { name, children: list.filter((one): one is Node => one !== null && one !== undefined && one !== false), value: null }
}

/** The bytes of a document. */
export function write(root: Node): Buffer {
  const writer = new Writer()
  try {
    writeNode(writer, root)
    return Buffer.from(writer.finish())
  } finally {
    writer.release()
  }
}

function writeNode(writer: Writer, node: Node): void {
  writer.open(known(node.name).key)
  if (Buffer.isBuffer(node.value)) writer.opaque(node.value)
  else if (node.value !== null) writer.text(node.value)
  for (const child of node.children) writeNode(writer, child)
  writer.close()
}

/** The document of these bytes. */
export function read(bytes: Uint8Array): Node {
  const reader = token.Reader.document(bytes)
  const stack: { name: string; children: Node[]; value: string | Buffer | null }[] = []
  let root: Node | null = null
  for (;;) {
    const kind = reader.next()
    if (kind === token.finish) break
    if (kind === token.open || kind === token.empty) {
      const tag = tagOf(reader.key)
      if (tag === undefined) throw new Error('an element that no page has')
      const node = { name: `${tag.namespace}:${tag.name}`, children: [], value: null }
      const parent = stack.at(-1)
      if (parent === undefined) root = node
      else parent.children.push(node)
      if (kind === token.open) stack.push(node)
    } else if (kind === token.close) stack.pop()
    else {
      const node = stack.at(-1)
      if (node === undefined) throw new Error('text outside of any element')
      if (kind === token.opaque) node.value = Buffer.from(reader.content())
      else node.value = (typeof node.value === 'string' ? node.value : '') + reader.text()
    }
  }
  if (root === null) throw new Error('an empty document')
  return root
}

/** The elements at a path of names, the page left out where it is the parent's: `all(sync, 'Collections/Collection')`. */
export function all(node: Node | null, path: string): Node[] {
  let nodes: Node[] = node === null ? [] : [node]
  for (const step of path.split('/')) {
    nodes = nodes.flatMap((one) =>
      one.children.filter((child) => child.name === (step.includes(':') ? step : `${one.name.split(':')[0]}:${step}`)),
    )
  }
  return nodes
}

/** The first element at a path, or null. */
export function one(node: Node | null, path: string): Node | null {
  return all(node, path)[0] ?? null
}

/** The text at a path; null where there is no such element, '' where it is empty. */
export function textAt(node: Node | null, path: string): string | null {
  const found = one(node, path)
  if (found === null) return null
  return found.value === null ? '' : Buffer.isBuffer(found.value) ? found.value.toString('utf8') : found.value
}

/** Every element below a node, itself included. */
export function* walk(node: Node): Generator<Node> {
  yield node
  for (const child of node.children) yield* walk(child)
}

/** A readable form, for messages of failing tests. */
export function show(node: Node | null, indent = ''): string {
  if (node === null) return '(nothing)'
  const value = Buffer.isBuffer(node.value) ? `<${node.value.length} bytes>` : (node.value ?? '')
  return [`${indent}${node.name}${value === '' ? '' : ` = ${value}`}`, ...node.children.map((child) => show(child, `${indent}  `))].join(
    '\n',
  )
}
