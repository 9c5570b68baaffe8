// What phones do to mail by Sync: read, flag, categorise; and what they must leave alone.
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { MailState } from '../../../src/model/email.ts'
import { folderType } from '../../../src/model/folder.ts'
import type { ServerId } from '../../../src/model/id.ts'
import { openDesk, type Desk } from '../../support/call.ts'
import { addOf, changeOf, FolderSync, putMail } from '../../support/mail.ts'
import { message } from '../../support/message.ts'
import { invalid, type Answered } from '../../support/validate.ts'
import { el, textAt, type Node } from '../../support/wire.ts'
import { emailOf } from '../../../src/model/item.ts'

/** Validated together at the end. */
const answered: Answered[] = []
let desk: Desk
let id: ServerId
let inbox: FolderSync

beforeEach(async () => {
  desk = await openDesk()
  id = await putMail(desk, message({ subject: 'Lunch' }))
  inbox = await new FolderSync(desk, desk.inbox).fill()
})
afterEach(async () => {
  answered.push(...desk.answered)
  await desk.close()
})
afterAll(async () => {
  expect(await invalid(answered)).toEqual([])
})

const flagOf = (...children: Node[]) => el('Email:Flag', children)
const task = (name: string, value: string) => el(`Tasks:${name}`, value)
const active = (...more: Node[]) => flagOf(el('Email:Status', '2'), el('Email:FlagType', 'Flag for follow up'), ...more)

async function stateOf(): Promise<MailState> {
  const item = (await desk.mailbox.read([id])).get(id)
  if (item === undefined) throw new Error('the message is gone')
  return emailOf(item).state
}

/** The Status a Change came to; null where nothing is said, which means it worked. */
async function change(...properties: Node[]): Promise<string | null> {
  const { responses } = await inbox.sync([changeOf(id, properties)])
  return responses.length === 0 ? null : textAt(responses[0] ?? null, 'Status')
}

describe('reading', () => {
  test('sticks, and nothing comes back', async () => {
    const answer = await inbox.sync([changeOf(id, [el('Email:Read', '1')])])
    expect(answer).toMatchObject({ status: '1', commands: [], responses: [] })
    expect((await stateOf()).read).toBe(true)
    expect((await inbox.sync()).commands).toEqual([])
  })

  test('on one phone is told to another', async () => {
    const tablet = await new FolderSync(desk, desk.inbox, { device: 'tablet' }).fill()
    await change(el('Email:Read', '1'))
    const [told] = (await tablet.sync()).commands
    expect(told?.name).toBe('AirSync:Change')
    expect(textAt(told ?? null, 'ApplicationData/Email:Read')).toBe('1')
  })

  test('merges with a flag that another phone set meanwhile, and each hears of the other', async () => {
    const tablet = await new FolderSync(desk, desk.inbox, { device: 'tablet' }).fill()
    await tablet.sync([changeOf(id, [active()])])
    const { commands, responses } = await inbox.sync([changeOf(id, [el('Email:Read', '1')])])
    expect(responses).toEqual([])
    expect(await stateOf()).toMatchObject({ read: true, flag: { status: 2 } })
    expect(textAt(commands[0] ?? null, 'ApplicationData/Email:Flag/Status')).toBe('2')
    expect(textAt((await tablet.sync()).commands[0] ?? null, 'ApplicationData/Email:Read')).toBe('1')
  })

  test('with a value that is neither 0 nor 1 is malformed', async () => {
    expect(await change(el('Email:Read', '7'))).toBe('6')
  })
})

describe('a flag', () => {
  const dates = [
    task('StartDate', '2014-07-01T09:00:00.000Z'),
    task('UtcStartDate', '2014-07-01T07:00:00.000Z'),
    task('DueDate', '2014-07-08T09:00:00.000Z'),
    task('UtcDueDate', '2014-07-08T07:00:00.000Z'),
  ]

  test('is set with Status and FlagType, and gets the subject of the message where none is given', async () => {
    expect(await change(active())).toBeNull()
    expect((await stateOf()).flag).toEqual({ status: 2, type: 'Flag for follow up', subject: 'Lunch' })
  })

  test('keeps the four dates, local and UTC, as Android sends them', async () => {
    expect(await change(active(...dates))).toBeNull()
    expect((await stateOf()).flag).toMatchObject({
      start: Date.parse('2014-07-01T09:00:00Z'),
      utcStart: Date.parse('2014-07-01T07:00:00Z'),
      due: Date.parse('2014-07-08T09:00:00Z'),
      utcDue: Date.parse('2014-07-08T07:00:00Z'),
    })
  })

  test('is cleared by an empty element, and by Status 0', async () => {
    await change(active())
    expect(await change(flagOf())).toBeNull()
    expect((await stateOf()).flag).toBeNull()
    await change(active())
    await change(flagOf(el('Email:Status', '0')))
    expect((await stateOf()).flag).toBeNull()
  })

  test('is completed with its times, and with the present where a phone gives none', async () => {
    await change(active(...dates))
    const at = '2026-03-01T12:00:00.000Z'
    await change(flagOf(el('Email:Status', '1'), el('Email:CompleteTime', at), task('DateCompleted', at)))
    expect((await stateOf()).flag).toMatchObject({
      status: 1,
      completed: Date.parse(at),
      dateCompleted: Date.parse(at),
      due: Date.parse('2014-07-08T09:00:00Z'),
    })
    await change(active())
    expect((await stateOf()).flag?.completed).toBeUndefined()
    await change(flagOf(el('Email:Status', '1')))
    expect((await stateOf()).flag).toMatchObject({ status: 1, completed: desk.clock.now() })
  })

  test('keeps what a later change does not mention', async () => {
    await change(active(...dates))
    await change(flagOf(el('Email:Status', '2'), el('Email:FlagType', 'for Follow Up'), task('Subject', 'Call')))
    expect((await stateOf()).flag).toMatchObject({ type: 'for Follow Up', subject: 'Call', due: Date.parse('2014-07-08T09:00:00Z') })
  })

  test.each([
    ['some of its dates only', () => active(...dates.slice(0, 2))],
    [
      'a due date before the start',
      () => active(dates[0] as Node, dates[1] as Node, task('DueDate', '2014-06-01T09:00:00.000Z'), dates[3] as Node),
    ],
    ['a reminder without a time', () => active(task('ReminderSet', '1'))],
    ['a Status that is none', () => flagOf(el('Email:Status', '3'))],
    ['a date that is none', () => active(task('OrdinalDate', 'soon'))],
  ])('with %s is malformed', async (_, flag) => {
    expect(await change(flag())).toBe('6')
    expect((await stateOf()).flag).toBeNull()
  })
})

