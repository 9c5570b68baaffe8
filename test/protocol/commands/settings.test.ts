// Settings: several properties in one request, each with its own Status.
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProtocolVersion } from '../../../src/model/version.ts'
import { settings } from '../../../src/protocol/commands/settings.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { Caller, strictPolicy, type CallReply } from '../../support/caller.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { all, el, one, read, textAt, type Node } from '../../support/wire.ts'

const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const

const answered: Answered[] = []
let desk: Desk

beforeEach(async () => {
  desk = await openDesk()
})

afterEach(async () => {
  answered.push(...desk.answered)
  await desk.close()
})

afterAll(async () => expect(await invalid(answered)).toEqual([]))

function phoneAt(version: ProtocolVersion = '14.1', device = 'phone'): Caller {
  return new Caller(desk, { version, device })
}

const ask = (phone: Caller, ...children: Node[]): Promise<CallReply> => phone.send(settings, el('Settings:Settings', children))
const get = (property: string, ...children: Node[]) =>
  el(`Settings:${property}`, [el('Settings:Get', children.length === 0 ? null : children)])
const set = (property: string, ...children: Node[]) => el(`Settings:${property}`, [el('Settings:Set', children)])
const value = (name: string, content: string) => el(`Settings:${name}`, content)

describe('device information', () => {
  it.each(versions)('is kept with the device at %s', async (version) => {
    const phone = phoneAt(version)
    const reply = await ask(
      phone,
      set(
        'DeviceInformation',
        value('Model', 'SGH-I317M'),
        value('IMEI', '490154203237534'),
        value('FriendlyName', 't0ltevl'),
        value('OS', 'Android'),
        value('OSLanguage', 'English'),
        value('PhoneNumber', '15550100'),
        value('UserAgent', 'SAMSUNG-SGH-I317M/100.40102'),
        value('EnableOutboundSMS', '0'),
        value('MobileOperator', 'Example'),
      ),
    )
    expect([reply.status, textAt(reply.node, 'DeviceInformation/Status')]).toEqual([1, '1'])
    expect((await phone.record()).information).toEqual({
      model: 'SGH-I317M',
      imei: '490154203237534',
      friendlyName: 't0ltevl',
      os: 'Android',
      osLanguage: 'English',
      phoneNumber: '15550100',
      userAgent: 'SAMSUNG-SGH-I317M/100.40102',
      mobileOperator: 'Example',
    })
  })

  it('keeps what is not mentioned, drops what comes empty, and shortens what is endless', async () => {
    const phone = phoneAt()
    await ask(phone, set('DeviceInformation', value('Model', 'iPhone'), value('PhoneNumber', '15550100')))
    await ask(phone, set('DeviceInformation', value('PhoneNumber', ''), value('OS', 'x'.repeat(5000))))
    expect((await phone.record()).information).toEqual({ model: 'iPhone', os: 'x'.repeat(1024) })
  })

  it('answers 2 where nothing is set, and takes an empty Set', async () => {
    const phone = phoneAt()
    expect(textAt((await ask(phone, el('Settings:DeviceInformation'))).node, 'DeviceInformation/Status')).toBe('2')
    expect(textAt((await ask(phone, el('Settings:DeviceInformation', [el('Settings:Set')]))).node, 'DeviceInformation/Status')).toBe('1')
  })

  it('keeps nothing of the DeviceId "validate"', async () => {
    const phone = phoneAt('14.0', 'validate')
    const call = await phone.call(settings, el('Settings:Settings', [set('DeviceInformation', value('Model', 'x'))]))
    await desk.store.devices.remove(desk.account.id, phone.device)
    expect((await settings.serve(call)).status).toBe(200)
  })
})

