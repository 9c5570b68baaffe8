// `easel policy` and what `easel account` says of policies: the same against a running server and a stopped one.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PolicyPreview, WrittenPolicy } from '../../src/admin/policies.ts'
import { ruleNames } from '../../src/model/policy-rules.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { TestShell } from '../support/shell.ts'

const alice = 'alice@example.test'

let shell: TestShell
let server: TestServer | null = null

afterEach(async () => {
  shell.remove()
  await server?.close()
  server = null
})

/** The same story where a server runs, and where none does. */
function both(title: string, story: () => Promise<void>): void {
  test(`${title} (running)`, async () => {
    server = await startTestServer({ accounts: [alice] })
    shell = new TestShell(server.data)
    await story()
  })
  test(`${title} (stopped)`, async () => {
    shell = new TestShell()
    await shell.ask(['account', 'add', alice, '--password-stdin'], 'secret\n')
    await story()
  })
}

const set = (...args: string[]) => shell.ask<WrittenPolicy>(['policy', 'set', ...args])

describe('easel policy', () => {
  both('writes, shows, lists and removes policies', async () => {
    const written = await set(
      'strict',
      '--rule',
      'devicePasswordEnabled=yes',
      'maxInactivityTimeDeviceLock=15min',
      '--rank',
      '5',
      '--group',
      'Sales',
    )
    expect(written).toMatchObject({
      name: 'strict',
      rank: 5,
      groups: ['Sales'],
      stored: true,
      accounts: 0,
      rules: { devicePasswordEnabled: true, maxInactivityTimeDeviceLock: 900 },
    })
    expect(await shell.ask(['policy', 'show', 'strict'])).toMatchObject({ rank: 5 })
    expect(await shell.ask(['policy', 'list'])).toMatchObject([{ name: 'strict' }, { name: 'default', stored: false }])
    const { stdout } = await shell.run(['policy', 'show', 'strict'])
    expect(stdout).toContain('Groups                                Sales\n')
    expect(stdout).toContain('\nPasscode\n  Require passcode  yes\n  Inactivity time   15 minutes\n')
    expect((await shell.run(['policy', 'remove', 'strict'])).stdout).toBe('Removed the policy strict.\n')
    expect((await shell.run(['policy', 'list'])).stdout.split('\n')[1]).toMatch(/^default .* the configuration$/)
  })

  both('changes what is named and leaves the rest, unless it begins afresh', async () => {
    await set('one', '--rule', 'allowCamera=no', 'AllowWiFi=no', 'maxAttachmentSize=10MB', '--group', 'A', 'B', '--refresh-hours', '24')
    expect(await set('one', '--rule', 'allowWiFi=default', 'allowBluetooth=hands-free', '--no-group', '--devices-max', '3')).toMatchObject({
      groups: [],
      refreshHours: 24,
      devicesMax: 3,
      rules: { allowCamera: false, maxAttachmentSize: 10 << 20, allowBluetooth: 'hands-free' },
    })
    expect((await set('one')).rules).not.toHaveProperty('allowWiFi')
    expect(await set('one', '--refresh-hours', 'never', '--devices-max', 'any', '--min-version', '14.1')).toMatchObject({
      refreshHours: null,
      devicesMax: null,
      minVersion: '14.1',
    })
    expect(await set('one', '--min-version', 'default', '--max-version', '16.0', '--sync', 'no', '--provision', 'no')).toMatchObject({
      minVersion: null,
      maxVersion: '16.0',
      syncEnabled: false,
      provisions: false,
    })
    expect(await set('one', '--fresh', '--rule', 'unapprovedInROMApplicationList=a.exe, b.exe')).toMatchObject({
      syncEnabled: true,
      maxVersion: null,
      rules: { unapprovedInROMApplicationList: ['a.exe', 'b.exe'] },
    })
  })

  both('assigns a policy, and says what it would do', async () => {
    const { stdout } = await shell.run([
      'policy',
      'set',
      'hard',
      '--rule',
      'allowBrowser=no',
      '--allow-non-provisionable',
      'no',
      '--assign',
      alice,
    ])
    expect(stdout).toMatch(/^Accounts +1$/m)
    expect(stdout).toContain('Note: Android phones cannot do all of this, and are kept out: Allow web browser.')
    const refused = await shell.run(['policy', 'remove', 'hard'])
    expect([refused.code, refused.stderr]).toEqual([1, `easel: The policy hard is assigned to ${alice}: give them another first.\n`])
  })

  both('previews a change, and stores nothing', async () => {
    await set('default', '--rule', 'devicePasswordEnabled=yes')
    const options = ['--rule', 'minDevicePasswordLength=6', 'allowWiFi=no']
    const preview = await shell.ask<PolicyPreview>(['policy', 'preview', 'default', ...options])
    expect(preview).toMatchObject({ name: 'default', accounts: 1, devices: 0 })
    expect(preview.changes.map(({ name }) => name)).toEqual(['minDevicePasswordLength', 'allowWiFi'])
    const { stdout } = await shell.run(['policy', 'preview', 'default', ...options])
    expect(stdout).toMatch(/^Allow Wi-Fi +no +ignored \? +refused +ignored$/m)
    expect(stdout).toContain('\nWhat changes\n  Minimum passcode length: not set -> 6 characters\n  Allow Wi-Fi: not set -> no\n')
    expect(stdout).toContain('ProvisionParser.java')
    expect((await shell.ask<WrittenPolicy>(['policy', 'show', 'default'])).rules).toEqual({ devicePasswordEnabled: true })
    expect((await shell.run(['policy', 'preview', 'new'])).stdout).toContain('There is no policy of this name yet.')
  })
})

