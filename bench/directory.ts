// What a directory of 5,000 people costs: a first login and those after it, and a search of the address book. Needs slapd.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Phone } from '../test/support/phone.ts'
import { knock, searchBook, startOver } from '../test/real/support/company.ts'
import { crowd, userPassword } from '../test/real/support/crowd.ts'
import { Slapd } from '../test/real/support/slapd.ts'
import { quantiles } from './client.ts'

const people = crowd(5000)
const logins = people.filter((_, index) => index % 25 === 0)
/** Beginnings of names, as somebody types them: the first three letters, a whole first name, two names. */
const texts = people
  .filter((_, index) => index % 20 === 0)
  .flatMap(({ firstName, lastName }) => [lastName.slice(0, 3), `${firstName} ${lastName}`, `${lastName}, ${firstName.slice(0, 1)}`])

async function each<T>(values: readonly T[], work: (value: T) => Promise<unknown>): Promise<string> {
  const milliseconds: number[] = []
  const cpu = process.cpuUsage()
  const stalls = monitorEventLoopDelay({ resolution: 1 })
  stalls.enable()
  for (const value of values) {
    const begun = performance.now()
    await work(value)
    milliseconds.push(performance.now() - begun)
  }
  stalls.disable()
  const { user, system } = process.cpuUsage(cpu)
  const { median, p95 } = quantiles(milliseconds)
  const spent = (user + system) / 1000 / values.length
  return `${median.toFixed(1)} ms, 95 of 100 below ${p95.toFixed(1)} ms; ${spent.toFixed(1)} ms of CPU each, client included; longest stall ${(stalls.max / 1e6).toFixed(0)} ms (${values.length} times)`
}

async function job(what: string, slapd: Slapd, settings: Readonly<Record<string, string>>, times: number): Promise<void> {
  const server = await startOver(slapd, settings)
  try {
    const desk = server.running.admin.directory
    if (desk === null) throw new Error('this server has no directory')
    // The look at the start is not measured where accounts are there already.
    if (times > 1) await desk.sync(false)
    const figures = await each(Array.from({ length: times }), () => desk.sync(false))
    console.log(`${what} ${figures}; ${desk.last()?.people ?? 0} people, ${desk.last()?.accounts ?? 0} accounts`)
  } finally {
    await server.close()
  }
}

const slapd = await Slapd.start()
const server = await startOver(slapd, { EASEL_DIRECTORY_HIDDEN: '(easelHidden=TRUE)' })
try {
  await job('job, all accounts new', slapd, { EASEL_DIRECTORY_ACCOUNTS: 'sync' }, 1)
  await job('job, nothing changed ', slapd, { EASEL_DIRECTORY_ACCOUNTS: 'sync' }, 20)
  const login = async ({ uid }: { readonly uid: string }) => {
    const status = await knock(server, uid, userPassword)
    if (status !== 200) throw new Error(`${uid}: HTTP ${status}`)
  }
  console.log(`first login          ${await each(logins, login)}`)
  console.log(`login from memory    ${await each(logins, login)}`)
  // Each account has a ration of searches for the minute, and no minute passes here: the job would be measured as well.
  const askers = people.slice(0, 20)
  const phones = await Promise.all(askers.map(({ uid }) => Phone.enrol({ url: server.url, address: uid, password: userPassword })))
  let turn = 0
  const search = async (text: string) => {
    const phone = phones[turn++ % phones.length]
    const status = phone === undefined ? null : (await searchBook(phone, text)).status
    if (status !== '1') throw new Error(`${text}: Status ${status}`)
  }
  console.log(`search, not in cache ${await each([...new Set(texts)], search)}`)
  for (const phone of phones) phone.close()
} finally {
  await server.close()
  await slapd.dispose()
}
