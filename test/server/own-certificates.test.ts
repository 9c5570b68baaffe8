// A phone with a certificate of our own authority and no password: in at once, out at once, whoever signed the authority.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { IssuedView } from '../../src/admin/certificates.ts'
import { Company } from '../support/company.ts'
import { TestServer } from '../support/server.ts'
import { TestShell } from '../support/shell.ts'

let server: TestServer
let shell: TestShell
let agents: Agent[]
beforeEach(async () => {
  server = await TestServer.start({ secure: true, environment: { EASEL_CERTIFICATES: 'accept', EASEL_HOST: 'mail.example.test' } })
  shell = new TestShell(server.data)
  agents = []
})
afterEach(async () => {
  for (const agent of agents) agent.destroy()
  await server.close()
  shell.remove()
})

const issue = () => shell.ask<IssuedView>(['ca', 'issue', 'alice@example.test'])

/** A phone that has opened the file it was given; it keeps one connection. */
function phone({ pkcs12, password }: IssuedView): Agent {
  const agent = new Agent({
    pfx: Buffer.from(pkcs12 ?? '', 'base64'),
    passphrase: password ?? '',
    ca: server.ca,
    keepAlive: true,
    maxSockets: 1,
  })
  agents.push(agent)
  return agent
}

/** What the server answers who shows nothing but his certificate; 0 where the connection is closed. */
async function knock(agent: Agent, device: string | null = null): Promise<number> {
  const line = device === null ? '' : `?Cmd=FolderSync&User=alice&DeviceId=${device}&DeviceType=iPhone`
  const headers = { 'MS-ASProtocolVersion': '16.1', 'Content-Type': 'application/vnd.ms-sync.wbxml' }
  const asked = request(`${server.url}/Microsoft-Server-ActiveSync${line}`, {
    method: device === null ? 'OPTIONS' : 'POST',
    agent,
    headers,
  })
  asked.end()
  try {
    const [answer] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }]
    answer.resume()
    return answer.statusCode
  } catch {
    return 0
  }
}

test('is let in by an authority made while the server runs, and put out by its revocation', async () => {
  await shell.ask(['ca', 'init'])
  const [mine, other] = [await issue(), await issue()]
  const [agent, neighbour] = [phone(mine), phone(other)]
  expect([await knock(agent), await knock(agent), await knock(neighbour)]).toEqual([200, 200, 200])
  await shell.ask(['ca', 'revoke', mine.serial])
  expect([0, 403]).toContain(await knock(agent))
  expect(await knock(phone(mine))).toBe(403)
  expect(await knock(neighbour)).toBe(200)
})

test('is put out by the name of the phone that came in with it, though it was made for nobody knew which', async () => {
  await shell.ask(['ca', 'init'])
  const [lost, kept] = [await issue(), await issue()]
  expect([await knock(phone(lost), 'LOSTPHONE1'), await knock(phone(kept), 'KEPTPHONE1')]).toEqual([200, 200])
  const listed = await shell.ask<IssuedView[]>(['ca', 'list', '--device', 'LOSTPHONE1'])
  expect(listed).toMatchObject([{ serial: lost.serial, device: 'LOSTPHONE1', state: 'good' }])
  expect(await shell.ask(['ca', 'revoke', '--device', 'LOSTPHONE1'])).toMatchObject([{ serial: lost.serial, state: 'revoked' }])
  expect([await knock(phone(lost)), await knock(phone(kept))]).toEqual([403, 200])
  expect((await shell.run(['ca', 'revoke', '--device', 'LOSTPHONE1'])).stderr).toContain('There is no good certificate')
})

test('is still let in when another authority signs, and not by an account that was disabled', async () => {
  await shell.ask(['ca', 'init', '--name', 'First'])
  const mine = await issue()
  await shell.ask(['ca', 'init', '--name', 'Second', '--replace'])
  expect(await knock(phone(mine))).toBe(200)
  expect(await knock(phone(await issue()))).toBe(200)
  await server.restart()
  expect(await knock(phone(mine))).toBe(200)
  await shell.ask(['account', 'disable', 'alice@example.test'])
  expect(await knock(phone(mine))).toBe(403)
})

test("is let in by an authority under the company's", async () => {
  const company = await Company.found(server.clock)
  const { request: csr } = await shell.ask<{ request: string }>(['ca', 'init', '--csr'])
  writeFileSync(join(shell.folder, 'chain.pem'), `${await company.sign(csr)}${company.root}`)
  await shell.ask(['ca', 'init', '--import', 'chain.pem'])
  const mine = await issue()
  expect(await knock(phone(mine))).toBe(200)
  await shell.ask(['ca', 'revoke', mine.serial])
  expect(await knock(phone(mine))).toBe(403)
})

test('is put out by its revocation where somebody lists our authority among the others as well', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'easel-listed-'))
  const listed = join(folder, 'listed.pem')
  writeFileSync(listed, (await Company.found(server.clock)).root)
  await server.close()
  server = await TestServer.start({
    secure: true,
    environment: { EASEL_CERTIFICATES: 'accept', EASEL_HOST: 'mail.example.test', EASEL_CERTIFICATE_AUTHORITIES: listed },
  })
  shell.remove()
  shell = new TestShell(server.data)
  const { pem } = await shell.ask<{ pem: string }>(['ca', 'init'])
  await server.restart(() => Promise.resolve(writeFileSync(listed, pem)))
  const mine = await issue()
  expect(await knock(phone(mine))).toBe(200)
  await shell.ask(['ca', 'revoke', mine.serial])
  expect(await knock(phone(mine))).toBe(403)
  rmSync(folder, { recursive: true })
})
