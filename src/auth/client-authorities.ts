// The authorities whose certificates log in, and whom a certificate of each means.
import { MalformedCertificate, readCertificate, type ReadCertificate } from './chain/certificate.ts'
import type { SerialNumber } from '../model/certificate.ts'

/** How a certificate says whose it is. */
export type Mapping =
  /** The userPrincipalName in its alternative names, */
  | { readonly kind: 'upn' }
  /** an address for mail there, */
  | { readonly kind: 'email' }
  /** its number, where the authority itself issued it: number to login name, */
  | { readonly kind: 'serial'; readonly accounts: ReadonlyMap<SerialNumber, string> }
  /** or a text with names of the certificate in braces: `{cn}@example.com`. */
  | { readonly kind: 'template'; readonly text: string }

export interface ClientAuthority {
  readonly certificate: ReadCertificate
  /** Asked one after the other: the first that finds somebody decides. Of our own authority the store knows whose each one is. */
  readonly mappings: readonly Mapping[]
}

const words = ['cn', 'uid', 'o', 'ou', 'serialNumber', 'emailAddress', 'serial', 'upn', 'email', 'san.dns', 'san.uri'] as const
type Word = (typeof words)[number]

const wordForm = /\{([^{}]*)\}/g

/** What is wrong with a template, as the end of a sentence; null for nothing. */
export function templateTrouble(text: string): string | null {
  const used = Array.from(text.matchAll(wordForm), ([, word = '']) => word)
  if (used.length === 0 || /[{}]/.test(text.replaceAll(wordForm, ''))) {
    return 'holds no name in braces, such as {cn}@example.com'
  }
  const unknown = used.find((word) => !words.some((known) => known === word))
  return unknown === undefined ? null : `names {${unknown}}, which is none of ${words.map((word) => `{${word}}`).join(', ')}`
}

/** The login names that a certificate gives by one mapping; none if it says nothing, or not clearly. */
export function namesOf(path: readonly ReadCertificate[], mapping: Mapping): readonly string[] {
  const [leaf] = path
  if (leaf === undefined) return []
  switch (mapping.kind) {
    case 'upn':
      return leaf.alternative.upn
    case 'email':
      return leaf.alternative.email
    case 'serial': {
      // Numbers are an issuer's own: those of an authority in between are another's.
      const name = path.length === 2 ? mapping.accounts.get(leaf.serial) : undefined
      return name === undefined ? [] : [name]
    }
    case 'template': {
      const name = filled(mapping.text, leaf)
      return name === null ? [] : [name]
    }
  }
}

/** Null where the certificate lacks one of the names, has several of it, or has one that would be more than a part. */
function filled(template: string, leaf: ReadCertificate): string | null {
  const isWhole = /^\{[^{}]*\}$/.test(template)
  let isClear = true
  const text = template.replaceAll(wordForm, (_match, word: Word) => {
    const [value = '', ...others] = valuesOf(leaf, word)
    // Whoever may choose a common name must not choose the domain with it.
    if (others.length > 0 || value === '' || (!isWhole && /[@\\\s]/.test(value))) isClear = false
    return value
  })
  return isClear ? text : null
}

function valuesOf({ common, alternative, serial }: ReadCertificate, word: Word): readonly string[] {
  switch (word) {
    case 'serial':
      return [serial]
    case 'upn':
      return alternative.upn
    case 'email':
      return alternative.email
    case 'san.dns':
      return alternative.dns
    case 'san.uri':
      return alternative.uri
    default:
      return common[word]
  }
}

const pemForm = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g

/** Every certificate in a PEM text. Throws MalformedCertificate if one of them is none, or there is none at all. */
export function readAuthorities(pem: string): readonly ReadCertificate[] {
  const found = Array.from(pem.matchAll(pemForm), ([, content = '']) => readCertificate(Buffer.from(content, 'base64')))
  if (found.length === 0) throw new MalformedCertificate('no PEM certificate')
  return found
}
