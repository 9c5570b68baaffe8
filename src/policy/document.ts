// A policy as the EASProvisionDoc of each protocol version carries it (MS-ASPROV 2.2.2.28).
import { createHash } from 'node:crypto'
import type { Policy } from '../model/policy.ts'
import { isSince, parseVersion, type ProtocolVersion } from '../model/version.ts'
import { Provision } from '../wbxml/pages.ts'
import { bool, container, encode, integer, nullable, type Encodable } from '../wbxml/schema.ts'

/**
 * In the order of Provision.xsd. A number that may come empty is never sent as 0: phones check these ranges and refuse the whole
 * policy. What no policy of ours speaks of is left out: an absent element binds nobody.
 */
export const EASProvisionDoc = container(Provision.EASProvisionDoc, [
  bool(Provision.DevicePasswordEnabled),
  bool(Provision.AlphanumericDevicePasswordRequired),
  bool(Provision.PasswordRecoveryEnabled),
  bool(Provision.AttachmentsEnabled),
  nullable(integer(Provision.MinDevicePasswordLength, { min: 1, max: 16 })),
  nullable(integer(Provision.MaxInactivityTimeDeviceLock, { min: 1, max: 0xffff_ffff })),
  nullable(integer(Provision.MaxDevicePasswordFailedAttempts, { min: 4, max: 16 })),
  nullable(integer(Provision.MaxAttachmentSize, { min: 0, max: 0xffff_ffff })),
  bool(Provision.AllowSimpleDevicePassword),
  nullable(integer(Provision.DevicePasswordExpiration, { min: 1, max: 0xffff_ffff })),
  integer(Provision.DevicePasswordHistory, { min: 0, max: 0xffff_ffff }),
  bool(Provision.AllowCamera),
  integer(Provision.MinDevicePasswordComplexCharacters, { min: 1, max: 4 }),
  bool(Provision.RequireManualSyncWhenRoaming),
])
export type EASProvisionDoc = Encodable<typeof EASProvisionDoc>

/** What the rules of the password say where there need not be one (MS-ASPROV 2.2.2.25: clients ignore them then). */
const withoutPassword = {
  DevicePasswordEnabled: false,
  AlphanumericDevicePasswordRequired: false,
  MinDevicePasswordLength: null,
  MaxInactivityTimeDeviceLock: null,
  MaxDevicePasswordFailedAttempts: null,
  AllowSimpleDevicePassword: true,
  DevicePasswordExpiration: null,
  DevicePasswordHistory: 0,
  MinDevicePasswordComplexCharacters: 1,
} as const satisfies Partial<EASProvisionDoc>

function passwordRules({ rules }: Policy) {
  if (rules.devicePasswordEnabled !== true) return withoutPassword
  return {
    DevicePasswordEnabled: true,
    AlphanumericDevicePasswordRequired: rules.alphanumericDevicePasswordRequired ?? false,
    MinDevicePasswordLength: rules.minDevicePasswordLength ?? null,
    MaxInactivityTimeDeviceLock: rules.maxInactivityTimeDeviceLock ?? null,
    MaxDevicePasswordFailedAttempts: rules.maxDevicePasswordFailedAttempts ?? null,
    AllowSimpleDevicePassword: rules.allowSimpleDevicePassword ?? true,
    DevicePasswordExpiration: rules.devicePasswordExpiration ?? null,
    DevicePasswordHistory: rules.devicePasswordHistory ?? 0,
    MinDevicePasswordComplexCharacters: rules.minDevicePasswordComplexCharacters ?? 1,
  }
}

/**
 * The document of a policy. Every rule is there, an unset one empty or with its neutral value, so that a phone drops what an
 * earlier policy asked for (MS-ASPROV 3.2.5.1.1). Encoding leaves out what the version does not know.
 */
export function documentOf(policy: Policy): EASProvisionDoc {
  return {
    ...passwordRules(policy),
    PasswordRecoveryEnabled: policy.rules.passwordRecoveryEnabled ?? false,
    AttachmentsEnabled: policy.rules.attachmentsEnabled ?? true,
    MaxAttachmentSize: policy.rules.maxAttachmentSize ?? null,
    AllowCamera: policy.rules.allowCamera ?? true,
    RequireManualSyncWhenRoaming: policy.rules.requireManualSyncWhenRoaming ?? false,
  }
}

/** Throws RangeError where a value lies outside what phones accept. */
export function assertSpeakable(policy: Policy): void {
  encode(EASProvisionDoc, documentOf(policy), '16.1')
}

/**
 * What a device of this version is sent, as a short text that begins with the version: it changes if, and only if, the document
 * does. Names, and rules for the server's side, are no part of it.
 */
export function hashOf(policy: Policy, version: ProtocolVersion): string {
  const document: Readonly<Record<string, unknown>> = documentOf(policy)
  const sent = EASProvisionDoc.fields.filter(({ tag }) => isSince(version, tag.since)).map(({ name }) => [name, document[name]])
  return `${version}:${createHash('sha256').update(JSON.stringify(sent)).digest('base64url')}`
}

/** The version a hash was made for; null for what is no hash of ours. */
export function versionOfHash(hash: string): ProtocolVersion | null {
  return parseVersion(hash.slice(0, Math.max(0, hash.indexOf(':'))))
}
