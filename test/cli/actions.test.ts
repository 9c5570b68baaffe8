// The shell's commands, the same against a running server (through its control socket) and against a stopped one.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AdminHouse } from '../../src/admin/house.ts'
import { verifyPassword } from '../../src/auth/password.ts'
import { serveControl } from '../../src/control/server.ts'
import { holdFolder } from '../../src/control/lock.ts'
import { controlPath } from '../../src/control/path.ts'
import { systemClock } from '../../src/model/clock.ts'
import type { DeviceId, SubmissionId } from '../../src/model/id.ts'
import { openTraces } from '../../src/protocol/trace.ts'
import { openStore } from '../../src/store/sql/open.ts'
import type { Store } from '../../src/store/store.ts'
import { adminHouse } from '../support/admin.ts'
import { TestShell } from '../support/shell.ts'

const log = pino({ level: 'silent' })
const at = systemClock.now()

let shell: TestShell
/** What the running server was told of changed accounts and devices. */
let changes: string[]

/** Works on the data folder's store as a server does: under the lock, with the control socket open if asked. */
async function house<T>(serving: boolean, work: (house: AdminHouse) => Promise<T>): Promise<T> {
  const release = await holdFolder(shell.data)
  const store = await openStore({ database: { kind: 'sqlite', path: join(shell.data, 'easel.db') }, clock: systemClock })
  const traces = await openTraces({ store, clock: systemClock, log, folder: join(shell.data, 'traces') })
  const changed: AdminHouse['changed'] = (account, device) => changes.push(`${account.address} ${device ?? 'all'}`)
  const admin = await adminHouse({ store, traces, dataFolder: shell.data, changed })
  const control = serving ? await serveControl(admin, shell.data, log) : null
  try {
    return await work(admin)
  } finally {
    await control?.close()
    await traces.flushed()
    await store.close()
    release()
  }
}

async function populate(store: Store): Promise<void> {
  const account = await store.accounts.create({ addresses: ['alice@example.com'], displayName: 'Alice', passwordHash: null })
  const sighting = { type: 'iPhone', userAgent: 'Apple-iPhone15C2/2105.219', version: '16.1', address: '192.0.2.7', at } as const
  await store.devices.enrol(account.id, 'APPLE1' as DeviceId, sighting)
  await store.devices.change(account.id, 'APPLE1' as DeviceId, {
    information: { model: 'iPhone15C2', friendlyName: 'Alice\u001b[2J', os: 'iOS\u001b[2J' },
  })
  const source = Buffer.from('Subject: private\r\n\r\nbody')
  const recipients = ['dora@world.example']
  await store.outbox.submit({ id: 's1' as SubmissionId, account: account.id, from: 'alice@example.com', recipients, source, at })
}

beforeEach(() => {
  shell = new TestShell()
  changes = []
})
afterEach(() => shell.remove())

/** Runs the same story against a stopped and a running server. */
function both(title: string, story: (running: boolean) => Promise<void>): void {
  test(`${title} (stopped)`, async () => {
    await house(false, ({ store }) => populate(store))
    await story(false)
  })
  test(`${title} (running)`, () =>
    house(true, async ({ store }) => {
      await populate(store)
      await story(true)
    }))
}

