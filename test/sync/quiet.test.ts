// What is remembered of a quiet collection is of use only while everything stands as it did.
import { expect, it } from 'vitest'
import type { MailboxId, Modseq } from '../../src/model/id.ts'
import type { CollectionRecord } from '../../src/store/sync-state.ts'
import { QuietLooks } from '../../src/sync/quiet.ts'

const mailbox = 1 as MailboxId
const at = (modseq: number) => modseq as Modseq
const record = (generation: number, revision: number) => ({ generation, revision }) as CollectionRecord

it('a look is known while mailbox, record and cut stand as they did', () => {
  const looks = new QuietLooks()
  looks.remember(mailbox, record(7, 3), at(10), 500)
  expect(looks.has(mailbox, record(7, 3), at(10), 500)).toBe(true)
  expect(looks.has(mailbox, record(7, 3), at(11), 500)).toBe(false)
  expect(looks.has(mailbox, record(7, 4), at(10), 500)).toBe(false)
  expect(looks.has(mailbox, record(7, 3), at(10), 600)).toBe(false)
  expect(looks.has(mailbox, record(8, 3), at(10), 500)).toBe(false)
  expect(looks.has(2 as MailboxId, record(7, 3), at(10), 500)).toBe(false)
})

it('what was remembered last counts', () => {
  const looks = new QuietLooks()
  looks.remember(mailbox, record(7, 3), at(10), null)
  looks.remember(mailbox, record(7, 3), at(12), null)
  expect(looks.has(mailbox, record(7, 3), at(10), null)).toBe(false)
  expect(looks.has(mailbox, record(7, 3), at(12), null)).toBe(true)
})
