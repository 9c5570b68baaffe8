// What @peculiar/x509 needs of the Reflect metadata proposal: three functions that its container of parts calls, and three for company.

type Key = string | symbol

interface Metadata {
  getMetadata?: (key: Key, target: object) => unknown
  getOwnMetadata?: (key: Key, target: object) => unknown
  defineMetadata?: (key: Key, value: unknown, target: object) => void
  hasOwnMetadata?: (key: Key, target: object) => boolean
  getOwnMetadataKeys?: (target: object) => Key[]
  deleteMetadata?: (key: Key, target: object) => boolean
}

const notes = new WeakMap<object, Map<Key, unknown>>()

function own(key: Key, target: object): unknown {
  return notes.get(target)?.get(key)
}

function inherited(key: Key, target: object): unknown {
  for (let each: object | null = target; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    if (notes.get(each)?.has(key) === true) return own(key, each)
  }
  return undefined
}

function define(key: Key, value: unknown, target: object): void {
  const about = notes.get(target) ?? new Map<Key, unknown>()
  notes.set(target, about.set(key, value))
}

// A complete polyfill that is loaded already is left alone.
const reflect = Reflect as Metadata
reflect.getMetadata ??= inherited
reflect.getOwnMetadata ??= own
reflect.defineMetadata ??= define
// acme-client brings a complete one along, which takes what it finds for its own and asks it these as well.
reflect.hasOwnMetadata ??= (key, target) => notes.get(target)?.has(key) === true
reflect.getOwnMetadataKeys ??= (target) => [...(notes.get(target)?.keys() ?? [])]
reflect.deleteMetadata ??= (key, target) => notes.get(target)?.delete(key) === true
