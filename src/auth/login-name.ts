// Whom a login means, and where it comes from, as throttling counts them.
import { isIP, isIPv4, isIPv6 } from 'node:net'

const lengthMax = 256 // RFC 5321 4.5.3.1.3, and the names of a directory are shorter

/** Whether a text can be anybody's name. Whatever cannot is neither looked for nor remembered: no store and no directory is asked for it. */
export function isName(user: string): boolean {
  return user !== '' && user.length <= lengthMax && !/\p{Cc}/u.test(user)
}

/** The name without a Windows domain in front. */
export function nameOf(user: string): string {
  return user
    .slice(user.lastIndexOf('\\') + 1)
    .trim()
    .toLowerCase()
}

/**
 * Whom a name means, whether there is such an account or not, however it is written: by an account's own id, spellings of one that
 * exists would share a budget and those of one that does not would not, and the wait would tell which. Directories leave out accents, marks
 * that are not to be seen and doubled blanks when they compare: by those, one person would have as many budgets as a guesser likes.
 */
export function personOf(user: string): string {
  const name = nameOf(user)
    .normalize('NFKD')
    .replaceAll(/[\p{M}\p{C}\u1806\ufffc]/gu, '')
    .replaceAll(/\s+/g, ' ')
    // Through capitals: ß is SS there.
    .toUpperCase()
    .toLowerCase()
    .trim()
  const at = name.lastIndexOf('@')
  return at === -1 ? name : name.slice(0, at)
}

/** What throttling counts by: whoever has one IPv6 address has 2^64 of them. */
export function networkOf(address: string): string {
  if (isIP(address) === 0) return nowhere
  return isIPv6(address) ? prefixOf(address, 4) : address
}

/** Whom an address belongs to, more or less: a few hundred IPv4 addresses, or what one customer has of IPv6 (RFC 6177). */
export function wideNetworkOf(address: string): string {
  if (isIPv6(address)) return prefixOf(address, 3)
  return isIPv4(address) ? `${address.slice(0, address.lastIndexOf('.'))}.0/24` : nowhere
}

/** A proxy's word that is no address may be another one each time: all of them are one. */
const nowhere = 'no address'

function prefixOf(address: string, groups: number): string {
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return `${[...left, ...zeros, ...right]
    .slice(0, groups)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(':')}::/${groups * 16}`
}
