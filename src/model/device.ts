// A phone as the server remembers it, within one account.
import { noPolicyKey, type AccountId, type DeviceId, type Instant, type PolicyKey } from './id.ts'
import type { DeviceWipe } from './wipe.ts'
import type { ProtocolVersion } from './version.ts'

/** Older Android builds check the credentials under this DeviceId: it is answered, and nothing is kept of it. */
export const validationDevice = 'validate' as DeviceId

/** MS-ASCMD 2.2.3.45 DeviceInformation; what the phone says of itself. */
export interface DeviceInformation {
  readonly model?: string
  readonly imei?: string
  readonly friendlyName?: string
  readonly os?: string
  readonly osLanguage?: string
  readonly phoneNumber?: string
  readonly userAgent?: string
  readonly mobileOperator?: string
}

export type AccessState = 'allowed' | 'blocked' | 'quarantined'

/** Why a device is in its access state. */
export type AccessBasis =
  /** No rule fits: the default of all devices. */
  | { readonly kind: 'default' }
  | { readonly kind: 'rule'; readonly rule: string }
  /** Somebody decided for this one device; no rule changes it. */
  | { readonly kind: 'individual'; readonly by: string; readonly at: Instant }
  /** It was wiped, and stays out until somebody releases it. */
  | { readonly kind: 'wiped'; readonly at: Instant }

/** Where a device stands with its policy. Keys are compared, never trusted as authentication. */
export interface ProvisionState {
  /** The lasting key; 0 while the device has not acknowledged a policy. */
  readonly key: PolicyKey
  /** The key of the last first phase; 0 if there was none. It stays when it is acknowledged, for a repeat; `offeredHash` is null then. */
  readonly offered: PolicyKey
  /** Hash over the policy as it was sent in the device's version; null if none was. */
  readonly hash: string | null
  readonly offeredHash: string | null
  readonly acknowledgedAt: Instant | null
  /** Status of the device's acknowledgement: 1 all, 2 partly, 3 nothing, 4 managed by somebody else. */
  readonly outcome: number | null
}

/** A device that has never been offered a policy. */
export const unprovisioned: ProvisionState = Object.freeze({
  key: noPolicyKey,
  offered: noPolicyKey,
  hash: null,
  offeredHash: null,
  acknowledgedAt: null,
  outcome: null,
})

export interface Device {
  readonly account: AccountId
  readonly id: DeviceId
  readonly type: string
  readonly userAgent: string | null
  readonly version: ProtocolVersion | null
  readonly information: DeviceInformation
  readonly access: AccessState
  /** Null for a device about which nothing has been decided yet: it was allowed by default. */
  readonly accessBasis: AccessBasis | null
  /** What its owner or an administrator calls it; null for what it calls itself. */
  readonly label: string | null
  /** The wipe it owes; null if there is none. */
  readonly wipe: DeviceWipe | null
  /** A hash that the credentials of its last request satisfy; null if there is none. */
  readonly verifier: string | null
  readonly provision: ProvisionState
  readonly firstSeen: Instant
  readonly lastSeen: Instant
  readonly lastAddress: string | null
}

/** Longer names are cut: nobody reads them, and nobody types them. */
const nameLengthMax = 100

/**
 * What people call a device: its label, its own name, its model, or its id. One line, without what would not be seen, for it has to be
 * typed to confirm a wipe and stands in mail.
 */
export function deviceName({ label, information, id }: Pick<Device, 'label' | 'information' | 'id'>): string {
  for (const name of [label, information.friendlyName, information.model]) {
    const shown = Array.from(asLine(name ?? ''))
      .slice(0, nameLengthMax)
      .join('')
      .trim()
    if (typed(shown) !== '') return shown
  }
  return id
}

/** What a device says of itself as one line, in which it writes no others and turns no direction. */
export function asLine(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\s\p{Cc}\p{Cs}\p{Bidi_Control}]+/gu, ' ')
    .trim()
}

/** Whether somebody who reads the device's name has typed this: iOS writes \u2019 where keyboards have an apostrophe. */
export function isNameOf(text: string, device: Pick<Device, 'label' | 'information' | 'id'>): boolean {
  return typed(text) === typed(deviceName(device))
}

/** A text as keyboards give it: accents put together, nothing invisible, one kind of blank and of apostrophe. */
function typed(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/\u2019/g, "'")
    .replace(/\s+/g, ' ')
    .trim()
}
