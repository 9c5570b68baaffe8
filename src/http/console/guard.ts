// Whether a request comes from where it says: the name it asks for, and the page that sent it.
import type { FastifyRequest } from 'fastify'

/** The name in a Host header, without the port and the brackets of an IPv6 address; empty if it is none. */
export function nameOfHost(host: string): string {
  const [, name, address] = /^(?:([\w.-]+)|\[([0-9a-f:.]+)\])(?::\d{1,5})?$/i.exec(host) ?? []
  return (name ?? address ?? '').toLowerCase()
}

/**
 * A page of somebody else's that gives its own name our address (DNS rebinding) is of the same origin to a browser; it asks for a
 * name that is none of ours.
 */
export function isOurs(request: FastifyRequest, names: ReadonlySet<string>): boolean {
  return names.has(nameOfHost(request.host))
}

/**
 * Whether a browser that sends its cookies was sent by a page of ours. `Sec-Fetch-Site` is the browser's own word, which no page
 * can change; an older browser sends `Origin`. What is no browser sends neither, and has to know the session's token all the same.
 */
export function isOwnPage(request: FastifyRequest): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  return origin === undefined || origin.toLowerCase() === `${request.protocol}://${request.host}`.toLowerCase()
}

/** Whether somebody followed a link from elsewhere: a strict cookie is not sent then, though he may be logged in. */
export function cameByLink(request: FastifyRequest): boolean {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = request.headers
  return mode === 'navigate' && (site === 'cross-site' || site === 'same-site')
}

/** Where to go after a login: a path of ours, or null. */
export function ownPath(next: string | null): string | null {
  if (next === null || next.length > 2048 || !/^\/(?![/\\])/.test(next) || !URL.canParse(next, 'http://console')) return null
  const url = new URL(next, 'http://console')
  if (url.origin !== 'http://console' || /^\/(login|logout)(\/|$)/.test(url.pathname)) return null
  return `${url.pathname}${url.search}`
}
