// From a mail address to a server, the way a phone goes: the names it tries, what Autodiscover tells it, and where it is sent on.
import { DOMParser, type Document } from '@xmldom/xmldom'
import { isTold } from './confidence.ts'
import { bad, good, skipped, warning, type Finding } from './finding.ts'
import { judgeNames, judgeChain, isTrustworthy } from './certificate.ts'
import type { Target } from './network.ts'
import { basic } from './phone.ts'
import { ask, hostInUrl, present, trouble, type HttpAnswer, type Outfit } from './probe.ts'

export interface Search {
  readonly address: string
  readonly password: string | null
  /** As in an examination. */
  readonly target: Target | null
  readonly authorities: readonly string[]
  readonly outfit: Outfit
}

const subject = 'Autodiscover'
const answerSeconds = 15
/** Clients give up at about this many. */
const redirectsMax = 10
const xmlPath = '/autodiscover/autodiscover.xml'
const mobile = 'http://schemas.microsoft.com/exchange/autodiscover/mobilesync'

const domainOf = (address: string) => address.slice(address.lastIndexOf('@') + 1).toLowerCase()

/** The findings on the way; returns the address of the server that phones are told, null where they find none. */
export async function* discover(search: Search): AsyncGenerator<Finding, URL | null> {
  const domain = domainOf(search.address)
  const own = yield* tryName(search, { host: domain, port: 443 }, false)
  const named = yield* tryName(search, { host: `autodiscover.${domain}`, port: 443 }, true)
  const served = yield* tryServices(search, domain)
  const found = [own, named, served].filter((url) => url !== null)
  const [first] = found
  if (first === undefined) {
    yield bad(
      subject,
      `A phone finds no server for ${search.address} by itself: let autodiscover.${domain} be a name of the server (CNAME or A), or add the record _autodiscover._tcp.${domain}; until then the server's name has to be typed.`,
    )
    return null
  }
  const others = new Set(found.map(({ href }) => href))
  if (others.size > 1) yield bad(subject, `Phones are told different servers (${[...others].join(', ')}): which one they use is chance.`)
  return first
}

/** `required`: nobody has a server of this name but for Autodiscover; the domain itself most often is a web site. */
async function* tryName(search: Search, target: Target, required: boolean): AsyncGenerator<Finding, URL | null> {
  const { host, port } = target
  const addresses = await search.outfit.network.addresses(host)
  if (addresses.length === 0) {
    yield required
      ? warning('name', `${host} has no address: phones that look for no service record do not find the server by the mail address alone.`)
      : skipped('name', `${host} has no address: phones go on to autodiscover.${host}.`)
    return null
  }
  yield good('name', `${host} is ${addresses.join(', ')}.`)
  const complaint = required ? bad : skipped
  try {
    const presented = await present(target, search.authorities, search.outfit)
    if (!isTrustworthy(presented)) {
      for (const finding of [judgeChain(presented), judgeNames(presented)]) {
        // A phone that asks here first warns its user of the certificate.
        if (finding.outcome === 'bad') yield (required ? bad : warning)(`${finding.subject} of ${host}`, finding.sentence)
      }
      return null
    }
    return yield* follow(search, { target, pin: presented.fingerprint, address: search.address, path: xmlPath, hops: 0, isVouched: false })
  } catch (error) {
    yield complaint(subject, `${host}:${port}: ${trouble(error)}${required ? '' : '; phones go on to the next name'}.`)
    return null
  }
}

async function* tryServices(search: Search, domain: string): AsyncGenerator<Finding, URL | null> {
  const name = `_autodiscover._tcp.${domain}`
  let servers: readonly Target[]
  try {
    servers = await search.outfit.network.services(name)
  } catch (error) {
    yield skipped('service record', `${name} cannot be looked up from here: ${trouble(error)}.`)
    return null
  }
  const [first] = servers
  if (first === undefined) {
    yield skipped('service record', `There is no ${name}; it helps where no certificate can have the name autodiscover.${domain}.`)
    return null
  }
  yield first.port === 443
    ? good('service record', `${name} names ${first.host}.`)
    : warning('service record', `${name} names port ${first.port} of ${first.host}: many phones ask at 443 whatever it says.`)
  return yield* tryName(search, first, true)
}

interface Step {
  readonly target: Target
  /** Fingerprint of the certificate. */
  readonly pin: string
  readonly address: string
  readonly path: string
  readonly hops: number
  /** Whether somebody who was told the password already says so: he could tell it himself. */
  readonly isVouched: boolean
}

