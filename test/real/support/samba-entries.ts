// The company as Active Directory knows it: the cast, a few others, groups in groups, and a rule that locks accounts.
import { cast, crowd, photo, userPassword, type Person } from './crowd.ts'
import { entry, escapeDn, replacement, type Attributes } from './ldif.ts'

/** Wrong passwords before an account is locked. */
export const lockoutThreshold = 5

/** Where a person is found. */
export function accountDn(suffix: string, { displayName, side }: Pick<Person, 'displayName' | 'side'>): string {
  return `CN=${escapeDn(displayName)},OU=${side},OU=People,${suffix}`
}

/** Where one of the cast is found. */
export function castDn(suffix: string, uid: string): string {
  const person = cast.find((each) => each.uid === uid)
  if (person === undefined) throw new Error(`nobody of the cast: ${uid}`)
  return accountDn(suffix, person)
}

/** MS-ADTS 3.1.1.3.1.5.1: in quotation marks, UTF-16. */
const unicodePwd = (password: string) => Buffer.from(`"${password}"`, 'utf16le')

// MS-ADTS 2.2.16.
const [disabledAccount, normalAccount, neverExpires] = [0x2, 0x200, 0x10000]

const fates: Readonly<Record<string, Attributes>> = {
  dora: { userAccountControl: String(normalAccount + disabledAccount) },
  // 2016, in steps of 100 ns since 1601.
  edith: { accountExpires: '131000000000000000' },
  mona: { pwdLastSet: '0' },
}

function accountEntry(suffix: string, person: Person, certificate: Uint8Array): string {
  const { uid, side, addresses, firstName, lastName, displayName } = person
  const [primary, ...others] = addresses
  return entry(accountDn(suffix, person), {
    objectClass: 'user',
    sAMAccountName: uid,
    userPrincipalName: `${uid}@easel.example`,
    displayName,
    givenName: firstName,
    sn: lastName,
    company: side === 'north' ? 'North Ltd.' : 'South AG',
    title: 'Engineer',
    telephoneNumber: '+49 30 1234',
    mobile: '+49 170 1234',
    mailNickname: uid,
    userAccountControl: String(normalAccount),
    unicodePwd: unicodePwd(userPassword),
    ...(primary === undefined ? {} : { mail: primary }),
    ...(primary === undefined ? {} : { proxyAddresses: [`SMTP:${primary}`, ...others.map((address) => `smtp:${address}`)] }),
    ...(person.hidden === true ? { msExchHideFromAddressLists: 'TRUE' } : {}),
    ...(person.photo === true ? { thumbnailPhoto: photo } : {}),
    ...(person.certificate === true ? { userCertificate: certificate } : {}),
    ...fates[uid],
  })
}

/** What Exchange adds to a schema, as far as a phone sees it: Samba brings the schema of Windows alone. */
export function sambaSchema(suffix: string): string {
  const schema = `CN=Schema,CN=Configuration,${suffix}`
  const attribute = (cn: string, name: string, id: string, more: Attributes) =>
    entry(`CN=${cn},${schema}`, { objectClass: 'attributeSchema', attributeID: id, lDAPDisplayName: name, isSingleValued: 'TRUE', ...more })
  return [
    attribute('ms-Exch-Hide-From-Address-Lists', 'msExchHideFromAddressLists', '1.2.840.113556.1.4.7000.102.73', {
      ...{ attributeSyntax: '2.5.5.8', oMSyntax: '1' },
    }),
    // Found by `anr` (4), and indexed (1).
    attribute('ms-Exch-Mail-Nickname', 'mailNickname', '1.2.840.113556.1.2.447', {
      ...{ attributeSyntax: '2.5.5.12', oMSyntax: '64', searchFlags: '5' },
    }),
    replacement('', { schemaUpdateNow: '1' }),
    `dn: CN=Mail-Recipient,${schema}\nchangetype: modify\nadd: mayContain\nmayContain: msExchHideFromAddressLists\nmayContain: mailNickname\n\n`,
    replacement('', { schemaUpdateNow: '1' }),
  ].join('')
}

/** Everything, in an order in which it can be added one after the other. */
export function sambaEntries(suffix: string, service: { dn: string; password: string }, certificate: Uint8Array, count = 40): string {
  const people = crowd(count)
  const unit = (path: string) => entry(`${path},${suffix}`, { objectClass: 'organizationalUnit' })
  const group = (name: string, members: readonly string[], more: Attributes = {}) =>
    entry(`CN=${name},OU=Groups,${suffix}`, { objectClass: 'group', sAMAccountName: name, member: members, ...more })
  return [
    replacement(suffix, {
      lockoutThreshold: String(lockoutThreshold),
      // Thirty minutes, in steps of 100 ns, negative.
      lockoutDuration: '-18000000000',
      lockOutObservationWindow: '-18000000000',
    }),
    ...['OU=People', 'OU=north,OU=People', 'OU=south,OU=People', 'OU=Groups', 'OU=Services'].map(unit),
    entry(service.dn, {
      objectClass: 'user',
      sAMAccountName: 'easel-service',
      userAccountControl: String(normalAccount + neverExpires),
      unicodePwd: unicodePwd(service.password),
    }),
    ...[...cast, ...people].map((person) => accountEntry(suffix, person, certificate)),
    // phones > sales > sales-north > phones: three levels, and round in a circle.
    group('sales-north', [castDn(suffix, 'alice'), ...people.slice(0, 30).map((person) => accountDn(suffix, person))]),
    group('sales', [`CN=sales-north,OU=Groups,${suffix}`], { displayName: 'Sales of both companies', mail: 'sales@north.example' }),
    group('phones', [`CN=sales,OU=Groups,${suffix}`, ...phonesMembers.map((uid) => castDn(suffix, uid))]),
    group(
      'strict',
      ['bob', 'sven'].map((uid) => castDn(suffix, uid)),
    ),
    `dn: CN=sales-north,OU=Groups,${suffix}\nchangetype: modify\nadd: member\nmember: CN=phones,OU=Groups,${suffix}\n\n`,
  ].join('')
}

/** Direct members of the group `phones`. Alice is one by way of two others, Carol is none. */
export const phonesMembers = ['bob', 'dora', 'edith', 'lena', 'mona', 'paul', 'hugo', 'zoe', 'sven', 'twin.north', 'twin.south', 'mute']