describe('easel policy complains', () => {
  beforeEach(async () => {
    shell = new TestShell()
    await shell.ask(['account', 'add', alice, '--password-stdin'], 'secret\n')
  })

  test.each([
    [['--rule', 'allowCamera'], 'Write a rule as name=value.'],
    [['--rule', 'colour=blue'], 'There is no rule colour: `easel policy rules` lists them.'],
    [['--rule', 'allowCamera=maybe'], 'allowCamera is yes or no, or "default".'],
    [['--rule', 'minDevicePasswordLength=long'], 'minDevicePasswordLength is 1 to 16 characters, or "default".'],
    [['--rule', 'minDevicePasswordLength=4min'], 'minDevicePasswordLength is 1 to 16 characters, or "default".'],
    [
      ['--rule', 'minDevicePasswordLength=17'],
      'minDevicePasswordLength: must be a whole number of characters from 1 to 16, or be left out',
    ],
    [['--rule', 'allowBluetooth=blue'], 'allowBluetooth: must be one of off, hands-free, on'],
    [['--min-version', '12.0'], 'Use one of 12.1'],
    [['--rank', 'high'], 'Use a whole number.'],
    [['--sync', 'perhaps'], 'Use yes or no.'],
    [['--min-version', '16.1', '--max-version', '14.0'], 'maxVersion: lies below the lowest version: no device could come in'],
  ])('of %j in a sentence', async (args, sentence) => {
    const { code, stderr, stdout } = await shell.run(['policy', 'set', 'x', ...args])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(sentence)
    expect(stderr).not.toContain('    at ')
  })

  test('of a policy that is not there', async () => {
    expect((await shell.run(['policy', 'show', 'x'])).stderr).toBe('easel: There is no policy x.\n')
  })

  test('not at all where rules are only listed', async () => {
    const { stdout } = await new TestShell().run(['policy', 'rules'])
    expect(stdout.split('\n')).toHaveLength(ruleNames.length + 2)
    expect(stdout).toMatch(/^maxDevicePasswordFailedAttempts +Failed attempts before local wipe +4 to 16 attempts +honoured +honoured$/m)
  })
})

describe('easel account', () => {
  both('shows and changes what policies it has, and what it may do beside them', async () => {
    await set('special')
    const account = (...args: string[]) => shell.ask(['account', 'set', alice, ...args])
    expect(await account('--policy', 'special', '--group', 'Sales', 'Board', '--sync', 'no', '--devices-max', '2')).toMatchObject({
      policy: 'special',
      policyInForce: 'special',
      groups: ['Sales', 'Board'],
      syncEnabled: false,
      devicesMax: 2,
    })
    const { stdout } = await shell.run(['account', 'list'])
    expect(stdout.split('\n')[1]).toMatch(/^alice@example\.test +\w+ +enabled +special +-$/)
    expect((await shell.run(['account', 'set', alice, '--name', 'A.'])).stdout).toMatch(/^Policy in force +special$/m)
    expect(await account('--policy', 'none', '--no-group', '--sync', 'default', '--devices-max', 'default')).toMatchObject({
      policy: null,
      policyInForce: 'default',
      groups: [],
      syncEnabled: null,
      devicesMax: null,
    })
    expect((await shell.run(['account', 'set', alice, '--policy', 'gone'])).stderr).toBe('easel: There is no policy gone.\n')
    expect((await shell.run(['account', 'set', alice, '--devices-max', 'few'])).stderr).toContain('Use a whole number, or "default".')
  })
})
