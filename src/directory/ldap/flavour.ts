// The two kinds of directory: what Active Directory calls things, and what everybody else does; and how one tells which it is.
import { EqualityFilter, OrFilter, PresenceFilter, type Filter } from 'ldapts'
import type { AttributeField } from '../../settings/directory.ts'
import type { LdapEntry } from './entry.ts'

export type AttributeNames = Readonly<Record<AttributeField, readonly string[]>>

export interface Flavour {
  readonly name: 'activeDirectory' | 'generic'
  /** What lasts through renames. */
  readonly id: string
  readonly attributes: AttributeNames
  /** People who may log in, where no filter is configured. */
  readonly people: Filter
  readonly groups: Filter
  /** What tells the state of an account. */
  readonly state: readonly string[]
}

const classFilter = (...classes: readonly string[]) =>
  new OrFilter({ filters: classes.map((value) => new EqualityFilter({ attribute: 'objectClass', value })) })

/** Classes of entries that are groups. */
export const groupClasses = ['group', 'groupOfNames', 'groupOfUniqueNames', 'groupOfMembers', 'posixGroup']
export const roomClasses = ['room', 'calendarResource']

const activeDirectory: Flavour = {
  name: 'activeDirectory',
  id: 'objectGUID',
  attributes: {
    login: ['sAMAccountName'],
    displayName: ['displayName', 'cn'],
    addresses: ['mail', 'proxyAddresses'],
    firstName: ['givenName'],
    lastName: ['sn'],
    alias: ['mailNickname', 'sAMAccountName'],
    title: ['title'],
    company: ['company'],
    office: ['physicalDeliveryOfficeName'],
    phone: ['telephoneNumber'],
    homePhone: ['homePhone'],
    mobilePhone: ['mobile'],
    photo: ['thumbnailPhoto', 'jpegPhoto'],
    certificates: ['userCertificate', 'userSMIMECertificate'],
    passwordStamp: ['pwdLastSet'],
  },
  // sAMAccountType: a user, neither a machine nor a trust (MS-SAMR 2.2.1.9). It is indexed.
  people: new EqualityFilter({ attribute: 'sAMAccountType', value: '805306368' }),
  groups: new EqualityFilter({ attribute: 'objectClass', value: 'group' }),
  state: ['userAccountControl', 'msDS-User-Account-Control-Computed', 'accountExpires', 'lockoutTime', 'pwdLastSet'],
}

const generic: Flavour = {
  name: 'generic',
  id: 'entryUUID',
  attributes: {
    login: ['uid'],
    displayName: ['displayName', 'cn'],
    addresses: ['mail'],
    firstName: ['givenName'],
    lastName: ['sn'],
    alias: ['uid'],
    title: ['title'],
    company: ['o'],
    office: ['physicalDeliveryOfficeName', 'roomNumber'],
    phone: ['telephoneNumber'],
    homePhone: ['homePhone'],
    mobilePhone: ['mobile'],
    photo: ['jpegPhoto'],
    certificates: ['userCertificate;binary', 'userSMIMECertificate'],
    // Where there is no password policy, a changed password is a changed entry.
    passwordStamp: ['pwdChangedTime', 'modifyTimestamp'],
  },
  people: classFilter('inetOrgPerson', 'posixAccount'),
  groups: classFilter(...groupClasses),
  state: ['pwdAccountLockedTime', 'pwdEndTime', 'pwdReset', 'shadowExpire', 'nsAccountLock'],
}

export const flavours = { activeDirectory, generic } as const

/** MS-ADTS 3.1.1.3.4.1: what only Active Directory says of itself (LDAP_CAP_ACTIVE_DIRECTORY_OID). */
const activeDirectoryCapability = '1.2.840.113556.1.4.800'
export const rootAttributes = ['supportedCapabilities', 'defaultNamingContext', 'configurationNamingContext', 'namingContexts']

/** Which kind a directory is, by its rootDSE. */
export function flavourOf(root: LdapEntry): Flavour {
  return root.texts('supportedCapabilities').includes(activeDirectoryCapability) ? activeDirectory : generic
}

/** The attributes to read, with those that are configured (`office=roomNumber`) in place of the usual ones. */
export function attributesOf(flavour: Flavour, configured: readonly string[]): AttributeNames {
  const own = configured.map((mapping) => {
    const [field = '', attributes = ''] = mapping.split('=')
    return [field, attributes.split('+')]
  })
  return { ...flavour.attributes, ...Object.fromEntries(own) }
}

export const everything = new PresenceFilter({ attribute: 'objectClass' })
