// Every setting there is: its place in the file, its environment variable, its default and what it is for.
import { isIP } from 'node:net'
import { z } from 'zod'
import { Secret } from './log.ts'
import { flag, group, list, namesFile, number, port, text, word } from './setting.ts'
import { absenceSettings } from './settings/absence.ts'
import { acmeSettings } from './settings/acme.ts'
import { autodiscoverSettings } from './settings/autodiscover.ts'
import { caSettings } from './settings/ca.ts'
import { calendarSettings } from './settings/calendar.ts'
import { certificates } from './settings/certificates.ts'
import { directorySettings } from './settings/directory.ts'
import { enrolmentSettings } from './settings/enrolment.ts'
import { loginSettings } from './settings/login.ts'
import { oauthSettings } from './settings/oauth.ts'
import { smimeSettings } from './settings/smime.ts'

const words = z.string('must be text').min(1, 'must not be empty')
const hostName = words
  .regex(/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i, 'must be a host name such as mail.example.com')
  .transform((name) => name.toLowerCase())
const network = words.refine(isNetwork, 'must hold IP addresses, networks such as 10.0.0.0/8, or the word loopback')
const address = words.refine((value) => value === '*' || isIP(value) !== 0, 'must be an IP address of this machine, or *')
const origin = words.refine(isOrigin, 'must be the start of an https address, such as https://mail.example.com').nullable()
const secret = words.transform((value) => new Secret(value)).nullable()

