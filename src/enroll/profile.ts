// The authority as a phone takes it: a configuration profile for iOS, the bare certificate for everybody else.
import { createHash } from 'node:crypto'
import { DOMImplementation, XMLSerializer, type Document, type Element } from '@xmldom/xmldom'
import type { Authority } from './authority.ts'

/** Where the documents are fetched. */
export const profilePath = '/ca.mobileconfig'
export const certificatePath = '/ca.crt'

/** What `http` mounts for anybody to fetch. */
export function authorityDocuments(authority: Authority): { path: string; type: string; content: Uint8Array }[] {
  return [
    { path: profilePath, type: 'application/x-apple-aspen-config', content: Buffer.from(profile(authority), 'utf8') },
    { path: certificatePath, type: 'application/x-x509-ca-cert', content: Buffer.from(authority.certificate, 'utf8') },
  ]
}

type Value = string | number | boolean | Uint8Array | readonly Value[] | { readonly [key: string]: Value }

/**
 * A configuration profile with one payload, `com.apple.security.root`. The identifiers follow from the certificate, so
 * that installing it again replaces it.
 */
export function profile({ der, name, fingerprint }: Authority): string {
  const identifier = `easel.authority.${fingerprint.replaceAll(':', '').slice(0, 16).toLowerCase()}`
  return propertyList({
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: uuid(der, 'profile'),
    PayloadDisplayName: name,
    PayloadDescription: `Lets this device trust the mail server of ${name}. Then switch it on under Settings, General, About, Certificate Trust Settings.`,
    PayloadContent: [
      {
        PayloadType: 'com.apple.security.root',
        PayloadVersion: 1,
        PayloadIdentifier: `${identifier}.root`,
        PayloadUUID: uuid(der, 'root'),
        PayloadDisplayName: name,
        PayloadCertificateFileName: 'ca.crt',
        PayloadContent: der,
      },
    ],
  })
}

/** RFC 9562, version 8: bits of our own choice, here a hash. */
function uuid(der: Uint8Array, purpose: string): string {
  const bytes = createHash('sha256').update(purpose).update(der).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex').toUpperCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function propertyList(root: Value): string {
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

function element(document: Document, value: Value): Element {
  const make = (name: string, text = '') => {
    const made = document.createElement(name)
    if (text !== '') made.appendChild(document.createTextNode(text))
    return made
  }
  if (typeof value === 'string') return make('string', value)
  if (typeof value === 'number') return make('integer', String(value))
  if (typeof value === 'boolean') return make(String(value))
  if (value instanceof Uint8Array) return make('data', Buffer.from(value).toString('base64'))
  const parent = make(Array.isArray(value) ? 'array' : 'dict')
  if (Array.isArray(value)) for (const each of value as readonly Value[]) parent.appendChild(element(document, each))
  else {
    for (const [key, each] of Object.entries(value as Record<string, Value>)) {
      parent.appendChild(make('key', key))
      parent.appendChild(element(document, each))
    }
  }
  return parent
}
