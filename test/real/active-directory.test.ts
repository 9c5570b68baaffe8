// Active Directory as the company's directory, by a real domain controller: its names, its groups, and its ways to say no.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { directoryContract } from '../directory/contract.ts'
import type { TestServer } from '../support/server.ts'
import { knock, searchBook, settingsFor, startOver, withinSeconds } from './support/company.ts'
import { userPassword } from './support/crowd.ts'
import { describeWith } from './support/daemon.ts'
import { replacement } from './support/ldif.ts'
import { openPort } from './support/port.ts'
import { castDn, lockoutThreshold } from './support/samba-entries.ts'
import { domain, mayRunSamba, Samba } from './support/samba.ts'

const { suffix } = domain
const groups = { EASEL_DIRECTORY_GROUPS: 'phones' }
const programs = ['samba', 'samba-tool', 'ldapmodify', 'openssl']

function activeDirectory(): void {
  const parts = new AsyncDisposableStack()
  let samba: Samba
  let server: TestServer
  beforeAll(async () => {
    samba = await Samba.start()
    parts.defer(() => samba.dispose())
    server = await startOver(samba, groups)
    parts.defer(() => server.close())
    // Twelve seconds on an idle machine.
  }, 150_000)
  afterAll(() => parts.disposeAsync())

  describe('keeps the promises of a directory:', () => {
    directoryContract({ tellsDisabled: true }, () => ({
      open: ({ separateDomains = false } = {}) =>
        Promise.resolve(openPort(samba, { ...groups, EASEL_DIRECTORY_SEPARATE: separateDomains ? '1' : '0' })),
      password: userPassword,
    }))
  })

  test('lets people in by sAMAccountName, userPrincipalName, each address and DOMAIN\\user, in any letter case', async () => {
    const names = ['alice', 'Alice', 'alice@easel.example', 'ALICE@EASEL.EXAMPLE', 'EASEL\\alice', 'easel\\ALICE']
    for (const name of [...names, 'alice@north.example', 'a.liddell@north.example'])
      expect([name, await knock(server, name, userPassword)]).toEqual([name, 200])
    expect(await knock(server, 'ELSEWHERE\\alice', userPassword)).toBe(401)
    expect((await server.accountOf('alice@north.example')).addresses).toEqual(['alice@north.example', 'a.liddell@north.example'])
  })

  test('refuses wrong and empty passwords, and is not asked about empty ones', async () => {
    const before = samba.binds('bob')
    expect(await knock(server, 'bob', '')).toBe(401)
    expect(samba.binds('bob')).toBe(before)
    expect(await knock(server, 'bob', 'wrong')).toBe(401)
    expect(await knock(server, 'nobody', userPassword)).toBe(401)
    for (const name of ['*', 'al*', 'bob)(cn=*', 'bob\\', 'EASEL\\', 'twin@north.example'])
      expect([name, await knock(server, name, userPassword)]).toEqual([name, 401])
  })

  test('tells those who are out that they are', async () => {
    for (const name of ['dora', 'edith', 'mona', 'paul', 'carol', 'mute']) {
      expect([name, await knock(server, name, userPassword)]).toEqual([name, 403])
      expect([name, await knock(server, name, 'wrong')]).toEqual([name, 401])
    }
    // Of a locked account a domain controller does not say whether the password was right.
    expect(await knock(server, 'lena', userPassword)).toBe(403)
  })

  test('opens the door to the members of a group within a group within the group, round in a circle', async () => {
    expect(await knock(server, 'anna.ahlers.n', userPassword)).toBe(200)
    expect((await server.accountOf('anna.ahlers@north.example')).groups).toEqual(expect.arrayContaining(['phones', 'sales', 'sales-north']))
    expect(await knock(server, 'bob', userPassword)).toBe(200)
    expect((await server.accountOf('bob@north.example')).groups).toEqual(expect.arrayContaining(['phones', 'strict']))
    expect(await knock(server, 'zoe', userPassword)).toBe(200)
  })

  test('finds people by ambiguous name resolution, and shows no hidden entry', async () => {
    const phone = await server.phone('alice@north.example', { password: userPassword })
    const found = async (text: string) => (await searchBook(phone, text)).names
    expect(await found('alic')).toEqual(['Alice Liddell'])
    expect(await found('Alice Lidd')).toEqual(['Alice Liddell'])
    expect(await found('Liddell, Alice')).toEqual(['Alice Liddell'])
    expect(await found('a.liddell@')).toEqual(['Alice Liddell'])
    expect(await found('Zoë')).toEqual(['Zoë "Z*" Müller-Lüdenscheidt (Sales, EMEA) \\ #1'])
    expect(await found('sales')).toContain('Sales of both companies')
    for (const text of ['hugo', 'Hidden', '**', '*)', ')(cn=*', '\\2a\\2a', 'no such person', 'a', 'Administrator', 'krbtgt'])
      expect([text, await found(text)]).toEqual([text, []])
  })

  test('puts a user out within sixty seconds of being disabled, also one whose Ping is parked', async () => {
    const phone = await server.phone('bob', { address: 'bob@north.example', password: userPassword })
    let isOver = false
    const over = () => (isOver = true)
    phone.ping(['Inbox'], 900).then(over, over)
    await server.parked('bob@north.example', phone.options.deviceId)
    const dn = castDn(suffix, 'bob')
    await samba.modify(replacement(dn, { userAccountControl: '514' }))
    expect(await withinSeconds(server, 60, () => isOver)).toBe(true)
    expect((await phone.ping(['Inbox'], 900)).reply.status).toBe(403)
    expect(await knock(server, 'bob', userPassword)).toBe(403)
    await samba.modify(replacement(dn, { userAccountControl: '512' }))
    expect(await withinSeconds(server, 60, async () => (await knock(server, 'bob', userPassword)) === 200)).toBe(true)
  })

  test('keeps the account of somebody who is renamed, moved, or gets another address', async () => {
    expect(await knock(server, 'zoe', userPassword)).toBe(200)
    const before = await server.accountOf('zoe@north.example')
    const from = castDn(suffix, 'zoe')
    await samba.modify(
      `dn:: ${Buffer.from(from).toString('base64')}\nchangetype: modrdn\nnewrdn: CN=Zoe Married\ndeleteoldrdn: 1\nnewsuperior: OU=south,OU=People,${suffix}\n\n`,
    )
    await samba.modify(
      replacement(`CN=Zoe Married,OU=south,OU=People,${suffix}`, {
        ...{ sAMAccountName: 'zmarried', userPrincipalName: 'zmarried@easel.example', mail: 'zoe.married@south.example' },
        proxyAddresses: ['SMTP:zoe.married@south.example', 'smtp:zoe@north.example'],
        displayName: 'Zoë Married',
      }),
    )
    const isRenamed = async () => (await server.store.accounts.byAddress('zoe.married@south.example')) !== null
    expect(await withinSeconds(server, 60, isRenamed)).toBe(true)
    expect(await knock(server, 'zmarried', userPassword)).toBe(200)
    const after = await server.accountOf('zoe.married@south.example')
    expect(after.id).toBe(before.id)
    expect(after.addresses).toEqual(['zoe.married@south.example', 'zoe@north.example'])
    expect(after.displayName).toBe('Zoë Married')
  })

  test('puts out whom the directory does not know any more', async () => {
    expect(await knock(server, 'anna.bauer.n', userPassword)).toBe(200)
    await samba.remove(`CN=Anna Bauer,OU=north,OU=People,${suffix}`)
    expect(await withinSeconds(server, 60, async () => (await knock(server, 'anna.bauer.n', userPassword)) !== 200)).toBe(true)
  })

  test('refuses a password that was changed within sixty seconds, and takes the one it was changed to', async () => {
    const name = 'anna.carstens.n'
    expect(await knock(server, name, userPassword)).toBe(200)
    const other = 'Än0ther öne: 密码 :)'
    const unicodePwd = Buffer.from(`"${other}"`, 'utf16le')
    await samba.modify(replacement(`CN=Anna Carstens,OU=north,OU=People,${suffix}`, { unicodePwd }))
    expect(await withinSeconds(server, 60, async () => (await knock(server, name, userPassword)) === 401)).toBe(true)
    expect(await knock(server, name, other)).toBe(200)
  })

  test('does not lock the account of somebody whose phone keeps sending a wrong password for a day', async () => {
    const name = 'anna.dietrich.n'
    expect(await knock(server, name, userPassword)).toBe(200)
    for (let hour = 0; hour < 24; hour++) {
      expect(await knock(server, name, 'never was')).toBe(401)
      await server.clock.advance(3600)
    }
    expect(Number((await samba.attribute(name, 'badPwdCount'))[0] ?? 0)).toBeLessThan(lockoutThreshold)
    expect(await samba.attribute(name, 'lockoutTime')).toEqual([])
    expect(await samba.logIn(name, userPassword)).toBe(true)
    expect(await knock(server, name, userPassword)).toBe(200)
  })

  test('is spoken to over StartTLS as well, and refuses to be spoken to in the clear', async () => {
    await using other = new AsyncDisposableStack()
    const secured = await startOver(samba, { EASEL_DIRECTORY_SERVERS: samba.urls.plain })
    other.defer(() => secured.close())
    expect(await knock(secured, 'alice', userPassword)).toBe(200)
    const clear = await startOver(samba, { ...settingsFor(samba), EASEL_DIRECTORY_SERVERS: samba.urls.plain, EASEL_DIRECTORY_TLS: 'none' })
    other.defer(() => clear.close())
    expect(await knock(clear, 'alice', userPassword)).toBe(503)
  })
}

if (mayRunSamba) describeWith(programs, 'Active Directory', activeDirectory)
else describe.skip('Active Directory (needs root)', activeDirectory)
