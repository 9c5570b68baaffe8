// Whom the doctor tells the password: DNS, redirects and documents may lead anywhere, and a good certificate of its own everybody has.
import type { Target } from './network.ts'

export interface Confidence {
  /** The address whose password it is. */
  readonly address: string | null
  /** The server that the administrator named, or the configuration does. */
  readonly target: Target | null
}

/** Whether a host lies in the domain of the address, or was named. */
export function isTold({ address, target }: Confidence, host: string): boolean {
  const name = host.toLowerCase()
  const domain = address === null ? null : address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  return name === target?.host.toLowerCase() || (domain !== null && (name === domain || name.endsWith(`.${domain}`)))
}
