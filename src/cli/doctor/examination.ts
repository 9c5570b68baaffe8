// The examination: what a phone meets on its way to the server, looked at in the order in which a phone meets it.
import type { Clock } from '../../model/clock.ts'
import { isTrustworthy, judgeCertificate } from './certificate.ts'
import { endpoint, isShut, judgeChallenge, judgeOptions } from './endpoint.ts'
import { isTold, type Confidence } from './confidence.ts'
import { bad, good, skipped, warning, type Finding } from './finding.ts'
import type { Arrival } from '../../admin/mirror.ts'
import { judgeArrivals } from './arrival.ts'
import { discover, targetOf } from './discovery.ts'
import { judgeLmtp } from './lmtp.ts'
import type { Target } from './network.ts'
import { judgeAnswers as judgePassage, judgeBodies } from './passage.ts'
import { basic, holdPing } from './phone.ts'
import { ask, present, trouble, type HttpAnswer, type HttpQuestion, type Outfit } from './probe.ts'

export interface Examination {
  /** Null for the server that Autodiscover names. */
  readonly target: Target | null
  /** Whether the way begins with the address: DNS and Autodiscover are asked for the server. */
  readonly discovers: boolean
  /** The address to set up on a phone; null to look at the server alone. */
  readonly address: string | null
  readonly password: string | null
  readonly holdSeconds: number
  /** PEM of private authorities: Easel's own, the company's. */
  readonly authorities: readonly string[]
  /** The LMTP port to look at; null to leave it alone. */
  readonly lmtp: Target | null
  /** The largest body a phone may send. */
  readonly bodyMegabytes: number
  readonly outfit: Outfit
  /** Null where the server cannot be asked how requests arrive. */
  readonly mirror: MirrorGlass | null
  readonly clock: Clock
}

/** The server's own view of the doctor's requests. */
export interface MirrorGlass {
  readonly mark: string
  /** Whether the server that is looked at has to be this one. */
  readonly isExpected: boolean
  readonly arrivals: () => Promise<readonly Arrival[] | null>
}

const answerSeconds = 15
/** Phones check certificates and policies by their own clocks; Kerberos' tolerance serves as a measure of "wrong". */
const clockSecondsMax = 300
/** Phones follow X-MS-Location three times. */
const movesMax = 3
/** RFC 5737: nobody has it. */
const forgedAddress = '192.0.2.66'

/** Yields the findings one by one: the last one takes as long as it is asked to hold. */
export async function* examine(examination: Examination): AsyncGenerator<Finding> {
  const { address } = examination
  const told = address === null || !examination.discovers ? null : yield* discover({ ...examination, address })
  const target = examination.target ?? (told === null ? null : targetOf(told))
  if (target === null) return
  if (told !== null && (targetOf(told).host !== target.host || targetOf(told).port !== target.port)) {
    yield bad(
      'Autodiscover',
      `Phones are told ${told.href}, but ${target.host}:${target.port} is looked at here: set publicUrl, or name the other with --server.`,
    )
  }
  if (examination.lmtp !== null) yield await judgeLmtp(examination.lmtp)
  yield* examineServer({ ...examination, target, confidence: examination }, 0)
}

type Aimed = Examination & { readonly target: Target; readonly confidence: Confidence }

async function* examineServer(given: Aimed, moves: number): AsyncGenerator<Finding> {
  const { target, clock, outfit } = given
  yield* judgeName(target.host, outfit)
  let examination = given
  let pin: string
  try {
    const presented = await present(target, given.authorities, outfit)
    yield target.port === 443
      ? good('port', `${target.host}:443 answers.`)
      : warning('port', `${target.host}:${target.port} answers; phones ask at 443 unless the port is typed with the name.`)
    yield* judgeCertificate(presented, clock.now())
    pin = presented.fingerprint
    if (!isTrustworthy(presented) && given.password !== null) {
      yield skipped(
        'password',
        'It is not told to a server whose certificate is not good, see above; a private authority is named with --ca.',
      )
      examination = { ...given, password: null }
    } else if (given.password !== null && !isTold(given.confidence, target.host)) {
      yield skipped('password', `It is not told to ${target.host}, which lies in another domain; name it with --server if it is yours.`)
      examination = { ...given, password: null }
    }
  } catch (error) {
    yield bad('port', `${target.host}:${target.port}: ${trouble(error)}.`)
    return
  }
  const question: Ask = (asked) => ask(target, { timeoutSeconds: answerSeconds, ...asked }, pin, outfit)
  // Whoever is let in is listened to; a stranger is answered before he has said everything.
  const strange: Ask = (asked) => ask(target, { timeoutSeconds: answerSeconds, ...asked }, pin, { ...outfit, identity: null })
  try {
    const options = await askOptions(question, examination)
    if (options.status === 451) return yield* examineMoved(examination, options, moves)
    yield* judgeEndpoint(question, examination, options)
    yield await judgePassage(question)
    yield await judgeBodies(strange, examination.bodyMegabytes)
    if (examination.mirror !== null) yield* judgeMirror(question, examination, examination.mirror)
  } catch (error) {
    yield bad('answers', `The server shook hands, then: ${trouble(error)}.`)
  }
  yield await judgeHold(examination, pin)
}

