// The shell's commands for who administers: administrators, tokens and the audit log, with a server and without one.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { actions } from '../../src/admin/actions.ts'
import { perform } from '../../src/admin/perform.ts'
import { verifyPassword } from '../../src/auth/password.ts'
import { openStore } from '../../src/store/sql/open.ts'
import { setUpSecondFactor } from '../support/authenticator-app.ts'
import { password, startTestServer, type TestServer } from '../support/server.ts'
import { TestShell } from '../support/shell.ts'

const long = 'a password of some length'

describe('without a server', () => {
  let shell: TestShell
  beforeEach(() => {
    shell = new TestShell()
  })
  afterEach(() => shell.remove())

  test('the first administrator makes the store, and is listed without his password', async () => {
    const added = await shell.ask(['admin', 'add', 'Ada', '--role', 'administrator', '--password-stdin'], `${long}\n`)
    expect(added).toMatchObject({ name: 'ada', role: 'administrator', disabled: false, secondFactor: false, lastLogin: null })
    await shell.ask(['admin', 'add', 'bob', '--role', 'auditor', '--password-stdin'], `${long}\n`)
    const { stdout } = await shell.run(['admin', 'list'])
    expect(stdout).toBe(
      'NAME  ROLE           STATE    SECOND FACTOR  LAST LOGIN (UTC)\nada   administrator  enabled  no             -\nbob   auditor        enabled  no             -\n',
    )
    const store = await openStore({ database: { kind: 'sqlite', path: join(shell.data, 'easel.db') }, clock: shell.clock })
    expect(await verifyPassword(await store.administrators.passwordHash('ada'), long)).toBe(true)
    await store.close()
  })

  test('the shell may do what the console may not: take the last one away', async () => {
    await shell.ask(['admin', 'add', 'ada', '--role', 'administrator', '--password-stdin'], `${long}\n`)
    expect(await shell.ask(['admin', 'role', 'ada', 'helpdesk'])).toMatchObject({ role: 'helpdesk' })
    expect(await shell.ask(['admin', 'disable', 'ada'])).toMatchObject({ disabled: true })
    expect(await shell.ask(['admin', 'enable', 'ada'])).toMatchObject({ disabled: false })
    expect(await shell.ask(['admin', 'remove', 'ada'])).toEqual({ name: 'ada' })
    expect((await shell.run(['admin', 'list'])).stdout).toContain('There are no local administrators')
  })

  test('what cannot be is refused with one sentence', async () => {
    await shell.ask(['admin', 'add', 'ada', '--role', 'administrator', '--password-stdin'], `${long}\n`)
    for (const [args, sentence] of [
      [['admin', 'add', 'eve', '--role', 'auditor', '--password-stdin'], /at least 12 characters/],
      [['admin', 'add', 'ada@example.com', '--role', 'auditor', '--password-stdin'], /1 to 64 letters/],
      [['admin', 'add', 'eve', '--role', 'auditor'], /--password-stdin/],
      [['admin', 'add', 'eve', '--role', 'king', '--password-stdin'], /Use one of administrator, helpdesk, auditor/],
      [['admin', 'add', 'eve', '--password-stdin'], /required option '--role/],
      [['admin', 'role', 'eve', 'auditor'], /There is no administrator eve\./],
      [['admin', 'remove', 'eve'], /There is no administrator eve\./],
      [['admin', 'totp', 'reset', 'ada'], /There is no second factor of ada\./],
      [['admin', 'totp', 'reset', 'no@example.com'], /There is no account no@example\.com\./],
      [['token', 'create', 't', '--role', 'user'], /Use one of/],
      [['token', 'create', 't', '--role', 'auditor', '--days', '0'], /whole number of days/],
      [['token', 'create', 't', '--role', 'auditor', '--days', '4000'], /days: /],
      [['token', 'revoke', 't'], /There is no token t\./],
      [['audit', 'list', '--limit', 'all'], /whole number/],
    ] as const) {
      const { code, stderr } = await shell.run(args, 'short\n')
      expect([args.join(' '), code === 0, sentence.test(stderr)]).toEqual([args.join(' '), false, true])
      expect(stderr).not.toContain('\n    at ')
    }
  })

  test('a token is printed once, by itself, so that a script can keep it', async () => {
    await shell.ask(['admin', 'add', 'ada', '--role', 'administrator', '--password-stdin'], `${long}\n`)
    const { stdout, stderr } = await shell.run(['token', 'create', 'probe', '--role', 'auditor', '--days', '30'])
    expect(stdout).toMatch(/^easel_[\w-]{43}\n$/)
    expect(stderr).toContain('Nobody can show it again')
    expect(await shell.ask(['token', 'create', 'other', '--role', 'helpdesk', '--days', 'never'])).toMatchObject({ expiresAt: null })
    const list = await shell.run(['token', 'list'])
    expect(list.stdout).toContain('probe')
    expect(list.stdout).not.toContain('easel_')
    expect((await shell.run(['token', 'revoke', 'probe'])).stdout).toBe('Revoked probe.\n')
    expect(await shell.ask<unknown[]>(['token', 'list'])).toHaveLength(1)
  })

  test('the audit log is listed, verified and exported, and a change of it is found', async () => {
    await shell.ask(['admin', 'add', 'ada', '--role', 'administrator', '--password-stdin'], `${long}\n`)
    for (const name of ['one', 'two', 'three']) await shell.ask(['token', 'create', name, '--role', 'auditor'])
    const list = await shell.run(['audit', 'list', '--action', 'token.create', '--limit', '2'])
    expect(list.stdout).toContain('token three')
    expect(list.stdout).not.toContain('token one')
    expect((await shell.run(['audit', 'verify'])).stdout).toBe('The audit log is whole.\n')
    const lines = (await shell.run(['audit', 'export', '--from', '2'])).stdout.trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { target: string }).target)).toEqual(['token one', 'token two', 'token three'])
    const database = new DatabaseSync(join(shell.data, 'easel.db'))
    database.exec(`update audit set target = 'token four' where number = 3`)
    database.close()
    const broken = await shell.run(['audit', 'verify'])
    expect([broken.code, broken.stdout]).toEqual([1, 'The audit log is broken at entry 3: the entry was changed.\n'])
  })

  test('a backup takes the key of sealed secrets along', async () => {
    await shell.ask(['admin', 'add', 'ada', '--role', 'administrator', '--password-stdin'], `${long}\n`)
    writeFileSync(join(shell.data, 'vault.key'), 'x'.repeat(32))
    await shell.ask(['backup', 'kept'])
    const { files } = JSON.parse(readFileSync(join(shell.folder, 'kept', 'backup.json'), 'utf8')) as {
      files: { path: string }[]
    }
    expect(files.map(({ path }) => path)).toContain('vault.key')
  })
})

