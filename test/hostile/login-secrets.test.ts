// Passwords, app passwords and tokens stand in no line of the log, at its most talkative, however they were presented.
import { expect, test } from 'vitest'
import { act } from '../support/admin.ts'
import { startLoggedServer } from './logged-server.ts'

test('what phones come in with is never logged', async () => {
  const house = await startLoggedServer('Pa55-quagmire', {
    EASEL_POLICY: '0',
    EASEL_OAUTH_ISSUER: 'http://127.0.0.1:1',
    EASEL_OAUTH_AUDIENCE: 'us',
    EASEL_OAUTH_CLIENT_ID: 'easel',
    EASEL_OAUTH_CLIENT_SECRET: 'client-quince',
    EASEL_AUTH_ACCOUNTS_PASSWORD: '2',
  })
  const address = 'alice@example.test'
  await house.account(address)
  const secret = (await act(house.running.admin, 'account.app-password.create', { address, name: 'phone' })).password
  const presented: string[] = []
  const knock = async (authorization: string, deviceId: string) => {
    presented.push(authorization)
    return (await house.phone(address, { deviceId }).post('FolderSync', null, { headers: { Authorization: authorization } })).status
  }
  const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const wrongApp = secret.replace(/^./, (letter) => (letter === 'a' ? 'b' : 'a'))
  expect(await knock(basic(address, secret), 'ONE')).toBe(200)
  expect(await knock(basic(address, secret), 'TWO')).toBe(401)
  expect(await knock(basic(address, wrongApp), 'ONE')).toBe(401)
  expect(await knock(basic('bob@example.test', 'sprayed-quail'), 'X')).toBe(401)
  expect(await knock(basic('carol@example.test', 'sprayed-quail'), 'X')).toBe(401)
  expect(await knock('Bearer opaque-quokka', 'X')).toBe(503)
  expect(await knock('Bearer e30.quartz.quiver', 'X')).toBe(503)
  const lines = house.log()
  const audit = JSON.stringify(await house.running.store.audit.from(1, 1000))
  expect(lines).toContain('an app password came from another device than its own')
  expect(lines).toContain('One password is tried over the accounts of many people.')
  expect(lines).toContain('the identity provider cannot be asked')
  const parts = presented.map((each) => each.split(' ')[1] ?? '')
  for (const word of [...parts, secret, secret.replaceAll('-', ''), wrongApp, 'sprayed-quail', 'quokka', 'quartz', 'client-quince']) {
    expect(lines).not.toContain(word)
    expect(audit).not.toContain(word)
  }
  await house.close()
})
