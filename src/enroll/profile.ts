// The authority as a phone takes it: a configuration profile for iOS, the bare certificate for everybody else.
import type { Authority } from './authority.ts'
import { propertyList, uuidOf, type PropertyDictionary } from './property-list.ts'

/** Where the documents are fetched. */
export const profilePath = '/ca.mobileconfig'
export const certificatePath = '/ca.crt'

/** What `http` mounts for anybody to fetch. */
export function authorityDocuments(authority: Authority): { path: string; type: string; content: Uint8Array }[] {
  return [
    { path: profilePath, type: 'application/x-apple-aspen-config', content: Buffer.from(profile(authority), 'utf8') },
    { path: certificatePath, type: 'application/x-x509-ca-cert', content: Buffer.from(authority.certificate, 'utf8') },
  ]
}

/**
 * A configuration profile with one payload, `com.apple.security.root`. The identifiers follow from the certificate, so
 * that installing it again replaces it.
 */
export function profile({ der, name, fingerprint }: Authority): string {
  const identifier = `easel.authority.${fingerprint.replaceAll(':', '').slice(0, 16).toLowerCase()}`
  return propertyList({
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: uuidOf('profile', der),
    PayloadDisplayName: name,
    PayloadDescription: `Lets this device trust the mail server of ${name}. Then switch it on under Settings, General, About, Certificate Trust Settings.`,
    PayloadContent: [rootPayload({ name, der }, `${identifier}.root`, uuidOf('root', der))],
  })
}

/** What makes a phone know an authority, as a part of a profile. Trusting it is one more switch for its owner. */
export function rootPayload({ name, der }: Pick<Authority, 'name' | 'der'>, identifier: string, uuid: string): PropertyDictionary {
  return {
    PayloadType: 'com.apple.security.root',
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: uuid,
    PayloadDisplayName: name,
    PayloadCertificateFileName: 'ca.crt',
    PayloadContent: der,
  }
}
