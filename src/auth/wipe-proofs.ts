// Credentials that are no longer good for an account, held against what the devices that owe a wipe came in with last.
import type { Clock } from '../model/clock.ts'
import type { AccountId, DeviceId } from '../model/id.ts'
import { isOwed } from '../model/wipe.ts'
import type { Devices } from '../store/devices.ts'
import { verifyPassword } from './password.ts'
import { keepLatest } from '../model/bounded.ts'

/** Devices that owe a wipe are few. */
const proofsMax = 1000

/** Whoever asks here was counted, and has waited, for his guess at the account itself. */
export class WipeProofs {
  readonly #devices: Pick<Devices, 'find' | 'list'>
  readonly #clock: Clock
  /** What was found, or is being found: a phone sends several requests at once, and asks again and again. */
  readonly #proofs = new Map<string, Promise<boolean>>()

  constructor(devices: Pick<Devices, 'find' | 'list'>, clock: Clock) {
    this.#devices = devices
    this.#clock = clock
  }

  /**
   * Whether `password` is good for the wipe of this device, or without one (OPTIONS) of any of the account. `key` names the pair of
   * user and password. Where nothing is owed it takes as long: nobody shall learn from the time that a phone is lost.
   */
  async areGood(key: string, password: string, account: AccountId | null, device: string | null): Promise<boolean> {
    const verifiers = account === null ? [] : await this.#verifiers(account, device)
    const asked = verifiers.length === 0 ? [null] : verifiers
    return (
      await Promise.all(asked.map((verifier) => this.#prove(key, verifier, password, verifier !== null && device !== null)))
    ).includes(true)
  }

  /** Whether this device, or without one any of the account, owes a wipe; with `verifier`, and came in with that last. */
  async isOwed(account: AccountId, device: string | null, verifier: string | null = null): Promise<boolean> {
    return (await this.#verifiers(account, device)).some((known) => verifier === null || known === verifier)
  }

  async #verifiers(account: AccountId, device: string | null): Promise<readonly string[]> {
    const named = device === null ? await this.#devices.list(account) : [await this.#devices.find(account, device as DeviceId)]
    return named.flatMap((known) => {
      if (known === null || !isOwed(known.wipe) || this.#clock.now() >= known.wipe.verifierUntil) return []
      return known.verifier ?? []
    })
  }

  #prove(key: string, verifier: string | null, password: string, urgent: boolean): Promise<boolean> {
    const name = `${key}/${verifier ?? ''}`
    const known = this.#proofs.get(name)
    if (known !== undefined) return known
    const proof = verifyPassword(verifier, password, urgent)
    keepLatest(this.#proofs, name, proof, proofsMax)
    proof.catch(() => this.#proofs.delete(name))
    return proof
  }
}
