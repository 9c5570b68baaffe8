// A phone that sends back all that it was told of a task, save its name, changes nothing else, whatever the task holds.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { folderType } from '../../../../src/model/folder.ts'
import { recordOf } from '../../../../src/model/item.ts'
import type { Task } from '../../../../src/model/task.ts'
import { recordDraft } from '../../../../src/store/record.ts'
import { task as anyTask } from '../../../support/calendar-events.ts'
import type { Phone } from '../../../support/phone.ts'
import { startTestServer, type TestServer } from '../../../support/server.ts'
import { el, type Node } from '../../../support/wire.ts'

const address = 'alice@example.test'
const versions = ['12.1', '14.0', '14.1', '16.0', '16.1'] as const

let server: TestServer
const phones: Phone[] = []
beforeAll(async () => {
  server = await startTestServer({ accounts: [address], environment: { EASEL_TIME_ZONE: 'Europe/Berlin' } })
  for (const version of versions) phones.push(await server.phone(address, { version }))
})
afterAll(() => server.close())

/** What a file may say of a task beside what phones know. */
const beside = fc.record({
  rule: fc.constantFrom(null, 'FREQ=DAILY;INTERVAL=2;BYMONTH=3', 'FREQ=WEEKLY;BYDAY=MO;WKST=SU'),
  dayOfMonth: fc.constantFrom(null, 31, 127),
  dead: fc.boolean(),
  isRich: fc.boolean(),
})

function sendable(node: Node): Node[] {
  if (node.name === 'AirSyncBase:NativeBodyType') return []
  if (node.name !== 'AirSyncBase:Body') return [node]
  return [
    el(
      node.name,
      node.children.filter(({ name }) => /:(?:Type|Data)$/.test(name)),
    ),
  ]
}

it('in whichever version, in whichever form it sees the words', { timeout: 120_000 }, async () => {
  const mailbox = await server.mailbox(address)
  const { id: folder } = await mailbox.defaultFolder(folderType.tasks)
  await fc.assert(
    fc.asyncProperty(anyTask, beside, async (given, { rule, dayOfMonth, dead, isRich }) => {
      const { recurrence, text } = given
      const day = recurrence?.type === 2 && dayOfMonth !== null ? { dayOfMonth } : {}
      const record: Task = {
        ...given,
        text: isRich && text !== null ? { type: 2, text: '<p>Call <b>first</b>.</p>' } : text,
        recurrence: recurrence === null ? null : { ...recurrence, rule, dead, ...day },
        foreign: { properties: [['x-odd', {}, 'text', 'kept']], components: [] },
      }
      const replace = recordDraft({ class: 'Tasks', record })
      const { id } = await mailbox.create(folder, replace, null)
      for (const phone of phones) {
        for (const preference of [{ type: 1 }, { type: 2 }, { type: 1, truncation: 8 }]) {
          const options = { body: [preference] }
          await mailbox.change(id, { class: 'Tasks', replace }, null)
          await phone.syncAll('Tasks', options)
          const told = [...(phone.collection('Tasks').items.get(id)?.nodes.values() ?? [])].flatMap(sendable)
          const nodes = [...told.filter(({ name }) => name !== 'Tasks:Subject'), el('Tasks:Subject', 'Other')]
          expect((await phone.change('Tasks', id, nodes, { ...options, whole: true })).status).toBe(1)
          expect(recordOf((await mailbox.read([id])).get(id), 'Tasks'), phone.version).toEqual({
            ...record,
            subject: 'Other',
            modified: expect.any(Number),
          })
          // What is done already does not go on again.
          expect((await mailbox.items(folder, 'Tasks').newestFirst(null, null, 10)).changes).toHaveLength(1)
        }
      }
      await mailbox.remove(id, 'forever')
    }),
    { numRuns: 10 },
  )
})
