// Whom the server believes about mail certificates besides the company's authorities.
import { expect, test } from 'vitest'
import { createChains } from '../../src/auth/chain/chain.ts'
import { createMailTrust, machineRoots } from '../../src/auth/mail-trust.ts'
import { VirtualClock } from '../support/clock.ts'
import { MailAuthority } from '../support/mail-authority.ts'

const clock = new VirtualClock()

test('a public authority counts, straight and above others, and is looked for when it is needed', async () => {
  const authorities = await Promise.all(['One', 'Two', 'Three'].map((name) => MailAuthority.root(name, clock.now())))
  const stranger = await MailAuthority.root('Stranger', clock.now())
  const [, two = stranger] = authorities
  const below = await two.below('Below Two')
  let asked = 0
  const publicRoots = () => {
    asked++
    return authorities.map(({ pem }) => pem)
  }
  const trust = createMailTrust({ chains: createChains(clock, null), own: [], publicRoots })
  expect(asked).toBe(0)
  const address = 'bob@example.test'
  expect((await trust.judge(await two.issue(address), [], false)).kind).toBe('good')
  expect((await trust.judge(await below.issue(address), [below.der], false)).kind).toBe('good')
  expect(await trust.judge(await stranger.issue(address), [stranger.der], false)).toMatchObject({ kind: 'bad', fault: 'untrusted' })
  expect(asked).toBe(1)
})

test('what is no certificate is judged, and nothing is thrown', async () => {
  const trust = createMailTrust({ chains: createChains(clock, null), own: [], publicRoots: () => ['no PEM'] })
  expect(await trust.judge(Buffer.from('none'), [Buffer.alloc(0)], true)).toMatchObject({ kind: 'bad', fault: 'malformed' })
})

test('the machine names each of its authorities once', () => {
  const roots = machineRoots()
  expect(roots.length).toBeGreaterThan(50)
  expect(new Set(roots).size).toBe(roots.length)
})
