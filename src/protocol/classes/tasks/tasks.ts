// The rules of the Tasks class (MS-ASTASK): how tasks are rendered, added and changed.
import { randomUUID } from 'node:crypto'
import { taskOccurrenceAfter } from '../../../format/recurrence.ts'
import { defaultOptions } from '../../../model/collection.ts'
import { recordOf } from '../../../model/item.ts'
import type { Task } from '../../../model/task.ts'
import type { ZoneId } from '../../../model/zone.ts'
import type { Mailbox } from '../../../store/mailbox.ts'
import { recordDraft } from '../../../store/record.ts'
import { bind, resolve } from '../../../wbxml/schema.ts'
import type { Call } from '../../command.ts'
import { Failure } from '../../error.ts'
import type { ItemClassRules, Target } from '../class.ts'
import { recordBodyBytesMax } from '../record-body.ts'
import { findRecord, recordAdd, replaceRecord } from '../record-change.ts'
import { renderRecord } from '../render-record.ts'
import { emptyTask, taskAfter, type Means } from './change.ts'
import { taskData, taskPlaceholder } from './data.ts'
import { TaskChange, TaskData } from './schema.ts'

/** What a task brings besides its text. */
const headBytes = 2048

const draftOf = (record: Task) => recordDraft({ class: 'Tasks', record })

function means({ account, dialect, house }: Call, { supported, options }: Pick<Means, 'supported' | 'options'>): Means {
  return { dialect, zone: house.zoneOf(account), now: house.clock.now(), supported, options }
}

export const tasks: ItemClassRules = {
  class: 'Tasks',
  // MS-ASCMD 2.2.3.68.2: everything, or what is not done.
  filterTypes: [0, 8],

  render: (item, rendering, _mailbox, call) => {
    const task = recordOf(item, 'Tasks')
    const { account, dialect, house } = call
    const render = () => bind(TaskData, taskData(task, rendering, dialect, house.zoneOf(account)))
    return renderRecord(item, rendering, call, render, () => bind(TaskData, taskPlaceholder(task)))
  },

  itemBytesMax: (options) => headBytes + recordBodyBytesMax(options),

  prepareAdd(data, folder, identity, call) {
    const change = resolve(data, TaskChange, call.dialect.version)
    const task = taskAfter(emptyTask(randomUUID()), change, means(call, { supported: null, options: defaultOptions }))
    return Promise.resolve(recordAdd(draftOf(task), folder, identity))
  },

  prepareChange(target, data, call) {
    if (target.instance !== null) throw new Failure('ItemMalformed', 'an occurrence of a task')
    const change = resolve(data, TaskChange, call.dialect.version)
    const meant = means(call, target)
    // Decoded once against nothing, so that what is malformed is told before any unit of work begins.
    taskAfter(emptyTask(''), change, meant)
    return Promise.resolve({
      async apply(_unit, mailbox, arbiter) {
        const item = await findRecord(target, 'Tasks', mailbox, arbiter)
        const before = recordOf(item, 'Tasks')
        const after = taskAfter(before, change, meant)
        await replaceRecord(target, item.modseq, draftOf(after), mailbox, arbiter)
        if (after.complete && !before.complete) await goOn(after, target, mailbox, meant.zone)
        return { id: target.id }
      },
    })
  },
}

/**
 * A recurring task is done: its next occurrence appears. A client that made the next one itself says so with DeadOccur, and so does the
 * server, in a write of its own: the phone hears of both. A task that is opened and done again has its next one already.
 */
async function goOn(done: Task, { id, folder }: Target, mailbox: Mailbox, zone: ZoneId): Promise<void> {
  const { recurrence } = done
  if (recurrence === null || recurrence.dead) return
  const next = taskOccurrenceAfter(done, zone)
  if (next === null) return
  const others = await mailbox.read(await mailbox.withUid('Tasks', done.uid))
  if ([...others.values()].some((item) => item.id !== id && isSame(recordOf(item, 'Tasks'), next))) return
  await mailbox.create(folder.id, draftOf(next), null)
  await mailbox.change(id, { class: 'Tasks', replace: draftOf({ ...done, recurrence: { ...recurrence, dead: true } }) }, null)
}

/** Whether a task is this occurrence: by its dates, and where it has none, as long as it is to be done. */
function isSame(task: Task, occurrence: Task): boolean {
  const isDated = task.start !== null || task.due !== null
  return task.start === occurrence.start && task.due === occurrence.due && (isDated || !task.complete)
}
