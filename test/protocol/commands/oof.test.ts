// Settings: what a phone says and is told of an absence.
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProtocolVersion } from '../../../src/model/version.ts'
import { settings } from '../../../src/protocol/commands/settings.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { Caller, type CallReply } from '../../support/caller.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { all, el, read, textAt, type Node } from '../../support/wire.ts'

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

  it('have their texts changed without a word of their state', async () => {
    await status(value('OofState', '2'), ...times, message('Internal', ...away('One')))
    expect(await status(message('Internal', ...away('Two')))).toBe('1')
    expect(await told()).toMatchObject({ state: '2', start: '2026-07-01T00:00:00.000Z', internal: '1 Two' })
    await status(value('OofState', '0'))
    expect(await status(...times, message('Internal', ...away('Three')))).toBe('1')
    expect(await told()).toMatchObject({ state: '0', start: null, internal: '1 Three' })
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
    ['2', 'an empty state is an error', [value('OofState', ''), message('Internal', ...away('x'))]],
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
