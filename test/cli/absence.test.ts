// `easel account absence`, and where and when somebody works, by the shell.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { password } from '../support/server.ts'
import { TestShell } from '../support/shell.ts'
import { VirtualClock } from '../support/clock.ts'

const address = 'alice@example.test'
let shell: TestShell
beforeEach(async () => {
  shell = new TestShell(null, new VirtualClock())
  await shell.run(['account', 'add', address, '--password-stdin'], `${password}\n`)
})
afterEach(() => shell.remove())

const absence = (...options: string[]) => shell.run(['account', 'absence', address, ...options])

test('shows an absence, sets it by the clock of its owner, and takes it back', async () => {
  expect((await absence()).stdout).toMatch(/^Mail is answered now +no\nOut of office +no\n/m)
  await shell.run(['account', 'set', address, '--time-zone', 'asia/tokyo'])
  const { stdout } = await absence('--from', '2026-03-02 09:00', '--to', '2026-03-10', '--internal', 'Ask\nCarol.', '--others', 'Away.')
  expect(stdout).toMatch(/^Mail is answered now +yes$/m)
  expect(stdout).toMatch(/^Out of office +from 2026-03-02 09:00 to 2026-03-10 00:00 \(Asia\/Tokyo\)$/m)
  expect(stdout).toMatch(/^People of the organization +Ask \/ Carol\.$/m)
  expect(stdout).toMatch(/^Other people among the contacts +not answered$/m)
  expect(await shell.ask(['account', 'absence', address])).toMatchObject({
    start: '2026-03-02T00:00:00.000Z',
    end: '2026-03-09T15:00:00.000Z',
    replies: { unknown: { enabled: true, type: 'text', text: 'Away.' } },
  })
  expect((await absence('--no-others')).stdout).toMatch(/^Everybody else +not answered$/m)
  expect((await absence('--html', '--others', '<b>Away</b>')).stdout).toMatch(/^Everybody else +Away$/m)
  expect((await absence('--off')).stdout).toMatch(/^Out of office +no$/m)
  expect((await absence('--on')).stdout).toMatch(/^Out of office +until further notice$/m)
})

test('what cannot be is refused with one sentence', async () => {
  for (const [options, sentence] of [
    [['--on', '--off'], /Use one of --on, --off, and --from with --to\./],
    [['--from', 'tomorrow', '--to', '2026-03-10'], /"tomorrow" is no time: write 2026-07-01 09:00\./],
    [['--from', '2026-03-10'], /An absence for a time needs its begin and its end\./],
    [['--from', '2026-03-10', '--to', '2026-03-10'], /An absence has to end after it begins\./],
  ] as const) {
    const { code, stderr } = await absence(...options)
    expect([code, stderr]).toEqual([1, expect.stringMatching(sentence)])
  }
})

test('sets where somebody is and when he works', async () => {
  const set = (...options: string[]) => shell.run(['account', 'set', address, ...options])
  const { stdout } = await set('--time-zone', 'Europe/Lisbon', '--works', 'sat-mon,wednesday/08:30-17:00')
  expect(stdout).toMatch(/^Time zone +Europe\/Lisbon$/m)
  expect(stdout).toMatch(/^Works +sunday, monday, wednesday, saturday: 08:30 to 17:00$/m)
  const back = await set('--time-zone', 'default', '--works', 'default')
  expect(back.stdout).toMatch(/^Time zone +-$/m)
  expect(back.stdout).toMatch(/^Works +-$/m)
  for (const [options, sentence] of [
    [['--time-zone', 'Mars/Olympus'], /must be a time zone such as Europe\/Berlin/],
    [['--works', 'monday'], /Use days and times: monday-friday\/09:00-17:00\./],
    [['--works', 'someday/09:00-17:00'], /someday is no day of the week\./],
    [['--works', 'monday/9-17'], /a time of the day looks like 09:00/],
  ] as const) {
    const { code, stderr } = await set(...options)
    expect([code > 0, stderr]).toEqual([true, expect.stringMatching(sentence)])
  }
})
