// The settings of the directory: where people are looked up, who of them may come in, and what the address book shows.
import { isIP } from 'node:net'
import { z } from 'zod'
import { Secret } from '../log.ts'
import { flag, group, list, namesFile, number, text, word } from '../setting.ts'

const words = z.string('must be text').min(1, 'must not be empty')
const secret = words.transform((value) => new Secret(value)).nullable()
const server = words.refine(isServer, 'must hold addresses such as ldaps://dc1.example.com or ldap://ldap.example.com:389')
const filter = words.regex(/^\(.+\)$/s, 'must be an LDAP filter in parentheses, such as (objectClass=person)').nullable()

const domain = words.regex(/^[^\s@,]+$/, 'must hold domains such as example.com').transform((text) => text.toLowerCase())

/** What the address book and login read, by the names of `attributes`. */
export const attributeFields = [
  'login',
  'displayName',
  'addresses',
  'firstName',
  'lastName',
  'alias',
  'title',
  'company',
  'office',
  'phone',
  'homePhone',
  'mobilePhone',
  'photo',
  'certificates',
  'passwordStamp',
] as const
export type AttributeField = (typeof attributeFields)[number]

const mapping = words.refine(
  isMapping,
  `must hold field=attribute (several attributes with + between), where a field is one of ${attributeFields.join(', ')}`,
)

export const directorySettings = group({
  servers: list(
    {
      environment: 'EASEL_DIRECTORY_SERVERS',
      description:
        'LDAP servers (`ldaps://dc1.example.com`), the first that answers is used. Without any, the accounts of this server are the directory.',
    },
    server,
  ),
  tls: word(['required', 'none'], 'required', {
    environment: 'EASEL_DIRECTORY_TLS',
    description:
      '`required` insists on StartTLS with `ldap://`; `none` speaks plainly, to this machine only (see `directory.plainOverNetwork`).',
  }),
  plainOverNetwork: flag<boolean>(false, {
    environment: 'EASEL_DIRECTORY_PLAIN',
    description: 'Whether `directory.tls: none` may send passwords in the clear over the network.',
  }),
  ca: text(words.nullable(), null, {
    environment: 'EASEL_DIRECTORY_CA',
    paths: namesFile,
    shown: "the machine's",
    description: 'PEM file of the authority that signed the certificates of the servers; no other is believed then.',
  }),
  flavour: word(['auto', 'activeDirectory', 'generic'], 'auto', {
    environment: 'EASEL_DIRECTORY_FLAVOUR',
    description: 'What kind of directory it is; `auto` asks it.',
  }),
  user: text(words.nullable(), null, {
    environment: 'EASEL_DIRECTORY_USER',
    shown: 'anonymous',
    description: 'Who searches: a DN, with Active Directory also `user@domain`.',
  }),
  password: text(secret, null, { environment: 'EASEL_DIRECTORY_PASSWORD', description: 'Its password.' }),
  passwordFile: text(words.nullable(), null, {
    environment: 'EASEL_DIRECTORY_PASSWORD_FILE',
    paths: namesFile,
    description: 'File that holds the password instead.',
  }),
  base: text(words.nullable(), null, {
    environment: 'EASEL_DIRECTORY_BASE',
    shown: 'as the directory says',
    description: 'DN below which people are found.',
  }),
  groupBase: text(words.nullable(), null, {
    environment: 'EASEL_DIRECTORY_GROUP_BASE',
    shown: '`directory.base`',
    description: 'DN below which groups are found.',
  }),
  userFilter: text(filter, null, {
    environment: 'EASEL_DIRECTORY_USER_FILTER',
    shown: 'by kind',
    description: 'Which entries are people who may log in.',
  }),
  domain: text(words.nullable(), null, {
    environment: 'EASEL_DIRECTORY_DOMAIN',
    shown: 'as Active Directory says',
    description: 'What stands before the `\\` in `DOMAIN\\user`; with another kind of directory, any is taken if this is not set.',
  }),
  enabledGroups: list({
    environment: 'EASEL_DIRECTORY_GROUPS',
    description: 'Groups (`cn`) whose members may synchronise, those of groups in them included; none for everybody.',
  }),
  enabledFilter: text(filter, null, {
    environment: 'EASEL_DIRECTORY_ENABLED',
    shown: 'everybody',
    description: 'LDAP filter that somebody must match to synchronise, such as `(mobileSync=TRUE)`.',
  }),
  hiddenFilter: text(filter, null, {
    environment: 'EASEL_DIRECTORY_HIDDEN',
    shown: '`(msExchHideFromAddressLists=TRUE)`',
    description: 'LDAP filter of entries the address book does not show.',
  }),
  attributes: list(
    {
      environment: 'EASEL_DIRECTORY_ATTRIBUTES',
      shown: 'by kind',
      description: 'Attributes to read in place of the usual ones: `office=roomNumber`, `phone=ipPhone+telephoneNumber`.',
    },
    mapping,
  ),
  accounts: word(['login', 'sync'], 'login', {
    environment: 'EASEL_DIRECTORY_ACCOUNTS',
    description:
      'When somebody of the directory gets his mailbox here: at his first `login`, or as soon as the directory is read (`sync`).',
  }),
  mailDomains: list(
    {
      environment: 'EASEL_DIRECTORY_MAIL_DOMAINS',
      shown: 'all',
      description:
        'Mail domains of this server. Addresses that the directory has in others are nobody’s here: else one person with an address at another provider makes all mail to that provider ours.',
    },
    domain,
  ),
  separateDomains: flag<boolean>(false, {
    environment: 'EASEL_DIRECTORY_SEPARATE',
    description: 'Whether the address book shows people only those of their own mail domain.',
  }),
  lettersMin: number(2, [1, 16], {
    environment: 'EASEL_DIRECTORY_LETTERS',
    description: 'Least letters of a search in the address book.',
  }),
  foundMax: number(100, [1, 1000], { environment: 'EASEL_DIRECTORY_FOUND', description: 'Most entries that one search finds.' }),
  connectSeconds: number(5, [1, 60], { environment: 'EASEL_DIRECTORY_CONNECT', description: 'How long a server may take to be reached.' }),
  answerSeconds: number(10, [1, 120], { environment: 'EASEL_DIRECTORY_ANSWER', description: 'How long it may take to answer.' }),
  requestsMax: number(16, [1, 200], { environment: 'EASEL_DIRECTORY_REQUESTS', description: 'Most requests that it is asked at a time.' }),
  pollSeconds: number(30, [10, 45], {
    environment: 'EASEL_DIRECTORY_POLL',
    description: 'How often the directory is asked what changed: who is disabled there is out within a minute.',
  }),
  graceMinutes: number(240, [0, 10_080], {
    environment: 'EASEL_DIRECTORY_GRACE',
    description: 'How long those who were let in stay in while the directory does not answer.',
  }),
  wrongMax: number(4, [0, 1000], {
    environment: 'EASEL_DIRECTORY_WRONG',
    description:
      'Most wrong passwords of one person that the directory is shown within `directory.wrongMinutes`: fewer than lock an account there, so that no stranger can; 0 for no limit. Phones in use go on.',
  }),
  wrongMinutes: number(30, [1, 1440], {
    environment: 'EASEL_DIRECTORY_WRONG_MINUTES',
    description: 'How long the directory counts them, minutes.',
  }),
  file: text(words.nullable(), null, {
    environment: 'EASEL_DIRECTORY_FILE',
    paths: namesFile,
    description: 'YAML file with more entries of the address book, where there is no LDAP server.',
  }),
})

