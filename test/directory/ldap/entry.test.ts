// Entries as servers tell them, and the addresses in them.
import { expect, test } from 'vitest'
import { dnKey, LdapEntry } from '../../../src/directory/ldap/entry.ts'
import { attributesOf, everything, flavours, type Flavour } from '../../../src/directory/ldap/flavour.ts'
import { addressesOf, idFilter, idOf } from '../../../src/directory/ldap/identity.ts'
import type { Schema } from '../../../src/directory/ldap/schema.ts'

const schemaOf = (flavour: Flavour): Schema => ({
  flavour,
  attributes: attributesOf(flavour, []),
  base: 'dc=x',
  groupBase: 'dc=x',
  people: everything,
  domain: null,
})

test('attributes are found in any letter case, with whatever options they come', () => {
  const entry = new LdapEntry({ dn: 'cn=x', CN: 'Anna', 'userCertificate;binary': [Buffer.from([1, 2])], mail: [' a@x ', ''], sn: [] })
  expect(entry.text('cn')).toBe('Anna')
  expect(entry.bytes('userCertificate')).toEqual([Buffer.from([1, 2])])
  expect(entry.texts('MAIL')).toEqual(['a@x'])
  expect(entry.text('sn')).toBeNull()
})

test('one name written in several ways is one name', () => {
  const written = ['cn=Müller\\, Anna,ou=Sales,dc=x', 'CN=Müller\\2C Anna, OU=sales , DC=X', 'cn=müller\\2c anna,ou=sales,dc=x']
  expect(new Set(written.map(dnKey)).size).toBe(1)
  expect(dnKey('cn=a\\2cb,dc=x')).not.toBe(dnKey('cn=a,b,dc=x'))
})

test('the primary address is mail, or what Exchange writes in capitals', () => {
  const schema = schemaOf(flavours.activeDirectory)
  const proxyAddresses = ['smtp:a@old.example', 'SMTP:Anna@Example.com', 'X400:C=DE', 'sip:anna@example.com']
  expect(addressesOf(schema, new LdapEntry({ dn: 'x', proxyAddresses }))).toEqual(['anna@example.com', 'a@old.example'])
  expect(addressesOf(schema, new LdapEntry({ dn: 'x', mail: 'a@old.example', proxyAddresses }))).toEqual([
    'a@old.example',
    'anna@example.com',
  ])
  expect(addressesOf(schema, new LdapEntry({ dn: 'x', mail: 'not an address' }))).toEqual([])
})

test('an id is taken as the directory gives it, and nothing else is searched for', () => {
  const active = schemaOf(flavours.activeDirectory)
  const bytes = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
  const id = idOf(active, new LdapEntry({ dn: 'x', objectGUID: bytes }))
  expect(id).toBe('00112233445566778899aabbccddeeff')
  expect(idFilter(active, id ?? '')).not.toBeNull()
  for (const foreign of ['*', '', 'a)(b=c', '00']) expect(idFilter(active, foreign)).toBeNull()
  expect(idFilter(schemaOf(flavours.generic), '*')).toBeNull()
})