describe('user information', () => {
  beforeEach(async () => {
    await desk.store.accounts.change(desk.account.id, { addresses: ['alice@example.test', 'a.liddell@example.test'] })
  })

  it.each(['12.1', '14.0'] as const)('names the addresses at once at %s', async (version) => {
    const reply = await ask(phoneAt(version), get('UserInformation'))
    expect(textAt(reply.node, 'UserInformation/Status')).toBe('1')
    expect(all(reply.node, 'UserInformation/Get/EmailAddresses/SMTPAddress').map((node) => node.value)).toEqual([
      'alice@example.test',
      'a.liddell@example.test',
    ])
    expect(one(reply.node, 'UserInformation/Get/Accounts')).toBeNull()
    expect(one(reply.node, 'UserInformation/Get/EmailAddresses/PrimarySmtpAddress')).toBeNull()
  })

  it.each(['14.1', '16.0', '16.1'] as const)('names them within an account at %s', async (version) => {
    const reply = await ask(phoneAt(version), get('UserInformation'))
    const account = 'UserInformation/Get/Accounts/Account'
    expect(all(reply.node, `${account}/EmailAddresses/SMTPAddress`).map((node) => node.value)).toEqual([
      'alice@example.test',
      'a.liddell@example.test',
    ])
    expect(textAt(reply.node, `${account}/EmailAddresses/PrimarySmtpAddress`)).toBe('alice@example.test')
    expect(textAt(reply.node, `${account}/UserDisplayName`)).toBe('Alice')
    expect(one(reply.node, 'UserInformation/Get/EmailAddresses')).toBeNull()
  })

  it('leaves out a display name that is not there', async () => {
    await desk.store.accounts.change(desk.account.id, { displayName: '' })
    const reply = await ask(phoneAt('16.1'), get('UserInformation'))
    expect(one(reply.node, 'UserInformation/Get/Accounts/Account/UserDisplayName')).toBeNull()
  })
})

