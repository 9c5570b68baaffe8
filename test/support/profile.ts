// A signed configuration profile taken apart, without looking at the signature: what a phone would find in it.
import { DOMParser, type Element } from '@xmldom/xmldom'
import * as pkijs from 'pkijs'
import type * as asn1 from 'asn1js'

export type Found = string | number | boolean | Buffer | Found[] | { [key: string]: Found }
export type Dictionary = { [key: string]: Found }

/** The property list in a signed profile. */
export function profileOf(signed: Uint8Array): Dictionary {
  return parseList(contentOf(signed))
}

/** The document that was signed. */
export function contentOf(signed: Uint8Array): string {
  const info = pkijs.ContentInfo.fromBER(new Uint8Array(signed).buffer)
  const data = new pkijs.SignedData({ schema: info.content as asn1.Sequence })
  return Buffer.from(data.encapContentInfo.eContent!.getValue()).toString('utf8')
}

export function parseList(xml: string): Dictionary {
  const root = new DOMParser().parseFromString(xml, 'text/xml').documentElement!
  return valueOf(elements(root)[0]!) as Dictionary
}

/** The payloads of one type. */
export function payloads(profile: Dictionary, type: string): Dictionary[] {
  return (profile['PayloadContent'] as Dictionary[]).filter((each) => each['PayloadType'] === type)
}

export function scepChallengeOf(profile: Dictionary): string {
  const [payload] = payloads(profile, 'com.apple.security.scep')
  return (payload!['PayloadContent'] as Dictionary)['Challenge'] as string
}

const elements = (parent: Element) => Array.from(parent.childNodes).filter((node) => node.nodeType === 1) as Element[]

function valueOf(element: Element): Found {
  const text = element.textContent ?? ''
  switch (element.localName) {
    case 'dict': {
      const all = elements(element)
      return Object.fromEntries(all.flatMap((key, index) => (index % 2 === 0 ? [[key.textContent ?? '', valueOf(all[index + 1]!)]] : [])))
    }
    case 'array':
      return elements(element).map(valueOf)
    case 'integer':
      return Number(text)
    case 'true':
      return true
    case 'false':
      return false
    case 'data':
      return Buffer.from(text, 'base64')
    default:
      return text
  }
}
