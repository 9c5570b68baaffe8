// The rules a policy may hold, each with its range and its neutral value (MS-ASPROV 2.2.2): one table for all that shows or sends them.
import { choice, flag, number, texts, type ChoiceRule, type FlagRule, type NumberRule, type Rule } from './policy-rule.ts'

/** AOSP reads every number as one of 32 bits with a sign. */
const most = 0x7fff_ffff

/** MS-ASPROV 2.2.2.29: the SHA-1 of a program, which has 20 bytes. */
const sha1 = [/^[A-Za-z0-9+/]{27}=$/, 'a SHA-1 hash in base64 has 28 characters, the last of them ='] as const
const programName = [/^[^\p{Cc}]{1,256}$/u, 'the name of a program has 1 to 256 characters'] as const

/** In the order of Provision.xsd, in which they travel; a name is the element's, in our spelling. */
export const policyRules = {
  devicePasswordEnabled: flag('passcode', false, 'Require passcode', 'The phone is locked with a passcode.'),
  alphanumericDevicePasswordRequired: flag('passcode', false, 'Require letters and digits', 'The passcode has letters as well as digits.'),
  passwordRecoveryEnabled: flag('passcode', false, 'Recovery passcode', 'The phone leaves a spare passcode with the server.'),
  requireStorageCardEncryption: flag('encryption', false, 'Encrypt storage card', 'What is written to a storage card is encrypted.'),
  attachmentsEnabled: flag('mail', true, 'Allow attachments', 'Attachments of mail may be fetched to the phone.'),
  minDevicePasswordLength: number('passcode', [1, 16, 'characters'], null, 'Minimum passcode length', 'The passcode is at least so long.'),
  // MS-ASPROV 2.2.2.36: 9999 and more mean never, which is what a rule that is not set says.
  maxInactivityTimeDeviceLock: number(
    'passcode',
    [60, 9998, 'seconds'],
    null,
    'Inactivity time',
    'The phone locks itself when it was not used for so long; phones offer 1 to 60 minutes.',
  ),
  // MS-ASPROV 2.2.2.32.
  maxDevicePasswordFailedAttempts: number(
    'passcode',
    [4, 16, 'attempts'],
    null,
    'Failed attempts before local wipe',
    'After so many wrong passcodes the phone erases itself.',
  ),
  maxAttachmentSize: number(
    'mail',
    [1, most, 'bytes'],
    null,
    'Largest attachment',
    'Attachments above this size are not fetched to the phone.',
  ),
  allowSimpleDevicePassword: flag('passcode', true, 'Allow simple passcode', 'Passcodes such as 2222 or abcd are accepted.'),
  // The highest numbers of these two are those of Exchange: nobody has tried what phones make of more.
  devicePasswordExpiration: number(
    'passcode',
    [1, 730, 'days'],
    null,
    'Passcode expiration',
    'The passcode has to be changed after so many days.',
  ),
  devicePasswordHistory: number(
    'passcode',
    [1, 50, 'passcodes'],
    0,
    'Passcode history',
    'So many earlier passcodes are not accepted again.',
  ),
  allowStorageCard: flag('device', true, 'Allow storage card', 'The storage card may be used.'),
  allowCamera: flag('device', true, 'Allow camera', 'The camera may be used, in every app.'),
  requireDeviceEncryption: flag('encryption', false, 'Encrypt device', 'What is stored on the phone is encrypted.'),
  allowUnsignedApplications: flag('applications', true, 'Allow unsigned applications', 'Programs without a signature may run.'),
  allowUnsignedInstallationPackages: flag(
    'applications',
    true,
    'Allow unsigned packages',
    'Packages without a signature may be installed.',
  ),
  // MS-ASPROV 2.2.2.37 counts lower case, upper case, digits and others as kinds.
  minDevicePasswordComplexCharacters: number(
    'passcode',
    [1, 4, 'kinds'],
    1,
    'Minimum complex characters',
    'The passcode has characters of so many kinds: lower case, upper case, digits, others.',
  ),
  allowWiFi: flag('device', true, 'Allow Wi-Fi', 'Wireless networks may be used.'),
  allowTextMessaging: flag('device', true, 'Allow text messages', 'Text messages may be sent and received.'),
  allowPOPIMAPEmail: flag('mail', true, 'Allow POP and IMAP', 'Mail of other servers may be read by POP or IMAP.'),
  allowBluetooth: choice(
    'device',
    { off: 0, 'hands-free': 1, on: 2 },
    'on',
    'Bluetooth',
    'Bluetooth is off, for hands-free sets only, or on.',
  ),
  allowIrDA: flag('device', true, 'Allow infrared', 'Infrared connections may be used.'),
  requireManualSyncWhenRoaming: flag(
    'mail',
    false,
    'Manual sync while roaming',
    'In foreign networks the phone syncs only when it is told to.',
  ),
  allowDesktopSync: flag('device', true, 'Allow desktop sync', 'The phone may sync with a computer.'),
  maxCalendarAgeFilter: choice(
    'mail',
    { all: 0, 'two-weeks': 4, 'one-month': 5, 'three-months': 6, 'six-months': 7 },
    'all',
    'Past calendar',
    'How far back the phone may sync appointments.',
  ),
  allowHTMLEmail: flag('mail', true, 'Allow HTML mail', 'Mail may be shown in HTML.'),
  maxEmailAgeFilter: choice(
    'mail',
    { all: 0, 'one-day': 1, 'three-days': 2, 'one-week': 3, 'two-weeks': 4, 'one-month': 5 },
    'all',
    'Past mail',
    'How far back the phone may sync mail.',
  ),
  // MS-ASPROV 2.2.2.34 and 2.2.2.35: -1 for all of it, 0 for the header only; no unit is named, Exchange counts kilobytes.
  maxEmailBodyTruncationSize: number(
    'mail',
    [0, most, 'kilobytes'],
    -1,
    'Plain text up to',
    'Longer mail in plain text is cut; 0 leaves the header.',
  ),
  maxEmailHTMLBodyTruncationSize: number(
    'mail',
    [0, most, 'kilobytes'],
    -1,
    'HTML up to',
    'Longer mail in HTML is cut; 0 leaves the header.',
  ),
  requireSignedSMIMEMessages: flag('smime', false, 'Require signing', 'Mail has to be signed.'),
  requireEncryptedSMIMEMessages: flag('smime', false, 'Require encryption', 'Mail has to be encrypted.'),
  requireSignedSMIMEAlgorithm: choice('smime', { sha1: 0, md5: 1 }, 'sha1', 'Algorithm of signatures', 'What signatures are made with.'),
  requireEncryptionSMIMEAlgorithm: choice(
    'smime',
    { 'triple-des': 0, des: 1, 'rc2-128': 2, 'rc2-64': 3, 'rc2-40': 4 },
    'triple-des',
    'Algorithm of encryption',
    'What mail is encrypted with.',
  ),
  allowSMIMEEncryptionAlgorithmNegotiation: choice(
    'smime',
    { none: 0, strong: 1, any: 2 },
    'any',
    'Other algorithms',
    'Whether a recipient who cannot read this algorithm is sent another: none, a strong one, any.',
  ),
  allowSMIMESoftCerts: flag('smime', true, 'Allow software certificates', 'Mail may be signed with certificates that lie on the phone.'),
  allowBrowser: flag('device', true, 'Allow web browser', 'The browser of the system may be used.'),
  allowConsumerEmail: flag('mail', true, 'Allow private mail', 'Private mail accounts may be set up.'),
  allowRemoteDesktop: flag('device', true, 'Allow remote desktop', 'The phone may control a computer.'),
  allowInternetSharing: flag('device', true, 'Allow internet sharing', 'Other devices may use the connection of the phone.'),
  unapprovedInROMApplicationList: texts(
    'applications',
    'ApplicationName',
    programName,
    'Forbidden programs',
    'Programs that came with the phone and must not run, by name.',
  ),
  approvedApplicationList: texts(
    'applications',
    'Hash',
    sha1,
    'Allowed programs',
    'The only programs that may be installed and run, by the SHA-1 hash of each in base64.',
  ),
} as const

export type RuleName = keyof typeof policyRules

/** The value of a rule as people and policies write it. */
type ValueOf<Declared> = Declared extends FlagRule
  ? boolean
  : Declared extends NumberRule
    ? number
    : Declared extends ChoiceRule<infer Name>
      ? Name
      : readonly string[]

/** The rules that are set, by name; what is left out has its neutral value. */
export type PolicyRules = { readonly [Name in RuleName]?: ValueOf<(typeof policyRules)[Name]> | undefined }
export type RuleValue = boolean | number | string | readonly string[]

/** In the order of the table. */
export const ruleNames = Object.keys(policyRules) as readonly RuleName[]

/** The rule of this name, whatever its kind. */
export function ruleNamed(name: RuleName): Rule {
  return policyRules[name]
}

/** Whether a phone that is told this does what it would do anyway; so is a rule that is not set. */
export function isNeutral(name: RuleName, value: RuleValue | undefined): boolean {
  const rule = ruleNamed(name)
  if (value === undefined) return true
  return rule.kind === 'texts' ? Array.isArray(value) && value.length === 0 : value === rule.neutral
}