describe('absence messages', () => {
  const shown = ['internal', 'known', 'unknown'] as const
  const message = (audience: string, ...children: Node[]) => el('Settings:OofMessage', [el(`Settings:AppliesTo${audience}`), ...children])
  const away = (text: string, type = 'Text') => [value('Enabled', '1'), value('ReplyMessage', text), value('BodyType', type)]
  const times = [value('StartTime', '2026-07-01T00:00:00.000Z'), value('EndTime', '2026-07-14T00:00:00.000Z')]
  const status = async (...children: Node[]) => textAt((await ask(phoneAt(), set('Oof', ...children))).node, 'Oof/Status')

  /** What a phone is told: the state, the times, and for each audience whether it is answered and with what. */
  async function told(type: 'Text' | 'HTML' = 'Text', version: ProtocolVersion = '14.1') {
    const { node } = await ask(phoneAt(version), get('Oof', value('BodyType', type)))
    const messages = all(node, 'Oof/Get/OofMessage')
    expect(messages.map((each) => each.children[0]?.name)).toEqual([
      'Settings:AppliesToInternal',
      'Settings:AppliesToExternalKnown',
      'Settings:AppliesToExternalUnknown',
    ])
    expect(messages.map((each) => textAt(each, 'BodyType'))).toEqual([type, type, type])
    const [internal, known, unknown] = messages.map((each) => `${textAt(each, 'Enabled')} ${textAt(each, 'ReplyMessage')}`)
    const [state, start, end] = ['OofState', 'StartTime', 'EndTime'].map((name) => textAt(node, `Oof/Get/${name}`))
    return { status: textAt(node, 'Oof/Status'), state, start, end, internal, known, unknown }
  }

  it.each(versions)('are off for all three audiences at first at %s', async (version) => {
    const nothing = { status: '1', state: '0', start: null, end: null, internal: '0 ', known: '0 ', unknown: '0 ' }
    expect(await told('HTML', version)).toEqual(nothing)
    expect(await told('Text', version)).toEqual(nothing)
  })

  it.each(versions)('are kept as they were said at %s', async (version) => {
    const sent = set(
      'Oof',
      value('OofState', '2'),
      ...times,
      message('Internal', ...away('Ask Carol.\r\nOr <nobody>.')),
      message('ExternalKnown', ...away('<p>Away &amp; gone</p>', 'HTML')),
      message('ExternalUnknown', value('Enabled', '0')),
    )
    expect(textAt((await ask(phoneAt(version), sent)).node, 'Oof/Status')).toBe('1')
    const state = { status: '1', state: '2', start: '2026-07-01T00:00:00.000Z', end: '2026-07-14T00:00:00.000Z', unknown: '0 ' }
    expect(await told('Text', version)).toEqual({ ...state, internal: '1 Ask Carol.\r\nOr <nobody>.', known: '1 Away & gone' })
    expect(await told('HTML', version)).toEqual({
      ...state,
      internal: expect.stringMatching(/^1 <html>.*Ask Carol\.<br>\r\nOr &lt;nobody&gt;\.<\/body><\/html>$/),
      known: '1 <p>Away &amp; gone</p>',
    })
  })

  it('stay as they are where a phone does not mention them, and outlast switching off', async () => {
    await status(value('OofState', '1'), message('Internal', ...away('One')), message('ExternalUnknown', ...away('Two')))
    await status(value('OofState', '0'))
    expect(await told()).toMatchObject({ state: '0', internal: '1 One', unknown: '1 Two' })
    await status(value('OofState', '1'), message('ExternalUnknown', value('Enabled', '0')))
    expect(await told()).toMatchObject({ state: '1', internal: '1 One', unknown: '0 Two' })
  })

  it('drop times that come with another state, without an error', async () => {
    expect(await status(value('OofState', '1'), ...times)).toBe('1')
    expect(await told()).toMatchObject({ state: '1', start: null, end: null })
  })

  it('are over at their end, with the texts at hand for the next time', async () => {
    await status(value('OofState', '2'), ...times, message('Internal', ...away('One')))
    await desk.clock.advance((Date.parse('2026-07-14T00:00:00Z') - desk.clock.now()) / 1000)
    expect(await told()).toMatchObject({ state: '0', start: null, end: null, internal: '1 One' })
  })

  it('come back in the form that is asked for when a phone sends them in the other', async () => {
    for (const [type, text] of Object.entries({ Text: '1 < 2\r\n\r\n  ä', HTML: '<div>1 &lt; 2<br>ä</div>' })) {
      await status(value('OofState', '1'), message('Internal', ...away(text, type)))
      expect((await told(type as 'Text' | 'HTML')).internal).toBe(`1 ${text}`)
    }
  })

  it.each(['everybody', 'contacts', 'nobody'] as const)(
    'are taken and not kept for whom the administrator leaves out: %s',
    async (outside) => {
      const house = { ...desk.house, outsideAnswers: outside }
      const phone = new Caller({ ...desk, house }, { version: '14.1' })
      const messages = ['Internal', 'ExternalKnown', 'ExternalUnknown'].map((audience) => message(audience, ...away('Away')))
      expect(textAt((await ask(phone, set('Oof', value('OofState', '1'), ...messages))).node, 'Oof/Status')).toBe('1')
      const kept = (await desk.store.absences.of(desk.account.id))?.absence.replies
      const offered = { everybody: [true, true, true], contacts: [true, true, false], nobody: [true, false, false] }[outside]
      expect(shown.map((audience) => kept?.[audience].enabled)).toEqual(offered)
      const { node } = await ask(phone, get('Oof', value('BodyType', 'Text')))
      expect(all(node, 'Oof/Get/OofMessage').map((each) => textAt(each, 'Enabled') === '1')).toEqual(offered)
    },
  )

  it.each<[string, string, Node[]]>([
    ['1', 'switching off succeeds', [value('OofState', '0')]],
    ['2', 'one time without the other is an error', [value('OofState', '2'), ...times.slice(0, 1)]],
    ['2', 'an unknown state is an error', [value('OofState', '3')]],
    ['2', 'no state at all is an error', [message('Internal', ...away('x'))]],
    ['2', 'a message for nobody is an error', [value('OofState', '1'), el('Settings:OofMessage', away('x'))]],
    ['2', 'a message in an unknown form is an error', [value('OofState', '1'), message('Internal', ...away('x', 'RTF'))]],
    ['2', 'a switch that is neither on nor off is an error', [value('OofState', '1'), message('Internal', value('Enabled', 'yes'))]],
    ['5', 'a span without times is refused', [value('OofState', '2')]],
    [
      '5',
      'a span that ends before it begins is refused',
      [value('OofState', '2'), value('StartTime', '2026-07-02T00:00:00.000Z'), value('EndTime', '2026-07-01T00:00:00.000Z')],
    ],
    ['5', 'a message without an end is refused', [value('OofState', '1'), message('Internal', ...away('x'.repeat(32_769)))]],
    [
      '6',
      'two messages for one audience are a conflict',
      [value('OofState', '1'), message('Internal', ...away('x')), message('Internal', ...away('y'))],
    ],
  ])('answer %s: %s', async (expected, _why, children) => {
    expect(await status(...children)).toBe(expected)
    if (expected !== '1') expect(await told()).toMatchObject({ state: '0', internal: '0 ' })
  })

  it('are hidden from a device that only checks credentials, which says nothing of them either', async () => {
    await status(value('OofState', '1'), message('Internal', ...away('One')))
    const validating = phoneAt('14.1', 'validate')
    const send = async (property: Node) =>
      (await settings.serve(await validating.call(settings, el('Settings:Settings', [property])))).body?.content
    const answered = async (property: Node) => read(Buffer.from((await send(property)) as Uint8Array))
    expect(textAt(await answered(get('Oof', value('BodyType', 'Text'))), 'Oof/Get/OofState')).toBe('0')
    expect(textAt(await answered(set('Oof', value('OofState', '0'))), 'Oof/Status')).toBe('3')
    expect(await told()).toMatchObject({ state: '1', internal: '1 One' })
  })
})

