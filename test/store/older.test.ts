// Databases that earlier versions wrote, opened by this one.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { VirtualClock } from '../support/clock.ts'
import { folderType } from '../../src/model/folder.ts'
import type { Account } from '../../src/model/account.ts'
import { recordOf } from '../../src/model/item.ts'
import type { DeviceId, FolderId, ServerId } from '../../src/model/id.ts'
import type { Store } from '../../src/store/store.ts'
import { openDatabase } from '../../src/store/sql/database.ts'
import { migrate, migrations } from '../../src/store/sql/migrations.ts'
import { openStore } from '../../src/store/sql/open.ts'
import { identity, idsOf, mail, modseq, noon, submission, unread } from './samples.ts'

const fixtures = join(import.meta.dirname, '../../fixtures/store')
const versions = migrations.map((_, index) => index + 1)

describe('older databases', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'easel-older-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  function unpack(version: number): string {
    const path = join(folder, `version-${version}.db`)
    writeFileSync(path, gunzipSync(readFileSync(join(fixtures, `version-${version}.db.gz`))))
    return path
  }

  /** What a database consists of, in words. */
  async function tablesOf(path: string): Promise<readonly unknown[]> {
    const database = await openDatabase({ kind: 'sqlite', path })
    const rows = await database.all<{ name: string; sql: string }>(
      'select type, name, tbl_name, sql from sqlite_schema order by type, name',
    )
    await database.close()
    return rows.map((row) => ({ ...row }))
  }

  test('every version of the tables has its file', () => {
    const files = readdirSync(fixtures).filter((name) => name.endsWith('.db.gz'))
    expect(files.toSorted()).toEqual(versions.map((version) => `version-${version}.db.gz`).toSorted())
  })

  test.each(versions)('the steps up to version %i still make the tables of that version', async (version) => {
    const path = join(folder, 'made.db')
    const database = await openDatabase({ kind: 'sqlite', path })
    await migrate(database, migrations.slice(0, version))
    await database.close()
    expect(await tablesOf(path)).toEqual(await tablesOf(unpack(version)))
  })

  test.each(versions)('what version %i stored is all there', async (version) => {
    const store = await openStore({ database: { kind: 'sqlite', path: unpack(version) }, clock: new VirtualClock() })
    const inbox = '1' as FolderId
    const phone = 'ApplC39ABC' as DeviceId

    const account = (await store.accounts.byAddress('EM@example.org'))!
    expect(account).toMatchObject({ addresses: ['erika@example.com', 'em@example.org'], displayName: 'Erika Mustermann', disabled: false })
    expect(await store.accounts.passwordHash(account.id)).toBe('a hash')
    expect(await store.setting('demo')).toBe('example.com')

    const mailbox = await store.mailbox(account.id)
    const { changes } = await mailbox.items(inbox, 'Email').since(modseq(0), 10)
    const [first, second, third] = ['1:d', '1:f', '1:h'] as [ServerId, ServerId, ServerId]
    expect(new Set(changes.map(({ id, gone }) => `${id} ${gone}`))).toEqual(new Set([`${first} false`, `${second} true`, `${third} true`]))
    expect((await mailbox.read([first])).get(first)).toMatchObject({
      date: noon,
      content: { email: { envelope: { subject: 'Grüße aus Köln' }, state: unread, conversation: '00112233445566778899aabbccddeeff' } },
    })
    const moved = await mailbox.move(second, '4' as FolderId)
    expect(moved.created).toBe(false)
    expect((await mailbox.read([moved.id])).get(moved.id)).toMatchObject({
      content: { email: { state: { read: true, categories: ['Blue'] } } },
    })
    expect(await mailbox.create(inbox, mail(), identity('first'))).toMatchObject({ id: first, created: false })
    const source = (await mailbox.source(first))!
    expect(new TextDecoder().decode(await source.read(0, source.bytes))).toBe('Subject: Grüße aus Köln\r\n\r\nThe library opens at nine')
    const query = { class: 'Email', text: ['koln', 'library'], folders: null, after: null, before: null, conversation: null } as const
    expect((await mailbox.search(query, { from: 0, to: 9 })).ids).toEqual([first])
    expect((await mailbox.allFolders()).map(({ name }) => name)).toContain('Projects')
    expect((await mailbox.defaultFolder(folderType.notes)).name).toBe('Notes')

    expect(await store.devices.find(account.id, phone)).toMatchObject({
      type: 'iPhone',
      version: '16.1',
      access: 'allowed',
      firstSeen: noon,
    })
    expect(await store.devices.recall(account.id, phone, 'ping')).toEqual({ heartbeatSeconds: 470 })
    const state = await store.syncState(account.id, phone)
    const [record, ...others] = await state.generations(inbox)
    expect(others).toEqual([])
    expect(record).toMatchObject({ acknowledged: '0.abcdefghijkl', pending: [], supported: ['Email:Flag'], position: { backfill: 'done' } })
    expect([...(await state.held(record!.generation, [first, second, third])).keys()].toSorted()).toEqual([first, third])

    expect((await store.outbox.list()).map(({ recipients }) => recipients)).toEqual([['max@example.net']])
    expect(await store.outbox.known(account.id, submission('mail-1'))).toBe(true)

    if (version >= 3) await expectEntrances(store, account)
    if (version >= 4) await expectGroupware(store, account)

    const stored = await mailbox.create(inbox, mail({ subject: 'New' }), null)
    expect(idsOf((await mailbox.items(inbox, 'Email').newestFirst(null, null, 10)).changes)).toEqual([stored.id, first])
    await store.close()
  })
})

/** What version 3 added: by what Erika may come in. */
async function expectEntrances(store: Store, { id, directoryId }: Account): Promise<void> {
  expect(directoryId).toBe('entry-1')
  expect(await store.appPasswords.byHash(id, 'a hash of letters')).toMatchObject({
    name: 'tablet',
    device: 'ApplC39ABC',
    verifier: 'a verifier',
  })
  expect(await store.enrolmentLinks.byHash('a hash of a link')).toMatchObject({ account: id, createdAt: noon, usedAt: null })
  const [certificate] = await store.certificates.list({ account: id }, 9)
  expect(certificate).toMatchObject({ serial: '7f01', way: 'profile', revoked: { reason: 'superseded' } })
}

/** What version 4 added: records beside mail, and what Erika says of herself. */
async function expectGroupware(store: Store, { id, timeZone, workingHours }: Account): Promise<void> {
  expect([timeZone, workingHours]).toEqual(['Europe/Berlin', { days: [1, 2, 3, 4, 5], start: 540, end: 1020 }])
  expect(await store.absences.of(id)).toMatchObject({ since: noon, absence: { state: 1, replies: { internal: { enabled: true } } } })
  expect(await store.absences.answer(id, 'max@example.net', noon, 100)).toBe(false)
  const mailbox = await store.mailbox(id)
  const [choir] = await mailbox.withUid('Calendar', 'choir@example.com')
  expect(recordOf((await mailbox.read([choir!])).get(choir!), 'Calendar')).toMatchObject({ subject: 'Choir', recurrence: { type: 1 } })
  const [max] = await mailbox.withUid('Contacts', 'max@example.net')
  expect(recordOf((await mailbox.read([max!])).get(max!), 'Contacts')).toMatchObject({ firstName: 'Max', picture: { start: 0, end: 3 } })
  expect(await (await mailbox.source(max!))?.read(0, 3)).toEqual(Uint8Array.of(0xff, 0xd8, 0xff))
}
