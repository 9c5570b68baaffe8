// Whom a login means, and where it comes from, as throttling counts them.
import { isIPv6 } from 'node:net'

/** The name without a Windows domain in front. */
export function nameOf(user: string): string {
  return user
    .slice(user.lastIndexOf('\\') + 1)
    .trim()
    .toLowerCase()
}

/**
 * Whom a name means, whether there is such an account or not, however it is written: by an account's own id, spellings of one that
 * exists would share a budget and those of one that does not would not, and the wait would tell which.
 */
export function personOf(user: string): string {
  const name = nameOf(user)
  const at = name.lastIndexOf('@')
  return at === -1 ? name : name.slice(0, at)
}

/** What throttling counts by: whoever has one IPv6 address has 2^64 of them. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return `${[...left, ...zeros, ...right]
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(':')}::/64`
}