describe('easel account', () => {
  both('adds, lists, changes and disables accounts', async (running) => {
    const added = await shell.ask(['account', 'add', 'Bob@Example.com', '--password-stdin', '--name', 'Bob B.'], 'secret\n')
    expect(added).toMatchObject({ address: 'bob@example.com', displayName: 'Bob B.', disabled: false, maxVersion: null })
    const set = [
      'account',
      'set',
      'bob@example.com',
      '--max-version',
      '14.1',
      '--allow-non-provisionable',
      'no',
      '--alias',
      'robert@example.com',
    ]
    expect(await shell.ask(set)).toMatchObject({
      addresses: ['bob@example.com', 'robert@example.com'],
      maxVersion: '14.1',
      allowNonProvisionable: false,
    })
    expect(await shell.ask(['account', 'disable', 'robert@example.com'])).toMatchObject({ address: 'bob@example.com', disabled: true })
    expect(await shell.ask(['account', 'enable', 'bob@example.com'])).toMatchObject({ disabled: false })
    expect(await shell.ask(['account', 'set', 'bob@example.com', '--max-version', 'default'])).toMatchObject({ maxVersion: null })
    const list = await shell.ask<{ address: string }[]>(['account', 'list'])
    expect(list.map(({ address }) => address)).toEqual(['alice@example.com', 'bob@example.com'])
    expect(changes).toHaveLength(running ? 4 : 0)
  })

  both('prints a table for people', async () => {
    const { stdout, code } = await shell.run(['account', 'list'])
    expect(stdout).toBe('ADDRESS            NAME   STATE    POLICY   HIGHEST VERSION\nalice@example.com  Alice  enabled  default  -\n')
    expect(code).toBe(0)
  })

  test('password sets the first line of standard input', async () => {
    await house(false, ({ store }) => populate(store))
    await shell.ask(['account', 'password', 'alice@example.com', '--password-stdin'], 'sésame\r\nnot this\n')
    await house(false, async ({ store }) => {
      const account = await store.accounts.byAddress('alice@example.com')
      const hash = account === null ? null : await store.accounts.passwordHash(account.id)
      expect(await verifyPassword(hash, 'sésame')).toBe(true)
      expect(await verifyPassword(hash, 'sésame\r')).toBe(false)
    })
  })

  both('refuses with one sentence and a non-zero exit code', async () => {
    const cases: readonly (readonly [args: string[], sentence: string])[] = [
      [['account', 'add', 'alice@example.com', '--password-stdin'], 'That address belongs to an account already.'],
      [['account', 'add', 'nobody', '--password-stdin'], 'address: an address looks like name@example.com'],
      [['account', 'add', 'bob@example.com'], 'Give the password on standard input, with --password-stdin.'],
      [['account', 'disable', 'carol@example.com'], 'There is no account carol@example.com.'],
      [['device', 'show', 'NONE'], 'There is no device NONE.'],
    ]
    for (const [args, sentence] of cases) {
      const { code, stdout, stderr } = await shell.run(args, 'secret\n')
      expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `easel: ${sentence}\n` })
    }
  })

  test('refuses an empty password', async () => {
    const { code, stderr } = await shell.run(['account', 'add', 'bob@example.com', '--password-stdin'], '\n')
    expect(code).toBe(1)
    expect(stderr).toContain('a password cannot be empty')
  })

  test('does not make a store where only something is asked', async () => {
    const { code, stderr } = await shell.run(['account', 'list'])
    expect(code).toBe(1)
    expect(stderr).toContain('There is no store in')
    expect(() => statSync(shell.data)).toThrow('ENOENT')
  })

  test('complains of an unknown option and of an unknown version', async () => {
    expect((await shell.run(['account', 'list', '--nonsense'])).stderr).toContain("unknown option '--nonsense'")
    const { code, stderr } = await shell.run(['account', 'set', 'alice@example.com', '--max-version', '15.0'])
    expect(code).not.toBe(0)
    expect(stderr).toContain('Use one of 12.1')
  })
})

describe('easel device', () => {
  both('lists, shows and forgets devices', async (running) => {
    expect(await shell.ask(['device', 'list'])).toMatchObject([
      { account: 'alice@example.com', id: 'APPLE1', type: 'iPhone', model: 'iPhone15C2', version: '16.1', lastAddress: '192.0.2.7' },
    ])
    expect(await shell.ask(['device', 'show', 'apple1'])).toMatchObject({ id: 'APPLE1', collections: [], resets: [], poison: [] })
    const { stdout } = await shell.run(['device', 'show', 'APPLE1'])
    // A phone chooses its name, and a terminal obeys escape sequences.
    for (const shown of ['Alice [2J', 'iOS\ufffd[2J']) expect(stdout).toContain(shown)
    expect(await shell.ask(['device', 'remove', 'APPLE1', '--account', 'alice@example.com'])).toMatchObject({ id: 'APPLE1' })
    expect(await shell.ask(['device', 'list'])).toEqual([])
    expect(changes).toEqual(running ? ['alice@example.com APPLE1'] : [])
  })
})

