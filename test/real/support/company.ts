// Easel in front of a real directory, and what comes to its door: logins, and searches of the address book.
import { setTimeout as pause } from 'node:timers/promises'
import { Phone } from '../../support/phone.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'
import { VirtualClock } from '../../support/clock.ts'
import { all, el, textAt } from '../../support/wire.ts'

/** A directory as Easel is told of it. */
export interface Company {
  readonly urls: { readonly plain: string; readonly tls: string }
  readonly ca: string
  readonly service: { readonly dn: string; readonly password: string }
}

/** The settings for a directory, over LDAPS. */
export function settingsFor({ urls, ca, service }: Company): Record<string, string> {
  return {
    EASEL_DIRECTORY_SERVERS: urls.tls,
    EASEL_DIRECTORY_CA: ca,
    EASEL_DIRECTORY_USER: service.dn,
    EASEL_DIRECTORY_PASSWORD: service.password,
    EASEL_DIRECTORY_CONNECT: '1',
    EASEL_DIRECTORY_ANSWER: '10',
    // Everybody comes from one address here, with one password; whom that makes wait is no question of the directory.
    EASEL_AUTH_FAILURES_ADDRESS: '1000',
    EASEL_AUTH_FAILURES_NETWORK: '100000',
    EASEL_AUTH_ACCOUNTS_NETWORK: '500',
    EASEL_AUTH_ACCOUNTS_PASSWORD: '500',
  }
}

/** The production server over a directory; its clock stands still at the real time, by which a directory says what has expired. */
export function startOver(company: Company, settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  return startTestServer({
    accounts: [],
    clock: new VirtualClock(Date.now()),
    environment: { ...settingsFor(company), ...settings },
  })
}

/** What the door says to a name and a password: 200, 401, 403, 503. */
export async function knock(server: TestServer, address: string, password: string): Promise<number> {
  const phone = new Phone({ url: server.url, address, password })
  try {
    return (await phone.hello()).status
  } finally {
    phone.close()
  }
}

/** The display names a phone finds in the address book, and how many there are in all. */
export async function searchBook(
  phone: Phone,
  text: string,
  range = '0-99',
): Promise<{ names: string[]; total: number; status: string | null }> {
  const options = el('Search:Options', [el('Search:Range', range)])
  const store = el('Search:Store', [el('Search:Name', 'GAL'), el('Search:Query', text), options])
  const { node } = await phone.post('Search', el('Search:Search', [store]))
  const names = all(node, 'Response/Store/Result').map((result) => textAt(result, 'Properties/Gal:DisplayName') ?? '')
  return {
    names: names.filter((name) => name !== ''),
    total: Number(textAt(node, 'Response/Store/Total') ?? 0),
    status: textAt(node, 'Response/Store/Status'),
  }
}

/**
 * Moves virtual time on, second by second, until the answer is true; whether that comes before so many have passed. What the directory
 * was asked by then is still waited for: the network between needs real time, which stands for none.
 */
export async function withinSeconds(server: TestServer, seconds: number, isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  const answersMilliseconds = 15_000
  for (let passed = 0; passed < seconds; passed++) {
    if (await isSo()) return true
    await server.clock.advance(1)
    await pause(20)
  }
  const stopped = performance.now()
  while (performance.now() - stopped < answersMilliseconds) {
    if (await isSo()) return true
    await pause(100)
  }
  return false
}