export type DirectorySettings = z.output<typeof directorySettings>

/** What contradicts itself, a sentence each. */
export function directoryContradictions(given: DirectorySettings): string[] {
  const { servers, tls, plainOverNetwork, user, password, passwordFile, file } = given
  const checks: readonly (readonly [contradiction: boolean, sentence: string])[] = [
    [password !== null && passwordFile !== null, 'directory.password and directory.passwordFile are both set: keep one.'],
    [
      (user === null) !== (password === null && passwordFile === null),
      'directory.user and directory.password go together: give both, or neither if the directory answers to anybody.',
    ],
    [
      tls === 'none' && !plainOverNetwork && servers.some((each) => each.startsWith('ldap:') && !isHere(new URL(each).hostname)),
      'directory.tls none would send passwords in the clear: use ldaps://, or leave it at required, or set directory.plainOverNetwork if the network is trusted.',
    ],
    [
      servers.length === 0 && user !== null,
      'There is a login for a directory but no directory: set directory.servers (EASEL_DIRECTORY_SERVERS).',
    ],
    [
      servers.length > 0 && file !== null,
      'directory.file completes the accounts of this server where there is no LDAP server: keep it, or directory.servers.',
    ],
  ]
  return checks.filter(([contradiction]) => contradiction).map(([, sentence]) => sentence)
}

function isHere(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'))
}

function isServer(value: string): boolean {
  if (!/^ldaps?:\/\//.test(value) || !URL.canParse(value)) return false
  const { hostname, pathname, search, hash, username } = new URL(value)
  return hostname !== '' && (pathname === '' || pathname === '/') && search === '' && hash === '' && username === ''
}

function isMapping(value: string): boolean {
  const [field, attributes = ''] = value.split('=')
  const isField = attributeFields.some((each) => each === field)
  return isField && /^[a-zA-Z][a-zA-Z0-9;.-]*(\+[a-zA-Z][a-zA-Z0-9;.-]*)*$/.test(attributes)
}
