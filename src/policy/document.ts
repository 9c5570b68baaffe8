// A policy as the EASProvisionDoc of each protocol version carries it (MS-ASPROV 2.2.2.28).
import { createHash } from 'node:crypto'
import type { ChoiceRule, FlagRule, NumberRule, Rule, TextsRule } from '../model/policy-rule.ts'
import { policyRules, ruleNamed, ruleNames, type PolicyRules, type RuleName, type RuleValue } from '../model/policy-rules.ts'
import type { Policy } from '../model/policy.ts'
import { isSince, parseVersion, type ProtocolVersion } from '../model/version.ts'
import { Provision, type Tag } from '../wbxml/pages.ts'
import { bool, container, encode, integer, many, nullable, oneOfNumbers, text, type Encodable } from '../wbxml/schema.ts'

/** A number that is always one. */
function amount<Name extends string>(tag: Tag<Name>, { min, max, neutral }: NumberRule<number>) {
  return integer(tag, { min: Math.min(min, neutral), max })
}

/** A number that comes empty where there is no rule: as a 0 outside of its range it would spoil the whole policy. */
function amountOrEmpty<Name extends string>(tag: Tag<Name>, { min, max }: NumberRule<null>) {
  return nullable(integer(tag, { min, max }))
}

function valueOf<Name extends string, Sent extends number>(tag: Tag<Name>, { values }: ChoiceRule<string, Sent>) {
  return oneOfNumbers(tag, Object.values(values))
}

/** In the order of Provision.xsd; an element is written in the versions that know it. */
export const EASProvisionDoc = container(Provision.EASProvisionDoc, [
  bool(Provision.DevicePasswordEnabled),
  bool(Provision.AlphanumericDevicePasswordRequired),
  bool(Provision.PasswordRecoveryEnabled),
  bool(Provision.RequireStorageCardEncryption),
  bool(Provision.AttachmentsEnabled),
  amountOrEmpty(Provision.MinDevicePasswordLength, policyRules.minDevicePasswordLength),
  amountOrEmpty(Provision.MaxInactivityTimeDeviceLock, policyRules.maxInactivityTimeDeviceLock),
  amountOrEmpty(Provision.MaxDevicePasswordFailedAttempts, policyRules.maxDevicePasswordFailedAttempts),
  amountOrEmpty(Provision.MaxAttachmentSize, policyRules.maxAttachmentSize),
  bool(Provision.AllowSimpleDevicePassword),
  amountOrEmpty(Provision.DevicePasswordExpiration, policyRules.devicePasswordExpiration),
  amount(Provision.DevicePasswordHistory, policyRules.devicePasswordHistory),
  bool(Provision.AllowStorageCard),
  bool(Provision.AllowCamera),
  bool(Provision.RequireDeviceEncryption),
  bool(Provision.AllowUnsignedApplications),
  bool(Provision.AllowUnsignedInstallationPackages),
  amount(Provision.MinDevicePasswordComplexCharacters, policyRules.minDevicePasswordComplexCharacters),
  bool(Provision.AllowWiFi),
  bool(Provision.AllowTextMessaging),
  bool(Provision.AllowPOPIMAPEmail),
  valueOf(Provision.AllowBluetooth, policyRules.allowBluetooth),
  bool(Provision.AllowIrDA),
  bool(Provision.RequireManualSyncWhenRoaming),
  bool(Provision.AllowDesktopSync),
  valueOf(Provision.MaxCalendarAgeFilter, policyRules.maxCalendarAgeFilter),
  bool(Provision.AllowHTMLEmail),
  valueOf(Provision.MaxEmailAgeFilter, policyRules.maxEmailAgeFilter),
  amount(Provision.MaxEmailBodyTruncationSize, policyRules.maxEmailBodyTruncationSize),
  amount(Provision.MaxEmailHTMLBodyTruncationSize, policyRules.maxEmailHTMLBodyTruncationSize),
  bool(Provision.RequireSignedSMIMEMessages),
  bool(Provision.RequireEncryptedSMIMEMessages),
  valueOf(Provision.RequireSignedSMIMEAlgorithm, policyRules.requireSignedSMIMEAlgorithm),
  valueOf(Provision.RequireEncryptionSMIMEAlgorithm, policyRules.requireEncryptionSMIMEAlgorithm),
  valueOf(Provision.AllowSMIMEEncryptionAlgorithmNegotiation, policyRules.allowSMIMEEncryptionAlgorithmNegotiation),
  bool(Provision.AllowSMIMESoftCerts),
  bool(Provision.AllowBrowser),
  bool(Provision.AllowConsumerEmail),
  bool(Provision.AllowRemoteDesktop),
  bool(Provision.AllowInternetSharing),
  container(Provision.UnapprovedInROMApplicationList, [many(text(Provision.ApplicationName))]),
  container(Provision.ApprovedApplicationList, [many(text(Provision.Hash))]),
])
export type EASProvisionDoc = Encodable<typeof EASProvisionDoc>

