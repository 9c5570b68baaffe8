// A store with two people in it, on a clock the test moves: the ground on which the mail tests stand.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { createDelivery, type Delivery } from '../../src/mail/delivery.ts'
import type { Account } from '../../src/model/account.ts'
import type { Email } from '../../src/model/email.ts'
import { type FolderType, folderType } from '../../src/model/folder.ts'
import type { FolderId, ServerId } from '../../src/model/id.ts'
import { openStore } from '../../src/store/sql/open.ts'
import type { Store } from '../../src/store/store.ts'
import { VirtualClock } from '../support/clock.ts'
import { emailOf } from '../../src/model/item.ts'

export const silent = pino({ level: 'silent' })

export interface Letter {
  readonly id: ServerId
  readonly email: Email
  readonly source: Buffer
  /** The source as text, one byte a character. */
  readonly text: string
}

export interface Town {
  readonly store: Store
  readonly clock: VirtualClock
  readonly delivery: Delivery
  readonly alice: Account
  readonly bob: Account
  /** What lies in a folder of an account, oldest first. */
  letters(account: Account, folder?: FolderType | FolderId): Promise<Letter[]>
  close(): Promise<void>
}

/** A town of its own for one test; close it afterwards. `maxBytes` limits what its database may hold. */
export async function buildTown(maxBytes?: number): Promise<Town> {
  const folder = mkdtempSync(join(tmpdir(), 'easel-mail-'))
  const clock = new VirtualClock()
  const database = { kind: 'sqlite', path: join(folder, 'easel.sqlite'), ...(maxBytes === undefined ? {} : { maxBytes }) } as const
  const store = await openStore({ database, clock })
  const alice = await store.accounts.create({
    addresses: ['alice@example.test', 'a.liddell@example.test'],
    displayName: 'Alice Liddell',
    passwordHash: null,
  })
  const bob = await store.accounts.create({ addresses: ['bob@example.test'], displayName: 'Bob', passwordHash: null })
  return {
    store,
    clock,
    alice,
    bob,
    delivery: createDelivery({ store, clock, log: silent, meetings: null }),
    async letters(account, where = folderType.inbox) {
      const mailbox = await store.mailbox(account.id)
      const id = typeof where === 'string' ? where : (await mailbox.defaultFolder(where)).id
      const page = await mailbox.items(id, 'Email').since(0 as never, 10_000)
      const ids = page.changes.filter((change) => !change.gone).map((change) => change.id)
      const items = await mailbox.read(ids)
      const letters: Letter[] = []
      for (const each of ids) {
        const item = items.get(each)
        const source = await mailbox.source(each)
        if (item === undefined || source === null) throw new Error(`${each} is listed but not there`)
        const bytes = Buffer.from(await source.read(0, source.bytes))
        letters.push({ id: each, email: emailOf(item), source: bytes, text: bytes.toString('latin1') })
      }
      return letters
    },
    async close() {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A small message with CRLF line ends. */
export function letter(headers: Readonly<Record<string, string>>, body = 'Hello.\r\n'): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${lines.join('')}\r\n${body}`, 'utf8')
}