describe('categories', () => {
  const categories = (...names: string[]) =>
    el(
      'Email:Categories',
      names.map((name) => el('Email:Category', name)),
    )

  test('are replaced as a whole, trimmed and each once', async () => {
    await change(categories('Red', ' Work ', 'Red'))
    expect((await stateOf()).categories).toEqual(['Red', 'Work'])
    await change(el('Email:Read', '1'))
    expect((await stateOf()).categories).toEqual(['Red', 'Work'])
    await change(categories())
    expect((await stateOf()).categories).toEqual([])
  })
})

describe('a fetch within Sync', () => {
  const fetch = (wanted: string) => el('AirSync:Fetch', [el('AirSync:ServerId', wanted)])
  const shortly = el('AirSync:Options', [
    el('AirSyncBase:BodyPreference', [el('AirSyncBase:Type', '1'), el('AirSyncBase:TruncationSize', '4')]),
  ])

  test('gives whole what the folder shows only the beginning of', async () => {
    inbox.options = shortly
    const { responses } = await inbox.sync([fetch(id)])
    const body = 'ApplicationData/AirSyncBase:Body'
    expect(textAt(responses[0] ?? null, `${body}/Data`)).toMatch(/^Text of message/)
    expect(textAt(responses[0] ?? null, `${body}/Truncated`)).toBeNull()
  })

  test('of more than an answer holds is to be asked for again', async () => {
    const small = await openDesk({ answerBytesMax: 10 })
    const ids = [await putMail(small, message()), await putMail(small, message())]
    const folder = await new FolderSync(small, small.inbox).fill()
    const { responses } = await folder.sync(ids.map(fetch))
    expect(responses.map((response) => textAt(response, 'Status'))).toEqual(['1', '16'])
    await small.close()
  })
})

describe('everything else', () => {
  test.each([
    el('Email2:ConversationId', Buffer.alloc(16, 1)),
    el('Email2:Sender', 'eve@example.test'),
    el('Email2:ReceivedAsBcc', '1'),
    el('Email:Subject', 'Another'),
    el('Email:To', 'eve@example.test'),
    el('Email:Importance', '2'),
    el('AirSyncBase:Body', [el('AirSyncBase:Type', '1'), el('AirSyncBase:Data', 'Another')]),
  ])('of a message is the server’s: $name in a Change is malformed', async (property) => {
    expect(await change(el('Email:Read', '1'), property)).toBe('6')
    expect((await stateOf()).read).toBe(false)
  })

  test('a change of what is not there is Status 8', async () => {
    const { responses } = await inbox.sync([
      changeOf(`${desk.inbox}:zz`, [el('Email:Read', '1')]),
      changeOf('9:1', [el('Email:Read', '1')]),
    ])
    expect(responses.map((response) => textAt(response, 'Status'))).toEqual(['8', '8'])
  })

  test('a message is not added, in no version', async () => {
    const { responses } = await inbox.sync([addOf('1', [el('Email:Subject', 'Added')])])
    expect(textAt(responses[0] ?? null, 'Status')).toBe('6')
    const later = await new FolderSync(desk, desk.inbox, { version: '16.1', device: 'tablet' }).fill()
    expect(textAt((await later.sync([addOf('1', [el('Email:Subject', 'Added')])])).responses[0] ?? null, 'Status')).toBe('6')
  })

  test('a draft of 14.1 is not added either', async () => {
    const drafts = new FolderSync(desk, await desk.folder(folderType.drafts))
    expect(textAt((await drafts.sync([addOf('1', [el('Email:Subject', 'Draft')])])).responses[0] ?? null, 'Status')).toBe('6')
  })
})

test('an SMS that a phone syncs uninvited gets an id and is forgotten', async () => {
  const sms = [el('Email:From', '+420555'), el('AirSyncBase:Body', [el('AirSyncBase:Type', '1'), el('AirSyncBase:Data', 'hi')])]
  const { responses } = await inbox.sync([addOf('sms1', sms, 'SMS')])
  expect(textAt(responses[0] ?? null, 'Status')).toBe('1')
  expect(textAt(responses[0] ?? null, 'Class')).toBe('SMS')
  expect(textAt(responses[0] ?? null, 'ServerId')).toMatch(new RegExp(`^${desk.inbox}:[0-9a-z]{11}$`))
  expect((await desk.mailbox.items(desk.inbox, 'Email').newestFirst(null, null, 10)).changes).toHaveLength(1)
  expect((await inbox.sync()).commands).toEqual([])
})