it('refuses recovery passwords by policy, and too long ones for their length', async () => {
  const phone = phoneAt()
  const status = async (...children: Node[]) => textAt((await ask(phone, set('DevicePassword', ...children))).node, 'DevicePassword/Status')
  expect(await status(value('Password', '0000'))).toBe('7')
  // Clearing is never denied: there may be one from before the policy changed.
  expect(await status(value('Password', ''))).toBe('1')
  expect(await status(value('Password', 'x'.repeat(256)))).toBe('5')
  expect(await status()).toBe('2')
})

it('keeps a recovery password where the policy asks for one, sealed, and shows it once', async () => {
  const rules = { ...strictPolicy.rules, passwordRecoveryEnabled: true }
  const phone = new Caller(desk, { version: '14.1', policy: { ...strictPolicy, rules } })
  const { devicePasswords } = desk.house
  const send = async (password: string) =>
    textAt((await ask(phone, set('DevicePassword', value('Password', password)))).node, 'DevicePassword/Status')
  const { account, id } = await phone.record()
  expect(await send('äcorn-73')).toBe('1')
  expect(await devicePasswords.keptAt(account, id)).toBe(desk.clock.now())
  const kept = await desk.store.devices.password(account, id)
  expect(Buffer.from(kept?.sealed ?? []).toString('latin1')).not.toContain('corn-73')
  expect(await devicePasswords.reveal(account, id)).toBe('äcorn-73')
  expect(await devicePasswords.reveal(account, id)).toBeNull()
  await send('first')
  await send('second')
  expect(await devicePasswords.reveal(account, id)).toBe('second')
  await send('third')
  await send('')
  expect(await devicePasswords.reveal(account, id)).toBeNull()
  await send('last')
  await desk.store.devices.remove(account, id)
  expect(await desk.store.devices.password(account, id)).toBeNull()
})

it('says that rights management is off, from 14.1 on', async () => {
  for (const version of ['14.1', '16.1'] as const) {
    const reply = await ask(phoneAt(version), get('RightsManagementInformation'))
    expect([reply.status, textAt(reply.node, 'RightsManagementInformation/Status')]).toEqual([1, '168'])
  }
  expect(one((await ask(phoneAt('14.0'), get('RightsManagementInformation'))).node, 'RightsManagementInformation')).toBeNull()
})

describe('several properties in one request', () => {
  it.each(versions)('are answered one by one, in whatever order they come, at %s', async (version) => {
    const phone = phoneAt(version)
    const properties = [
      get('UserInformation'),
      set('DeviceInformation', value('Model', 'iPhone8C4')),
      get('Oof', value('BodyType', 'Text')),
      set('DevicePassword', value('Password', '1234')),
    ]
    for (const order of [properties, properties.toReversed()]) {
      const reply = await ask(phone, ...order)
      expect(reply.status).toBe(1)
      const statuses = ['UserInformation', 'DeviceInformation', 'Oof', 'DevicePassword'].map((name) => textAt(reply.node, `${name}/Status`))
      expect(statuses).toEqual(['1', '1', '1', '7'])
      // MS-ASCMD 2.2.1.18: the Status comes first, in the root and in each property.
      expect(reply.node?.children[0]?.name).toBe('Settings:Status')
      for (const child of reply.node?.children.slice(1) ?? []) expect(child.children[0]?.name).toBe('Settings:Status')
    }
  })

  it('fail alone: an empty property is answered 2 beside one that is served', async () => {
    const reply = await ask(phoneAt(), el('Settings:Oof'), el('Settings:UserInformation'), set('DeviceInformation', value('Model', 'x')))
    expect(reply.status).toBe(1)
    expect(['Oof', 'UserInformation', 'DeviceInformation'].map((name) => textAt(reply.node, `${name}/Status`))).toEqual(['2', '2', '1'])
  })

  it('may be none', async () => {
    expect((await ask(phoneAt())).status).toBe(1)
  })
})