/** Asks as a phone does, and goes where it is sent. */
async function* follow(search: Search, step: Step): AsyncGenerator<Finding, URL | null> {
  const { target, pin, address, path } = step
  const where = `https://${hostInUrl(target.host)}${target.port === 443 ? '' : `:${target.port}`}${path}`
  const body =
    `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="${mobile}/requestschema/2006"><Request><EMailAddress>${escaped(address)}` +
    `</EMailAddress><AcceptableResponseSchema>${mobile}/responseschema/2006</AcceptableResponseSchema></Request></Autodiscover>`
  const asked = (password: string | null) => {
    const headers = { 'content-type': 'text/xml', ...basic(search.address, password) }
    return ask(target, { method: 'POST', path, headers, body, timeoutSeconds: answerSeconds }, pin, search.outfit)
  }
  // The domain itself is most often a web site: nobody is told the password who does not ask for one.
  const first = await asked(null)
  const password = step.isVouched || isTold(search, target.host) ? search.password : null
  const isVouched = first.status === 401 && password !== null
  const answer = isVouched ? await asked(password) : first
  const { location } = answer.headers
  if (answer.status >= 300 && answer.status < 400 && location !== undefined)
    return yield* sentOn(search, { ...step, isVouched }, where, location)
  if (answer.status === 401) {
    if (password !== null) yield bad(subject, `${where} does not accept the password.`)
    else if (/^(basic|bearer)\b/i.test(answer.headers['www-authenticate'] ?? '')) yield good(subject, `${where} asks for a password.`)
    else yield bad(subject, `${where} answers 401 without a challenge: phones stop asking for the password.`)
    if (search.password !== null && password === null) {
      yield skipped('password', `It is not told to ${target.host}, which lies in another domain; name it with --server if it is yours.`)
    }
    return password === null ? yield* byJson(search, step) : null
  }
  return yield* judged(search, { ...step, isVouched }, where, answer)
}

async function* judged(search: Search, step: Step, where: string, answer: HttpAnswer): AsyncGenerator<Finding, URL | null> {
  const told = documentOf(answer)
  const text = (name: string) => told?.getElementsByTagNameNS('*', name)[0]?.textContent?.trim() ?? null
  const [url, redirect, code] = [text('Url'), text('Redirect'), text('ErrorCode')]
  if (url !== null && URL.canParse(url) && url.startsWith('https://')) {
    yield good(subject, `${where} sends phones to ${url}.`)
    return new URL(url)
  }
  if (url !== null) yield bad(subject, `${where} sends phones to ${url}, which is no https address.`)
  else if (redirect !== null) {
    if (step.hops >= redirectsMax) yield bad(subject, `${where} goes on sending phones elsewhere: two servers may do so to one another.`)
    else {
      yield good(subject, `${where} says that ${step.address} is ${redirect} now.`)
      return yield* tryRenamed(search, { ...step, address: redirect, hops: step.hops + 1 })
    }
  } else if (code !== null) {
    const reason = code === '600' ? `it does not know ${step.address}, or is somebody else's` : 'it does not speak to phones'
    yield bad(subject, `${where} answers with error ${code}: ${reason}.`)
  } else {
    const isOwn = step.target.host.startsWith('autodiscover.')
    const sentence = `${where} answers HTTP ${answer.status} with nothing a phone can use`
    yield isOwn
      ? bad(subject, `${sentence}: pass /autodiscover/ on to the server.`)
      : skipped(subject, `${sentence}; phones go on to the next name.`)
  }
  return null
}

/** MS-ASCMD 2.2.3.147: begin anew with the other domain. */
async function* tryRenamed(search: Search, step: Step): AsyncGenerator<Finding, URL | null> {
  const target = { host: `autodiscover.${domainOf(step.address)}`, port: 443 }
  const presented = await present(target, search.authorities, search.outfit)
  if (!isTrustworthy(presented)) {
    yield bad(subject, `${target.host} presents a certificate that phones do not accept.`)
    return null
  }
  return yield* follow(search, { ...step, target, pin: presented.fingerprint, path: xmlPath })
}

async function* sentOn(search: Search, step: Step, where: string, location: string): AsyncGenerator<Finding, URL | null> {
  const url = URL.canParse(location, where) ? new URL(location, where) : null
  if (url === null || url.protocol !== 'https:') {
    yield bad(subject, `${where} sends phones on to ${location}: that is no https address, and a password would travel in the clear.`)
    return null
  }
  if (step.hops >= redirectsMax) {
    yield bad(subject, `${where} goes on sending phones elsewhere: two servers may do so to one another.`)
    return null
  }
  yield good(subject, `${where} sends phones on to ${url.href}.`)
  const target = targetOf(url)
  const presented = await present(target, search.authorities, search.outfit)
  if (!isTrustworthy(presented)) {
    yield bad(subject, `${target.host} presents a certificate that phones do not accept.`)
    return null
  }
  return yield* follow(search, { ...step, target, pin: presented.fingerprint, path: url.pathname + url.search, hops: step.hops + 1 })
}

/** Version 2 tells without a password. */
async function* byJson({ outfit }: Search, { target, pin, address }: Step): AsyncGenerator<Finding, URL | null> {
  const path = `/autodiscover/autodiscover.json?Email=${encodeURIComponent(address)}&Protocol=ActiveSync&RedirectCount=1`
  const answer = await ask(target, { method: 'GET', path, timeoutSeconds: answerSeconds }, pin, outfit)
  try {
    const { Url: url } = JSON.parse(answer.body.toString('utf8')) as { Url?: unknown }
    if (answer.status === 200 && typeof url === 'string' && url.startsWith('https://') && URL.canParse(url)) {
      yield good(subject, `${target.host} sends phones to ${url}.`)
      return new URL(url)
    }
  } catch {
    // Not JSON: somebody else's page.
  }
  yield skipped(subject, `${target.host} tells without a password nothing of where to go; give one with --password-stdin.`)
  return null
}

export function targetOf(url: URL): Target {
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 443 : Number(url.port) }
}

function documentOf({ status, body }: HttpAnswer): Document | null {
  const text = body.toString('utf8')
  if (status !== 200 || !text.includes('<Autodiscover')) return null
  try {
    return new DOMParser({ onError: () => undefined }).parseFromString(text, 'text/xml')
  } catch {
    return null
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (letter) => `&#${letter.charCodeAt(0)};`)
}