describe('beside a running server', () => {
  let server: TestServer
  let shell: TestShell
  beforeEach(async () => {
    server = await startTestServer({ console: true })
    shell = new TestShell(server.data, server.clock)
  })
  afterEach(async () => {
    shell.remove()
    await server.close()
  })

  test('somebody who is added logs in, and is out as soon as he is disabled', async () => {
    await shell.ask(['admin', 'add', 'ada', '--role', 'administrator', '--password-stdin'], `${long}\n`)
    const browser = server.browser()
    expect((await browser.login('ada', long)).location).toBe('/')
    await shell.ask(['admin', 'disable', 'ada'])
    expect((await browser.get('/')).location).toBe('/login')
    const [entry] = await server.store.audit.list({ action: 'admin.disable' }, 1)
    expect(entry).toMatchObject({ target: 'ada', origin: 'shell' })
    expect(entry?.actor).toMatch(/^shell: /)
  })

  test('a lost second factor is taken away', async () => {
    await server.administrator('ada', 'administrator')
    const browser = server.browser()
    await browser.login('ada', password)
    await setUpSecondFactor(browser, server.clock)
    expect(await shell.ask(['admin', 'list'])).toMatchObject([{ name: 'ada', secondFactor: true }])
    expect((await server.browser().login('ada', password)).location).toBe('/login/code')
    await shell.ask(['admin', 'totp', 'reset', 'ada'])
    expect((await server.browser().login('ada', password)).location).toBe('/')
  })

  test('the console keeps the last administrator, whoever asks', async () => {
    await server.administrator('ada', 'administrator')
    await server.administrator('eve', 'administrator')
    const browser = server.browser()
    await browser.login('ada', password)
    expect((await browser.api('PUT', '/administrators/eve/role', { role: 'auditor' })).status).toBe(200)
    for (const [method, path, body] of [
      ['PUT', '/administrators/ada/role', { role: 'helpdesk' }],
      ['POST', '/administrators/ada/disable', {}],
      ['DELETE', '/administrators/ada', undefined],
    ] as const) {
      const { status, json } = await browser.api(method, path, body)
      expect([path, status]).toEqual([path, 422])
      expect(JSON.stringify(json)).toContain('the last local administrator')
    }
    expect((await browser.api('PUT', '/administrators/eve/role', { role: 'administrator' })).status).toBe(200)
    // Of two who throw each other out at the same moment one stays.
    const other = server.browser()
    await other.login('eve', password)
    await Promise.all([browser.api('POST', '/administrators/eve/disable', {}), other.api('POST', '/administrators/ada/disable', {})])
    const left = (await server.store.administrators.list()).filter(({ disabled }) => !disabled)
    expect(left).toHaveLength(1)
  })

  test('what names files of the server is not for the console, even for administrators', async () => {
    const actor = { name: 'ada', role: 'administrator', account: null, via: 'console', address: null } as const
    for (const name of ['mail.import', 'store.backup'] as const) {
      await expect(perform(server.running.admin, actor, name, actions[name], { path: '/tmp/x' })).rejects.toThrow('for the shell')
    }
  })
})
