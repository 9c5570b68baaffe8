// The elements of the Contacts class against the specification's own list.
import { expect, it } from 'vitest'
import { ContactChange, ContactData } from '../../../../src/protocol/classes/contacts/schema.ts'
import { ghostable } from '../../../support/phone-contacts.ts'
import { describeWithReference, referenceJson } from '../../../support/reference.ts'
import { isSince, protocolVersions, type ProtocolVersion } from '../../../../src/model/version.ts'
import type { Field } from '../../../../src/wbxml/schema.ts'

interface CodePages {
  readonly pages: readonly {
    readonly namespace: string
    readonly tags: readonly { readonly name: string; readonly versions: readonly string[]; readonly legacy?: boolean }[]
  }[]
}

/** Every element in a schema, inside its containers too, that a version speaks. */
function spoken(fields: readonly Field[], version: ProtocolVersion): string[] {
  return fields.flatMap((field) => {
    const first = protocolVersions[field.since] ?? '16.1'
    if (!isSince(version, first) || !isSince(version, field.tag.since)) return []
    const inner = 'fields' in field ? spoken(field.fields as readonly Field[], version) : []
    return [`${field.tag.namespace}:${field.tag.name}`, ...inner]
  })
}

/** Of the recipient cache, which is not built. */
const cacheOnly = ['Contacts:Alias', 'Contacts:WeightedRank']

describeWithReference('the elements of a contact', () => {
  const codePages = () => referenceJson<CodePages>('spec', 'codepages.json').pages
  const listed = (version: string) =>
    codePages()
      .filter(({ namespace }) => namespace === 'Contacts' || namespace === 'Contacts2')
      .flatMap(({ namespace, tags }) =>
        tags.filter(({ versions, legacy }) => legacy !== true && versions.includes(version)).map(({ name }) => `${namespace}:${name}`),
      )
      .sort()
  const contactPages = (names: readonly string[]) => names.filter((name) => name.startsWith('Contacts')).sort()

  it.each(['12.1', '14.0', '14.1', '16.0', '16.1'] as const)('are read in %s: those of the list, and no other', (version) => {
    expect(contactPages(spoken(ContactChange.fields, version))).toEqual(listed(version))
  })

  it.each(['12.1', '14.0', '14.1', '16.0', '16.1'] as const)(
    'are told in %s: those of the list but for the recipient cache’s',
    (version) => {
      const told = contactPages(spoken(ContactData.fields, version))
      expect(told).toEqual(listed(version).filter((name) => !cacheOnly.includes(name)))
    },
  )

  it('that can be ghosted are all but the notes, the picture, and what stands in containers', () => {
    const inside = ['Contacts:Category', 'Contacts:Child', 'Contacts:Picture', ...cacheOnly]
    expect([...ghostable].sort()).toEqual(listed('16.1').filter((name) => !inside.includes(name)))
  })
})