export const settings = z.strictObject({
  data: text(words, 'data', {
    environment: 'EASEL_DATA',
    paths: namesFile,
    description: 'Folder that holds everything durable: the database, certificates, the control socket. One server per folder.',
  }),
  database: text(secret, null, {
    environment: 'EASEL_DATABASE_URL',
    shown: 'easel.db in the data folder',
    description: 'PostgreSQL address (`postgres://…`) to use instead of the embedded database.',
  }),
  host: text(hostName.nullable(), null, {
    environment: 'EASEL_HOST',
    shown: "the machine's name",
    description: 'The name phones reach this server by.',
  }),
  publicUrl: text(origin, null, {
    environment: 'EASEL_PUBLIC_URL',
    shown: 'from `host` and the port',
    description: 'What Autodiscover tells phones, where a proxy makes it differ: `https://mail.example.com`.',
  }),
  names: list(
    {
      environment: 'EASEL_NAMES',
      description: 'Further names of this server: they go into its certificate and are answered by Autodiscover.',
    },
    hostName,
  ),
  absence: absenceSettings,
  autodiscover: autodiscoverSettings,
  calendar: calendarSettings,
  demo: flag<boolean | null>(null, {
    environment: 'EASEL_DEMO',
    shown: 'on if nothing else is configured',
    description: 'Makes a demo domain with two accounts, with mail, calendars, contacts, tasks and notes, in an empty store.',
  }),
  https: group({
    port: port(8443, {
      environment: 'EASEL_HTTPS_PORT',
      description: 'Port for phones; `off` where only a proxy speaks to us, in plain HTTP.',
    }),
    address: text(address, '*', { environment: 'EASEL_HTTPS_ADDRESS', description: 'Address to listen on; `*` for all.' }),
    certificate: text(words.nullable(), null, {
      environment: 'EASEL_CERTIFICATE',
      paths: namesFile,
      shown: 'from our own authority',
      description: 'PEM file with the certificate and its chain. Read again when it changes.',
    }),
    key: text(words.nullable(), null, {
      environment: 'EASEL_CERTIFICATE_KEY',
      paths: namesFile,
      description: 'PEM file with the key of `https.certificate`.',
    }),
    proxyProtocol: word(['off', 'required'], 'off', {
      environment: 'EASEL_HTTPS_PROXY_PROTOCOL',
      description:
        'Whether a proxy that passes TLS on untouched says for whom (PROXY protocol 1 or 2). `required`: only from `trustedProxies`.',
    }),
  }),
  http: group({
    port: port(null, {
      environment: 'EASEL_HTTP_PORT',
      description: 'Port for plain HTTP, for a proxy that speaks TLS. Only on loopback, or with `trustedProxies`.',
    }),
    address: text(address, '127.0.0.1', { environment: 'EASEL_HTTP_ADDRESS', description: 'Address to listen on; `*` for all.' }),
    proxyProtocol: word(['off', 'required'], 'off', {
      environment: 'EASEL_HTTP_PROXY_PROTOCOL',
      description: 'The same for plain HTTP, behind what unwraps TLS and passes on bytes.',
    }),
  }),
  admin: group({
    port: port(8444, {
      environment: 'EASEL_ADMIN_PORT',
      description: 'Port of the administrators’ console and the REST interface; `off` for none.',
    }),
    address: text(address, '127.0.0.1', { environment: 'EASEL_ADMIN_ADDRESS', description: 'Address to listen on; `*` for all.' }),
    tls: flag<boolean>(true, {
      environment: 'EASEL_ADMIN_TLS',
      description:
        'Whether the console speaks HTTPS itself, with the certificate phones see. Plain HTTP only on loopback, or with `trustedProxies`.',
    }),
    userPage: flag<boolean>(false, {
      environment: 'EASEL_USER_PAGE',
      description: 'Whether users reach their own page (`/me`) where phones reach the server.',
    }),
    administrators: list({
      environment: 'EASEL_ADMINISTRATORS',
      description: 'Groups of the directory whose members are administrators at the console.',
    }),
    helpdesk: list({ environment: 'EASEL_HELPDESK', description: 'Groups whose members are its help desk.' }),
    auditors: list({ environment: 'EASEL_AUDITORS', description: 'Groups whose members see everything there and change nothing.' }),
    notify: list(
      {
        environment: 'EASEL_ADMIN_NOTIFY',
        description: 'Addresses of administrators: they are told by mail of devices in quarantine and of wipes.',
      },
      words.regex(/^[^\s@]+@[^\s@]+$/, 'must hold addresses such as admin@example.com'),
    ),
  }),
  metrics: group({
    port: port(null, {
      environment: 'EASEL_METRICS_PORT',
      description: 'Port of `/metrics`, `/healthz` and `/readyz`, for Prometheus and its kin; without a password.',
    }),
    address: text(address, '127.0.0.1', { environment: 'EASEL_METRICS_ADDRESS', description: 'Address to listen on; `*` for all.' }),
  }),
  wipe: group({
    perHour: number(10, [1, 1000], {
      environment: 'EASEL_WIPES_PER_HOUR',
      description: 'How many wipes one person may ask for in an hour.',
    }),
    approval: flag(false, {
      environment: 'EASEL_WIPE_APPROVAL',
      description: 'Whether a second administrator has to agree before a whole device is wiped (not where its owner asks for it).',
    }),
    verifierDays: number(90, [1, 3650], {
      environment: 'EASEL_WIPE_DAYS',
      description:
        'How long the last good password or certificate of a device is still taken from it for its wipe, after it was changed or revoked, or the account disabled.',
    }),
  }),
  lmtp: group({
    port: port(2424, { environment: 'EASEL_LMTP_PORT', description: 'Port where the mail system hands in mail by LMTP; `off` for none.' }),
    address: text(address, '127.0.0.1', {
      environment: 'EASEL_LMTP_ADDRESS',
      description: 'Address to listen on; `*` for all. LMTP knows no passwords: see `lmtp.clients`.',
    }),
    clients: list(
      { environment: 'EASEL_LMTP_CLIENTS', description: 'Addresses and networks that may hand in mail, besides this machine.' },
      network,
    ),
  }),
  trustedProxies: list(
    {
      environment: 'EASEL_TRUSTED_PROXIES',
      description: 'Addresses and networks (or `loopback`) of proxies whose `X-Forwarded-For` and `-Proto` are believed.',
    },
    network,
  ),
  proxyHops: number(0, [0, 8], {
    environment: 'EASEL_PROXY_HOPS',
    shown: 'as many as `trustedProxies` names',
    description: 'How many proxies stand in front, one behind the other: this entry of `X-Forwarded-For` counts, from the right.',
  }),
  certificates,
  smarthost: group({
    host: text(hostName.nullable(), null, {
      environment: 'EASEL_SMARTHOST',
      description: 'Mail server that takes our outbound mail. Without one, mail stays within our own domains.',
    }),
    port: number(587, [1, 65535], { environment: 'EASEL_SMARTHOST_PORT', description: 'Its port.' }),
    tls: word(['starttls', 'implicit', 'none'], 'starttls', {
      environment: 'EASEL_SMARTHOST_TLS',
      description: '`starttls` insists on it, `implicit` speaks TLS at once (port 465), `none` never does.',
    }),
    ca: text(words.nullable(), null, {
      environment: 'EASEL_SMARTHOST_CA',
      paths: namesFile,
      shown: 'the public ones',
      description: 'PEM file of the authority that signed its certificate.',
    }),
    user: text(words.nullable(), null, { environment: 'EASEL_SMARTHOST_USER', description: 'Name to log in with.' }),
    password: text(secret, null, { environment: 'EASEL_SMARTHOST_PASSWORD', description: 'Password to log in with.' }),
    passwordFile: text(words.nullable(), null, {
      environment: 'EASEL_SMARTHOST_PASSWORD_FILE',
      paths: namesFile,
      description: 'File that holds the password instead.',
    }),
  }),
  protocol: group({
    heartbeatSecondsMin: number(60, [1, 3540], {
      environment: 'EASEL_HEARTBEAT_MIN',
      description: 'Shortest wait a phone may ask for, seconds.',
    }),
    heartbeatSecondsMax: number(3540, [60, 3540], {
      environment: 'EASEL_HEARTBEAT_MAX',
      description: 'Longest wait, seconds. Proxies and firewalls in front must allow a little more without traffic.',
    }),
    windowSizeMax: number(512, [1, 512], { environment: 'EASEL_WINDOW_SIZE', description: 'Most changes in one answer.' }),
    collectionsMax: number(300, [1, 1000], { environment: 'EASEL_COLLECTIONS', description: 'Most folders in one Sync.' }),
    pingFoldersMax: number(300, [1, 1000], { environment: 'EASEL_PING_FOLDERS', description: 'Most folders in one Ping.' }),
    answerMegabytesMax: number(4, [1, 256], {
      environment: 'EASEL_ANSWER_MEGABYTES',
      description: 'Message contents in one Sync answer, megabytes.',
    }),
    brake: flag<boolean>(true, {
      environment: 'EASEL_BRAKE',
      description: 'Whether phones that run in circles are answered late, and then sent away for a while. There is an alarm either way.',
    }),
    addressBookPerMinute: number(1000, [10, 100_000], {
      environment: 'EASEL_ADDRESS_BOOK_PER_MINUTE',
      description: 'How many entries of the address book one account may be shown in a minute.',
    }),
    syncSeconds: number(20, [1, 120], {
      environment: 'EASEL_SYNC_SECONDS',
      description: 'How long one Sync may look for changes; Android gives up after 30 seconds.',
    }),
  }),
  mail: group({
    messageMegabytesMax: number(50, [1, 1024], {
      environment: 'EASEL_MESSAGE_MEGABYTES',
      description: 'Largest message taken from a phone or by LMTP, megabytes.',
    }),
    recipientsMax: number(500, [1, 10000], { environment: 'EASEL_RECIPIENTS', description: 'Most recipients of one message.' }),
  }),
  policy: group({
    enabled: flag<boolean>(true, { environment: 'EASEL_POLICY', description: 'Whether phones are given a policy at all.' }),
    passcode: flag<boolean>(false, { environment: 'EASEL_POLICY_PASSCODE', description: 'Phones must have a passcode.' }),
    passcodeLength: number(4, [1, 16], { environment: 'EASEL_POLICY_PASSCODE_LENGTH', description: 'Its shortest length.' }),
    lockSeconds: number(900, [60, 9998], {
      environment: 'EASEL_POLICY_LOCK_SECONDS',
      description: 'Seconds of rest after which a phone locks itself.',
    }),
    failedAttempts: number(8, [4, 16], {
      environment: 'EASEL_POLICY_FAILED_ATTEMPTS',
      description: 'Wrong passcodes after which a phone erases itself.',
    }),
    allowNonProvisionable: flag<boolean>(true, {
      environment: 'EASEL_POLICY_ALLOW_NON_PROVISIONABLE',
      description: 'Whether devices that cannot take a policy (Outlook for Windows) may enter.',
    }),
  }),
  auth: group({
    cacheMinutes: number(75, [1, 1440], {
      environment: 'EASEL_AUTH_CACHE_MINUTES',
      description:
        'How long proven credentials are remembered without use. Each use still asks, at most every half minute, whether they changed; while a directory is down `directory.graceMinutes` says how long they are good.',
    }),
    cacheSize: number(50_000, [10, 1_000_000], { environment: 'EASEL_AUTH_CACHE_SIZE', description: 'How many are remembered.' }),
    failuresPerAddress: number(20, [1, 1000], {
      environment: 'EASEL_AUTH_FAILURES_ADDRESS',
      description: 'Wrong passwords from one address before it has to wait.',
    }),
    failuresPerNetwork: number(100, [1, 100_000], {
      environment: 'EASEL_AUTH_FAILURES_NETWORK',
      description: 'Wrong passwords from one network (an IPv4 /24, an IPv6 /48) before strangers in it have to wait.',
    }),
    failuresPerAccount: number(10, [1, 1000], {
      environment: 'EASEL_AUTH_FAILURES_ACCOUNT',
      description: 'Wrong passwords for one account before strangers have to wait. Devices already in use never wait for strangers.',
    }),
    accountsPerNetwork: number(15, [2, 500], {
      environment: 'EASEL_AUTH_ACCOUNTS_NETWORK',
      description: 'People whose passwords are guessed from one network within an hour before that is called spraying, and slowed at once.',
    }),
    accountsPerPassword: number(10, [2, 500], {
      environment: 'EASEL_AUTH_ACCOUNTS_PASSWORD',
      description: 'People at whom one password is guessed within an hour, from wherever, before that is called spraying, and slowed.',
    }),
    delaySecondsMax: number(900, [1, 86_400], {
      environment: 'EASEL_AUTH_DELAY',
      description: 'Longest wait of an address, network or password; of an account, a fifteenth of it.',
    }),
  }),
  acme: acmeSettings,
  ca: caSettings,
  enrolment: enrolmentSettings,
  directory: directorySettings,
  smime: smimeSettings,
  login: loginSettings,
  oauth: oauthSettings,
  connections: group({
    keepAliveSeconds: number(4500, [5, 86_400], {
      environment: 'EASEL_KEEP_ALIVE',
      description: 'How long an idle connection stays open: longer than a proxy in front keeps it, or the proxy sees random 502s.',
    }),
    receiveSeconds: number(300, [1, 3600], {
      environment: 'EASEL_RECEIVE_SECONDS',
      description: 'How long a phone may take to send one request.',
    }),
    most: number(0, [0, 1_000_000], { environment: 'EASEL_CONNECTIONS', shown: 'no limit', description: 'Most connections at a time.' }),
    requestsPerAccount: number(100, [1, 10_000], {
      environment: 'EASEL_REQUESTS_PER_ACCOUNT',
      description: 'Most requests of one account at a time, parked ones included.',
    }),
  }),
  log: group({
    level: word(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info', {
      environment: 'EASEL_LOG_LEVEL',
      description: 'What is worth a line.',
    }),
    format: word(['auto', 'json', 'pretty'], 'auto', {
      environment: 'EASEL_LOG_FORMAT',
      description: '`auto`: for people on a terminal, JSON elsewhere.',
    }),
  }),
})

export type Settings = z.output<typeof settings>

function isNetwork(value: string): boolean {
  if (value === 'loopback') return true
  const [host = '', prefix, ...rest] = value.split('/')
  const family = isIP(host)
  if (family === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
}

function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  return url.protocol === 'https:' && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
}
