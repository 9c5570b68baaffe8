// The pages on which people say that they are away, where they are and when they work.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Account } from '../../../src/model/account.ts'
import type { Actor } from '../../../src/model/actor.ts'
import { act, actorOf } from '../../support/admin.ts'
import { flawsOf, valuesOf } from '../../support/html.ts'
import { TestPages } from '../../support/pages.ts'

let console: TestPages
let alice: Account
let herself: Actor
beforeEach(async () => {
  console = await TestPages.open()
  alice = await console.account('alice@example.test')
  herself = actorOf('user', alice)
})
afterEach(() => console.close())

const own = () => act(console.house, 'me.absence', {}, herself)

describe('out of office', () => {
  test('is said by whoever goes away, by the clock where he is', async () => {
    await console.done(herself, '/me/whereabouts', { timeZone: 'america/new_york', days: '', start: '', end: '' })
    const form = {
      ...{ state: 'timed', start: '2026-03-06T17:00', end: '2026-03-09T09:00' },
      ...{ 'internal-enabled': 'yes', 'internal-text': 'Ask <Carol>.\r\nOr Bob.' },
    }
    expect(await console.done(herself, '/me/absence', form)).toEqual({ to: '/me', said: 'Your absence is kept as you said it.' })
    const silent = { enabled: false, type: 'text', text: '' }
    expect(await own()).toEqual({
      away: false,
      state: 'timed',
      start: '2026-03-06T22:00:00.000Z',
      // Clocks went forward between.
      end: '2026-03-09T13:00:00.000Z',
      timeZone: 'America/New_York',
      replies: { internal: { enabled: true, type: 'text', text: 'Ask <Carol>.\nOr Bob.' }, known: silent, unknown: silent },
      outside: 'everybody',
    })
    const html = await console.page(herself, '/me/absence')
    expect(flawsOf(html)).toEqual([])
    const values = valuesOf(html, '/me/absence')
    expect(['state', 'start', 'end'].map((name) => values.get(name))).toEqual(['timed', '2026-03-06T17:00', '2026-03-09T09:00'])
    expect(await console.page(herself, '/me')).toContain('Will be away')
  })

  test('a form that was not touched changes nothing, not even formatting', async () => {
    const replies = { internal: { enabled: true, type: 'html', text: '<p>Away &amp; <b>gone</b></p>' } } as const
    await act(console.house, 'me.absence.set', { state: 'on', replies }, herself)
    const before = await own()
    await console.done(herself, '/me/absence', valuesOf(await console.page(herself, '/me/absence'), '/me/absence'))
    expect(await own()).toEqual(before)
    const changed = valuesOf(await console.page(herself, '/me/absence'), '/me/absence')
    expect(changed.get('internal-text')?.trim()).toBe('Away & gone')
    changed.set('internal-text', 'Still away')
    await console.done(herself, '/me/absence', changed)
    expect((await own()).replies.internal).toEqual({ enabled: true, type: 'text', text: 'Still away' })
  })

  test('what cannot be is said in a sentence, and what was typed is kept', async () => {
    for (const [times, sentence] of [
      [{ start: '', end: '' }, 'A time is missing: write 2026-07-01 09:00.'],
      [{ start: 'soon', end: '2026-03-07T09:00' }, 'is no time: write 2026-07-01 09:00.'],
      [{ start: '2026-03-09T09:00', end: '2026-03-07T09:00' }, 'An absence has to end after it begins.'],
    ] as const) {
      const html = await console.submit(herself, '/me/absence', { state: 'timed', ...times, 'unknown-text': 'Kept <text>' })
      expect([flawsOf(html), html.includes(sentence)]).toEqual([[], true])
      expect(valuesOf(html, '/me/absence').get('unknown-text')?.trim()).toBe('Kept <text>')
    }
    expect((await own()).state).toBe('off')
  })

  test('that answers nobody says so, since a text that is not switched on looks like an answer', async () => {
    await console.done(herself, '/me/absence', { state: 'on', 'internal-text': 'Ask Carol.' })
    expect(await console.page(herself, '/me')).toContain('Nobody is answered')
    await console.done(herself, '/me/absence', { state: 'on', 'internal-enabled': 'yes', 'internal-text': 'Ask Carol.' })
    expect(await console.page(herself, '/me')).not.toContain('Nobody is answered')
  })

  test('is said by the help desk for somebody who cannot, and seen by all who work at the console', async () => {
    const path = '/accounts/alice%40example.test'
    const helper = actorOf('helpdesk')
    expect(await console.page(actorOf('auditor'), path)).not.toContain(`${path}/absence`)
    expect(await console.page(helper, path)).toContain(`${path}/absence`)
    const form = { state: 'on', 'internal-enabled': 'yes', 'internal-text': 'She is ill.' }
    expect(await console.done(helper, `${path}/absence`, form)).toEqual({ to: path, said: 'The absence is kept.' })
    expect(await own()).toMatchObject({ away: true, state: 'on', replies: { internal: { text: 'She is ill.' } } })
    expect(await console.page(actorOf('auditor'), path)).toContain('until further notice')
  })

  test('no text of it stands in the audit log', async () => {
    const replies = { internal: { enabled: true, text: 'In hospital.' }, unknown: { type: 'html', text: '<b>Hospital</b>' } } as const
    await act(console.house, 'me.absence.set', { state: 'on', replies }, herself)
    const [entry] = await console.house.store.audit.list({}, 1)
    expect(entry?.action).toBe('me.absence.set')
    expect(JSON.stringify(entry)).not.toMatch(/hospital/i)
  })

  test('audiences that nobody here answers are not asked about', async () => {
    const shut = await TestPages.open({ outsideAnswers: 'contacts' })
    const somebody = actorOf('user', await shut.account('alice@example.test'))
    const html = await shut.page(somebody, '/me/absence')
    expect([html.includes('known-text'), html.includes('unknown-text')]).toEqual([true, false])
    await shut.close()
  })
})

