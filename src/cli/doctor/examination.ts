// The examination: what a phone meets on its way to the server, looked at in the order in which a phone meets it.
import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
import type { Clock } from '../../model/clock.ts'
import { isTrustworthy, judgeCertificate } from './certificate.ts'
import { bad, good, skipped, warning, type Finding } from './finding.ts'
import { holdPing } from './phone.ts'
import { ask, present, trouble, type HttpAnswer, type HttpQuestion, type Target } from './probe.ts'

export interface Examination {
  readonly target: Target
  /** The address to set up on a phone; null to look at the server alone. */
  readonly address: string | null
  readonly password: string | null
  readonly holdSeconds: number
  /** PEM of private authorities: Easel's own, the company's. */
  readonly authorities: readonly string[]
  /** The LMTP port to look at; null to leave it alone. */
  readonly lmtp: Target | null
  readonly clock: Clock
}

const answerSeconds = 15
/** Phones check certificates and policies by their own clocks; Kerberos' tolerance serves as a measure of "wrong". */
const clockSecondsMax = 300
const endpoint = '/Microsoft-Server-ActiveSync'

/** Yields the findings one by one: the last one takes as long as it is asked to hold. */
export async function* examine(examination: Examination): AsyncGenerator<Finding> {
  const { target, address, clock } = examination
  yield* judgeName(target.host, true)
  if (address !== null) yield* judgeName(`autodiscover.${address.slice(address.indexOf('@') + 1)}`, false)
  if (examination.lmtp !== null) yield await judgeLmtp(examination.lmtp)
  let pin: string
  try {
    const presented = await present(target, examination.authorities)
    yield good('port', `${target.host}:${target.port} answers.`)
    yield* judgeCertificate(presented, clock.now())
    pin = presented.fingerprint
    if (!isTrustworthy(presented) && examination.password !== null) {
      yield skipped('password', 'It is not told to a server nobody vouches for; name a private authority with --ca.')
      examination = { ...examination, password: null }
    }
  } catch (error) {
    yield bad('port', `${target.host}:${target.port}: ${trouble(error)}.`)
    return
  }
  const question = (asked: Omit<HttpQuestion, 'timeoutSeconds'>) => ask(target, { ...asked, timeoutSeconds: answerSeconds }, pin)
  yield* judgeAnswers(question, examination)
  yield await judgeHold(examination, pin)
}

async function* judgeName(host: string, required: boolean): AsyncGenerator<Finding> {
  try {
    const found = await lookup(host, { all: true })
    yield good('name', `${host} is ${found.map(({ address }) => address).join(', ')}.`)
  } catch {
    yield required
      ? bad('name', `${host} has no address: add it to the DNS.`)
      : warning('name', `${host} has no address: phones do not find the server by the mail address alone, its name has to be typed.`)
  }
}

function judgeLmtp({ host, port }: Target): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: answerSeconds * 1000 })
    const end = (finding: Finding) => {
      socket.destroy()
      resolve(finding)
    }
    socket.once('data', (greeting) => {
      const line = greeting.toString('latin1').split('\r\n', 1)[0] ?? ''
      end(line.startsWith('220') ? good('LMTP', `Mail is taken at ${host}:${port}.`) : bad('LMTP', `${host}:${port} greets with ${line}.`))
    })
    socket.once('timeout', () => end(bad('LMTP', `${host}:${port} does not greet.`)))
    socket.once('error', (error) => end(bad('LMTP', `${host}:${port}: ${trouble(error)}.`)))
  })
}

type Ask = (question: Omit<HttpQuestion, 'timeoutSeconds'>) => Promise<HttpAnswer>

async function* judgeAnswers(question: Ask, { address, password, clock }: Examination): AsyncGenerator<Finding> {
  const credentials =
    address === null || password === null ? null : { authorization: `Basic ${Buffer.from(`${address}:${password}`).toString('base64')}` }
  try {
    const options = await question({ method: 'OPTIONS', path: endpoint, ...(credentials === null ? {} : { headers: credentials }) })
    yield judgeOptions(options, credentials !== null)
    yield judgeClock(options, clock)
    yield judgeChallenge(await question({ method: 'POST', path: `${endpoint}?Cmd=Sync&DeviceId=EASELDOCTOR&DeviceType=EaselDoctor` }))
    const mail = encodeURIComponent(address ?? 'doctor@example.invalid')
    yield judgeAutodiscover(
      await question({ method: 'GET', path: `/autodiscover/autodiscover.json?Email=${mail}&Protocol=ActiveSync&RedirectCount=1` }),
      address,
    )
    yield judgeChallenge(await question({ method: 'POST', path: '/autodiscover/autodiscover.xml' }), 'Autodiscover login')
  } catch (error) {
    yield bad('answers', `The server shook hands, then: ${trouble(error)}.`)
  }
}

function judgeOptions(answer: HttpAnswer, authenticated: boolean): Finding {
  const versions = answer.headers['ms-asprotocolversions']
  if (answer.status === 401 && !authenticated) return good('OPTIONS', 'The endpoint answers, and asks for a password.')
  if (answer.status === 401) return bad('OPTIONS', 'The server does not accept the password.')
  if (answer.status !== 200)
    return bad('OPTIONS', `The endpoint answers OPTIONS with HTTP ${answer.status}: a proxy in front may not pass ${endpoint} on.`)
  if (versions === undefined)
    return bad('OPTIONS', 'The answer lacks MS-ASProtocolVersions: a proxy in front answers by itself, or strips headers.')
  return good('OPTIONS', `The server speaks ${versions.replaceAll(',', ', ')}.`)
}

function judgeChallenge(answer: HttpAnswer, subject = 'login'): Finding {
  const challenge = answer.headers['www-authenticate'] ?? ''
  if (answer.status === 401 && /^basic\b/i.test(challenge))
    return good(subject, 'Without a password the server answers 401 with a Basic challenge.')
  if (answer.status === 401) return bad(subject, 'The 401 lacks a Basic challenge: phones stop asking for the password.')
  return bad(subject, `Without a password the answer is HTTP ${answer.status}, where phones need 401.`)
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

async function judgeHold(examination: Examination, pin: string): Promise<Finding> {
  const { target, address, password, holdSeconds, clock } = examination
  if (address === null || password === null) {
    return skipped('held request', 'Give an address and --password-stdin to see how long a waiting request is let live.')
  }
  if (holdSeconds === 0) return skipped('held request', 'Not asked for.')
  return holdPing({ target, pin, address, password }, holdSeconds, clock)
}
