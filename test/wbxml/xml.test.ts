// Documents for people: XML there and back, in both spellings, with what is private hidden.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { WireError } from '../../src/wbxml/error.ts'
import { AirSync, AirSyncBase, allTags, Contacts, Email, Settings } from '../../src/wbxml/pages.ts'
import { isPrivate } from '../../src/wbxml/private.ts'
import { rootTag } from '../../src/wbxml/schema.ts'
import { fromDocument, fromXml, toDocument, toXml } from '../../src/wbxml/xml.ts'
import { describeWithReference, hasReference, referenceFiles, referencePath } from '../support/reference.ts'

const declaration = '<?xml version="1.0" encoding="utf-8"?>\n'
const wbxml = (hex: string) => Buffer.from(`03016a00${hex.replaceAll(' ', '')}`, 'hex')
const hexOf = (xml: string, options?: { opaque: readonly string[] }) => Buffer.from(fromXml(xml, options)).toString('hex').slice(8)

describe('WBXML as XML', () => {
  const document = wbxml('45 4e 033100 01 5d 0002 54 03 4100 01 0011 4a 46 033100 01 01 01 01')

  it('has the namespaces of the schemas, the page of the root as the default one', () => {
    expect(toXml(document)).toBe(
      `${declaration}<Sync xmlns="AirSync" xmlns:Email="Email" xmlns:AirSyncBase="AirSyncBase"><Status>1</Status><ApplicationData><Email:Subject>A</Email:Subject><AirSyncBase:Body><AirSyncBase:Type>1</AirSyncBase:Type></AirSyncBase:Body></ApplicationData></Sync>`,
    )
  })

  it('has a prefix and a colon everywhere where that is asked for', () => {
    expect(toXml(document, { namespaces: 'prefixed' })).toBe(
      `${declaration}<AirSync:Sync xmlns:AirSync="AirSync:" xmlns:Email="Email:" xmlns:AirSyncBase="AirSyncBase:"><AirSync:Status>1</AirSync:Status><AirSync:ApplicationData><Email:Subject>A</Email:Subject><AirSyncBase:Body><AirSyncBase:Type>1</AirSyncBase:Type></AirSyncBase:Body></AirSync:ApplicationData></AirSync:Sync>`,
    )
  })

  it('stands one element a line where that is asked for', () => {
    expect(toXml(wbxml('45 4e 033100 01 5c 0f 01 01'), { pretty: true })).toBe(
      `${declaration}<Sync xmlns="AirSync">\n  <Status>1</Status>\n  <Collections>\n    <Collection/>\n  </Collections>\n</Sync>\n`,
    )
    expect(toXml(wbxml('05'), { pretty: true })).toBe(`${declaration}<Sync xmlns="AirSync"/>\n`)
  })

  it('writes GAL as the schemas do, and reads it either way', () => {
    const found = wbxml('000f 45 0010 45 034100 01 01')
    expect(toXml(found)).toContain('<Search xmlns="Search" xmlns:Gal="GAL"><Gal:DisplayName>A</Gal:DisplayName></Search>')
    expect(toXml(found, { namespaces: 'prefixed' })).toContain('xmlns:Gal="Gal:"')
    for (const namespace of ['GAL', 'GAL:', 'Gal', 'Gal:']) {
      expect(hexOf(`<Search xmlns="Search"><DisplayName xmlns="${namespace}">A</DisplayName></Search>`)).toBe('000f45001045034100' + '0101')
    }
  })

  it('shows opaque elements as base64, and text that came as OPAQUE as text', () => {
    const mail = wbxml('0015 45 50 c3 05410001c342 01 01')
    expect(toXml(mail)).toContain('<Mime>QQABw0I=</Mime>')
    expect(fromXml(toXml(mail))).toEqual(mail)
    expect(toXml(wbxml('0015 45 50 c3 0141 c3 024243 01 01'))).toContain('<Mime>QUJD</Mime>')
    expect(toXml(wbxml('0015 45 51 c3 023132 01 01'))).toContain('<ClientId>12</ClientId>')
  })

  it('is well formed whatever characters came', () => {
    const odd = wbxml(`45 4e 03 ${Buffer.from('<&>"\u0001\u001f\r\n\u0085\u2028\ufffe]]>').toString('hex')} 00 01 01`)
    expect(toXml(odd)).toContain('<Status>&lt;&amp;&gt;&quot;\ufffd\ufffd&#13;\n&#133;&#8232;\ufffd]]&gt;</Status>')
    expect(toXml(wbxml('45 4e 03 ff80 00 01 01'))).toContain('<Status>\ufffd\ufffd</Status>')
  })

  it('loses no line end and no space on the way back', () => {
    for (const value of ['a\r\nb\rc\nd', ' ', '\t', ' a ', '\u0085\u2028\u2029', '\r']) {
      const text = wbxml(`45 4e 03 ${Buffer.from(value).toString('hex')} 00 01 01`)
      for (const pretty of [false, true]) expect(fromXml(toXml(text, { pretty }))).toEqual(text)
    }
  })

  it('cannot be made of what is no WBXML', () => {
    for (const bytes of [Buffer.alloc(0), wbxml(''), wbxml('45'), wbxml('0505'), wbxml('7f')]) expect(() => toXml(bytes)).toThrow(WireError)
  })

  it('shows the broken documents of Samsung', () => {
    expect(toXml(wbxml('5d 0001 55 56 03 01 01 5e 034100 01 01'))).toContain(
      '<Contacts:Categories><Contacts:Category/></Contacts:Categories><Contacts:FileAs>A</Contacts:FileAs>',
    )
  })

  it('is a DOM in between', () => {
    const dom = toDocument(document)
    expect(dom.documentElement?.namespaceURI).toBe('AirSync')
    expect(fromDocument(dom)).toEqual(document)
  })
})

