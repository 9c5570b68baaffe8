// The names in certificates: distinguished ones to compare, and those of people to find their accounts by.
import { BaseStringBlock, ObjectIdentifier, Utf8String, type AsnType } from 'asn1js'
import type * as pkijs from 'pkijs'

/** The alternative names, each list in the order of the certificate. */
export interface GeneralNames {
  readonly email: readonly string[]
  /** userPrincipalName, as Active Directory writes it. */
  readonly upn: readonly string[]
  readonly dns: readonly string[]
  readonly uri: readonly string[]
}

/** The attributes of a subject that say who somebody is. */
export interface NameValues {
  readonly cn: readonly string[]
  readonly serialNumber: readonly string[]
  readonly o: readonly string[]
  readonly ou: readonly string[]
  readonly uid: readonly string[]
  readonly emailAddress: readonly string[]
}

const upnType = '1.3.6.1.4.1.311.20.2.3'
/** RFC 5280 4.2.1.6. */
const kinds = { other: 0, email: 1, dns: 2, uri: 6 } as const

/** RFC 5280 7.1: letter case and runs of blanks say nothing; how a text is encoded does not either. */
export function canonicalName({ typesAndValues }: pkijs.RelativeDistinguishedNames): string {
  return JSON.stringify(typesAndValues.map(({ type, value }) => [type, comparable(value)]))
}

function comparable(value: AsnType): string {
  const text = textOf(value)
  if (text === null) return `#${Buffer.from(value.toBER()).toString('hex')}`
  return `=${text.normalize('NFKC').toLowerCase().trim().replaceAll(/\s+/g, ' ')}`
}

function textOf(value: unknown): string | null {
  return value instanceof BaseStringBlock ? value.valueBlock.value : null
}

/** The attributes of a subject. */
export function nameValues({ typesAndValues }: pkijs.RelativeDistinguishedNames): NameValues {
  const valuesOf = (wanted: string) => typesAndValues.flatMap(({ type, value }) => (type === wanted ? (textOf(value) ?? []) : []))
  return {
    cn: valuesOf('2.5.4.3'),
    serialNumber: valuesOf('2.5.4.5'),
    o: valuesOf('2.5.4.10'),
    ou: valuesOf('2.5.4.11'),
    uid: valuesOf('0.9.2342.19200300.100.1.1'),
    emailAddress: valuesOf('1.2.840.113549.1.9.1'),
  }
}

/** Sorts alternative names; kinds that say nothing here are left out. */
export function generalNames(names: pkijs.AltName | null): GeneralNames {
  const all = names?.altNames ?? []
  const texts = (kind: number) => all.flatMap(({ type, value }) => (type === kind && typeof value === 'string' ? value : []))
  return {
    email: texts(kinds.email),
    upn: all.flatMap(({ type, value }) => (type === kinds.other ? (upnOf(value) ?? []) : [])),
    dns: texts(kinds.dns),
    uri: texts(kinds.uri),
  }
}

/** OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }. */
function upnOf(other: { readonly valueBlock?: { readonly value?: unknown } }): string | null {
  const [type, wrapped] = listOf(other.valueBlock?.value)
  if (!(type instanceof ObjectIdentifier) || type.getValue() !== upnType) return null
  const [value] = listOf((wrapped as { valueBlock?: { value?: unknown } } | undefined)?.valueBlock?.value)
  return value instanceof Utf8String ? value.getValue() : null
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Those that are addresses, as they are written. */
export function uriNames(names: readonly pkijs.GeneralName[]): string[] {
  return names.flatMap(({ type, value }) => (type === kinds.uri && typeof value === 'string' ? value : []))
}

/** The addresses that HTTP reaches; Active Directory's own (ldap:) are left out. */
export function httpUrls(urls: readonly string[]): string[] {
  return urls.filter((url) => /^https?:\/\//i.test(url) && URL.canParse(url))
}
