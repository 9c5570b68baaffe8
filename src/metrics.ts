// What is counted: the port through which every part of the server tells its figures, whoever keeps them.
import type { ProtocolVersion } from './model/version.ts'

/** A request that was answered. Each word comes from a table of ours, never from what a client sent: labels stay few. */
export interface Answered {
  /** A command's name, `OPTIONS`, or `none` where the request line names nothing we know. */
  readonly command: string
  readonly version: ProtocolVersion | null
  readonly http: number
  /** The Status of the document; null where there is no document, or none in it. */
  readonly status: number | null
  /** From the head of the request to its answer, the time it rested included. */
  readonly seconds: number
  /** How long it was parked, or held back, with nothing to do. */
  readonly restedSeconds: number
}

export type ItemKind = 'add' | 'change' | 'delete' | 'softDelete'

/** What became of somebody who logs in; `uncertified`: without a good certificate where one counts; `wipe`: let in for a wipe that the device owes, and for nothing else. */
export type LoginOutcome = 'granted' | 'denied' | 'throttled' | 'disabled' | 'uncertified' | 'unavailable' | 'wipe'

/** Why a device has to begin a collection anew: see `sync/collection`. */
export type ResetReason = 'restored' | 'unprimed' | 'unknown'

/** What became of a policy on its way to a device; `partly` is accepted with status 2 of the device. */
export type ProvisionOutcome = 'offered' | 'accepted' | 'partly' | 'wrong-key' | 'refused'

/** Every method is called on the way of a request: it takes a microsecond, and never throws. */
export interface Metrics {
  answered(request: Answered): void
  /** A device was refused something, by the specification's name or one of ours. */
  failed(command: string, failure: string): void
  /** The answer to a parked request is out; the change it tells of was committed `seconds` ago. */
  pushed(seconds: number): void
  /** A round of one collection was committed. */
  round(told: readonly { readonly kind: ItemKind }[]): void
  reset(reason: ResetReason): void
  login(outcome: LoginOutcome): void
  provisioned(outcome: ProvisionOutcome): void
  /** Passwords are being sprayed: many accounts from one network, or one password over many. */
  sprayed(kind: 'accounts' | 'password'): void
  /** A device was found going round in circles; `circle` is one of `sync/circle`. */
  looping(circle: string): void
  /** A unit of work of the store has ended, however it ended. */
  unit(seconds: number): void
}

/** Counts nothing. */
export const noMetrics: Metrics = Object.freeze({
  answered: () => undefined,
  failed: () => undefined,
  pushed: () => undefined,
  round: () => undefined,
  reset: () => undefined,
  login: () => undefined,
  provisioned: () => undefined,
  sprayed: () => undefined,
  looping: () => undefined,
  unit: () => undefined,
})

/** Tells both; null is nobody. */
export function bothMetrics(one: Metrics, other: Metrics | null): Metrics {
  if (other === null) return one
  return {
    answered: (request) => (one.answered(request), other.answered(request)),
    failed: (command, failure) => (one.failed(command, failure), other.failed(command, failure)),
    pushed: (seconds) => (one.pushed(seconds), other.pushed(seconds)),
    round: (told) => (one.round(told), other.round(told)),
    reset: (reason) => (one.reset(reason), other.reset(reason)),
    login: (outcome) => (one.login(outcome), other.login(outcome)),
    provisioned: (outcome) => (one.provisioned(outcome), other.provisioned(outcome)),
    sprayed: (kind) => (one.sprayed(kind), other.sprayed(kind)),
    looping: (circle) => (one.looping(circle), other.looping(circle)),
    unit: (seconds) => (one.unit(seconds), other.unit(seconds)),
  }
}
