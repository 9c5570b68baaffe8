// States in a few words with a sign before them: colour only repeats what the words say.
import type { AccessState } from '../../model/device.ts'
import type { WipeState } from '../../model/wipe.ts'
import type { DeviceView } from '../device-view.ts'
import { html, type Html } from './html.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'plain'

const signs: Readonly<Record<Tone, string>> = { good: '✓', warn: '!', bad: '✕', plain: '•' }

/** The sign is for the eyes alone. */
export function badge(tone: Tone, words: string): Html {
  return html`<span class="badge ${tone}"><span aria-hidden="true">${signs[tone]}</span> ${words}</span>`
}

export const accessWords: Readonly<Record<AccessState, string>> = {
  allowed: 'Allowed',
  blocked: 'Blocked',
  quarantined: 'In quarantine',
}
const accessTones: Readonly<Record<AccessState, Tone>> = { allowed: 'good', blocked: 'bad', quarantined: 'warn' }

export function accessBadge(access: AccessState): Html {
  return badge(accessTones[access], accessWords[access])
}

export const complianceWords: Readonly<Record<DeviceView['compliance'], string>> = {
  acknowledged: 'Acknowledged',
  partly: 'Acknowledged in part',
  outdated: 'Has an older policy',
  asked: 'Asked, no answer yet',
  refused: 'Refused',
  'managed elsewhere': 'Managed elsewhere',
  'not asked': 'Not asked',
}
const complianceTones: Readonly<Record<DeviceView['compliance'], Tone>> = {
  acknowledged: 'good',
  partly: 'warn',
  outdated: 'warn',
  asked: 'plain',
  refused: 'bad',
  'managed elsewhere': 'plain',
  'not asked': 'plain',
}

export function complianceBadge(compliance: DeviceView['compliance']): Html {
  return badge(complianceTones[compliance], complianceWords[compliance])
}

export const wipeWords: Readonly<Record<WipeState, string>> = {
  awaiting: 'Waits for approval',
  requested: 'Requested',
  delivered: 'Delivered',
  acknowledged: 'Acknowledged',
  failed: 'Failed',
  cancelled: 'Taken back',
}
const wipeTones: Readonly<Record<WipeState, Tone>> = {
  awaiting: 'plain',
  requested: 'warn',
  delivered: 'warn',
  acknowledged: 'good',
  failed: 'bad',
  cancelled: 'plain',
}

export function wipeBadge(state: WipeState): Html {
  return badge(wipeTones[state], wipeWords[state])
}

/** Among other badges: it says that a wipe is meant. */
export function wipeUnderWay(state: WipeState): Html {
  return badge(wipeTones[state], `Wipe: ${wipeWords[state].toLowerCase()}`)
}

/** What a wipe erases. */
export const scopeWords = { account: 'Only the account', device: 'The whole phone' } as const