describe('XML as WBXML', () => {
  it('takes namespaces with and without colon, any prefix, comments and white space', () => {
    const expected = '45' + '4e03310001' + '5d' + '0002' + '5403410001' + '01' + '01'
    for (const xml of [
      '<Sync xmlns="AirSync" xmlns:e="Email"><Status>1</Status><ApplicationData><e:Subject>A</e:Subject></ApplicationData></Sync>',
      '<x:Sync xmlns:x="AirSync:" xmlns:Email="Email:">\n <x:Status>1</x:Status> <!-- why -->\n<x:ApplicationData><Email:Subject><![CDATA[A]]></Email:Subject></x:ApplicationData></x:Sync>',
    ]) {
      expect(hexOf(xml)).toBe(expected)
    }
  })

  it('an empty element has no content bit', () => {
    expect(hexOf('<Sync xmlns="AirSync"><Commands/><Add></Add></Sync>')).toBe('45' + '16' + '07' + '01')
  })

  it('line ends become a line feed as XML 1.0 has it, and no other character does', () => {
    expect(hexOf('<Sync xmlns="AirSync"><Status>a\r\nb\rc\u0085\u2028\u2029</Status></Sync>')).toBe(
      `454e03${Buffer.from('a\nb\nc\u0085\u2028\u2029').toString('hex')}000101`,
    )
  })

  it('text goes out as OPAQUE where that is asked for', () => {
    const xml =
      '<ComposeMail:SendMail xmlns:ComposeMail="ComposeMail:"><ComposeMail:Mime>From: a\n\nGrüße</ComposeMail:Mime></ComposeMail:SendMail>'
    expect(hexOf(xml, { opaque: ['ComposeMail:Mime'] })).toBe(`00154550c310${Buffer.from('From: a\n\nGrüße').toString('hex')}0101`)
    expect(() => fromXml(xml, { opaque: ['ComposeMail:Nothing'] })).toThrow('no code page has ComposeMail:Nothing')
  })

  it('knows the second names of three elements', () => {
    expect(hexOf('<Find xmlns="Find"><GALSearchCriterion/></Find>')).toBe(hexOf('<Find xmlns="Find"><GalSearchCriterion/></Find>'))
    expect(hexOf('<Forwardee xmlns="ComposeMail"><ForwardeeName>a</ForwardeeName><ForwardeeEmail>b</ForwardeeEmail></Forwardee>')).toBe(
      hexOf('<Forwardee xmlns="ComposeMail"><Name>a</Name><Email>b</Email></Forwardee>'),
    )
  })

  it.each([
    ['an element that no page has', '<Sync xmlns="AirSync"><Nothing/></Sync>'],
    ['an element without a namespace', '<Sync/>'],
    ['an unbound prefix', '<a:Sync/>'],
    ['text beside elements', '<Sync xmlns="AirSync">text<Status>1</Status></Sync>'],
    ['what is no XML', '<Sync xmlns="AirSync">'],
    ['nothing', ''],
    ['too deep a nesting', `${'<Sync xmlns="AirSync">'.repeat(33)}${'</Sync>'.repeat(33)}`],
  ])('%s is refused', (_, xml) => {
    expect(() => fromXml(xml)).toThrow(Error)
  })

  it('expands no entities', () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><Sync xmlns="AirSync"><Status>&b;</Status></Sync>'
    expect(() => fromXml(bomb)).toThrow(Error)
  })
})

