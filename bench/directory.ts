// What a directory of 5,000 people costs: a first login and those after it, and a search of the address book. Needs slapd.
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
  for (const value of values) {
    const begun = performance.now()
    await work(value)
    milliseconds.push(performance.now() - begun)
  }
  const { median, p95 } = quantiles(milliseconds)
  return `${median.toFixed(1)} ms, 95 of 100 below ${p95.toFixed(1)} ms (${values.length} times)`
}

const slapd = await Slapd.start()
const server = await startOver(slapd, { EASEL_DIRECTORY_HIDDEN: '(easelHidden=TRUE)' })
try {
  const login = async ({ uid }: { readonly uid: string }) => {
    const status = await knock(server, uid, userPassword)
    if (status !== 200) throw new Error(`${uid}: HTTP ${status}`)
  }
  console.log(`first login          ${await each(logins, login)}`)
  console.log(`login from memory    ${await each(logins, login)}`)
  const phone = await Phone.enrol({ url: server.url, address: 'alice@north.example', password: userPassword })
  console.log(`search, not in cache ${await each([...new Set(texts)], (text) => searchBook(phone, text))}`)
  phone.close()
} finally {
  await server.close()
  await slapd.dispose()
}
