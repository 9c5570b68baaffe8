// What an account is offered, as the headers of every answer.
import type { Principal } from '../model/account.ts'
import type { Offer, Protocol } from '../protocol/run.ts'

type OfferHeaders = Readonly<Record<'MS-ASProtocolVersions' | 'MS-ASProtocolCommands', string>>

/** An account's offer changes rarely, so the headers are kept beside the offer they were made of. */
export class Offers {
  readonly #known = new WeakMap<Offer, OfferHeaders>()

  headers(protocol: Protocol, principal: Principal): OfferHeaders {
    const offer = protocol.offer(principal)
    const known = this.#known.get(offer)
    if (known !== undefined) return known
    // No blanks after the commas: some clients do not cut them off.
    const headers = { 'MS-ASProtocolVersions': offer.versions.join(','), 'MS-ASProtocolCommands': offer.commands.join(',') }
    this.#known.set(offer, headers)
    return headers
  }
}
