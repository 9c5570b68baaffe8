// Who was put out between a backup and its restoration: he stays out.
import '../../src/enroll/reflection.ts'
import { once } from 'node:events'
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request, type RequestOptions } from 'node:https'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AuditView } from '../../src/admin/audit.ts'
import type { IssuedView } from '../../src/admin/certificates.ts'
import type { Restored } from '../../src/cli/restore.ts'
import { loadConfig } from '../../src/config.ts'
import { startServer } from '../../src/server.ts'
import { TestServer } from '../support/server.ts'
import { TestShell } from '../support/shell.ts'

const address = 'alice@example.test'
let server: TestServer
let shell: TestShell

beforeEach(async () => {
  const environment = { EASEL_CERTIFICATES: 'accept', EASEL_HOST: 'mail.example.test', EASEL_POLICY: '0' }
  server = await TestServer.start({ secure: true, environment })
  shell = new TestShell(server.data, server.clock)
  await shell.ask(['ca', 'init'])
})
afterEach(async () => {
  await server.close()
  shell.remove()
})

const issue = () => shell.ask<IssuedView>(['ca', 'issue', address])

async function restore(): Promise<Restored> {
  let restored: Restored | null = null
  await server.restart(async () => {
    restored = await shell.ask<Restored>(['restore', 'copy'])
  })
  return restored!
}

async function statusOf(path: string, options: RequestOptions = {}): Promise<number | undefined> {
  const asked = request(`${server.url}${path}`, { agent: false, ca: server.ca, ...options })
  asked.end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode
}

/** What a phone is told that shows this certificate, and nothing else. */
const knock = ({ pkcs12, password }: IssuedView) =>
  statusOf('/Microsoft-Server-ActiveSync', { method: 'OPTIONS', pfx: Buffer.from(pkcs12 ?? '', 'base64'), passphrase: password ?? '' })

test('a certificate that was revoked since the backup stays revoked, and stands in the list; another goes on', async () => {
  const [lost, kept] = [await issue(), await issue()]
  await shell.ask(['backup', 'copy'])
  const later = await issue()
  await shell.ask(['ca', 'revoke', lost.serial, '--reason', 'keyCompromise'])
  await shell.ask(['ca', 'revoke', later.serial])
  expect((await restore()).revoked).toEqual({ certificates: 2, appPasswords: 0 })
  expect([await knock(lost), await knock(later), await knock(kept)]).toEqual([403, 403, 200])
  const list = new x509.X509Crl((await shell.run(['ca', 'crl'])).stdout)
  const listed = list.entries.map(({ serialNumber, reason }) => [serialNumber.replace(/^0+/, ''), reason])
  expect(listed.sort()).toEqual(
    [
      [lost.serial, x509.X509CrlReason.keyCompromise],
      [later.serial, undefined],
    ].sort(),
  )
})

test('a certificate that was revoked stays in the list, though the backup does not know its account', async () => {
  await shell.ask(['backup', 'copy'])
  await shell.ask(['account', 'add', 'bob@example.test', '--password-stdin'], 'secret')
  const { serial } = await shell.ask<IssuedView>(['ca', 'issue', 'bob@example.test'])
  await shell.ask(['ca', 'revoke', serial])
  expect((await restore()).revoked).toEqual({ certificates: 1, appPasswords: 0 })
  const list = new x509.X509Crl((await shell.run(['ca', 'crl'])).stdout)
  expect(list.entries.map(({ serialNumber }) => serialNumber.replace(/^0+/, ''))).toEqual([serial])
  expect(await shell.ask(['ca', 'list'])).toMatchObject([{ serial }])
})

test('an app password that was revoked since the backup stays so; another goes on', async () => {
  const made = async (name: string) => (await shell.run(['app-password', 'create', address, name])).stdout.trim()
  const [lost, again, kept] = [await made('lost'), await made('again'), await made('kept')]
  await shell.ask(['backup', 'copy'])
  for (const name of ['lost', 'again']) await shell.run(['app-password', 'revoke', address, name])
  await server.clock.advance(1)
  await made('again')
  expect((await restore()).revoked).toEqual({ certificates: 0, appPasswords: 2 })
  const [entry] = await shell.ask<AuditView[]>(['audit', 'list', '--action', 'store.restore'])
  expect(entry).toMatchObject({
    detail: { revoked: { certificates: 0, appPasswords: 2, names: expect.arrayContaining([`lost of ${address}`]) } },
  })
  expect((await shell.run(['audit', 'verify'])).code).toBe(0)
  const told = async (password: string) => (await server.bare(address, { password, ca: server.ca! }).post('FolderSync', null)).status
  expect([await told(lost), await told(again), await told(kept)]).toEqual([401, 401, 200])
})

