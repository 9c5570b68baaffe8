// What lives do with records of each class: how a phone writes one, how others do, and what two phones must agree on.
import type { ItemClass } from '../../src/model/folder.ts'
import type { PlainDay } from '../../src/model/zone.ts'
import { aContact, aNote, aRecurrence, aTask, put } from '../support/records.ts'
import { el } from '../support/wire.ts'
import { calendar } from './event-habits.ts'
import { edit, mark, rewrite, someText, valuesOf, words, wordsOf, type Habit } from './habit.ts'

const day = 86_400_000
const hour = 3_600_000

export const face = Buffer.from('JFIF of a face')

const contacts: Habit = {
  filters: [0],
  supported: ['FirstName', 'LastName', 'MobilePhoneNumber', 'FileAs'].map((name) => `Contacts:${name}`),
  shown: (nodes) => [
    wordsOf(nodes),
    ...valuesOf(nodes, ['Contacts:FirstName', 'Contacts:LastName', 'Contacts:JobTitle', 'Contacts:MobilePhoneNumber']),
    ...valuesOf(nodes, ['Contacts:Birthday', 'Contacts:Anniversary', 'Contacts:Categories', 'Contacts:Picture', 'Contacts:ManagerName']),
  ],
  written: (_phone, name, random) => [
    el('Contacts:FirstName', name),
    el('Contacts:LastName', 'Example'),
    el('Contacts:FileAs', `Example, ${name}`),
    ...(random.chance(0.5) ? [el('Contacts:JobTitle', 'Baker')] : []),
  ],
  changed: (phone, folder, item, name, random, options) =>
    rewrite(
      phone,
      folder,
      item,
      [random.pick([el('Contacts:FirstName', name), el('Contacts:MobilePhoneNumber', name), words(name, options)])],
      options,
    ),
  made: async (mailbox, name, random) => {
    const picture = random.chance(0.5) ? { start: 0, end: face.length } : null
    const kept = { managerName: name, birthday: '1980-02-29' as PlainDay, anniversary: '1931-07-01' as PlainDay, categories: ['Kept'] }
    const contact = aContact({ uid: name, firstName: name, foreign: mark, picture, text: someText(random), ...kept })
    await put(mailbox, 'Contacts', contact, picture === null ? undefined : face)
  },
  edited: (mailbox, id, name) => edit(mailbox, id, 'Contacts', (contact) => ({ ...contact, jobTitle: name })),
}

const tasks: Habit = {
  filters: [0, 0, 8],
  supported: ['Tasks:Subject', 'Tasks:Complete', 'Tasks:Importance'],
  shown: (nodes) => [
    wordsOf(nodes),
    ...valuesOf(nodes, ['Tasks:Subject', 'Tasks:Importance', 'Tasks:Complete', 'Tasks:StartDate', 'Tasks:DueDate', 'Tasks:Categories']),
    ...valuesOf(nodes, ['Tasks:UtcStartDate', 'Tasks:UtcDueDate', 'Tasks:Recurrence', 'Tasks:ReminderTime', 'Tasks:Sensitivity']),
  ],
  written: (_phone, name, random) => [
    el('Tasks:Subject', name),
    el('Tasks:Importance', random.between(0, 2)),
    el('Tasks:Complete', '0'),
    el('Tasks:Sensitivity', '0'),
    el('Tasks:ReminderSet', '0'),
  ],
  changed: (phone, folder, item, name, random, options) =>
    rewrite(
      phone,
      folder,
      item,
      random.chance(0.6) || item.properties.get('Tasks:Complete') === '1'
        ? [random.chance(0.7) ? el('Tasks:Subject', name) : words(name, options)]
        : [el('Tasks:Complete', '1'), el('Tasks:DateCompleted', '2026-03-02T08:00:00.000Z')],
      options,
    ),
  made: async (mailbox, name, random) => {
    const start = Date.parse('2026-03-03T00:00:00Z')
    const repeats = { ...aRecurrence({ occurrences: 6 }), start, regenerate: false, dead: false }
    const dates = {
      start,
      startUtc: start - hour,
      due: start + day,
      dueUtc: start + day - hour,
      recurrence: random.chance(0.5) ? repeats : null,
    }
    const kept = { foreign: mark, sensitivity: 2 as const, ordinal: start, subOrdinal: '5', categories: ['Kept'] }
    await put(mailbox, 'Tasks', aTask({ uid: name, subject: name, text: someText(random), ...kept, ...(random.chance(0.6) ? dates : {}) }))
  },
  edited: (mailbox, id, name, random) =>
    edit(mailbox, id, 'Tasks', (task) => (random.chance(0.5) ? { ...task, subject: name } : { ...task, complete: !task.complete })),
}

const notes: Habit = {
  filters: [0],
  shown: (nodes) => [wordsOf(nodes), ...valuesOf(nodes, ['Notes:Subject', 'Notes:Categories'])],
  written: (_phone, name) => [el('Notes:Subject', name), el('Notes:MessageClass', 'IPM.StickyNote')],
  changed: (phone, folder, item, name, random, options) =>
    rewrite(phone, folder, item, [random.chance(0.7) ? el('Notes:Subject', name) : words(name, options)], options),
  made: async (mailbox, name, random) =>
    void (await put(mailbox, 'Notes', aNote({ subject: name, text: someText(random), categories: ['Kept'] }))),
  edited: (mailbox, id, name) => edit(mailbox, id, 'Notes', (note) => ({ ...note, subject: name })),
}

export const habits: Readonly<Record<ItemClass, Habit>> = {
  Calendar: calendar,
  Contacts: contacts,
  Tasks: tasks,
  Notes: notes,
  get Email(): Habit {
    throw new Error('mail lives in convergence.test.ts')
  },
}
