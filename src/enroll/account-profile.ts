// The configuration profile that gives a phone one person's account: the Exchange payload, and by what he is known.
import type { Authority } from './authority.ts'
import { propertyList, uuidOf, type PropertyDictionary } from './property-list.ts'
import { rootPayload } from './profile.ts'
import type { Instant } from '../model/id.ts'

/** How the phone proves whose account it is. */
export const profileKinds = ['password', 'certificate', 'scep', 'oauth'] as const
export type ProfileKind = (typeof profileKinds)[number]

/** What the administrator wants of every account. */
export interface AccountOptions {
  /** Shown on the phone as who made it; null for none. */
  readonly organization: string | null
  /** 0 for all; Apple knows 1, 3, 7, 14 and 31. */
  readonly pastDays: number
  /** Whether mail may not be moved into another account of the phone. */
  readonly preventMove: boolean
  /** Whether addresses written to stay out of the owner's cloud. */
  readonly keepRecents: boolean
  /** Each includes the one before: the owner may turn it on, it signs by itself, it encrypts by itself. */
  readonly smime: 'off' | 'allowed' | 'sign' | 'encrypt'
}

/** The identity that goes along with the profile. */
export interface IncludedIdentity {
  readonly kind: 'pkcs12'
  readonly pkcs12: Uint8Array
  /** Null: the phone asks for it. */
  readonly password: string | null
}

/** The identity that the phone makes, and has certified by SCEP. */
export interface RequestedIdentity {
  readonly kind: 'scep'
  readonly url: string
  readonly authorityName: string
  readonly challenge: string
  /** SHA-1 of the authority's certificate, the one Apple's key is documented for: 20 bytes. */
  readonly authorityFingerprint: Uint8Array
}

export interface OAuthLogin {
  readonly kind: 'oauth'
  /** Where to log in, and where to get tokens; null: the phone asks Autodiscover. */
  readonly signInUrl: string | null
  readonly tokenUrl: string | null
}

export type ProfileLogin = IncludedIdentity | RequestedIdentity | OAuthLogin | { readonly kind: 'password' }

export interface AccountProfile {
  readonly address: string
  /** The account's lasting id: a profile made anew takes the place of the one before it. */
  readonly id: string
  /** `mail.example.com`, with a port where it is not 443. */
  readonly host: string
  readonly login: ProfileLogin
  /** Our own authority, where the server's certificate is from it. */
  readonly authority: Pick<Authority, 'name' | 'der'> | null
  readonly options: AccountOptions
  /** When it ends; null for never. */
  readonly until: Instant | null
}

/**
 * The profile as a property list. Keys as in Apple's github.com/apple/device-management, mdm/profiles: TopLevel.yaml,
 * com.apple.eas.account.yaml, com.apple.security.{root,pkcs12,scep}.yaml.
 */
export function accountProfile(wanted: AccountProfile): string {
  const { address, host, login, authority, options, until } = wanted
  const thing = `${host}\n${wanted.id}`
  const identifier = `${host.split(':', 1)[0]?.split('.').toReversed().join('.') ?? 'easel'}.easel.${uuidOf('account', thing).slice(0, 8).toLowerCase()}`
  const name = (part: string) => ({ PayloadIdentifier: `${identifier}.${part}`, PayloadUUID: uuidOf(part, thing), PayloadVersion: 1 })
  const identity = identityPayload(wanted, name('identity'))
  return propertyList({
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    // The same identifier makes a profile replace the one that was installed before.
    PayloadIdentifier: identifier,
    PayloadUUID: uuidOf('profile', thing),
    PayloadDisplayName: `Account of ${address}`,
    PayloadDescription: `Sets up mail, calendars, contacts, reminders and notes of ${address} at ${host}.`,
    ...(options.organization !== null && { PayloadOrganization: options.organization }),
    // The phone is its owner's: he may always take it away again.
    PayloadRemovalDisallowed: false,
    ...(until !== null && { PayloadExpirationDate: new Date(until) }),
    PayloadContent: [
      ...(authority === null ? [] : [rootPayload(authority, `${identifier}.root`, uuidOf('root', thing))]),
      ...(identity === null ? [] : [identity]),
      {
        PayloadType: 'com.apple.eas.account',
        ...name('exchange'),
        PayloadDisplayName: address,
        EmailAddress: address,
        Host: host,
        SSL: true,
        // Without it the phone asks, and what is typed becomes the User of every request.
        UserName: address,
        MailNumberOfPastDaysToSync: options.pastDays,
        PreventMove: options.preventMove,
        disableMailRecentsSyncing: options.keepRecents,
        ...smimeKeys(options.smime),
        ...(identity !== null && { PayloadCertificateUUID: uuidOf('identity', thing) }),
        ...(login.kind === 'oauth' && oauthKeys(login)),
      },
    ],
  })
}

function identityPayload({ address, login }: AccountProfile, name: PropertyDictionary): PropertyDictionary | null {
  switch (login.kind) {
    case 'pkcs12':
      return {
        PayloadType: 'com.apple.security.pkcs12',
        ...name,
        PayloadDisplayName: `Certificate of ${address}`,
        PayloadCertificateFileName: 'identity.p12',
        PayloadContent: login.pkcs12,
        ...(login.password !== null && { Password: login.password }),
      }
    case 'scep':
      return {
        PayloadType: 'com.apple.security.scep',
        ...name,
        PayloadDisplayName: `Certificate of ${address}`,
        PayloadContent: {
          URL: login.url,
          Name: login.authorityName,
          Subject: [[['CN', address]]],
          SubjectAltName: { rfc822Name: address, ntPrincipalName: address },
          Challenge: login.challenge,
          Keysize: 2048,
          'Key Type': 'RSA',
          // 1 signs, 4 encrypts: TLS needs the first, the answer of SCEP the second.
          'Key Usage': 5,
          CAFingerprint: login.authorityFingerprint,
          Retries: 3,
          RetryDelay: 10,
        },
      }
    case 'password':
    case 'oauth':
      return null
  }
}

function oauthKeys({ signInUrl, tokenUrl }: OAuthLogin): PropertyDictionary {
  return {
    OAuth: true,
    ...(signInUrl !== null && { OAuthSignInURL: signInUrl }),
    ...(tokenUrl !== null && { OAuthTokenRequestURL: tokenUrl }),
  }
}

/** The names of iOS 12 and later, and those before them for phones that know no others. */
function smimeKeys(smime: AccountOptions['smime']): PropertyDictionary {
  if (smime === 'off') return { SMIMESigningEnabled: false, SMIMEEncryptByDefault: false, SMIMEEnableEncryptionPerMessageSwitch: false }
  return {
    SMIMEEnabled: true,
    SMIMESigningEnabled: smime !== 'allowed',
    SMIMESigningUserOverrideable: true,
    SMIMESigningCertificateUUIDUserOverrideable: true,
    SMIMEEncryptionEnabled: smime === 'encrypt',
    SMIMEEncryptByDefault: smime === 'encrypt',
    SMIMEEncryptByDefaultUserOverrideable: true,
    SMIMEEncryptionCertificateUUIDUserOverrideable: true,
    SMIMEEnablePerMessageSwitch: true,
    SMIMEEnableEncryptionPerMessageSwitch: true,
  }
}