describe('easel device, wipe and access', () => {
  both('decide about a device, and take it back', async (running) => {
    expect(await shell.ask(['device', 'block', 'APPLE1'])).toMatchObject({ access: 'blocked' })
    expect(await shell.ask(['device', 'allow', 'APPLE1'])).toMatchObject({ access: 'allowed' })
    expect(await shell.ask(['device', 'judge', 'APPLE1'])).toMatchObject({ access: 'allowed', accessReason: 'by default' })
    expect((await shell.run(['device', 'block', 'APPLE1'])).stdout).toMatch(/of alice@example\.com: blocked by /)
    // Not what the device is now: a rule may quarantine it with its next request.
    expect((await shell.run(['device', 'judge', 'APPLE1'])).stdout).toMatch(
      /of alice@example\.com: the rules decide at its next request\.$/m,
    )
    expect(await shell.ask(['device', 'rename', 'APPLE1', 'The red one'])).toMatchObject({ name: 'The red one' })
    expect(await shell.ask(['device', 'resync', 'APPLE1'])).toMatchObject({ id: 'APPLE1' })
    expect((await shell.run(['device', 'resync', 'APPLE1', '--folder', '7'])).stderr).toContain('holds nothing of the folder 7')
    expect(changes).toHaveLength(running ? 7 : 0)
  })

  both('ask for a wipe that has to be confirmed, and cancel it', async () => {
    const wipe = ['device', 'wipe', 'APPLE1', '--scope', 'account', '--confirm']
    expect((await shell.run([...wipe, 'iPhone'])).stderr).toContain('has to be given exactly')
    await shell.ask(['device', 'rename', 'APPLE1', 'Red'])
    const asked = await shell.ask<{ id: number }>([...wipe, 'Red'])
    expect(asked).toMatchObject({ state: 'requested', requestedBy: expect.stringMatching(/^shell: /) })
    expect(await shell.ask(['wipe', 'list'])).toMatchObject([{ id: asked.id, name: 'Red', state: 'requested' }])
    expect(await shell.ask(['wipe', 'cancel', String(asked.id)])).toMatchObject({ state: 'cancelled' })
    expect((await shell.run(['wipe', 'cancel', String(asked.id)])).stderr).toContain('cannot be taken back any more')
    expect((await shell.run(['wipe', 'approve', 'x'])).stderr).toContain('Use the number')
  })

  both('write access rules, and show before whom they hit', async () => {
    const hits = await shell.ask(['access', 'add', 'model', 'iPhone15*', 'quarantined', '--dry-run'])
    expect(hits).toMatchObject([{ device: 'APPLE1', before: 'allowed', after: 'quarantined' }])
    expect(await shell.ask(['access', 'show'])).toEqual({ fallback: 'allowed', rules: [] })
    await shell.ask(['access', 'add', 'type', 'Android*', 'blocked', '--note', 'none here'])
    await shell.ask(['access', 'add', 'model', 'iPhone15*', 'quarantined', '--first'])
    const { rules } = await shell.ask<{ rules: { id: string; pattern: string }[] }>(['access', 'default', 'blocked'])
    expect(rules.map(({ pattern }) => pattern)).toEqual(['iPhone15*', 'Android*'])
    const removed = await shell.ask(['access', 'remove', rules[0]?.id ?? ''])
    expect(removed).toMatchObject({ fallback: 'blocked', rules: [{ note: 'none here' }], affected: [{ after: 'blocked' }] })
    expect((await shell.run(['access', 'remove', 'nothing'])).stderr).toContain('There is no rule nothing')
    expect((await shell.run(['access', 'show'])).stdout).toContain('Everything else: blocked')
  })
})

describe('easel queue', () => {
  both('lists what waits, without its content', async () => {
    const { stdout } = await shell.run(['queue', 'list', '--json'])
    expect(JSON.parse(stdout)).toMatchObject([{ account: 'alice@example.com', recipients: ['dora@world.example'], attempts: 0 }])
    expect(stdout).not.toContain('private')
  })
})

