// The company as OpenLDAP knows it: people below an organizational unit per side, groups in groups, and policies of passwords.
import { hash, randomBytes } from 'node:crypto'
import { cast, crowd, photo, userPassword, type Person } from './crowd.ts'
import { entry, escapeDn, type Attributes } from './ldif.ts'

/** Salted, as `slappasswd` makes it: five thousand of them must not take a minute. */
function stored(password: string): string {
  const salt = randomBytes(4)
  return `{SSHA}${Buffer.concat([hash('sha1', Buffer.concat([Buffer.from(password), salt]), 'buffer'), salt]).toString('base64')}`
}

/** Where a person is found. */
export function personDn(suffix: string, { uid, side }: Pick<Person, 'uid' | 'side'>): string {
  return `uid=${escapeDn(uid)},ou=${side},ou=people,${suffix}`
}

function castDn(suffix: string, uid: string): string {
  const person = cast.find((each) => each.uid === uid)
  if (person === undefined) throw new Error(`nobody of the cast: ${uid}`)
  return personDn(suffix, person)
}

function personEntry(suffix: string, person: Person, password: string, certificate: Uint8Array, more: Attributes): string {
  return entry(personDn(suffix, person), {
    objectClass: ['inetOrgPerson', 'easelExtras'],
    uid: person.uid,
    cn: person.displayName,
    displayName: person.displayName,
    givenName: person.firstName,
    sn: person.lastName,
    mail: person.addresses,
    o: person.side === 'north' ? 'North Ltd.' : 'South AG',
    title: 'Engineer',
    telephoneNumber: '+49 30 1234',
    mobile: '+49 170 1234',
    userPassword: password,
    ...(person.hidden === true ? { easelHidden: 'TRUE' } : {}),
    ...(person.photo === true ? { jpegPhoto: photo } : {}),
    ...(person.certificate === true ? { 'userCertificate;binary': certificate } : {}),
    ...more,
  })
}

/** What differs from everybody else, by uid. */
const fates = (suffix: string): Readonly<Record<string, Attributes>> => ({
  dora: { easelDisabled: 'TRUE' },
  edith: { pwdEndTime: '20200101000000Z' },
  // 000001010000Z: until somebody unlocks it (draft-behera-ldap-password-policy 5.3.3).
  lena: { pwdAccountLockedTime: '000001010000Z' },
  mona: { pwdPolicySubentry: `cn=reset,ou=policies,${suffix}`, pwdReset: 'TRUE' },
  paul: { pwdPolicySubentry: `cn=stale,ou=policies,${suffix}`, pwdChangedTime: '20200101000000Z' },
})

/** Everything, ready for slapadd. `certificate`: DER, for those who publish one. */
export function slapdEntries(suffix: string, count: number, service: { dn: string; password: string }, certificate: Uint8Array): string {
  const people = crowd(count)
  const [password, fate] = [stored(userPassword), fates(suffix)]
  const unit = (path: string) => entry(`${path},${suffix}`, { objectClass: 'organizationalUnit', ou: path.slice(3).split(',')[0] ?? '' })
  const group = (name: string, members: readonly string[], more: Attributes = {}) =>
    entry(`cn=${name},ou=groups,${suffix}`, { objectClass: 'groupOfNames', cn: name, member: members, ...more })
  const policy = (name: string, more: Attributes) =>
    entry(`cn=${name},ou=policies,${suffix}`, {
      objectClass: ['organizationalRole', 'pwdPolicy'],
      cn: name,
      pwdAttribute: 'userPassword',
      ...more,
    })
  return [
    entry(suffix, { objectClass: ['dcObject', 'organization'], o: 'Easel', dc: 'easel' }),
    ...['ou=people', 'ou=north,ou=people', 'ou=south,ou=people', 'ou=groups', 'ou=policies', 'ou=services'].map(unit),
    policy('default', { pwdLockout: 'TRUE', pwdMaxFailure: '5', pwdLockoutDuration: '1800' }),
    policy('stale', { pwdMaxAge: '86400' }),
    policy('reset', { pwdMustChange: 'TRUE' }),
    policy('service', {}),
    entry(service.dn, {
      objectClass: ['applicationProcess', 'simpleSecurityObject'],
      cn: 'easel',
      userPassword: stored(service.password),
      // A wrong password in Easel's own settings must not lock its account.
      pwdPolicySubentry: `cn=service,ou=policies,${suffix}`,
    }),
    ...cast.map((person) => personEntry(suffix, person, password, certificate, fate[person.uid] ?? {})),
    ...people.map((person) => personEntry(suffix, person, password, certificate, {})),
    // phones > sales > sales-north > phones: three levels, and round in a circle.
    group('phones', [`cn=sales,ou=groups,${suffix}`, ...castNames.map((uid) => castDn(suffix, uid))]),
    group('sales', [`cn=sales-north,ou=groups,${suffix}`], {
      objectClass: ['groupOfNames', 'easelExtras'],
      displayName: 'Sales of both companies',
      mail: 'sales@north.example',
    }),
    group('sales-north', [
      castDn(suffix, 'alice'),
      `cn=phones,ou=groups,${suffix}`,
      ...people.slice(0, 200).map((person) => personDn(suffix, person)),
    ]),
    entry(`cn=strict,ou=groups,${suffix}`, { objectClass: 'posixGroup', cn: 'strict', gidNumber: '5000', memberUid: ['bob', 'sven'] }),
  ].join('')
}

/** Direct members of the group `phones`. Alice is one by way of two others, Carol is none. */
const castNames = ['bob', 'dora', 'edith', 'lena', 'mona', 'paul', 'hugo', 'zoe', 'sven', 'twin.north', 'twin.south', 'mute']
