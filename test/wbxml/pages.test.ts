// The code pages against the specification's tokens and versions, so that the table cannot drift from them.
import { expect, it } from 'vitest'
import { protocolVersions, type ProtocolVersion } from '../../src/model/version.ts'
import { AirNotify, AirSync, allTags, Email, pageCount, pageNamed, tagNamed, tagOf, type Tag } from '../../src/wbxml/pages.ts'
import { container, encode, optional, text } from '../../src/wbxml/schema.ts'
import { toXml } from '../../src/wbxml/xml.ts'
import { describeWithReference, hasReference, referenceJson } from '../support/reference.ts'

interface ReferenceTag {
  readonly token: string
  readonly name: string
  readonly versions: readonly string[]
  readonly kind: string | null
  readonly legacy?: boolean
}
interface ReferencePage {
  readonly page: number
  readonly namespace: string
  readonly tags: readonly ReferenceTag[]
}

interface Reference {
  readonly pages: readonly ReferencePage[]
  readonly counts: { readonly currentTags: number; readonly legacyTags: number }
}

const hex = (token: number) => `0x${token.toString(16).padStart(2, '0')}`
const knows = ({ since, until }: Tag, version: ProtocolVersion) =>
  protocolVersions.indexOf(since) <= protocolVersions.indexOf(version) &&
  (until === null || protocolVersions.indexOf(version) <= protocolVersions.indexOf(until))

/** One line of the matrix element × version. */
const row = (page: number, token: number, name: string, versions: readonly string[]) =>
  `${String(page).padStart(2)} ${hex(token)} ${name.padEnd(58)}${protocolVersions.map((version) => (versions.includes(version) ? version.padEnd(5) : '-    ')).join('')}`

it('no two elements share a page and a token, and each is found by key and by name', () => {
  const tags = allTags()
  expect(new Set(tags.map((tag) => tag.key)).size).toBe(tags.length)
  for (const tag of tags) {
    expect(tag.token).toBeGreaterThanOrEqual(0x05)
    expect(tag.token).toBeLessThanOrEqual(0x3f)
    expect(tag.page).toBeLessThan(pageCount)
    expect(tag.key).toBe((tag.page << 8) | tag.token)
    expect(tagOf(tag.key)).toBe(tag)
    expect(tagNamed(`${tag.namespace}:${tag.name}`)).toBe(tag)
    expect(pageNamed(tag.namespace)).toBe(tag.page)
  }
})

it('an element carries its name, page, token and versions', () => {
  expect(AirSync.SyncKey).toMatchObject({
    page: 0,
    token: 0x0b,
    name: 'SyncKey',
    namespace: 'AirSync',
    since: '2.5',
    until: null,
    legacy: false,
  })
  expect(Email.Location).toMatchObject({ page: 2, token: 0x21, since: '2.5', until: '14.1' })
  expect(AirNotify.Notify).toMatchObject({ page: 3, legacy: true, until: '2.5' })
  expect(tagOf(0x6363)).toBeUndefined()
  expect(tagNamed('AirSync:Nothing')).toBeUndefined()
  expect(pageNamed('Nothing')).toBeUndefined()
})

it('an element is written in the versions that know it and in no other', () => {
  const written = allTags()
    .filter((tag) => tag !== AirSync.Sync)
    .map((tag) => {
      const document = container(AirSync.Sync, [optional(text(tag))])
      const versions = protocolVersions.filter((version) => toXml(encode(document, { [tag.name]: 'x' }, version)).includes(`${tag.name}>`))
      return row(tag.page, tag.token, `${tag.namespace}:${tag.name}`, versions)
    })
  const known = allTags()
    .filter((tag) => tag !== AirSync.Sync)
    .map((tag) => {
      const versions = protocolVersions.filter((version) => knows(tag, version))
      return row(tag.page, tag.token, `${tag.namespace}:${tag.name}`, versions)
    })
  expect(written).toEqual(known)
})

it('the matrix element × version stands printed in matrix.txt', async () => {
  const lines = allTags().map((tag) => {
    const versions = protocolVersions.filter((version) => knows(tag, version))
    return `${row(tag.page, tag.token, `${tag.namespace}:${tag.name}`, versions)}${tag.kind}`
  })
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('matrix.txt')
})

describeWithReference('the code pages of MS-ASWBXML', () => {
  const reference: Reference = hasReference
    ? referenceJson('spec', 'codepages.json')
    : { pages: [], counts: { currentTags: 0, legacyTags: 0 } }
  const listed = reference.pages.flatMap(({ page, namespace, tags }) => tags.map((tag) => ({ page, namespace, ...tag })))

  it('has every element, current and legacy', () => {
    expect(allTags().filter((tag) => !tag.legacy)).toHaveLength(reference.counts.currentTags)
    expect(allTags().filter((tag) => tag.legacy)).toHaveLength(reference.counts.legacyTags)
    expect(reference.pages).toHaveLength(pageCount)
  })

  it('has the matrix element × version of the specification', () => {
    const ours = allTags()
      .filter((tag) => !tag.legacy)
      .map((tag) =>
        row(
          tag.page,
          tag.token,
          `${tag.namespace}:${tag.name}`,
          protocolVersions.filter((version) => knows(tag, version)),
        ),
      )
    const theirs = listed
      .filter((tag) => tag.legacy !== true)
      .map((tag) => row(tag.page, Number(tag.token), `${tag.namespace}:${tag.name}`, tag.versions))
    expect(ours.toSorted()).toEqual(theirs.toSorted())
  })

  it('knows the old elements by token and name, up to 12.1 at most', () => {
    const ours = allTags().filter((tag) => tag.legacy)
    const theirs = listed.filter((tag) => tag.legacy === true)
    const line = (page: number, token: number, name: string) => `${page} ${hex(token)} ${name}`
    expect(ours.map((tag) => line(tag.page, tag.token, tag.name)).toSorted()).toEqual(
      theirs.map((tag) => line(tag.page, Number(tag.token), tag.name)).toSorted(),
    )
    for (const tag of ours) expect(['2.5', '12.1']).toContain(tag.until)
  })

  it('has the kinds of the specification', () => {
    const second: Readonly<Record<string, string>> = { 'base64-string': 'base64', 'container-or-empty': 'empty-or-container' }
    const ours = Object.fromEntries(allTags().map((tag) => [`${tag.namespace}:${tag.name}`, tag.kind]))
    const theirs = Object.fromEntries(
      listed.map((tag) => [`${tag.namespace}:${tag.name}`, tag.kind === null ? 'legacy' : (second[tag.kind] ?? tag.kind)]),
    )
    expect(ours).toEqual(theirs)
  })
})
