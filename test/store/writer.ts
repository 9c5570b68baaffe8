// A process that stores messages one after another and tells each that was acknowledged, until it is killed.
import { systemClock } from '../../src/model/clock.ts'
import type { FolderId } from '../../src/model/id.ts'
import { openStore } from '../../src/store/sql/open.ts'
import { mail, pattern } from './samples.ts'

const store = await openStore({ database: { kind: 'sqlite', path: process.argv[2] ?? '' }, clock: systemClock })
const account = (await store.accounts.byAddress('killed@example.com'))!
const mailbox = await store.mailbox(account.id)
for (let number = 0; ; number += 1) {
  const source = pattern(number % 5 === 0 ? 400_000 : 2000)
  const { id } = await mailbox.create('1' as FolderId, mail({ subject: `message ${number}`, text: 'some text to index', source }), null)
  process.stdout.write(`${id}\n`)
}
