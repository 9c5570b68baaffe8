// The address phones are told to use.
import { isIPv6 } from 'node:net'

/**
 * Gives the start of our URLs for a request: the configured one; else the name the phone used, if it is one of ours; else
 * our first name and the port we listen on. A Host header of somebody else's is never repeated. Nobody lives at `autodiscover.…`,
 * where phones only ask the way: they are told our first name at the port that they reached.
 */
export function originOf(
  publicUrl: string | null,
  names: readonly string[],
  port: () => number | null,
): (host: string | undefined) => string {
  const own = new Set(names)
  return (host) => {
    if (publicUrl !== null) return publicUrl
    const asked = hostOf(host)
    const [first = 'localhost'] = names
    const at = (number: string) => `https://${isIPv6(first) ? `[${first}]` : first}${number === '' || number === '443' ? '' : `:${number}`}`
    if (asked === null || !own.has(asked.name)) return at(String(port() ?? ''))
    return asked.name.startsWith('autodiscover.') ? at(new URL(asked.origin).port) : asked.origin
  }
}

/** What a Host header says; null where it is none. */
export function hostOf(host: string | undefined): { name: string; origin: string } | null {
  if (host === undefined || !URL.canParse(`https://${host}`)) return null
  const url = new URL(`https://${host}`)
  // Anything but a name and a port is no Host header.
  if (url.host === '' || url.username !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '') return null
  return { name: url.hostname.replace(/^\[|\]$/g, ''), origin: url.origin }
}
