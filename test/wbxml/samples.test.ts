// The specification's sample documents: whole ones go through unharmed, odd ones are understood, hostile ones refused.
import { readFileSync } from 'node:fs'
import { DOMParser, type Element } from '@xmldom/xmldom'
import { expect, it } from 'vitest'
import { WireError } from '../../src/wbxml/error.ts'
import { AirSync, ComposeMail, FolderHierarchy, Ping } from '../../src/wbxml/pages.ts'
import { bytes, container, decode, integer, optional, rootTag, text } from '../../src/wbxml/schema.ts'
import { fromXml, toXml } from '../../src/wbxml/xml.ts'
import { describeWithReference, hasReference, referenceJson, referencePath } from '../support/reference.ts'

interface Sample {
  readonly name: string
  readonly bytes: number
}

type Index = Readonly<Record<'request' | 'response' | 'edge', readonly Sample[]>>

/** Namespace, name and content, whatever the prefixes. */
type Tree = readonly [name: string, content: string | readonly Tree[]]

function tree(element: Element): Tree {
  const children = Array.from(element.children)
  return [`${element.namespaceURI}:${element.localName}`, children.length > 0 ? children.map(tree) : (element.textContent ?? '')]
}

const treeOf = (xml: string) => tree(new DOMParser().parseFromString(xml, 'text/xml').documentElement!)

const FolderSync = container(FolderHierarchy.FolderSync, [text(FolderHierarchy.SyncKey)])
const FolderCreate = container(FolderHierarchy.FolderCreate, [
  text(FolderHierarchy.SyncKey),
  text(FolderHierarchy.ParentId),
  text(FolderHierarchy.DisplayName),
  integer(FolderHierarchy.Type),
])
const SendMail = container(ComposeMail.SendMail, [text(ComposeMail.ClientId), bytes(ComposeMail.Mime)])
const PingRequest = container(Ping.Ping, [optional(integer(Ping.HeartbeatInterval))])
const Sync = container(AirSync.Sync, [
  container(AirSync.Collections, [container(AirSync.Collection, [container(AirSync.Options, [integer(AirSync.Truncation)])])]),
])

const folderSync = (document: Uint8Array) => decode(FolderSync, document, '14.1').SyncKey
const mime = (document: Uint8Array) => Buffer.from(decode(SendMail, document, '14.1').Mime).toString('hex')

/** What each edge case must come to; a missing one fails. `WireError`: refused. */
const edges: Readonly<Record<string, readonly [read: (document: Uint8Array) => unknown, expected: unknown]>> = {
  minimal: [folderSync, '0'],
  'redundant-switch': [folderSync, '0'],
  'switch-inside-text': [folderSync, '0'],
  'text-in-two-strings': [folderSync, '12'],
  'empty-with-content-bit': [folderSync, ''],
  'empty-without-content-bit': [folderSync, ''],
  'opaque-as-text': [folderSync, '0'],
  'utf8-text': [(document) => decode(FolderCreate, document, '14.1'), { SyncKey: '1', ParentId: '0', DisplayName: 'Größe ✓', Type: 12 }],
  'opaque-zero-length': [mime, ''],
  'opaque-two-byte-length': [mime, '41'.repeat(128)],
  'opaque-with-nul': [mime, '410001c342'],
  'public-id-two-bytes': [folderSync, '0'],
  'charset-two-bytes': [folderSync, '0'],
  'string-table-present': [folderSync, '0'],
  'version-1.1': [folderSync, '0'],
  'legacy-autdstate': [(document) => decode(PingRequest, document, '14.1'), { HeartbeatInterval: 60 }],
  'legacy-truncation': [(document) => decode(Sync, document, '12.1').Collections.Collection.Options.Truncation, 7],
  'unknown-token': [(document) => decode(PingRequest, document, '14.1'), WireError],
  'unknown-page': [(document) => decode(PingRequest, document, '14.1'), WireError],
  truncated: [folderSync, WireError],
  'missing-end': [folderSync, WireError],
  'extra-end': [folderSync, WireError],
  'opaque-length-too-big': [mime, WireError],
  'mb-u-int32-endless': [mime, WireError],
  'attributes-bit': [folderSync, WireError],
  'string-table-reference': [folderSync, WireError],
  'deep-nesting': [folderSync, WireError],
  'empty-body': [folderSync, WireError],
}

describeWithReference('the sample documents', () => {
  const index: Index = hasReference ? referenceJson('spec', 'samples', 'index.json') : { request: [], response: [], edge: [] }
  const read = (folder: string, name: string) => readFileSync(referencePath('spec', 'samples', folder, name), 'utf8').trim()
  const whole = (['request', 'response'] as const).flatMap((folder) => index[folder].map(({ name }) => ({ folder, name })))

  it('are all there', () => {
    expect(index.request).toHaveLength(44)
    expect(index.response).toHaveLength(26)
    expect(index.edge.map(({ name }) => name).toSorted()).toEqual(Object.keys(edges).toSorted())
  })

  it.each(whole)('$folder/$name: the XML becomes the very bytes', ({ folder, name }) => {
    expect(Buffer.from(fromXml(read(folder, `${name}.xml`))).toString('hex')).toBe(read(folder, `${name}.hex`))
  })

  it.each(whole)('$folder/$name: the bytes become the very document, in each style', ({ folder, name }) => {
    const xml = read(folder, `${name}.xml`)
    const document = Buffer.from(read(folder, `${name}.hex`), 'hex')
    expect(treeOf(toXml(document))).toEqual(treeOf(xml))
    expect(rootTag(document)?.name).toBe(treeOf(xml)[0].split(':')[1])
    for (const options of [{}, { pretty: true }, { namespaces: 'prefixed' }, { namespaces: 'prefixed', pretty: true }] as const) {
      const shown = toXml(document, options)
      expect(fromXml(shown)).toEqual(document)
      expect(toXml(fromXml(shown), options)).toBe(shown)
    }
  })

  it.each(index.edge.map(({ name }) => name))('edge/%s is understood or refused as it should be', (name) => {
    const document = Buffer.from(read('edge', `${name}.hex`), 'hex')
    const [act, expected] = edges[name]!
    if (expected === WireError) expect(() => act(document)).toThrow(WireError)
    else expect(act(document)).toEqual(expected)
  })
})