test('a link nobody had used at the backup yields nothing any more: it may have been used since', async () => {
  const link = (await shell.run(['profile', address, '--link'])).stdout.trim()
  expect(await statusOf(new URL(link).pathname)).toBe(200)
  await shell.ask(['backup', 'copy'])
  await restore()
  expect(await statusOf(new URL(link).pathname)).toBe(404)
})

test('where the store that is replaced cannot be read, the administrator is told to revoke again', async () => {
  await shell.ask(['backup', 'copy'])
  let said = ''
  await server.restart(async () => {
    writeFileSync(join(shell.data, 'easel.db'), 'no database, for a disk that failed')
    // One sentence, and no stack.
    expect((await shell.run(['account', 'list'])).stderr).toMatch(
      /^easel: The database .*easel\.db cannot be opened: .*not a database\. Put a backup in its place: `easel restore`\.\n$/,
    )
    said = (await shell.run(['restore', 'copy'])).stdout
  })
  expect(said).toMatch(/Nobody knows here what was revoked since the backup was made \(.* UTC\): revoke it again/)
  expect(said).not.toContain('audit list')
})

test.each(['empty', 'begun anew'])(
  'a store that is %s knows nothing of what was revoked, and nobody is told that it does',
  async (present) => {
    await shell.run(['app-password', 'create', address, 'kept'])
    await shell.ask(['backup', 'copy'])
    let said = ''
    await server.restart(async () => {
      rmSync(join(shell.data, 'easel.db'))
      if (present === 'empty') writeFileSync(join(shell.data, 'easel.db'), '')
      else await shell.run(['account', 'add', 'bob@example.test', '--password-stdin'], 'secret')
      said = (await shell.run(['restore', 'copy'])).stdout
    })
    expect(said).toMatch(/Nobody knows here what was revoked since/)
    expect(await shell.ask(['app-password', 'list', address])).toMatchObject([{ name: 'kept' }])
  },
)

test('a restore that was cut short is ended by another one before anybody is served, and keeps what was revoked', async () => {
  const lost = await issue()
  await shell.ask(['backup', 'copy'])
  await shell.ask(['ca', 'revoke', lost.serial])
  await server.restart(async () => {
    await shell.ask(['restore', 'copy'])
    const [replaced] = readdirSync(shell.data).filter((name) => name.startsWith('replaced-'))
    const restoring = join(shell.data, replaced!.replace('replaced-', 'restoring-'))
    mkdirSync(restoring)
    renameSync(join(shell.data, 'easel.db'), join(restoring, 'easel.db'))
    await expect(shell.ask(['account', 'list'])).rejects.toThrow('There is no store')
    await expect(shell.ask(['account', 'add', 'bob@example.test', '--password-stdin'], 'secret')).rejects.toThrow('was cut short')
    const config = loadConfig({ file: null, environment: { EASEL_DATA: shell.data }, directory: shell.data })
    await expect(startServer(config, { log: pino({ level: 'silent' }) })).rejects.toThrow('was cut short')
    await server.clock.advance(1)
    expect((await shell.ask<Restored>(['restore', 'copy'])).revoked).toEqual({ certificates: 1, appPasswords: 0 })
    expect(readdirSync(shell.data).filter((name) => name.startsWith('restoring-'))).toEqual([])
  })
  expect(await knock(lost)).toBe(403)
})

test('no list that is signed after a restore has a lower number than those before, though nobody knows them any more', async () => {
  const numberOf = async () => {
    const list = new x509.X509Crl((await shell.run(['ca', 'crl'])).stdout)
    return Number.parseInt(Buffer.from(list.getExtension('2.5.29.20')!.value).subarray(2).toString('hex'), 16)
  }
  await issue()
  await numberOf()
  await shell.ask(['backup', 'copy'])
  for (let day = 0; day < 3; day++) {
    await server.clock.advance(86_400)
    await numberOf()
  }
  const before = await numberOf()
  await server.clock.advance(60)
  await server.restart(async () => {
    writeFileSync(join(shell.data, 'easel.db'), 'no database, for a disk that failed')
    await shell.ask(['restore', 'copy'])
  })
  expect(await numberOf()).toBeGreaterThan(before)
})
