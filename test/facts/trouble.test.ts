// Trouble below the protocol in the words each command has for it: a full disk, a store that is away, a fault of ours.
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ProtocolVersion } from '../../src/model/version.ts'
import type { Command } from '../../src/protocol/define.ts'
import { folderSync } from '../../src/protocol/commands/folder-sync.ts'
import { ping } from '../../src/protocol/commands/ping.ts'
import { sendMail } from '../../src/protocol/commands/send-mail.ts'
import { sync } from '../../src/protocol/commands/sync/sync.ts'
import { StoreFailure } from '../../src/store/failure.ts'
import type { Store } from '../../src/store/store.ts'
import { openDesk, type Desk } from '../support/call.ts'
import { changeOf, FolderSync, putMail } from '../support/mail.ts'
import { message } from '../support/message.ts'
import { invalid, type Answered } from '../support/validate.ts'
import { el, read, textAt, write, type Node } from '../support/wire.ts'
import { collectionOf, syncOf } from './lives.ts'
import { emailOf } from '../../src/model/item.ts'

const answered: Answered[] = []
let desk: Desk

beforeEach(async () => {
  desk = await openDesk()
})
afterEach(() => desk.close())
afterAll(async () => expect(await invalid(answered)).toEqual([]))

/** The same store, but that every unit of work and every mailbox ends like this. */
function failing(how: Error): Store {
  const refuse = { value: () => Promise.reject(how) }
  return Object.create(desk.store, { unit: refuse, mailbox: refuse }) as Store
}

interface Told {
  readonly http: number
  readonly status: string | null
  readonly retryAfter: string | undefined
}

async function told(command: Command, body: Node, how: Error, version: ProtocolVersion): Promise<Told> {
  const call = await desk.call({ type: 'wbxml', bytes: write(body) }, { version, line: { command: command.name } })
  const answer = await command.serve({ ...call, house: { ...desk.house, store: failing(how) } })
  const content = answer.body?.content
  if (content instanceof Uint8Array) answered.push({ command: command.name, version, bytes: content })
  const node = content instanceof Uint8Array ? read(content) : null
  return { http: answer.status, status: textAt(node, 'Status'), retryAfter: answer.headers?.['Retry-After'] }
}

const synced = () => syncOf([collectionOf('1', desk.inbox)])
const pinged = () =>
  el('Ping:Ping', [
    el('Ping:HeartbeatInterval', 480),
    el('Ping:Folders', [el('Ping:Folder', [el('Ping:Id', desk.inbox), el('Ping:Class', 'Email')])]),
  ])
const asked = () => el('FolderHierarchy:FolderSync', [el('FolderHierarchy:SyncKey', '0')])
const sent = () =>
  el('ComposeMail:SendMail', [
    el('ComposeMail:ClientId', '1'),
    el('ComposeMail:Mime', Buffer.from(message({ from: 'alice@example.test', to: 'b@example.test' }))),
  ])

describe('a store without space', () => {
  it('is Status 113, and HTTP 507 up to 12.1', async () => {
    const full = new StoreFailure('full')
    expect(await told(sync, synced(), full, '14.1')).toMatchObject({ http: 200, status: '113' })
    expect(await told(sendMail, sent(), full, '16.1')).toMatchObject({ http: 200, status: '113' })
    expect(await told(sync, synced(), full, '12.1')).toMatchObject({ http: 507, status: null })
  })
})

describe('a store that is away for a while', () => {
  it('is Status 111, and HTTP 503 with a time to come back up to 12.1: never a 500, for which iOS drops a folder', async () => {
    const away = new StoreFailure('unavailable')
    for (const [command, body] of [
      [sync, synced()],
      [folderSync, asked()],
      [sendMail, sent()],
    ] as const) {
      expect(await told(command, body, away, '14.1')).toMatchObject({ http: 200, status: '111' })
    }
    const old = await told(sync, synced(), away, '12.1')
    expect([old.http, Number(old.retryAfter)]).toEqual([503, 60])
  })
})

describe('a fault of ours', () => {
  const fault = new Error('a fault with words that are nobody’s business')

  it('is Status 5 of Sync, 6 of FolderSync and 8 of Ping, in every version, and stands in the log', async () => {
    for (const version of ['12.1', '14.1', '16.1'] as const) {
      expect(await told(sync, synced(), fault, version)).toMatchObject({ http: 200, status: '5' })
      expect(await told(folderSync, asked(), fault, version)).toMatchObject({ http: 200, status: '6' })
      expect(await told(ping, pinged(), fault, version)).toMatchObject({ http: 200, status: '8' })
    }
    expect(desk.logged.join('')).toContain('command failed')
  })

  it('with one item of a Sync stays with that item, and the others are served', async () => {
    const ids = [await putMail(desk, message()), await putMail(desk, message())]
    const folder = await new FolderSync(desk, desk.inbox).fill()
    const broken = changeOf(ids[0] ?? '', [el('Email:Read', 'neither')])
    const { status, responses } = await folder.sync([broken, changeOf(ids[1] ?? '', [el('Email:Read', '1')])])
    expect(status).toBe('1')
    expect(responses.map((response) => [textAt(response, 'ServerId'), textAt(response, 'Status')])).toEqual([[ids[0], '6']])
    const states = [...(await desk.mailbox.read(ids)).values()].map((item) => emailOf(item).state.read)
    expect(states).toEqual([false, true])
  })
})