describe('easel status', () => {
  both('tells how the server fares, and fails where it does not run', async () => {
    const { code, stdout } = await shell.run(['status'])
    // The house of this test has a control socket and nothing else of a server.
    expect(code).toBe(1)
    expect(stdout).toMatch(/^Devices +1$/m)
    expect(stdout).toMatch(/^Messages on their way out +1$/m)
    expect(stdout).toMatch(/^server +LOOK +does not run$/m)
    expect(stdout).toMatch(/^store +ok +answers within \d+ ms$/m)
    const json = JSON.parse((await shell.run(['status', '--json'])).stdout) as Record<string, unknown>
    expect(json).toMatchObject({ overview: { devices: 1, accounts: 1, alarms: [] }, checks: expect.any(Array) })
  })
})

describe('easel trace', () => {
  both('starts, lists and stops', async () => {
    const started = await shell.ask<{ file: string; until: string }>(['trace', 'apple1', '--minutes', '5'])
    expect(Date.parse(started.until)).toBeGreaterThan(at + 4 * 60_000)
    expect(await shell.ask(['trace', 'list'])).toMatchObject([{ device: 'APPLE1', account: 'alice@example.com' }])
    expect(await shell.ask(['trace', 'stop'])).toMatchObject([{ device: 'APPLE1' }])
    expect(await shell.ask(['trace', 'list'])).toEqual([])
    expect(readFileSync(started.file, 'utf8')).toContain('trace stopped')
    expect(statSync(started.file).mode & 0o777).toBe(0o600)
  })

  test('lasts a day at most', async () => {
    await house(false, ({ store }) => populate(store))
    expect((await shell.run(['trace', 'APPLE1', '--minutes', '1441'])).stderr).toContain('at most 1440 minutes')
  })
})

describe('easel mail import', () => {
  both('imports a folder of messages once, however often it is asked', async () => {
    const archive = join(shell.folder, 'archive')
    mkdirSync(archive)
    for (const number of [1, 2, 3]) {
      const headers = `From: a@example.com\r\nSubject: Mail ${number}\r\nMessage-ID: <${number}@example.com>\r\n`
      writeFileSync(join(archive, `${number}.eml`), `${headers}\r\nText ${number}\r\n`)
    }
    const import_ = ['mail', 'import', 'archive', '--account', 'alice@example.com', '--folder', 'Archive/Old']
    expect(await shell.ask(import_)).toMatchObject({ imported: 3, known: 0, skipped: 0 })
    expect(await shell.ask(import_)).toMatchObject({ imported: 0, known: 3, skipped: 0 })
  })

  both('fails where nothing is mail', async () => {
    writeFileSync(join(shell.folder, 'notes.txt'), 'milk, bread\n')
    const { code, stdout } = await shell.run(['mail', 'import', 'notes.txt', '--account', 'alice@example.com'])
    expect([code, stdout]).toEqual([1, 'Imported 0 messages; 0 were there already, 1 could not be taken.\n'])
  })

  both('says what it cannot read', async () => {
    const { code, stderr } = await shell.run(['mail', 'import', 'nowhere', '--account', 'alice@example.com'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^easel: .*nowhere cannot be read.*\n$/)
  })
})

describe('the control socket', () => {
  test('is open to its own user only', () =>
    house(true, async () => {
      expect(statSync(controlPath(shell.data)).mode & 0o777).toBe(0o600)
    }))

  test('that a killed server left behind is no server', async () => {
    await house(false, ({ store }) => populate(store))
    writeFileSync(controlPath(shell.data), '')
    expect(await shell.ask<unknown[]>(['account', 'list'])).toHaveLength(1)
  })

  test('is waited for where a server is just starting', async () => {
    await house(false, ({ store }) => populate(store))
    const release = await holdFolder(shell.data)
    const asked = shell.ask<unknown[]>(['account', 'list'])
    await new Promise((resolve) => setImmediate(resolve))
    release()
    expect(await asked).toHaveLength(1)
  })
})