/** What the compiler holds the table and the document against: a rule of this kind travels so. */
type SentOf<Declared> = Declared extends FlagRule
  ? boolean
  : Declared extends NumberRule<infer Neutral>
    ? number | Extract<Neutral, null>
    : Declared extends ChoiceRule<string, infer Value>
      ? Value
      : Declared extends TextsRule<infer Item>
        ? { readonly [Each in Item]: readonly string[] }
        : never
type Sent = { readonly [Name in RuleName as Capitalize<Name>]: SentOf<(typeof policyRules)[Name]> }

/**
 * The rules that phones are told. The rules of the passcode are left out where there need not be one: clients ignore them then
 * (MS-ASPROV 2.2.2.12, 2.2.2.20, 2.2.2.26 and others).
 */
export function rulesInForce({ rules }: Policy): PolicyRules {
  if (rules.devicePasswordEnabled === true) return rules
  return Object.fromEntries(ruleNames.filter((name) => ruleNamed(name).group !== 'passcode').map((name) => [name, rules[name]]))
}

/**
 * The document of a policy. Every element is there, an unset one empty or with its neutral value, so that a phone drops what an
 * earlier policy asked for (MS-ASPROV 3.2.5.1.1). Encoding leaves out what the version does not know.
 */
export function documentOf(policy: Policy): EASProvisionDoc {
  const rules = rulesInForce(policy)
  const sent = Object.fromEntries(ruleNames.map((name) => [elementOf(name), sentFor(ruleNamed(name), rules[name])])) as Sent
  return sent
}

/** The element that carries a rule. */
export function elementOf(name: RuleName): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

function sentFor(rule: Rule, value: RuleValue | undefined): unknown {
  switch (rule.kind) {
    case 'flag':
    case 'number':
      return value ?? rule.neutral
    case 'choice':
      return rule.values[typeof value === 'string' ? value : rule.neutral]
    case 'texts':
      return { [rule.item]: value ?? [] }
  }
}

/** Throws RangeError where a value lies outside what phones accept. */
export function assertSpeakable(policy: Policy): void {
  encode(EASProvisionDoc, documentOf(policy), '16.1')
}

/** Asked with every request. A policy that is changed is another object. */
const hashes = new WeakMap<Policy, Map<ProtocolVersion, string>>()

/**
 * What a device of this version is sent, as a short text that begins with the version: it changes if, and only if, the document
 * does. Names, and rules for the server's side, are no part of it.
 */
export function hashOf(policy: Policy, version: ProtocolVersion): string {
  const known = hashes.get(policy) ?? new Map<ProtocolVersion, string>()
  hashes.set(policy, known)
  const hash = known.get(version) ?? computeHash(policy, version)
  known.set(version, hash)
  return hash
}

function computeHash(policy: Policy, version: ProtocolVersion): string {
  const document: Readonly<Record<string, unknown>> = documentOf(policy)
  const sent = EASProvisionDoc.fields.filter(({ tag }) => isSince(version, tag.since)).map(({ name }) => [name, document[name]])
  return `${version}:${createHash('sha256').update(JSON.stringify(sent)).digest('base64url')}`
}

/** The version a hash was made for; null for what is no hash of ours. */
export function versionOfHash(hash: string): ProtocolVersion | null {
  return parseVersion(hash.slice(0, Math.max(0, hash.indexOf(':'))))
}
