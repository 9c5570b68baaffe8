// Accounts follow the directory: who is disabled, renamed, regrouped or gone there is so here within a minute, open Pings included.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { act } from '../support/admin.ts'
import type { TestServer } from '../support/server.ts'
import { el, textAt } from '../support/wire.ts'
import { knock, startOver, withinSeconds } from './support/company.ts'
import { crowd, userPassword } from './support/crowd.ts'
import { describeWith } from './support/daemon.ts'
import { replacement } from './support/ldif.ts'
import { personDn } from './support/slapd-entries.ts'
import { Slapd, suffix } from './support/slapd.ts'

const programs = ['slapd', 'slapadd', 'ldapmodify', 'ldapdelete', 'openssl']
const north = (uid: string) => personDn(suffix, { uid, side: 'north' })
const groups = { EASEL_DIRECTORY_GROUPS: 'phones', EASEL_DIRECTORY_ENABLED: '(!(easelDisabled=TRUE))' }
const groupDn = (name: string) => `cn=${name},ou=groups,${suffix}`
/** Fewer than are read page by page; the rest of the five thousand is met in `openldap.test.ts`. */
const people = 600

describeWith(programs, 'accounts of an OpenLDAP', () => {
  const parts = new AsyncDisposableStack()
  let slapd: Slapd
  let server: TestServer
  beforeAll(async () => {
    slapd = await Slapd.start({ crowd: people })
    parts.defer(() => slapd.dispose())
    server = await startOver(slapd, groups)
    parts.defer(() => server.close())
  })
  afterAll(() => parts.disposeAsync())

  test('puts a user out within sixty seconds of being disabled, also one whose Ping is parked', async () => {
    const phone = await server.phone('bob', { address: 'bob@north.example', password: userPassword })
    let isOver = false
    const over = () => (isOver = true)
    phone.ping(['Inbox'], 900).then(over, over)
    await server.parked('bob@north.example', phone.options.deviceId)
    await slapd.modify(replacement(north('bob'), { easelDisabled: 'TRUE' }))
    expect(await withinSeconds(server, 60, () => isOver)).toBe(true)
    // Whatever its Ping was told, the next one stays outside.
    expect((await phone.ping(['Inbox'], 900)).reply.status).toBe(403)
    expect(await knock(server, 'bob', userPassword)).toBe(403)
    await slapd.modify(replacement(north('bob'), { easelDisabled: [] }))
    expect(await withinSeconds(server, 60, async () => (await knock(server, 'bob', userPassword)) === 200)).toBe(true)
  })

  test('takes somebody out of the groups within sixty seconds', async () => {
    expect(await knock(server, 'sven', userPassword)).toBe(200)
    const dn = groupDn('phones')
    const sven = `uid=sven,ou=south,ou=people,${suffix}`
    await slapd.modify(`dn: ${dn}\nchangetype: modify\ndelete: member\nmember: ${sven}\n\n`)
    expect(await withinSeconds(server, 60, async () => (await knock(server, 'sven', userPassword)) === 403)).toBe(true)
    await slapd.modify(`dn: ${dn}\nchangetype: modify\nadd: member\nmember: ${sven}\n\n`)
    expect(await withinSeconds(server, 60, async () => (await knock(server, 'sven', userPassword)) === 200)).toBe(true)
  })

  test('keeps the account of somebody who is renamed, moved, or gets another address', async () => {
    expect(await knock(server, 'zoe', userPassword)).toBe(200)
    const before = await server.accountOf('zoe@north.example')
    const renamed = `dn: ${north('zoe')}\nchangetype: modrdn\nnewrdn: uid=zoe.married\ndeleteoldrdn: 1\nnewsuperior: ou=south,ou=people,${suffix}\n\n`
    await slapd.modify(renamed)
    const dn = personDn(suffix, { uid: 'zoe.married', side: 'south' })
    await slapd.modify(replacement(dn, { mail: ['zoe.married@south.example', 'zoe@north.example'], displayName: 'Zoë Married' }))
    await slapd.modify(`dn: ${groupDn('phones')}\nchangetype: modify\nadd: member\nmember: ${dn}\n\n`)
    const isRenamed = async () => (await server.store.accounts.byAddress('zoe.married@south.example')) !== null
    expect(await withinSeconds(server, 60, isRenamed)).toBe(true)
    expect(await knock(server, 'zoe.married', userPassword)).toBe(200)
    const after = await server.accountOf('zoe.married@south.example')
    expect(after.id).toBe(before.id)
    expect(after.addresses).toContain('zoe@north.example')
    expect(after.displayName).toBe('Zoë Married')
  })

  test('puts out whom the directory does not know any more', async () => {
    const name = 'anna.bauer.n'
    expect(await knock(server, name, userPassword)).toBe(200)
    await slapd.remove(north(name))
    expect(await withinSeconds(server, 60, async () => (await knock(server, name, userPassword)) !== 200)).toBe(true)
  })

  test('get the policy of their groups, and another one within sixty seconds of leaving them', async () => {
    await act(server.running.admin, 'policy.set', {
      name: 'strict',
      groups: ['Strict'],
      rules: { devicePasswordEnabled: true, minDevicePasswordLength: 7 },
    })
    const shortest = async (address: string) => {
      const phone = server.bare(address, { password: userPassword })
      const policy = el('Provision:Policies', [el('Provision:Policy', [el('Provision:PolicyType', 'MS-EAS-Provisioning-WBXML')])])
      const { node } = await phone.post('Provision', el('Provision:Provision', [phone.deviceInformation(), policy]))
      return textAt(node, 'Policies/Policy/Data/EASProvisionDoc/MinDevicePasswordLength')
    }
    expect(await shortest('bob@north.example')).toBe('7')
    expect(await shortest('alice@north.example')).not.toBe('7')
    await slapd.modify(`dn: ${groupDn('strict')}\nchangetype: modify\ndelete: memberUid\nmemberUid: bob\n\n`)
    expect(await withinSeconds(server, 60, async () => (await shortest('bob@north.example')) !== '7')).toBe(true)
  })

  test('are made for everybody as soon as the directory is read, where it is told to', async () => {
    await using other = new AsyncDisposableStack()
    const whole = await startOver(slapd, { ...groups, EASEL_DIRECTORY_GROUPS: 'sales-north', EASEL_DIRECTORY_ACCOUNTS: 'sync' })
    other.defer(() => whole.close())
    const known = async (address: string) => (await whole.store.accounts.byAddress(address)) !== null
    expect(await withinSeconds(whole, 60, () => known('anna.fischer@south.example'))).toBe(true)
    expect(await withinSeconds(whole, 60, () => known('alice@north.example'))).toBe(true)
    expect(await known('carol@north.example')).toBe(false)
  })

  test('are not all believed to be gone at once, until an administrator says so', async () => {
    await using other = new AsyncDisposableStack()
    const small = await startOver(slapd, groups)
    other.defer(() => small.close())
    const [one = '', two = '', three = ''] = crowd(people)
      .filter(({ uid }) => uid.endsWith('.s'))
      .map(({ uid }) => uid)
    for (const name of [one, two, three]) expect(await knock(small, name, userPassword)).toBe(200)
    await slapd.modify(`dn: ${groupDn('phones')}\nchangetype: modrdn\nnewrdn: cn=telephones\ndeleteoldrdn: 1\n\n`)
    const desk = small.running.admin.directory
    expect((await desk?.sync(false))?.doubted).toBe(3)
    await small.clock.advance(120)
    expect(await knock(small, one, userPassword)).toBe(200)
    await desk?.sync(true)
    expect(await withinSeconds(small, 60, async () => (await knock(small, one, userPassword)) === 403)).toBe(true)
    await slapd.modify(`dn: ${groupDn('telephones')}\nchangetype: modrdn\nnewrdn: cn=phones\ndeleteoldrdn: 1\n\n`)
    expect(await withinSeconds(small, 60, async () => (await knock(small, one, userPassword)) === 200)).toBe(true)
  })
})