describe('a masked document', () => {
  const mail = fromXml(
    `<Sync xmlns="AirSync" xmlns:e="Email" xmlns:b="AirSyncBase" xmlns:s="Settings" xmlns:m="ComposeMail"><SyncKey>7</SyncKey><Add><ServerId>5:1</ServerId><ApplicationData><e:Subject>Layoffs</e:Subject><e:From>boss@example.test</e:From><e:DateReceived>2026-03-03T09:00:00.000Z</e:DateReceived><e:Read>1</e:Read><b:Body><b:Type>1</b:Type><b:Data>${'We have to talk. '.repeat(20)}</b:Data><b:Preview>We have to</b:Preview></b:Body><s:Password>hunter2</s:Password><m:Mime>${Buffer.alloc(100).toString('base64')}</m:Mime></ApplicationData></Add></Sync>`,
  )

  it('shows by what the protocol runs, and neither texts, addresses nor secrets', () => {
    const shown = toXml(mail, { mask: true })
    for (const visible of ['<SyncKey>7<', '<ServerId>5:1<', '2026-03-03T09:00:00.000Z', ':Read>1<', ':Type>1<'])
      expect(shown).toContain(visible)
    for (const hidden of ['Layoffs', 'boss', 'talk', 'We have', 'hunter2']) expect(shown).not.toContain(hidden)
    expect(shown).toContain('<Email:Subject>***</Email:Subject>')
    expect(shown).toContain('<AirSyncBase:Data>[340 bytes]</AirSyncBase:Data>')
    expect(shown).toContain('<ComposeMail:Mime>[100 bytes]</ComposeMail:Mime>')
  })

  it('hides what a predicate names', () => {
    const shown = toXml(mail, { mask: (tag) => tag === Email.Subject })
    expect(shown).toContain('<Email:Subject>***<')
    expect(shown).toContain('boss@example.test')
    expect(toXml(mail)).toContain('Layoffs')
  })

  it('hides text that stands where none should', () => {
    expect(toXml(wbxml(`45 03 ${Buffer.from('secret').toString('hex')} 00 01`), { mask: true })).not.toContain('secret')
  })

  it('treats as private what nobody named harmless', () => {
    for (const tag of [Settings.Password, Email.To, Contacts.Birthday, AirSyncBase.Data, AirSyncBase.Preview, Settings.IMEI])
      expect(isPrivate(tag)).toBe(true)
    for (const tag of [AirSync.SyncKey, Email.Read, Email.DateReceived]) expect(isPrivate(tag)).toBe(false)
    const texts = allTags().filter((tag) => !isPrivate(tag) && (tag.kind === 'opaque' || tag.kind === 'base64' || tag.kind === 'legacy'))
    expect(texts.map((tag) => tag.name)).toEqual(['ConversationId', 'ConversationIndex'])
  })
})

interface Exchange {
  readonly n: number
  readonly note: string
  readonly request: { readonly body: null | { readonly xml?: string; readonly opaque?: readonly string[] } }
}

describeWithReference('recorded sessions', () => {
  const folder = join('traffic', 'sessions')
  const exchanges = (hasReference ? referenceFiles(folder, '.jsonl') : []).flatMap((file) =>
    readFileSync(referencePath(folder, file), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ file: file.replace('.jsonl', ''), ...(JSON.parse(line) as Exchange) })),
  )
  const withXml = exchanges.flatMap(({ file, n, request: { body } }) =>
    body?.xml === undefined ? [] : [{ file, n, xml: body.xml, opaque: body.opaque ?? [] }],
  )

  it('are all there', () => {
    expect(exchanges).toHaveLength(154)
    expect(withXml.length).toBeGreaterThan(100)
  })

  it.each([
    ['o04-ios11-firstrun-161', 'Settings', 110],
    ['o18-ios16-provision-140-find', 'Provision', 41],
  ])('%s: %s has the length that the phone sent', (file, command, length) => {
    const documents = withXml.filter((each) => each.file === file && each.xml.includes(`<${command}:${command} `))
    expect(documents.map(({ xml }) => fromXml(xml).length)).toContain(length)
  })

  it.each(withXml)('$file $n becomes WBXML and the same document again', ({ xml, opaque }) => {
    const document = fromXml(xml, { opaque })
    const shown = toXml(document, { namespaces: 'prefixed' })
    expect(rootTag(document)?.name).toBe(/<(?:\w+:)?(\w+)/.exec(xml)?.[1])
    expect(fromXml(shown)).toEqual(document)
    if (opaque.length === 0)
      expect(shown.replace(declaration, '').replaceAll(/ xmlns:\w+="[^"]*"/g, '')).toBe(xml.replaceAll(/ xmlns:\w+="[^"]*"/g, ''))
  })
})