/** MS-ASHTTP 3.1.5.2.2: the account lives elsewhere, and a phone goes there. */
async function* examineMoved(examination: Aimed, { headers }: HttpAnswer, moves: number): AsyncGenerator<Finding> {
  const { target } = examination
  const location = headers['x-ms-location']
  if (location === undefined) {
    yield bad(
      'HTTP 451',
      `${target.host} says that the account lives elsewhere, and not where: the phone asks Autodiscover again, which should name another address.`,
    )
    return
  }
  const url = URL.canParse(location) ? new URL(location) : null
  if (url === null || url.protocol !== 'https:') {
    yield bad('HTTP 451', `${target.host} sends the account to ${location}, which is no https address.`)
    return
  }
  if (moves >= movesMax) {
    yield bad('HTTP 451', `${target.host} sends the account on once more, to ${url.href}: phones follow ${movesMax} times.`)
    return
  }
  yield good('HTTP 451', `${target.host} says that the account lives at ${url.href}; the doctor goes there, as phones do.`)
  // What this machine's own server sees says nothing of the other.
  // Who says so was told the password, if there is one: he could tell it himself.
  const confidence = { ...examination.confidence, target: targetOf(url) }
  yield* examineServer({ ...examination, target: targetOf(url), mirror: null, confidence }, moves + 1)
}

async function* judgeName(host: string, { network }: Outfit): AsyncGenerator<Finding> {
  const addresses = await network.addresses(host)
  yield addresses.length > 0
    ? good('name', `${host} is ${addresses.join(', ')}.`)
    : bad('name', `${host} has no address: add it to the DNS.`)
}

type Ask = (question: Omit<HttpQuestion, 'timeoutSeconds'> & { readonly timeoutSeconds?: number }) => Promise<HttpAnswer>

function credentials({ address, password }: Examination): Record<string, string> {
  return address === null ? {} : { ...basic(address, password) }
}

function askOptions(question: Ask, examination: Examination): Promise<HttpAnswer> {
  return question({ method: 'OPTIONS', path: endpoint, headers: credentials(examination) })
}

async function* judgeEndpoint(question: Ask, examination: Examination, options: HttpAnswer): AsyncGenerator<Finding> {
  const { address, password, outfit, clock } = examination
  yield judgeOptions(options, { byPassword: address !== null && password !== null, byCertificate: outfit.identity !== null })
  yield judgeClock(options, clock)
  // A certificate would log in.
  let asksForPassword = outfit.identity === null
  if (asksForPassword) {
    const answer = await question({ method: 'POST', path: `${endpoint}?Cmd=Sync&DeviceId=EASELDOCTOR&DeviceType=EaselDoctor` })
    yield judgeChallenge(answer)
    asksForPassword = !isShut(answer)
  }
  const mail = encodeURIComponent(address ?? 'doctor@example.invalid')
  yield judgeAutodiscover(
    await question({ method: 'GET', path: `/autodiscover/autodiscover.json?Email=${mail}&Protocol=ActiveSync&RedirectCount=1` }),
    address,
  )
  if (asksForPassword)
    yield judgeChallenge(await question({ method: 'POST', path: '/autodiscover/autodiscover.xml' }), 'Autodiscover login')
}

async function* judgeMirror(question: Ask, examination: Examination, { mark, isExpected, arrivals }: MirrorGlass): AsyncGenerator<Finding> {
  const headers = { ...credentials(examination), 'x-easel-doctor': mark, 'x-forwarded-for': forgedAddress }
  await question({ method: 'OPTIONS', path: endpoint, headers })
  yield* judgeArrivals(await arrivals(), {
    authorization: 'authorization' in headers,
    certificate: examination.outfit.identity !== null,
    forgedAddress,
    isExpected,
  })
}

function judgeClock(answer: HttpAnswer, clock: Clock): Finding {
  const shown = Date.parse(answer.headers['date'] ?? '')
  if (Number.isNaN(shown)) return skipped('clock', 'The answer carries no Date.')
  const seconds = Math.round((shown - clock.now()) / 1000)
  if (Math.abs(seconds) <= clockSecondsMax) return good('clock', 'The clocks here and there agree.')
  return bad(
    'clock',
    `The server's clock is ${Math.abs(seconds)} seconds ${seconds > 0 ? 'ahead of' : 'behind'} this machine's: one of them is wrong.`,
  )
}

function judgeAutodiscover(answer: HttpAnswer, address: string | null): Finding {
  if (answer.status === 404 && address === null) return good('Autodiscover', 'Autodiscover answers, and knows no strangers.')
  try {
    const { Url: url } = JSON.parse(answer.body.toString('utf8')) as { Url?: unknown }
    if (answer.status === 200 && typeof url === 'string') return good('Autodiscover', `Autodiscover sends phones to ${url}.`)
  } catch {
    // Not JSON: somebody else's page.
  }
  return warning(
    'Autodiscover',
    `Autodiscover answers HTTP ${answer.status} with nothing a phone can use; the server's name has to be typed.`,
  )
}

async function judgeHold(examination: Aimed, pin: string): Promise<Finding> {
  const { target, address, password, holdSeconds, outfit, clock } = examination
  if (address === null || (password === null && outfit.identity === null)) {
    return skipped('held request', 'Nobody was logged in: an address and --password-stdin show how long a waiting request is let live.')
  }
  if (holdSeconds === 0) return skipped('held request', 'Not asked for.')
  return holdPing({ target, pin, address, password, outfit }, holdSeconds, clock)
}