describe('time zone and working hours', () => {
  const show = () => act(console.house, 'me.whereabouts', {}, herself)
  const path = '/accounts/alice%40example.test'

  test('are said by whoever they are about', async () => {
    const form = new URLSearchParams([
      ...[
        ['timeZone', 'Pacific/Auckland'],
        ['start', '09:00'],
        ['end', '00:00'],
      ],
      ...['friday', 'monday', 'sunday'].map((day) => ['days', day]),
    ] as [string, string][])
    await console.done(herself, '/me/whereabouts', form)
    expect(await show()).toEqual({
      timeZone: 'Pacific/Auckland',
      timeZoneInForce: 'Pacific/Auckland',
      workingHours: { days: ['sunday', 'monday', 'friday'], start: '09:00', end: '24:00' },
    })
    const html = await console.page(herself, '/me')
    expect(html).toContain('Sunday, Monday, Friday, 09:00 to 24:00')
    expect(flawsOf(await console.page(herself, '/me/whereabouts'))).toEqual([])
    await console.done(herself, '/me/whereabouts', { timeZone: '', start: '09:00', end: '17:00' })
    expect(await show()).toEqual({ timeZone: null, timeZoneInForce: 'Europe/Berlin', workingHours: null })
  })

  test('are said by an administrator, and of nonsense it is said what is wrong', async () => {
    const root = actorOf('administrator')
    const right = { timeZone: 'Europe/Vienna', days: 'tuesday', start: '08:30', end: '12:00' }
    expect(await console.done(root, `${path}/whereabouts`, right)).toMatchObject({ to: path })
    expect(await show()).toMatchObject({ timeZone: 'Europe/Vienna', workingHours: { days: ['tuesday'], start: '08:30', end: '12:00' } })
    for (const [wrong, sentence] of [
      [{ timeZone: 'Mars/Olympus' }, 'must be a time zone such as Europe/Berlin'],
      [{ timeZone: '', end: '08:00' }, 'work begins before it ends'],
      [{ timeZone: '', start: 'nine' }, 'a time of the day looks like 09:00'],
    ] as const) {
      const html = await console.submit(root, `${path}/whereabouts`, { ...right, ...wrong })
      expect([flawsOf(html), html.includes(sentence)]).toEqual([[], true])
    }
  })
})
