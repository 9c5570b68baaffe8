// `easel app-password`, on a stopped server and on a running one.
import { afterEach, expect, test } from 'vitest'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import { TestShell } from '../support/shell.ts'

const address = 'alice@example.test'
let server: TestServer | null = null
let shell: TestShell | null = null
afterEach(async () => {
  await server?.close()
  shell?.remove()
  server = null
})

test('without a server one is made, listed without itself, and revoked', async () => {
  shell = new TestShell()
  await shell.run(['account', 'add', address, '--password-stdin'], `${password}\n`)
  const { stdout, stderr } = await shell.run(['app-password', 'create', address, 'My iPhone'])
  expect(stdout).toMatch(/^[a-z]{4}(-[a-z]{4}){4}\n$/)
  expect(stderr).toContain('Nobody can show it again.')
  const listed = await shell.run(['app-password', 'list', address])
  expect(listed.stdout).toMatch(/^NAME +PHONE +MADE BY +MADE \(UTC\) +LAST USED \(UTC\)\nMy iPhone +- /)
  expect(listed.stdout).not.toContain(stdout.trim())
  expect((await shell.run(['app-password', 'revoke', address, 'My iPhone'])).stdout).toBe('Revoked My iPhone.\n')
  expect((await shell.run(['app-password', 'list', address])).stdout).toBe('There are no app passwords.\n')
})

test('what cannot be is refused with one sentence', async () => {
  shell = new TestShell()
  await shell.run(['account', 'add', address, '--password-stdin'], `${password}\n`)
  for (const [args, sentence] of [
    [['create', 'nobody@example.test', 'x'], /There is no account nobody@example\.test\./],
    [['create', address, 'a/b'], /a name has 1 to 64 letters/],
    [['revoke', address, 'x'], /There is no app password x\./],
  ] as const) {
    const { code, stderr } = await shell.run(['app-password', ...args])
    expect([code, stderr]).toEqual([1, expect.stringMatching(sentence)])
  }
})

test('with a server what is revoked is out at once', async () => {
  server = await startTestServer({ accounts: [address], environment: { EASEL_POLICY: '0' } })
  shell = new TestShell(server.data, server.clock)
  const secret = (await shell.run(['app-password', 'create', address, 'phone'])).stdout.trim()
  const phone = server.bare(address, { password: secret })
  expect((await phone.post('FolderSync', null)).status).toBe(200)
  await shell.run(['app-password', 'revoke', address, 'phone'])
  expect((await phone.post('FolderSync', null)).status).toBe(401)
})
