// What an account is offered, as the headers of every answer.
import type { Principal } from '../model/account.ts'
import type { Protocol } from '../protocol/run.ts'

/** An account's offer changes rarely, so the text is kept beside the lists it was made of. */
export class Offers {
  readonly #texts = new WeakMap<readonly string[], string>()

  headers(protocol: Protocol, principal: Principal): Record<string, string> {
    const { versions, commands } = protocol.offer(principal)
    return { 'MS-ASProtocolVersions': this.#text(versions), 'MS-ASProtocolCommands': this.#text(commands) }
  }

  #text(list: readonly string[]): string {
    const known = this.#texts.get(list)
    if (known !== undefined) return known
    // No blanks after the commas: some clients do not cut them off.
    const text = list.join(',')
    this.#texts.set(list, text)
    return text
  }
}
