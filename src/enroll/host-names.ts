// The names and addresses of this machine: what its certificate has to bear, and where it can listen.
import { hostname, networkInterfaces } from 'node:os'
import { isIP } from 'node:net'

const nameForm = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i

/** The machine's own name and IPv4 addresses. */
export function machineNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((cards) => cards ?? [])
  return [hostname(), ...addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => address)]
}

/**
 * The configured names first, then the machine's, then this machine as it calls itself; each once, in lower case, and
 * only what a certificate can hold.
 */
export function hostNames(configured: readonly string[], machine: readonly string[]): string[] {
  const all = [...configured, ...machine, 'localhost', '127.0.0.1', '::1'].map((name) => name.toLowerCase())
  return [...new Set(all)].filter((name) => isIP(name) !== 0 || nameForm.test(name))
}

/** Where to listen for everybody: all of IPv6 takes IPv4 along, but a machine without IPv6 has no such address. */
export function everyAddress(): string {
  const cards = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return cards.some(({ family }) => family === 'IPv6') ? '::' : '0.0.0.0'
}
