// OpenLDAP as the company's directory: who comes in, by which name, what he is told who does not, and what the address book finds.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { directoryContract } from '../directory/contract.ts'
import type { TestServer } from '../support/server.ts'
import { knock, searchBook, settingsFor, startOver, withinSeconds } from './support/company.ts'
import { userPassword } from './support/crowd.ts'
import { describeWith, removeFolder, selfSigned, temporaryFolder } from './support/daemon.ts'
import { replacement } from './support/ldif.ts'
import { openPort } from './support/port.ts'
import { personDn } from './support/slapd-entries.ts'
import { Slapd, suffix } from './support/slapd.ts'

const programs = ['slapd', 'slapadd', 'ldapmodify', 'openssl']
const north = (uid: string) => personDn(suffix, { uid, side: 'north' })
const groups = {
  EASEL_DIRECTORY_GROUPS: 'phones',
  EASEL_DIRECTORY_HIDDEN: '(easelHidden=TRUE)',
  EASEL_DIRECTORY_ENABLED: '(!(easelDisabled=TRUE))',
}

describeWith(programs, 'OpenLDAP', () => {
  const parts = new AsyncDisposableStack()
  let slapd: Slapd
  let server: TestServer
  beforeAll(async () => {
    slapd = await Slapd.start()
    parts.defer(() => slapd.dispose())
    server = await startOver(slapd, groups)
    parts.defer(() => server.close())
  })
  afterAll(() => parts.disposeAsync())

  describe('keeps the promises of a directory:', () => {
    directoryContract({ tellsDisabled: false }, () => ({
      open: ({ separateDomains = false } = {}) =>
        Promise.resolve(openPort(slapd, { ...groups, EASEL_DIRECTORY_SEPARATE: separateDomains ? '1' : '0' })),
      password: userPassword,
    }))
  })

  test('lets people in by their uid, each of their addresses and DOMAIN\\uid, in any letter case', async () => {
    for (const name of ['alice', 'ALICE', 'alice@north.example', 'A.Liddell@North.Example', 'EASEL\\alice'])
      expect([name, await knock(server, name, userPassword)]).toEqual([name, 200])
    expect((await server.accountOf('alice@north.example')).addresses).toEqual(['alice@north.example', 'a.liddell@north.example'])
  })

  test('is never asked about an empty password, and a wrong one is refused', async () => {
    const before = slapd.binds(north('bob'))
    expect(await knock(server, 'bob', '')).toBe(401)
    expect(slapd.binds(north('bob'))).toBe(before)
    expect(await knock(server, 'bob', 'wrong')).toBe(401)
    expect(await knock(server, 'nobody', userPassword)).toBe(401)
    expect(await knock(server, 'bob', userPassword)).toBe(200)
  })

  test('takes a name that means a filter or a DN for the name of nobody', async () => {
    for (const name of ['*', 'al*', 'alice)(uid=*', 'a\\2a', 'alice,ou=north', north('alice'), '\\', 'EASEL\\', '@', 'twin@north.example'])
      expect([name, await knock(server, name, userPassword)]).toEqual([name, 401])
  })

  test('tells those who are out that they are, and only with the right password', async () => {
    for (const name of ['dora', 'mona', 'paul', 'carol', 'mute']) {
      expect([name, await knock(server, name, userPassword)]).toEqual([name, 403])
      expect([name, await knock(server, name, 'wrong')]).toEqual([name, 401])
    }
    // Of these slapd does not say whether the password was right.
    for (const name of ['edith', 'lena']) expect([name, await knock(server, name, userPassword)]).toEqual([name, 403])
  })

  test('opens the door to the members of a group within a group within the group, round in a circle', async () => {
    expect(await knock(server, 'anna.ahlers.n', userPassword)).toBe(200)
    // Beyond the two hundred who are members.
    expect(await knock(server, 'zdenek.wolf.n', userPassword)).toBe(403)
    expect((await server.accountOf('anna.ahlers@north.example')).groups).toEqual(expect.arrayContaining(['phones', 'sales', 'sales-north']))
  })

  test('names the posixGroups of somebody, too', async () => {
    expect(await knock(server, 'bob', userPassword)).toBe(200)
    expect((await server.accountOf('bob@north.example')).groups).toEqual(expect.arrayContaining(['phones', 'strict']))
  })

  test('finds people by the beginning of their names, whatever letters those are made of', async () => {
    const phone = await server.phone('alice@north.example', { password: userPassword })
    const found = async (text: string) => (await searchBook(phone, text)).names
    expect(await found('alic')).toEqual(['Alice Liddell'])
    expect(await found('lidd')).toEqual(['Alice Liddell'])
    expect(await found('Liddell, Alice')).toEqual(['Alice Liddell'])
    expect(await found('a.liddell@')).toEqual(['Alice Liddell'])
    expect(await found('Zoë')).toEqual(['Zoë "Z*" Müller-Lüdenscheidt (Sales, EMEA) \\ #1'])
    expect(await found('MÜLLER-LÜD')).toEqual(['Zoë "Z*" Müller-Lüdenscheidt (Sales, EMEA) \\ #1'])
    expect(await found('sales')).toContain('Sales of both companies')
    expect(await found('Toni Twin')).toEqual(['Toni Twin', 'Toni Twin'])
  })

  test('shows no hidden entry, and takes stars, parentheses and backslashes for what they are', async () => {
    const phone = await server.phone('alice@north.example', { password: userPassword })
    for (const text of ['hugo', 'Hidden', '**', '*)', ')(uid=*', '\\2a\\2a', '(&', 'no such person', 'a'])
      expect([text, (await searchBook(phone, text)).names]).toEqual([text, []])
  })

  test('shows a hundred of five thousand, and no more', async () => {
    const phone = await server.phone('alice@north.example', { password: userPassword })
    const { names, total, status } = await searchBook(phone, 'example', '0-99')
    expect([names, total, status]).toEqual([[], 0, expect.anything()])
    const many = await searchBook(phone, 'an', '0-49')
    expect(many.names).toHaveLength(50)
    expect(many.total).toBe(100)
  })

  test('answers a wrong password that comes again and again from memory', async () => {
    const dn = north('anna.carstens.n')
    expect(await knock(server, 'anna.carstens.n', 'stale')).toBe(401)
    for (let times = 0; times < 20; times++) expect(await knock(server, 'anna.carstens.n', 'stale')).toBe(401)
    expect(slapd.binds(dn)).toBe(1)
    expect(await knock(server, 'anna.carstens.n', userPassword)).toBe(200)
    expect(slapd.binds(dn)).toBe(2)
  })

  test('takes a password of any letters, and the former one no longer', async () => {
    const other = 'Än0ther öne: 密码 :)'
    expect(await knock(server, 'anna.engel.n', userPassword)).toBe(200)
    await slapd.modify(replacement(north('anna.engel.n'), { userPassword: other }))
    expect(await withinSeconds(server, 60, async () => (await knock(server, 'anna.engel.n', userPassword)) === 401)).toBe(true)
    expect(await knock(server, 'anna.engel.n', other)).toBe(200)
  })

  test('keeps people of different domains apart where it is told to', async () => {
    await using other = new AsyncDisposableStack()
    const apart = await startOver(slapd, { ...groups, EASEL_DIRECTORY_SEPARATE: '1' })
    other.defer(() => apart.close())
    const phone = await apart.phone('alice@north.example', { password: userPassword })
    expect((await searchBook(phone, 'sven')).names).toEqual([])
    expect((await searchBook(phone, 'Anna Dietrich')).names).toEqual(['Anna Dietrich'])
    expect((await searchBook(await server.phone('alice@north.example', { password: userPassword }), 'Anna Dietrich')).total).toBe(2)
  })

  test('finds people behind as many who are hidden as Exchange hides them', async () => {
    const leavers = ['ahlers', 'bauer', 'carstens', 'dietrich', 'engel'].map((name) => north(`felix.${name}.n`))
    const hide = async (values: string[]) => {
      for (const dn of leavers) await slapd.modify(replacement(dn, { msExchHideFromAddressLists: values }))
    }
    await hide(['TRUE'])
    await using other = new AsyncDisposableStack()
    const narrow = await startOver(slapd, { EASEL_DIRECTORY_FOUND: '10' })
    other.defer(() => narrow.close())
    const phone = await narrow.phone('alice@north.example', { password: userPassword })
    const { names, total } = await searchBook(phone, 'felix')
    expect([names.length, total]).toEqual([10, 10])
    await hide([])
  })

  test('finds people of a small domain among thousands of others', async () => {
    await slapd.modify(replacement(north('anna.zajic.n'), { mail: 'anna@tiny.example' }))
    await using other = new AsyncDisposableStack()
    const apart = await startOver(slapd, { EASEL_DIRECTORY_SEPARATE: '1', EASEL_DIRECTORY_FOUND: '1' })
    other.defer(() => apart.close())
    const phone = await apart.phone('anna@tiny.example', { password: userPassword })
    expect((await searchBook(phone, 'an')).names).toEqual(['Anna Zajíc'])
    await slapd.modify(replacement(north('anna.zajic.n'), { mail: 'anna.zajic@north.example' }))
  })

  test('is spoken to over StartTLS as well, and not at all where the certificate is by somebody else', async () => {
    await using other = new AsyncDisposableStack()
    const secured = await startOver(slapd, { EASEL_DIRECTORY_SERVERS: slapd.urls.plain })
    other.defer(() => secured.close())
    expect(await knock(secured, 'alice', userPassword)).toBe(200)
    expect(slapd.log).toContain('STARTTLS')
    const folder = temporaryFolder()
    other.defer(() => removeFolder(folder))
    for (const url of [slapd.urls.plain, slapd.urls.tls]) {
      const strange = await startOver(slapd, { EASEL_DIRECTORY_SERVERS: url, EASEL_DIRECTORY_CA: selfSigned(folder).certificate })
      other.defer(() => strange.close())
      expect(await knock(strange, 'alice', userPassword)).toBe(503)
    }
  })

  test('is not given a password in the clear over the network', async () => {
    const settings = { ...settingsFor(slapd), EASEL_DIRECTORY_SERVERS: 'ldap://192.0.2.1', EASEL_DIRECTORY_TLS: 'none' }
    await expect(startOver(slapd, settings)).rejects.toThrow('in the clear')
  })
})
