// What the clients people have do with each rule of a policy, and how that is known.
import type { RuleName } from '../model/policy-rules.ts'
import type { ProtocolVersion } from '../model/version.ts'

export type Treatment =
  /** It does what the rule says. */
  | 'honoured'
  /** It passes over the rule, and acknowledges the policy all the same. */
  | 'ignored'
  /** It acknowledges the policy in part (Status 2), which a policy that insists does not accept. */
  | 'refused'
  | 'unknown'

/** Where a statement comes from. `evidence` is false for what is generally known and was found in no document. */
export interface Source {
  readonly text: string
  readonly evidence: boolean
}

const sources = {
  apple: { text: 'Apple, Deploying iPhone and iPad: Exchange ActiveSync', evidence: true },
  trial: { text: 'sysadminlab.net, iPhone OS 4 tried against Exchange 2007, 2010', evidence: true },
  microsoft: { text: 'Exchange team blog, Exchange ActiveSync and iPhone OS 3.1, 2009', evidence: true },
  press: { text: 'SearchExchange, A crash course on Exchange ActiveSync policies for iOS devices', evidence: true },
  aosp: { text: 'Android 4, source of the Exchange app: ProvisionParser.java', evidence: true },
  horde: { text: 'Horde, ActiveSync/Device.php: lets it in even where a policy is forced', evidence: true },
  known: { text: 'general knowledge, found in no document', evidence: false },
} as const satisfies Readonly<Record<string, Source>>

/** What one kind of client does with one rule. */
export interface Known {
  readonly treatment: Treatment
  readonly source: Source
  /** Where it is not as simple as that. */
  readonly note: string | null
}

const says =
  (treatment: Treatment) =>
  (source: keyof typeof sources, note: string | null = null): Known => ({ treatment, source: sources[source], note })
const honoured = says('honoured')
const ignored = says('ignored')
const refused = says('refused')
/** Nothing was found, in either direction. */
const unknown = says('unknown')('known')

export type ClientKind = 'ios' | 'android' | 'outlook'

export interface Client {
  readonly title: string
  /** The lowest and highest versions it was seen to speak. */
  readonly versions: readonly [lowest: ProtocolVersion, highest: ProtocolVersion]
}

/** Versions as recorded: iOS 4 to 16, the mail app of Android and Gmail, Outlook 2013 and later. */
export const clients: Readonly<Record<ClientKind, Client>> = {
  ios: { title: 'iPhone and iPad', versions: ['12.1', '16.1'] },
  android: { title: 'Android (mail app, Gmail, Samsung)', versions: ['12.1', '16.1'] },
  outlook: { title: 'Outlook for Windows', versions: ['12.1', '14.1'] },
}

/** Outlook for Windows never asks for a policy. */
export const byOutlook: Known = ignored('horde')

/** Of Samsung and Gmail there is no source: both began as the mail app of Android, and are taken to do what it did. */
export const clientRules: Readonly<Record<RuleName, { readonly ios: Known; readonly android: Known }>> = {
  devicePasswordEnabled: { ios: honoured('apple'), android: honoured('aosp') },
  alphanumericDevicePasswordRequired: { ios: honoured('apple'), android: honoured('aosp') },
  passwordRecoveryEnabled: { ios: ignored('trial'), android: ignored('aosp') },
  requireStorageCardEncryption: {
    ios: ignored('known', 'there is no storage card'),
    android: refused('aosp', 'where the phone has a card that can be taken out; without one, the phone itself is encrypted'),
  },
  attachmentsEnabled: { ios: unknown, android: honoured('aosp') },
  minDevicePasswordLength: { ios: honoured('apple'), android: honoured('aosp') },
  maxInactivityTimeDeviceLock: { ios: honoured('apple'), android: honoured('aosp') },
  maxDevicePasswordFailedAttempts: { ios: honoured('apple'), android: honoured('aosp') },
  maxAttachmentSize: { ios: unknown, android: honoured('aosp') },
  allowSimpleDevicePassword: { ios: honoured('press'), android: ignored('aosp') },
  devicePasswordExpiration: { ios: honoured('trial'), android: honoured('aosp') },
  devicePasswordHistory: { ios: honoured('trial'), android: honoured('aosp') },
  allowStorageCard: { ios: ignored('known', 'there is no storage card'), android: refused('aosp') },
  allowCamera: { ios: honoured('apple'), android: honoured('aosp') },
  requireDeviceEncryption: {
    ios: honoured('microsoft', 'from the iPhone 3GS on; older ones refuse the policy'),
    android: honoured('aosp', 'refused by a phone that cannot encrypt'),
  },
  allowUnsignedApplications: { ios: ignored('known'), android: refused('aosp') },
  allowUnsignedInstallationPackages: { ios: ignored('known'), android: refused('aosp') },
  minDevicePasswordComplexCharacters: {
    ios: honoured('trial', 'counts characters that are neither letters nor digits'),
    android: honoured('aosp', 'together with letters and digits only; counts characters that are no letters'),
  },
  allowWiFi: { ios: ignored('known'), android: refused('aosp') },
  allowTextMessaging: { ios: ignored('known'), android: refused('aosp') },
  allowPOPIMAPEmail: { ios: ignored('known'), android: refused('aosp') },
  allowBluetooth: { ios: ignored('known'), android: refused('aosp') },
  allowIrDA: { ios: ignored('known'), android: refused('aosp') },
  requireManualSyncWhenRoaming: { ios: honoured('apple'), android: honoured('aosp') },
  allowDesktopSync: { ios: ignored('known'), android: ignored('aosp') },
  maxCalendarAgeFilter: { ios: unknown, android: honoured('aosp') },
  allowHTMLEmail: { ios: ignored('known'), android: refused('aosp') },
  maxEmailAgeFilter: { ios: honoured('known'), android: honoured('aosp') },
  maxEmailBodyTruncationSize: { ios: unknown, android: refused('aosp') },
  maxEmailHTMLBodyTruncationSize: { ios: unknown, android: refused('aosp') },
  requireSignedSMIMEMessages: { ios: unknown, android: refused('aosp') },
  requireEncryptedSMIMEMessages: { ios: unknown, android: refused('aosp') },
  requireSignedSMIMEAlgorithm: { ios: unknown, android: refused('aosp') },
  requireEncryptionSMIMEAlgorithm: { ios: unknown, android: refused('aosp', 'DES; the kinds of RC2 are passed over') },
  allowSMIMEEncryptionAlgorithmNegotiation: { ios: unknown, android: ignored('aosp') },
  allowSMIMESoftCerts: { ios: unknown, android: ignored('aosp') },
  allowBrowser: { ios: honoured('known'), android: refused('aosp') },
  allowConsumerEmail: { ios: ignored('known'), android: refused('aosp') },
  allowRemoteDesktop: { ios: ignored('known'), android: ignored('aosp') },
  allowInternetSharing: { ios: ignored('known'), android: refused('aosp') },
  unapprovedInROMApplicationList: { ios: ignored('known'), android: refused('aosp') },
  approvedApplicationList: { ios: ignored('known'), android: refused('aosp') },
}
